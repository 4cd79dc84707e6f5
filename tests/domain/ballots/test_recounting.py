"""Recounting a ballot from its events (rule 11); every relevant change is found."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.ballots.ballot import seed_commitment
from domain.ballots.recounting import CannotRecount, recount
from domain.calculations import counting
from domain.events.ballot import BallotChallenge, BallotCounted, BallotOpened, CountedPaper, as_digest
from domain.foundation import BallotId, ChallengeId, Code, Digest, OrganisationId, PersonId, ProgrammeId, Words

SEED = bytes(range(32))
A, B, C, D, E = CHALLENGES = tuple(ChallengeId(f"challenge_{one}") for one in "abcde")
ORGANISATIONS: dict[str, str] = {A: "organisation_bank", B: "organisation_bank", C: "organisation_clinic"}
EIGHTEEN = [*[(A, B, C)] * 10, *[(D,)] * 6, *[(E,)] * 2]


def opened(rule: str, electors: int, seats: int = 3) -> BallotOpened:
    return BallotOpened(
        ballot=BallotId("ballot_1"),
        programme=ProgrammeId("programme_1"),
        challenges=tuple(
            BallotChallenge(one, OrganisationId(ORGANISATIONS[one]) if one in ORGANISATIONS else None, None, ())
            for one in CHALLENGES
        ),
        electorate=tuple(PersonId(f"person_{n:03}") for n in range(electors)),
        own=(),
        rule=Code(rule),
        seats=seats,
        quorum_permille=500,
        secrecy=Code("named"),
        own_challenge=Code("disclosed"),
        tie_seed_commitment=seed_commitment(SEED),
        ballot_key=Digest("d" * 43),
        closes_at=datetime(2016, 10, 8, tzinfo=UTC),
    )


def held(
    rule: str = "equal_shares/1",
    cast: list[tuple[ChallengeId, ...]] = EIGHTEEN,
    struck: tuple[ChallengeId, ...] = (),
    *,
    secret: bool = False,
    seats: int = 3,
) -> tuple[BallotOpened, BallotCounted]:
    """The opening and the count of a ballot."""
    ballot = opened(rule, len(cast), seats)
    papers = tuple(CountedPaper(n, one, Code(f"tracker{n:03}") if secret else None) for n, one in enumerate(cast, 1))
    result = counting.count(
        rule,
        [counting.Paper(one.tracker or str(one.number), one.approvals) for one in papers],
        CHALLENGES,
        seats,
        SEED,
        ORGANISATIONS,
        struck,
    )
    return ballot, BallotCounted(
        ballot=ballot.ballot,
        programme=ballot.programme,
        organisations=ballot.organisations,
        challenge_ids=ballot.challenge_ids,
        turnout=len(papers),
        selected=tuple(ChallengeId(one) for one in result.selected),
        tallies=result.tallies,
        own_approvals=(),
        trace=result.trace,
        papers=papers,
        voters=None if secret else Words("\n".join(ballot.electorate)),
        tie_seed=as_digest(SEED),
        struck=struck,
        stages=result.stages,
    )


def differing(ballot: BallotOpened, result: BallotCounted) -> set[str]:
    return {one.field for one in recount(ballot, result)}


every_rule = pytest.mark.parametrize("rule", sorted(counting.RULES))


@every_rule
@pytest.mark.parametrize("struck", [(), (A,), (A, D)])
@pytest.mark.parametrize("secret", [False, True])
def test_rule_11_a_recount_from_the_record_gives_the_same_result(
    rule: str, struck: tuple[ChallengeId, ...], *, secret: bool
) -> None:
    assert recount(*held(rule, struck=struck, secret=secret)) == ()


@every_rule
@given(st.lists(st.lists(st.sampled_from(CHALLENGES), unique=True).map(tuple), min_size=1, max_size=12))
def test_rule_11_any_papers_recount_to_the_same_result(rule: str, cast: list[tuple[ChallengeId, ...]]) -> None:
    assert recount(*held(rule, cast)) == ()


@every_rule
def test_a_changed_paper_is_found(rule: str) -> None:
    ballot, result = held(rule)
    first, *rest = result.papers
    for approvals in ((D,), (), (A, B)):
        assert differing(ballot, replace(result, papers=(replace(first, approvals=approvals), *rest)))


def test_a_changed_ranking_is_found() -> None:
    ballot, result = held("stv/1")
    first, *rest = result.papers
    assert differing(ballot, replace(result, papers=(replace(first, approvals=(C, B, A)), *rest))) == {"stages"}


@every_rule
def test_a_missing_added_or_duplicated_paper_is_found(rule: str) -> None:
    ballot, result = held(rule)
    last = result.papers[-1]
    assert "turnout" in differing(ballot, replace(result, papers=result.papers[:-1]))
    assert differing(ballot, replace(result, papers=result.papers[:-1], turnout=17))
    assert "turnout" in differing(
        ballot, replace(result, papers=(*result.papers, replace(last, number=19)), turnout=19)
    )
    assert "papers" in differing(ballot, replace(result, papers=(*result.papers[:-1], result.papers[0])))


def test_papers_with_the_same_tracker_or_out_of_order_are_found() -> None:
    ballot, result = held(secret=True)
    first, second, *rest = result.papers
    assert differing(ballot, replace(result, papers=(first, replace(second, tracker=first.tracker), *rest))) == {
        "papers"
    }
    assert differing(ballot, replace(result, papers=(second, first, *rest))) == {"papers"}


def test_rule_22_with_everything_struck_none_is_selected_and_the_quorum_is_met() -> None:
    ballot, result = held(struck=CHALLENGES)
    more = (*ballot.electorate, *(PersonId(f"person_more_{n}") for n in range(40)))
    assert result.selected == ()
    assert differing(replace(ballot, electorate=more), result) == set()


def test_rule_6_a_seed_that_was_not_fixed_before_the_first_vote_is_found() -> None:
    ballot, result = held()
    assert differing(ballot, replace(result, tie_seed=as_digest(bytes(32)))) == {"tie_seed"}
    for seed in ("", "AAAA", "A", "not base64 at all"):
        assert differing(ballot, replace(result, tie_seed=Digest(seed))) == {"tie_seed"}


def test_rule_6_a_committed_seed_that_the_draw_did_not_use_is_found() -> None:
    ballot, result = held("approval/1", [(A,), (C,), (D,), (E,)])
    seed = bytes([7]) * 32
    fixed = replace(ballot, tie_seed_commitment=seed_commitment(seed))
    assert "trace" in differing(fixed, replace(result, tie_seed=as_digest(seed)))


@every_rule
def test_a_different_number_of_seats_is_found(rule: str) -> None:
    ballot, result = held(rule)
    assert "selected" in differing(replace(ballot, seats=2), result)
    assert "selected" in differing(replace(ballot, seats=4), result)


@every_rule
def test_a_changed_result_is_found(rule: str) -> None:
    ballot, result = held(rule)
    changes: list[Callable[[BallotCounted], BallotCounted]] = [
        lambda one: replace(one, selected=one.selected[::-1]),
        lambda one: replace(one, selected=one.selected[:-1]),
        lambda one: replace(one, selected=(*one.selected[:-1], one.selected[0])),
        lambda one: replace(one, tallies=(replace(one.tallies[0], approvals=0), *one.tallies[1:])),
        lambda one: replace(one, tallies=one.tallies[1:]),
    ]
    for change in changes:
        assert differing(ballot, change(result))


@pytest.mark.parametrize("rule", ["equal_shares/1", "approval/1"])
def test_a_changed_trace_is_found(rule: str) -> None:
    ballot, result = held(rule)
    first, *rest = result.trace
    for changed in (
        replace(first, supporters=11),
        replace(first, draw=None),
        replace(first, rho=counting.Ratio("1/9")),
    ):
        assert differing(ballot, replace(result, trace=(changed, *rest))) == {"trace"}
    assert differing(ballot, replace(result, trace=())) == {"trace"}


def test_a_changed_stage_is_found() -> None:
    ballot, result = held("stv/1")
    first, *rest = result.stages
    for changed in (
        replace(first, quota=counting.Ratio("4")),
        replace(first, transfers=()),
        replace(first, elected=()),
    ):
        assert differing(ballot, replace(result, stages=(changed, *rest))) == {"stages"}
    assert differing(ballot, replace(result, stages=())) == {"stages"}


def test_rule_22_a_wrong_list_of_struck_challenges_is_found() -> None:
    ballot, result = held(struck=(A,))
    assert differing(ballot, replace(result, struck=()))
    assert differing(ballot, replace(result, struck=(A, B)))
    assert "struck" in differing(ballot, replace(result, struck=(A, ChallengeId("challenge_z"))))
    assert "selected" in differing(ballot, replace(result, struck=(A, D)))


def test_rule_8_a_count_below_its_quorum_is_found() -> None:
    ballot, result = held()
    more = (*ballot.electorate, *(PersonId(f"person_more_{n}") for n in range(19)))
    assert differing(replace(ballot, electorate=more), result) == {"turnout"}
    assert differing(replace(ballot, electorate=more[:-1]), result) == set()
    recused = tuple(counting.Tally(one, 2) for one in CHALLENGES)
    assert differing(replace(ballot, electorate=more), replace(result, recusals=recused)) == set()


def test_more_own_approvals_or_recusals_than_possible_are_found() -> None:
    ballot, result = held()
    assert differing(ballot, replace(result, own_approvals=(counting.Tally(D, 6),))) == set()
    assert differing(ballot, replace(result, own_approvals=(counting.Tally(D, 7),))) == {"own_approvals"}
    assert differing(ballot, replace(result, recusals=(counting.Tally(D, 12),))) == set()
    assert differing(ballot, replace(result, recusals=(counting.Tally(D, 13),))) == {"recusals"}


def test_the_count_of_another_ballot_is_found() -> None:
    ballot, result = held()
    assert "ballot" in differing(ballot, replace(result, ballot=BallotId("ballot_2")))
    assert "challenges" in differing(ballot, replace(result, challenge_ids=CHALLENGES[1:]))
    assert "papers" in differing(replace(ballot, challenges=ballot.challenges[1:]), result)


def test_a_difference_shows_the_recorded_and_the_correct_value() -> None:
    ballot, result = held("approval/1")
    (found,) = recount(ballot, replace(result, selected=(D, E)))
    assert str(found).startswith('selected: recorded ["challenge_d","challenge_e"], recounted ["challenge_')


def test_an_unknown_rule_cannot_be_recounted() -> None:
    ballot, result = held()
    with pytest.raises(CannotRecount, match="equal_shares/9"):
        recount(replace(ballot, rule=Code("equal_shares/9")), result)


def test_closed_papers_cannot_be_recounted_but_their_seed_and_seats_are_checked() -> None:
    ballot, result = held(cast=EIGHTEEN[8:12], secret=True)
    closed = replace(result, papers=(), tallies=(), trace=(), stays_closed=True)
    with pytest.raises(CannotRecount, match="stay closed"):
        recount(ballot, closed)
    assert differing(ballot, replace(closed, tie_seed=as_digest(bytes(32)))) == {"tie_seed"}
    assert differing(replace(ballot, seats=1), closed) == {"selected"}
