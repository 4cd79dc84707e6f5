"""Gatherings: when and where, what they covered, who was there, what was said."""

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
from projections.view import Moment, On, View, ids, its, uid

GATHERING_IDS = ids("programme", "teams", "organisations") | {"held_for": "held_for_team_ids"}


class Attendance(Struct, frozen=True):
    """Whether somebody was there, and why not; `corrected`: it was recorded otherwise before.

    `reason` is for who guides, that person and `recorded_by`; others read that one is on record (`reason_on_record`).
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
    """One row per gathering. No `teams`: a joint session, of all CoPs. `uid`, `sequence` are iCalendar's (rule 15).

    `held_for`: the teams for which it was held. `organisations`: who was told of it.
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


Told = GatheringRescheduled | GatheringCancelled | GatheringHeld | HoldingCorrected


def planned(_: Gathering | None, fact: GatheringPlanned, __: Moment) -> Gathering:
    return Gathering(
        id=fact.gathering,
        uid=uid(fact.gathering),
        programme=fact.programme,
        kind=fact.kind,
        number=fact.number,
        teams=fact.teams,
        organisations=fact.organisations,
        status="planned",
        sequence=0,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        place=fact.place,
        agenda=fact.agenda,
    )


def _also_told(row: Gathering, fact: Told) -> tuple[OrganisationId, ...]:
    return tuple(dict.fromkeys([*row.organisations, *fact.organisations]))


def rescheduled(row: Gathering, fact: GatheringRescheduled, _: Moment) -> Gathering:
    return replace(
        row,
        status="rescheduled",
        organisations=_also_told(row, fact),
        sequence=fact.sequence,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        place=fact.place or row.place,
    )


def cancelled(row: Gathering, fact: GatheringCancelled, _: Moment) -> Gathering:
    return replace(row, status="cancelled", organisations=_also_told(row, fact), sequence=fact.sequence)


def held(row: Gathering, fact: GatheringHeld, _: Moment) -> Gathering:
    return replace(
        row,
        status="held",
        organisations=_also_told(row, fact),
        held_for=fact.teams,
        topics=fact.topics,
        techniques=fact.techniques,
    )


def holding_corrected(row: Gathering, fact: HoldingCorrected, _: Moment) -> Gathering:
    as_planned = "rescheduled" if row.sequence else "planned"
    return replace(
        row,
        status="held" if fact.took_place else as_planned,
        organisations=_also_told(row, fact),
        held_for=fact.teams if fact.took_place else (),
        topics=fact.topics,
        techniques=fact.techniques,
    )


def attended(row: Gathering, fact: AttendanceRecorded | AttendanceCorrected, at: Moment) -> Gathering:
    others = [one for one in row.attendance if one.person_id != fact.person]
    new = Attendance(
        person_id=fact.person,
        present=fact.present,
        reason=fact.why,
        corrected=isinstance(fact, AttendanceCorrected),
        reason_on_record=fact.why is not None,
        recorded_by=at.actor,
    )
    return replace(row, attendance=tuple(sorted([*others, new], key=lambda one: one.person_id)))


def minuted(row: Gathering, fact: MinutesWritten | MinutesCorrected, at: Moment) -> Gathering:
    minutes = Minutes(
        version=fact.version,
        status="corrected" if isinstance(fact, MinutesCorrected) else "written",
        text=fact.text,
        written_by=Key(at.actor),
        written_at=at.recorded_at,
    )
    return replace(row, minutes=minutes)


def approved(row: Gathering, fact: MinutesApproved, at: Moment) -> Gathering:
    assert row.minutes is not None, "minutes are approved once they are written"
    return replace(
        row, minutes=replace(row.minutes, status="approved", approved_by=fact.person, approved_at=at.recorded_at)
    )


GATHERINGS = View(
    "gatherings",
    Gathering,
    {
        GatheringPlanned: On(its("gathering"), planned),
        GatheringRescheduled: On(its("gathering"), rescheduled),
        GatheringCancelled: On(its("gathering"), cancelled),
        GatheringHeld: On(its("gathering"), held),
        HoldingCorrected: On(its("gathering"), holding_corrected),
        AttendanceRecorded: On(its("gathering"), attended),
        AttendanceCorrected: On(its("gathering"), attended),
        MinutesWritten: On(its("gathering"), minuted),
        MinutesCorrected: On(its("gathering"), minuted),
        MinutesApproved: On(its("gathering"), approved),
    },
)

GATHERINGS_OF_PROGRAMME = ViewQuery(
    """
    -- The gatherings of one programme: all ($4); to participants the joint ones ($5) and their own teams' ($6); to contacts
    -- those of which their organisations were told ($7).
    select * from {gatherings}
    where programme_id = $3 and key > $1
    and ($4 or ($5 and cardinality(team_ids) = 0) or team_ids && $6 or organisation_ids && $7)
    order by key limit $2
    """,
    GATHERINGS,
)

GATHERINGS_OF_TEAM = ViewQuery(
    """
    -- What one CoP ($3) comes to: its own gatherings, and the joint sessions of its programme ($4) but for those numbers for
    -- which it has a date of its own; to contacts ($6) those of which their organisations were told; and what is shared ($7).
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
