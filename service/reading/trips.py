"""Study trips, as far as their reader may see them."""

from msgspec.structs import replace

from domain.foundation import (
    ItemId,
    NotFound,
    TeamId,
    TripId,
)
from domain.trips.guests import TripRights
from domain.trips.itinerary import TripOfItem
from projections.teams import Team
from projections.trips import TRIPS, TRIPS_OF_TEAM, Expense, Item, Trip
from service.reading.gatherings import known_team
from service.reading.options import ListOptions, Page, ReadOptions, only
from service.reading.reader import Reader
from service.reading.team_work import shared_one, shared_rows, shared_with, work_of


async def trip_rights(reader: Reader, *teams: TeamId) -> TripRights:
    """The caller's roles, memberships and invitations as the log has them now, loaded once. `teams`: load these CoPs too."""
    if not teams:
        return await reader.rights_with(TripRights)
    rights, _ = await reader.kring.commands.load(TripRights(reader.caller, *teams))
    return rights


def takes_part(rights: TripRights, row: Trip) -> bool:
    """Whether the caller takes part: as a member of its CoP, its facilitator or manager, or a guest.

    A former member takes part, as a guest would, if they share the costs: it is not settled without them (rules 10, 13).
    """
    return rights.can_see_trip(row.id, row) or (rights.is_former_member(row.team) and bool(own_expenses(rights, row)))


async def trip_with_costs(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip in which the caller takes part, with all its costs. Raises `NotFound`."""
    rights = await trip_rights(reader)
    return await reader.visible_row(TRIPS, trip, lambda _, row: takes_part(rights, row), reading)


async def visible_trip(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip as far as the caller may see it. Raises `NotFound`."""
    row, rights = await reader.row(TRIPS, trip, reading), await trip_rights(reader)
    if row is None:
        raise NotFound
    shown = as_visible(rights, row) if takes_part(rights, row) else await shared_trip(reader, row, reading)
    await reader.unseal([shown])
    return shown


async def shared_trip(reader: Reader, row: Trip, reading: ReadOptions) -> Trip:
    """A trip that its CoP shares with the caller, sealed. Raises `NotFound`."""
    return as_shared(await shared_one(TRIPS, row, await work_of(reader, row.team, reading)))


def as_shared(row: Trip) -> Trip:
    """The shared part of a trip: destination, itinerary and learnings, without availability, hosts and costs."""
    itinerary = tuple(replace(one, host=None) for one in row.itinerary)
    return replace(row, guests=(), poll=None, bookings=0, expenses=(), refunds=(), itinerary=itinerary)


async def trip_with_bookings(reader: Reader, trip: TripId, reading: ReadOptions) -> Trip:
    """A trip whose bookings the caller may see, which guests may not. Raises `NotFound`."""
    rights = await trip_rights(reader)
    return await reader.visible_row(TRIPS, trip, lambda _, row: rights.can_see_work(row), reading)


def as_visible(rights: TripRights, row: Trip) -> Trip:
    """The row as far as the caller may see it: guests see the expenses that they paid or bear a part of."""
    if rights.can_see_work(row):
        return row
    return replace(row, expenses=own_expenses(rights, row), refunds=())


def own_expenses(rights: TripRights, row: Trip) -> tuple[Expense, ...]:
    """The expenses that the caller paid or bears a part of."""
    me = rights.by.person
    return tuple(one for one in row.expenses if one.payer == me or any(part.person == me for part in one.split))


def can_see_trips(rights: TripRights, team: Team) -> bool:
    """Whether the caller sees all trips of a CoP."""
    return rights.member_of(team.id) or rights.was_last_member(team.id) or rights.facilitates(team.programme, team.id)


async def trip_from_log(reader: Reader, trip: TripId) -> Trip:
    """The trip as the log has it now. Raises `NotFound`."""
    return await reader.existing_row(TRIPS, trip)


async def trip_of_item(reader: Reader, item: ItemId) -> TripId:
    """The trip on whose itinerary this item is, or was. Raises `NotFound`."""
    found, _ = await reader.kring.commands.load(TripOfItem(item))
    if found.trip is None:
        raise NotFound
    return found.trip


async def visible_item(reader: Reader, item: ItemId, reading: ReadOptions) -> Item:
    """An item of the itinerary of a trip that the caller may see. Raises `NotFound`."""
    row = await visible_trip(reader, await trip_of_item(reader, item), reading)
    return only(one for one in row.itinerary if one.id == item)


async def trips_of_team(reader: Reader, team: TeamId, listing: ListOptions) -> Page[Trip]:
    """A page of the trips of a CoP that the caller may see, unsealed. Raises `NotFound`."""
    reading = listing.reading
    row, rights = await known_team(reader, team, reading), await trip_rights(reader)
    reads_all, invited = can_see_trips(rights, row), rights.trips_as_guest(team)
    shared = [] if reads_all else await shared_with(reader, team, reading)
    if not (reads_all or invited or shared):
        raise NotFound
    ids = [*invited, *shared]
    part = await reader.part(TRIPS, TRIPS_OF_TEAM, team, reads_all, ids, listing=listing, scope=team)
    beyond = [one for one in part.items if not takes_part(rights, one)]
    others = await shared_rows(reader, team, TRIPS, beyond, reading)
    rows = [
        as_shared(others[one.id]) if one.id in others else as_visible(rights, one)
        for one in part.items
        if one.id in others or takes_part(rights, one)
    ]
    await reader.unseal(rows)
    return Page(rows, part.next)
