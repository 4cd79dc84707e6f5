"""State machine of a trip: members, guests, facilitator and strangers in any order, on a log in memory.

A simple model is kept beside the log; every step must have the same result in both.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from domain.calculations.settlement import Repaid, Share, Spent, equal_split, less_refunds, settle
from domain.events.expense import ExpenseShared
from domain.events.itinerary import Plan
from domain.events.people import OrganisationRegistered
from domain.events.roles import ParticipantEnrolled, ParticipantWithdrew
from domain.events.team import MemberLeft
from domain.events.trip import Payer
from domain.events.trip_dates import Answer, Availability, DateOption
from domain.foundation import (
    AsIs,
    BookingId,
    Command,
    Currency,
    Event,
    ExpenseId,
    ItemId,
    Label,
    Money,
    NotAllowed,
    NotFound,
    OptionId,
    PersonId,
    Refusal,
    Words,
)
from domain.teams.team import Teams
from domain.trips.booking import (
    BookingGone,
    CancelBooking,
    ConfirmBooking,
    FailBooking,
    NotRequested,
    RefundTooHigh,
    RequestBooking,
)
from domain.trips.dates import (
    DateStands,
    FixDate,
    GiveAvailability,
    NoPoll,
    OpenDatePoll,
    UnknownOption,
)
from domain.trips.expense import NotATraveller, NotOfTheBooking, ShareExpense
from domain.trips.guests import CannotBeGuest, InviteGuest
from domain.trips.itinerary import AddItem, OutsideTrip, Overlaps
from domain.trips.lifecycle import (
    CancelTrip,
    CompleteTrip,
    DateNotFixed,
    DeclareBooked,
    StillToBook,
    TripNotBooked,
)
from domain.trips.trip import TripOver, TripState
from projections.trips import BOOKINGS, TRIPS, Trip
from projections.view import EventMetadata, fold_events
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.state_machine import SETTINGS, MemoryLog
from tests.domain.trips.examples.guests import AROUND, FRANK
from tests.domain.trips.examples.trip import (
    ANNA,
    BANK,
    BERT,
    CHRIS,
    CONTACT,
    EVE,
    GUIDE,
    OF_TRIP,
    PROGRAMME,
    TEAM,
    TRIP,
    id_of,
)

EUR, GBP = Currency("EUR"), Currency("GBP")
MONTHS = (4, 5, 6)
OPTIONS = {month: OptionId(id_of("option", month)) for month in MONTHS}
GROUND: list[Event] = [
    OrganisationRegistered(organisation=BANK, name=Label("Rabobank")),
    *AROUND,
    ParticipantEnrolled(programme=PROGRAMME, person=FRANK, organisation=None),
]
AFTERWARDS = datetime(2030, 1, 1, tzinfo=UTC)
"""A time after every day of a trip in this machine."""
CALLERS = {
    **{one: caller("participant", one, reason="x") for one in (ANNA, BERT, CHRIS, EVE, FRANK)},
    GUIDE: caller("facilitator", GUIDE, reason="x"),
    CONTACT: caller("commissioner", CONTACT, reason="x"),
}
CAN_COME = {EVE, GUIDE, CONTACT}

people = st.sampled_from([ANNA] * 10 + [BERT] * 4 + [CHRIS, EVE, GUIDE, CONTACT, FRANK])
"""The actor: mostly Anna and Bert, who never leave."""
anybody = st.sampled_from([ANNA, BERT, CHRIS, EVE, GUIDE, CONTACT, FRANK])
ends = st.integers(0, 24)
"""Steps that end something are taken only at 0 and 1."""
months = st.sampled_from(MONTHS)
which = st.integers(0, 5)
"""The index of a booking, counted from the latest."""
cents = st.integers(1, 10_000)
refunds = st.none() | st.integers(0, 600)


@dataclass
class Booked:
    """A booking. `need`: the number of the need that it meets; None: it is not required."""

    id: BookingId
    currency: Currency
    need: int | None
    status: str = "requested"
    refund: int = 0

    @property
    def stands(self) -> bool:
        return self.status in {"requested", "confirmed"}


@dataclass
class Model:
    """The expected state of the trip."""

    members: set[PersonId] = field(default_factory=lambda: {ANNA, BERT, CHRIS})
    guests: set[PersonId] = field(default_factory=set[PersonId])
    gone: set[PersonId] = field(default_factory=set[PersonId])
    options: tuple[int, ...] = ()
    answers: dict[tuple[PersonId, int], Availability] = field(default_factory=dict[tuple[PersonId, int], Availability])
    month: int | None = None
    slots: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    bookings: list[Booked] = field(default_factory=list[Booked])
    given_up: set[int] = field(default_factory=set[int])
    declared: bool = False
    payers_and_bearers: set[PersonId] = field(default_factory=set[PersonId])
    over: str | None = None

    def needs(self) -> list[int]:
        """The needs, without those that the members gave up."""
        return sorted({one.need for one in self.bookings if one.need is not None} - self.given_up)

    def met(self, need: int) -> bool:
        return any(one.stands for one in self.bookings if one.need == need)

    def all_confirmed(self) -> bool:
        return all(one.status == "confirmed" for one in self.bookings if one.need is not None and one.stands)

    def booked(self) -> bool:
        """Whether the trip is booked (rule 13)."""
        required = [one for one in self.bookings if one.need is not None and one.stands]
        everything = bool(required) and self.all_confirmed() and all(self.met(one) for one in self.needs())
        return self.month is not None and (self.declared or everything)

    def status(self) -> str:
        if self.over is not None:
            return self.over
        if self.booked():
            return "booked"
        if self.month is not None:
            return "booking" if self.bookings else "date_fixed"
        return "polling" if self.options else "idea"


class Trips(RuleBasedStateMachine):
    """The trip of one CoP, starting at the idea."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog(NOW, *GROUND)
        self.model = Model()
        self.numbers = iter(range(1, 1_000))

    # Expected results

    def refusal_for(self, by: PersonId, *, guests_may: bool = False, hidden: bool = False) -> type[Refusal] | None:
        """The refusal for this caller (rule 13): members decide, guests answer and pay, the facilitator only reads."""
        guest = by in self.model.guests - self.model.gone
        if by in self.model.members or (guests_may and guest):
            return None
        return NotAllowed if by == GUIDE or (guest and not hidden) else NotFound

    def deciding(self, by: PersonId, *, hidden: bool = False) -> type[Refusal] | None:
        return self.refusal_for(by, hidden=hidden) or (TripOver if self.model.over else None)

    def attempt(self, command: Command, *refusals: type[Refusal] | None) -> bool:
        """Execute the command; check that exactly the first refusal in `refusals` is raised. Return whether it was accepted."""
        expected = next((one for one in refusals if one is not None), None)
        before = len(self.log.recorded)
        assert self.log.refusal(command) is expected, type(command).__name__
        assert expected is None or len(self.log.recorded) == before
        return expected is None

    def booking_at(self, number: int) -> Booked:
        bookings = self.model.bookings
        return bookings[-1 - number % len(bookings)]

    def booking_or_none(self, number: int | None) -> Booked | None:
        return self.booking_at(number) if number is not None and self.model.bookings else None

    def id(self, prefix: str) -> str:
        return id_of(prefix, next(self.numbers))

    # Steps

    @initialize(fixed=st.sampled_from([4, 5, None]))
    def begin(self, fixed: int | None) -> None:
        """Start mostly with a fixed date, since many steps need one."""
        if fixed is not None:
            self.ask_for_dates(ANNA, [4, 5])
            self.fix(ANNA, fixed)

    @rule(by=people, person=anybody)
    def invite(self, by: PersonId, person: PersonId) -> None:
        can = person in CAN_COME - self.model.gone
        again = AsIs if person in self.model.guests else None
        command = InviteGuest(TRIP, team=TEAM, person=person, by=CALLERS[by])
        if self.attempt(command, self.deciding(by), None if can else CannotBeGuest, again):
            self.model.guests.add(person)

    @rule(by=people, months_=st.lists(months, min_size=1, unique=True))
    def ask_for_dates(self, by: PersonId, months_: list[int]) -> None:
        options = tuple(DateOption(OPTIONS[one], date(2017, one, 10), date(2017, one, 11)) for one in months_)
        command = OpenDatePoll(TRIP, options=options, by=CALLERS[by])
        if self.attempt(command, self.deciding(by), DateStands if self.model.month else None):
            self.model.options = tuple(months_)
            for key in [one for one in self.model.answers if one[1] not in months_]:
                del self.model.answers[key]

    @rule(by=anybody, answers=st.dictionaries(months, st.sampled_from(["yes", "if_needed", "no"])))
    def answer(self, by: PersonId, answers: dict[int, Availability]) -> None:
        given = tuple(Answer(OPTIONS[one], answers[one]) for one in sorted(answers))
        over = TripOver if self.model.over else None
        unknown = UnknownOption if not set(answers) <= set(self.model.options) else None
        refused = self.refusal_for(by, guests_may=True), over, None if self.model.options else NoPoll, unknown
        if self.attempt(GiveAvailability(TRIP, answers=given, by=CALLERS[by]), *refused):
            for key in [one for one in self.model.answers if one[0] == by]:
                del self.model.answers[key]
            self.model.answers.update({(by, month): one for month, one in answers.items()})

    @rule(by=people, month=months)
    def fix(self, by: PersonId, month: int) -> None:
        unknown = UnknownOption if month not in self.model.options else None
        again = AsIs if month == self.model.month else None
        refused = self.deciding(by), None if self.model.options else NoPoll, unknown, again
        if self.attempt(FixDate(TRIP, option=OPTIONS[month], by=CALLERS[by]), *refused):
            self.model.month = month

    @rule(by=people, month=months, hour=st.integers(8, 10))
    def plan(self, by: PersonId, month: int, hour: int) -> None:
        starts_at = datetime(2017, month, 10, hour, tzinfo=UTC)
        plan = Plan(starts_at, starts_at + timedelta(hours=1), Words("Bezoek"), Words("Daar"))
        outside = OutsideTrip if self.model.month not in {None, month} else None
        refused = self.deciding(by), outside, Overlaps if (month, hour) in self.model.slots else None
        if self.attempt(AddItem(ItemId(self.id("item")), trip=TRIP, plan=plan, by=CALLERS[by]), *refused):
            self.model.slots.add((month, hour))

    @rule(by=people, required=st.sampled_from([True, True, False]), euros=st.booleans(), instead=st.none() | which)
    def request_booking(self, by: PersonId, required: bool, euros: bool, instead: int | None) -> None:
        replaced = self.booking_or_none(instead)
        new = Booked(BookingId(self.id("booking")), EUR if euros else GBP, None)
        command = RequestBooking(
            new.id,
            trip=TRIP,
            kind=Words("Hotel"),
            supplier=Words("Hotel"),
            amount=Money(500, new.currency),
            payer=Payer(organisation_id=BANK),
            required=required,
            replaces=None if replaced is None else replaced.id,
            by=CALLERS[by],
        )
        if self.attempt(command, self.deciding(by)):
            if required:
                new.need = self.need_of(replaced)
                self.model.declared = False
            self.model.bookings.append(new)

    def need_of(self, replaced: Booked | None) -> int:
        """The need of a new required booking: that of the booking it replaces, else the first unmet one, else a new one."""
        if replaced is None:
            lacking = [one for one in self.model.needs() if not self.model.met(one)]
            return lacking[0] if lacking else len(self.model.bookings)
        known = replaced.need is not None and replaced.need not in self.model.given_up
        return replaced.need if known and replaced.need is not None else len(self.model.bookings)

    @precondition(lambda self: self.model.bookings)
    @rule(by=people, number=which, how=st.sampled_from(["confirm", "confirm", "fail", "give up"]), refund=refunds)
    def update_booking(self, by: PersonId, number: int, how: str, refund: int | None) -> None:
        one = self.booking_at(number)
        match how:
            case "confirm":
                self.confirm(by, one)
            case "fail":
                self.fail(by, one)
            case _:
                self.cancel_booking(by, one, refund)

    def confirm(self, by: PersonId, one: Booked) -> None:
        command = ConfirmBooking(one.id, trip=TRIP, reference=Words("A"), by=CALLERS[by])
        if self.attempt(command, self.deciding(by, hidden=True), None if one.status == "requested" else NotRequested):
            one.status = "confirmed"

    def fail(self, by: PersonId, one: Booked) -> None:
        settled = None if one.status == "requested" else NotRequested
        made = TripOver if self.model.over == "completed" else None
        command = FailBooking(one.id, trip=TRIP, team=TEAM, by=CALLERS[by])
        if self.attempt(command, self.refusal_for(by, hidden=True), settled, made):
            one.status = "failed"
            self.model.declared &= one.need is None

    def cancel_booking(self, by: PersonId, one: Booked, refund: int | None) -> None:
        gone = None if one.stands else BookingGone
        made = TripOver if self.model.over == "completed" else None
        too_high = RefundTooHigh if refund is not None and refund > 500 else None
        back = None if refund is None else Money(refund, one.currency)
        command = CancelBooking(one.id, trip=TRIP, team=TEAM, refund=back, by=CALLERS[by])
        if self.attempt(command, self.refusal_for(by, hidden=True), gone, made, too_high):
            one.status, one.refund = "cancelled", refund or 0
            self.model.declared &= one.need is None

    @rule(by=people)
    def declare_nothing_to_book(self, by: PersonId) -> None:
        model = self.model
        fixed = None if model.month else DateNotFixed
        again, open_ = AsIs if model.booked() else None, None if model.all_confirmed() else StillToBook
        if self.attempt(DeclareBooked(TRIP, by=CALLERS[by]), self.deciding(by), fixed, again, open_):
            model.given_up |= {one for one in model.needs() if not model.met(one)}
            model.declared = True

    @rule(
        by=people,
        payer=anybody,
        amount=cents,
        bearing=st.sets(anybody),
        charged=st.none() | cents,
        number=st.none() | which,
    )
    def pay(
        self,
        by: PersonId,
        payer: PersonId,
        amount: int,
        bearing: Collection[PersonId],
        charged: int | None,
        number: int | None,
    ) -> None:
        model = self.model
        paid = self.booking_or_none(number)
        split: tuple[Share, ...] = equal_split(amount, bearing) if bearing else ()
        command = ShareExpense(
            ExpenseId(self.id("expense")),
            **OF_TRIP,
            payer=payer,
            amount=Money(amount, GBP),
            text=Words("Lunch"),
            split=split,
            settled_as=None if charged is None else Money(charged, EUR),
            booking=None if paid is None else paid.id,
            by=CALLERS[by],
        )
        travellers = model.members | model.guests | model.payers_and_bearers
        known = None if payer in travellers else NotATraveller
        other = NotOfTheBooking if paid is not None and paid.currency != GBP else None
        bear = None if travellers.issuperset(bearing) else NotATraveller
        if self.attempt(command, self.refusal_for(by, guests_may=True), known, other, bear):
            model.payers_and_bearers |= {payer, *(bearing or (model.members | model.guests) - model.gone)}

    @rule(by=people, how=ends)
    def end_trip(self, by: PersonId, how: int) -> None:
        if how == 0 and self.attempt(CancelTrip(TRIP, team=TEAM, by=CALLERS[by]), self.deciding(by)):
            self.model.over = "cancelled"
        booked = None if self.model.booked() else TripNotBooked
        complete = CompleteTrip(TRIP, learnings=Words("Veel"), by=replace(CALLERS[by], at=AFTERWARDS))
        before, self.log.now = self.log.now, max(self.log.now, AFTERWARDS)  # it is recorded at that time too
        if how == 1 and self.attempt(complete, self.deciding(by), booked):
            self.model.over = "completed"
        self.log.now = before

    @rule(how=ends)
    def leave(self, how: int) -> None:
        if how == 0 and EVE not in self.model.gone:
            self.log.add(ParticipantWithdrew(programme=PROGRAMME, person=EVE, organisation=None))
            self.model.gone.add(EVE)
        if how == 1 and CHRIS in self.model.members:
            self.log.add(MemberLeft(team=TEAM, programme=PROGRAMME, organisation=BANK, person=CHRIS))
            self.model.members.remove(CHRIS)

    # Invariants

    def shown(self) -> Trip:
        events = [(one.event, EventMetadata(one.position, one.at)) for one in self.log.recorded]
        rows = fold_events(BOOKINGS, events)
        assert {key: (row.status, row.refund.amount_minor if row.refund else 0) for key, row in rows.items()} == {
            one.id: (one.status, one.refund) for one in self.model.bookings
        }
        return fold_events(TRIPS, events)[TRIP]

    @invariant()
    def rule_13_a_trip_is_booked_with_a_fixed_date_and_all_required_confirmations(self) -> None:
        row, known = self.shown(), TripState(Teams(), TRIP)
        known.load(one.event for one in self.log.read(*known.consistency_boundary()))
        assert row.status == self.model.status()
        if not self.model.over:
            assert known.bookings.booked is self.model.booked()
        if row.status in {"booked", "completed"}:
            assert row.starts_on is not None
            assert self.model.all_confirmed()
        assert set(row.guests) == self.model.guests

    @invariant()
    def rule_14_answers_to_remaining_options_are_never_lost(self) -> None:
        poll = self.shown().poll
        options = () if poll is None else tuple(one.option_id for one in poll.options)
        answers = {} if poll is None else {(one.person_id, one.option_id): one.availability for one in poll.answers}
        assert options == tuple(OPTIONS[one] for one in self.model.options)
        assert answers == {(person, OPTIONS[month]): one for (person, month), one in self.model.answers.items()}

    @invariant()
    def rule_13_money_is_exact(self) -> None:
        expenses = self.log.of(ExpenseShared)
        for one in expenses:
            assert sum(share.amount_minor for share in one.split) == one.amount.amount_minor
        spent = [Spent(one.payer, one.amount, one.split, one.settled_as, one.booking) for one in expenses]
        left = less_refunds(spent, [Repaid(one.id, one.refund) for one in self.model.bookings])
        for one in settle(left):
            assert sum(balance.amount_minor for balance in one.balances) == 0
            assert len(one.transfers) <= max(len(one.balances) - 1, 0)
            even = {balance.person: balance.amount_minor for balance in one.balances}
            for pays in one.transfers:
                even[pays.from_person] += pays.amount_minor
                even[pays.to_person] -= pays.amount_minor
            assert not any(even.values())
        assert all(
            0 <= now.charged.amount_minor <= was.charged.amount_minor for now, was in zip(left, spent, strict=True)
        )


TestTrips = Trips.TestCase
TestTrips.settings = SETTINGS
