"""Questions on a challenge, which are asked and answered before the ballot (rule 34)."""

from domain.challenges.board import Board
from domain.challenges.challenge import ChallengeCommand
from domain.challenges.lifecycle import FREE, ChallengeStatus
from domain.events.ballot import FrozenQuestion
from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.foundation import (
    Caller,
    ChallengeId,
    Digest,
    Knowledge,
    NotFound,
    QuestionId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)

# Refusals


class QuestionsFrozen(Refusal):
    """Rule 34: while a challenge is on a ballot, nobody asks or answers a question on it."""

    CODE = "questions-frozen"
    TEXT = Text(
        en="This challenge is on a ballot: nobody can ask or answer questions on it now.",
        nl="Over dit vraagstuk wordt gestemd: je kunt er nu geen vragen over stellen of beantwoorden.",
    )


class QuestionsClosed(Refusal):
    """Rule 34: once a challenge was selected, declined or withdrawn, nobody asks or answers a question on it."""

    CODE = "questions-closed"
    TEXT = Text(
        en="Nobody can ask or answer questions on this challenge any more: it was decided on.",
        nl="Je kunt over dit vraagstuk geen vragen meer stellen of beantwoorden: er is al over besloten.",
    )


# Knowledge


class Questions(Knowledge):
    """The questions of these ids, or on these challenges, with their present answers."""

    def __init__(self, *ids: str) -> None:
        super().__init__(*(Selector(types=[QuestionAsked, QuestionAnswered], tags=[one]) for one in ids))
        self.asked: dict[QuestionId, QuestionAsked] = {}
        self.answers: dict[QuestionId, Words] = {}

    @applies(QuestionAsked)
    def _(self, event: QuestionAsked) -> None:
        self.asked[event.question] = event

    @applies(QuestionAnswered)
    def _(self, question: QuestionId, text: Words) -> None:
        self.answers[question] = text

    def frozen(self, challenge: ChallengeId) -> tuple[FrozenQuestion, ...]:
        """The questions on a challenge, with the digests of their texts, in the order in which they were asked."""
        found = [(one, (event.text, self.answers.get(one))) for one, event in self.asked.items()]
        return tuple(
            FrozenQuestion(one, tuple(Digest(text.digest) for text in texts if text is not None and text.digest))
            for one, texts in found
            if self.asked[one].challenge == challenge
        )


# Commands


class AskQuestion(ChallengeCommand):
    """Ask a question on a challenge, as somebody of its programme (rule 34)."""

    def __init__(self, question: QuestionId, *, challenge: ChallengeId, text: Words, by: Caller) -> None:
        super().__init__(by, challenge, Board(challenge))
        self.question, self.text = question, text

    def execute(self) -> None:
        event = self.require_known()
        if not self.rights.belongs_to(event.programme):
            self.refuse_to(event)
        self.conclusions.require_not_concluded(event.programme)
        _require_undecided(self.challenges.status_of(self.challenge))
        self.record(
            QuestionAsked(
                question=self.question,
                challenge=event.challenge,
                programme=event.programme,
                organisation=event.organisation,
                proposer=event.proposer,
                author=self.by.person,
                text=self.text,
            )
        )


class AnswerQuestion(ChallengeCommand):
    """Answer a question, or replace its answer (rule 34): the proposer, a commissioner, or a facilitator."""

    def __init__(self, question: QuestionId, *, challenge: ChallengeId, text: Words, by: Caller) -> None:
        super().__init__(by, challenge, Board(challenge))
        self.question, self.text = question, text
        self.questions = Questions(question)

    def execute(self) -> None:
        asked, event = self.questions.asked.get(self.question), self.require_known()
        if asked is None or asked.challenge != self.challenge:
            raise NotFound
        if not (self.is_proposer() or self.commissions() or self.rights.facilitates(event.programme)):
            self.refuse_to(event)
        self.conclusions.require_not_concluded(event.programme)
        _require_undecided(self.challenges.status_of(self.challenge))
        self.record(
            QuestionAnswered(
                question=self.question,
                challenge=event.challenge,
                programme=event.programme,
                organisation=event.organisation,
                asked_by=asked.author,
                author=self.by.person,
                text=self.text,
            )
        )


def _require_undecided(status: ChallengeStatus | None) -> None:
    """Raises `QuestionsFrozen` or `QuestionsClosed` if there was or is a choice about the challenge."""
    if status == "on_ballot":
        raise QuestionsFrozen
    if status != "proposed" and status not in FREE:
        raise QuestionsClosed
