"""Communities of Practice: who works on which challenge, and what every command inside a team knows about that."""

from typing import Protocol

from msgspec.structs import replace

from domain.events.challenge import ChallengeRecommissioned
from domain.events.team import (
    TEAM_EVENTS,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamChallengeChanged,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
)
from domain.foundation import (
    Caller,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    applies,
)
from domain.programmes.programme import KnowingConclusions

# Refusals


class TeamOver(Refusal):
    """Rules 10 and 22: the work of a CoP that merged or was dissolved stays as it is."""

    CODE = "team-over"
    TEXT = Text(
        en="This CoP has ended; its work stays as it is.", nl="Deze CoP is beëindigd; het werk blijft zoals het is."
    )


# What a command inside a team knows


class TeamWork(KnowingConclusions):
    """Base of commands inside a team: the caller's own memberships; those of others only where `of_team` is read too.

    `teams`: as they are now, with the challenge and the organisation that they work for; only those read with `of_team` are
    certainly there. `former`: who left them, or went to another. `turned_to`: for whom those work that went on for another.
    `over`: teams that merged, with the team that they went up in, or were dissolved (None).
    """

    def __init__(self) -> None:
        super().__init__()
        self.teams: dict[TeamId, TeamFormed] = {}
        self.programmes: dict[TeamId, ProgrammeId] = {}
        self.members: dict[TeamId, set[PersonId]] = {}
        self.former: dict[TeamId, set[PersonId]] = {}
        self.last_members: dict[TeamId, tuple[PersonId, ...]] = {}
        self.over: dict[TeamId, TeamId | None] = {}
        self.turned_to: dict[TeamId, OrganisationId | None] = {}

    def consistency_boundary(self) -> list[Selector]:
        mine = [] if self.by.person is None else [self.of_person(self.by.person)]
        return [*super().consistency_boundary(), *mine]

    @staticmethod
    def of_team(team: TeamId) -> Selector:
        """The events that say who is in this team, and for whom it works on what."""
        return Selector(types=TEAM_EVENTS, tags=[team])

    @staticmethod
    def of_person(person: PersonId) -> Selector:
        """The events that say in which teams this person is."""
        return Selector(types=TEAM_EVENTS, tags=[person])

    @applies(TeamFormed)
    def _(self, event: TeamFormed) -> None:
        self.teams[event.team], self.programmes[event.team] = event, event.programme
        self.members[event.team] = set(event.members)

    @applies(MemberJoined)
    def _(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._let_in(team, programme, person)

    @applies(MemberLeft)
    def _(self, team: TeamId, person: PersonId) -> None:
        self._let_out(team, person)

    @applies(MemberTransferred)
    def _(self, team: TeamId, to_team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._let_out(team, person)
        self._let_in(to_team, programme, person)

    @applies(TeamMerged)
    def _(self, event: TeamMerged) -> None:
        self._end(event.team, event.members, event.into)
        for person in event.members:
            self._let_in(event.into, event.programme, person)

    @applies(TeamDissolved)
    def _(self, event: TeamDissolved) -> None:
        self._end(event.team, event.members, None)

    @applies(ChallengeRecommissioned)
    def _(self, event: ChallengeRecommissioned) -> None:
        for team in event.teams:
            self.turned_to[team] = event.organisation
            if team in self.teams:
                self.teams[team] = replace(self.teams[team], organisation=event.organisation)

    @applies(TeamChallengeChanged)
    def _(self, event: TeamChallengeChanged) -> None:
        self.turned_to[event.team] = event.organisation
        if event.team in self.teams:
            now = replace(self.teams[event.team], challenge=event.challenge, organisation=event.organisation)
            self.teams[event.team] = now

    def _let_in(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self.programmes[team] = programme
        self.members.setdefault(team, set()).add(person)
        self.former.setdefault(team, set()).discard(person)

    def _let_out(self, team: TeamId, person: PersonId) -> None:
        self.members.setdefault(team, set()).discard(person)
        self.former.setdefault(team, set()).add(person)

    def _end(self, team: TeamId, members: tuple[PersonId, ...], into: TeamId | None) -> None:
        self.over[team], self.last_members[team], self.members[team] = into, members, set()

    def has_ended(self, team: TeamId, programme: ProgrammeId) -> bool:
        """It merged, was dissolved, or was concluded with its programme."""
        return team in self.over or programme in self.concluded

    def was_in(self, team: TeamId) -> set[PersonId]:
        """Its members, or those that it had when it merged or was dissolved."""
        return self.members.get(team, set()).union(self.last_members.get(team, ()))

    def is_member(self, team: TeamId, programme: ProgrammeId) -> bool:
        """An active member of this team, asking as a participant."""
        return self.participates(programme) and self.by.person in self.members.get(team, ())

    def was_there_at_the_end(self, team: TeamId) -> bool:
        """One of the last members of a team that merged or was dissolved: its work stays theirs to read."""
        programme = self.programmes.get(team)
        return (
            team in self.over
            and self.by.person in self.last_members.get(team, ())
            and programme is not None
            and self.participates(programme)
        )

    def winds_up(self, team: TeamId, programme: ProgrammeId) -> bool:
        """Who may call off and settle what a team planned: its members; once it has ended, its last ones and who guides it."""
        if self.is_member(team, programme) or self.was_there_at_the_end(team):
            return True
        return self.has_ended(team, programme) and self.facilitates(programme, team)

    def require_member(self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member, for it is theirs; `TeamOver`, `ProgrammeOver`."""
        self.require_going_on_for(team)
        if not self.is_member(team, programme):
            self.refuse(programme, (organisation,))
        self.require_working_time(programme)

    def require_member_or_guide(
        self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None
    ) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member, or guides this team; `TeamOver`, `ProgrammeOver`."""
        self.require_going_on_for(team)
        if not (self.is_member(team, programme) or self.facilitates(programme, team)):
            self.refuse(programme, (organisation,))
        if team in self.over:
            raise TeamOver
        self.require_working_time(programme)

    def require_going_on_for(self, team: TeamId) -> None:
        """Raises `TeamOver` to the last members of a team that ended, who may know why they cannot go on (rule 10)."""
        if self.was_there_at_the_end(team):
            raise TeamOver


class InTeam(TeamWork):
    """Base of commands that name their team."""

    team: TeamId

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.of_team(self.team)]

    def require_team(self) -> TeamFormed:
        """Raises `NotFound` where there is none."""
        formed = self.teams.get(self.team)
        if formed is None:
            raise NotFound
        return formed


class OfTeam(Protocol):
    """Anything that belongs to a team's work."""

    @property
    def team(self) -> TeamId: ...
    @property
    def programme(self) -> ProgrammeId: ...


class TeamRights(TeamWork):
    """The roles and memberships of one caller, learnt for reading."""

    def __init__(self, by: Caller) -> None:
        super().__init__()
        self.by = by

    def member_of(self, team: TeamId) -> bool:
        """An active member of this team, asking as a participant."""
        programme = self.programmes.get(team)
        return programme is not None and self.is_member(team, programme)

    def left(self, team: TeamId) -> bool:
        """One who was a member and went, and still takes part: what they made stays theirs to read (rule 10)."""
        programme = self.programmes.get(team)
        return programme is not None and self.participates(programme) and self.by.person in self.former.get(team, ())

    def teams_once(self) -> list[TeamId]:
        """The teams in which the caller was: those that ended with them, and those that they left."""
        return sorted(one for one in self.programmes if self.was_there_at_the_end(one) or self.left(one))

    def sees_work(self, row: OfTeam) -> bool:
        """Who sees a team's work in full: its members, its last ones if it ended, and who facilitates it."""
        return (
            self.member_of(row.team) or self.was_there_at_the_end(row.team) or self.facilitates(row.programme, row.team)
        )
