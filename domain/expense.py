"""What a trip cost, and whose part is what (rule 13). Who owes whom then is in `settlement.py`."""

from domain.foundation import (
    Caller,
    ExpenseId,
    Money,
    Nobody,
    PersonId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    learns,
)
from domain.settlement import Share, equal_split
from domain.trip import OfTrip, OnTrip

# Facts


class ExpenseShared(OfTrip, frozen=True, kw_only=True):
    """Somebody paid something for the trip, which these people bear.

    `split` sums to `amount`, in minor units of its currency. `settled_as`: what the payer was really charged, where that
    differs (another currency): what is settled then, in the same proportions.
    """

    TOPIC = "trip.expense_shared"
    CONCERNS = ("trip", "people", "team", "programme")
    AUDIENCE = Nobody(because="what members owe each other is theirs")
    AUDIT = Text(en="{payer} paid {amount}: {text}.", nl="{payer} betaalde {amount}: {text}.")

    expense: ExpenseId
    payer: PersonId
    amount: Money
    text: Words
    split: tuple[Share, ...]
    settled_as: Money | None

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Who paid, and who bears a part."""
        return (self.payer, *(one.person for one in self.split))


# Refusals


class SplitDiffers(Refusal):
    """Rule 13: splits sum to the amount, in its currency."""

    CODE = "split-differs"
    STATUS = 422
    TEXT = Text(
        en="The parts sum to {sum}, the amount is {amount} (minor units of {currency}).",
        nl="De delen zijn samen {sum}, het bedrag is {amount} (kleinste eenheden van {currency}).",
    )


class NotATraveller(Refusal):
    """Costs are shared by the members of the CoP."""

    CODE = "not-a-traveller"
    STATUS = 422
    TEXT = Text(
        en="Somebody named here is not a member of this CoP.", nl="Iemand die je noemt is geen lid van deze CoP."
    )


class NothingPaid(Refusal):
    """An expense is of one cent at least, as it was and as it was charged."""

    CODE = "nothing-paid"
    STATUS = 422
    TEXT = Text(en="An expense is not zero.", nl="Een uitgave is niet nul.")


# Commands


class ShareExpense(OnTrip):
    """Say what somebody paid, and who bears it: by default all members, equally. Also after the trip, or of a cancelled one.

    `team`: the trip's, from which its members are learnt.
    """

    def __init__(
        self,
        expense: ExpenseId,
        *,
        trip: TripId,
        team: TeamId,
        payer: PersonId,
        amount: Money,
        text: Words,
        split: tuple[Share, ...] = (),
        settled_as: Money | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.expense, self.trip, self.team, self.payer, self.by = expense, trip, team, payer, by
        self.amount, self.text, self.split, self.settled_as = amount, text, split, settled_as
        self.travellers: set[PersonId] = set()

    def consistency_boundary(self) -> list[Selector]:
        shared = Selector(types=[ExpenseShared], tags=[self.trip])
        return [*super().consistency_boundary(), self.of_team(self.team), shared]

    @learns(ExpenseShared)
    def _(self, fact: ExpenseShared) -> None:
        self.travellers.update(fact.people)

    def execute(self) -> None:
        idea, _ = self.require_own()
        members = self.members.get(idea.team, set())
        if self.amount.amount_minor == 0 or (self.settled_as is not None and self.settled_as.amount_minor == 0):
            raise NothingPaid(field="amount" if self.amount.amount_minor == 0 else "settled_as")
        if self.payer not in members | self.travellers:
            raise NotATraveller(field="payer")
        split = self.split or equal_split(self.amount.amount_minor, members)
        self._require_sound(split, members | self.travellers)
        self.record(
            ExpenseShared(
                expense=self.expense,
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                payer=self.payer,
                amount=self.amount,
                text=self.text,
                split=split,
                settled_as=self.settled_as,
            )
        )

    def _require_sound(self, split: tuple[Share, ...], travellers: set[PersonId]) -> None:
        people = [one.person for one in split]
        if not travellers.issuperset(people):
            raise NotATraveller(field="split")
        total = sum(one.amount_minor for one in split)
        if total != self.amount.amount_minor or len(set(people)) != len(people):
            raise SplitDiffers(field="split", sum=total, amount=self.amount.amount_minor, currency=self.amount.currency)
