"""The agenda of a person: gatherings, trips, modules and deadlines. Derived from other views; nothing is stored."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.foundation import AnyId, ProgrammeId, Words
from projections.ballots import BALLOTS, Ballot
from projections.gatherings import GATHERINGS, Gathering
from projections.programmes import PROGRAMMES, Programme
from projections.query import ViewQuery
from projections.trips import TRIPS, Trip
from projections.view import ids, uid

MAX_ROWS = 200
"""Rows of each kind."""

GATHERINGS_AHEAD = ViewQuery(
    """
    -- The gatherings of these programmes that end at $2 or later.
    select * from {gatherings} where programme_id = any($1) and ends_at >= $2 order by starts_at, key limit $3
    """,
    GATHERINGS,
)

TRIPS_AHEAD = ViewQuery(
    """
    -- The trips of these teams ($1), and these trips ($4), whose dates are fixed and end on $2 or later.
    select * from {trips} where (team_id = any($1) or key = any($4)) and ends_on >= $2 order by starts_on, key limit $3
    """,
    TRIPS,
)

BALLOTS_AHEAD = ViewQuery(
    """
    -- The open ballots of these programmes.
    select * from {ballots} where programme_id = any($1) and status = 'open' and closes_at >= $2 order by closes_at, key limit $3
    """,
    BALLOTS,
)

PROGRAMMES_OF_PERSON = ViewQuery(
    """
    -- The programmes of these ids.
    select * from {programmes} where key = any($1) order by key limit $2
    """,
    PROGRAMMES,
)


class AgendaEntry(Struct, frozen=True, kw_only=True, rename=ids("programme")):
    """An entry of an agenda: from `starts_at` to `ends_at`, or on whole days, `starts_on` to `ends_on`.

    `uid`, `sequence`: those of iCalendar (rule 15). `title`: added in the reader's language.
    """

    id: AnyId
    kind: Literal["session", "own", "trip", "module", "ballot_closes", "intake_closes", "preferences_close"]
    status: str
    programme: ProgrammeId
    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    place: Words | None = None
    uid: str
    sequence: int = 0


def of_gathering(row: Gathering) -> AgendaEntry:
    """The entry of a gathering, also of a cancelled one, so that calendars remove it."""
    return AgendaEntry(
        id=AnyId(row.id),
        kind=row.kind,
        status=row.status,
        programme=row.programme,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        uid=row.uid,
        sequence=row.sequence,
    )


def of_trip(row: Trip) -> Iterator[AgendaEntry]:
    """The entry of a trip whose dates are fixed, in whole days."""
    if row.starts_on is not None and row.ends_on is not None:
        yield AgendaEntry(
            id=AnyId(row.id),
            kind="trip",
            status=row.status,
            programme=row.programme,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            place=row.destination,
            uid=row.uid,
            sequence=row.sequence,
        )


def of_ballot(row: Ballot) -> AgendaEntry:
    """The entry of the deadline of a ballot."""
    return _deadline(AnyId(row.id), "ballot_closes", row.status, row.programme, row.closes_at)


def of_programme(row: Programme) -> Iterator[AgendaEntry]:
    """The entries of the modules and deadlines of a programme."""
    for one in row.modules:
        yield AgendaEntry(
            id=AnyId(row.id),
            kind="module",
            status=row.status,
            programme=row.id,
            title=one.title,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            uid=uid(f"{row.id}-module-{one.number}"),
            sequence=one.sequence,
        )
    phases: tuple[tuple[Literal["intake_closes", "preferences_close"], datetime | None, int], ...] = (
        ("intake_closes", row.intake_closes_at, row.intake_sequence),
        ("preferences_close", row.preferences_close_at, row.preferences_sequence),
    )
    for kind, at, sequence in phases:
        if at is not None:
            yield _deadline(AnyId(row.id), kind, row.status, row.id, at, sequence)


def _deadline(
    about: AnyId,
    kind: Literal["ballot_closes", "intake_closes", "preferences_close"],
    status: str,
    programme: ProgrammeId,
    at: datetime,
    sequence: int = 0,
) -> AgendaEntry:
    return AgendaEntry(
        id=about,
        kind=kind,
        status=status,
        programme=programme,
        starts_at=at,
        ends_at=at,
        uid=uid(f"{about}-{kind}"),
        sequence=sequence,
    )


def begins(entry: AgendaEntry, zone: ZoneInfo) -> datetime:
    """The beginning of an entry, by which entries are sorted; days begin at midnight in `zone`."""
    return entry.starts_at or _midnight(entry.starts_on, zone)


def ended(entry: AgendaEntry, zone: ZoneInfo) -> datetime:
    """The end of an entry; of one in whole days, the end of its last day."""
    return entry.ends_at or _midnight(entry.ends_on, zone) + timedelta(days=1)


def _midnight(on: date | None, zone: ZoneInfo) -> datetime:
    assert on is not None, "entries have either times or days"
    return datetime.combine(on, time(), zone)
