"""Events of the costs of a study trip (rule 13)."""

from domain.calculations.settlement import Share
from domain.events.trip import OfTrip
from domain.foundation import (
    BookingId,
    ExpenseId,
    Money,
    Nobody,
    PersonId,
    Text,
    Words,
)


class ExpenseShared(OfTrip, frozen=True, kw_only=True):
    """Somebody paid something for the trip, and the cost is shared.

    `split` sums to `amount`, in minor units of its currency. `settled_as`: the amount that the payer was charged, if that differs
    (another currency); this is settled, in the same proportions. `booking`: the booking that it paid, if any; a refund of that
    lowers the amount that is settled.
    """

    TOPIC = "trip.expense_shared"
    VERSION = 2
    TAGS = ("trip", "people", "team", "programme")
    AUDIENCE = Nobody(because="debts between members are private to them")
    REACH = "team"
    SUMMARY = Text(en="{payer} paid {amount}: {text}.", nl="{payer} betaalde {amount}: {text}.")

    expense: ExpenseId
    payer: PersonId
    amount: Money
    text: Words
    split: tuple[Share, ...]
    settled_as: Money | None
    booking: BookingId | None = None

    @property
    def people(self) -> tuple[PersonId, ...]:
        """The payer, and everybody who bears a part."""
        return (self.payer, *(one.person for one in self.split))
