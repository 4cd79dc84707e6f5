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
    """Somebody paid something for the trip, which these people bear.

    `split` sums to `amount`, in minor units of its currency. `settled_as`: what the payer was really charged, where that
    differs (another currency): what is settled then, in the same proportions. `booking`: what it paid, if a booking: what comes
    back of that lowers what is settled.
    """

    TOPIC = "trip.expense_shared"
    VERSION = 2
    TAGS = ("trip", "people", "team", "programme")
    AUDIENCE = Nobody(because="what members owe each other is theirs")
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
        """Who paid, and who bears a part."""
        return (self.payer, *(one.person for one in self.split))
