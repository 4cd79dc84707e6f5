"""Who came to what: told by the attendance of the gatherings, person by person."""

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
    """Whether a participant came to a gathering; `reason`: why not, if they said so."""

    gathering: GatheringId
    kind: Kind
    number: int | None
    starts_at: datetime
    present: bool
    reason: Words | None
    corrected: bool


class AttendanceOf(Struct, frozen=True, kw_only=True, rename=ids("person", "programme")):
    """What is recorded of one participant, the earliest gathering first. `id` is the person's."""

    id: PersonId
    person: PersonId
    programme: ProgrammeId
    status: Literal["active", "withdrew"]
    present: int
    absent: int
    gatherings: tuple[AttendedAt, ...]


def attendance_of(participant: Participant, gatherings: Iterable[Gathering]) -> AttendanceOf:
    """What these gatherings tell of a participant."""
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


READ_ABOUT = ViewQuery(
    """
    -- Participants of whose attendance somebody may read: everybody ($4), oneself ($5), the members of some CoPs ($6).
    select * from {participants} p where programme_id = $3 and key > $1
    and ($4 or person_id = $5 or exists (select 1 from {teams} t where t.key = any($6) and p.person_id = any(t.member_ids)))
    order by key limit $2
    """,
    PARTICIPANTS,
    TEAMS,
)
