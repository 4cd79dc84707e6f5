"""Changes in CoPs: members who join late, leave or transfer, teams that merge or end, and waivers for small ones (rule 10)."""

from datetime import date
from zoneinfo import ZoneInfo

from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import AsIs, Caller, Knowledge, NotFound, PersonId, ProgrammeId, Refusal, TeamId, Text
from domain.people.people import UnknownPerson
from domain.people.rights import Participants
from domain.programmes.programme import ProgrammeState
from domain.teams.team import TeamCommand, TeamOver, TeamRights, memberships_of

# Refusals


class AlreadyInATeam(Refusal):
    """Rule 10: one active CoP per participant per programme."""

    CODE = "already-in-a-team"
    TEXT = Text(
        en="This participant is already in a CoP of this programme.",
        nl="Deze deelnemer zit al in een CoP van deze leergang.",
    )


class NotAMember(Refusal):
    """Only a member leaves a CoP or is transferred."""

    CODE = "not-a-member"
    TEXT = Text(en="This person is not a member of this CoP.", nl="Deze persoon is geen lid van deze CoP.")


class TeamFull(Refusal):
    """Rule 10: team size within the bounds of the programme; an exception needs a reason."""

    CODE = "team-full"
    TEXT = Text(
        en="This CoP would have {size:# member|# members}, more than {most}. State a reason to do it anyway.",
        nl="Deze CoP zou {size:# lid|# leden} hebben, meer dan {most}. Geef een reden om het toch te doen.",
    )


class NoSuchTeam(Refusal):
    """A request may only name CoPs of its programme."""

    CODE = "no-such-team"
    STATUS = 422
    TEXT = Text(en="This programme has no such CoP.", nl="Deze CoP hoort niet bij deze leergang.")


class NotTooSmall(Refusal):
    """Rule 10: a waiver is for a CoP below the smallest size."""

    CODE = "not-too-small"
    TEXT = Text(
        en="This CoP is not too small: it has {size:# member|# members}, and the minimum is {least}.",
        nl="Deze CoP is niet te klein: er {size:is # lid|zijn # leden}, en het minimum is {least}.",
    )


class WaiverPassed(Refusal):
    """A waiver ends today or later."""

    CODE = "waiver-passed"
    STATUS = 422
    TEXT = Text(en="Choose a day that is not over yet.", nl="Kies een dag die nog niet voorbij is.")


# Knowledge


class Composition(Knowledge):
    """The composition of a CoP in its programme, and the conditions under which it may change (rule 10)."""

    def __init__(self, rights: TeamRights, team: TeamId, programme: ProgrammeId) -> None:
        super().__init__()
        self.rights, self.team, self.programme = rights, team, programme
        self.programme_state = ProgrammeState(programme)

    @property
    def members(self) -> set[PersonId]:
        """The present members."""
        return self.rights.teams.members[self.team]

    def require_changeable(self) -> TeamFormed:
        """Return the team if the caller facilitates it and it is active.

        Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `TeamOver`.
        """
        self.require_team()
        return self.rights.require_facilitator_of(self.team)

    def require_team(self) -> TeamFormed:
        """Return the team as it is now. Raises `NotFound` if the programme has no such team."""
        formed = self.rights.teams.require_team(self.team)
        if formed.programme != self.programme:
            raise NotFound
        return formed

    def require_active(self) -> None:
        """Raises `ProgrammeOver` or `TeamOver`."""
        self.programme_state.require_not_concluded(self.programme)
        self._refuse_ended(self.team)

    def require_other(self, team: TeamId, field: str) -> TeamFormed:
        """Return another active team of this programme. Raises `AsIs`, `NoSuchTeam` or `TeamOver`."""
        other = self.rights.teams.formed.get(team)
        if team == self.team:
            raise AsIs(field=field)
        if other is None or other.programme != self.programme:
            raise NoSuchTeam(field=field)
        self._refuse_ended(team, field)
        return other

    def require_member(self, person: PersonId) -> None:
        """Raises `NotAMember`."""
        if person not in self.members:
            raise NotAMember(field="person_id")

    def _refuse_ended(self, team: TeamId, field: str | None = None) -> None:
        if team in self.rights.teams.ended:
            raise TeamOver(field=field)


# Commands


class AddMember(TeamCommand):
    """Place a late joiner in a CoP (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, by: Caller) -> None:
        super().__init__(by, team, boundary=[memberships_of(person)])
        self.team, self.programme, self.person = team, programme, person
        self.composition = Composition(self.rights, team, programme)
        self.participants = Participants(programme, person)

    def execute(self) -> None:
        formed = self.composition.require_changeable()
        if self.person not in self.participants:
            raise UnknownPerson(field="person_id")
        if self._is_placed():
            raise AlreadyInATeam(field="person_id")
        size = len(self.composition.members) + 1
        most = self.composition.programme_state.require_programme().policies.max_team
        if size > most and self.by.reason is None:
            raise TeamFull(size=size, most=most)
        self.record(
            MemberJoined(team=self.team, programme=self.programme, organisation=formed.organisation, person=self.person)
        )

    def _is_placed(self) -> bool:
        """Whether the person is a member of a CoP of this programme."""
        teams = self.rights.teams
        return any(
            self.person in members and teams.programmes[team] == self.programme
            for team, members in teams.members.items()
        )


class LeaveTeam(TeamCommand):
    """Record that a member leaves, at their own wish or by the facilitator; they keep reading what they made (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.programme, self.person = team, programme, person
        self.composition = Composition(self.rights, team, programme)

    def execute(self) -> None:
        formed = self.composition.require_team()
        if not self._is_own_choice():
            self.rights.require_facilitator(self.programme, (formed.organisation,), self.team)
        self.composition.require_active()
        self.composition.require_member(self.person)
        self.require_reason()
        self.record(
            MemberLeft(team=self.team, programme=self.programme, organisation=formed.organisation, person=self.person)
        )

    def _is_own_choice(self) -> bool:
        """Whether the caller is this person, as a present or former member."""
        known = self.composition.members | self.rights.teams.former_members.get(self.team, set())
        return self.rights.participates(self.programme) and self.person == self.by.person and self.person in known


class TransferMember(TeamCommand):
    """Transfer a member to another CoP of the programme (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, to_team: TeamId, by: Caller) -> None:
        super().__init__(by, team, to_team)
        self.team, self.programme, self.person, self.to_team = team, programme, person, to_team
        self.composition = Composition(self.rights, team, programme)

    def execute(self) -> None:
        formed = self.composition.require_changeable()
        to = self.composition.require_other(self.to_team, "to_team_id")
        self.rights.require_facilitator(self.programme, (to.organisation,), self.to_team)
        self.composition.require_member(self.person)
        self.require_reason()
        self.record(
            MemberTransferred(
                team=self.team,
                programme=self.programme,
                organisation=formed.organisation,
                person=self.person,
                to_team=self.to_team,
                to_organisation=to.organisation,
            )
        )


class MergeTeams(TeamCommand):
    """Merge a CoP into another, with a reason; the other's challenge continues and this CoP ends (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, into: TeamId, by: Caller) -> None:
        super().__init__(by, team, into)
        self.team, self.programme, self.into = team, programme, into
        self.composition = Composition(self.rights, team, programme)

    def execute(self) -> None:
        formed = self.composition.require_changeable()
        into = self.composition.require_other(self.into, "into_team_id")
        self.rights.require_facilitator(self.programme, (into.organisation,), self.into)
        self.require_reason()
        self.record(
            TeamMerged(
                team=self.team,
                programme=self.programme,
                organisation=formed.organisation,
                challenge=formed.challenge,
                into=self.into,
                into_organisation=into.organisation,
                members=tuple(sorted(self.composition.members)),
            )
        )


class DissolveTeam(TeamCommand):
    """End a CoP, as the manager and with a reason; its work stays (rules 10 and 22)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.programme = team, programme
        self.composition = Composition(self.rights, team, programme)

    def execute(self) -> None:
        formed = self.composition.require_team()
        self.rights.require_manager(self.programme, (formed.organisation,))
        self.composition.require_active()
        self.require_reason()
        self.record(
            TeamDissolved(
                team=self.team,
                programme=self.programme,
                organisation=formed.organisation,
                challenge=formed.challenge,
                members=tuple(sorted(self.composition.members)),
            )
        )


class GrantWaiver(TeamCommand):
    """Allow a CoP to continue below the smallest size, up to and including a day, with a reason (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, until: date, by: Caller) -> None:
        super().__init__(by, team)
        self.team, self.programme, self.until = team, programme, until
        self.composition = Composition(self.rights, team, programme)

    def execute(self) -> None:
        self.composition.require_changeable()
        self.require_reason()
        programme = self.composition.programme_state.require_programme()
        if self.until < self.by.at.astimezone(ZoneInfo(programme.timezone)).date():
            raise WaiverPassed(field="until")
        size, least = len(self.composition.members), programme.policies.min_team
        if size >= least:
            raise NotTooSmall(size=size, least=least)
        self.record(WaiverGranted(team=self.team, programme=self.programme, until=self.until))
