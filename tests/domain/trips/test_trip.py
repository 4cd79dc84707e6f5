"""Study trips, rule by rule."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.calculations.settlement import Share
from domain.events.expense import ExpenseShared
from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved, Plan
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.programme import Policies, ProgrammeConcluded, ProgrammeOpened
from domain.events.roles import ContactAppointed, ParticipantWithdrew
from domain.events.trip import (
    BookingCancelled,
    BookingConfirmed,
    BookingFailed,
    DateFixed,
    Payer,
    TripBooked,
    TripCancelled,
    TripCompleted,
)
from domain.events.trip_dates import Answer, AvailabilityGiven, DateOption, DatePollOpened
from domain.foundation import (
    AMOUNT_AT_MOST,
    AsIs,
    BookingId,
    Caller,
    Code,
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
    Personal,
    PersonId,
    ReasonMissing,
    Refusal,
    Words,
    ZoneName,
)
from domain.people.people import UnknownPerson
from domain.programmes.programme import ProgrammeOver, WrongOrder
from domain.time_zones import UnknownZone
from domain.timing import NotBegun
from domain.trips.booking import (
    BookingGone,
    CancelBooking,
    ConfirmBooking,
    FailBooking,
    NotRequested,
    OnePayer,
    RefundTooHigh,
    RequestBooking,
    UnknownBooking,
)
from domain.trips.dates import (
    AnswerByPassed,
    DateStands,
    FixDate,
    GiveAvailability,
    NoPoll,
    OpenDatePoll,
    SameOption,
    UnknownOption,
)
from domain.trips.expense import (
    NotATraveller,
    NothingPaid,
    NotOfTheBooking,
    ShareExpense,
    SplitDiffers,
    TooMuchTogether,
)
from domain.trips.itinerary import AddItem, ChangeItem, OutsideTrip, Overlaps, RemoveItem
from domain.trips.lifecycle import (
    CancelTrip,
    CompleteTrip,
    DateNotFixed,
    DeclareBooked,
    ProposeTrip,
    StillToBook,
    TripNotBooked,
)
from domain.trips.trip import TripOver
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.trips.examples.trip import (
    A_MEMBER,
    ANNA,
    ANOTHER,
    APRIL,
    BANK,
    BERT,
    CHRIS,
    CONTACT,
    EUR,
    EVE,
    FIXED,
    GIVEN,
    GUIDE,
    HOTEL,
    IDEA,
    JUNE,
    MAY,
    OF_TRIP,
    POLL,
    PROGRAMME,
    TEAM,
    TRAIN,
    TRIP,
    every_decision,
    id_of,
    option,
    plan,
    requested,
)

WITH_REASON = caller("participant", ANNA, reason="Te duur")


BOOKED = TripBooked(**OF_TRIP, organisation=BANK, member=ANNA, declared=False)


def confirmed(id_: BookingId) -> BookingConfirmed:
    return BookingConfirmed(**OF_TRIP, booking=id_, member=ANNA, reference=Words("ABC"))


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(one) for one in events]


# Permissions


def test_a_member_proposes_a_trip_until_the_programme_is_concluded() -> None:
    opened = ProgrammeOpened(
        programme=PROGRAMME,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(),
        starts_on=None,
        ends_on=None,
        policies=Policies(),
    )
    propose = ProposeTrip(
        TRIP, team=TEAM, programme=PROGRAMME, theme=Words("Hubs"), destination=Words("Rotterdam"), by=A_MEMBER
    )
    assert decide(propose, *GIVEN[:-1], opened) == [IDEA]
    late = ProposeTrip(TRIP, team=TEAM, programme=PROGRAMME, theme=Words("x"), destination=Words("y"), by=A_MEMBER)
    with pytest.raises(ProgrammeOver):
        decide(late, *GIVEN[:-1], opened, ProgrammeConcluded(programme=PROGRAMME, teams=(TEAM,)))


@pytest.mark.parametrize("number", range(12))
def test_rule_13_only_members_decide_and_their_facilitator_only_sees_the_trip(number: int) -> None:
    given = *GIVEN, POLL, requested(HOTEL)
    with pytest.raises(NotAllowed):
        decide(every_decision(caller("facilitator", GUIDE, reason="x"))[number], *given)
    with pytest.raises(NotFound):
        decide(every_decision(caller("participant", EVE, reason="x"))[number], *given)
    appointed = ContactAppointed(
        contact=id_of("contact", 1),  # pyright: ignore[reportArgumentType]  any contact
        organisation=BANK,
        person=CONTACT,
        role=Code("commissioner"),
    )
    with pytest.raises(NotFound):
        decide(every_decision(caller("commissioner", CONTACT, reason="x"))[number], *given, appointed)


OVER = [
    TripCompleted(**OF_TRIP, organisation=BANK, member=ANNA, learnings=Words("Veel")),
    TripCancelled(**OF_TRIP, organisation=BANK, member=ANNA),
]


@pytest.mark.parametrize("over", OVER)
def test_a_trip_that_is_over_cannot_change(over: Event) -> None:
    for number in (0, 1, 2, 3, 4, 5, 9, 10, 11):
        with pytest.raises(TripOver):
            decide(every_decision(WITH_REASON)[number], *GIVEN, POLL, requested(HOTEL), over)


def test_cancelling_a_trip_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        decide(CancelTrip(TRIP, team=TEAM, by=A_MEMBER), *GIVEN)
    assert decide(CancelTrip(TRIP, team=TEAM, by=WITH_REASON), *GIVEN) == [OVER[1]]


# Dates


def test_a_date_poll_has_options() -> None:
    command = OpenDatePoll(TRIP, options=(option(APRIL, 4), option(MAY, 5)), by=A_MEMBER)
    assert decide(command, *GIVEN) == [POLL]
    assert command.not_after is None


def test_rule_26_a_poll_must_open_before_its_end_by_the_stores_clock() -> None:
    until = NOW + timedelta(days=7)
    command = OpenDatePoll(TRIP, options=(option(APRIL, 4),), answer_by=until, by=A_MEMBER)
    assert decide(command, *GIVEN)
    assert command.not_after == until


def test_rule_14_an_option_with_the_same_days_keeps_its_id() -> None:
    command = OpenDatePoll(TRIP, options=(option(JUNE, 6), option(OptionId(id_of("option", 9)), 5)), by=ANOTHER)
    [event] = decide(command, *GIVEN, POLL)
    assert isinstance(event, DatePollOpened)
    assert event.options == (option(JUNE, 6), option(MAY, 5))


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            OpenDatePoll(TRIP, options=(option(APRIL, 6),), existing=frozenset({APRIL}), by=A_MEMBER),
            [POLL],
            UnknownOption,
            id="rule 14: an option keeps its days",
        ),
        pytest.param(
            OpenDatePoll(TRIP, options=(option(JUNE, 6),), existing=frozenset({JUNE}), by=A_MEMBER),
            [POLL],
            UnknownOption,
            id="a named option must exist",
        ),
        pytest.param(
            OpenDatePoll(TRIP, options=(option(APRIL, 4), option(JUNE, 4)), by=A_MEMBER), [], SameOption, id="differ"
        ),
        pytest.param(OpenDatePoll(TRIP, options=(option(APRIL, 4, 0),), by=A_MEMBER), [], WrongOrder, id="in order"),
        pytest.param(
            OpenDatePoll(TRIP, options=(option(APRIL, 4),), answer_by=NOW, by=A_MEMBER),
            [],
            AnswerByPassed,
            id="rule 26: answer_by lies ahead",
        ),
        pytest.param(
            OpenDatePoll(TRIP, options=(option(JUNE, 6),), by=A_MEMBER),
            [POLL, FIXED],
            DateStands,
            id="while it is open",
        ),
        pytest.param(GiveAvailability(TRIP, answers=(), by=A_MEMBER), [], NoPoll, id="answers need a poll"),
        pytest.param(
            GiveAvailability(TRIP, answers=(Answer(JUNE, "yes"),), by=A_MEMBER),
            [POLL],
            UnknownOption,
            id="answers to its options",
        ),
        pytest.param(FixDate(TRIP, option=APRIL, by=A_MEMBER), [], NoPoll, id="a date needs a poll"),
        pytest.param(FixDate(TRIP, option=JUNE, by=A_MEMBER), [POLL], UnknownOption, id="one of its options"),
        pytest.param(FixDate(TRIP, option=APRIL, by=ANOTHER), [POLL, FIXED], AsIs, id="another one"),
    ],
)
def test_polling_or_fixing_a_date_is_refused(command: Command, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *GIVEN, *given)


def test_rule_4_no_answer_is_recorded_after_answer_by() -> None:
    until = NOW + timedelta(days=1)
    poll = DatePollOpened(**OF_TRIP, member=ANNA, options=POLL.options, answer_by=until)
    command = GiveAvailability(TRIP, answers=(Answer(APRIL, "if_needed"),), by=ANOTHER)
    assert decide(command, *GIVEN, poll) == [
        AvailabilityGiven(**OF_TRIP, person=BERT, answers=(Answer(APRIL, "if_needed"),))
    ]
    assert command.not_after == until


def test_rule_13_any_member_fixes_the_date_and_the_commissioner_sees_who_did() -> None:
    [event] = decide(FixDate(TRIP, option=MAY, by=ANOTHER), *GIVEN, POLL, FIXED)
    assert isinstance(event, DateFixed)
    assert (event.member, event.option, event.starts_on) == (BERT, MAY, date(2017, 5, 10))
    assert f"to:{BANK}" in event.tags()


# Booked


def test_rule_13_a_trip_is_booked_with_the_last_required_confirmation() -> None:
    given = *GIVEN, POLL, FIXED, requested(HOTEL), requested(TRAIN), confirmed(TRAIN)
    events = decide(ConfirmBooking(HOTEL, trip=TRIP, reference=Words("ABC"), by=A_MEMBER), *given)
    assert events == [confirmed(HOTEL), BOOKED]


def test_rule_13_an_optional_booking_neither_books_a_trip_nor_blocks_it() -> None:
    command = ConfirmBooking(HOTEL, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    optional = requested(TRAIN, required=False)
    assert kinds(decide(command, *GIVEN, POLL, FIXED, requested(HOTEL), optional)) == [BookingConfirmed, TripBooked]
    command = ConfirmBooking(TRAIN, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(command, *GIVEN, POLL, FIXED, optional)) == [BookingConfirmed]


def test_rule_13_a_trip_is_booked_when_its_date_is_fixed_and_not_before() -> None:
    command = ConfirmBooking(HOTEL, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(command, *GIVEN, POLL, requested(HOTEL))) == [BookingConfirmed]
    fix = FixDate(TRIP, option=APRIL, by=A_MEMBER)
    assert decide(fix, *GIVEN, POLL, requested(HOTEL), confirmed(HOTEL)) == [FIXED, BOOKED]


@pytest.mark.parametrize(
    "falls_away",
    [
        BookingFailed(**OF_TRIP, booking=TRAIN, member=ANNA, required=True),
        BookingCancelled(**OF_TRIP, booking=TRAIN, member=ANNA, required=True, refund=None),
    ],
)
def test_rule_13_a_failed_or_cancelled_booking_must_be_replaced_first(falls_away: Event) -> None:
    given = *GIVEN, POLL, FIXED, requested(HOTEL), requested(TRAIN), falls_away
    confirm = ConfirmBooking(HOTEL, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(confirm, *given)) == [BookingConfirmed]
    bus = BookingId(id_of("booking", 3))
    anew = ConfirmBooking(bus, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(anew, *given, confirmed(HOTEL), requested(bus))) == [BookingConfirmed, TripBooked]


def cancelled(id_: BookingId) -> BookingCancelled:
    return BookingCancelled(**OF_TRIP, booking=id_, member=ANNA, required=True, refund=None)


BUS = BookingId(id_of("booking", 3))


def test_a_booking_replaces_the_one_it_names_before_or_after_that_is_gone() -> None:
    given = *GIVEN, POLL, FIXED, requested(HOTEL), confirmed(HOTEL), requested(TRAIN), cancelled(TRAIN)
    confirm = ConfirmBooking(BUS, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(confirm, *given, requested(BUS, replaces=TRAIN))) == [BookingConfirmed, TripBooked]
    confirm = ConfirmBooking(BUS, trip=TRIP, reference=Words("ABC"), by=A_MEMBER)
    assert kinds(decide(confirm, *given, requested(BUS, replaces=HOTEL))) == [BookingConfirmed]


@pytest.mark.parametrize(
    "away",
    [
        CancelBooking(TRAIN, trip=TRIP, team=TEAM, by=WITH_REASON),
        FailBooking(TRAIN, trip=TRIP, team=TEAM, by=WITH_REASON),
    ],
)
def test_rule_13_a_trip_is_booked_if_the_lost_booking_was_replaced_before(away: Command) -> None:
    given = *GIVEN, POLL, FIXED, requested(TRAIN), requested(BUS, replaces=TRAIN), confirmed(BUS)
    assert kinds(decide(away, *given))[1:] == [TripBooked]


def test_a_booking_stands_if_its_replacement_fails() -> None:
    given = *GIVEN, POLL, FIXED, requested(TRAIN), confirmed(TRAIN), BOOKED, requested(BUS, replaces=TRAIN)
    away = FailBooking(BUS, trip=TRIP, team=TEAM, by=WITH_REASON)
    assert kinds(decide(away, *given)) == [BookingFailed, TripBooked]


def test_a_booking_replaces_only_a_booking_of_the_same_trip() -> None:
    command = ask(Payer(organisation_id=BANK), BookingId(id_of("booking", 9)))
    with pytest.raises(UnknownBooking):
        decide(command, *GIVEN, requested(TRAIN), OrganisationRegistered(organisation=BANK, name=Label("x")))


def test_rule_13_a_member_declares_that_nothing_needs_booking() -> None:
    [event] = decide(DeclareBooked(TRIP, by=A_MEMBER), *GIVEN, POLL, FIXED)
    assert isinstance(event, TripBooked)
    assert event.declared


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        pytest.param([POLL], DateNotFixed, id="its date is fixed"),
        pytest.param([POLL, FIXED, requested(HOTEL)], StillToBook, id="nothing required is open"),
        pytest.param([POLL, FIXED, BOOKED], AsIs, id="once"),
    ],
)
def test_declaring_that_nothing_needs_booking_is_refused(given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(DeclareBooked(TRIP, by=A_MEMBER), *GIVEN, *given)


FIRST_DAY = datetime.combine(FIXED.starts_on, time(), ZoneInfo("Europe/Amsterdam"))
ON_THE_WAY = caller("participant", ANNA, at=FIRST_DAY)


def test_rule_29_a_trip_is_completed_from_its_first_day_in_its_time_zone() -> None:
    early = caller("participant", ANNA, at=FIRST_DAY - timedelta(seconds=1))
    with pytest.raises(NotBegun):
        decide(CompleteTrip(TRIP, learnings=Words("Veel"), by=early), *GIVEN, POLL, FIXED, BOOKED)
    complete = CompleteTrip(TRIP, learnings=Words("Veel"), by=ON_THE_WAY)
    assert decide(complete, *GIVEN, POLL, FIXED, BOOKED)
    assert complete.not_before == FIRST_DAY


def test_rule_13_a_new_required_booking_reopens_the_booking_stage() -> None:
    with pytest.raises(TripNotBooked):
        decide(
            CompleteTrip(TRIP, learnings=Words("Veel"), by=ON_THE_WAY), *GIVEN, POLL, FIXED, BOOKED, requested(HOTEL)
        )
    [event] = decide(
        CompleteTrip(TRIP, learnings=Words("Veel"), by=ON_THE_WAY),
        *GIVEN,
        POLL,
        FIXED,
        BOOKED,
        requested(HOTEL, required=False),
    )
    assert isinstance(event, TripCompleted)


def ask(payer: Payer, replaces: BookingId | None = None) -> RequestBooking:
    return RequestBooking(
        HOTEL,
        trip=TRIP,
        kind=Words("Hotel"),
        supplier=Words("Hotel New York"),
        amount=Money(40_000, EUR),
        payer=payer,
        replaces=replaces,
        by=A_MEMBER,
    )


def test_a_person_or_an_organisation_pays_for_a_booking() -> None:
    bank = OrganisationRegistered(organisation=BANK, name=Label("Rabobank"))
    assert decide(ask(Payer(organisation_id=BANK)), *GIVEN, bank) == [requested(HOTEL)]
    anna = PersonRegistered(person=ANNA, name=Personal("Anna"), email=Personal("a@example.org"), language=Code("nl"))
    assert decide(ask(Payer(person_id=ANNA)), *GIVEN, anna)
    for payer in (Payer(), Payer(ANNA, BANK)):
        with pytest.raises(OnePayer):
            decide(ask(payer), *GIVEN, anna, bank)
    with pytest.raises(UnknownPerson):
        decide(ask(Payer(person_id=BERT)), *GIVEN, anna)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            ConfirmBooking(TRAIN, trip=TRIP, reference=Words("A"), by=A_MEMBER), [], NotFound, id="of this trip"
        ),
        pytest.param(
            ConfirmBooking(HOTEL, trip=TRIP, reference=Words("A"), by=A_MEMBER),
            [confirmed(HOTEL)],
            NotRequested,
            id="confirmed once",
        ),
        pytest.param(
            FailBooking(HOTEL, trip=TRIP, team=TEAM, by=WITH_REASON),
            [confirmed(HOTEL)],
            NotRequested,
            id="failed before",
        ),
        pytest.param(
            FailBooking(HOTEL, trip=TRIP, team=TEAM, by=A_MEMBER), [], ReasonMissing, id="failed with a reason"
        ),
        pytest.param(
            CancelBooking(HOTEL, trip=TRIP, team=TEAM, by=A_MEMBER), [], ReasonMissing, id="cancelled with a reason"
        ),
        pytest.param(
            CancelBooking(HOTEL, trip=TRIP, team=TEAM, by=WITH_REASON),
            [BookingFailed(**OF_TRIP, booking=HOTEL, member=ANNA, required=True)],
            BookingGone,
            id="cancelled if it stands",
        ),
        pytest.param(
            CancelBooking(HOTEL, trip=TRIP, team=TEAM, refund=Money(40_001, EUR), by=WITH_REASON),
            [],
            RefundTooHigh,
            id="a refund of more than was paid",
        ),
        pytest.param(
            CancelBooking(HOTEL, trip=TRIP, team=TEAM, refund=Money(1, Currency("GBP")), by=WITH_REASON),
            [],
            RefundTooHigh,
            id="in its own currency",
        ),
    ],
)
def test_a_booking_is_refused(command: Command, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *GIVEN, requested(HOTEL), *given)


def test_the_bookings_of_a_cancelled_trip_can_still_be_cancelled() -> None:
    off = TripCancelled(**OF_TRIP, organisation=BANK, member=ANNA)
    assert kinds(decide(CancelBooking(HOTEL, trip=TRIP, team=TEAM, by=WITH_REASON), *GIVEN, requested(HOTEL), off)) == [
        BookingCancelled
    ]


# Itinerary

ITEM, OTHER = (ItemId(id_of("item", n)) for n in (1, 2))


def added(item: ItemId, plan_: Plan) -> ItineraryItemAdded:
    return ItineraryItemAdded(**OF_TRIP, item=item, member=ANNA, plan=plan_)


def test_members_add_change_and_remove_itinerary_items() -> None:
    given = *GIVEN, POLL, FIXED, added(OTHER, plan(10, 8))
    assert decide(AddItem(ITEM, trip=TRIP, plan=plan(10, 9), by=A_MEMBER), *given) == [added(ITEM, plan(10, 9))]
    changed = decide(ChangeItem(OTHER, trip=TRIP, plan=plan(10, 8, 2), by=A_MEMBER), *given)
    assert changed == [ItineraryItemChanged(**OF_TRIP, item=OTHER, member=ANNA, plan=plan(10, 8, 2))]
    removed = decide(RemoveItem(OTHER, trip=TRIP, by=A_MEMBER), *given)
    assert removed == [ItineraryItemRemoved(**OF_TRIP, item=OTHER, member=ANNA)]


def test_a_host_is_sealed_under_the_key_of_the_item() -> None:
    assert added(ITEM, plan(10, 9)).key() == ITEM


def test_the_days_of_a_trip_are_in_the_programmes_time_zone() -> None:
    given = *GIVEN, POLL, FIXED
    starts_at = datetime(2017, 4, 9, 22, tzinfo=UTC)
    from_midnight = Plan(starts_at, starts_at + timedelta(hours=1), Words("x"), Words("y"))
    assert decide(AddItem(ITEM, trip=TRIP, plan=from_midnight, by=A_MEMBER), *given)
    until_midnight = plan(11, 21)
    assert decide(AddItem(ITEM, trip=TRIP, plan=until_midnight, by=A_MEMBER), *given)


def at_place(zone: str, starts_at: str, ends_at: str) -> AddItem:
    moments = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
    plan_ = Plan(*moments, Words("Bezoek"), Words("Daar"), timezone=ZoneName(zone))
    return AddItem(ITEM, trip=TRIP, plan=plan_, by=A_MEMBER)


def test_an_item_in_another_time_zone_falls_on_the_days_of_that_zone() -> None:
    """New York is six hours behind: the last evening there is the next day in Amsterdam."""
    given = *GIVEN, POLL, FIXED
    assert decide(at_place("America/New_York", "2017-04-11T20:00:00-04:00", "2017-04-12T00:00:00-04:00"), *given)
    with pytest.raises(OutsideTrip):
        decide(at_place("Europe/Amsterdam", "2017-04-11T20:00:00-04:00", "2017-04-11T23:00:00-04:00"), *given)
    with pytest.raises(OutsideTrip) as early:
        decide(at_place("America/New_York", "2017-04-10T00:00:00+02:00", "2017-04-10T01:00:00+02:00"), *given)
    assert early.value.values["timezone"] == "America/New_York"


def test_an_item_can_span_the_repeated_hour_when_the_clock_goes_back() -> None:
    """29 October 2017: from 02.30 summer time to 02.15 winter time are 45 minutes."""
    assert decide(at_place("Europe/Amsterdam", "2017-10-29T02:30:00+02:00", "2017-10-29T02:15:00+01:00"), *GIVEN)
    with pytest.raises(WrongOrder):
        decide(at_place("Europe/Amsterdam", "2017-10-29T02:30:00+01:00", "2017-10-29T02:15:00+01:00"), *GIVEN)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "Europe", "../etc"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        decide(at_place(zone, "2017-04-10T08:00:00Z", "2017-04-10T09:00:00Z"), *GIVEN)


def test_rule_26_a_past_trip_can_be_entered_afterwards() -> None:
    days = DateOption(APRIL, date(2015, 4, 10), date(2015, 4, 11))
    poll = decide(OpenDatePoll(TRIP, options=(days,), by=A_MEMBER), *GIVEN)
    fixed = decide(FixDate(TRIP, option=APRIL, by=A_MEMBER), *GIVEN, *poll)
    booked = decide(DeclareBooked(TRIP, by=A_MEMBER), *GIVEN, *poll, *fixed)
    assert decide(CompleteTrip(TRIP, learnings=Words("Veel"), by=A_MEMBER), *GIVEN, *poll, *fixed, *booked)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(AddItem(ITEM, trip=TRIP, plan=plan(10, 7, 2), by=A_MEMBER), Overlaps, id="one thing at a time"),
        pytest.param(AddItem(ITEM, trip=TRIP, plan=plan(9, 21, 2), by=A_MEMBER), OutsideTrip, id="not the day before"),
        pytest.param(AddItem(ITEM, trip=TRIP, plan=plan(11, 21, 2), by=A_MEMBER), OutsideTrip, id="not the day after"),
        pytest.param(AddItem(ITEM, trip=TRIP, plan=plan(10, 9, 0), by=A_MEMBER), WrongOrder, id="it takes time"),
        pytest.param(ChangeItem(ITEM, trip=TRIP, plan=plan(10, 9), by=A_MEMBER), NotFound, id="an unknown item"),
        pytest.param(
            ChangeItem(OTHER, trip=TRIP, plan=plan(9, 9), by=A_MEMBER), OutsideTrip, id="changed to within the trip"
        ),
        pytest.param(RemoveItem(ITEM, trip=TRIP, by=A_MEMBER), NotFound, id="an unknown item"),
    ],
)
def test_changing_the_itinerary_is_refused(command: Command, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *GIVEN, POLL, FIXED, added(OTHER, plan(10, 8)))


# Expenses


def pay(
    cents: int, *split: Share, payer: PersonId = ANNA, as_: Money | None = None, by: Caller = A_MEMBER
) -> ShareExpense:
    return ShareExpense(
        ExpenseId(id_of("expense", 1)),
        **OF_TRIP,
        payer=payer,
        amount=Money(cents, EUR),
        text=Words("Lunch"),
        split=split,
        settled_as=as_,
        by=by,
    )


def test_rule_13_an_expense_is_split_equally_with_odd_cents_in_order_of_person_id() -> None:
    [event] = decide(pay(1001), *GIVEN)
    assert isinstance(event, ExpenseShared)
    assert event.split == (Share(ANNA, 334), Share(BERT, 334), Share(CHRIS, 333))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(pay(100, Share(ANNA, 50), Share(BERT, 49)), SplitDiffers, id="rule 13: splits sum to the amount"),
        pytest.param(pay(100, Share(ANNA, 50), Share(ANNA, 50)), SplitDiffers, id="a part per person"),
        pytest.param(pay(100, Share(EVE, 100)), NotATraveller, id="members bear"),
        pytest.param(pay(100, payer=EVE), NotATraveller, id="members pay"),
        pytest.param(pay(0), NothingPaid, id="something was paid"),
        pytest.param(pay(100, as_=Money(0, EUR)), NothingPaid, id="something was charged"),
    ],
)
def test_an_expense_is_refused(command: Command, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *GIVEN)


def test_rule_13_the_total_per_currency_is_limited_to_exact_integers() -> None:
    [event] = decide(pay(AMOUNT_AT_MOST), *GIVEN)
    assert isinstance(event, ExpenseShared)
    assert sum(one.amount_minor for one in event.split) == AMOUNT_AT_MOST
    most, rest = decide(pay(100, as_=Money(AMOUNT_AT_MOST - 5, EUR)), *GIVEN), Money(5, EUR)
    assert decide(pay(5), *GIVEN, *most)
    assert decide(pay(AMOUNT_AT_MOST, as_=rest), *GIVEN, *most)
    for command in (pay(6), pay(1, as_=Money(6, EUR))):
        with pytest.raises(TooMuchTogether):
            decide(command, *GIVEN, *most)


def test_an_expense_for_a_booking_is_in_its_currency() -> None:
    def of_booking(currency: str, booking: BookingId = HOTEL) -> ShareExpense:
        return ShareExpense(
            ExpenseId(id_of("expense", 1)),
            **OF_TRIP,
            payer=ANNA,
            amount=Money(100, Currency(currency)),
            text=Words("Aanbetaling"),
            booking=booking,
            by=A_MEMBER,
        )

    [event] = decide(of_booking("EUR"), *GIVEN, requested(HOTEL))
    assert isinstance(event, ExpenseShared)
    assert event.booking == HOTEL
    for wrong in (of_booking("GBP"), of_booking("EUR", TRAIN)):
        with pytest.raises(NotOfTheBooking):
            decide(wrong, *GIVEN, requested(HOTEL))


def test_a_member_who_left_the_programme_gets_a_share_only_if_named() -> None:
    gone = ParticipantWithdrew(programme=PROGRAMME, person=CHRIS, organisation=BANK)
    [event] = decide(pay(1001), *GIVEN, gone)
    assert isinstance(event, ExpenseShared)
    assert event.split == (Share(ANNA, 501), Share(BERT, 500))
    assert decide(pay(100, Share(CHRIS, 100)), *GIVEN, gone)


def test_expenses_can_be_shared_after_the_trip() -> None:
    over = TripCompleted(**OF_TRIP, organisation=BANK, member=ANNA, learnings=Words("Veel"))
    assert decide(pay(100), *GIVEN, POLL, FIXED, BOOKED, over)
