"""Events of the minutes of a gathering (rule 21)."""

from domain.foundation import (
    Event,
    GatheringId,
    Nobody,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    Words,
)


class OfMinutes(Event, frozen=True, kw_only=True):
    """Base of events about the minutes of a gathering; their versions count from 1. `teams`: the CoPs that met."""

    TAGS = ("gathering", "teams", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    teams: tuple[TeamId, ...]
    version: int


class MinutesWritten(OfMinutes, frozen=True, kw_only=True):
    """The minutes were written, or rewritten before they were approved."""

    TOPIC = "gathering.minutes_written"
    AUDIENCE = Nobody(because="minutes stay among the participants of the gathering")
    REACH = "team"
    SUMMARY = Text(en="The minutes of {gathering} were written.", nl="Het verslag van {gathering} werd geschreven.")

    text: Words


class MinutesCorrected(OfMinutes, frozen=True, kw_only=True):
    """Approved minutes were rewritten; the reason is sealed. They can be approved again."""

    TOPIC = "gathering.minutes_corrected"
    AUDIENCE = Nobody(because="minutes stay among the participants of the gathering")
    REACH = "team"
    SUMMARY = Text(en="The minutes of {gathering} were corrected.", nl="Het verslag van {gathering} werd gecorrigeerd.")

    text: Words


class MinutesApproved(OfMinutes, frozen=True, kw_only=True):
    """Somebody who was present approved this version of the minutes."""

    TOPIC = "gathering.minutes_approved"
    AUDIENCE = Nobody(because="minutes stay among the participants of the gathering")
    REACH = "team"
    SUMMARY = Text(
        en="{person} approved the minutes of {gathering}.", nl="{person} keurde het verslag van {gathering} goed."
    )

    person: PersonId
