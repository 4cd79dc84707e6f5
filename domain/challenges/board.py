"""The challenge board: where each challenge stands, learnt in one place for all that depends on it."""

from domain.challenges.challenge import KnowingChallenges
from domain.challenges.lifecycle import advised, came_to, ended, given_up, lost, put_on_ballot, taken_up
from domain.events.ballot import BallotCertified, BallotOpened, BallotVoided, ChallengesChosen
from domain.events.challenge import CHALLENGE_FACTS
from domain.events.followup import FormalResponseGiven, RecommendationClosed, ResponseVerdict
from domain.events.presentation import AdviceDelivered, Stated
from domain.events.team import TeamChallengeChanged, TeamDissolved, TeamFormed, TeamMerged
from domain.foundation import (
    BallotId,
    ChallengeId,
    Fact,
    ProgrammeId,
    RecommendationId,
    Selector,
    TeamId,
    learns,
)

BOARD_FACTS: list[type[Fact]] = [
    *CHALLENGE_FACTS,
    BallotOpened,
    BallotCertified,
    BallotVoided,
    ChallengesChosen,
    TeamFormed,
    TeamMerged,
    TeamDissolved,
    TeamChallengeChanged,
    AdviceDelivered,
    FormalResponseGiven,
    RecommendationClosed,
]
"""The facts that say where challenges stand."""


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
        """The facts that say what a challenge is, and where it stands."""
        return Selector(types=BOARD_FACTS, tags=[challenge])

    @staticmethod
    def of_programme(programme: ProgrammeId) -> Selector:
        """The same of every challenge of a programme."""
        return Selector(types=BOARD_FACTS, tags=[programme])

    @learns(BallotOpened)
    def _(self, fact: BallotOpened) -> None:
        self.ballots[fact.ballot] = fact
        for one in fact.challenge_ids:
            self.goes(one, lambda course: put_on_ballot(course, fact.ballot))

    @learns(BallotCertified)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...], selected: tuple[ChallengeId, ...]) -> None:
        self.seat_of.update(dict.fromkeys(selected, ballot))
        for one in challenge_ids:
            now = "selected" if one in selected else "not_selected"
            self.goes(one, lambda course, now=now: came_to(course, now))

    @learns(BallotVoided)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...]) -> None:
        self.void.add(ballot)
        for one in challenge_ids:
            self.goes(one, lambda course: came_to(course, "admitted"))

    @learns(ChallengesChosen)
    def _(self, challenges: tuple[ChallengeId, ...]) -> None:
        for one in challenges:
            self.goes(one, lambda course: came_to(course, "selected"))

    @learns(TeamFormed)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: taken_up(course, team))

    @learns(TeamMerged)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: lost(course, team))

    @learns(TeamDissolved)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.goes(challenge, lambda course: lost(course, team))

    @learns(TeamChallengeChanged)
    def _(self, fact: TeamChallengeChanged) -> None:
        if fact.previous in self.seat_of:
            self.seat_of[fact.challenge] = self.seat_of[fact.previous]
        self.goes(fact.previous, lambda course: given_up(course, fact.team))
        self.goes(fact.challenge, lambda course: taken_up(course, fact.team))

    @learns(AdviceDelivered)
    def _(self, challenge: ChallengeId, team: TeamId, recommendations: tuple[Stated, ...]) -> None:
        stated = [(one.recommendation, one.version) for one in recommendations]
        self.goes(challenge, lambda course: advised(course, team, stated))

    @learns(FormalResponseGiven)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId, verdict: ResponseVerdict) -> None:
        if verdict == "rejected":
            self.goes(challenge, lambda course: ended(course, recommendation, "rejected"))

    @learns(RecommendationClosed)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId) -> None:
        self.goes(challenge, lambda course: ended(course, recommendation, "closed"))
