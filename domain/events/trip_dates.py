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
    """A possible first and last day of a trip."""

    option: OptionId
    starts_on: date
    ends_on: date


class Answer(Struct, frozen=True):
    """A person's availability for an option."""

    option: OptionId
    availability: Availability


class DatePollOpened(OfTrip, frozen=True, kw_only=True):
    """A date poll was opened, or replaced by these options.

    Answers to options that stay remain valid (rule 14). `answer_by`: no answer is accepted after it.
    """

    TOPIC = "trip.date_poll_opened"
    AUDIENCE = Nobody(because="until its date is fixed a trip is the CoP's own")
    REACH = "team"
    SUMMARY = Text(
        en="{member} opened a date poll with {options:# option|# options}.",
        nl="{member} opende een datumprikker met {options:# mogelijkheid|# mogelijkheden}.",
    )

    member: PersonId
    options: tuple[DateOption, ...]
    answer_by: datetime | None


class AvailabilityGiven(OfTrip, frozen=True, kw_only=True):
    """Somebody gave their availability, which replaces their earlier answer."""

    TOPIC = "trip.availability_given"
    TAGS = ("trip", "person", "team", "programme")
    AUDIENCE = Nobody(because="availability is between the members")
    REACH = "team"
    SUMMARY = Text(en="{person} gave their availability.", nl="{person} gaf beschikbaarheid door.")

    person: PersonId
    answers: tuple[Answer, ...]
