"""Withdrawal of a challenge at any stage, and the manager's decisions for the teams that worked on it (rule 22)."""

from collections.abc import Collection

from msgspec.structs import replace

from domain import base64url
from domain.advice.followup import OnBehalfOf
from domain.ballots.ballot import void
from domain.calculations import counting
from domain.challenges.board import Board
from domain.challenges.challenge import ChallengeCommand
from domain.challenges.lifecycle import FREE, ChallengeStatus
from domain.events.ballot import BallotCounted, BallotOpened
from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned, ChallengeWithdrawn
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamChallengeChanged
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AsIs,
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Knowledge,
    NotFound,
    OrganisationId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    applies,
)
from domain.people.people import KnownOrganisations, UnknownOrganisation
from domain.people.rights import CallerCommand
from domain.programmes.programme import Conclusions
from domain.teams.team import TeamOver

PLACED: frozenset[ChallengeStatus] = frozenset({"selected", "in_progress", "advised", "closed"})
"""The statuses of a challenge that a ballot selected and that holds its seat."""

# Refusals


class ChallengeOver(Refusal):
    """Rule 22: a challenge that is closed, declined or withdrawn cannot be withdrawn."""

    CODE = "challenge-over"
    TEXT = Text(
        en="This challenge is closed, declined or withdrawn.",
        nl="Dit vraagstuk is afgesloten, afgewezen of teruggetrokken.",
    )


class NobodysToWithdraw(Refusal):
    """Rule 22: only the organisation withdraws, and a challenge that continues in the public interest has none."""

    CODE = "in-the-public-interest"
    TEXT = Text(
        en="This challenge continues in the public interest: there is no organisation that could withdraw it.",
        nl="Dit vraagstuk gaat verder in het algemeen belang: er is geen organisatie die het kan terugtrekken.",
    )


class CountedMeanwhile(Refusal):
    """The ballot was counted after the request was prepared; sent again, it is counted without the challenge."""

    CODE = "counted-meanwhile"
    TEXT = Text(
        en="The ballot was counted just now. Please send this again.",
        nl="De stemming is zojuist geteld. Probeer het opnieuw.",
    )


class NotWithdrawn(Refusal):
    """Rule 22: a team gets another commissioner or challenge once its challenge was withdrawn."""

    CODE = "not-withdrawn"
    TEXT = Text(en="This challenge was not withdrawn.", nl="Dit vraagstuk is niet teruggetrokken.")


class NobodyAtWork(Refusal):
    """Rule 22: a withdrawn challenge continues if a team works on it."""

    CODE = "nobody-at-work"
    TEXT = Text(
        en="No CoP works on this challenge: there is nothing to continue.",
        nl="Er werkt geen CoP aan dit vraagstuk: er is niets om voort te zetten.",
    )


class NotToBeHad(Refusal):
    """Rule 22: a team takes the runner-up, or another challenge that was admitted and not selected."""

    CODE = "challenge-not-free"
    TEXT = Text(
        en="This challenge is not free: it is not admitted, it is on a ballot, or others work on it.",
        nl="Dit vraagstuk is niet vrij: het is niet toegelaten, er wordt over gestemd, of anderen werken eraan.",
    )


# Counting without a withdrawn challenge


def _papers(counted: BallotCounted) -> list[counting.Paper]:
    return [counting.Paper(one.tracker or str(one.number), one.approvals) for one in counted.papers]


def _seed(counted: BallotCounted) -> bytes:
    return base64url.decode(counted.tie_seed)


def recounted(
    opened: BallotOpened, counted: BallotCounted, withdrawn: ChallengeId, voters: Words | None
) -> BallotCounted:
    """The count of the published papers without `withdrawn`, with the same seed. `voters`: the names of the voters, unsealed."""
    struck = {*counted.struck, withdrawn}
    result = counting.count(
        opened.rule,
        _papers(counted),
        opened.challenge_ids,
        opened.seats,
        _seed(counted),
        opened.commissioners,
        struck,
    )
    return replace(
        counted,
        selected=tuple(ChallengeId(one) for one in result.selected),
        tallies=result.tallies,
        own_approvals=tuple(one for one in counted.own_approvals if one.challenge != withdrawn),
        trace=result.trace,
        stages=result.stages,
        voters=voters,
        struck=tuple(sorted(struck)),
    )


def next_elected(
    opened: BallotOpened,
    counted: BallotCounted,
    withdrawn: ChallengeId,
    *,
    seated: Collection[ChallengeId],
    struck: Collection[ChallengeId],
) -> ChallengeId | None:
    """The challenge that the same count elects in place of `withdrawn`, while `seated` keep their seats.

    None if nothing else was approved, or the papers stay closed.
    """
    if counted.stays_closed:
        return None
    found = counting.runner_up(
        opened.rule,
        _papers(counted),
        opened.challenge_ids,
        opened.seats,
        _seed(counted),
        opened.commissioners,
        selected={*seated, withdrawn},
        withdrawn=withdrawn,
        struck=struck,
    )
    return None if found.challenge is None else ChallengeId(found.challenge)


# Knowledge


class Counts(Knowledge):
    """The last count of each ballot of a programme."""

    def __init__(self, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=[BallotCounted], tags=[programme]))
        self.by_ballot: dict[BallotId, BallotCounted] = {}

    @applies(BallotCounted)
    def _(self, event: BallotCounted) -> None:
        self.by_ballot[event.ballot] = event


class TeamTrips(Knowledge):
    """The trips of the teams of a programme."""

    def __init__(self, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=[TripIdeaProposed], tags=[programme]))
        self.teams: dict[TripId, TeamId] = {}

    @applies(TripIdeaProposed)
    def _(self, trip: TripId, team: TeamId) -> None:
        self.teams[trip] = team

    def trips_of(self, teams: Collection[TeamId]) -> tuple[TripId, ...]:
        """The trips of these teams, which their commissioner can see."""
        return tuple(sorted(trip for trip, team in self.teams.items() if team in teams))


# Commands


class WithdrawChallenge(ChallengeCommand):
    """Withdraw a challenge, with a reason (rule 22): as its proposer until it is admitted, later as the organisation only.

    `programme`: that of the challenge. `voters`: the names of the voters that counts published, unsealed, each with the digest
    under which it is sealed; a recount publishes them again.
    """

    challenges: Board  # pyright: ignore[reportIncompatibleVariableOverride]  set once, here

    def __init__(
        self, challenge: ChallengeId, *, programme: ProgrammeId, voters: tuple[Words, ...] = (), by: Caller
    ) -> None:
        super().__init__(by, challenge, Board(challenge, programme=programme))
        self.programme, self.voters = programme, voters
        self.counts = Counts(programme)

    def execute(self) -> None:
        event = self.require_known()
        if event.programme != self.programme:
            raise NotFound
        self._require_right(event)
        self.require_reason()
        course = self.challenges.courses[self.challenge]
        if course.status in {"closed", "declined", "withdrawn"}:
            raise ChallengeOver
        runner_up = self._runner_up()
        self.record(
            ChallengeWithdrawn(
                challenge=self.challenge,
                programme=event.programme,
                organisation=self.challenges.commissioner[self.challenge],
                stage=Code(course.status),
                ballot=course.ballot,
                runner_up=runner_up,
                runner_up_organisation=None if runner_up is None else self.challenges.commissioner[runner_up],
                teams=course.active_teams,
            )
        )
        if course.status == "on_ballot" and course.ballot is not None and course.ballot in self.counts.by_ballot:
            self._recount(self.challenges.ballots[course.ballot], self.counts.by_ballot[course.ballot])

    def _require_right(self, event: ChallengeProposed) -> None:
        """Raises `NotFound`, `NotAllowed`, `NobodysToWithdraw`, `OnBehalfOf` or `ReasonMissing`."""
        if self.commissions() or (self.challenges.status_of(self.challenge) == "proposed" and self.is_proposer()):
            return
        if not self.rights.manages(event.programme):
            self.refuse_to(event)
        if self.challenges.commissioner[self.challenge] is None:
            raise NobodysToWithdraw
        if self.by.on_behalf_of != self.challenges.commissioner[self.challenge]:
            raise OnBehalfOf

    def _runner_up(self) -> ChallengeId | None:
        """The challenge that the ballot that selected this one elects instead, if there are such a ballot and challenge."""
        ballot = self.challenges.seat_of.get(self.challenge)
        counted = None if ballot is None else self.counts.by_ballot.get(ballot)
        if ballot is None or counted is None or self.challenges.status_of(self.challenge) not in PLACED:
            return None
        opened = self.challenges.ballots[ballot]
        others = [one for one in opened.challenge_ids if one != self.challenge]
        seated = [
            one
            for one in others
            if self.challenges.seat_of.get(one) == ballot and self.challenges.status_of(one) in PLACED
        ]
        struck = [one for one in others if one not in seated and self.challenges.status_of(one) not in FREE]
        return next_elected(opened, counted, self.challenge, seated=seated, struck=struck)

    def _recount(self, opened: BallotOpened, counted: BallotCounted) -> None:
        """Count again without the challenge, before certification; if the papers stay closed, void the ballot."""
        if counted.stays_closed:
            self.record(void(opened, "withdrawal"))
            return
        if counted.voters is None:
            self.record(recounted(opened, counted, self.challenge, None))
            return
        voters = next((one for one in self.voters if one == counted.voters), None)
        if voters is None:
            raise CountedMeanwhile
        names = None if voters.text is None else Words(voters.text)  # None: erased
        self.record(recounted(opened, counted, self.challenge, names))


class RecommissionChallenge(ChallengeCommand):
    """Recommission a withdrawn challenge: its teams continue for another organisation, or in the public interest (rule 22).

    `programme`: that of the challenge.
    """

    def __init__(
        self, challenge: ChallengeId, *, programme: ProgrammeId, organisation: OrganisationId | None, by: Caller
    ) -> None:
        super().__init__(by, challenge, Board(challenge, programme=programme))
        self.programme, self.organisation = programme, organisation
        self.team_trips = TeamTrips(programme)
        self.known_organisations = KnownOrganisations(organisation)

    def execute(self) -> None:
        event = self.require_known()
        if event.programme != self.programme:
            raise NotFound
        if not self.rights.manages(event.programme):
            self.refuse_to(event)
        self.require_reason()
        if self.organisation is not None and self.organisation not in self.known_organisations:
            raise UnknownOrganisation(field="organisation_id")
        course = self.challenges.courses[self.challenge]
        if course.status != "withdrawn":
            raise NotWithdrawn
        if not course.active_teams:
            raise NobodyAtWork
        previous = self.challenges.commissioner[self.challenge]
        if self.organisation == previous:
            raise AsIs(field="organisation_id")
        self.record(
            ChallengeRecommissioned(
                challenge=self.challenge,
                programme=event.programme,
                organisation=self.organisation,
                previous=previous,
                teams=course.active_teams,
                trips=self.team_trips.trips_of(course.active_teams),
            )
        )


class TakeUpChallenge(CallerCommand):
    """Give a team whose challenge was withdrawn the runner-up, or another free challenge (rule 22).

    `programme`: that of the team.
    """

    def __init__(self, team: TeamId, *, programme: ProgrammeId, challenge: ChallengeId, by: Caller) -> None:
        super().__init__(by)
        self.team, self.programme, self.challenge = team, programme, challenge
        self.board = Board(programme=programme)
        self.team_trips = TeamTrips(programme)
        self.conclusions = Conclusions(Selector(types=[ProgrammeConcluded], tags=[programme]))

    def execute(self) -> None:
        previous = next((one for one, course in self.board.courses.items() if self.team in course.teams), None)
        if previous is None:
            raise NotFound
        programme, theirs = self.board.proposed[previous].programme, self.board.commissioner[previous]
        if not self.rights.manages(programme):
            reads = self.rights.reads_for((theirs,), previous, programme=programme)
            self.rights.refuse(programme, (theirs,) if reads else ())
        self.conclusions.require_not_concluded(programme)
        self.require_reason()
        course = self.board.courses[previous]
        if self.team in course.ended_teams:
            raise TeamOver
        if course.status != "withdrawn":
            raise NotWithdrawn
        if self.board.status_of(self.challenge) not in FREE:
            raise NotToBeHad(field="challenge_id")
        self.record(
            TeamChallengeChanged(
                team=self.team,
                programme=programme,
                organisation=self.board.commissioner[self.challenge],
                challenge=self.challenge,
                previous=previous,
                previous_organisation=theirs,
                trips=self.team_trips.trips_of((self.team,)),
            )
        )
