"""The attendance of participants, derived from the gatherings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.events.gathering import Kind
from domain.foundation import GatheringId, PersonId, ProgrammeId, Words
from projections.gatherings import Gathering
from projections.programmes import PARTICIPANTS, Participant
from projections.query import ViewQuery
from projections.teams import TEAMS
from projections.view import ids


class AttendedAt(Struct, frozen=True, kw_only=True, rename=ids("gathering")):
    """The attendance of a participant at a gathering. `reason`: for absence, if they gave one."""

    gathering: GatheringId
    kind: Kind
    number: int | None
    starts_at: datetime
    present: bool
    reason: Words | None
    corrected: bool


class AttendanceOf(Struct, frozen=True, kw_only=True, rename=ids("person", "programme")):
    """The recorded attendance of one participant, the earliest gathering first. `id`: that of the person."""

    id: PersonId
    person: PersonId
    programme: ProgrammeId
    status: Literal["active", "withdrew"]
    present: int
    absent: int
    gatherings: tuple[AttendedAt, ...]


def attendance_of(participant: Participant, gatherings: Iterable[Gathering]) -> AttendanceOf:
    """The attendance of a participant at these gatherings."""
    ordered = sorted(gatherings, key=lambda one: (one.starts_at, one.id))
    recorded = tuple(
        AttendedAt(
            gathering=one.id,
            kind=one.kind,
            number=one.number,
            starts_at=one.starts_at,
            present=listed.present,
            reason=listed.reason,
            corrected=listed.corrected,
        )
        for one in ordered
        for listed in one.attendance
        if listed.person_id == participant.person
    )
    present = sum(one.present for one in recorded)
    return AttendanceOf(
        id=participant.person,
        person=participant.person,
        programme=participant.programme,
        status=participant.status,
        present=present,
        absent=len(recorded) - present,
        gatherings=recorded,
    )


VISIBLE_PARTICIPANTS = ViewQuery(
    """
    -- The participants whose attendance the reader may see: all ($4), themselves ($5), the members of these CoPs ($6).
    select * from {participants} p where programme_id = $3 and key > $1
    and ($4 or person_id = $5 or exists (select 1 from {teams} t where t.key = any($6) and p.person_id = any(t.member_ids)))
    order by key limit $2
    """,
    PARTICIPANTS,
    TEAMS,
)
