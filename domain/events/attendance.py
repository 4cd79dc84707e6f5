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
    """Base of what is recorded of somebody's attendance. `why`: sealed under their own key, as it is about them."""

    TAGS = ("person", "gathering", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    person: PersonId
    present: bool
    why: Words | None = None


class AttendanceRecorded(OfAttendance, frozen=True, kw_only=True):
    """Somebody was, or was not, at a gathering."""

    TOPIC = "gathering.attendance_recorded"
    AUDIENCE = Nobody(because="an employer is told nothing of who attends what")
    SUMMARY = Text(
        en="The attendance of {person} at {gathering} was recorded.",
        nl="De aanwezigheid van {person} bij {gathering} werd vastgelegd.",
    )


class AttendanceCorrected(OfAttendance, frozen=True, kw_only=True):
    """What was recorded of somebody's attendance was wrong or missing; why it changes is sealed in the reason."""

    TOPIC = "gathering.attendance_corrected"
    AUDIENCE = Nobody(because="an employer is told nothing of who attends what")
    SUMMARY = Text(
        en="The attendance of {person} at {gathering} was corrected.",
        nl="De aanwezigheid van {person} bij {gathering} werd gecorrigeerd.",
    )
