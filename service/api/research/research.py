"""A team's research over HTTP: sources, interviews, insights."""

from datetime import date
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.events.research import Scope, Sector
from domain.foundation import (
    AnyId,
    InsightId,
    InterviewId,
    Personal,
    SourceId,
    TeamId,
    Text,
    Words,
)
from domain.research.consent import SetConsent
from domain.research.research import HoldInterview, LogSource, PlanInterview, ShareInsight
from projections import research as views
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.research import (
    Research,
    Source,
    page_of_interviews,
    page_of_research,
    research_of,
    source,
    visible_interview,
)
from service.reading.team_work import own_or_shared, work_of

MAX_CSL_BYTES = 20_000


class NewSource(Body):
    """A written source. `csl`: one CSL-JSON item, with at least its `type`."""

    csl: dict[str, Any]


class NewInterview(Body):
    """An interview to plan. `on` may be in the past."""

    who: Title
    role: Title
    sector: Sector
    on: date | None = None


class Findings(Body):
    """The findings of an interview."""

    findings: Prose


class Consent(Body):
    """The consent to use an interview; null: it is withdrawn."""

    scope: Scope | None


class NewInsight(Body):
    """An insight of a member. `about`: the source, interview, visit or insight that it is about."""

    text: Prose
    about: AnyId | None = None


def csl_text(csl: dict[str, Any]) -> Words:
    """The CSL item as JSON with sorted keys. Raises `BadText` if it is too long or has no `type`."""
    if not isinstance(csl.get("type"), str):
        raise BadText("csl.type", Text(en="is missing: the kind of the source", nl="ontbreekt: de soort bron"))
    text = msgspec.json.encode(csl, order="sorted")
    if len(text) > MAX_CSL_BYTES:
        raise BadText(
            "csl", Text(en=f"is longer than {MAX_CSL_BYTES} bytes", nl=f"is langer dan {MAX_CSL_BYTES} bytes")
        )
    return Words(text.decode())


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
        """List a team's sources that the caller may see."""
        page = await page_of_research(
            await work_of(reader, team, listing.reading), views.SOURCES, views.SOURCES_OF_TEAM, listing
        )
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
        """List a team's interviews that the caller may see."""
        return await page_of_interviews(await work_of(reader, team, listing.reading), listing)

    @post("/insights")
    async def share_insight(
        self, team: FromPath[TeamId], data: JSONBody[NewInsight], context: NamedDependency[RequestContext]
    ) -> Response[views.Insight]:
        """Share an insight with the team."""
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
        """List a team's insights that the caller may see."""
        return await page_of_research(
            await work_of(reader, team, listing.reading), views.INSIGHTS, views.INSIGHTS_OF_TEAM, listing
        )

    @get("/research")
    async def research(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Research:
        """Show an overview of a team's research, as far as the caller may see it."""
        return await research_of(reader, team, reading)


class Sources(Controller):
    path = "/sources/{source_id:str}"
    tags = ("Research",)

    @get()
    async def show(
        self, source_id: FromPath[SourceId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Source:
        """Show a source."""
        row, _ = await own_or_shared(reader, views.SOURCES, source_id, lambda one: (one.team, one.logged_by), reading)
        await reader.unseal([row])
        return source(row)


class Interviews(Controller):
    path = "/interviews/{interview:str}"
    tags = ("Research",)

    @get()
    async def show(
        self, interview: FromPath[InterviewId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Interview:
        """Show an interview; outside the team, as far as its consent allows."""
        shown = await visible_interview(reader, interview, reading)
        await reader.unseal([shown])
        return shown

    @post("/holding", status_code=200)
    async def hold(
        self, interview: FromPath[InterviewId], data: JSONBody[Findings], context: NamedDependency[RequestContext]
    ) -> Response[views.Interview]:
        """Record the findings of an interview."""
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
        """Record the consent to use an interview, or its withdrawal."""
        return await context.execute(
            data, lambda by: SetConsent(interview, scope=data.scope, by=by), views.INTERVIEWS, interview
        )


class Insights(Controller):
    path = "/insights/{insight:str}"
    tags = ("Research",)

    @get()
    async def show(
        self, insight: FromPath[InsightId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Insight:
        """Show an insight."""
        row, _ = await own_or_shared(reader, views.INSIGHTS, insight, lambda one: (one.team, one.author), reading)
        await reader.unseal([row])
        return row
