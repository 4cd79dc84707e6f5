"""Events of the minutes of a gathering (rule 21)."""

from domain.foundation import (
    Event,
    GatheringId,
    Nobody,
    PersonId,
    ProgrammeId,
    Text,
    Words,
)


class OfMinutes(Event, frozen=True, kw_only=True):
    """Base of what is recorded of the minutes of a gathering; their versions count from 1."""

    TAGS = ("gathering", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    version: int


class MinutesWritten(OfMinutes, frozen=True, kw_only=True):
    """The minutes have a text, or another one."""

    TOPIC = "gathering.minutes_written"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    SUMMARY = Text(en="The minutes of {gathering} were written.", nl="Het verslag van {gathering} werd geschreven.")

    text: Words


class MinutesCorrected(OfMinutes, frozen=True, kw_only=True):
    """Minutes that had been approved have another text; why is sealed in the reason. They may be approved again."""

    TOPIC = "gathering.minutes_corrected"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    SUMMARY = Text(en="The minutes of {gathering} were corrected.", nl="Het verslag van {gathering} werd gecorrigeerd.")

    text: Words


class MinutesApproved(OfMinutes, frozen=True, kw_only=True):
    """Somebody who was there found this version of the minutes right."""

    TOPIC = "gathering.minutes_approved"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    SUMMARY = Text(
        en="{person} approved the minutes of {gathering}.", nl="{person} keurde het verslag van {gathering} goed."
    )

    person: PersonId
