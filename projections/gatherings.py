"""Gatherings: time, place, topics, attendance and minutes."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import (
    AgendaItem,
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
    Kind,
)
from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.foundation import GatheringId, Key, OrganisationId, PersonId, ProgrammeId, TeamId, Words
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row, uid

GATHERING_IDS = ids("programme", "teams", "organisations") | {"held_for": "held_for_team_ids"}


class Attendance(Struct, frozen=True):
    """The attendance of a person. `corrected`: it was recorded differently before.

    `reason`: for absence, visible to facilitators, that person and `recorded_by`; others see only `reason_on_record`.
    """

    person_id: PersonId
    present: bool
    reason: Words | None
    corrected: bool
    reason_on_record: bool
    recorded_by: str


class Minutes(Struct, frozen=True, kw_only=True):
    """The last version of the minutes."""

    version: int
    status: Literal["written", "corrected", "approved"]
    text: Words
    written_by: Key
    written_at: datetime
    approved_by: PersonId | None = None
    approved_at: datetime | None = None


class Gathering(Struct, frozen=True, kw_only=True, rename=GATHERING_IDS):
    """One row per gathering. No `teams`: a joint session of all CoPs. `uid`, `sequence`: those of iCalendar (rule 15).

    `held_for`: the teams for which it was held. `organisations`: those that can see it.
    """

    id: GatheringId
    uid: str
    programme: ProgrammeId
    kind: Kind
    number: int | None
    teams: tuple[TeamId, ...]
    organisations: tuple[OrganisationId, ...]
    status: Literal["planned", "rescheduled", "held", "cancelled"]
    sequence: int
    starts_at: datetime
    ends_at: datetime
    place: Words
    agenda: tuple[AgendaItem, ...]
    held_for: tuple[TeamId, ...] = ()
    topics: tuple[Key, ...] = ()
    techniques: tuple[Words, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    minutes: Minutes | None = None


LaterEvent = GatheringRescheduled | GatheringCancelled | GatheringHeld | HoldingCorrected


def planned(_: Gathering | None, event: GatheringPlanned, __: EventMetadata) -> Gathering:
    return Gathering(
        id=event.gathering,
        uid=uid(event.gathering),
        programme=event.programme,
        kind=event.kind,
        number=event.number,
        teams=event.teams,
        organisations=event.organisations,
        status="planned",
        sequence=0,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=event.place,
        agenda=event.agenda,
    )


def _organisations(row: Gathering, event: LaterEvent) -> tuple[OrganisationId, ...]:
    """The organisations that could see it before, and those that can see this event."""
    return tuple(dict.fromkeys([*row.organisations, *event.organisations]))


def rescheduled(row: Gathering, event: GatheringRescheduled, _: EventMetadata) -> Gathering:
    return replace(
        row,
        status="rescheduled",
        organisations=_organisations(row, event),
        sequence=event.sequence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=event.place or row.place,
    )


def cancelled(row: Gathering, event: GatheringCancelled, _: EventMetadata) -> Gathering:
    return replace(row, status="cancelled", organisations=_organisations(row, event), sequence=event.sequence)


def held(row: Gathering, event: GatheringHeld, _: EventMetadata) -> Gathering:
    return replace(
        row,
        status="held",
        organisations=_organisations(row, event),
        held_for=event.teams,
        topics=event.topics,
        techniques=event.techniques,
    )


def holding_corrected(row: Gathering, event: HoldingCorrected, _: EventMetadata) -> Gathering:
    as_planned = "rescheduled" if row.sequence else "planned"
    return replace(
        row,
        status="held" if event.took_place else as_planned,
        organisations=_organisations(row, event),
        held_for=event.teams if event.took_place else (),
        topics=event.topics,
        techniques=event.techniques,
    )


def attended(row: Gathering, event: AttendanceRecorded | AttendanceCorrected, at: EventMetadata) -> Gathering:
    others = [one for one in row.attendance if one.person_id != event.person]
    new = Attendance(
        person_id=event.person,
        present=event.present,
        reason=event.why,
        corrected=isinstance(event, AttendanceCorrected),
        reason_on_record=event.why is not None,
        recorded_by=at.actor,
    )
    return replace(row, attendance=tuple(sorted([*others, new], key=lambda one: one.person_id)))


def minuted(row: Gathering, event: MinutesWritten | MinutesCorrected, at: EventMetadata) -> Gathering:
    minutes = Minutes(
        version=event.version,
        status="corrected" if isinstance(event, MinutesCorrected) else "written",
        text=event.text,
        written_by=Key(at.actor),
        written_at=at.recorded_at,
    )
    return replace(row, minutes=minutes)


def approved(row: Gathering, event: MinutesApproved, at: EventMetadata) -> Gathering:
    assert row.minutes is not None, "minutes are approved once they are written"
    return replace(
        row, minutes=replace(row.minutes, status="approved", approved_by=event.person, approved_at=at.recorded_at)
    )


GATHERINGS = View(
    "gatherings",
    Gathering,
    {
        GatheringPlanned: On(one_row("gathering"), planned),
        GatheringRescheduled: On(one_row("gathering"), rescheduled),
        GatheringCancelled: On(one_row("gathering"), cancelled),
        GatheringHeld: On(one_row("gathering"), held),
        HoldingCorrected: On(one_row("gathering"), holding_corrected),
        AttendanceRecorded: On(one_row("gathering"), attended),
        AttendanceCorrected: On(one_row("gathering"), attended),
        MinutesWritten: On(one_row("gathering"), minuted),
        MinutesCorrected: On(one_row("gathering"), minuted),
        MinutesApproved: On(one_row("gathering"), approved),
    },
)

GATHERINGS_OF_PROGRAMME = ViewQuery(
    """
    -- The gatherings of one programme: all ($4), or for participants the joint ones ($5) and those of their own teams ($6), and
    -- for contacts those visible to their organisations ($7).
    select * from {gatherings}
    where programme_id = $3 and key > $1
    and ($4 or ($5 and cardinality(team_ids) = 0) or team_ids && $6 or organisation_ids && $7)
    order by key limit $2
    """,
    GATHERINGS,
)

GATHERINGS_OF_TEAM = ViewQuery(
    """
    -- The gatherings of one CoP ($3): its own, and the joint sessions of its programme ($4), except numbers for which it has its
    -- own date. All ($5), or those visible to the reader's organisations ($6) or shared with the reader ($7).
    select * from {gatherings} g
    where key > $1 and programme_id = $4 and ($5 or organisation_ids && $6 or key = any($7))
    and ($3 = any(team_ids) or (cardinality(team_ids) = 0 and not exists (
      select 1 from {gatherings} own
      where $3 = any(own.team_ids) and own.kind = 'session' and own.number = g.number and own.status <> 'cancelled'
    )))
    order by key limit $2
    """,
    GATHERINGS,
)
