"""Taking a challenge back, at every stage (rule 22), and what the manager decides for the teams that worked on it."""

from base64 import urlsafe_b64decode
from collections.abc import Collection

from msgspec.structs import replace

from domain.advice.followup import OnBehalfOf
from domain.ballots.ballot import void
from domain.calculations import counting
from domain.challenges.board import Board
from domain.challenges.challenge import JudgingChallenge
from domain.challenges.lifecycle import FREE, ChallengeStatus
from domain.events.ballot import BallotCounted, BallotOpened
from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned, ChallengeWithdrawn
from domain.events.people import OrganisationRegistered
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamChallengeChanged
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AsIs,
    BallotId,
    Caller,
    ChallengeId,
    Code,
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
from domain.people.people import UnknownOrganisation
from domain.programmes.programme import KnowingConclusions
from domain.teams.team import TeamOver

PLACED: frozenset[ChallengeStatus] = frozenset({"selected", "in_progress", "advised", "closed"})
"""What holds a place that a ballot gave it."""

# Refusals


class ChallengeOver(Refusal):
    """Rule 22: what is closed, declined or withdrawn is not withdrawn."""

    CODE = "challenge-over"
    TEXT = Text(
        en="This challenge is closed, declined or withdrawn.",
        nl="Dit vraagstuk is afgesloten, afgewezen of teruggetrokken.",
    )


class NobodysToWithdraw(Refusal):
    """Rule 22: only the organisation withdraws; what goes on in the public interest has none."""

    CODE = "in-the-public-interest"
    TEXT = Text(
        en="This challenge goes on in the public interest: there is no organisation that could withdraw it.",
        nl="Dit vraagstuk gaat verder in het publiek belang: er is geen organisatie die het kan terugtrekken.",
    )


class CountedMeanwhile(Refusal):
    """The ballot was counted between the asking and the deciding; asked again, it is counted without the challenge."""

    CODE = "counted-meanwhile"
    TEXT = Text(
        en="The ballot was counted at this very moment. Send this again.",
        nl="De stemming werd juist geteld. Stuur dit opnieuw.",
    )


class NotWithdrawn(Refusal):
    """Rule 22: a team goes on for somebody else, or with something else, once its challenge is withdrawn."""

    CODE = "not-withdrawn"
    TEXT = Text(en="This challenge was not withdrawn.", nl="Dit vraagstuk is niet teruggetrokken.")


class NobodyAtWork(Refusal):
    """Rule 22: a withdrawn challenge goes on if a team works on it."""

    CODE = "nobody-at-work"
    TEXT = Text(
        en="No CoP works on this challenge: there is nothing to go on with.",
        nl="Er werkt geen CoP aan dit vraagstuk: er is niets om mee verder te gaan.",
    )


class NotToBeHad(Refusal):
    """Rule 22: a team takes the runner-up, or another challenge that was admitted and not selected."""

    CODE = "challenge-not-free"
    TEXT = Text(
        en="This challenge cannot be taken up: it is not admitted, on a ballot, or others work on it.",
        nl="Dit vraagstuk is niet vrij: niet toegelaten, in stemming, of anderen werken eraan.",
    )


# Counting without what was withdrawn


def _papers(counted: BallotCounted) -> list[counting.Paper]:
    return [counting.Paper(one.tracker or str(one.number), one.approvals) for one in counted.papers]


def _seed(counted: BallotCounted) -> bytes:
    return urlsafe_b64decode(counted.tie_seed + "=")


def recounted(
    opened: BallotOpened, counted: BallotCounted, withdrawn: ChallengeId, voters: Words | None
) -> BallotCounted:
    """The count of the published papers without `withdrawn`, with the same seed. `voters`: whose papers they are, opened."""
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
    """What the same count elects in place of `withdrawn`, `seated` kept.

    None where nothing else was approved, or the papers stay closed.
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


# Commands


class WithdrawChallenge(JudgingChallenge, Board):
    """Take a challenge back, with a reason (rule 22): its proposer until admission, afterwards the organisation alone.

    `programme`: that of the challenge. `voters`: whose papers a count published, opened, by the digest under which they are
    sealed; a recount publishes them again.
    """

    def __init__(
        self, challenge: ChallengeId, *, programme: ProgrammeId, voters: tuple[Words, ...] = (), by: Caller
    ) -> None:
        super().__init__(challenge, by=by)
        self.programme, self.voters = programme, voters
        self.counts: dict[BallotId, BallotCounted] = {}

    def consistency_boundary(self) -> list[Selector]:
        everything = self.of_programme(self.programme)
        counts = Selector(types=[BallotCounted], tags=[self.programme])
        return [*super().consistency_boundary(), everything, counts]

    @applies(BallotCounted)
    def _(self, event: BallotCounted) -> None:
        self.counts[event.ballot] = event

    def execute(self) -> None:
        event = self.require_known()
        if event.programme != self.programme:
            raise NotFound
        self._require_right(event)
        self.require_reason()
        course = self.courses[self.challenge]
        if course.status in {"closed", "declined", "withdrawn"}:
            raise ChallengeOver
        runner_up = self._runner_up()
        self.record(
            ChallengeWithdrawn(
                challenge=self.challenge,
                programme=event.programme,
                organisation=self.commissioner[self.challenge],
                stage=Code(course.status),
                ballot=course.ballot,
                runner_up=runner_up,
                runner_up_organisation=None if runner_up is None else self.commissioner[runner_up],
                teams=course.going_on,
            )
        )
        if course.status == "on_ballot" and course.ballot is not None and course.ballot in self.counts:
            self._count_again(self.ballots[course.ballot], self.counts[course.ballot])

    def _require_right(self, event: ChallengeProposed) -> None:
        """Raises `NotFound`, `NotAllowed`, `NobodysToWithdraw`, `OnBehalfOf` or `ReasonMissing`."""
        if self.commissions() or (self.status_of(self.challenge) == "proposed" and self.is_proposer()):
            return
        if not self.manages(event.programme):
            self.refuse_to(event)
        if self.commissioner[self.challenge] is None:
            raise NobodysToWithdraw
        if self.by.on_behalf_of != self.commissioner[self.challenge]:
            raise OnBehalfOf

    def _runner_up(self) -> ChallengeId | None:
        """What the ballot that gave it its place elects instead; None where none did, or it has none."""
        ballot = self.seat_of.get(self.challenge)
        if ballot is None or ballot not in self.counts or self.status_of(self.challenge) not in PLACED:
            return None
        opened = self.ballots[ballot]
        others = [one for one in opened.challenge_ids if one != self.challenge]
        seated = [one for one in others if self.seat_of.get(one) == ballot and self.status_of(one) in PLACED]
        struck = [one for one in others if one not in seated and self.status_of(one) not in FREE]
        return next_elected(opened, self.counts[ballot], self.challenge, seated=seated, struck=struck)

    def _count_again(self, opened: BallotOpened, counted: BallotCounted) -> None:
        """Counted and not certified: counted without it at once; where papers stay closed, there is no result."""
        if counted.stays_closed:
            self.record(void(opened, "withdrawal"))
            return
        if counted.voters is None:
            self.record(recounted(opened, counted, self.challenge, None))
            return
        voters = next((one for one in self.voters if one == counted.voters), None)
        if voters is None:
            raise CountedMeanwhile
        again = None if voters.text is None else Words(voters.text)  # whose text is gone stays unknown
        self.record(recounted(opened, counted, self.challenge, again))


class ForTeams(Board):
    """What must be known to let teams go on for somebody else: where the challenges of their programme stand, and their trips."""

    def __init__(self) -> None:
        super().__init__()
        self.trips: dict[TripId, TeamId] = {}

    def everything(self, programme: ProgrammeId) -> list[Selector]:
        """The events that say so of a whole programme."""
        return [self.of_programme(programme), Selector(types=[TripIdeaProposed], tags=[programme])]

    @applies(TripIdeaProposed)
    def _(self, trip: TripId, team: TeamId) -> None:
        self.trips[trip] = team

    def trips_of(self, teams: Collection[TeamId]) -> tuple[TripId, ...]:
        """Their trips, which are told to whom they work for."""
        return tuple(sorted(trip for trip, team in self.trips.items() if team in teams))


class RecommissionChallenge(JudgingChallenge, ForTeams):
    """Let the teams of a withdrawn challenge go on for another organisation, or in the public interest (rule 22).

    `programme`: that of the challenge.
    """

    known_organisation: bool = False

    def __init__(
        self, challenge: ChallengeId, *, programme: ProgrammeId, organisation: OrganisationId | None, by: Caller
    ) -> None:
        super().__init__(challenge, by=by)
        self.programme, self.organisation = programme, organisation

    def consistency_boundary(self) -> list[Selector]:
        theirs = (
            [] if self.organisation is None else [Selector(types=[OrganisationRegistered], tags=[self.organisation])]
        )
        return [*super().consistency_boundary(), *self.everything(self.programme), *theirs]

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisation |= organisation == self.organisation

    def execute(self) -> None:
        event = self.require_known()
        if event.programme != self.programme:
            raise NotFound
        if not self.manages(event.programme):
            self.refuse_to(event)
        self.require_reason()
        if self.organisation is not None and not self.known_organisation:
            raise UnknownOrganisation(field="organisation_id")
        course = self.courses[self.challenge]
        if course.status != "withdrawn":
            raise NotWithdrawn
        if not course.going_on:
            raise NobodyAtWork
        previous = self.commissioner[self.challenge]
        if self.organisation == previous:
            raise AsIs(field="organisation_id")
        self.record(
            ChallengeRecommissioned(
                challenge=self.challenge,
                programme=event.programme,
                organisation=self.organisation,
                previous=previous,
                teams=course.going_on,
                trips=self.trips_of(course.going_on),
            )
        )


class TakeUpChallenge(KnowingConclusions, ForTeams):
    """Let a team whose challenge was withdrawn work on the runner-up, or on another that is free (rule 22).

    `programme`: that of the team.
    """

    def __init__(self, team: TeamId, *, programme: ProgrammeId, challenge: ChallengeId, by: Caller) -> None:
        super().__init__()
        self.team, self.programme, self.challenge, self.by = team, programme, challenge, by

    def consistency_boundary(self) -> list[Selector]:
        over = Selector(types=[ProgrammeConcluded], tags=[self.programme])
        return [*super().consistency_boundary(), *self.everything(self.programme), over]

    def execute(self) -> None:
        previous = next((one for one, course in self.courses.items() if self.team in course.teams), None)
        if previous is None:
            raise NotFound
        programme, theirs = self.proposed[previous].programme, self.commissioner[previous]
        if not self.manages(programme):
            self.refuse(programme, (theirs,) if self.reads_for((theirs,), previous, programme=programme) else ())
        self.require_working_time(programme)
        self.require_reason()
        course = self.courses[previous]
        if self.team in course.ended_teams:
            raise TeamOver
        if course.status != "withdrawn":
            raise NotWithdrawn
        if self.status_of(self.challenge) not in FREE:
            raise NotToBeHad(field="challenge_id")
        self.record(
            TeamChallengeChanged(
                team=self.team,
                programme=programme,
                organisation=self.commissioner[self.challenge],
                challenge=self.challenge,
                previous=previous,
                previous_organisation=theirs,
                trips=self.trips_of((self.team,)),
            )
        )
