"""Planning gatherings: sessions by who facilitates, own gatherings by the members of a CoP (rule 12)."""

from datetime import datetime

from msgspec.structs import replace

from domain.events.gathering import AgendaItem, GatheringPlanned, Kind
from domain.foundation import (
    Caller,
    GatheringId,
    NotFound,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
)
from domain.gatherings.gathering import KnowingGatherings, require_order
from domain.programmes.programme import InProgramme
from domain.teams.team import TeamOver

# Refusals


class NoSuchSession(Refusal):
    """Rule 12: the sessions of a programme are numbered from 1 to as many as its policy says."""

    CODE = "no-such-session"
    STATUS = 422
    TEXT = Text(
        en="Sessions of this programme: {sessions}. They are numbered from 1.",
        nl="Aantal sessies van deze leergang: {sessions}. Ze zijn genummerd vanaf 1.",
    )


class SessionPlanned(Refusal):
    """Rule 12: one session of a number for all CoPs, and one own date of a number for a CoP."""

    CODE = "session-planned"
    TEXT = Text(
        en="Session {number} is planned already: reschedule it.", nl="Sessie {number} is al gepland: verplaats die."
    )


class UnknownTeam(Refusal):
    """A request may only name teams of the programme."""

    CODE = "unknown-team"
    STATUS = 422
    TEXT = Text(en="This is not a CoP of the programme.", nl="Dit is geen CoP van deze leergang.")


# Commands


class PlanningGathering(InProgramme, KnowingGatherings):
    """What is told of a gathering when it is planned."""

    def __init__(
        self,
        gathering: GatheringId,
        *,
        programme: ProgrammeId,
        starts_at: datetime,
        ends_at: datetime,
        place: Words,
        agenda: tuple[AgendaItem, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.gathering, self.programme, self.by = gathering, programme, by
        self.starts_at, self.ends_at, self.place, self.agenda = starts_at, ends_at, place, agenda

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), *self.within(self.programme)]

    def require_number(self, number: int, teams: tuple[TeamId, ...]) -> None:
        """Raises `NoSuchSession` or `SessionPlanned` (rule 12)."""
        sessions = self.require_programme().policies.sessions
        if not 1 <= number <= sessions:
            raise NoSuchSession(field="number", sessions=sessions)
        if any(set(one.teams) & set(teams) or not (one.teams or teams) for one in self.sessions(number)):
            raise SessionPlanned(field="number", number=number)

    def plan(self, kind: Kind, number: int | None, teams: tuple[TeamId, ...]) -> None:
        """Record it, told to the commissioners of its teams as they are known now. Raises `ProgrammeOver`."""
        self.require_not_concluded()
        require_order(self.starts_at, self.ends_at)
        self.require_topics((one.topic for one in self.agenda), "agenda")
        planned = GatheringPlanned(
            gathering=self.gathering,
            programme=self.programme,
            kind=kind,
            number=number,
            teams=teams,
            organisations=(),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            place=self.place,
            agenda=self.agenda,
        )
        self.record(replace(planned, organisations=self.told(self.teams_at(planned))))


class PlanSession(PlanningGathering):
    """Plan one of the programme's sessions: for all CoPs, or the named ones (rule 12)."""

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
        super().__init__(
            gathering, programme=programme, starts_at=starts_at, ends_at=ends_at, place=place, agenda=agenda, by=by
        )
        self.number, self.of_teams = number, teams

    def execute(self) -> None:
        self.require_programme()
        for one in self.of_teams or (None,):
            self.require_facilitator(self.programme, team=one)
        if not all(self._is_ours(one) for one in self.of_teams):
            raise UnknownTeam(field="team_ids")
        if any(one in self.over for one in self.of_teams):
            raise TeamOver
        self.require_number(self.number, self.of_teams)
        self.plan("session", self.number, self.of_teams)

    def _is_ours(self, team: TeamId) -> bool:
        return team in self.teams and self.teams[team].programme == self.programme


class PlanOwnGathering(PlanningGathering):
    """Plan a gathering of one CoP, which its members do themselves (rule 12)."""

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
        super().__init__(
            gathering, programme=programme, starts_at=starts_at, ends_at=ends_at, place=place, agenda=agenda, by=by
        )
        self.team = team

    def execute(self) -> None:
        formed = self.teams.get(self.team)
        if formed is None or formed.programme != self.programme:
            raise NotFound
        self.require_member(self.team, self.programme, formed.organisation)
        self.plan("own", None, (self.team,))
