"""What is kept of a gathering: who was there, and what was said (rule 21)."""

from collections.abc import Iterable

from msgspec import Struct

from domain.foundation import (
    AsIs,
    Caller,
    Fact,
    GatheringId,
    Nobody,
    NotAllowed,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    learns,
)
from domain.gathering import GatheringPlanned, OnGathering
from domain.roles import ENROLMENT_FACTS


class Presence(Struct, frozen=True):
    """Whether somebody was there, and why not if they said so."""

    person: PersonId
    present: bool
    why: Words | None = None


# Facts


class OfAttendance(Fact, frozen=True, kw_only=True):
    """Base of what is recorded of somebody's attendance. `why`: sealed under their own key, as it is about them."""

    CONCERNS = ("person", "gathering", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    person: PersonId
    present: bool
    why: Words | None = None


class AttendanceRecorded(OfAttendance, frozen=True, kw_only=True):
    """Somebody was, or was not, at a gathering."""

    TOPIC = "gathering.attendance_recorded"
    AUDIENCE = Nobody(because="an employer is told nothing of who attends what")
    AUDIT = Text(
        en="The attendance of {person} at {gathering} was recorded.",
        nl="De aanwezigheid van {person} bij {gathering} werd vastgelegd.",
    )


class AttendanceCorrected(OfAttendance, frozen=True, kw_only=True):
    """What was recorded of somebody's attendance was wrong or missing; why it changes is sealed in the reason."""

    TOPIC = "gathering.attendance_corrected"
    AUDIENCE = Nobody(because="an employer is told nothing of who attends what")
    AUDIT = Text(
        en="The attendance of {person} at {gathering} was corrected.",
        nl="De aanwezigheid van {person} bij {gathering} werd gecorrigeerd.",
    )


class OfMinutes(Fact, frozen=True, kw_only=True):
    """Base of what is recorded of the minutes of a gathering; their versions count from 1."""

    CONCERNS = ("gathering", "programme")

    gathering: GatheringId
    programme: ProgrammeId
    version: int


class MinutesWritten(OfMinutes, frozen=True, kw_only=True):
    """The minutes have a text, or another one."""

    TOPIC = "gathering.minutes_written"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    AUDIT = Text(en="The minutes of {gathering} were written.", nl="Het verslag van {gathering} werd geschreven.")

    text: Words


class MinutesCorrected(OfMinutes, frozen=True, kw_only=True):
    """Minutes that had been approved have another text; why is sealed in the reason. They may be approved again."""

    TOPIC = "gathering.minutes_corrected"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    AUDIT = Text(en="The minutes of {gathering} were corrected.", nl="Het verslag van {gathering} werd gecorrigeerd.")

    text: Words


class MinutesApproved(OfMinutes, frozen=True, kw_only=True):
    """Somebody who was there found this version of the minutes right."""

    TOPIC = "gathering.minutes_approved"
    AUDIENCE = Nobody(because="what was said stays among those who gather")
    AUDIT = Text(
        en="{person} approved the minutes of {gathering}.", nl="{person} keurde het verslag van {gathering} goed."
    )

    person: PersonId


# Refusals


class Cancelled(Refusal):
    """Of what did not take place there is nothing to keep."""

    CODE = "gathering-cancelled"
    TEXT = Text(en="This gathering was cancelled.", nl="Deze bijeenkomst is afgelast.")


class NotAParticipant(Refusal):
    """Attendance is of participants of the programme."""

    CODE = "not-a-participant"
    STATUS = 422
    TEXT = Text(
        en="Somebody on this list does not take part in the programme.",
        nl="Iemand op deze lijst neemt niet deel aan de leergang.",
    )


class OlderVersion(Refusal):
    """Rule 16: a revision names the version that it is based on, and that is the last."""

    CODE = "older-version"
    TEXT = Text(
        en="The minutes changed since: the last version is {last}.",
        nl="Het verslag is intussen gewijzigd: de laatste versie is {last}.",
    )


class NoMinutes(Refusal):
    """Minutes are approved once they are written."""

    CODE = "no-minutes"
    TEXT = Text(en="There are no minutes yet.", nl="Er is nog geen verslag.")


class WasNotThere(Refusal):
    """Minutes are approved by a member who was present."""

    CODE = "was-not-there"
    STATUS = 403
    TEXT = Text(
        en="Minutes are approved by somebody who was recorded as present.",
        nl="Een verslag wordt goedgekeurd door iemand die aanwezig was.",
    )


# Attendance


class KnowingAttendance(OnGathering):
    """Who was recorded as present or absent."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.attendance: dict[PersonId, bool] = {}

    def consistency_boundary(self) -> list[Selector]:
        types = [AttendanceRecorded, AttendanceCorrected]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.gathering])]

    @learns(AttendanceRecorded)
    def _(self, person: PersonId, present: bool) -> None:
        self.attendance[person] = present

    @learns(AttendanceCorrected)
    def _(self, person: PersonId, present: bool) -> None:
        self.attendance[person] = present

    def require_kept(self) -> GatheringPlanned:
        """Raises `NotFound`, or `Cancelled`."""
        planned = self.require_gathering()
        if self.gathering in self.cancelled:
            raise Cancelled
        return planned


class RecordAttendance(KnowingAttendance):
    """Say who was there; once that is recorded, correct it, with a reason (rule 21)."""

    def __init__(
        self, gathering: GatheringId, *, programme: ProgrammeId, people: tuple[Presence, ...], by: Caller
    ) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.people = people

    def consistency_boundary(self) -> list[Selector]:
        enrolments = Selector(types=ENROLMENT_FACTS, tags=[self.programme])
        return [*super().consistency_boundary(), enrolments]

    def execute(self) -> None:
        planned = self.require_gathering()
        self.require_organiser(planned)
        self.require_kept()
        if not all(self._may_be_listed(one.person) for one in self.people):
            raise NotAParticipant(field="people")
        if self.attendance:
            self._correct()
        else:
            self._record(AttendanceRecorded, self.people)

    def _correct(self) -> None:
        self.require_reason()
        changed = [one for one in self.people if one.why or self.attendance.get(one.person) is not one.present]
        if not changed:
            raise AsIs
        self._record(AttendanceCorrected, changed)

    def _may_be_listed(self, person: PersonId) -> bool:
        return person in self.attendance or (person, self.programme) in self.participants

    def _record(self, kind: type[AttendanceRecorded | AttendanceCorrected], people: Iterable[Presence]) -> None:
        for one in people:
            self.record(
                kind(
                    gathering=self.gathering,
                    programme=self.programme,
                    person=one.person,
                    present=one.present,
                    why=one.why,
                )
            )


# Minutes


class KnowingMinutes(KnowingAttendance):
    """How far the minutes are."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.version = 0
        self.approved_version = 0

    def consistency_boundary(self) -> list[Selector]:
        types = [MinutesWritten, MinutesCorrected, MinutesApproved]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.gathering])]

    @learns(MinutesWritten)
    def _(self, version: int) -> None:
        self.version = version

    @learns(MinutesCorrected)
    def _(self, version: int) -> None:
        self.version = version

    @learns(MinutesApproved)
    def _(self, version: int) -> None:
        self.approved_version = version


class WriteMinutes(KnowingMinutes):
    """Write the minutes, or write them anew; once approved, correct them, with a reason (rule 21)."""

    def __init__(
        self, gathering: GatheringId, *, programme: ProgrammeId, text: Words, based_on: int | None = None, by: Caller
    ) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.text, self.based_on = text, based_on

    def execute(self) -> None:
        planned = self.require_gathering()
        if not (self.comes_to(planned) or (planned.kind == "session" and self.guides(planned))):
            raise NotAllowed
        self.require_kept()
        if self.based_on is not None and self.based_on != self.version:
            raise OlderVersion(last=self.version)
        if self.approved_version:
            self.require_reason()
        kind = MinutesCorrected if self.approved_version else MinutesWritten
        self.record(kind(gathering=self.gathering, programme=self.programme, version=self.version + 1, text=self.text))


class ApproveMinutes(KnowingMinutes):
    """Find the minutes right, as somebody who was there."""

    def execute(self) -> None:
        planned = self.require_gathering()
        person = self.by.person
        if person is None or not self.comes_to(planned):
            raise NotAllowed
        self.require_kept()
        if not self.attendance.get(person, False):
            raise WasNotThere
        if self.version == 0:
            raise NoMinutes
        if self.approved_version == self.version:
            raise AsIs
        self.record(
            MinutesApproved(gathering=self.gathering, programme=self.programme, version=self.version, person=person)
        )
