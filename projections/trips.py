"""Study trips and their bookings."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

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
from domain.events.trip_dates import Availability, AvailabilityGiven, DatePollOpened
from domain.foundation import (
    BookingId,
    Code,
    ExpenseId,
    ItemId,
    Money,
    OptionId,
    Personal,
    PersonId,
    ProgrammeId,
    TeamId,
    TripId,
    Words,
    ZoneName,
)
from projections.query import ViewQuery
from projections.view import Moment, On, View, ids, its, uid

BOOKING_IDS = ids("trip", "team", "programme") | {"replaces": "replaces_id"}
OUTSIDE = Code("outside-trip")
"""An item that lies outside the days of the trip, since the date was fixed or changed after it."""


class Option(Struct, frozen=True):
    """Days on which the trip could be made."""

    option_id: OptionId
    starts_on: date
    ends_on: date


class PollAnswer(Struct, frozen=True):
    """Whether somebody can come on an option."""

    person_id: PersonId
    option_id: OptionId
    availability: Availability


class DatePoll(Struct, frozen=True):
    """The options that stand, and the answers to them."""

    options: tuple[Option, ...]
    answers: tuple[PollAnswer, ...]
    answer_by: datetime | None


class Item(Struct, frozen=True, kw_only=True):
    """What is done from when to when. `timezone`: that of the place. `uid`, `sequence` are iCalendar's (rule 15)."""

    id: ItemId
    uid: str
    status: Literal["planned"] = "planned"
    starts_at: datetime
    ends_at: datetime
    title: Words
    place: Words
    host: Personal | None
    timezone: ZoneName
    sequence: int
    warnings: tuple[Code, ...] = ()


class Part(Struct, frozen=True, rename=ids("person")):
    """What one person bears of an expense, in minor units of its currency."""

    person: PersonId
    amount_minor: int


class Guest(Struct, frozen=True, kw_only=True, rename=ids("person", "trip")):
    """Who was invited to travel along. `id` is the person's."""

    id: PersonId
    person: PersonId
    trip: TripId
    status: Literal["invited"] = "invited"


class Expense(Struct, frozen=True, kw_only=True, rename=ids("booking")):
    """What somebody paid, and whose part is what, in minor units of its currency. `booking`: which it paid, if one."""

    id: ExpenseId
    status: Literal["shared"] = "shared"
    payer: PersonId
    amount: Money
    text: Words
    split: tuple[Part, ...]
    settled_as: Money | None
    booking: BookingId | None
    shared_at: datetime


class Refund(Struct, frozen=True, rename=ids("booking")):
    """What came back of a booking that was cancelled."""

    booking: BookingId
    amount: Money


class Trip(Struct, frozen=True, kw_only=True, rename=ids("team", "programme", "option", "guests")):
    """One row per trip. `bookings`: how many were asked for. `uid`, `sequence` are iCalendar's (rule 15)."""

    id: TripId
    uid: str
    team: TeamId
    programme: ProgrammeId
    status: Literal["idea", "polling", "date_fixed", "booking", "booked", "completed", "cancelled"]
    proposed_by: PersonId
    guests: tuple[PersonId, ...] = ()
    theme: Words
    destination: Words
    timezone: ZoneName
    poll: DatePoll | None = None
    option: OptionId | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    fixed_by: PersonId | None = None
    sequence: int = 0
    itinerary: tuple[Item, ...] = ()
    bookings: int = 0
    expenses: tuple[Expense, ...] = ()
    refunds: tuple[Refund, ...] = ()
    learnings: Words | None = None


class Booking(Struct, frozen=True, kw_only=True, rename=BOOKING_IDS):
    """One row per booking. `replaces`: the booking that it comes instead of, if it does."""

    id: BookingId
    trip: TripId
    team: TeamId
    programme: ProgrammeId
    status: Literal["requested", "confirmed", "failed", "cancelled"]
    kind: Words
    supplier: Words
    amount: Money
    payer: Payer
    required: bool
    free_cancellation_until: datetime | None
    requested_by: PersonId
    replaces: BookingId | None = None
    reference: Words | None = None
    refund: Money | None = None


def guests_of(row: Trip) -> list[Guest]:
    """Who was invited on a trip, in order of id."""
    return [Guest(id=one, person=one, trip=row.id) for one in sorted(row.guests)]


def proposed(_: Trip | None, fact: TripIdeaProposed, __: Moment) -> Trip:
    return Trip(
        id=fact.trip,
        uid=uid(fact.trip),
        team=fact.team,
        programme=fact.programme,
        status="idea",
        proposed_by=fact.member,
        theme=fact.theme,
        destination=fact.destination,
        timezone=fact.timezone,
    )


def polled(row: Trip, fact: DatePollOpened, _: Moment) -> Trip:
    options = tuple(Option(one.option, one.starts_on, one.ends_on) for one in fact.options)
    standing = {one.option_id for one in options}
    before = row.poll.answers if row.poll else ()
    answers = tuple(one for one in before if one.option_id in standing)
    return replace(row, status="polling", poll=DatePoll(options, answers, fact.answer_by))


def answered(row: Trip, fact: AvailabilityGiven, _: Moment) -> Trip:
    assert row.poll is not None, "options are answered once there is a poll"
    others = [one for one in row.poll.answers if one.person_id != fact.person]
    new = [PollAnswer(fact.person, one.option, one.availability) for one in fact.answers]
    answers = tuple(sorted([*others, *new], key=lambda one: (one.person_id, one.option_id)))
    return replace(row, poll=replace(row.poll, answers=answers))


def date_fixed(row: Trip, fact: DateFixed, _: Moment) -> Trip:
    first = row.starts_on is None
    return replace(
        row,
        status=("booking" if row.bookings else "date_fixed") if first else row.status,
        option=fact.option,
        starts_on=fact.starts_on,
        ends_on=fact.ends_on,
        fixed_by=fact.member,
        sequence=row.sequence + (not first),
        itinerary=tuple(_warned(one, fact.starts_on, fact.ends_on) for one in row.itinerary),
    )


def _warned(item: Item, starts_on: date | None, ends_on: date | None) -> Item:
    """The item, with a warning if it lies outside these days; no warning before they are fixed."""
    if starts_on is None or ends_on is None:
        return item
    first, last = Plan(item.starts_at, item.ends_at, item.title, item.place).days(item.timezone)
    return replace(item, warnings=() if starts_on <= first and last <= ends_on else (OUTSIDE,))


def guest_invited(row: Trip, fact: GuestInvited, _: Moment) -> Trip:
    return replace(row, guests=tuple(sorted({*row.guests, fact.person})))


def booked(row: Trip, _: TripBooked, __: Moment) -> Trip:
    return replace(row, status="booked")


def completed(row: Trip, fact: TripCompleted, _: Moment) -> Trip:
    return replace(row, status="completed", learnings=fact.learnings)


def cancelled(row: Trip, _: TripCancelled, __: Moment) -> Trip:
    return replace(row, status="cancelled", sequence=row.sequence + 1)


def one_more_booking(row: Trip, fact: BookingRequested, _: Moment) -> Trip:
    falls_back = row.status == "date_fixed" or (row.status == "booked" and fact.required)
    return replace(row, bookings=row.bookings + 1, status="booking" if falls_back else row.status)


def booking_fell_away(row: Trip, fact: BookingFailed | BookingCancelled, _: Moment) -> Trip:
    return replace(row, status="booking") if fact.required and row.status == "booked" else row


def booking_given_up(row: Trip, fact: BookingCancelled, at: Moment) -> Trip:
    refunds = (*row.refunds, Refund(fact.booking, fact.refund)) if fact.refund else row.refunds
    return replace(booking_fell_away(row, fact, at), refunds=refunds)


def item_set(row: Trip, fact: ItineraryItemAdded | ItineraryItemChanged, _: Moment) -> Trip:
    before = next((one for one in row.itinerary if one.id == fact.item), None)
    item = Item(
        id=fact.item,
        uid=uid(fact.item),
        starts_at=fact.plan.starts_at,
        ends_at=fact.plan.ends_at,
        title=fact.plan.title,
        place=fact.plan.place,
        host=fact.plan.host,
        timezone=fact.plan.timezone or row.timezone,
        sequence=0 if before is None else before.sequence + 1,
    )
    warned = _warned(item, row.starts_on, row.ends_on)
    items = [*(one for one in row.itinerary if one.id != fact.item), warned]
    return replace(row, itinerary=tuple(sorted(items, key=lambda one: (one.starts_at, one.id))))


def item_removed(row: Trip, fact: ItineraryItemRemoved, _: Moment) -> Trip:
    return replace(row, itinerary=tuple(one for one in row.itinerary if one.id != fact.item))


def expense_shared(row: Trip, fact: ExpenseShared, at: Moment) -> Trip:
    expense = Expense(
        id=fact.expense,
        payer=fact.payer,
        amount=fact.amount,
        text=fact.text,
        split=tuple(Part(one.person, one.amount_minor) for one in fact.split),
        settled_as=fact.settled_as,
        booking=fact.booking,
        shared_at=at.recorded_at,
    )
    return replace(row, expenses=(*row.expenses, expense))


def requested(_: Booking | None, fact: BookingRequested, __: Moment) -> Booking:
    return Booking(
        id=fact.booking,
        trip=fact.trip,
        team=fact.team,
        programme=fact.programme,
        status="requested",
        kind=fact.kind,
        supplier=fact.supplier,
        amount=fact.amount,
        payer=fact.payer,
        required=fact.required,
        free_cancellation_until=fact.free_cancellation_until,
        requested_by=fact.member,
        replaces=fact.replaces,
    )


def confirmed(row: Booking, fact: BookingConfirmed, _: Moment) -> Booking:
    return replace(row, status="confirmed", reference=fact.reference)


def failed(row: Booking, _: BookingFailed, __: Moment) -> Booking:
    return replace(row, status="failed")


def given_up(row: Booking, fact: BookingCancelled, _: Moment) -> Booking:
    return replace(row, status="cancelled", refund=fact.refund)


TRIPS = View(
    "trips",
    Trip,
    {
        TripIdeaProposed: On(its("trip"), proposed),
        GuestInvited: On(its("trip"), guest_invited),
        DatePollOpened: On(its("trip"), polled),
        AvailabilityGiven: On(its("trip"), answered),
        DateFixed: On(its("trip"), date_fixed),
        TripBooked: On(its("trip"), booked),
        TripCompleted: On(its("trip"), completed),
        TripCancelled: On(its("trip"), cancelled),
        BookingRequested: On(its("trip"), one_more_booking),
        BookingFailed: On(its("trip"), booking_fell_away),
        BookingCancelled: On(its("trip"), booking_given_up),
        ItineraryItemAdded: On(its("trip"), item_set),
        ItineraryItemChanged: On(its("trip"), item_set),
        ItineraryItemRemoved: On(its("trip"), item_removed),
        ExpenseShared: On(its("trip"), expense_shared),
    },
)
BOOKINGS = View(
    "bookings",
    Booking,
    {
        BookingRequested: On(its("booking"), requested),
        BookingConfirmed: On(its("booking"), confirmed),
        BookingFailed: On(its("booking"), failed),
        BookingCancelled: On(its("booking"), given_up),
    },
)

TRIPS_OF_TEAM = ViewQuery(
    """
    -- The trips of one CoP, as they were proposed; to guests ($4 false) those to which they were invited ($5).
    select * from {trips} where team_id = $3 and key > $1 and ($4 or key = any($5)) order by key limit $2
    """,
    TRIPS,
)

BOOKINGS_OF_TRIP = ViewQuery(
    """
    -- What was asked for, for one trip.
    select * from {bookings} where trip_id = $3 and key > $1 order by key limit $2
    """,
    BOOKINGS,
)
