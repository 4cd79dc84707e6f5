"""The challenge board: how far each challenge has come."""

from domain.challenges.challenge import Challenges
from domain.challenges.lifecycle import (
    advised,
    ended,
    put_on_ballot,
    with_ended_team,
    with_status,
    with_team,
    without_team,
)
from domain.events.ballot import BallotCertified, BallotOpened, BallotVoided, ChallengesChosen
from domain.events.challenge import CHALLENGE_EVENTS
from domain.events.followup import FormalResponseGiven, RecommendationClosed, ResponseVerdict
from domain.events.presentation import AdviceDelivered, HandedRecommendation
from domain.events.team import TeamChallengeChanged, TeamDissolved, TeamFormed, TeamMerged
from domain.foundation import (
    BallotId,
    ChallengeId,
    Event,
    ProgrammeId,
    RecommendationId,
    TeamId,
    applies,
)

BOARD_EVENTS: list[type[Event]] = [
    *CHALLENGE_EVENTS,
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
"""The events that say how far challenges have come."""


class Board(Challenges):
    """The state of challenges and how far each has come; of the challenges named, or of all of a programme.

    `ballots` and `void`: the ballots that they were on, and those without a result.
    """

    EVENTS = BOARD_EVENTS

    def __init__(self, *challenges: ChallengeId, programme: ProgrammeId | None = None) -> None:
        super().__init__(*challenges, programme=programme)
        self.ballots: dict[BallotId, BallotOpened] = {}
        self.void: set[BallotId] = set()

    @applies(BallotOpened)
    def _(self, event: BallotOpened) -> None:
        self.ballots[event.ballot] = event
        for one in event.challenge_ids:
            self.advance(one, lambda course: put_on_ballot(course, event.ballot))

    @applies(BallotCertified)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...], selected: tuple[ChallengeId, ...]) -> None:
        self.seat_of.update(dict.fromkeys(selected, ballot))
        for one in challenge_ids:
            now = "selected" if one in selected else "not_selected"
            self.advance(one, lambda course, now=now: with_status(course, now))

    @applies(BallotVoided)
    def _(self, ballot: BallotId, challenge_ids: tuple[ChallengeId, ...]) -> None:
        self.void.add(ballot)
        for one in challenge_ids:
            self.advance(one, lambda course: with_status(course, "admitted"))

    @applies(ChallengesChosen)
    def _(self, challenges: tuple[ChallengeId, ...]) -> None:
        for one in challenges:
            self.advance(one, lambda course: with_status(course, "selected"))

    @applies(TeamFormed)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.advance(challenge, lambda course: with_team(course, team))

    @applies(TeamMerged)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.advance(challenge, lambda course: with_ended_team(course, team))

    @applies(TeamDissolved)
    def _(self, challenge: ChallengeId, team: TeamId) -> None:
        self.advance(challenge, lambda course: with_ended_team(course, team))

    @applies(TeamChallengeChanged)
    def _(self, event: TeamChallengeChanged) -> None:
        if event.previous in self.seat_of:
            self.seat_of[event.challenge] = self.seat_of[event.previous]
        self.advance(event.previous, lambda course: without_team(course, event.team))
        self.advance(event.challenge, lambda course: with_team(course, event.team))

    @applies(AdviceDelivered)
    def _(self, challenge: ChallengeId, team: TeamId, recommendations: tuple[HandedRecommendation, ...]) -> None:
        stated = [(one.recommendation, one.version) for one in recommendations]
        self.advance(challenge, lambda course: advised(course, team, stated))

    @applies(FormalResponseGiven)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId, verdict: ResponseVerdict) -> None:
        if verdict == "rejected":
            self.advance(challenge, lambda course: ended(course, recommendation, "rejected"))

    @applies(RecommendationClosed)
    def _(self, challenge: ChallengeId, recommendation: RecommendationId) -> None:
        self.advance(challenge, lambda course: ended(course, recommendation, "closed"))
