"""A team's research, as far as its reader may see it."""

from collections import Counter
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.events.sharing import Circle
from domain.foundation import (
    InterviewId,
    NotFound,
    ProgrammeId,
    Selector,
    SourceId,
    StakeholderId,
    TeamId,
)
from projections import research as views
from projections.derived.research_figures import FIGURES_OF_TEAM, ResearchFigures
from projections.files import File
from projections.query import ViewQuery
from projections.trips import TRIPS, TRIPS_OF_TEAM, Item, Trip
from projections.view import View, fold_events, ids
from service.reading.files import files_of
from service.reading.options import ListOptions, Page, ReadOptions, only
from service.reading.reader import Reader
from service.reading.team_work import TeamWork, own_or_shared, work_of

Row = TypeVar("Row", bound=Struct)

MAX_SHOWN = 200
"""Rows of one kind in the overview."""


class Source(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """A source. `csl` is null if it was erased."""

    id: SourceId
    team: TeamId
    programme: ProgrammeId
    status: str
    csl: dict[str, Any] | None
    shared_with: tuple[Circle, ...]
    logged_by: str
    logged_at: datetime


class Research(Struct, frozen=True, rename=ids("team")):
    """An overview of a team's research: the first 200 of each kind, and the number of interviews held in each sector.

    `visits`: the items on the itineraries of its trips, for readers who may see those.
    """

    team: TeamId
    sources: list[Source]
    interviews: list[views.Interview]
    insights: list[views.Insight]
    visits: list[Item]
    stakeholders: list[views.Stakeholder]
    files: list[File]
    interviews_held: dict[str, int]


def source(row: views.Source) -> Source:
    """The source with its CSL item as an object."""
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    fields["csl"] = None if row.csl.text is None else msgspec.json.decode(row.csl.text)
    return Source(**fields)


def within_consent(work: TeamWork, row: views.Interview) -> views.Interview:
    """The interview as far as the interviewed person's consent lets it leave the team (rule 20)."""
    match row.consent:
        case _ if work.reads_all or work.rights.made(row.planned_by):
            return row
        case "named_quote":
            return row
        case "anonymous_quote":
            return replace(row, who=None, role=None)
        case _:
            return replace(row, who=None, role=None, findings=None)


async def as_consented(work: TeamWork, *rows: views.Interview) -> list[views.Interview]:
    """The interviews, sealed, as far as their current consent lets them leave the team; withdrawal holds for the past too."""
    if work.reads_all:
        return list(rows)
    given = await work.reader.kring.commands.events_each(
        [Selector(types=list(views.INTERVIEWS.takes), tags=[one.id]) for one in rows]
    )
    now = [
        fold_events(views.INTERVIEWS, events, only=(row.id,)).get(row.id)
        for row, events in zip(rows, given, strict=True)
    ]
    return [
        within_consent(work, row if latest is None else replace(row, consent=latest.consent))
        for row, latest in zip(rows, now, strict=True)
    ]


async def visible_interview(reader: Reader, interview: InterviewId, reading: ReadOptions) -> views.Interview:
    """An interview as far as the caller may see it, sealed. Raises `NotFound`."""
    row, work = await own_or_shared(
        reader, views.INTERVIEWS, interview, lambda one: (one.team, one.planned_by), reading
    )
    return only(await as_consented(work, row))


async def page_of_research(work: TeamWork, view: View[Row], query: ViewQuery, listing: ListOptions) -> Page[Row]:
    """A page of a list of a team's research that the reader may see, unsealed. For interviews: `page_of_interviews`."""
    page = await _page_of(work, view, query, listing)
    await work.reader.unseal(page.items)
    return page


async def page_of_interviews(work: TeamWork, listing: ListOptions) -> Page[views.Interview]:
    """A page of a team's interviews that the reader may see, unsealed."""
    page = await _page_of(work, views.INTERVIEWS, views.INTERVIEWS_OF_TEAM, listing)
    rows = await as_consented(work, *page.items)
    await work.reader.unseal(rows)
    return Page(rows, page.next)


async def _page_of(work: TeamWork, view: View[Row], query: ViewQuery, listing: ListOptions) -> Page[Row]:
    rights = work.rights
    return await work.page(view, query, rights.team, work.reads_all, work.shared, rights.author, listing=listing)


async def trips_of(reader: Reader, team: TeamId, listing: ListOptions) -> list[Trip]:
    """A CoP's trips, unsealed."""
    return (await reader.page(TRIPS, TRIPS_OF_TEAM, team, True, [], listing=listing, scope=team)).items


async def visible_stakeholder(reader: Reader, stakeholder: StakeholderId, reading: ReadOptions) -> views.Stakeholder:
    """A stakeholder whom the caller may see. Raises `NotFound`."""
    row, work = await own_or_shared(
        reader, views.STAKEHOLDERS, stakeholder, lambda one: (one.team, one.identified_by), reading
    )
    if work.for_organisation:
        raise NotFound
    await reader.unseal([row])
    return row


async def figures_of(reader: Reader, team: TeamId, reading: ReadOptions) -> ResearchFigures:
    """The number of things that a team found, for readers of all its work."""
    found = await (await reader.views(reading, team)).rows(ResearchFigures, FIGURES_OF_TEAM, team)
    return found[0]


async def research_of(reader: Reader, team: TeamId, reading: ReadOptions) -> Research:
    """The overview of a team's research, as far as the reader may see it. Raises `NotFound`."""
    work = await work_of(reader, team, reading)
    first = ListOptions("", MAX_SHOWN, *reading)
    sources = await page_of_research(work, views.SOURCES, views.SOURCES_OF_TEAM, first)
    interviews = await page_of_interviews(work, first)
    insights = await page_of_research(work, views.INSIGHTS, views.INSIGHTS_OF_TEAM, first)
    stakeholders = await page_of_research(work, views.STAKEHOLDERS, views.STAKEHOLDERS_OF_TEAM, first)
    files = await files_of(reader, work, first)
    trips = await trips_of(reader, team, first) if work.reads_all else []
    return Research(
        team,
        [source(one) for one in sources.items],
        interviews.items,
        insights.items,
        [item for trip in trips for item in trip.itinerary][:MAX_SHOWN],
        stakeholders.items,
        files.items,
        dict(Counter(one.sector for one in interviews.items if one.status == "held")),
    )
