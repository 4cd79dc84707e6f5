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
from projections.view import EventMetadata, On, View, ids, one_row, uid

BOOKING_IDS = ids("trip", "team", "programme") | {"replaces": "replaces_id"}
OUTSIDE = Code("outside-trip")
"""The warning about an item outside the days of the trip, which were fixed or changed after it was added."""


class Option(Struct, frozen=True):
    """A possible first and last day of the trip."""

    option_id: OptionId
    starts_on: date
    ends_on: date


class PollAnswer(Struct, frozen=True):
    """The availability of a person on an option."""

    person_id: PersonId
    option_id: OptionId
    availability: Availability


class DatePoll(Struct, frozen=True):
    """The present options, and the answers to them."""

    options: tuple[Option, ...]
    answers: tuple[PollAnswer, ...]
    answer_by: datetime | None


class Item(Struct, frozen=True, kw_only=True):
    """An item of the itinerary. `timezone`: that of the place. `uid`, `sequence`: those of iCalendar (rule 15)."""

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
    """The part of an expense that one person bears, in minor units of its currency."""

    person: PersonId
    amount_minor: int


class Guest(Struct, frozen=True, kw_only=True, rename=ids("person", "trip")):
    """A guest of a trip. `id`: that of the person."""

    id: PersonId
    person: PersonId
    trip: TripId
    status: Literal["invited"] = "invited"


class Expense(Struct, frozen=True, kw_only=True, rename=ids("booking")):
    """An expense and its parts, in minor units of its currency. `booking`: the one that it paid, if any."""

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
    """The refund of a cancelled booking."""

    booking: BookingId
    amount: Money


class Trip(Struct, frozen=True, kw_only=True, rename=ids("team", "programme", "option", "guests")):
    """One row per trip. `bookings`: the number of requested ones. `uid`, `sequence`: those of iCalendar (rule 15)."""

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
    """One row per booking. `replaces`: the booking that it replaces, if any."""

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
    """The guests of a trip, in order of id."""
    return [Guest(id=one, person=one, trip=row.id) for one in sorted(row.guests)]


def proposed(_: Trip | None, event: TripIdeaProposed, __: EventMetadata) -> Trip:
    return Trip(
        id=event.trip,
        uid=uid(event.trip),
        team=event.team,
        programme=event.programme,
        status="idea",
        proposed_by=event.member,
        theme=event.theme,
        destination=event.destination,
        timezone=event.timezone,
    )


def polled(row: Trip, event: DatePollOpened, _: EventMetadata) -> Trip:
    options = tuple(Option(one.option, one.starts_on, one.ends_on) for one in event.options)
    standing = {one.option_id for one in options}
    before = row.poll.answers if row.poll else ()
    answers = tuple(one for one in before if one.option_id in standing)
    return replace(row, status="polling", poll=DatePoll(options, answers, event.answer_by))


def answered(row: Trip, event: AvailabilityGiven, _: EventMetadata) -> Trip:
    assert row.poll is not None, "options are answered once there is a poll"
    others = [one for one in row.poll.answers if one.person_id != event.person]
    new = [PollAnswer(event.person, one.option, one.availability) for one in event.answers]
    answers = tuple(sorted([*others, *new], key=lambda one: (one.person_id, one.option_id)))
    return replace(row, poll=replace(row.poll, answers=answers))


def date_fixed(row: Trip, event: DateFixed, _: EventMetadata) -> Trip:
    first = row.starts_on is None
    return replace(
        row,
        status=("booking" if row.bookings else "date_fixed") if first else row.status,
        option=event.option,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        fixed_by=event.member,
        sequence=row.sequence + (not first),
        itinerary=tuple(_warned(one, event.starts_on, event.ends_on) for one in row.itinerary),
    )


def _warned(item: Item, starts_on: date | None, ends_on: date | None) -> Item:
    """The item, with a warning if it is outside these days; without one if they are not fixed."""
    if starts_on is None or ends_on is None:
        return item
    first, last = Plan(item.starts_at, item.ends_at, item.title, item.place).days(item.timezone)
    return replace(item, warnings=() if starts_on <= first and last <= ends_on else (OUTSIDE,))


def guest_invited(row: Trip, event: GuestInvited, _: EventMetadata) -> Trip:
    return replace(row, guests=tuple(sorted({*row.guests, event.person})))


def booked(row: Trip, _: TripBooked, __: EventMetadata) -> Trip:
    return replace(row, status="booked")


def completed(row: Trip, event: TripCompleted, _: EventMetadata) -> Trip:
    return replace(row, status="completed", learnings=event.learnings)


def cancelled(row: Trip, _: TripCancelled, __: EventMetadata) -> Trip:
    return replace(row, status="cancelled", sequence=row.sequence + 1)


def booking_requested(row: Trip, event: BookingRequested, _: EventMetadata) -> Trip:
    reopens = row.status == "date_fixed" or (row.status == "booked" and event.required)
    return replace(row, bookings=row.bookings + 1, status="booking" if reopens else row.status)


def booking_dropped(row: Trip, event: BookingFailed | BookingCancelled, _: EventMetadata) -> Trip:
    return replace(row, status="booking") if event.required and row.status == "booked" else row


def booking_cancelled(row: Trip, event: BookingCancelled, at: EventMetadata) -> Trip:
    refunds = (*row.refunds, Refund(event.booking, event.refund)) if event.refund else row.refunds
    return replace(booking_dropped(row, event, at), refunds=refunds)


def item_set(row: Trip, event: ItineraryItemAdded | ItineraryItemChanged, _: EventMetadata) -> Trip:
    before = next((one for one in row.itinerary if one.id == event.item), None)
    item = Item(
        id=event.item,
        uid=uid(event.item),
        starts_at=event.plan.starts_at,
        ends_at=event.plan.ends_at,
        title=event.plan.title,
        place=event.plan.place,
        host=event.plan.host,
        timezone=event.plan.timezone or row.timezone,
        sequence=0 if before is None else before.sequence + 1,
    )
    warned = _warned(item, row.starts_on, row.ends_on)
    items = [*(one for one in row.itinerary if one.id != event.item), warned]
    return replace(row, itinerary=tuple(sorted(items, key=lambda one: (one.starts_at, one.id))))


def item_removed(row: Trip, event: ItineraryItemRemoved, _: EventMetadata) -> Trip:
    return replace(row, itinerary=tuple(one for one in row.itinerary if one.id != event.item))


def expense_shared(row: Trip, event: ExpenseShared, at: EventMetadata) -> Trip:
    expense = Expense(
        id=event.expense,
        payer=event.payer,
        amount=event.amount,
        text=event.text,
        split=tuple(Part(one.person, one.amount_minor) for one in event.split),
        settled_as=event.settled_as,
        booking=event.booking,
        shared_at=at.recorded_at,
    )
    return replace(row, expenses=(*row.expenses, expense))


def requested(_: Booking | None, event: BookingRequested, __: EventMetadata) -> Booking:
    return Booking(
        id=event.booking,
        trip=event.trip,
        team=event.team,
        programme=event.programme,
        status="requested",
        kind=event.kind,
        supplier=event.supplier,
        amount=event.amount,
        payer=event.payer,
        required=event.required,
        free_cancellation_until=event.free_cancellation_until,
        requested_by=event.member,
        replaces=event.replaces,
    )


def confirmed(row: Booking, event: BookingConfirmed, _: EventMetadata) -> Booking:
    return replace(row, status="confirmed", reference=event.reference)


def failed(row: Booking, _: BookingFailed, __: EventMetadata) -> Booking:
    return replace(row, status="failed")


def cancelled_booking(row: Booking, event: BookingCancelled, _: EventMetadata) -> Booking:
    return replace(row, status="cancelled", refund=event.refund)


TRIPS = View(
    "trips",
    Trip,
    {
        TripIdeaProposed: On(one_row("trip"), proposed),
        GuestInvited: On(one_row("trip"), guest_invited),
        DatePollOpened: On(one_row("trip"), polled),
        AvailabilityGiven: On(one_row("trip"), answered),
        DateFixed: On(one_row("trip"), date_fixed),
        TripBooked: On(one_row("trip"), booked),
        TripCompleted: On(one_row("trip"), completed),
        TripCancelled: On(one_row("trip"), cancelled),
        BookingRequested: On(one_row("trip"), booking_requested),
        BookingFailed: On(one_row("trip"), booking_dropped),
        BookingCancelled: On(one_row("trip"), booking_cancelled),
        ItineraryItemAdded: On(one_row("trip"), item_set),
        ItineraryItemChanged: On(one_row("trip"), item_set),
        ItineraryItemRemoved: On(one_row("trip"), item_removed),
        ExpenseShared: On(one_row("trip"), expense_shared),
    },
)
BOOKINGS = View(
    "bookings",
    Booking,
    {
        BookingRequested: On(one_row("booking"), requested),
        BookingConfirmed: On(one_row("booking"), confirmed),
        BookingFailed: On(one_row("booking"), failed),
        BookingCancelled: On(one_row("booking"), cancelled_booking),
    },
)

TRIPS_OF_TEAM = ViewQuery(
    """
    -- The trips of one CoP, in the order in which they were proposed: all ($4), or those to which the reader was invited ($5).
    select * from {trips} where team_id = $3 and key > $1 and ($4 or key = any($5)) order by key limit $2
    """,
    TRIPS,
)

BOOKINGS_OF_TRIP = ViewQuery(
    """
    -- The bookings of one trip.
    select * from {bookings} where trip_id = $3 and key > $1 order by key limit $2
    """,
    BOOKINGS,
)
