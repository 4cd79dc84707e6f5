"""Expenses of a study trip and their settlement, over HTTP. Bookings are in `bookings.py`."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.calculations.settlement import Share
from domain.foundation import (
    BookingId,
    ExpenseId,
    Money,
    PersonId,
    Text,
    TripId,
    Words,
)
from domain.trips.expense import ShareExpense
from projections.trips import TRIPS, Expense, Trip
from service.api.http.bodies import Body, Title, require_distinct
from service.api.requests.request_context import RequestContext
from service.api.trips.answers import answer_as_visible
from service.reading.options import BadText, ListOptions, Page, ReadOptions, id_pattern, only, page_of
from service.reading.reader import Reader
from service.reading.settlement import TripSettlement, settlement_of, visible_expenses
from service.reading.trips import trip_from_log, trip_with_costs


class PayingPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who paid."""

    person_id: PersonId


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """The part of an expense that one person bears, in its currency."""

    person_id: PersonId
    amount: Money


class NewExpense(Body, kw_only=True):
    """An expense. Without `split` all members and guests bear it equally. `settled_as`: the amount that was really charged.

    `booking_id`: the booking that it paid; a refund of that booking lowers the amount to settle.
    """

    payer: PersonId | PayingPerson
    amount: Money
    text: Title
    split: Annotated[tuple[Part, ...], Meta(max_length=200)] = ()
    settled_as: Money | None = None
    booking_id: BookingId | None = None


class ExpensesOfTrip(Controller):
    path = "/trips/{trip:str}/expenses"
    tags = ("Trips",)

    @post()
    async def share(
        self, trip: FromPath[TripId], data: JSONBody[NewExpense], context: NamedDependency[RequestContext]
    ) -> Response[Trip]:
        """Share an expense."""
        if any(one.amount.currency != data.amount.currency for one in data.split):
            raise BadText(
                "split", Text(en="is in another currency than the amount", nl="is in een andere valuta dan het bedrag")
            )
        require_distinct(
            "split",
            [one.person_id for one in data.split],
            Text(en="names a person twice", nl="noemt een persoon twee keer"),
        )
        row = await trip_from_log(context.reader, trip)
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
        return await answer_as_visible(context.reader, answer)

    @get()
    async def list_all(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Expense]:
        """List the expenses; for people outside the CoP, those that they paid or bear a part of."""
        found = await visible_expenses(reader, trip, listing.reading)
        return Page(*page_of(found, listing, lambda one: one.id, id_pattern("expense")))

    @get("/{expense:str}")
    async def show(
        self,
        trip: FromPath[TripId],
        expense: FromPath[ExpenseId],
        reader: NamedDependency[Reader],
        reading: NamedDependency[ReadOptions],
    ) -> Expense:
        """Show an expense."""
        return only(one for one in await visible_expenses(reader, trip, reading) if one.id == expense)


class SettlementOfTrip(Controller):
    path = "/trips/{trip:str}/settlement"
    tags = ("Trips",)

    @get()
    async def show(
        self, trip: FromPath[TripId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> TripSettlement:
        """Show the settlement in each currency, with the fewest transfers that were found."""
        return settlement_of(await trip_with_costs(reader, trip, reading))
