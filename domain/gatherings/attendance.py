"""Who was at a gathering (rule 21)."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import GatheringPlanned
from domain.events.roles import ENROLMENT_EVENTS
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    NotFound,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)
from domain.gatherings.gathering import OnGathering, Roster


class Presence(Struct, frozen=True):
    """Whether somebody was there, and why not if they said so."""

    person: PersonId
    present: bool
    why: Words | None = None


# Refusals


class Cancelled(Refusal):
    """Of what did not take place there is nothing to keep."""

    CODE = "gathering-cancelled"
    TEXT = Text(en="This gathering was cancelled.", nl="Deze bijeenkomst is afgelast.")


class NotAParticipant(Refusal):
    """Rule 29: to a joint session come those who took part in the programme when it ended."""

    CODE = "not-a-participant"
    STATUS = 422
    TEXT = Text(
        en="Somebody on this list did not take part in the programme then.",
        nl="Iemand op deze lijst nam toen niet deel aan de leergang.",
    )


class NotInTheCop(Refusal):
    """Rule 29: to a CoP's own date or gathering come those who were in it when it ended."""

    CODE = "not-in-the-cop"
    STATUS = 422
    TEXT = Text(
        en="Somebody on this list was not in the CoP when it gathered.",
        nl="Iemand op deze lijst zat niet in de CoP toen die bijeenkwam.",
    )


# Commands


class KnowingAttendance(OnGathering):
    """Who was recorded as present or absent."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(gathering, programme=programme, by=by)
        self.attendance: dict[PersonId, bool] = {}

    def consistency_boundary(self) -> list[Selector]:
        types = [AttendanceRecorded, AttendanceCorrected]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.gathering])]

    @applies(AttendanceRecorded)
    def _(self, person: PersonId, present: bool) -> None:
        self.attendance[person] = present

    @applies(AttendanceCorrected)
    def _(self, person: PersonId, present: bool) -> None:
        self.attendance[person] = present

    def require_kept(self) -> None:
        """Raises `Cancelled`."""
        if self.gathering in self.cancelled:
            raise Cancelled


class KnowingRoster(OnGathering):
    """The people who could come to a gathering, as they are known so far."""

    def consistency_boundary(self) -> list[Selector]:
        enrolments = Selector(types=ENROLMENT_EVENTS, tags=[self.programme])
        return [*super().consistency_boundary(), enrolments]

    def who_could_come(self, planned: GatheringPlanned) -> frozenset[PersonId]:
        """All participants of the programme to a joint session, else the members of its teams among them."""
        participants = frozenset(person for person, programme in self.participants if programme == self.programme)
        if planned.joint:
            return participants
        return participants.intersection(one for team in planned.teams for one in self.members.get(team, ()))


class RosterAtEnd(KnowingRoster):
    """The roster of a gathering, learnt for reading up to the position at which it ended."""

    def roster(self, ends_at: datetime) -> Roster:
        """Raises `NotFound` where no such gathering was planned by then."""
        planned = self.planned.get(self.gathering)
        if planned is None:
            raise NotFound
        return Roster(ends_at, self.who_could_come(planned), self.teams_at(planned))


class RecordAttendance(KnowingRoster, KnowingAttendance):
    """Record who was there; once that is recorded, correct it, with a reason, at any time (rules 12, 21, 29).

    `roster`: of a gathering that has ended; None where those who could come are those of now: while it goes on, and where it was
    entered afterwards (rule 26).
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
        super().__init__(gathering, programme=programme, by=by)
        self.people, self.roster = people, roster

    def execute(self) -> None:
        planned = self.require_gathering()
        self.require_organiser(planned)
        self.require_kept()
        self.require_begun(planned)
        self.require_roster(planned, self.roster)
        listed = self.who_could_come(planned) if self.roster is None else self.roster.people
        if not listed.union(self.attendance).issuperset(one.person for one in self.people):
            raise (NotAParticipant if planned.joint else NotInTheCop)(field="people")
        if self.attendance:
            self._correct()
        else:
            self.require_working_time(self.programme)
            self._record(AttendanceRecorded, self.people)

    def _correct(self) -> None:
        self.require_reason()
        changed = [one for one in self.people if one.why or self.attendance.get(one.person) is not one.present]
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
