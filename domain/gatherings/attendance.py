"""The attendance of gatherings (rule 21)."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import GatheringPlanned
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    Knowledge,
    NotFound,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.gatherings.gathering import GatheringAccess, Gatherings, GatheringState, Roster
from domain.people.rights import Participants
from domain.teams.team import TeamCommand, Teams


class Presence(Struct, frozen=True):
    """Whether a person was present, and why not if they said so."""

    person: PersonId
    present: bool
    why: Words | None = None


# Refusals


class NotAParticipant(Refusal):
    """Rule 29: the participants of the programme at the end of a joint session belong to it."""

    CODE = "not-a-participant"
    STATUS = 422
    TEXT = Text(
        en="Somebody on this list did not take part in the programme at that time.",
        nl="Iemand op deze lijst nam toen niet deel aan de leergang.",
    )


class NotInTheCop(Refusal):
    """Rule 29: the members of a CoP at the end of its own session or gathering belong to it."""

    CODE = "not-in-the-cop"
    STATUS = 422
    TEXT = Text(
        en="Somebody on this list was not in the CoP when it met.",
        nl="Iemand op deze lijst zat niet in de CoP toen die bijeenkwam.",
    )


# Knowledge


class Attendance(Knowledge):
    """The attendance of a gathering, as far as it is recorded. `present`: of each person, whether they were present."""

    def __init__(self, gathering: GatheringId) -> None:
        super().__init__(Selector(types=[AttendanceRecorded, AttendanceCorrected], tags=[gathering]))
        self.gathering = gathering
        self.present: dict[PersonId, bool] = {}

    @applies(AttendanceRecorded)
    def _(self, gathering: GatheringId, person: PersonId, present: bool) -> None:
        if gathering == self.gathering:
            self.present[person] = present

    @applies(AttendanceCorrected)
    def _(self, gathering: GatheringId, person: PersonId, present: bool) -> None:
        if gathering == self.gathering:
            self.present[person] = present


class ExpectedAttendees(Knowledge):
    """The people who are expected at gatherings of a programme: now, or at the position up to which events are loaded."""

    def __init__(self, teams: Teams, programme: ProgrammeId) -> None:
        super().__init__()
        self.teams = teams
        self.participants = Participants(programme)

    def at(self, planned: GatheringPlanned) -> frozenset[PersonId]:
        """All participants of the programme for a joint session, else those of them who are members of its teams."""
        participants = frozenset(self.participants)
        if planned.joint:
            return participants
        return participants.intersection(one for team in planned.teams for one in self.teams.members.get(team, ()))


class RosterAtEnd(Knowledge):
    """The roster of a gathering, to be loaded up to the position at which it ended."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId) -> None:
        super().__init__()
        self.gathering = gathering
        self.teams = Teams()
        self.gatherings = Gatherings(self.teams, programme)
        self.expected = ExpectedAttendees(self.teams, programme)

    def roster(self, ends_at: datetime) -> Roster:
        """Return the roster. Raises `NotFound` if no such gathering was planned by then."""
        planned = self.gatherings.planned.get(self.gathering)
        if planned is None:
            raise NotFound
        return Roster(ends_at, self.expected.at(planned), self.gatherings.teams_at(planned))


# Commands


class RecordAttendance(TeamCommand):
    """Record attendance; once that is recorded, correct it, with a reason, at any time (rules 12, 21, 29).

    `roster`: of a gathering that has ended. None: those who are expected now count, because it is under way or was entered
    afterwards (rule 26).
    """

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        people: tuple[Presence, ...],
        roster: Roster | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme, self.people, self.roster = gathering, programme, people, roster
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)
        self.expected = ExpectedAttendees(self.rights.teams, programme)
        self.attendance = Attendance(gathering)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        self.access.require_organiser(planned)
        self.gathering_state.require_not_cancelled()
        self.not_before = self.gathering_state.require_begun(planned, self.by.at)
        self.gathering_state.require_roster(planned, self.roster)
        listed = self.expected.at(planned) if self.roster is None else self.roster.people
        if not listed.union(self.attendance.present).issuperset(one.person for one in self.people):
            raise (NotAParticipant if planned.joint else NotInTheCop)(field="people")
        if self.attendance.present:
            self._correct()
        else:
            self.rights.teams.require_not_concluded(self.programme)
            self._record(AttendanceRecorded, self.people)

    def _correct(self) -> None:
        self.require_reason()
        changed = [one for one in self.people if one.why or self.attendance.present.get(one.person) is not one.present]
        if not changed:
            raise AsIs
        self._record(AttendanceCorrected, changed)

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
