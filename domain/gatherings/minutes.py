"""What was said at a gathering: its minutes, which who was there approves (rule 21)."""

from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.gatherings.attendance import KnowingAttendance

# Refusals


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


# Commands


class KnowingMinutes(KnowingAttendance):
    """How far the minutes are."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.version = 0
        self.approved_version = 0

    def consistency_boundary(self) -> list[Selector]:
        types = [MinutesWritten, MinutesCorrected, MinutesApproved]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.gathering])]

    @applies(MinutesWritten)
    def _(self, version: int) -> None:
        self.version = version

    @applies(MinutesCorrected)
    def _(self, version: int) -> None:
        self.version = version

    @applies(MinutesApproved)
    def _(self, version: int) -> None:
        self.approved_version = version


class WriteMinutes(KnowingMinutes):
    """Write the minutes, or write them anew; once approved, correct them, with a reason, at any time (rule 21)."""

    def __init__(
        self, gathering: GatheringId, *, programme: ProgrammeId, text: Words, based_on: int | None = None, by: Caller
    ) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.text, self.based_on = text, based_on

    def execute(self) -> None:
        planned = self.require_gathering()
        if not (planned.kind == "session" and self.guides(planned)):
            self.require_gathering_there(planned)
        self.require_kept()
        self.require_begun(planned)
        if self.based_on is not None and self.based_on != self.version:
            raise OlderVersion(field="based_on", last=self.version)
        if self.approved_version:
            self.require_reason()
        else:
            self.require_working_time(self.programme)
        kind = MinutesCorrected if self.approved_version else MinutesWritten
        self.record(kind(gathering=self.gathering, programme=self.programme, version=self.version + 1, text=self.text))


class ApproveMinutes(KnowingMinutes):
    """Find the minutes right, as somebody who was there."""

    def execute(self) -> None:
        planned = self.require_gathering()
        person = self.by.person
        self.require_gathering_there(planned)
        assert person is not None, "who gathers is a person"
        self.require_working_time(self.programme)
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
