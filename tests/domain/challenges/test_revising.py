"""Rewording a challenge (rule 2)."""

import pytest
from msgspec.structs import replace

from domain.ballots.opening import OpenBallot
from domain.challenges import revising as r
from domain.events.ballot import BallotOpened
from domain.events.challenge import ChallengeDeclined, ChallengeRevised
from domain.foundation import BallotId, Caller, Event, NotAllowed, NotFound, Refusal, Words
from domain.spanning.withdrawing import WithdrawChallenge
from tests.domain.examples.board import (
    ADMITTED,
    BANK,
    BY_ANNA,
    BY_BANKER,
    BY_BOSS,
    BY_GUIDE,
    BY_OTHER_BANKER,
    CARE,
    CERTIFIED,
    DIGEST,
    ENERGY,
    OPEN,
    OPENED,
    PEOPLE,
    PROGRAMME,
    PROPOSED,
    START_UPS,
    STRANGER,
    formed,
)
from tests.domain.examples.team import execute

TITLE, WISH, SHORT = (Words(digest=one * 43) for one in "nws")


def revise(
    by: Caller, title: Words | None = TITLE, wish: Words | None = None, short_title: Words | None = None
) -> r.ReviseChallenge:
    return r.ReviseChallenge(ENERGY, title=title, wish=wish, short_title=short_title, by=by)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(BY_ANNA, id="its proposer"),
        pytest.param(BY_OTHER_BANKER, id="its organisation"),
        pytest.param(BY_GUIDE, id="the facilitator for others"),
        pytest.param(BY_BOSS, id="the manager as well"),
    ],
)
@pytest.mark.parametrize(
    "history",
    [
        pytest.param(PROPOSED, id="proposed"),
        pytest.param(ADMITTED, id="admitted"),
        pytest.param(CERTIFIED, id="not selected"),
    ],
)
def test_a_challenge_can_be_reworded_until_it_is_selected(history: list[Event], by: Caller) -> None:
    event = execute(history, revise(by))[-1]
    assert event == ChallengeRevised(challenge=ENERGY, programme=PROGRAMME, organisation=BANK, title=TITLE)


def test_rule_2_a_ballot_contains_the_digests_of_the_reworded_texts() -> None:
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
    reworded = execute(execute(ADMITTED, revise(BY_ANNA)), revise(BY_ANNA, None, WISH, SHORT))
    opened = execute(reworded, opening)[-1]
    assert isinstance(opened, BallotOpened)
    assert [one.texts for one in opened.challenges] == [("t" * 43, "c" * 43), ("n" * 43, "c" * 43, "w" * 43, "s" * 43)]


def test_a_short_title_can_be_revised_alone() -> None:
    event = execute(ADMITTED, revise(BY_ANNA, None, short_title=SHORT))[-1]
    assert event == ChallengeRevised(challenge=ENERGY, programme=PROGRAMME, organisation=BANK, short_title=SHORT)


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param(OPEN, revise(BY_GUIDE), r.TextsFrozen, id="rule 2: not on a ballot"),
        pytest.param(
            CERTIFIED, r.ReviseChallenge(START_UPS, title=TITLE, by=BY_GUIDE), r.ChoiceMade, id="not selected"
        ),
        pytest.param(
            [*CERTIFIED, formed(START_UPS)],
            r.ReviseChallenge(START_UPS, title=TITLE, by=BY_GUIDE),
            r.ChoiceMade,
            id="not at work",
        ),
        pytest.param(
            [*PROPOSED, ChallengeDeclined(challenge=ENERGY, programme=PROGRAMME, organisation=BANK)],
            revise(BY_ANNA),
            r.ChoiceMade,
            id="not a declined challenge",
        ),
        pytest.param(
            execute(ADMITTED, WithdrawChallenge(ENERGY, programme=PROGRAMME, by=BY_OTHER_BANKER)),
            revise(BY_OTHER_BANKER),
            r.ChoiceMade,
            id="not a withdrawn challenge",
        ),
        pytest.param(ADMITTED, r.ReviseChallenge(CARE, title=TITLE, by=BY_ANNA), NotAllowed, id="not another's"),
        pytest.param(ADMITTED, revise(BY_BANKER), NotFound, id="a contact for another challenge: unknown"),
        pytest.param(
            ADMITTED, revise(replace(BY_ANNA, role="commissioner")), NotFound, id="in the role of a participant"
        ),
        pytest.param(ADMITTED, revise(STRANGER), NotFound, id="a stranger: unknown"),
        pytest.param(PEOPLE, revise(BY_BOSS), NotFound, id="an unknown challenge"),
        pytest.param(ADMITTED, revise(BY_ANNA, None), r.NothingRevised, id="a text or more"),
    ],
)
def test_a_revision_is_refused(history: list[Event], command: r.ReviseChallenge, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        execute(history, command)
