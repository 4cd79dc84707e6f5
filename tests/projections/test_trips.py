"""The views of study trips and bookings."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.calculations.settlement import Share
from domain.events.expense import ExpenseShared
from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged, ItineraryItemRemoved, Plan
from domain.events.trip import (
    BookingCancelled,
    BookingConfirmed,
    BookingFailed,
    BookingRequested,
    DateFixed,
    GuestInvited,
    Payer,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripIdeaProposed,
)
from domain.events.trip_dates import Answer, AvailabilityGiven, DateOption, DatePollOpened
from domain.foundation import (
    BookingId,
    Currency,
    Event,
    ExpenseId,
    ItemId,
    Money,
    OptionId,
    PersonId,
    ProgrammeId,
    TeamId,
    TripId,
    Words,
    ZoneName,
)
from projections.trips import BOOKINGS, OUTSIDE, TRIPS, Booking, PollAnswer, Refund, Trip
from projections.view import EventMetadata, fold_events

TRIP, HOTEL = TripId("trip_1"), BookingId("booking_1")
ANNA, BERT = PersonId("person_1"), PersonId("person_2")
APRIL, MAY, JUNE = OptionId("option_4"), OptionId("option_5"), OptionId("option_6")
OF: dict[str, Any] = {"trip": TRIP, "team": TeamId("team_1"), "programme": ProgrammeId("programme_1")}
BY_MEMBER: dict[str, Any] = {**OF, "organisation": None, "member": ANNA}
T0 = datetime(2017, 4, 10, tzinfo=UTC)
EUR = Currency("EUR")

IDEA = TripIdeaProposed(
    **BY_MEMBER, theme=Words(digest="t"), destination=Words(digest="d"), timezone=ZoneName("Europe/Amsterdam")
)
FIXED = DateFixed(**BY_MEMBER, option=APRIL, starts_on=date(2017, 4, 10), ends_on=date(2017, 4, 11))
CHANGED = DateFixed(**BY_MEMBER, option=MAY, starts_on=date(2017, 5, 10), ends_on=date(2017, 5, 11))
BOOKED, OFF = TripBooked(**BY_MEMBER, declared=False), TripCancelled(**BY_MEMBER)
CONFIRMED = BookingConfirmed(**OF, booking=HOTEL, member=ANNA, reference=Words(digest="r"))


def poll(*options: OptionId) -> DatePollOpened:
    days = tuple(DateOption(one, date(2017, int(one[-1]), 10), date(2017, int(one[-1]), 11)) for one in options)
    return DatePollOpened(**OF, member=ANNA, options=days, answer_by=None)


def given(person: PersonId, *answers: Answer) -> AvailabilityGiven:
    return AvailabilityGiven(**OF, person=person, answers=answers)


def requested(*, required: bool = True) -> BookingRequested:
    return BookingRequested(
        **OF,
        booking=HOTEL,
        member=ANNA,
        kind=Words(digest="k"),
        supplier=Words(digest="s"),
        amount=Money(100, EUR),
        payer=Payer(ANNA),
        required=required,
        free_cancellation_until=None,
    )


def failed(*, required: bool = True) -> BookingFailed:
    return BookingFailed(**OF, booking=HOTEL, member=ANNA, required=required)


def cancelled(*, required: bool = True) -> BookingCancelled:
    return BookingCancelled(**OF, booking=HOTEL, member=ANNA, required=required, refund=Money(90, EUR))


def after(*events: Event) -> list[tuple[Event, EventMetadata]]:
    return [(event, EventMetadata(n, T0 + timedelta(minutes=n))) for n, event in enumerate(events)]


def trip(*events: Event) -> Trip:
    return fold_events(TRIPS, after(IDEA, *events))[TRIP]


def booking(*events: Event) -> Booking:
    return fold_events(BOOKINGS, after(*events))[HOTEL]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "idea"),
        ([poll(APRIL)], "polling"),
        ([poll(APRIL), requested()], "polling"),
        ([poll(APRIL), FIXED], "date_fixed"),
        ([poll(APRIL), requested(), FIXED], "booking"),
        ([poll(APRIL), FIXED, requested(required=False)], "booking"),
        ([poll(APRIL), FIXED, requested(), CONFIRMED, BOOKED], "booked"),
        ([poll(APRIL), FIXED, BOOKED, CHANGED], "booked"),
        ([poll(APRIL), FIXED, BOOKED, requested(required=False)], "booked"),
        ([poll(APRIL), FIXED, BOOKED, failed(required=False)], "booked"),
        ([poll(APRIL), FIXED, BOOKED, requested()], "booking"),
        ([poll(APRIL), FIXED, BOOKED, failed()], "booking"),
        ([poll(APRIL), FIXED, BOOKED, cancelled()], "booking"),
        ([poll(APRIL), FIXED, BOOKED, OFF], "cancelled"),
        ([OFF, cancelled()], "cancelled"),
        ([poll(APRIL), FIXED, BOOKED, TripCompleted(**BY_MEMBER, learnings=Words(digest="l"))], "completed"),
    ],
)
def test_rule_13_the_status_follows_date_and_bookings(events: list[Event], status: str) -> None:
    assert trip(*events).status == status


def test_guests_are_shown_once_each() -> None:
    guests = [
        GuestInvited(**OF, member=ANNA, person=one, role="participant", organisation=None)
        for one in (BERT, PersonId("person_0"), BERT)
    ]
    assert trip(*guests).guests == ("person_0", BERT)


def test_refunds_are_stored_for_the_settlement() -> None:
    assert trip(requested(), cancelled()).refunds == (Refund(HOTEL, Money(90, EUR)),)
    assert trip(requested(), replace(cancelled(), refund=None)).refunds == ()


def test_an_item_outside_the_days_fixed_later_has_a_warning() -> None:
    def at(day: datetime) -> ItineraryItemAdded:
        plan = Plan(day, day + timedelta(hours=1), Words(digest="t"), Words(digest="p"))
        return ItineraryItemAdded(**OF, item=ItemId(f"item_{day.month}"), member=ANNA, plan=plan)

    in_april, in_may = at(T0), at(T0 + timedelta(days=30))
    assert [one.warnings for one in trip(in_april, in_may).itinerary] == [(), ()]
    assert [one.warnings for one in trip(in_april, in_may, FIXED).itinerary] == [(), (OUTSIDE,)]
    assert [one.warnings for one in trip(in_april, in_may, FIXED, CHANGED).itinerary] == [(OUTSIDE,), ()]


def test_rule_15_a_trip_and_its_items_keep_their_calendar_uids() -> None:
    plan = Plan(T0, T0 + timedelta(hours=1), Words(digest="t"), Words(digest="p"))
    item: dict[str, Any] = {**OF, "item": ItemId("item_1"), "member": ANNA, "plan": plan}
    for events in ([ItineraryItemAdded(**item)], [ItineraryItemAdded(**item), ItineraryItemChanged(**item), FIXED]):
        shown = trip(*events)
        assert (shown.uid, shown.itinerary[0].uid) == ("trip_1@kring", "item_1@kring")


def test_rule_14_changing_the_options_keeps_answers_to_remaining_options() -> None:
    answers = given(ANNA, Answer(APRIL, "yes"), Answer(MAY, "no")), given(BERT, Answer(MAY, "if_needed"))
    shown = trip(poll(APRIL, MAY), *answers, poll(MAY, JUNE)).poll
    assert shown is not None
    assert [one.option_id for one in shown.options] == [MAY, JUNE]
    assert shown.answers == (PollAnswer(ANNA, MAY, "no"), PollAnswer(BERT, MAY, "if_needed"))


def test_answering_again_replaces_only_ones_own_answers() -> None:
    answers = given(ANNA, Answer(APRIL, "yes")), given(BERT, Answer(APRIL, "no")), given(ANNA, Answer(MAY, "yes"))
    shown = trip(poll(APRIL, MAY), *answers).poll
    assert shown is not None
    assert shown.answers == (PollAnswer(ANNA, MAY, "yes"), PollAnswer(BERT, APRIL, "no"))


def test_rule_15_a_new_date_or_a_cancellation_increments_the_sequence_of_a_trip() -> None:
    sequences = [
        trip(poll(APRIL, MAY), *events).sequence for events in ([FIXED], [FIXED, CHANGED], [FIXED, CHANGED, OFF])
    ]
    assert sequences == [0, 1, 2]


def test_the_itinerary_is_in_chronological_order() -> None:
    def item(number: int, hour: int) -> dict[str, Any]:
        starts_at = T0 + timedelta(hours=hour)
        plan = Plan(starts_at, starts_at + timedelta(hours=1), Words(digest="t"), Words(digest="p"))
        return {**OF, "item": ItemId(f"item_{number}"), "member": ANNA, "plan": plan}

    late, early = ItineraryItemAdded(**item(1, 15)), ItineraryItemAdded(**item(2, 9))
    assert [one.id for one in trip(late, early).itinerary] == ["item_2", "item_1"]
    first = ItineraryItemChanged(**item(1, 8))
    assert [(one.id, one.sequence) for one in trip(late, early, first).itinerary] == [("item_1", 1), ("item_2", 0)]
    gone = ItineraryItemRemoved(**OF, item=ItemId("item_2"), member=ANNA)
    assert [one.id for one in trip(late, early, gone).itinerary] == ["item_1"]


def test_expenses_are_in_the_order_in_which_they_were_shared() -> None:
    expenses = [
        ExpenseShared(
            **OF,
            expense=ExpenseId(f"expense_{n}"),
            payer=ANNA,
            amount=Money(100, EUR),
            text=Words(digest="t"),
            split=(Share(ANNA, 100),),
            settled_as=None,
        )
        for n in (2, 1)
    ]
    assert [one.id for one in trip(*expenses).expenses] == ["expense_2", "expense_1"]


def test_a_booking_is_requested_confirmed_and_cancelled_or_fails() -> None:
    states = [booking(requested(), *events) for events in ([], [CONFIRMED], [CONFIRMED, cancelled()], [failed()])]
    assert [one.status for one in states] == ["requested", "confirmed", "cancelled", "failed"]
    assert states[2].refund == Money(90, EUR)
