"""Who sees what of study trips."""

from msgspec.structs import replace

from domain.foundation import (
    ItemId,
    NotFound,
    TripId,
)
from domain.trips.guests import TripRights
from domain.trips.itinerary import TripOfItem
from projections.teams import Team
from projections.trips import TRIPS, Expense, Trip
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import shared_one, work_of


async def trip_rights(reader: Reader) -> TripRights:
    """The caller's roles, memberships and invitations as the log knows them now."""
    rights, _ = await reader.kring.commands.load(TripRights(reader.caller))
    return rights


def takes_part(rights: TripRights, row: Trip) -> bool:
    """Whose trip it is: members of its CoP, its facilitator or manager, guests.

    Whoever left the CoP sees a trip whose costs they share, as a guest would: it is not settled without them (rules 10, 13).
    """
    return rights.sees_trip(row.id, row) or (rights.left(row.team) and bool(own_expenses(rights, row)))


async def whole_trip(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip of whose costs the caller sees all. Raises `NotFound`."""
    rights = await trip_rights(reader)
    return await reader.visible_row(TRIPS, trip, lambda _, row: takes_part(rights, row), reading)


async def seen_trip(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip as the caller may see it. Raises `NotFound`."""
    row, rights = await reader.row(TRIPS, trip, reading), await trip_rights(reader)
    if row is None:
        raise NotFound
    shown = as_seen(rights, row) if takes_part(rights, row) else await shared_trip(reader, row, reading)
    await reader.unseal([shown])
    return shown


async def shared_trip(reader: Reader, row: Trip, reading: ReadOptions) -> Trip:
    """A trip that its CoP shares with the caller, closed. Raises `NotFound`."""
    return as_shared(await shared_one(TRIPS, row, await work_of(reader, row.team, reading)))


def as_shared(row: Trip) -> Trip:
    """What a CoP shows of a trip: where it goes and what it learns; not who can come, who receives it, or what it costs."""
    itinerary = tuple(replace(one, host=None) for one in row.itinerary)
    return replace(row, guests=(), poll=None, bookings=0, expenses=(), refunds=(), itinerary=itinerary)


async def seen_arrangements(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip whose bookings the caller may see: not a guest. Raises `NotFound`."""
    rights = await trip_rights(reader)
    return await reader.visible_row(TRIPS, trip, lambda _, row: rights.sees_work(row), reading)


def as_seen(rights: TripRights, row: Trip) -> Trip:
    """The row as the caller may see it: of the costs, guests see those that they paid or bear."""
    if rights.sees_work(row):
        return row
    return replace(row, expenses=own_expenses(rights, row), refunds=())


def own_expenses(rights: TripRights, row: Trip) -> tuple[Expense, ...]:
    """What the caller paid, or bears a part of."""
    me = rights.by.person
    return tuple(one for one in row.expenses if one.payer == me or any(part.person == me for part in one.split))


def sees_trips(rights: TripRights, team: Team) -> bool:
    """Who sees all trips of a CoP."""
    return (
        rights.member_of(team.id) or rights.was_there_at_the_end(team.id) or rights.facilitates(team.programme, team.id)
    )


async def known_trip(reader: Reader, trip: TripId) -> Trip:
    """The trip as the log knows it now. Raises `NotFound`."""
    row = await reader.row_from_log(TRIPS, trip)
    if row is None:
        raise NotFound
    return row


async def trip_of_item(reader: Reader, item: ItemId) -> TripId:
    """On which trip's itinerary something stands, or stood. Raises `NotFound`."""
    found, _ = await reader.kring.commands.load(TripOfItem(item, by=reader.caller))
    if found.trip is None:
        raise NotFound
    return found.trip
