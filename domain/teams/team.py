"""Communities of Practice: their members, their challenges, and the rights of callers in them."""

from collections.abc import Sequence
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
    NotAllowed,
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
from domain.people.rights import CallerCommand, Rights
from domain.programmes.programme import Conclusions

# Refusals


class TeamOver(Refusal):
    """Rules 10 and 22: the work of a CoP that merged or was dissolved stays as it is."""

    CODE = "team-over"
    TEXT = Text(
        en="This CoP has ended; its work stays as it is.", nl="Deze CoP is beëindigd; het werk blijft zoals het is."
    )


# Knowledge


def memberships_of(person: PersonId) -> Selector:
    """The events that say in which teams this person is."""
    return Selector(types=TEAM_EVENTS, tags=[person])


class Teams(Conclusions):
    """The state of teams, and the memberships of one person (None: of nobody).

    Only the teams that are named here are certainly complete. `formed`: as they are now, with the challenge and the
    organisation that they work for. `former_members`: members who left, or moved to another team. `last_members`: those of
    teams that merged or were dissolved. `ended`: these teams, with the team that one merged into (None: dissolved).
    `recommissioned`: the organisations of teams that went on for another one.
    """

    def __init__(self, *teams: TeamId, member: PersonId | None = None) -> None:
        theirs = () if member is None else (memberships_of(member),)
        super().__init__(*theirs, *(Selector(types=TEAM_EVENTS, tags=[one]) for one in teams))
        self.formed: dict[TeamId, TeamFormed] = {}
        self.programmes: dict[TeamId, ProgrammeId] = {}
        self.members: dict[TeamId, set[PersonId]] = {}
        self.former_members: dict[TeamId, set[PersonId]] = {}
        self.last_members: dict[TeamId, tuple[PersonId, ...]] = {}
        self.ended: dict[TeamId, TeamId | None] = {}
        self.recommissioned: dict[TeamId, OrganisationId | None] = {}

    @applies(TeamFormed)
    def _(self, event: TeamFormed) -> None:
        self.formed[event.team], self.programmes[event.team] = event, event.programme
        self.members[event.team] = set(event.members)

    @applies(MemberJoined)
    def _(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._add(team, programme, person)

    @applies(MemberLeft)
    def _(self, team: TeamId, person: PersonId) -> None:
        self._remove(team, person)

    @applies(MemberTransferred)
    def _(self, team: TeamId, to_team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._remove(team, person)
        self._add(to_team, programme, person)

    @applies(TeamMerged)
    def _(self, event: TeamMerged) -> None:
        self._end(event.team, event.members, event.into)
        for person in event.members:
            self._add(event.into, event.programme, person)

    @applies(TeamDissolved)
    def _(self, event: TeamDissolved) -> None:
        self._end(event.team, event.members, None)

    @applies(ChallengeRecommissioned)
    def _(self, event: ChallengeRecommissioned) -> None:
        for team in event.teams:
            self.recommissioned[team] = event.organisation
            if team in self.formed:
                self.formed[team] = replace(self.formed[team], organisation=event.organisation)

    @applies(TeamChallengeChanged)
    def _(self, event: TeamChallengeChanged) -> None:
        self.recommissioned[event.team] = event.organisation
        if event.team in self.formed:
            now = replace(self.formed[event.team], challenge=event.challenge, organisation=event.organisation)
            self.formed[event.team] = now

    def _add(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self.programmes[team] = programme
        self.members.setdefault(team, set()).add(person)
        self.former_members.setdefault(team, set()).discard(person)

    def _remove(self, team: TeamId, person: PersonId) -> None:
        self.members.setdefault(team, set()).discard(person)
        self.former_members.setdefault(team, set()).add(person)

    def _end(self, team: TeamId, members: tuple[PersonId, ...], into: TeamId | None) -> None:
        self.ended[team], self.last_members[team], self.members[team] = into, members, set()

    def has_ended(self, team: TeamId, programme: ProgrammeId) -> bool:
        """Whether the team merged, was dissolved, or was concluded with its programme."""
        return team in self.ended or programme in self.concluded

    def present_or_last_members(self, team: TeamId) -> set[PersonId]:
        """The members of the team, or those that it had when it merged or was dissolved."""
        return self.members.get(team, set()).union(self.last_members.get(team, ()))

    def require_team(self, team: TeamId) -> TeamFormed:
        """Return the team as it is now. Raises `NotFound` if there is none."""
        formed = self.formed.get(team)
        if formed is None:
            raise NotFound
        return formed


class OfTeam(Protocol):
    """Anything that belongs to a team's work."""

    @property
    def team(self) -> TeamId: ...
    @property
    def programme(self) -> ProgrammeId: ...


class TeamRights(Rights):
    """The rights of a caller in teams: their own, and those that are named here."""

    def __init__(self, by: Caller, *teams: TeamId) -> None:
        super().__init__(by)
        self.teams = Teams(*teams, member=by.person)

    def is_member(self, team: TeamId, programme: ProgrammeId) -> bool:
        """Whether the caller is an active member of this team, with a participant's token."""
        return self.participates(programme) and self.by.person in self.teams.members.get(team, ())

    def member_of(self, team: TeamId) -> bool:
        """Whether the caller is an active member of this team, whichever programme it is in."""
        programme = self.teams.programmes.get(team)
        return programme is not None and self.is_member(team, programme)

    def was_last_member(self, team: TeamId) -> bool:
        """Whether the caller was a member when the team merged or was dissolved: its work stays theirs to read."""
        programme = self.teams.programmes.get(team)
        return (
            team in self.teams.ended
            and self.by.person in self.teams.last_members.get(team, ())
            and programme is not None
            and self.participates(programme)
        )

    def is_former_member(self, team: TeamId) -> bool:
        """Whether the caller left the team and still takes part: what they made stays theirs to read (rule 10)."""
        programme = self.teams.programmes.get(team)
        return (
            programme is not None
            and self.participates(programme)
            and self.by.person in self.teams.former_members.get(team, ())
        )

    def former_teams(self) -> list[TeamId]:
        """The teams in which the caller was: those that ended with them, and those that they left."""
        return sorted(one for one in self.teams.programmes if self.was_last_member(one) or self.is_former_member(one))

    def can_see_work(self, row: OfTeam) -> bool:
        """Whether the caller may read all work of a team: its members, its last ones if it ended, and its facilitators."""
        return self.member_of(row.team) or self.was_last_member(row.team) or self.facilitates(row.programme, row.team)

    def may_wind_up(self, team: TeamId, programme: ProgrammeId) -> bool:
        """Whether the caller may cancel and settle what a team planned.

        Its members may; once it has ended, its last members and its facilitators.
        """
        if self.is_member(team, programme) or self.was_last_member(team):
            return True
        return self.teams.has_ended(team, programme) and self.facilitates(programme, team)

    def require_member(self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member; `TeamOver`, `ProgrammeOver`."""
        self.refuse_last_member(team)
        if not self.is_member(team, programme):
            self.refuse(programme, (organisation,))
        self.teams.require_not_concluded(programme)

    def require_member_of(self, team: TeamId) -> TeamFormed:
        """Return the team as it is now, if the caller is a member.

        Raises `NotFound`, `NotAllowed`, `TeamOver` or `ProgrammeOver`.
        """
        formed = self.teams.require_team(team)
        self.require_member(team, formed.programme, formed.organisation)
        return formed

    def require_facilitator_of(self, team: TeamId) -> TeamFormed:
        """Return the team as it is now, if the caller facilitates it and it still works.

        Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `TeamOver`.
        """
        formed = self.teams.require_team(team)
        self.require_facilitator(formed.programme, (formed.organisation,), team)
        self.teams.require_not_concluded(formed.programme)
        if team in self.teams.ended:
            raise TeamOver
        return formed

    def require_member_or_facilitator(
        self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None
    ) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member or facilitates the team.

        Raises `TeamOver` or `ProgrammeOver` if the work has ended.
        """
        self.refuse_last_member(team)
        if not (self.is_member(team, programme) or self.facilitates(programme, team)):
            self.refuse(programme, (organisation,))
        if team in self.teams.ended:
            raise TeamOver
        self.teams.require_not_concluded(programme)

    def require_own(self, team: TeamId, programme: ProgrammeId) -> None:
        """Raises unless the caller is a member: `NotAllowed` if they facilitate the team, else `NotFound`; `TeamOver`.

        For work that only the team and its facilitators can see.
        """
        self.refuse_last_member(team)
        if not self.is_member(team, programme):
            raise NotAllowed if self.facilitates(programme, team) else NotFound

    def refuse_last_member(self, team: TeamId) -> None:
        """Raises `TeamOver` to the last members of a team that ended: they may know why they cannot continue (rule 10)."""
        if self.was_last_member(team):
            raise TeamOver


class TeamCommand(CallerCommand):
    """A command whose caller has rights in teams: their own, and those that are named here.

    Name the team that the command is about. Otherwise the boundary has only the caller's own teams, which is enough for members:
    facilitators have none, so that their command would find no team. The conclusion of a programme is tagged with its teams and
    their members, and would not be found either.
    """

    rights: TeamRights  # pyright: ignore[reportIncompatibleVariableOverride]  set once, here

    def __init__(
        self, by: Caller, *teams: TeamId, boundary: Sequence[Selector] = (), background: Sequence[Selector] = ()
    ) -> None:
        super().__init__(by, boundary=boundary, background=background, rights=TeamRights(by, *teams))
