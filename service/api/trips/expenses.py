"""What a study trip costs, and who owes whom, over HTTP. Bookings are in `bookings.py`."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.calculations.settlement import Repaid, Share, Spent, Transfer, less_refunds, settle
from domain.foundation import (
    BookingId,
    Currency,
    ExpenseId,
    Money,
    PersonId,
    Text,
    TripId,
    Words,
)
from domain.trips.expense import ShareExpense
from projections.trips import TRIPS, Expense, Trip
from projections.view import ids
from service.api.http.bodies import Body, Title
from service.api.requests.request_context import RequestContext
from service.api.trips.answers import as_told
from service.reading.options import BadText, ListOptions, Page, ReadOptions, of_ids, only, part_of
from service.reading.reader import Reader
from service.reading.trips import as_seen, known_trip, trip_rights, whole_trip


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


async def seen_expenses(reader: Reader, trip: TripId, reading: ReadOptions) -> list[Expense]:
    """What was paid for a trip, as far as the caller sees it, in order of id. Raises `NotFound`."""
    row = as_seen(await trip_rights(reader), await whole_trip(reader, trip, reading))
    return sorted(row.expenses, key=lambda one: one.id)


class ExpensesOfTrip(Controller):
    path = "/trips/{trip:str}/expenses"
    tags = ("Trips",)

    @post()
    async def share(
        self, trip: FromPath[TripId], data: JSONBody[NewExpense], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Share what somebody paid."""
        if any(one.amount.currency != data.amount.currency for one in data.split):
            raise BadText(
                "split", Text(en="is in another currency than the amount", nl="is in een andere valuta dan het bedrag")
            )
        if len({one.person_id for one in data.split}) != len(data.split):
            raise BadText("split", Text(en="names a person twice", nl="noemt een persoon twee keer"))
        row = await known_trip(context.reader, trip)
        payer = data.payer.person_id if isinstance(data.payer, PayingPerson) else data.payer
        answer = await context.create(
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
        return await as_told(context.reader, answer)

    @get()
    async def all(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Expense]:
        """List what was paid; to who is not of the CoP, what they paid or bear a part of."""
        found = await seen_expenses(reader, trip, listing.reading)
        return Page(*part_of(found, listing, lambda one: one.id, of_ids("expense")))

    @get("/{expense:str}")
    async def one(
        self,
        trip: FromPath[TripId],
        expense: FromPath[ExpenseId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Expense:
        """Show an expense."""
        return only(one for one in await seen_expenses(reader, trip, reading) if one.id == expense)


class SettlementOfTrip(Controller):
    path = "/trips/{trip:str}/settlement"
    tags = ("Trips",)

    @get()
    async def one(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> TripSettlement:
        """Show who owes whom, in each currency, with the fewest transfers."""
        return settled(await whole_trip(reader, trip, reading))
