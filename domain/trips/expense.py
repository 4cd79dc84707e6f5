"""What a trip cost, and whose part is what (rule 13). Who owes whom then is in `settlement.py`."""

from collections import Counter

from domain.calculations.settlement import Share, equal_split
from domain.events.expense import ExpenseShared
from domain.events.roles import ENROLMENT_EVENTS, FacilitatorAssigned, FacilitatorReplaced
from domain.events.trip import GuestInvited
from domain.foundation import (
    AMOUNT_AT_MOST,
    BookingId,
    Caller,
    Currency,
    ExpenseId,
    Money,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    applies,
)
from domain.trips.trip import WindingUp

# Refusals


class SplitDiffers(Refusal):
    """Rule 13: splits sum to the amount, in its currency."""

    CODE = "split-differs"
    STATUS = 422
    TEXT = Text(
        en="The parts sum to {sum}, the amount is {amount}.",
        nl="De delen zijn samen {sum}, het bedrag is {amount}.",
    )


class NotATraveller(Refusal):
    """Rule 13: costs are shared by the members of the CoP and their guests."""

    CODE = "not-a-traveller"
    STATUS = 422
    TEXT = Text(
        en="Somebody named here is neither a member of this CoP nor a guest on this trip.",
        nl="Iemand die je noemt is geen lid van deze CoP en geen gast op deze reis.",
    )


class NothingPaid(Refusal):
    """An expense is of one cent at least, as it was and as it was charged."""

    CODE = "nothing-paid"
    STATUS = 422
    TEXT = Text(en="An expense is not zero.", nl="Een uitgave is niet nul.")


class TooMuchTogether(Refusal):
    """The costs of a trip in one currency are an amount too, and so is what anybody owes: both are exact in every program."""

    CODE = "too-much-together"
    TEXT = Text(
        en="All expenses of a trip in one currency come to at most 10¹⁵ of its smallest unit.",
        nl="Alle uitgaven van een reis in één munt zijn samen hoogstens 10¹⁵ van de kleinste eenheid.",
    )


class NotOfTheBooking(Refusal):
    """What pays a booking is in its currency, so that a refund can be set against it; `settled_as` says what was charged."""

    CODE = "not-of-the-booking"
    STATUS = 422
    TEXT = Text(
        en="A payment of a booking names a booking of this trip, in its currency.",
        nl="Een betaling van een boeking noemt een boeking van deze reis, in haar valuta.",
    )


# Commands


class ShareExpense(WindingUp):
    """Say what somebody paid, and who bears it: by default all members and guests, equally (rule 13).

    Also after the trip, of a cancelled one, or when the CoP has ended. `programme`: the trip's, which says who travels.
    """

    def __init__(
        self,
        expense: ExpenseId,
        *,
        trip: TripId,
        team: TeamId,
        programme: ProgrammeId,
        payer: PersonId,
        amount: Money,
        text: Words,
        split: tuple[Share, ...] = (),
        settled_as: Money | None = None,
        booking: BookingId | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.expense, self.trip, self.team, self.payer, self.by = expense, trip, team, payer, by
        self.programme, self.booking = programme, booking
        self.amount, self.text, self.split, self.settled_as = amount, text, split, settled_as
        self.shared_before: set[PersonId] = set()
        self.charged_before: Counter[Currency] = Counter()

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self._of_programme()]

    def background(self) -> list[Selector]:
        """Earlier expenses: those who bear a part of one can be named in another, so a later one forbids nothing."""
        return [*super().background(), Selector(types=[ExpenseShared], tags=[self.trip])]

    def _of_programme(self) -> Selector:
        """The events that say who left the programme."""
        return Selector(types=[*ENROLMENT_EVENTS, FacilitatorAssigned, FacilitatorReplaced], tags=[self.programme])

    @applies(ExpenseShared)
    def _(self, event: ExpenseShared) -> None:
        self.shared_before.update(event.people)
        charged = event.settled_as or event.amount
        self.charged_before[charged.currency] += charged.amount_minor

    def execute(self) -> None:
        idea = self.require_traveller()[0] if self.is_guest else self.require_winding_up()
        if self.amount.amount_minor == 0 or (self.settled_as is not None and self.settled_as.amount_minor == 0):
            raise NothingPaid(field="amount" if self.amount.amount_minor == 0 else "settled_as")
        charged = self.settled_as or self.amount
        if self.charged_before[charged.currency] + charged.amount_minor > AMOUNT_AT_MOST:
            raise TooMuchTogether(field="amount" if self.settled_as is None else "settled_as")
        travellers = self.was_in(idea.team) | self.guests.keys() | self.shared_before
        if self.payer not in travellers:
            raise NotATraveller(field="payer")
        if self.booking is not None:
            self._require_booking(self.booking)
        split = self.split or equal_split(self.amount.amount_minor, self._travelling_now(idea.team))
        self._require_sound(split, travellers)
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
                booking=self.booking,
            )
        )

    def _travelling_now(self, team: TeamId) -> set[PersonId]:
        """Members and guests, but for those who left the programme: they keep what they owe, and bear nothing new."""
        members = {one for one in self.was_in(team) if (one, self.programme) in self.participants}
        return members | {one for one, invited in self.guests.items() if self._still_comes(invited)}

    def _still_comes(self, invited: GuestInvited) -> bool:
        here = (invited.person, invited.programme)
        match invited.role:
            case "participant":
                return here in self.participants
            case "facilitator":
                return here in self.facilitators
            case "commissioner":
                return True

    def _require_booking(self, booking: BookingId) -> None:
        requested = self.requested.get(booking)
        if requested is None or requested.amount.currency != self.amount.currency:
            raise NotOfTheBooking(field="booking_id")

    def _require_sound(self, split: tuple[Share, ...], travellers: set[PersonId]) -> None:
        people = [one.person for one in split]
        if not travellers.issuperset(people):
            raise NotATraveller(field="split")
        total = sum(one.amount_minor for one in split)
        if total != self.amount.amount_minor or len(set(people)) != len(people):
            raise SplitDiffers(field="split", sum=Money(total, self.amount.currency), amount=self.amount)
