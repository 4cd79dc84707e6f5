"""The planning of gatherings: facilitators plan sessions, members of a CoP its own gatherings (rule 12)."""

from datetime import datetime

from domain.events.gathering import AgendaItem, GatheringPlanned
from domain.foundation import (
    Caller,
    GatheringId,
    Knowledge,
    NotFound,
    ProgrammeId,
    Refusal,
    TeamId,
    Text,
    Words,
)
from domain.gatherings.gathering import Gatherings, require_order
from domain.programmes.programme import ProgrammeState
from domain.teams.team import TeamCommand, TeamOver, Teams

# Refusals


class NoSuchSession(Refusal):
    """Rule 12: the sessions of a programme are numbered from 1 to the number in its policies."""

    CODE = "no-such-session"
    STATUS = 422
    TEXT = Text(
        en="This programme has {sessions:# session|# sessions}, numbered from 1.",
        nl="Deze leergang heeft {sessions:# sessie|# sessies}, genummerd vanaf 1.",
    )


class SessionPlanned(Refusal):
    """Rule 12: each number has one session for all CoPs, and at most one date of its own for each CoP."""

    CODE = "session-planned"
    TEXT = Text(
        en="Session {number} is already planned. Reschedule it.", nl="Sessie {number} is al gepland. Verplaats die."
    )


class UnknownTeam(Refusal):
    """A request may only name teams of the programme."""

    CODE = "unknown-team"
    STATUS = 422
    TEXT = Text(en="This is not a CoP of the programme.", nl="Dit is geen CoP van deze leergang.")


# Knowledge


class Schedule(Knowledge):
    """The programme and its gatherings, among which a new one is planned."""

    def __init__(self, teams: Teams, programme: ProgrammeId) -> None:
        super().__init__()
        self.programme_state = ProgrammeState(programme)
        self.gatherings = Gatherings(teams, programme)

    def require_number(self, number: int, teams: tuple[TeamId, ...]) -> None:
        """Raises `NoSuchSession` or `SessionPlanned` (rule 12)."""
        sessions = self.programme_state.require_programme().policies.sessions
        if not 1 <= number <= sessions:
            raise NoSuchSession(field="number", sessions=sessions)
        planned = self.gatherings.sessions(number)
        if any(set(one.teams) & set(teams) or not (one.teams or teams) for one in planned):
            raise SessionPlanned(field="number", number=number)

    def require_valid(self, starts_at: datetime, ends_at: datetime, agenda: tuple[AgendaItem, ...]) -> None:
        """Raises `ProgrammeOver`, `WrongOrder` or `UnknownTopic`."""
        self.programme_state.require_not_concluded(self.programme_state.programme)
        require_order(starts_at, ends_at)
        self.gatherings.require_topics((one.topic for one in agenda), "agenda")


# Commands


class PlanSession(TeamCommand):
    """Plan one of the programme's sessions: for all CoPs, or for the named ones (rule 12)."""

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        number: int,
        teams: tuple[TeamId, ...] = (),
        starts_at: datetime,
        ends_at: datetime,
        place: Words,
        agenda: tuple[AgendaItem, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme, self.number, self.teams = gathering, programme, number, teams
        self.starts_at, self.ends_at, self.place, self.agenda = starts_at, ends_at, place, agenda
        self.schedule = Schedule(self.rights.teams, programme)

    def execute(self) -> None:
        self.schedule.programme_state.require_programme()
        for one in self.teams or (None,):
            self.rights.require_facilitator(self.programme, team=one)
        if not all(self._is_ours(one) for one in self.teams):
            raise UnknownTeam(field="team_ids")
        if any(one in self.rights.teams.ended for one in self.teams):
            raise TeamOver
        self.schedule.require_number(self.number, self.teams)
        self.schedule.require_valid(self.starts_at, self.ends_at, self.agenda)
        gatherings = self.schedule.gatherings
        present = self.teams or gatherings.teams_at_joint_session(self.number)
        self.record(
            GatheringPlanned(
                gathering=self.gathering,
                programme=self.programme,
                kind="session",
                number=self.number,
                teams=self.teams,
                organisations=gatherings.commissioners_of(present),
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                place=self.place,
                agenda=self.agenda,
            )
        )

    def _is_ours(self, team: TeamId) -> bool:
        """Whether the team is one of the programme."""
        formed = self.rights.teams.formed.get(team)
        return formed is not None and formed.programme == self.programme


class PlanOwnGathering(TeamCommand):
    """Plan a gathering of one CoP, as its member (rule 12)."""

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        team: TeamId,
        starts_at: datetime,
        ends_at: datetime,
        place: Words,
        agenda: tuple[AgendaItem, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.gathering, self.programme, self.team = gathering, programme, team
        self.starts_at, self.ends_at, self.place, self.agenda = starts_at, ends_at, place, agenda
        self.schedule = Schedule(self.rights.teams, programme)

    def execute(self) -> None:
        formed = self.rights.teams.require_team(self.team)
        if formed.programme != self.programme:
            raise NotFound
        self.rights.require_member(self.team, self.programme, formed.organisation)
        self.schedule.require_valid(self.starts_at, self.ends_at, self.agenda)
        self.record(
            GatheringPlanned(
                gathering=self.gathering,
                programme=self.programme,
                kind="own",
                number=None,
                teams=(self.team,),
                organisations=self.schedule.gatherings.commissioners_of((self.team,)),
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                place=self.place,
                agenda=self.agenda,
            )
        )
