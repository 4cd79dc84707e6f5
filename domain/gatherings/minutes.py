"""The minutes of gatherings, which people who were present approve (rule 21)."""

from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    Knowledge,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.gatherings.attendance import Attendance
from domain.gatherings.gathering import GatheringAccess, GatheringState
from domain.teams.team import TeamCommand

# Refusals


class OlderVersion(Refusal):
    """Rule 16: a revision names the version that it is based on, which must be the last."""

    CODE = "older-version"
    TEXT = Text(
        en="The minutes have changed since: the last version is {last}.",
        nl="Het verslag is intussen gewijzigd: de laatste versie is {last}.",
    )


class NoMinutes(Refusal):
    """Minutes can be approved once they are written."""

    CODE = "no-minutes"
    TEXT = Text(en="There are no minutes yet.", nl="Er is nog geen verslag.")


class WasNotThere(Refusal):
    """Minutes are approved by a member who was present."""

    CODE = "was-not-there"
    STATUS = 403
    TEXT = Text(
        en="Only somebody who was recorded as present can approve the minutes.",
        nl="Alleen wie als aanwezig is vastgelegd, kan het verslag goedkeuren.",
    )


# Knowledge


class Minutes(Knowledge):
    """The minutes of a gathering: the last version (0: none) and the last one that was approved."""

    def __init__(self, gathering: GatheringId) -> None:
        super().__init__(Selector(types=[MinutesWritten, MinutesCorrected, MinutesApproved], tags=[gathering]))
        self.gathering = gathering
        self.version = 0
        self.approved_version = 0

    @applies(MinutesWritten)
    def _(self, gathering: GatheringId, version: int) -> None:
        if gathering == self.gathering:
            self.version = version

    @applies(MinutesCorrected)
    def _(self, gathering: GatheringId, version: int) -> None:
        if gathering == self.gathering:
            self.version = version

    @applies(MinutesApproved)
    def _(self, gathering: GatheringId, version: int) -> None:
        if gathering == self.gathering:
            self.approved_version = version


# Commands


class WriteMinutes(TeamCommand):
    """Write or rewrite the minutes; once they are approved, correct them, with a reason, at any time (rule 21)."""

    def __init__(
        self, gathering: GatheringId, *, programme: ProgrammeId, text: Words, based_on: int | None = None, by: Caller
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme, self.text, self.based_on = gathering, programme, text, based_on
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)
        self.minutes = Minutes(gathering)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        if not (planned.kind == "session" and self.access.is_facilitator(planned)):
            self.access.require_expected(planned)
        self.gathering_state.require_not_cancelled()
        self.not_before = self.gathering_state.require_begun(planned, self.by.at)
        if self.based_on is not None and self.based_on != self.minutes.version:
            raise OlderVersion(field="based_on", last=self.minutes.version)
        if self.minutes.approved_version:
            self.require_reason()
        else:
            self.rights.teams.require_not_concluded(self.programme)
        kind = MinutesCorrected if self.minutes.approved_version else MinutesWritten
        self.record(
            kind(
                gathering=self.gathering,
                programme=self.programme,
                teams=self.gathering_state.teams_that_met(planned),
                version=self.minutes.version + 1,
                text=self.text,
            )
        )


class ApproveMinutes(TeamCommand):
    """Approve the minutes, as somebody who was present."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(by)
        self.gathering, self.programme = gathering, programme
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)
        self.attendance = Attendance(gathering)
        self.minutes = Minutes(gathering)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        person = self.by.person
        self.access.require_expected(planned)
        assert person is not None, "the caller participates as a person"
        self.rights.teams.require_not_concluded(self.programme)
        self.gathering_state.require_not_cancelled()
        if not self.attendance.present.get(person, False):
            raise WasNotThere
        version = self.minutes.version
        if version == 0:
            raise NoMinutes
        if self.minutes.approved_version == version:
            raise AsIs
        self.record(
            MinutesApproved(
                gathering=self.gathering,
                programme=self.programme,
                teams=self.gathering_state.teams_that_met(planned),
                version=version,
                person=person,
            )
        )
