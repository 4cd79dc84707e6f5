"""Study trips over HTTP: ideas, dates, itinerary, costs. Bookings are in `bookings.py`."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.expense import ShareExpense
from domain.foundation import (
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
from domain.itinerary import AddItem, ChangeItem, Plan, RemoveItem, TripOfItem
from domain.settlement import Share, Spent, Transfer, settle
from domain.team import TeamRights
from domain.trip import CancelTrip, CompleteTrip, DeclareBooked, ProposeTrip
from domain.trip_dates import Answer, Availability, DateOption, FixDate, GiveAvailability, OpenDatePoll
from projections.trips import TRIPS, TRIPS_OF_TEAM, Item, Trip
from projections.view import ids
from service.api.asking import Asking
from service.api.bodies import At, BadText, Body, Page, Prose, Title
from service.api.gatherings import known_team
from service.api.reading import Listing, Reading
from service.api.seeing import team_rights
from service.edge import new_id


class NewTrip(Body):
    """An idea for a study trip."""

    theme: Title
    destination: Title


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
    """Something on the itinerary; `host`: who receives the CoP."""

    starts_at: At
    ends_at: At
    title: Title
    place: Title
    host: Title | None = None

    @property
    def plan(self) -> Plan:
        """The item as it is recorded."""
        host = None if self.host is None else Personal(self.host)
        return Plan(self.starts_at, self.ends_at, Words(self.title), Words(self.place), host)


class PayingPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who paid."""

    person_id: PersonId


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What one person bears of an expense, in its currency."""

    person_id: PersonId
    amount: Money


class NewExpense(Body, kw_only=True):
    """What somebody paid. Without `split` all members bear it equally. `settled_as`: what the payer was really charged."""

    payer: PersonId | PayingPerson
    amount: Money
    text: Title
    split: Annotated[tuple[Part, ...], Meta(max_length=200)] = ()
    settled_as: Money | None = None


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
    """How everybody gets even in one currency. A balance is in minor units, positive for who gets money back."""

    currency: Currency
    balances: tuple[ShownBalance, ...]
    transfers: tuple[ShownTransfer, ...]


class TripSettlement(Struct, frozen=True, rename=ids("trip")):
    """Who owes whom after a trip, in each currency, with the fewest transfers."""

    trip: TripId
    settlements: tuple[ShownSettlement, ...]


def settled(row: Trip) -> TripSettlement:
    """The settlement of all expenses so far (rule 13)."""
    spent = (
        Spent(one.payer, one.amount, tuple(Share(part.person, part.amount_minor) for part in one.split), one.settled_as)
        for one in row.expenses
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
            )
            for one in settle(spent)
        ),
    )


# Who sees what


async def seen_trip(asking: Asking, trip: TripId, reading: Reading) -> Trip:
    """A trip that the caller may see: a member of its CoP, its facilitator or manager. Raises `NotFound`."""
    rights: TeamRights = await team_rights(asking)
    return await asking.one(TRIPS, trip, lambda _, row: rights.sees_work(row), reading)


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
        """List the trips of a CoP."""
        row, rights = await known_team(asking, team), await team_rights(asking)
        if not (rights.member_of(team) or rights.facilitates(row.programme, team)):
            raise NotFound
        return await asking.page(TRIPS, TRIPS_OF_TEAM, team, listing=listing)


class Trips(Controller):
    path = "/trips/{trip:str}"
    tags = ("Trips",)

    @get()
    async def one(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Trip:
        """Show a trip."""
        return await seen_trip(asking, trip, reading)

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
        return await asking.do(data, lambda by: GiveAvailability(trip, answers=answers, by=by), TRIPS, trip)

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
        row = await asking.as_of(TRIPS, trip)
        if row is None:
            raise NotFound
        payer = data.payer.person_id if isinstance(data.payer, PayingPerson) else data.payer
        return await asking.make(
            "expense",
            data,
            lambda new, by: ShareExpense(
                ExpenseId(new),
                trip=trip,
                team=row.team,
                payer=payer,
                amount=data.amount,
                text=Words(data.text),
                split=tuple(Share(one.person_id, one.amount.amount_minor) for one in data.split),
                settled_as=data.settled_as,
                by=by,
            ),
            TRIPS,
            key=lambda _: trip,
        )

    @get("/settlement")
    async def settlement(
        self, trip: FromPath[TripId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> TripSettlement:
        """Show who owes whom, in each currency, with the fewest transfers."""
        return settled(await seen_trip(asking, trip, reading))

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
        return await asking.do(data, lambda by: CancelTrip(trip, by=by), TRIPS, trip)


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
