"""A team's research over HTTP: sources, interviews, insights."""

from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from msgspec.structs import replace

from domain.events.research import Scope, Sector
from domain.events.sharing import Circle
from domain.foundation import (
    AnyId,
    InsightId,
    InterviewId,
    Personal,
    ProgrammeId,
    Selector,
    SourceId,
    TeamId,
    Text,
    Words,
)
from domain.research.consent import SetConsent
from domain.research.research import HoldInterview, LogSource, PlanInterview, ShareInsight
from projections import research as views
from projections.files import File
from projections.query import ViewQuery
from projections.trips import TRIPS, TRIPS_OF_TEAM, Item, Trip
from projections.view import View, ids, replay
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.api.research.files import files_of
from service.reading.options import BadText, ListOptions, Page, ReadOptions, only
from service.reading.reader import Reader
from service.reading.team_work import Work, made_or_shown, work_of

CSL_BYTES_AT_MOST = 20_000
MOST = 200
"""How many rows of one kind an overview shows."""


class NewSource(Body):
    """Something written. `csl`: one CSL-JSON item, with at least its `type`."""

    csl: dict[str, Any]


class NewInterview(Body):
    """Somebody to speak with; `on` may lie in the past."""

    who: Title
    role: Title
    sector: Sector
    on: date | None = None


class Findings(Body):
    """What was found in an interview."""

    findings: Prose


class Consent(Body):
    """How far an interview may be used; null: not any more."""

    scope: Scope | None


class NewInsight(Body):
    """What a member saw, and in what."""

    text: Prose
    about: AnyId | None = None


class Source(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """A source; `csl` null: it was erased."""

    id: SourceId
    team: TeamId
    programme: ProgrammeId
    status: str
    csl: dict[str, Any] | None
    shared_with: tuple[Circle, ...]
    logged_by: str
    logged_at: datetime


class Research(Struct, frozen=True, rename=ids("team")):
    """A team's research at a glance: the first 200 of each kind, and how many interviews were held in each sector.

    `visits`: what is on the itineraries of its trips, to who sees those.
    """

    team: TeamId
    sources: list[Source]
    interviews: list[views.Interview]
    insights: list[views.Insight]
    visits: list[Item]
    stakeholders: list[views.Stakeholder]
    files: list[File]
    interviews_held: dict[str, int]


def csl_text(csl: dict[str, Any]) -> Words:
    """The item as JSON with sorted keys. Raises `BadText` where it is too long, or has no `type`."""
    if not isinstance(csl.get("type"), str):
        raise BadText("csl.type", Text(en="is missing: the kind of the source", nl="ontbreekt: de soort bron"))
    text = msgspec.json.encode(csl, order="sorted")
    if len(text) > CSL_BYTES_AT_MOST:
        raise BadText(
            "csl", Text(en=f"is longer than {CSL_BYTES_AT_MOST} bytes", nl=f"is langer dan {CSL_BYTES_AT_MOST} bytes")
        )
    return Words(text.decode())


def source(row: views.Source) -> Source:
    """The source with its item as an object."""
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    fields["csl"] = None if row.csl.text is None else msgspec.json.decode(row.csl.text)
    return Source(**fields)


Row = TypeVar("Row", bound=Struct)


def quoted(work: Work, row: views.Interview) -> views.Interview:
    """The interview as far as who was interviewed lets it go beyond the team (rule 20)."""
    match row.consent:
        case _ if work.reads_all or work.rights.made(row.planned_by):
            return row
        case "named_quote":
            return row
        case "anonymous_quote":
            return replace(row, who=None, role=None)
        case _:
            return replace(row, who=None, role=None, findings=None)


async def quotable(work: Work, *rows: views.Interview) -> list[views.Interview]:
    """The interviews, closed, as far as they may go beyond the team now: withdrawn consent is so for the past as well."""
    if work.reads_all:
        return list(rows)
    given = await work.reader.kring.commands.events_each(
        [Selector(types=list(views.INTERVIEWS.takes), tags=[one.id]) for one in rows]
    )
    now = [
        replay(views.INTERVIEWS, events, only=(row.id,)).get(row.id) for row, events in zip(rows, given, strict=True)
    ]
    return [
        quoted(work, row if latest is None else replace(row, consent=latest.consent))
        for row, latest in zip(rows, now, strict=True)
    ]


async def seen_interview(reader: Reader, interview: InterviewId, reading: ReadOptions) -> views.Interview:
    """An interview as the caller may see it, closed. Raises `NotFound`."""
    row, work = await made_or_shown(
        reader, views.INTERVIEWS, interview, lambda one: (one.team, one.planned_by), reading
    )
    return only(await quotable(work, row))


async def listed(work: Work, view: View[Row], query: ViewQuery, listing: ListOptions) -> Page[Row]:
    """A page of a list of a team's research, opened, as far as the reader sees it; interviews have their own."""
    page = await _seen(work, view, query, listing)
    await work.reader.unseal(page.items)
    return page


async def listed_interviews(work: Work, listing: ListOptions) -> Page[views.Interview]:
    """A page of a team's interviews, opened, as far as the reader sees them."""
    page = await _seen(work, views.INTERVIEWS, views.INTERVIEWS_OF_TEAM, listing)
    rows = await quotable(work, *page.items)
    await work.reader.unseal(rows)
    return Page(rows, page.next)


async def _seen(work: Work, view: View[Row], query: ViewQuery, listing: ListOptions) -> Page[Row]:
    rights = work.rights
    return await work.page(view, query, rights.team, work.reads_all, work.shared, rights.author, listing=listing)


async def trips_of(reader: Reader, team: TeamId, listing: ListOptions) -> list[Trip]:
    """A CoP's trips, opened."""
    return (await reader.page(TRIPS, TRIPS_OF_TEAM, team, True, [], listing=listing, scope=team)).items


class ResearchOfTeam(Controller):
    path = "/teams/{team:str}"
    tags = ("Research",)

    @post("/sources")
    async def log_source(
        self, team: FromPath[TeamId], data: JSONBody[NewSource], context: NamedDependency[RequestContext]
    ) -> Response[Source]:
        """Log a source."""
        csl = csl_text(data.csl)
        made = await context.create(
            "source", data, lambda new, by: LogSource(new, team=team, csl=csl, by=by), views.SOURCES
        )
        return Response(source(made.content), status_code=201, headers=made.headers)

    @get("/sources")
    async def sources(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Source]:
        """List a team's sources, as far as the caller sees them."""
        page = await listed(await work_of(reader, team, listing.reading), views.SOURCES, views.SOURCES_OF_TEAM, listing)
        return Page([source(one) for one in page.items], page.next)

    @post("/interviews")
    async def plan_interview(
        self, team: FromPath[TeamId], data: JSONBody[NewInterview], context: NamedDependency[RequestContext]
    ) -> Response[views.Interview]:
        """Plan an interview."""
        return await context.create(
            "interview",
            data,
            lambda new, by: PlanInterview(
                new,
                team=team,
                who=Personal(data.who),
                role=Words(data.role),
                sector=data.sector,
                on=data.on,
                by=by,
            ),
            views.INTERVIEWS,
        )

    @get("/interviews")
    async def interviews(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Interview]:
        """List a team's interviews, as far as the caller sees them."""
        return await listed_interviews(await work_of(reader, team, listing.reading), listing)

    @post("/insights")
    async def share_insight(
        self, team: FromPath[TeamId], data: JSONBody[NewInsight], context: NamedDependency[RequestContext]
    ) -> Response[views.Insight]:
        """Tell the team what one saw."""
        return await context.create(
            "insight",
            data,
            lambda new, by: ShareInsight(new, team=team, text=Words(data.text), about=data.about, by=by),
            views.INSIGHTS,
        )

    @get("/insights")
    async def insights(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[views.Insight]:
        """List a team's insights, as far as the caller sees them."""
        return await listed(
            await work_of(reader, team, listing.reading), views.INSIGHTS, views.INSIGHTS_OF_TEAM, listing
        )

    @get("/research")
    async def research(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Research:
        """Show a team's research at a glance, as far as the caller sees it."""
        work = await work_of(reader, team, reading)
        first = ListOptions("", MOST, *reading)
        sources = await listed(work, views.SOURCES, views.SOURCES_OF_TEAM, first)
        interviews = await listed_interviews(work, first)
        insights = await listed(work, views.INSIGHTS, views.INSIGHTS_OF_TEAM, first)
        stakeholders = await listed(work, views.STAKEHOLDERS, views.STAKEHOLDERS_OF_TEAM, first)
        files = await files_of(reader, work, first)
        trips = await trips_of(reader, team, first) if work.reads_all else []
        held: dict[str, int] = {}
        for one in interviews.items:
            if one.status == "held":
                held[one.sector] = held.get(one.sector, 0) + 1
        return Research(
            team,
            [source(one) for one in sources.items],
            interviews.items,
            insights.items,
            [item for trip in trips for item in trip.itinerary][:MOST],
            stakeholders.items,
            files.items,
            held,
        )


class Sources(Controller):
    path = "/sources/{source_id:str}"
    tags = ("Research",)

    @get()
    async def one(
        self, source_id: FromPath[SourceId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Source:
        """Show a source."""
        row, _ = await made_or_shown(reader, views.SOURCES, source_id, lambda one: (one.team, one.logged_by), reading)
        await reader.unseal([row])
        return source(row)


class Interviews(Controller):
    path = "/interviews/{interview:str}"
    tags = ("Research",)

    @get()
    async def one(
        self, interview: FromPath[InterviewId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Interview:
        """Show an interview, beyond the team as far as consent goes."""
        shown = await seen_interview(reader, interview, reading)
        await reader.unseal([shown])
        return shown

    @post("/holding", status_code=200)
    async def hold(
        self, interview: FromPath[InterviewId], data: JSONBody[Findings], context: NamedDependency[RequestContext]
    ) -> Response[views.Interview]:
        """Say what was found."""
        return await context.execute(
            data,
            lambda by: HoldInterview(interview, findings=Words(data.findings), by=by),
            views.INTERVIEWS,
            interview,
        )

    @post("/consent", status_code=200)
    async def consent(
        self, interview: FromPath[InterviewId], data: JSONBody[Consent], context: NamedDependency[RequestContext]
    ) -> Response[views.Interview]:
        """Record how far the interview may be used, or that it may not be any more."""
        return await context.execute(
            data, lambda by: SetConsent(interview, scope=data.scope, by=by), views.INTERVIEWS, interview
        )


class Insights(Controller):
    path = "/insights/{insight:str}"
    tags = ("Research",)

    @get()
    async def one(
        self, insight: FromPath[InsightId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Insight:
        """Show an insight."""
        row, _ = await made_or_shown(reader, views.INSIGHTS, insight, lambda one: (one.team, one.author), reading)
        await reader.unseal([row])
        return row
