"""Secret ballots: the papers that a count publishes or withholds (docs/explanation/sealing.md 'Ballot papers')."""

import pytest
from msgspec.structs import replace

from domain.ballots import tallying
from domain.calculations import counting
from domain.events.ballot import BallotCounted, BallotOpened, OfBallot, OwnChallenges, RecusalDeclared
from domain.events.roles import ParticipantEnrolled
from domain.foundation import ChallengeId, Code, NotAllowed, PersonId
from tests.domain.examples.ballot import (
    BALLOT,
    BOSS,
    CARE,
    ENERGY,
    GROUND,
    MANAGES,
    OPENED,
    PROGRAMME,
    SEED,
    START_UPS,
    Opening,
    closed,
    commitment,
    vote,
)
from tests.domain.examples.deciding import caller, decide

VOTERS = tuple(PersonId(f"person_{name}") for name in "abcdefg")
SECRET = replace(OPENED, secrecy=Code("secret"), electorate=VOTERS, own=(OwnChallenges(VOTERS[0], (CARE,)),))
TRACKERS = ("T3", "T1", "T7", "T2", "T5", "T4", "T6")
SAID = ((CARE,), (CARE, ENERGY), (), (ENERGY,), (CARE,), (START_UPS,), (CARE, START_UPS))


def counted(number: int, *given: RecusalDeclared, opened: BallotOpened = SECRET) -> BallotCounted:
    """The count of the first `number` papers."""
    found = [
        tallying.OpenedPaper(voter, said, commitment(voter), Code(tracker))
        for voter, said, tracker in list(zip(VOTERS, SAID, TRACKERS, strict=True))[:number]
    ]
    command = tallying.CountBallot(BALLOT, papers=found, tie_seed=SEED, by=caller("system"))
    (event,) = decide(command, opened, *given, closed(*VOTERS[:number]))
    assert isinstance(event, BallotCounted)
    assert command.drops_papers_of == BALLOT
    return event


def recused(elector: PersonId, challenge: ChallengeId) -> RecusalDeclared:
    return RecusalDeclared(ballot=BALLOT, programme=PROGRAMME, elector=elector, challenge=challenge)


def test_rule_5_a_secret_ballot_publishes_papers_by_tracker_and_no_voters() -> None:
    event = counted(7)
    assert [one.tracker for one in event.papers] == sorted(TRACKERS)
    assert {one.tracker: one.approvals for one in event.papers} == dict(zip(TRACKERS, SAID, strict=True))
    assert event.voters is None
    assert not event.stays_closed


def test_rule_5_the_trace_of_a_secret_ballot_names_trackers() -> None:
    named = {name for round_ in counted(7).trace for share in (*round_.paid, *round_.left) for name in share.papers}
    assert named
    assert named <= set(TRACKERS)


def test_rule_5_the_order_of_secret_papers_is_not_that_of_their_commitments() -> None:
    """`ballot.vote_cast` pairs voters with commitments: numbers in that order would reveal the voter of each paper."""
    in_order = [one.tracker for one in counted(7).papers]
    opened = replace(SECRET, secrecy=Code("named"))
    voters = counted(7, opened=opened).voters
    assert voters is not None
    assert voters.text is not None
    by_commitment = [dict(zip(VOTERS, TRACKERS, strict=True))[PersonId(one)] for one in voters.text.split()]
    assert in_order != by_commitment


def test_rule_5_a_named_ballot_publishes_no_trackers() -> None:
    event = counted(7, opened=replace(SECRET, secrecy=Code("named")))
    assert {one.tracker for one in event.papers} == {None}


def test_rule_7_a_secret_ballot_does_not_count_approvals_of_own_challenges() -> None:
    assert counted(7).own_approvals == ()
    assert counted(7, opened=replace(SECRET, secrecy=Code("named"))).own_approvals


@pytest.mark.parametrize(
    ("number", "given"),
    [
        pytest.param(4, [], id="fewer than five papers"),
        pytest.param(
            7,
            [recused(one, START_UPS) for one in (VOTERS[0], VOTERS[1], VOTERS[3])],
            id="fewer than five voters who are not recused from some challenge",
        ),
    ],
)
def test_too_few_papers_stay_closed(number: int, given: list[RecusalDeclared]) -> None:
    for rule in counting.RULES:
        event = counted(number, *given, opened=replace(SECRET, rule=Code(rule)))
        assert event.stays_closed
        assert event.selected
        assert event.turnout == number
        filled = {name for name in event.__struct_fields__ if getattr(event, name)}
        assert filled <= FIELDS_WITH_CLOSED_PAPERS


FIELDS_WITH_CLOSED_PAPERS = {
    "ballot",
    "programme",
    "organisations",
    "challenge_ids",
    "turnout",
    "selected",
    "tie_seed",
    "struck",
    "recusals",
    "stays_closed",
}


@pytest.mark.parametrize(
    ("number", "given"),
    [
        pytest.param(5, [], id="five papers"),
        pytest.param(
            7,
            [recused(one, START_UPS) for one in (VOTERS[0], VOTERS[1])],
            id="five voters who may have approved it",
        ),
        pytest.param(
            5,
            [recused(VOTERS[5], CARE), recused(VOTERS[6], CARE)],
            id="recused electors without a paper do not reduce secrecy",
        ),
    ],
)
def test_five_papers_are_shown(number: int, given: list[RecusalDeclared]) -> None:
    assert len(counted(number, *given).papers) == number


def test_closed_papers_elect_the_same_as_published_ones() -> None:
    assert counted(4).selected == counted(4, opened=replace(SECRET, secrecy=Code("named"))).selected


def test_rule_3_nobody_enters_a_secret_paper_for_another() -> None:
    with pytest.raises(NotAllowed):
        decide(vote(VOTERS[0], by=caller("manager", BOSS, reason="by telephone")), SECRET, MANAGES)


def test_a_secret_ballot_opens_for_five_electors() -> None:
    more = [ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=None) for one in VOTERS[:3]]
    (event,) = decide(Opening(secrecy="secret").command(), *GROUND, *more)
    assert isinstance(event, BallotOpened)
    assert event.secrecy == "secret"


def test_rule_5_no_event_turns_a_secret_ballot_into_a_named_one() -> None:
    """Only the opening sets the secrecy of a ballot, and a ballot has one opening."""
    saying = [one for one in OfBallot.__subclasses__() if "secrecy" in one.__struct_fields__]
    assert saying == []
