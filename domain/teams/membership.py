"""People come and go in CoPs: who joins late, leaves or moves, teams that merge or end, and teams that are too small (rule 10).

The events are in `team.py`.
"""

from datetime import date
from zoneinfo import ZoneInfo

from domain.events.roles import ENROLMENT_EVENTS
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import AsIs, Caller, NotFound, PersonId, ProgrammeId, Refusal, Selector, TeamId, Text
from domain.people.people import UnknownPerson
from domain.programmes.programme import InProgramme
from domain.teams.team import InTeam, TeamOver

# Refusals


class AlreadyInATeam(Refusal):
    """Rule 10: one active CoP per participant per programme."""

    CODE = "already-in-a-team"
    TEXT = Text(
        en="This participant is in a CoP of this programme.", nl="Deze deelnemer zit al in een CoP van deze leergang."
    )


class NotAMember(Refusal):
    """Who leaves or moves is a member."""

    CODE = "not-a-member"
    TEXT = Text(en="This person is not a member of this CoP.", nl="Deze persoon is geen lid van deze CoP.")


class TeamFull(Refusal):
    """Rule 10: team size within the bounds of the programme; setting that aside needs a reason."""

    CODE = "team-full"
    TEXT = Text(
        en="This CoP would have {size:# member|# members}, more than {most}. State a reason to do it anyway.",
        nl="Deze CoP zou {size:# lid|# leden} hebben, meer dan {most}. Geef een reden om het toch te doen.",
    )


class NoSuchTeam(Refusal):
    """People move between CoPs of one programme."""

    CODE = "no-such-team"
    STATUS = 422
    TEXT = Text(en="This programme has no such CoP.", nl="Deze leergang heeft zo'n CoP niet.")


class NotTooSmall(Refusal):
    """Rule 10: a waiver is for a CoP below the smallest size."""

    CODE = "not-too-small"
    TEXT = Text(
        en="This CoP has {size:# member|# members}, no fewer than {least}.",
        nl="Deze CoP heeft {size:# lid|# leden}, niet minder dan {least}.",
    )


class WaiverPassed(Refusal):
    """A waiver is for days that are still to come."""

    CODE = "waiver-passed"
    STATUS = 422
    TEXT = Text(en="Choose a day that is not over yet.", nl="Kies een dag die nog niet voorbij is.")


# Commands


class ChangingTeam(InTeam, InProgramme):
    """What a command must know that changes who is in a CoP. `programme`: the team's, by which it is found."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__()
        self.team, self.programme, self.by = team, programme, by

    def of_participant(self, person: PersonId) -> list[Selector]:
        """The events that say whether this person takes part, and in which teams they are."""
        return [Selector(types=ENROLMENT_EVENTS, tags=[person, self.programme]), self.of_person(person)]

    def require_changing(self) -> TeamFormed:
        """The team, if the caller facilitates it and it goes on. Raises `NotFound`, `NotAllowed`, `ProgrammeOver`, `TeamOver`."""
        formed = self.require_here()
        self.require_facilitator(self.programme, (formed.organisation,), self.team)
        self.require_not_concluded()
        self.require_going_on(self.team)
        return formed

    def require_here(self) -> TeamFormed:
        """Raises `NotFound` where it is no team of this programme."""
        formed = self.require_team()
        if formed.programme != self.programme:
            raise NotFound
        return formed

    def require_other(self, team: TeamId, field: str) -> TeamFormed:
        """Another team of this programme that goes on. Raises `AsIs`, `NoSuchTeam`, `TeamOver`."""
        other = self.teams.get(team)
        if team == self.team:
            raise AsIs(field=field)
        if other is None or other.programme != self.programme:
            raise NoSuchTeam(field=field)
        self.require_going_on(team, field)
        return other

    def require_going_on(self, team: TeamId, field: str | None = None) -> None:
        """Raises `TeamOver`."""
        if team in self.over:
            raise TeamOver(field=field)

    def require_room(self, team: TeamId, more: int) -> None:
        """Raises `TeamFull` where `more` members are too many, and nobody says why."""
        most, size = self.require_programme().policies.max_team, len(self.members[team]) + more
        if size > most and self.by.reason is None:
            raise TeamFull(size=size, most=most)


class AddMember(ChangingTeam):
    """Place a late joiner in a CoP (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, by: Caller) -> None:
        super().__init__(team, programme=programme, by=by)
        self.person = person

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), *self.of_participant(self.person)]

    def execute(self) -> None:
        formed = self.require_changing()
        if (self.person, self.programme) not in self.participants:
            raise UnknownPerson(field="person_id")
        if any(
            self.person in members and self.programmes[one] == self.programme for one, members in self.members.items()
        ):
            raise AlreadyInATeam(field="person_id")
        self.require_room(self.team, 1)
        self.record(
            MemberJoined(team=self.team, programme=self.programme, organisation=formed.organisation, person=self.person)
        )


class LeaveTeam(ChangingTeam):
    """Let a member go, or go oneself: leaving keeps earlier work, and the leaver keeps reading what they made (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, by: Caller) -> None:
        super().__init__(team, programme=programme, by=by)
        self.person = person

    def execute(self) -> None:
        formed = self.require_here()
        known = self.members[self.team] | self.former.get(self.team, set())
        own_choice = self.participates(self.programme) and self.person == self.by.person and self.person in known
        if not own_choice:
            self.require_facilitator(self.programme, (formed.organisation,), self.team)
        self.require_not_concluded()
        self.require_going_on(self.team)
        if self.person not in self.members[self.team]:
            raise NotAMember(field="person_id")
        self.require_reason()
        self.record(
            MemberLeft(team=self.team, programme=self.programme, organisation=formed.organisation, person=self.person)
        )


class TransferMember(ChangingTeam):
    """Let a member go on in another CoP of the programme (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, person: PersonId, to_team: TeamId, by: Caller) -> None:
        super().__init__(team, programme=programme, by=by)
        self.person, self.to_team = person, to_team

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.of_team(self.to_team)]

    def execute(self) -> None:
        formed = self.require_changing()
        to = self.require_other(self.to_team, "to_team_id")
        self.require_facilitator(self.programme, (to.organisation,), self.to_team)
        if self.person not in self.members[self.team]:
            raise NotAMember(field="person_id")
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


class MergeTeams(ChangingTeam):
    """Let a CoP go up in another, whose challenge goes on; the other is closed, with a reason (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, into: TeamId, by: Caller) -> None:
        super().__init__(team, programme=programme, by=by)
        self.into = into

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.of_team(self.into)]

    def execute(self) -> None:
        formed = self.require_changing()
        into = self.require_other(self.into, "into_team_id")
        self.require_facilitator(self.programme, (into.organisation,), self.into)
        self.require_reason()
        self.record(
            TeamMerged(
                team=self.team,
                programme=self.programme,
                organisation=formed.organisation,
                challenge=formed.challenge,
                into=self.into,
                into_organisation=into.organisation,
                members=tuple(sorted(self.members[self.team])),
            )
        )


class DissolveTeam(ChangingTeam):
    """End a CoP: the manager, with a reason; its work stays (rules 10 and 22)."""

    def execute(self) -> None:
        formed = self.require_here()
        self.require_manager(self.programme, (formed.organisation,))
        self.require_not_concluded()
        self.require_going_on(self.team)
        self.require_reason()
        self.record(
            TeamDissolved(
                team=self.team,
                programme=self.programme,
                organisation=formed.organisation,
                challenge=formed.challenge,
                members=tuple(sorted(self.members[self.team])),
            )
        )


class GrantWaiver(ChangingTeam):
    """Let a CoP go on below the smallest size, up to and including a day, with a reason (rule 10)."""

    def __init__(self, team: TeamId, *, programme: ProgrammeId, until: date, by: Caller) -> None:
        super().__init__(team, programme=programme, by=by)
        self.until = until

    def execute(self) -> None:
        self.require_changing()
        self.require_reason()
        programme = self.require_programme()
        if self.until < self.by.at.astimezone(ZoneInfo(programme.timezone)).date():
            raise WaiverPassed(field="until")
        size, least = len(self.members[self.team]), programme.policies.min_team
        if size >= least:
            raise NotTooSmall(size=size, least=least)
        self.record(WaiverGranted(team=self.team, programme=self.programme, until=self.until))
