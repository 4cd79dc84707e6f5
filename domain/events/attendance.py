"""Events of attendance at gatherings (rule 21)."""

from domain.foundation import (
    Event,
    GatheringId,
    Nobody,
    PersonId,
    ProgrammeId,
    Text,
    Words,
)


class OfAttendance(Event, frozen=True, kw_only=True):
    """Base of events about a person's attendance. `why`: sealed under their own key, since it is about them."""

    TAGS = ("person", "gathering", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    person: PersonId
    present: bool
    why: Words | None = None


class AttendanceRecorded(OfAttendance, frozen=True, kw_only=True):
    """A person was present at a gathering, or absent."""

    TOPIC = "gathering.attendance_recorded"
    AUDIENCE = Nobody(because="attendance is no business of employers")
    REACH = "guides"
    SUMMARY = Text(
        en="The attendance of {person} at {gathering} was recorded.",
        nl="De aanwezigheid van {person} bij {gathering} werd vastgelegd.",
    )


class AttendanceCorrected(OfAttendance, frozen=True, kw_only=True):
    """A wrong or missing attendance was corrected; the reason is sealed."""

    TOPIC = "gathering.attendance_corrected"
    AUDIENCE = Nobody(because="attendance is no business of employers")
    REACH = "guides"
    SUMMARY = Text(
        en="The attendance of {person} at {gathering} was corrected.",
        nl="De aanwezigheid van {person} bij {gathering} werd gecorrigeerd.",
    )
