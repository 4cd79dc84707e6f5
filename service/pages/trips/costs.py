"""Costs of a study trip on its page: what was paid, by whom and for whom, and what settles it."""

from typing import Annotated, NamedTuple

from domain.foundation import Currency, Money, PersonId
from projections.trips import Expense, Trip
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Visit
from service.pages.trips.shown import ShownTrip
from service.reading.settlement import ShownSettlement, settlement_of
from service.reading.trips import trip_with_costs


class Repayment(Form):
    """A payment that the settlement asks for."""

    from_person: Annotated[PersonId, labelled("From", "Van")]
    to_person: Annotated[PersonId, labelled("To", "Aan")]
    amount_minor: Annotated[int, labelled("Amount", "Bedrag")]
    currency: Annotated[Currency, labelled("Currency", "Valuta")]


class Costs(NamedTuple):
    """The costs of a trip. `shared`: those of several people; `between`: what one person paid for another.

    `totals`: of the shared ones, per currency, as they are settled.
    """

    shared: list[Expense]
    between: list[Expense]
    totals: list[Money]
    settlements: tuple[ShownSettlement, ...]

    @staticmethod
    def part_of(person: PersonId, one: Expense) -> Money:
        """The part of an expense that a person bears, in the currency in which it was paid."""
        return Money(sum(part.amount_minor for part in one.split if part.person == person), one.amount.currency)

    @property
    def transfers(self) -> int:
        """The number of payments that settle everything."""
        return sum(len(one.transfers) for one in self.settlements)


async def costs_of(visit: Visit, shown: ShownTrip) -> Costs:
    """The costs that the visitor may see, and their settlement: of all expenses, also for guests, who see only their own."""
    row = shown.row
    between = [one for one in row.expenses if _is_between_two(one)]
    shared = [one for one in row.expenses if not _is_between_two(one)]
    totals = dict[Currency, int]()
    for one in shared:
        charged = one.settled_as or one.amount
        totals[charged.currency] = totals.get(charged.currency, 0) + charged.amount_minor
    amounts = [Money(totals[one], one) for one in sorted(totals)]
    if not shown.takes_part:
        return Costs([], [], [], ())
    everything = row if shown.sees_work else await trip_with_costs(visit.reader, row.id, visit.reading)
    return Costs(shared, between, amounts, settlement_of(everything).settlements)


def _is_between_two(one: Expense) -> bool:
    """Whether one person paid it and one other bears it: a loan, or its repayment."""
    return len(one.split) == 1 and one.split[0].person != one.payer


def asks_for(row: Trip, form: Repayment) -> bool:
    """Whether the settlement asks for this payment."""
    wanted = (form.from_person, form.to_person, Money(form.amount_minor, form.currency))
    return any(
        (each.from_, each.to, each.amount) == wanted for one in settlement_of(row).settlements for each in one.transfers
    )
