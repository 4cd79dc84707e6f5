"""A team's trip, step by step, and a command for every decision about it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.events.itinerary import Plan
from domain.events.roles import FacilitatorAssigned, ParticipantEnrolled
from domain.events.team import TeamFormed
from domain.events.trip import BookingRequested, DateFixed, Payer, TripIdeaProposed
from domain.events.trip_dates import DateOption, DatePollOpened
from domain.foundation import (
    BookingId,
    Caller,
    ChallengeId,
    Command,
    Currency,
    Event,
    ExpenseId,
    ItemId,
    Money,
    OptionId,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TeamId,
    TripId,
    Words,
    ZoneName,
)
from domain.trips.booking import CancelBooking, ConfirmBooking, FailBooking, RequestBooking
from domain.trips.dates import FixDate, GiveAvailability, OpenDatePoll
from domain.trips.expense import ShareExpense
from domain.trips.itinerary import AddItem
from domain.trips.lifecycle import CancelTrip, CompleteTrip, DeclareBooked
from tests.domain.examples.deciding import NOW, caller


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


PROGRAMME, TEAM = ProgrammeId(id_of("programme", 1)), TeamId(id_of("team", 1))
ANNA, BERT, CHRIS, EVE, GUIDE, CONTACT = (PersonId(id_of("person", n)) for n in range(1, 7))
BANK = OrganisationId(id_of("organisation", 1))
TRIP = TripId(id_of("trip", 1))
HOTEL, TRAIN = (BookingId(id_of("booking", n)) for n in (1, 2))
APRIL, MAY, JUNE = (OptionId(id_of("option", n)) for n in (4, 5, 6))
EUR = Currency("EUR")
OF_TRIP: dict[str, Any] = {"trip": TRIP, "team": TEAM, "programme": PROGRAMME}
A_MEMBER, ANOTHER = caller("participant", ANNA), caller("participant", BERT)
IDEA = TripIdeaProposed(
    **OF_TRIP,
    organisation=BANK,
    member=ANNA,
    theme=Words("Hubs"),
    destination=Words("Rotterdam"),
    timezone=ZoneName("Europe/Amsterdam"),
)
GIVEN: list[Event] = [
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=BANK) for one in (ANNA, BERT, CHRIS, EVE)),
    TeamFormed(
        team=TEAM,
        programme=PROGRAMME,
        challenge=ChallengeId(id_of("challenge", 1)),
        organisation=BANK,
        number=1,
        members=(ANNA, BERT, CHRIS),
    ),
    IDEA,
]


def option(id_: OptionId, month: int, days: int = 2) -> DateOption:
    return DateOption(id_, date(2017, month, 10), date(2017, month, 9) + timedelta(days=days))


POLL = DatePollOpened(**OF_TRIP, member=ANNA, options=(option(APRIL, 4), option(MAY, 5)), answer_by=None)
FIXED = DateFixed(
    **OF_TRIP, organisation=BANK, member=ANNA, option=APRIL, starts_on=date(2017, 4, 10), ends_on=date(2017, 4, 11)
)


def requested(id_: BookingId, *, required: bool = True, replaces: BookingId | None = None) -> BookingRequested:
    return BookingRequested(
        **OF_TRIP,
        booking=id_,
        member=ANNA,
        kind=Words("Hotel"),
        supplier=Words("Hotel New York"),
        amount=Money(40_000, EUR),
        payer=Payer(organisation_id=BANK),
        required=required,
        free_cancellation_until=None,
        replaces=replaces,
    )


def every_decision(by: Caller) -> list[Command]:
    money, plan = Money(100, EUR), Plan(NOW, NOW + timedelta(hours=1), Words("Bezoek"), Words("Rotterdam"))
    return [
        OpenDatePoll(TRIP, options=(option(JUNE, 6),), by=by),
        GiveAvailability(TRIP, answers=(), by=by),
        FixDate(TRIP, option=MAY, by=by),
        AddItem(ItemId(id_of("item", 1)), trip=TRIP, plan=plan, by=by),
        RequestBooking(
            TRAIN, trip=TRIP, kind=Words("Trein"), supplier=Words("NS"), amount=money, payer=Payer(ANNA), by=by
        ),
        ConfirmBooking(HOTEL, trip=TRIP, reference=Words("ABC"), by=by),
        FailBooking(HOTEL, trip=TRIP, team=TEAM, by=by),
        CancelBooking(HOTEL, trip=TRIP, team=TEAM, by=by),
        ShareExpense(ExpenseId(id_of("expense", 1)), **OF_TRIP, payer=ANNA, amount=money, text=Words("Lunch"), by=by),
        DeclareBooked(TRIP, by=by),
        CompleteTrip(TRIP, learnings=Words("Veel"), by=by),
        CancelTrip(TRIP, team=TEAM, by=by),
    ]


def plan(day: int, hour: int, hours: int = 1) -> Plan:
    starts_at = datetime(2017, 4, day, hour, tzinfo=UTC)
    return Plan(starts_at, starts_at + timedelta(hours=hours), Words("Bezoek"), Words("Rotterdam"), Personal("Mw. X"))
