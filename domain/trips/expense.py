"""The expenses of a trip and how they are split (rule 13). `calculations/settlement.py` computes who owes whom."""

from collections import Counter

from domain.calculations.settlement import Share, equal_split
from domain.events.expense import ExpenseShared
from domain.events.roles import FacilitatorAssigned, FacilitatorReplaced
from domain.events.trip import GuestInvited
from domain.foundation import (
    AMOUNT_AT_MOST,
    BookingId,
    Caller,
    Currency,
    ExpenseId,
    Knowledge,
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
from domain.people.rights import Participants
from domain.teams.team import TeamCommand
from domain.trips.trip import TripAccess, TripState

# Refusals


class SplitDiffers(Refusal):
    """Rule 13: the parts sum to the amount, in its currency."""

    CODE = "split-differs"
    STATUS = 422
    TEXT = Text(
        en="The parts add up to {sum}, but the amount is {amount}.",
        nl="De delen zijn samen {sum}, maar het bedrag is {amount}.",
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
    """An expense is at least one cent, both as paid and as charged."""

    CODE = "nothing-paid"
    STATUS = 422
    TEXT = Text(en="An expense must be more than zero.", nl="Een uitgave moet meer dan nul zijn.")


class TooMuchTogether(Refusal):
    """The total of a trip in one currency is limited like a single amount, so that it is exact in every program."""

    CODE = "too-much-together"
    TEXT = Text(
        en="All expenses of a trip in one currency come to at most 10¹⁵ of its smallest unit.",
        nl="Alle uitgaven van een reis in één valuta zijn samen hoogstens 10¹⁵ van de kleinste eenheid.",
    )


class NotOfTheBooking(Refusal):
    """A payment of a booking is in its currency, so that a refund can be set against it; `settled_as` is what was charged."""

    CODE = "not-of-the-booking"
    STATUS = 422
    TEXT = Text(
        en="The booking must be one of this trip, and the payment in its currency.",
        nl="De boeking moet bij deze reis horen, en de betaling moet in dezelfde valuta zijn.",
    )


# Knowledge


class Expenses(Knowledge):
    """The earlier expenses of a trip. `people`: those who paid or bear one; `charged`: the totals per currency.

    They are background: people who bear a part of one can be named in others, so a later one forbids nothing.
    """

    def __init__(self, trip: TripId) -> None:
        super().__init__(background=[Selector(types=[ExpenseShared], tags=[trip])])
        self.trip = trip
        self.people: set[PersonId] = set()
        self.charged: Counter[Currency] = Counter()

    @applies(ExpenseShared)
    def _(self, event: ExpenseShared) -> None:
        if event.trip == self.trip:
            self.people.update(event.people)
            charged = event.settled_as or event.amount
            self.charged[charged.currency] += charged.amount_minor


# Commands


class ShareExpense(TeamCommand):
    """Record what somebody paid and how it is split: by default equally among all members and guests (rule 13).

    Also after the trip, of a cancelled one, or when the CoP has ended. `programme`: the trip's, whose roles decide who travels.
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
        facilitators = Selector(types=[FacilitatorAssigned, FacilitatorReplaced], tags=[programme])
        super().__init__(by, team, boundary=[facilitators])
        self.expense, self.trip, self.team, self.programme = expense, trip, team, programme
        self.payer, self.amount, self.text, self.split = payer, amount, text, split
        self.settled_as, self.booking = settled_as, booking
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.participants = Participants(programme)
        self.expenses = Expenses(trip)

    def execute(self) -> None:
        idea = self.access.require_traveller()[0] if self.access.is_guest else self.access.require_winding_up(self.team)
        if self.amount.amount_minor == 0 or (self.settled_as is not None and self.settled_as.amount_minor == 0):
            raise NothingPaid(field="amount" if self.amount.amount_minor == 0 else "settled_as")
        charged = self.settled_as or self.amount
        if self.expenses.charged[charged.currency] + charged.amount_minor > AMOUNT_AT_MOST:
            raise TooMuchTogether(field="amount" if self.settled_as is None else "settled_as")
        members = self.rights.teams.present_or_last_members(idea.team)
        travellers = members | self.trip_state.guests.keys() | self.expenses.people
        if self.payer not in travellers:
            raise NotATraveller(field="payer")
        if self.booking is not None:
            self._require_booking(self.booking)
        split = self.split or equal_split(self.amount.amount_minor, self._present_travellers(members))
        self._require_valid(split, travellers)
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

    def _present_travellers(self, members: set[PersonId]) -> set[PersonId]:
        """Members and guests, except those who left the programme: they owe what they owe, and bear nothing new."""
        guests = {one for one, invited in self.trip_state.guests.items() if self._is_present(invited)}
        return guests.union(one for one in members if one in self.participants)

    def _is_present(self, invited: GuestInvited) -> bool:
        """Whether the guest still has the role in which they were invited."""
        match invited.role:
            case "participant":
                return invited.person in self.participants
            case "facilitator":
                return (invited.person, invited.programme) in self.rights.facilitators
            case "commissioner":
                return True

    def _require_booking(self, booking: BookingId) -> None:
        requested = self.trip_state.bookings.requested.get(booking)
        if requested is None or requested.amount.currency != self.amount.currency:
            raise NotOfTheBooking(field="booking_id")

    def _require_valid(self, split: tuple[Share, ...], travellers: set[PersonId]) -> None:
        people = [one.person for one in split]
        if not travellers.issuperset(people):
            raise NotATraveller(field="split")
        total = sum(one.amount_minor for one in split)
        if total != self.amount.amount_minor or len(set(people)) != len(people):
            raise SplitDiffers(field="split", sum=Money(total, self.amount.currency), amount=self.amount)
