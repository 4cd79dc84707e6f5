"""Expenses of a study trip and their settlement, as far as their reader may see them."""

from msgspec import Struct

from domain.calculations.settlement import Repaid, Share, Spent, Transfer, less_refunds, settle
from domain.foundation import (
    Currency,
    Money,
    PersonId,
    TripId,
)
from projections.trips import Expense, Trip
from projections.view import ids
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.trips import as_visible, trip_rights, trip_with_costs


class ShownPayment(Struct, frozen=True, rename={"from_": "from"}):
    """A payment from one person to another."""

    from_: PersonId
    to: PersonId
    amount: Money


class ShownBalance(Struct, frozen=True, rename=ids("person")):
    """The difference between what a person paid and their part, in minor units; negative if they paid too little."""

    person: PersonId
    amount_minor: int


class ShownSettlement(Struct, frozen=True):
    """The settlement in one currency. A balance is in minor units, positive for people who get money back.

    `fewest`: true if it is certain that fewer transfers are not possible; with very many people it is not certain.
    """

    currency: Currency
    balances: tuple[ShownBalance, ...]
    transfers: tuple[ShownPayment, ...]
    fewest: bool


class TripSettlement(Struct, frozen=True, rename=ids("trip")):
    """The settlement of a trip in each currency, with the fewest transfers that were found."""

    trip: TripId
    settlements: tuple[ShownSettlement, ...]


def settlement_of(row: Trip) -> TripSettlement:
    """The settlement of all expenses so far, less refunds of bookings (rule 13)."""
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

    def shown(currency: Currency, one: Transfer) -> ShownPayment:
        return ShownPayment(one.from_person, one.to_person, Money(one.amount_minor, currency))

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


async def visible_expenses(reader: Reader, trip: TripId, reading: ReadOptions) -> list[Expense]:
    """The expenses of a trip that the caller may see, in order of id. Raises `NotFound`."""
    row = as_visible(await trip_rights(reader), await trip_with_costs(reader, trip, reading))
    return sorted(row.expenses, key=lambda one: one.id)
