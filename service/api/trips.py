"""Study trips over HTTP: ideas, dates, itinerary, costs. Bookings are in `bookings.py`."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.expense import ShareExpense
from domain.foundation import (
    BookingId,
    Code,
    Currency,
    ExpenseId,
    ItemId,
    Money,
    NotFound,
    OptionId,
    Personal,
    PersonId,
    TeamId,
    TripId,
    Words,
)
from domain.guests import InviteGuest, TripRights
from domain.itinerary import AddItem, ChangeItem, Plan, RemoveItem, TripOfItem
from domain.settlement import Repaid, Share, Spent, Transfer, less_refunds, settle
from domain.trip_course import CancelTrip, CompleteTrip, DeclareBooked, ProposeTrip
from domain.trip_dates import Answer, Availability, DateOption, FixDate, GiveAvailability, OpenDatePoll
from projections.teams import Team
from projections.trips import TRIPS, TRIPS_OF_TEAM, Expense, Item, Trip
from projections.view import ids
from service.api.asking import Asking
from service.api.bodies import At, BadText, Body, Page, Prose, Title, Zone
from service.api.gatherings import known_team
from service.api.reading import Listing, Reading
from service.api.work import NOW, reader, shared_one, shared_with
from service.edge import new_id


class NewTrip(Body):
    """An idea for a study trip."""

    theme: Title
    destination: Title


class NewGuest(Body):
    """Somebody who travels along: a member of another CoP, the facilitator, or a commissioner of the challenge."""

    person_id: PersonId


class PollOption(Struct, frozen=True, forbid_unknown_fields=True):
    """Days on which the trip could be made. `option_id`: of one that stays; the same days stay in any case."""

    starts_on: date
    ends_on: date
    option_id: OptionId | None = None


class NewPoll(Body):
    """When could everybody come? Asked again, these options stand, and answers to those that stay are kept."""

    options: Annotated[tuple[PollOption, ...], Meta(min_length=1, max_length=200)]
    answer_by: At | None = None


class Availabilities(Body):
    """When one can come: `yes`, `if_needed` or `no` by option. It replaces what one answered before."""

    answers: Annotated[dict[OptionId, Availability], Meta(max_length=200)]


class Chosen(Body):
    """The option that is to be the date."""

    option_id: OptionId


class ItemPlan(Body, kw_only=True):
    """Something on the itinerary; `host`: who receives the CoP; `timezone`: that of the place, else the trip's."""

    starts_at: At
    ends_at: At
    title: Title
    place: Title
    host: Title | None = None
    timezone: Zone | None = None

    @property
    def plan(self) -> Plan:
        """The item as it is recorded."""
        host = None if self.host is None else Personal(self.host)
        timezone = None if self.timezone is None else Code(self.timezone)
        return Plan(self.starts_at, self.ends_at, Words(self.title), Words(self.place), host, timezone)


class PayingPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who paid."""

    person_id: PersonId


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What one person bears of an expense, in its currency."""

    person_id: PersonId
    amount: Money


class NewExpense(Body, kw_only=True):
    """What somebody paid. Without `split` all members and guests bear it equally. `settled_as`: what was really charged.

    `booking_id`: the booking that it paid; what comes back of that lowers what is settled.
    """

    payer: PersonId | PayingPerson
    amount: Money
    text: Title
    split: Annotated[tuple[Part, ...], Meta(max_length=200)] = ()
    settled_as: Money | None = None
    booking_id: BookingId | None = None


class Learnings(Body):
    """What the CoP learnt on its trip."""

    learnings: Prose


class ShownTransfer(Struct, frozen=True, rename={"from_": "from"}):
    """Who pays whom how much."""

    from_: PersonId
    to: PersonId
    amount: Money


class ShownBalance(Struct, frozen=True, rename=ids("person")):
    """What a person paid more (positive) or less (negative) than their part, in minor units."""

    person: PersonId
    amount_minor: int


class ShownSettlement(Struct, frozen=True):
    """How everybody gets even in one currency. A balance is in minor units, positive for who gets money back.

    `fewest`: it is certain that fewer transfers would not do; with very many people it is not.
    """

    currency: Currency
    balances: tuple[ShownBalance, ...]
    transfers: tuple[ShownTransfer, ...]
    fewest: bool


class TripSettlement(Struct, frozen=True, rename=ids("trip")):
    """Who owes whom after a trip, in each currency, with the fewest transfers that were found."""

    trip: TripId
    settlements: tuple[ShownSettlement, ...]


def settled(row: Trip) -> TripSettlement:
    """The settlement of all expenses so far, less what came back of bookings (rule 13)."""
    spent = less_refunds(
        (
            Spent(
                one.payer,
                one.amount,
                tuple(Share(part.person, part.amount_minor) for part in one.split),
                one.settled_as,
                one.booking,
            )
            for one in row.expenses
        ),
        (Repaid(one.booking, one.amount.amount_minor) for one in row.refunds),
    )

    def shown(currency: Currency, one: Transfer) -> ShownTransfer:
        return ShownTransfer(one.from_person, one.to_person, Money(one.amount_minor, currency))

    return TripSettlement(
        row.id,
        tuple(
            ShownSettlement(
                one.currency,
                tuple(ShownBalance(has.person, has.amount_minor) for has in one.balances),
                tuple(shown(one.currency, pays) for pays in one.transfers),
                one.fewest,
            )
            for one in settle(spent)
        ),
    )


# Who sees what


async def trip_rights(asking: Asking) -> TripRights:
    """The caller's roles, memberships and invitations as the log knows them now."""
    rights, _ = await asking.kring.desk.learn(TripRights(asking.by))
    return rights


def takes_part(rights: TripRights, row: Trip) -> bool:
    """Whose trip it is: members of its CoP, its facilitator or manager, guests.

    Whoever left the CoP sees a trip whose costs they share, as a guest would: it is not settled without them (rules 10, 13).
    """
    return rights.sees_trip(row.id, row) or (rights.left(row.team) and bool(own_expenses(rights, row)))


async def whole_trip(asking: Asking, trip: TripId, reading: Reading) -> Trip:
    """A trip of whose costs the caller sees all. Raises `NotFound`."""
    rights = await trip_rights(asking)
    return await asking.one(TRIPS, trip, lambda _, row: takes_part(rights, row), reading)


async def seen_trip(asking: Asking, trip: TripId, reading: Reading) -> Trip:
    """A trip as the caller may see it. Raises `NotFound`."""
    row, rights = await asking.row(TRIPS, trip, reading), await trip_rights(asking)
    if row is None:
        raise NotFound
    shown = as_seen(rights, row) if takes_part(rights, row) else await shared_trip(asking, row, reading)
    await asking.open([shown])
    return shown


async def shared_trip(asking: Asking, row: Trip, reading: Reading) -> Trip:
    """A trip that its CoP shares with the caller, closed. Raises `NotFound`."""
    return as_shared(await shared_one(TRIPS, row, await reader(asking, row.team, reading)))


def as_shared(row: Trip) -> Trip:
    """What a CoP shows of a trip: where it goes and what it learns; not who can come, who receives it, or what it costs."""
    itinerary = tuple(replace(one, host=None) for one in row.itinerary)
    return replace(row, guests=(), poll=None, bookings=0, expenses=(), refunds=(), itinerary=itinerary)


async def seen_arrangements(asking: Asking, trip: TripId, reading: Reading) -> Trip:
    """A trip whose bookings the caller may see: not a guest. Raises `NotFound`."""
    rights = await trip_rights(asking)
    return await asking.one(TRIPS, trip, lambda _, row: rights.sees_work(row), reading)


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


async def as_told(asking: Asking, answer: Response[Trip]) -> Response[Trip]:
    """The answer to what guests may do as well, as its caller may see it."""
    answer.content = as_seen(await trip_rights(asking), answer.content)
    return answer


async def known_trip(asking: Asking, trip: TripId) -> Trip:
    """The trip as the log knows it now. Raises `NotFound`."""
    row = await asking.as_of(TRIPS, trip)
    if row is None:
        raise NotFound
    return row


async def trip_of_item(asking: Asking, item: ItemId) -> TripId:
    """On which trip's itinerary something stands, or stood. Raises `NotFound`."""
    found, _ = await asking.kring.desk.learn(TripOfItem(item, by=asking.by))
    if found.trip is None:
        raise NotFound
    return found.trip


# Routes


class TripsOfTeam(Controller):
    path = "/teams/{team:str}/trips"
    tags = ("Trips",)

    @post()
    async def propose(
        self, team: FromPath[TeamId], data: JSONBody[NewTrip], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Propose a study trip."""
        row = await known_team(asking, team)
        return await asking.make(
            "trip",
            data,
            lambda new, by: ProposeTrip(
                new,
                team=team,
                programme=row.programme,
                theme=Words(data.theme),
                destination=Words(data.destination),
                by=by,
            ),
            TRIPS,
        )

    @get()
    async def all(
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[Trip]:
        """List the trips of a CoP; to guests, those to which they were invited; to others, those shared with them."""
        row, rights = await known_team(asking, team), await trip_rights(asking)
        whole, invited = sees_trips(rights, row), rights.trips_as_guest(team)
        shared = [] if whole else await shared_with(asking, team)
        if not (whole or invited or shared):
            raise NotFound
        part = await asking.part(TRIPS, TRIPS_OF_TEAM, team, whole, [*invited, *shared], listing=listing)
        rows = [
            as_seen(rights, one) if takes_part(rights, one) else await shared_trip(asking, one, NOW)
            for one in part.items
        ]
        await asking.open(rows)
        return Page(rows, part.next)


class Trips(Controller):
    path = "/trips/{trip:str}"
    tags = ("Trips",)

    @get()
    async def one(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Trip:
        """Show a trip."""
        return await seen_trip(asking, trip, reading)

    @post("/guests")
    async def invite(
        self, trip: FromPath[TripId], data: JSONBody[NewGuest], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Invite somebody to travel along."""
        row = await known_trip(asking, trip)
        return await asking.do(
            data,
            lambda by: InviteGuest(trip, team=row.team, person=data.person_id, by=by),
            TRIPS,
            trip,
            status=201,
        )

    @post("/date-poll", status_code=200)
    async def poll(
        self, trip: FromPath[TripId], data: JSONBody[NewPoll], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Ask when everybody can come, or change the options; answers to options that stay are kept."""
        options = tuple(
            DateOption(one.option_id or OptionId(new_id("option")), one.starts_on, one.ends_on) for one in data.options
        )
        kept = frozenset(one.option_id for one in data.options if one.option_id is not None)
        return await asking.do(
            data,
            lambda by: OpenDatePoll(trip, options=options, kept=kept, answer_by=data.answer_by, by=by),
            TRIPS,
            trip,
        )

    @put("/availability")
    async def availability(
        self, trip: FromPath[TripId], data: JSONBody[Availabilities], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Say when one can come."""
        answers = tuple(Answer(option, data.answers[option]) for option in sorted(data.answers))
        answer = await asking.do(data, lambda by: GiveAvailability(trip, answers=answers, by=by), TRIPS, trip)
        return await as_told(asking, answer)

    @post("/date", status_code=200)
    async def fix(
        self, trip: FromPath[TripId], data: JSONBody[Chosen], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Fix the date, or change it to another option."""
        return await asking.do(data, lambda by: FixDate(trip, option=data.option_id, by=by), TRIPS, trip)

    @post("/itinerary")
    async def add(
        self, trip: FromPath[TripId], data: JSONBody[ItemPlan], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Put something on the itinerary."""
        return await asking.make(
            "item",
            data,
            lambda new, by: AddItem(new, trip=trip, plan=data.plan, by=by),
            TRIPS,
            key=lambda _: trip,
        )

    @get("/itinerary")
    async def itinerary(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Page[Item]:
        """List what stands on the itinerary, in order of time."""
        return Page(list((await seen_trip(asking, trip, reading)).itinerary), None)

    @post("/booked", status_code=200)
    async def booked(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Say that there is nothing (more) to book."""
        return await asking.do(data, lambda by: DeclareBooked(trip, by=by), TRIPS, trip)

    @post("/expenses")
    async def expense(
        self, trip: FromPath[TripId], data: JSONBody[NewExpense], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Share what somebody paid."""
        if any(one.amount.currency != data.amount.currency for one in data.split):
            raise BadText("split", "is in another currency than the amount")
        if len({one.person_id for one in data.split}) != len(data.split):
            raise BadText("split", "names a person twice")
        row = await known_trip(asking, trip)
        payer = data.payer.person_id if isinstance(data.payer, PayingPerson) else data.payer
        answer = await asking.make(
            "expense",
            data,
            lambda new, by: ShareExpense(
                ExpenseId(new),
                trip=trip,
                team=row.team,
                programme=row.programme,
                payer=payer,
                amount=data.amount,
                text=Words(data.text),
                split=tuple(Share(one.person_id, one.amount.amount_minor) for one in data.split),
                settled_as=data.settled_as,
                booking=data.booking_id,
                by=by,
            ),
            TRIPS,
            key=lambda _: trip,
        )
        return await as_told(asking, answer)

    @get("/settlement")
    async def settlement(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> TripSettlement:
        """Show who owes whom, in each currency, with the fewest transfers."""
        return settled(await whole_trip(asking, trip, reading))

    @post("/completion", status_code=200)
    async def complete(
        self, trip: FromPath[TripId], data: JSONBody[Learnings], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Say that the trip was made, and what was learnt."""
        return await asking.do(data, lambda by: CompleteTrip(trip, learnings=Words(data.learnings), by=by), TRIPS, trip)

    @post("/cancellation", status_code=200)
    async def cancel(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Call the trip off, with a reason."""
        team = (await known_trip(asking, trip)).team
        return await asking.do(data, lambda by: CancelTrip(trip, team=team, by=by), TRIPS, trip)


class ItineraryItems(Controller):
    path = "/itinerary-items/{item:str}"
    tags = ("Trips",)

    @get()
    async def one(
        self, item: FromPath[ItemId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Item:
        """Show something on an itinerary."""
        row = await seen_trip(asking, await trip_of_item(asking, item), reading)
        for one in row.itinerary:
            if one.id == item:
                return one
        raise NotFound

    @put()
    async def change(
        self, item: FromPath[ItemId], data: JSONBody[ItemPlan], asking: NamedDependency[Asking]
    ) -> Response[Trip]:
        """Say how something on the itinerary is now."""
        trip = await trip_of_item(asking, item)
        return await asking.do(data, lambda by: ChangeItem(item, trip=trip, plan=data.plan, by=by), TRIPS, trip)

    @post("/removal", status_code=200)
    async def remove(
        self, item: FromPath[ItemId], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[Trip]:
        """Take something off the itinerary."""
        trip = await trip_of_item(asking, item)
        return await asking.do(data, lambda by: RemoveItem(item, trip=trip, by=by), TRIPS, trip)
