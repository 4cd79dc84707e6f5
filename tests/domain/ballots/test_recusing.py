"""Recusals, rule by rule: an elector cannot approve a challenge that they are recused from."""

import pytest
from msgspec.structs import replace

from domain.ballots import ballot as b
from domain.ballots import recusing, voting
from domain.events.ballot import BallotCounted, BallotVoided, RecusalDeclared
from domain.events.challenge import ChallengeWithdrawn
from domain.events.roles import ContactAppointed
from domain.foundation import AsIs, Caller, ChallengeId, Code, Digest, Event, NotAllowed, NotFound, PersonId, Refusal
from tests.domain.examples.ballot import (
    ANNA,
    BALLOT,
    BANK,
    BERT,
    BOSS,
    CARE,
    CERTIFIED,
    CLINIC,
    CONTACT,
    ENERGY,
    ENROLLED,
    EVE,
    GUIDE,
    GUIDES,
    MANAGES,
    OPENED,
    PROGRAMME,
    START_UPS,
    VOIDED,
    closed,
    commitment,
    count,
    papers,
    vote,
    voted,
)
from tests.domain.examples.deciding import caller, decide

CLEO, DIRK = PersonId("person_cleo"), PersonId("person_dirk")
EVERYTHING = (CARE, ENERGY, START_UPS)


def recuse(
    challenge: ChallengeId = CARE,
    *,
    by: Caller | None = None,
    approvals: tuple[ChallengeId, ...] | None = None,
    held: Digest | None = None,
) -> recusing.DeclareRecusal:
    paper = None if approvals is None else recusing.HeldPaper(held or commitment(ANNA), approvals)
    return recusing.DeclareRecusal(BALLOT, challenge=challenge, paper=paper, by=by or caller("participant", ANNA))


def recused(elector: PersonId, challenge: ChallengeId) -> RecusalDeclared:
    return RecusalDeclared(ballot=BALLOT, programme=PROGRAMME, elector=elector, challenge=challenge)


def test_rule_7_an_elector_recuses_themselves_until_the_deadline_by_the_stores_clock() -> None:
    command = recuse()
    assert decide(command, OPENED) == [recused(ANNA, CARE)]
    assert command.not_after == OPENED.closes_at  # rule 4


def test_rule_7_a_recusal_is_allowed_beside_a_paper_without_that_challenge() -> None:
    assert decide(recuse(CARE, approvals=(ENERGY,)), OPENED, voted(ANNA)) == [recused(ANNA, CARE)]


def test_rule_7_an_elector_can_be_recused_from_several_challenges() -> None:
    assert decide(recuse(CARE), OPENED, recused(ANNA, ENERGY)) == [recused(ANNA, CARE)]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            recuse(CARE, approvals=(ENERGY, CARE)),
            [OPENED, voted(ANNA)],
            recusing.PaperApproves,
            id="rule 7: not while the own paper approves it",
        ),
        pytest.param(
            recuse(CARE, approvals=(CARE,)),
            [OPENED, voted(ANNA, own=False)],
            recusing.PaperApproves,
            id="rule 7: nor while a paper entered for them approves it",
        ),
        pytest.param(
            recuse(CARE, approvals=(ENERGY,), held=commitment("earlier")),
            [OPENED, voted(ANNA)],
            recusing.PaperReplaced,
            id="rule 3: the given paper is not the current one",
        ),
        pytest.param(
            recuse(CARE), [OPENED, voted(ANNA)], recusing.PaperReplaced, id="rule 3: a paper was handed in meanwhile"
        ),
        pytest.param(
            recuse(CARE),
            [replace(OPENED, secrecy=Code("secret")), voted(ANNA)],
            recusing.PaperHandedIn,
            id="rule 5: not with any secret paper",
        ),
        pytest.param(recuse(), [OPENED, recused(ANNA, CARE)], AsIs, id="twice"),
        pytest.param(recuse(ChallengeId("challenge_9")), [OPENED], b.NotOnTheBallot, id="rule 2: of the ballot"),
        pytest.param(recuse(), [OPENED, closed()], b.BallotNotOpen, id="rule 4: not after the close"),
        pytest.param(recuse(), [OPENED, closed(), CERTIFIED], b.BallotNotOpen, id="not after the result"),
        pytest.param(recuse(), [OPENED, VOIDED], b.BallotNotOpen, id="rule 8: not on a void ballot"),
        pytest.param(
            recuse(by=caller("participant", EVE)),
            [OPENED, replace(ENROLLED[0], person=EVE)],
            b.NotAnElector,
            id="rule 1: a participant who joined later is no elector",
        ),
        pytest.param(recuse(by=caller("participant", EVE)), [OPENED], NotFound, id="a stranger knows of no ballot"),
        pytest.param(recuse(by=caller("facilitator", GUIDE)), [OPENED, GUIDES], NotAllowed, id="not the facilitator"),
        pytest.param(
            recuse(by=caller("manager", BOSS)), [OPENED, MANAGES], NotAllowed, id="not on behalf of somebody else"
        ),
        pytest.param(
            recuse(by=caller("commissioner", CONTACT)),
            [
                OPENED,
                ContactAppointed(contact="contact_1", organisation=BANK, person=CONTACT, role=Code("commissioner")),  # pyright: ignore[reportArgumentType]  any id
            ],
            NotAllowed,
            id="a commissioner of a challenge on it sees it",
        ),
        pytest.param(recuse(), [], NotFound, id="no ballot"),
    ],
)
def test_a_recusal_is_refused(command: recusing.DeclareRecusal, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


# Voting after it


def test_rule_7_an_elector_recused_from_a_challenge_cannot_approve_it() -> None:
    with pytest.raises(voting.Recused) as refused:
        decide(vote(ANNA, (ENERGY, CARE)), OPENED, recused(ANNA, CARE))
    assert CARE in str(refused.value)


def test_rule_7_a_paper_entered_for_a_recused_elector_cannot_approve_it_either() -> None:
    by = caller("manager", BOSS, reason="by telephone")
    with pytest.raises(voting.Recused):
        decide(vote(ANNA, (CARE,), by), OPENED, MANAGES, recused(ANNA, CARE))


def test_rule_7_a_recused_elector_can_still_approve_other_challenges() -> None:
    assert decide(vote(ANNA, (ENERGY,)), OPENED, recused(ANNA, CARE)) == [voted(ANNA)]


# Counting


def test_rule_7_the_count_gives_the_number_of_recusals_per_challenge() -> None:
    given = [OPENED, recused(ANNA, CARE), recused(BERT, CARE), recused(BERT, ENERGY), closed(ANNA)]
    (event,) = decide(count(papers(anna=(START_UPS,))), *given)
    assert isinstance(event, BallotCounted)
    assert [(one.challenge, one.approvals) for one in event.recusals] == [(CARE, 2), (ENERGY, 1)]


FOUR = replace(OPENED, electorate=(ANNA, BERT, CLEO, DIRK))
ONE_PAPER = papers(anna=(CARE,))


def test_rule_8_one_paper_of_four_electors_misses_a_quorum_of_half() -> None:
    (event,) = decide(count(ONE_PAPER), FOUR, closed(ANNA))
    assert isinstance(event, BallotVoided)


def test_rule_8_electors_recused_from_every_challenge_do_not_count_for_the_quorum() -> None:
    away = [recused(elector, one) for elector in (CLEO, DIRK) for one in EVERYTHING]
    (event,) = decide(count(ONE_PAPER), FOUR, *away, closed(ANNA))
    assert isinstance(event, BallotCounted)
    (event,) = decide(count(ONE_PAPER), FOUR, *away[:-1], closed(ANNA))
    assert isinstance(event, BallotVoided), "they are not recused from one challenge"


def test_rule_8_a_struck_challenge_does_not_count_as_a_choice() -> None:
    away = [recused(elector, one) for elector in (CLEO, DIRK) for one in (CARE, ENERGY)]
    withdrawn = ChallengeWithdrawn(
        challenge=START_UPS, programme=PROGRAMME, organisation=CLINIC, stage=Code("on_ballot"), ballot=BALLOT
    )
    (event,) = decide(count(ONE_PAPER), FOUR, *away, withdrawn, closed(ANNA))
    assert isinstance(event, BallotCounted)


def test_rule_8_the_quorum_is_exact() -> None:
    two_of_three = [replace(OPENED, electorate=(ANNA, BERT, CLEO), quorum_permille=666), closed(ANNA, BERT)]
    (event,) = decide(count(papers(anna=(), bert=())), *two_of_three)
    assert isinstance(event, BallotCounted)
    (event,) = decide(count(papers(anna=(), bert=())), replace(two_of_three[0], quorum_permille=667), two_of_three[1])
    assert isinstance(event, BallotVoided)
