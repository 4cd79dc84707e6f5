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
from projections.view import EventMetadata, On, View, ids, its


class Source(Struct, frozen=True, kw_only=True, rename=ids("team", "programme")):
    """One row per source. `csl`: its CSL-JSON item as text."""

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
    """Where a stakeholder stood at a moment."""

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
    """One row per stakeholder, with every placement (the last one counts) and talk, in order."""

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


Shown = TypeVar("Shown", Source, Interview, Insight, Stakeholder)


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


def consent_taken_back(row: Interview, _: ConsentWithdrawn, __: EventMetadata) -> Interview:
    return replace(row, consent=None)


def told(_: Insight | None, event: InsightShared, at: EventMetadata) -> Insight:
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


def shown_to(row: Shown, event: WorkShared, _: EventMetadata) -> Shown:
    return replace(row, shared_with=tuple(sorted({*row.shared_with, event.circle})))


def shared_item(prefix: str) -> Callable[[WorkShared], Iterable[str]]:
    """Keys: the thing that was shared, if it is of this kind."""
    return lambda event: [event.item] if event.item.startswith(prefix) else []


SOURCES = View(
    "sources", Source, {SourceLogged: On(its("source"), logged), WorkShared: On(shared_item("source_"), shown_to)}
)
INTERVIEWS = View(
    "interviews",
    Interview,
    {
        InterviewPlanned: On(its("interview"), planned),
        InterviewHeld: On(its("interview"), held),
        ConsentGiven: On(its("interview"), consented),
        ConsentWithdrawn: On(its("interview"), consent_taken_back),
        WorkShared: On(shared_item("interview_"), shown_to),
    },
)
INSIGHTS = View(
    "insights", Insight, {InsightShared: On(its("insight"), told), WorkShared: On(shared_item("insight_"), shown_to)}
)
STAKEHOLDERS = View(
    "stakeholders",
    Stakeholder,
    {
        StakeholderIdentified: On(its("stakeholder"), identified),
        StakeholderPlaced: On(its("stakeholder"), placed),
        TalkHeld: On(its("stakeholder"), talked),
        WorkShared: On(shared_item("stakeholder_"), shown_to),
    },
)
SOURCES_OF_TEAM = ViewQuery(
    """
    -- A team's sources: all to who reads all ($4), else those shared with the reader ($5) or logged by them ($6).
    select * from {sources} where team_id = $3 and key > $1 and ($4 or key = any($5) or logged_by = $6) order by key limit $2
    """,
    SOURCES,
)

INTERVIEWS_OF_TEAM = ViewQuery(
    """
    -- A team's interviews, likewise.
    select * from {interviews} where team_id = $3 and key > $1 and ($4 or key = any($5) or planned_by = $6) order by key limit $2
    """,
    INTERVIEWS,
)

INSIGHTS_OF_TEAM = ViewQuery(
    """
    -- A team's insights, likewise.
    select * from {insights} where team_id = $3 and key > $1 and ($4 or key = any($5) or author_id = $6) order by key limit $2
    """,
    INSIGHTS,
)

STAKEHOLDERS_OF_TEAM = ViewQuery(
    """
    -- A team's map, likewise.
    select * from {stakeholders} where team_id = $3 and key > $1 and ($4 or key = any($5) or identified_by = $6)
    order by key limit $2
    """,
    STAKEHOLDERS,
)
