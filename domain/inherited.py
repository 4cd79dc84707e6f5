"""Bases of commands that are not composed of parts yet; each goes with its last subclass."""

# pyright: basic
# ruff: noqa: F403, F405, PLC0415, PGH003, D, FBT, ANN, RUF, F401, E402, I001, B, RET, SLF, TRY

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from msgspec.structs import replace

from domain.challenges.board import BOARD_EVENTS
from domain.challenges.challenge import NotProposed
from domain.challenges.lifecycle import *
from domain.events.ballot import *
from domain.events.challenge import *
from domain.events.followup import *
from domain.events.presentation import *
from domain.events.programme import *
from domain.events.team import *
from domain.foundation import *
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Command,
    Knowledge,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    RecommendationId,
    Selector,
    TeamId,
    applies,
)
from domain.people.rights import Rights, roles_of
from domain.programmes.programme import ProgrammeOver
from domain.teams.team import TeamOver


class Acting(Command):
    """A command of a caller that asks its rights as if they were its own."""

    roles_of = staticmethod(roles_of)

    @property
    def rights(self) -> Rights:
        if "_rights" not in vars(self):
            self._rights = Rights(self.by)
        return self._rights

    def parts(self) -> Sequence[Knowledge]:
        assert self.rights
        return super().parts()

    def __getattr__(self, name: str) -> Any:
        if name in {"by", "_rights"} or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.rights, name)

    def require_concerned(self) -> None:
        from domain.people.rights import CallerCommand

        CallerCommand.require_concerned(self)  # pyright: ignore


class KnowingConclusions(Acting):
    """Which programmes were concluded, of those that a command reads of."""

    concluded: frozenset[ProgrammeId] = frozenset()

    @applies(ProgrammeConcluded)
    def _(self, programme: ProgrammeId) -> None:
        self.concluded |= {programme}

    def require_working_time(self, programme: ProgrammeId) -> None:
        """Raises `ProgrammeOver`; asked after the caller's right, since who may not know of it learns nothing."""
        if programme in self.concluded:
            raise ProgrammeOver


class InProgramme(KnowingConclusions):
    """What every command inside a programme knows about it. `opened`: as it is now, whatever was revised since."""

    programme: ProgrammeId
    opened: ProgrammeOpened | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=PROGRAMME_EVENTS, tags=[self.programme])]

    @applies(ProgrammeOpened)
    def _(self, event: ProgrammeOpened) -> None:
        if event.programme == self.programme:
            self.opened = event

    @applies(ProgrammeRevised)
    def _(self, event: ProgrammeRevised) -> None:
        if event.programme == self.programme and self.opened is not None:
            self.opened = replace(
                self.opened,
                name=event.name,
                edition=event.edition,
                timezone=event.timezone,
                starts_on=event.starts_on,
                ends_on=event.ends_on,
                policies=event.policies,
            )

    def require_programme(self) -> ProgrammeOpened:
        """The programme as it is now. Raises `NotFound` where there is none."""
        if self.opened is None:
            raise NotFound
        return self.opened

    def require_not_concluded(self) -> None:
        """Raises `ProgrammeOver`; asked after the caller's right."""
        self.require_working_time(self.programme)


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


class OwnWork(TeamWork):
    """Base of commands on what only its team and its guides know: to everybody else it does not exist."""

    def require_own(self, team: TeamId, programme: ProgrammeId) -> None:
        """Raises `NotAllowed` to who guides the team, `NotFound` to everybody else, unless the caller is a member; `TeamOver`."""
        self.require_going_on_for(team)
        if not self.is_member(team, programme):
            raise NotAllowed if self.facilitates(programme, team) else NotFound


class KnowingChallenges(Command):
    """What a command knows that depends on challenges: their texts as they are now, whose they are, how far they have come.

    `commissioner`: for whom each goes on; None in the public interest. `seat_of`: the ballots that gave challenges their places.
    """

    def __init__(self) -> None:
        super().__init__()
        self.proposed: dict[ChallengeId, ChallengeProposed] = {}
        self.commissioner: dict[ChallengeId, OrganisationId | None] = {}
        self.courses: dict[ChallengeId, Course] = {}
        self.seat_of: dict[ChallengeId, BallotId] = {}

    @staticmethod
    def about(challenge: ChallengeId) -> Selector:
        """The events that say what a challenge is."""
        return Selector(types=CHALLENGE_EVENTS, tags=[challenge])

    @applies(ChallengeProposed)
    def _(self, event: ChallengeProposed) -> None:
        self.proposed[event.challenge], self.commissioner[event.challenge] = event, event.organisation
        self.courses[event.challenge] = Course()

    @applies(ChallengeRevised)
    def _(self, event: ChallengeRevised) -> None:
        if before := self.proposed.get(event.challenge):
            self.proposed[event.challenge] = replace(
                before,
                title=event.title or before.title,
                context=event.context or before.context,
                wish=event.wish or before.wish,
            )

    @applies(ChallengeAdmitted)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="admitted"))

    @applies(ChallengeDeclined)
    def _(self, challenge: ChallengeId) -> None:
        self.goes(challenge, lambda course: replace(course, status="declined"))

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        self.goes(event.challenge, withdrawn)
        if event.takes_the_seat is not None and event.ballot is not None:
            self.seat_of[event.takes_the_seat] = event.ballot
            self.goes(event.takes_the_seat, lambda course: came_to(course, "selected"))

    @applies(ChallengeRecommissioned)
    def _(self, challenge: ChallengeId, organisation: OrganisationId | None) -> None:
        self.commissioner[challenge] = organisation
        self.goes(challenge, goes_on)

    def goes(self, challenge: ChallengeId, step: Callable[[Course], Course]) -> None:
        """A challenge takes a step on its course; one that nobody proposed has none."""
        if challenge in self.courses:
            self.courses[challenge] = step(self.courses[challenge])

    def status_of(self, challenge: ChallengeId) -> ChallengeStatus | None:
        """The status of a challenge; None where there is none."""
        course = self.courses.get(challenge)
        return None if course is None else course.status


class JudgingChallenge(KnowingConclusions, KnowingChallenges):
    """What must be known to decide on one challenge."""

    def __init__(self, challenge: ChallengeId, *, by: Caller) -> None:
        super().__init__()
        self.challenge, self.by = challenge, by

    def consistency_boundary(self) -> list[Selector]:
        over = Selector(types=[ProgrammeConcluded], tags=[self.challenge])
        return [*super().consistency_boundary(), self.about(self.challenge), over]

    def require_known(self) -> ChallengeProposed:
        """Raises `NotFound`."""
        event = self.proposed.get(self.challenge)
        if event is None:
            raise NotFound
        return event

    def require_proposed(self) -> ChallengeProposed:
        """Raises `NotFound`, `NotAllowed`, `ProgrammeOver` or `NotProposed`."""
        event = self.require_known()
        if not self.facilitates(event.programme):
            self.refuse_to(event)
        self.require_working_time(event.programme)
        if self.status_of(self.challenge) != "proposed":
            raise NotProposed
        return event

    def is_proposer(self) -> bool:
        """Who brought it in, and is still there."""
        event = self.proposed[self.challenge]
        there = self.belongs_to(event.programme) or self.contact_for(event.organisation, programme=event.programme)
        return there and event.proposer is not None and event.proposer == self.by.person

    def commissions(self) -> bool:
        """A contact who speaks for its organisation about this challenge."""
        programme = self.proposed[self.challenge].programme
        return self.contact_for(self.commissioner[self.challenge], self.challenge, programme=programme)

    def refuse_to(self, event: ChallengeProposed) -> NoReturn:
        """Raises `NotAllowed` to who is in the programme, or speaks or reads about this challenge; `NotFound` to others."""
        theirs = (self.commissioner[self.challenge],)
        if self.belongs_to(event.programme) or self.reads_for(theirs, self.challenge, programme=event.programme):
            raise NotAllowed
        raise NotFound


class Board(KnowingChallenges):
    """What a command knows of challenges and of where they stand; read by challenge (`about`), or a whole programme's.

    `ballots` and `void`: the ballots on which they stood, and those without a result.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ballots: dict[BallotId, BallotOpened] = {}
        self.void: set[BallotId] = set()

    @staticmethod
    def about(challenge: ChallengeId) -> Selector:
        """The events that say what a challenge is, and where it stands."""
        return Selector(types=BOARD_EVENTS, tags=[challenge])

    @staticmethod
    def of_programme(programme: ProgrammeId) -> Selector:
        """The same of every challenge of a programme."""
        return Selector(types=BOARD_EVENTS, tags=[programme])

    @applies(BallotOpened)
    def _(self, event: BallotOpened) -> None:
        self.ballots[event.ballot] = event
        for one in event.challenge_ids:
            self.goes(one, lambda course: put_on_ballot(course, event.ballot))

    @applies(BallotCertified)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...], selected: tuple[ChallengeId, ...]) -> None:
        self.seat_of.update(dict.fromkeys(selected, ballot))
        for one in challenge_ids:
            now = "selected" if one in selected else "not_selected"
            self.goes(one, lambda course, now=now: came_to(course, now))

    @applies(BallotVoided)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...]) -> None:
        self.void.add(ballot)
        for one in challenge_ids:
            self.goes(one, lambda course: came_to(course, "admitted"))

    @applies(ChallengesChosen)
    def _(self, challenges: tuple[ChallengeId, ...]) -> None:
        for one in challenges:
            self.goes(one, lambda course: came_to(course, "selected"))

    @applies(TeamFormed)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: taken_up(course, team))

    @applies(TeamMerged)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: lost(course, team))

    @applies(TeamDissolved)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: lost(course, team))

    @applies(TeamChallengeChanged)
    def _(self, event: TeamChallengeChanged) -> None:
        if event.previous in self.seat_of:
            self.seat_of[event.challenge] = self.seat_of[event.previous]
        self.goes(event.previous, lambda course: given_up(course, event.team))
        self.goes(event.challenge, lambda course: taken_up(course, event.team))

    @applies(AdviceDelivered)
    def _(self, challenge: ChallengeId, team: TeamId, recommendations: tuple[Stated, ...]) -> None:
        stated = [(one.recommendation, one.version) for one in recommendations]
        self.goes(challenge, lambda course: advised(course, team, stated))

    @applies(FormalResponseGiven)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId, verdict: ResponseVerdict) -> None:
        if verdict == "rejected":
            self.goes(challenge, lambda course: ended(course, recommendation, "rejected"))

    @applies(RecommendationClosed)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId) -> None:
        self.goes(challenge, lambda course: ended(course, recommendation, "closed"))


class SettingUp(Acting):
    """Commands of managers."""

    def is_manager(self) -> bool:
        from domain.people.people import is_manager

        return is_manager(self.rights)

    def managed(self) -> tuple[ProgrammeId, ...]:
        from domain.people.people import managed_by

        return managed_by(self.rights)
