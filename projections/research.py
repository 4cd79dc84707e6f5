"""A team's research: sources, interviews, insights and stakeholders."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.events.research import (
    ConsentGiven,
    ConsentWithdrawn,
    InsightShared,
    InterviewHeld,
    InterviewPlanned,
    Scope,
    Sector,
    SourceLogged,
)
from domain.events.sharing import Circle, WorkShared
from domain.events.stakeholders import Degree, StakeholderIdentified, StakeholderPlaced, Stance, TalkHeld
from domain.foundation import (
    AnyId,
    InsightId,
    InterviewId,
    Personal,
    ProgrammeId,
    SourceId,
    StakeholderId,
    TalkId,
    TeamId,
    Words,
)
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class Source(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """One row per source. `csl`: its CSL-JSON item, as text."""

    id: SourceId
    team: TeamId
    programme: ProgrammeId
    status: Literal["logged"] = "logged"
    csl: Words
    shared_with: tuple[Circle, ...] = ()
    logged_by: str
    logged_at: datetime


class Interview(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """One row per interview. `consent` None: withdrawn."""

    id: InterviewId
    team: TeamId
    programme: ProgrammeId
    status: Literal["planned", "held"]
    who: Personal | None
    role: Words | None
    sector: Sector
    on: date | None
    findings: Words | None = None
    consent: Scope | None = "background"
    shared_with: tuple[Circle, ...] = ()
    planned_by: str
    held_at: datetime | None = None


class Insight(Struct, frozen=True, kw_only=True, rename=ids("team", "programme", "author")):
    """One row per insight."""

    id: InsightId
    team: TeamId
    programme: ProgrammeId
    status: Literal["shared"] = "shared"
    text: Words
    about: AnyId | None
    shared_with: tuple[Circle, ...] = ()
    author: str
    shared_at: datetime


class Placement(Struct, frozen=True):
    """The position of a stakeholder at a time."""

    power: Degree
    interest: Degree
    stance: Stance
    desired_stance: Stance
    placed_at: datetime


class Talk(Struct, frozen=True):
    """A follow-up talk with a stakeholder."""

    id: TalkId
    outcome: Words
    next_step: Words | None
    held_at: datetime
    status: Literal["held"] = "held"


class Stakeholder(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """One row per stakeholder, with all placements (the last one is the present one) and talks, in order."""

    id: StakeholderId
    team: TeamId
    programme: ProgrammeId
    status: Literal["identified", "placed"] = "identified"
    name: Personal
    organisation: Words | None
    placements: tuple[Placement, ...] = ()
    talks: tuple[Talk, ...] = ()
    shared_with: tuple[Circle, ...] = ()
    identified_by: str


Shareable = TypeVar("Shareable", Source, Interview, Insight, Stakeholder)


def logged(_: Source | None, event: SourceLogged, at: EventMetadata) -> Source:
    return Source(
        id=event.source,
        team=event.team,
        programme=event.programme,
        csl=event.csl,
        logged_by=at.actor,
        logged_at=at.stated_at,
    )


def planned(_: Interview | None, event: InterviewPlanned, at: EventMetadata) -> Interview:
    return Interview(
        id=event.interview,
        team=event.team,
        programme=event.programme,
        status="planned",
        who=event.who,
        role=event.role,
        sector=event.sector,
        on=event.on,
        planned_by=at.actor,
    )


def held(row: Interview, event: InterviewHeld, at: EventMetadata) -> Interview:
    return replace(row, status="held", findings=event.findings, held_at=at.stated_at)


def consented(row: Interview, event: ConsentGiven, _: EventMetadata) -> Interview:
    return replace(row, consent=event.scope)


def consent_withdrawn(row: Interview, _: ConsentWithdrawn, __: EventMetadata) -> Interview:
    return replace(row, consent=None)


def insight_shared(_: Insight | None, event: InsightShared, at: EventMetadata) -> Insight:
    return Insight(
        id=event.insight,
        team=event.team,
        programme=event.programme,
        text=event.text,
        about=event.about,
        author=at.actor,
        shared_at=at.stated_at,
    )


def identified(_: Stakeholder | None, event: StakeholderIdentified, at: EventMetadata) -> Stakeholder:
    return Stakeholder(
        id=event.stakeholder,
        team=event.team,
        programme=event.programme,
        name=event.name,
        organisation=event.organisation,
        identified_by=at.actor,
    )


def placed(row: Stakeholder, event: StakeholderPlaced, at: EventMetadata) -> Stakeholder:
    new = Placement(event.power, event.interest, event.stance, event.desired_stance, at.stated_at)
    return replace(row, status="placed", placements=(*row.placements, new))


def talked(row: Stakeholder, event: TalkHeld, at: EventMetadata) -> Stakeholder:
    return replace(row, talks=(*row.talks, Talk(event.talk, event.outcome, event.next_step, at.stated_at)))


def shared_with_circle(row: Shareable, event: WorkShared, _: EventMetadata) -> Shareable:
    return replace(row, shared_with=tuple(sorted({*row.shared_with, event.circle})))


def shared_item(prefix: str) -> Callable[[WorkShared], Iterable[str]]:
    """Keys: the shared thing, if its id has this prefix."""
    return lambda event: [event.item] if event.item.startswith(prefix) else []


SOURCES = View(
    "sources",
    Source,
    {SourceLogged: On(one_row("source"), logged), WorkShared: On(shared_item("source_"), shared_with_circle)},
)
INTERVIEWS = View(
    "interviews",
    Interview,
    {
        InterviewPlanned: On(one_row("interview"), planned),
        InterviewHeld: On(one_row("interview"), held),
        ConsentGiven: On(one_row("interview"), consented),
        ConsentWithdrawn: On(one_row("interview"), consent_withdrawn),
        WorkShared: On(shared_item("interview_"), shared_with_circle),
    },
)
INSIGHTS = View(
    "insights",
    Insight,
    {
        InsightShared: On(one_row("insight"), insight_shared),
        WorkShared: On(shared_item("insight_"), shared_with_circle),
    },
)
STAKEHOLDERS = View(
    "stakeholders",
    Stakeholder,
    {
        StakeholderIdentified: On(one_row("stakeholder"), identified),
        StakeholderPlaced: On(one_row("stakeholder"), placed),
        TalkHeld: On(one_row("stakeholder"), talked),
        WorkShared: On(shared_item("stakeholder_"), shared_with_circle),
    },
)
SOURCES_OF_TEAM = ViewQuery(
    """
    -- A team's sources: all if the reader may read all work ($4), else those shared with them ($5) or logged by them ($6).
    select * from {sources} where team_id = $3 and key > $1 and ($4 or key = any($5) or logged_by = $6) order by key limit $2
    """,
    SOURCES,
)

INTERVIEWS_OF_TEAM = ViewQuery(
    """
    -- A team's interviews: all ($4), or those shared with the reader ($5) or planned by them ($6).
    select * from {interviews} where team_id = $3 and key > $1 and ($4 or key = any($5) or planned_by = $6) order by key limit $2
    """,
    INTERVIEWS,
)

INSIGHTS_OF_TEAM = ViewQuery(
    """
    -- A team's insights: all ($4), or those shared with the reader ($5) or written by them ($6).
    select * from {insights} where team_id = $3 and key > $1 and ($4 or key = any($5) or author_id = $6) order by key limit $2
    """,
    INSIGHTS,
)

STAKEHOLDERS_OF_TEAM = ViewQuery(
    """
    -- A team's stakeholders: all ($4), or those shared with the reader ($5) or identified by them ($6).
    select * from {stakeholders} where team_id = $3 and key > $1 and ($4 or key = any($5) or identified_by = $6)
    order by key limit $2
    """,
    STAKEHOLDERS,
)

INSIGHTS_ABOUT = ViewQuery(
    """
    -- The insights about one thing ($7) of a team: all ($4), or those shared with the reader ($5) or written by them ($6).
    select * from {insights} where team_id = $3 and about = $7 and key > $1 and ($4 or key = any($5) or author_id = $6)
    order by key limit $2
    """,
    INSIGHTS,
)
