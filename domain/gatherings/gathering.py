"""Gatherings: the joint sessions of a programme, a CoP's own date for one, and the CoPs' own gatherings (rule 12).

`convening.py` plans them; `attendance.py` and `minutes.py` record attendance and minutes.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from domain.events.gathering import (
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
)
from domain.events.programme import CurriculumSet
from domain.events.team import TEAM_EVENTS
from domain.foundation import (
    AsIs,
    Caller,
    GatheringId,
    Key,
    Knowledge,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.programmes.programme import SEED_TOPICS, WrongOrder
from domain.teams.team import TeamCommand, TeamOver, TeamRights, Teams
from domain.timing import require_begun

# Refusals


class NotHeld(Refusal):
    """Rule 29: only a gathering that was recorded as held can be corrected to not held."""

    CODE = "not-held"
    TEXT = Text(en="This gathering was not recorded as held.", nl="Deze bijeenkomst is niet als gehouden vastgelegd.")


class MovedMeanwhile(Refusal):
    """The gathering was rescheduled while its roster was being read."""

    CODE = "moved-meanwhile"
    TEXT = Text(
        en="This gathering was rescheduled in the meantime. Look at it again.",
        nl="Deze bijeenkomst is intussen verplaatst. Bekijk de gegevens opnieuw.",
    )


class UnknownTopic(Refusal):
    """An agenda and the topics covered name topics of the curriculum."""

    CODE = "unknown-topic"
    STATUS = 422
    TEXT = Text(
        en="The curriculum of this programme has no topic {topic}.",
        nl="Het curriculum van deze leergang heeft geen onderwerp {topic}.",
    )


class GatheringOver(Refusal):
    """A gathering that was held or cancelled cannot be rescheduled, cancelled or held again."""

    CODE = "gathering-over"
    TEXT = Text(
        en="This gathering has already been held or cancelled.", nl="Deze bijeenkomst is al gehouden of afgelast."
    )


class Cancelled(Refusal):
    """A gathering that did not take place has no attendance or minutes."""

    CODE = "gathering-cancelled"
    TEXT = Text(en="This gathering was cancelled.", nl="Deze bijeenkomst is afgelast.")


# Knowledge


class Roster(Struct, frozen=True):
    """The people who belonged to a gathering and the CoPs that met, at its end, `ends_at` (rule 29).

    The past does not change, so a command is given its roster instead of reading it within its boundary.
    """

    ends_at: datetime
    people: frozenset[PersonId]
    teams: tuple[TeamId, ...]


class Gatherings(Knowledge):
    """The gatherings of a programme, planned and cancelled, with its teams and the topics of its curriculum."""

    def __init__(self, teams: Teams, programme: ProgrammeId) -> None:
        super().__init__(
            Selector(types=TEAM_EVENTS, tags=[programme]),
            Selector(types=[GatheringPlanned, GatheringCancelled, CurriculumSet], tags=[programme]),
        )
        self.teams, self.programme = teams, programme
        self.planned: dict[GatheringId, GatheringPlanned] = {}
        self.cancelled: set[GatheringId] = set()
        self.topics = {one.key for one in SEED_TOPICS}

    @applies(GatheringPlanned)
    def _(self, event: GatheringPlanned) -> None:
        if event.programme == self.programme:
            self.planned[event.gathering] = event

    @applies(GatheringCancelled)
    def _(self, gathering: GatheringId) -> None:
        self.cancelled.add(gathering)

    @applies(CurriculumSet)
    def _(self, event: CurriculumSet) -> None:
        if event.programme == self.programme:
            self.topics = {one.key for one in event.topics}

    def sessions(self, number: int) -> Iterable[GatheringPlanned]:
        """The sessions of this number that were not cancelled, joint or a CoP's own."""
        return (
            one
            for one in self.planned.values()
            if one.kind == "session" and one.number == number and one.gathering not in self.cancelled
        )

    def teams_at(self, planned: GatheringPlanned) -> tuple[TeamId, ...]:
        """The teams of a gathering."""
        return self.teams_at_joint_session(planned.number or 0) if planned.joint else planned.teams

    def teams_at_joint_session(self, number: int) -> tuple[TeamId, ...]:
        """The active teams without a date of their own for the session of this number (rule 12)."""
        elsewhere = {team for one in self.sessions(number) for team in one.teams}
        return tuple(
            sorted(
                one.team
                for one in self.teams.formed.values()
                if one.programme == self.programme and one.team not in {*self.teams.ended, *elsewhere}
            )
        )

    def commissioners_of(self, teams: Iterable[TeamId]) -> tuple[OrganisationId, ...]:
        """The organisations that commission the challenges of these teams."""
        theirs = (self.teams.formed[team].organisation for team in teams if team in self.teams.formed)
        return tuple(sorted({one for one in theirs if one is not None}))

    def require_topics(self, topics: Iterable[Key | None], field: str) -> None:
        """Raises `UnknownTopic`."""
        for one in topics:
            if one is not None and one not in self.topics:
                raise UnknownTopic(field=field, topic=one)


def require_order(starts_at: datetime, ends_at: datetime) -> None:
    """Raises `WrongOrder` unless the end is after the start."""
    if ends_at <= starts_at:
        raise WrongOrder(field="ends_at")


class GatheringState(Knowledge):
    """A gathering among those of its programme: its dates, and whether it was held or cancelled.

    `held`: the teams for which it was held; None if it was not. `sequence`: the revision of its calendar entry (rule 15).
    """

    def __init__(self, teams: Teams, gathering: GatheringId, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=[GatheringRescheduled, GatheringHeld, HoldingCorrected], tags=[gathering]))
        self.gathering = gathering
        self.gatherings = Gatherings(teams, programme)
        self.sequence = 0
        self.held: tuple[TeamId, ...] | None = None
        self.rescheduled: GatheringRescheduled | None = None

    @applies(GatheringRescheduled)
    def _(self, event: GatheringRescheduled) -> None:
        if event.gathering == self.gathering:
            self.sequence, self.rescheduled = event.sequence, event

    @applies(GatheringHeld)
    def _(self, gathering: GatheringId, teams: tuple[TeamId, ...]) -> None:
        if gathering == self.gathering:
            self.held = teams

    @applies(HoldingCorrected)
    def _(self, gathering: GatheringId, teams: tuple[TeamId, ...], took_place: bool) -> None:
        if gathering == self.gathering:
            self.held = teams if took_place else None

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.gathering in self.gatherings.cancelled

    def dates(self, planned: GatheringPlanned) -> tuple[datetime, datetime]:
        """Its start and end as they are now."""
        now = self.rescheduled or planned
        return now.starts_at, now.ends_at

    def teams_that_met(self, planned: GatheringPlanned) -> tuple[TeamId, ...]:
        """The teams for which it was held; until that is recorded, those that it is for now."""
        return self.gatherings.teams_at(planned) if self.held is None else self.held

    def require_not_cancelled(self) -> None:
        """Raises `Cancelled`."""
        if self.is_cancelled:
            raise Cancelled

    def require_not_over(self) -> None:
        """Raises `GatheringOver`."""
        if self.held is not None or self.is_cancelled:
            raise GatheringOver

    def require_begun(self, planned: GatheringPlanned, at: datetime) -> datetime:
        """Return its start. Raises `NotBegun` if that is later than `at` (rule 29)."""
        starts_at, _ = self.dates(planned)
        require_begun(starts_at, at)
        return starts_at

    def require_roster(self, planned: GatheringPlanned, roster: Roster | None) -> None:
        """Raises `MovedMeanwhile` if the roster was read for another end than the gathering has now."""
        if roster is not None and roster.ends_at != self.dates(planned)[1]:
            raise MovedMeanwhile


class GatheringAccess(Knowledge):
    """The rights of a caller on a gathering."""

    def __init__(self, rights: TeamRights, gathering_state: GatheringState) -> None:
        super().__init__()
        self.rights, self.gathering_state = rights, gathering_state

    def require_gathering(self) -> GatheringPlanned:
        """Return the gathering as it was planned. Raises `NotFound` if there is none, or it is hidden from the caller."""
        planned = self.gathering_state.gatherings.planned.get(self.gathering_state.gathering)
        if planned is None or not self.can_see(planned):
            raise NotFound
        return planned

    def can_see(self, planned: GatheringPlanned) -> bool:
        """Whether the caller is expected, facilitates it, reads for one of its organisations, or was a last member."""
        return (
            self.is_expected(planned)
            or self.is_facilitator(planned)
            or self.rights.reads_for(planned.organisations, programme=planned.programme)
            or self.was_last_member(planned)
        )

    def is_expected(self, planned: GatheringPlanned) -> bool:
        """Whether the caller is expected: as a member of one of its teams, or as any participant if it is joint."""
        if planned.joint:
            return self.rights.participates(planned.programme)
        return any(self.rights.is_member(team, planned.programme) for team in planned.teams)

    def is_facilitator(self, planned: GatheringPlanned) -> bool:
        """Whether the caller facilitates one of its teams, or the programme if it is joint."""
        if planned.joint:
            return self.rights.facilitates(planned.programme)
        return any(self.rights.facilitates(planned.programme, team) for team in planned.teams)

    def was_last_member(self, planned: GatheringPlanned) -> bool:
        """Whether the caller was a last member of one of its teams, which merged or was dissolved."""
        return any(self.rights.was_last_member(team) for team in planned.teams)

    def require_organiser(self, planned: GatheringPlanned) -> None:
        """Raises `NotAllowed` or `TeamOver` unless the caller facilitates a session, or is expected at an own gathering."""
        if planned.kind != "session":
            self.require_expected(planned)
        elif not self.is_facilitator(planned):
            raise NotAllowed

    def require_canceller(self, planned: GatheringPlanned) -> None:
        """Raises `NotAllowed` or `TeamOver` unless the caller is an organiser, or winds up what the CoP planned."""
        if not any(self.rights.may_wind_up(team, planned.programme) for team in planned.teams):
            self.require_organiser(planned)

    def require_expected(self, planned: GatheringPlanned) -> None:
        """Raises `TeamOver` if the caller was a last member of a CoP that ended, `NotAllowed` to others who are not expected."""
        if not self.is_expected(planned):
            raise TeamOver if self.was_last_member(planned) else NotAllowed


# Commands


class RescheduleGathering(TeamCommand):
    """Reschedule a gathering (rule 15: the sequence rises)."""

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        starts_at: datetime,
        ends_at: datetime,
        place: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme = gathering, programme
        self.starts_at, self.ends_at, self.place = starts_at, ends_at, place
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        self.access.require_organiser(planned)
        self.rights.teams.require_not_concluded(self.programme)
        self.gathering_state.require_not_over()
        require_order(self.starts_at, self.ends_at)
        if self.place is None and self.gathering_state.dates(planned) == (self.starts_at, self.ends_at):
            raise AsIs
        teams = self.gathering_state.gatherings.teams_at(planned)
        self.record(
            GatheringRescheduled(
                gathering=self.gathering,
                programme=planned.programme,
                teams=teams,
                organisations=self.gathering_state.gatherings.commissioners_of(teams),
                sequence=self.gathering_state.sequence + 1,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                place=self.place,
            )
        )


class CancelGathering(TeamCommand):
    """Cancel a gathering, with a reason (rule 15: the sequence rises); also after its CoP or programme has ended."""

    def __init__(self, gathering: GatheringId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(by)
        self.gathering, self.programme = gathering, programme
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        self.access.require_canceller(planned)
        self.gathering_state.require_not_over()
        self.require_reason()
        teams = self.gathering_state.gatherings.teams_at(planned)
        self.record(
            GatheringCancelled(
                gathering=self.gathering,
                programme=planned.programme,
                teams=teams,
                organisations=self.gathering_state.gatherings.commissioners_of(teams),
                sequence=self.gathering_state.sequence + 1,
            )
        )


class HoldGathering(TeamCommand):
    """Record that a gathering took place and what it covered; later, correct that, with a reason (rules 26, 29).

    `took_place`: False corrects a record that was made by mistake. `roster`: of a gathering that has ended.
    """

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        topics: tuple[Key, ...] = (),
        techniques: tuple[Words, ...] = (),
        took_place: bool = True,
        roster: Roster | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme = gathering, programme
        self.topics, self.techniques, self.took_place, self.roster = topics, techniques, took_place, roster
        self.gathering_state = GatheringState(self.rights.teams, gathering, programme)
        self.access = GatheringAccess(self.rights, self.gathering_state)

    def execute(self) -> None:
        planned = self.access.require_gathering()
        self.access.require_organiser(planned)
        self.rights.teams.require_not_concluded(self.programme)
        if self.gathering_state.is_cancelled:
            raise GatheringOver
        self.not_before = self.gathering_state.require_begun(planned, self.by.at)
        self.gathering_state.require_roster(planned, self.roster)
        self.gathering_state.gatherings.require_topics(self.topics, "topics")
        if self.gathering_state.held is not None:
            self._correct(self.gathering_state.held)
        elif self.took_place:
            current = self.gathering_state.gatherings.teams_at(planned)
            self._hold(current if self.roster is None else self.roster.teams)
        else:
            raise NotHeld(field="took_place")

    def _hold(self, teams: tuple[TeamId, ...]) -> None:
        self.record(
            GatheringHeld(
                gathering=self.gathering,
                programme=self.programme,
                teams=teams,
                organisations=self.gathering_state.gatherings.commissioners_of(teams),
                topics=tuple(dict.fromkeys(self.topics)),
                techniques=self.techniques,
            )
        )

    def _correct(self, teams: tuple[TeamId, ...]) -> None:
        self.require_reason()
        self.record(
            HoldingCorrected(
                gathering=self.gathering,
                programme=self.programme,
                teams=teams,
                organisations=self.gathering_state.gatherings.commissioners_of(teams),
                took_place=self.took_place,
                topics=tuple(dict.fromkeys(self.topics)) if self.took_place else (),
                techniques=self.techniques if self.took_place else (),
            )
        )
