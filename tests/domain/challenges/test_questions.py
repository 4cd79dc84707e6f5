"""Questions on a challenge before the ballot (rule 34)."""

import pytest

from domain.ballots.opening import OpenBallot
from domain.challenges.questions import AnswerQuestion, AskQuestion, QuestionsClosed, QuestionsFrozen
from domain.events.ballot import BallotOpened, BallotVoided, FrozenQuestion
from domain.events.challenge import ChallengeDeclined
from domain.events.programme import ProgrammeConcluded
from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Event,
    NotAllowed,
    NotFound,
    QuestionId,
    Refusal,
    Words,
)
from domain.people.rights import CallerCommand
from domain.programmes.programme import ProgrammeOver
from domain.spanning.withdrawing import WithdrawChallenge
from tests.domain.examples.board import (
    ADMITTED,
    ANNA,
    BALLOT,
    BANK,
    BOSS,
    BY_ANNA,
    BY_BANKER,
    BY_BOSS,
    BY_DOCTOR,
    BY_GUIDE,
    BY_OTHER_BANKER,
    CARE,
    CERTIFIED,
    CLINIC,
    COLLEGE,
    DIGEST,
    DOCTOR,
    ELECTORS,
    ENERGY,
    GUIDE,
    OPEN,
    OPENED,
    OTHER_BANKER,
    PEOPLE,
    PROGRAMME,
    PROPOSED,
    START_UPS,
    STRANGER,
    formed,
)
from tests.domain.examples.deciding import caller
from tests.domain.examples.team import execute

FIRST, SECOND = QuestionId("question_1"), QuestionId("question_2")
TEXT, ANSWER, BETTER = (Words(digest=one * 43) for one in "qab")
BERT = ELECTORS[1]
BY_BERT = caller("participant", BERT)
FREE = [
    pytest.param(PROPOSED, id="proposed"),
    pytest.param(ADMITTED, id="admitted"),
    pytest.param(CERTIFIED, id="not selected"),
]
"""Histories after which energy may still be on a ballot."""


def ask(by: Caller = BY_BERT, question: QuestionId = FIRST, challenge: ChallengeId = ENERGY) -> AskQuestion:
    return AskQuestion(question, challenge=challenge, text=TEXT, by=by)


def frozen(question: QuestionId, *texts: Words) -> FrozenQuestion:
    return FrozenQuestion(question, tuple(Digest(one.digest) for one in texts if one.digest))


def answer(
    by: Caller = BY_ANNA, question: QuestionId = FIRST, challenge: ChallengeId = ENERGY, text: Words = ANSWER
) -> AnswerQuestion:
    return AnswerQuestion(question, challenge=challenge, text=text, by=by)


ASKED = QuestionAsked(
    question=FIRST, challenge=ENERGY, programme=PROGRAMME, organisation=BANK, proposer=ANNA, author=BERT, text=TEXT
)
DECLINED = ChallengeDeclined(challenge=ENERGY, programme=PROGRAMME, organisation=BANK)
OVER = ProgrammeConcluded(programme=PROGRAMME, teams=(), members=(), trips=(), challenges=(CARE, ENERGY, START_UPS))


@pytest.mark.parametrize("history", FREE)
@pytest.mark.parametrize(
    ("by", "author"),
    [
        pytest.param(BY_BERT, BERT, id="a participant"),
        pytest.param(BY_GUIDE, GUIDE, id="a facilitator"),
        pytest.param(BY_BOSS, BOSS, id="a manager"),
    ],
)
def test_people_of_the_programme_ask_before_the_ballot(history: list[Event], by: Caller, author: object) -> None:
    event = execute(history, ask(by))[-1]
    assert isinstance(event, QuestionAsked)
    assert (event.author, event.proposer, event.organisation) == (author, ANNA, BANK)


@pytest.mark.parametrize("history", FREE)
@pytest.mark.parametrize(
    ("by", "author"),
    [
        pytest.param(BY_ANNA, ANNA, id="the proposer"),
        pytest.param(BY_OTHER_BANKER, OTHER_BANKER, id="a commissioner of the challenge"),
        pytest.param(BY_GUIDE, GUIDE, id="a facilitator"),
        pytest.param(BY_BOSS, BOSS, id="a manager"),
    ],
)
def test_whoever_knows_the_challenge_answers(history: list[Event], by: Caller, author: object) -> None:
    event = execute([*history, ASKED], answer(by))[-1]
    assert isinstance(event, QuestionAnswered)
    assert (event.author, event.asked_by, event.text) == (author, BERT, ANSWER)


def test_an_answer_is_replaced_by_a_later_one_of_somebody_else() -> None:
    before = execute([*ADMITTED, ASKED], answer())
    event = execute(before, answer(BY_OTHER_BANKER, text=BETTER))[-1]
    assert isinstance(event, QuestionAnswered)
    assert (event.author, event.text) == (OTHER_BANKER, BETTER)


def test_rule_33_a_ballot_names_the_questions_and_answers_at_its_opening() -> None:
    opening = OpenBallot(
        BallotId("ballot_9"),
        programme=PROGRAMME,
        challenges=(CARE, ENERGY),
        closes_at=OPENED.closes_at,
        tie_seed_commitment=DIGEST,
        ballot_key=DIGEST,
        seats=1,
        by=BY_GUIDE,
    )
    history: list[Event] = [*ADMITTED]
    for command in (ask(), ask(question=SECOND), answer(), answer(BY_GUIDE, text=BETTER)):
        history = execute(history, command)
    opened = execute(history, opening)[-1]
    assert isinstance(opened, BallotOpened)
    care, energy = opened.challenges
    assert care.questions == ()
    assert energy.questions == (frozen(FIRST, TEXT, BETTER), frozen(SECOND, TEXT))


def test_questions_are_possible_again_after_a_void_ballot() -> None:
    void = BallotVoided(
        ballot=BALLOT,
        programme=PROGRAMME,
        organisations=(BANK, CLINIC, COLLEGE),
        challenge_ids=OPENED.challenge_ids,
        cause=Code("quorum"),
    )
    assert isinstance(execute([*OPEN, void], ask())[-1], QuestionAsked)


LATE = [
    pytest.param([*OPEN, ASKED], QuestionsFrozen, id="on a ballot"),
    pytest.param([*PROPOSED, ASKED, DECLINED], QuestionsClosed, id="declined"),
    pytest.param(
        execute([*ADMITTED, ASKED], WithdrawChallenge(ENERGY, programme=PROGRAMME, by=BY_OTHER_BANKER)),
        QuestionsClosed,
        id="withdrawn",
    ),
    pytest.param([*ADMITTED, ASKED, formed(ENERGY)], QuestionsClosed, id="at work"),
    pytest.param([*ADMITTED, ASKED, OVER], ProgrammeOver, id="after the conclusion"),
]


@pytest.mark.parametrize(("history", "refusal"), LATE)
@pytest.mark.parametrize("command", [ask, answer])
def test_rule_33_nobody_asks_or_answers_once_the_texts_were_chosen_by(
    history: list[Event], refusal: type[Refusal], command: type[CallerCommand]
) -> None:
    with pytest.raises(refusal):
        execute(history, command(BY_GUIDE))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(ask(BY_OTHER_BANKER), NotAllowed, id="a commissioner does not ask"),
        pytest.param(ask(BY_BANKER), NotFound, id="a contact for another challenge: unknown"),
        pytest.param(ask(STRANGER), NotFound, id="a stranger: unknown"),
        pytest.param(ask(challenge=ChallengeId("challenge_9")), NotFound, id="an unknown challenge"),
        pytest.param(answer(BY_BERT), NotAllowed, id="another participant does not answer"),
        pytest.param(answer(BY_DOCTOR), NotFound, id="another organisation: unknown"),
        pytest.param(answer(caller("auditor", DOCTOR)), NotFound, id="an auditor elsewhere: unknown"),
        pytest.param(answer(STRANGER), NotFound, id="a stranger does not answer"),
        pytest.param(answer(BY_GUIDE, SECOND), NotFound, id="an unknown question"),
        pytest.param(answer(BY_GUIDE, challenge=CARE), NotFound, id="a question on another challenge"),
    ],
)
def test_a_question_or_answer_is_refused(command: CallerCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        execute([*ADMITTED, ASKED], command)


def test_a_question_needs_a_challenge() -> None:
    with pytest.raises(NotFound):
        execute(PEOPLE, ask(BY_BOSS))
