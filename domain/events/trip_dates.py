"""Events of the date poll of a study trip (rules 13 and 14)."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.events.trip import OfTrip
from domain.foundation import (
    Nobody,
    OptionId,
    PersonId,
    Text,
)

Availability = Literal["yes", "if_needed", "no"]


class DateOption(Struct, frozen=True):
    """A first and a last day on which a trip could be made."""

    option: OptionId
    starts_on: date
    ends_on: date


class Answer(Struct, frozen=True):
    """Whether somebody can come on an option."""

    option: OptionId
    availability: Availability


class DatePollOpened(OfTrip, frozen=True, kw_only=True):
    """Members are asked when they can come; asked again, with these options from here on.

    Answers to an option that stays are kept (rule 14). `answer_by`: no answer is recorded after it.
    """

    TOPIC = "trip.date_poll_opened"
    AUDIENCE = Nobody(because="until its date is fixed a trip is the CoP's own")
    SUMMARY = Text(
        en="{member} asked when everybody can come: {options:# option|# options}.",
        nl="{member} vroeg wanneer iedereen kan: {options:# mogelijkheid|# mogelijkheden}.",
    )

    member: PersonId
    options: tuple[DateOption, ...]
    answer_by: datetime | None


class AvailabilityGiven(OfTrip, frozen=True, kw_only=True):
    """Somebody said when they can come; it replaces what they said before."""

    TOPIC = "trip.availability_given"
    TAGS = ("trip", "person", "team", "programme")
    AUDIENCE = Nobody(because="when somebody can come is between the members")
    SUMMARY = Text(en="{person} said when they can come.", nl="{person} gaf beschikbaarheid door.")

    person: PersonId
    answers: tuple[Answer, ...]
