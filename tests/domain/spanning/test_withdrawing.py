"""Withdrawing a challenge, stage by stage (rule 22)."""

from collections.abc import Collection

import pytest
from msgspec.structs import replace

from domain.advice.followup import OnBehalfOf
from domain.ballots import ballot as b
from domain.ballots import recounting
from domain.ballots.tallying import CountBallot, OpenedPaper
from domain.ballots.voting import CastVote, TakenBack
from domain.challenges.challenge import AdmitChallenge, NotProposed
from domain.events.ballot import (
    BallotCertified,
    BallotChallenge,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    ChallengesChosen,
    OwnChallenges,
)
from domain.events.challenge import ChallengeDeclined, ChallengeRecommissioned, ChallengeWithdrawn
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamChallengeChanged, TeamDissolved
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    Event,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ReasonMissing,
    Refusal,
    SealedPaper,
    TeamId,
    TripId,
    Words,
    ZoneName,
)
from domain.people.people import UnknownOrganisation
from domain.programmes.programme import ProgrammeOver
from domain.spanning import withdrawing as w
from domain.teams.forming import Question
from domain.teams.team import TeamOver
from tests.domain.examples.board import (
    ADMITTED,
    AGAIN,
    ANNA,
    BALLOT,
    BANK,
    BY_ANNA,
    BY_BANKER,
    BY_BOSS,
    BY_DOCTOR,
    BY_GUIDE,
    BY_OTHER_BANKER,
    CARE,
    CERTIFIED,
    CLINIC,
    CLOSED,
    COLLEGE,
    COUNTED,
    ELSEWHERE,
    ENERGY,
    OPEN,
    OPENED,
    PAPERS,
    PEOPLE,
    PROGRAMME,
    PROPOSED,
    SEED,
    START_UPS,
    STRANGER,
    TEAM,
    WATER,
    WHOSE,
    commitment,
    count_of,
    formed,
    on_behalf_of,
    recount,
)
from tests.domain.examples.deciding import caller
from tests.domain.examples.team import execute
from tests.domain.examples.withdrawing import VOTERS

WORKING: list[Event] = [*CERTIFIED, formed(CARE), formed(START_UPS, TeamId("team_2"))]


def withdraw(challenge: ChallengeId, by: Caller, *, voters: tuple[Words, ...] = (VOTERS,)) -> w.WithdrawChallenge:
    return w.WithdrawChallenge(challenge, programme=PROGRAMME, voters=voters, by=by)


def decided(history: list[Event], command: w.WithdrawChallenge) -> list[Event]:
    return execute(history, command)[len(history) :]


def taken_back(challenge: ChallengeId, stage: str, **more: object) -> ChallengeWithdrawn:
    event = ChallengeWithdrawn(
        challenge=challenge, programme=PROGRAMME, organisation=WHOSE[challenge], stage=Code(stage)
    )
    return replace(event, **more)


def seal(opened: BallotOpened, voter: PersonId, approvals: Collection[ChallengeId]) -> SealedPaper:
    return SealedPaper(opened.ballot, voter, f"{len(approvals)} choices".encode(), commitment(voter))


# Permissions


@pytest.mark.parametrize(
    ("history", "by"),
    [
        pytest.param(PROPOSED, BY_ANNA, id="the proposer until admission"),
        pytest.param(PROPOSED, BY_OTHER_BANKER, id="the organisation before admission"),
        pytest.param(ADMITTED, BY_OTHER_BANKER, id="the organisation after it"),
        pytest.param(ADMITTED, on_behalf_of(BANK), id="a manager on its behalf"),
    ],
)
def test_rule_22_a_proposer_withdraws_until_admission_and_the_organisation_always(
    history: list[Event], by: Caller
) -> None:
    stage = "proposed" if history is PROPOSED else "admitted"
    assert decided(history, withdraw(ENERGY, by)) == [taken_back(ENERGY, stage)]


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param(ADMITTED, withdraw(ENERGY, BY_ANNA), NotAllowed, id="rule 22: not the proposer after admission"),
        pytest.param(PROPOSED, withdraw(CARE, BY_ANNA), NotAllowed, id="not another's proposal"),
        pytest.param(PROPOSED, withdraw(ENERGY, BY_GUIDE), NotAllowed, id="not the facilitator"),
        pytest.param(ADMITTED, withdraw(ENERGY, BY_BOSS), OnBehalfOf, id="not the manager in their own name"),
        pytest.param(
            ADMITTED, withdraw(ENERGY, on_behalf_of(CLINIC)), OnBehalfOf, id="not on behalf of another organisation"
        ),
        pytest.param(ADMITTED, withdraw(ENERGY, BY_BANKER), NotFound, id="a contact for another challenge: unknown"),
        pytest.param(ADMITTED, withdraw(ENERGY, BY_DOCTOR), NotFound, id="another organisation: unknown"),
        pytest.param(ADMITTED, withdraw(ENERGY, STRANGER), NotFound, id="a stranger: unknown"),
        pytest.param(PEOPLE, withdraw(ENERGY, BY_BOSS), NotFound, id="an unknown challenge"),
        pytest.param(
            ADMITTED,
            withdraw(ENERGY, replace(BY_OTHER_BANKER, reason=None)),
            ReasonMissing,
            id="with a reason",
        ),
        pytest.param(
            [*ADMITTED, taken_back(ENERGY, "admitted")], withdraw(ENERGY, BY_OTHER_BANKER), w.ChallengeOver, id="once"
        ),
        pytest.param(
            [*PROPOSED, ChallengeDeclined(challenge=ENERGY, programme=PROGRAMME, organisation=BANK)],
            withdraw(ENERGY, BY_OTHER_BANKER),
            w.ChallengeOver,
            id="not a declined challenge",
        ),
        pytest.param(
            [
                *WORKING,
                TeamDissolved(team=TEAM, programme=PROGRAMME, organisation=CLINIC, challenge=CARE, members=()),
            ],
            withdraw(CARE, BY_DOCTOR),
            w.ChallengeOver,
            id="not a closed challenge",
        ),
    ],
)
def test_a_withdrawal_is_refused(history: list[Event], command: w.WithdrawChallenge, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        execute(history, command)


def test_rule_22_a_challenge_of_another_programme_cannot_be_withdrawn() -> None:
    with pytest.raises(NotFound):
        execute(ADMITTED, w.WithdrawChallenge(ENERGY, programme=ELSEWHERE, by=BY_OTHER_BANKER))


def test_a_withdrawn_challenge_cannot_be_admitted() -> None:
    with pytest.raises(NotProposed):
        execute([*PROPOSED, taken_back(ENERGY, "proposed")], AdmitChallenge(ENERGY, by=BY_GUIDE))


# On a ballot


@pytest.mark.parametrize("history", [OPEN, CLOSED], ids=["open", "closed, not counted"])
def test_rule_22_a_withdrawn_challenge_is_struck_from_its_ballot(history: list[Event]) -> None:
    assert decided(history, withdraw(CARE, BY_DOCTOR)) == [taken_back(CARE, "on_ballot", ballot=BALLOT)]


def test_rule_22_papers_stay_and_count_as_if_without_the_struck_challenge() -> None:
    history = execute(CLOSED, withdraw(START_UPS, BY_BANKER))
    papers = [OpenedPaper(voter, approvals, commitment(voter), Code(voter)) for voter, approvals in PAPERS.items()]
    counted = execute(history, CountBallot(BALLOT, papers=papers, tie_seed=SEED, by=caller("system")))[-1]
    assert isinstance(counted, BallotCounted)
    assert counted.struck == (START_UPS,)
    assert (counted.selected, counted.tallies) == (recount(START_UPS).selected, recount(START_UPS).tallies)
    assert START_UPS not in counted.selected
    assert sorted(one.approvals for one in counted.papers) == sorted(PAPERS.values())
    assert len(counted.papers) == counted.turnout == len(PAPERS)


def test_rule_7_own_approvals_of_a_struck_challenge_are_not_published() -> None:
    own = replace(OPENED, own=(OwnChallenges(ANNA, (START_UPS,)),))
    history = [own if one is OPENED else one for one in CLOSED]
    papers = [OpenedPaper(voter, approvals, commitment(voter), Code(voter)) for voter, approvals in PAPERS.items()]
    count = CountBallot(BALLOT, papers=papers, tie_seed=SEED, by=caller("system"))
    before = execute(history, count)[-1]
    count = CountBallot(BALLOT, papers=papers, tie_seed=SEED, by=caller("system"))
    after = execute(execute(history, withdraw(START_UPS, BY_BANKER)), count)[-1]
    assert isinstance(before, BallotCounted)
    assert isinstance(after, BallotCounted)
    assert [(one.challenge, one.approvals) for one in before.own_approvals] == [(START_UPS, 1)]
    assert after.own_approvals == ()


def test_rule_22_a_new_paper_cannot_approve_a_struck_challenge() -> None:
    def vote(*approvals: ChallengeId) -> CastVote:
        return CastVote(
            BALLOT,
            voter=ANNA,
            approvals=approvals,
            seal=seal,
            by=BY_ANNA,
        )

    assert execute(OPEN, vote(CARE))
    history = execute(OPEN, withdraw(CARE, BY_DOCTOR))
    assert execute(history, vote(START_UPS))
    with pytest.raises(TakenBack):
        execute(history, vote(START_UPS, CARE))


# Counted


def test_rule_22_a_counted_ballot_is_recounted_without_it_with_the_same_seed() -> None:
    first = COUNTED[-1]
    assert isinstance(first, BallotCounted)
    assert set(first.selected) == {CARE, START_UPS}
    gone, again = decided(COUNTED, withdraw(START_UPS, BY_BANKER))
    assert gone == taken_back(START_UPS, "on_ballot", ballot=BALLOT)
    assert isinstance(again, BallotCounted)
    without = recount(START_UPS)
    assert (again.selected, again.tallies) == (without.selected, without.tallies)
    assert set(again.selected) == {CARE, ENERGY}
    assert (again.struck, again.tie_seed, again.papers, again.turnout) == (
        (START_UPS,),
        first.tie_seed,
        first.papers,
        first.turnout,
    )
    assert again.voters is not None
    assert again.voters.text == VOTERS.text
    assert [one.challenge for one in again.trace] == list(again.selected)


@pytest.mark.parametrize("rule", ["equal_shares/1", "approval/1", "stv/1"])
def test_rule_22_the_recount_after_a_withdrawal_can_be_verified(rule: str) -> None:
    ruled = replace(OPENED, rule=Code(rule))
    history: list[Event] = [ruled if one is OPENED else one for one in CLOSED]
    first = count_of(history)
    again = decided([*history, first], withdraw(START_UPS, BY_BANKER))[-1]
    assert isinstance(again, BallotCounted)
    assert recounting.recount(ruled, again) == ()
    assert bool(again.stages) == (rule == "stv/1")


def test_rule_22_a_second_withdrawal_recounts_without_both() -> None:
    history = execute(COUNTED, withdraw(START_UPS, BY_BANKER))
    counted = history[-1]
    assert isinstance(counted, BallotCounted)
    assert counted.voters is not None
    counted.voters.digest = AGAIN.digest
    (_, again) = decided(history, withdraw(CARE, BY_DOCTOR))
    assert isinstance(again, BallotCounted)
    assert again.struck == (CARE, START_UPS)
    assert again.selected == recount(CARE, START_UPS).selected


def test_rule_22_a_recount_is_certified_like_a_first_count() -> None:
    history = execute(COUNTED, withdraw(START_UPS, BY_BANKER))
    certified = execute(history, b.CertifyBallot(BALLOT, by=BY_GUIDE))[-1]
    assert isinstance(certified, BallotCertified)
    assert set(certified.selected) == {CARE, ENERGY}


def test_a_withdrawal_is_refused_if_the_ballot_was_counted_in_the_meantime() -> None:
    with pytest.raises(w.CountedMeanwhile):
        execute(COUNTED, withdraw(START_UPS, BY_BANKER, voters=()))


def test_rule_5_a_secret_count_is_repeated_without_voters() -> None:
    first = COUNTED[-1]
    assert isinstance(first, BallotCounted)
    papers = tuple(replace(one, tracker=Code(f"tracker{one.number}")) for one in first.papers)
    secret = [*CLOSED, replace(first, voters=None, papers=papers)]
    (_, again) = decided(secret, withdraw(START_UPS, BY_BANKER, voters=()))
    assert isinstance(again, BallotCounted)
    assert (again.voters, again.papers) == (None, papers)
    assert {name for step in again.trace for share in step.paid for name in share.papers} <= {
        one.tracker for one in papers
    }


def test_rule_22_a_withdrawal_voids_a_ballot_whose_papers_stay_closed() -> None:
    first = COUNTED[-1]
    assert isinstance(first, BallotCounted)
    closed = replace(first, voters=None, papers=(), tallies=(), trace=(), stays_closed=True)
    gone, void = decided([*CLOSED, closed], withdraw(START_UPS, BY_BANKER))
    assert gone == taken_back(START_UPS, "on_ballot", ballot=BALLOT)
    assert isinstance(void, BallotVoided)
    assert void.cause == "withdrawal"
    free = execute([*CLOSED, closed, gone, void], withdraw(CARE, BY_DOCTOR))[-1]
    assert isinstance(free, ChallengeWithdrawn)
    assert free.stage == "admitted"


# Certified


def test_rule_22_after_certification_the_runner_up_takes_the_seat() -> None:
    (gone,) = decided(CERTIFIED, withdraw(START_UPS, BY_BANKER))
    assert gone == taken_back(START_UPS, "selected", ballot=BALLOT, runner_up=ENERGY, runner_up_organisation=BANK)
    assert selected([*CERTIFIED, gone]) == {CARE, ENERGY}


def test_rule_22_a_withdrawn_runner_up_leaves_the_seat_to_the_next() -> None:
    history = execute(CERTIFIED, withdraw(START_UPS, BY_BANKER))
    (gone,) = decided(history, withdraw(ENERGY, BY_OTHER_BANKER))
    assert isinstance(gone, ChallengeWithdrawn)
    assert (gone.stage, gone.runner_up) == ("selected", WATER)
    history = [*history, gone]
    assert selected(history) == {CARE, WATER}
    (last,) = decided(history, withdraw(CARE, BY_DOCTOR))
    assert isinstance(last, ChallengeWithdrawn)
    assert last.runner_up is None
    assert selected([*history, last]) == {WATER}


def test_rule_22_a_withdrawn_challenge_that_was_not_selected_is_no_runner_up() -> None:
    history = execute(CERTIFIED, withdraw(ENERGY, BY_OTHER_BANKER))
    gone = history[-1]
    assert isinstance(gone, ChallengeWithdrawn)
    assert (gone.stage, gone.runner_up) == ("not_selected", None)
    (next_one,) = decided(history, withdraw(START_UPS, BY_BANKER))
    assert isinstance(next_one, ChallengeWithdrawn)
    assert next_one.runner_up == WATER


def test_rule_22_a_challenge_on_a_later_ballot_is_no_runner_up() -> None:
    later = replace(
        OPENED,
        ballot=OPENED.ballot + "2",
        challenges=tuple(BallotChallenge(one, None, None, ()) for one in (ENERGY, WATER)),
    )
    (gone,) = decided([*CERTIFIED, later], withdraw(START_UPS, BY_BANKER))
    assert isinstance(gone, ChallengeWithdrawn)
    assert gone.runner_up is None


def test_a_challenge_chosen_without_a_ballot_has_no_runner_up() -> None:
    chosen = ChallengesChosen(programme=PROGRAMME, organisations=(BANK,), challenges=(ENERGY,), how=Code("in_the_room"))
    (gone,) = decided([*CERTIFIED, chosen], withdraw(ENERGY, BY_OTHER_BANKER))
    assert isinstance(gone, ChallengeWithdrawn)
    assert (gone.stage, gone.runner_up) == ("selected", None)


def selected(history: list[Event]) -> set[ChallengeId]:
    """The selected challenges, for preferences and teams."""
    question = Question(PROGRAMME).load(one for one in history if PROGRAMME in one.tags())
    return set(question.preparation.selected)


# Teams at work


def test_rule_22_with_a_team_at_work_the_runner_up_is_recorded_but_gets_no_seat() -> None:
    (gone,) = decided(WORKING, withdraw(CARE, BY_DOCTOR))
    assert gone == taken_back(
        CARE, "in_progress", ballot=BALLOT, runner_up=ENERGY, runner_up_organisation=BANK, teams=(TEAM,)
    )
    assert isinstance(gone, ChallengeWithdrawn)
    assert gone.takes_the_seat is None
    assert ENERGY not in selected([*WORKING, gone])


GONE = execute(WORKING, withdraw(CARE, BY_DOCTOR))


def recommission(by: Caller, organisation: OrganisationId | None = COLLEGE) -> w.RecommissionChallenge:
    return w.RecommissionChallenge(CARE, programme=PROGRAMME, organisation=organisation, by=by)


TRIP = TripIdeaProposed(
    trip=TripId("trip_1"),
    team=TEAM,
    programme=PROGRAMME,
    organisation=CLINIC,
    member=ANNA,
    theme=Words(""),
    destination=Words(""),
    timezone=ZoneName("Europe/Amsterdam"),
)


@pytest.mark.parametrize("organisation", [COLLEGE, None], ids=["another organisation", "the public interest"])
def test_rule_22_the_team_continues_for_another_organisation_or_the_public_interest(
    organisation: OrganisationId | None,
) -> None:
    event = execute([*GONE, TRIP], recommission(BY_BOSS, organisation))[-1]
    assert event == ChallengeRecommissioned(
        challenge=CARE,
        programme=PROGRAMME,
        organisation=organisation,
        previous=CLINIC,
        teams=(TEAM,),
        trips=(TripId("trip_1"),),
    )


def test_rule_22_only_the_new_organisation_can_withdraw_the_challenge_again() -> None:
    history = execute(GONE, recommission(BY_BOSS))
    with pytest.raises(NotFound):
        execute(history, withdraw(CARE, BY_DOCTOR))
    (again,) = decided(history, withdraw(CARE, on_behalf_of(COLLEGE)))
    assert isinstance(again, ChallengeWithdrawn)
    assert (again.organisation, again.stage, again.teams) == (COLLEGE, "in_progress", (TEAM,))


def test_a_challenge_in_the_public_interest_cannot_be_withdrawn() -> None:
    history = execute(GONE, recommission(BY_BOSS, None))
    with pytest.raises(w.NobodysToWithdraw):
        execute(history, withdraw(CARE, BY_BOSS))
    with pytest.raises(NotFound):
        execute(history, withdraw(CARE, BY_DOCTOR))


DISSOLVED = TeamDissolved(team=TEAM, programme=PROGRAMME, organisation=CLINIC, challenge=CARE, members=())


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param(GONE, recommission(BY_GUIDE), NotAllowed, id="the manager decides"),
        pytest.param(GONE, recommission(BY_DOCTOR), NotAllowed, id="not the organisation that left"),
        pytest.param(GONE, recommission(BY_BANKER), NotFound, id="unknown to another organisation"),
        pytest.param(GONE, recommission(replace(BY_BOSS, reason=None)), ReasonMissing, id="with a reason"),
        pytest.param(WORKING, recommission(BY_BOSS), w.NotWithdrawn, id="only a withdrawn challenge"),
        pytest.param(CERTIFIED, recommission(BY_BOSS), w.NotWithdrawn, id="only a challenge with a team"),
        pytest.param(
            execute(CERTIFIED, withdraw(CARE, BY_DOCTOR)),
            recommission(BY_BOSS),
            w.NobodyAtWork,
            id="nobody works on it",
        ),
        pytest.param([*GONE, DISSOLVED], recommission(BY_BOSS), w.NobodyAtWork, id="its team was dissolved"),
        pytest.param(GONE, recommission(BY_BOSS, CLINIC), AsIs, id="not for the same organisation"),
        pytest.param(
            GONE, recommission(BY_BOSS, OrganisationId("organisation_x")), UnknownOrganisation, id="a known one"
        ),
        pytest.param(PEOPLE, recommission(BY_BOSS), NotFound, id="an unknown challenge"),
        pytest.param(execute(GONE, recommission(BY_BOSS)), recommission(BY_BOSS, None), w.NotWithdrawn, id="once"),
    ],
)
def test_recommissioning_a_challenge_is_refused(
    history: list[Event], command: w.RecommissionChallenge, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        execute(history, command)


def test_rule_22_a_challenge_of_another_programme_cannot_be_recommissioned() -> None:
    with pytest.raises(NotFound):
        execute(GONE, w.RecommissionChallenge(CARE, programme=ELSEWHERE, organisation=COLLEGE, by=BY_BOSS))


def take_up(challenge: ChallengeId, by: Caller, team: TeamId = TEAM) -> w.TakeUpChallenge:
    return w.TakeUpChallenge(team, programme=PROGRAMME, challenge=challenge, by=by)


@pytest.mark.parametrize("challenge", [ENERGY, WATER], ids=["the runner-up", "another that is free"])
def test_rule_22_the_team_takes_up_the_runner_up_or_another_free_challenge(challenge: ChallengeId) -> None:
    event = execute(
        [*GONE, TRIP, replace(TRIP, trip=TripId("trip_2"), team=TeamId("team_2"))], take_up(challenge, BY_BOSS)
    )[-1]
    assert event == TeamChallengeChanged(
        team=TEAM,
        programme=PROGRAMME,
        organisation=WHOSE[challenge],
        challenge=challenge,
        previous=CARE,
        previous_organisation=CLINIC,
        trips=(TripId("trip_1"),),
    )


def test_rule_22_a_challenge_taken_up_has_the_next_one_as_runner_up() -> None:
    history = execute(GONE, take_up(ENERGY, BY_BOSS))
    (gone,) = decided(history, withdraw(ENERGY, BY_OTHER_BANKER))
    assert isinstance(gone, ChallengeWithdrawn)
    assert (gone.teams, gone.runner_up) == ((TEAM,), WATER)


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param(GONE, take_up(ENERGY, BY_GUIDE), NotAllowed, id="the manager decides"),
        pytest.param(GONE, take_up(ENERGY, BY_ANNA), NotAllowed, id="not a member"),
        pytest.param(GONE, take_up(ENERGY, BY_DOCTOR), NotAllowed, id="not the organisation that left"),
        pytest.param(GONE, take_up(ENERGY, BY_OTHER_BANKER), NotFound, id="unknown to the runner-up's contact"),
        pytest.param(GONE, take_up(ENERGY, replace(BY_BOSS, reason=None)), ReasonMissing, id="with a reason"),
        pytest.param(WORKING, take_up(ENERGY, BY_BOSS), w.NotWithdrawn, id="only after a withdrawal"),
        pytest.param(GONE, take_up(START_UPS, BY_BOSS), w.NotToBeHad, id="not a challenge of another team"),
        pytest.param(GONE, take_up(CARE, BY_BOSS), w.NotToBeHad, id="not a withdrawn challenge"),
        pytest.param(GONE, take_up(ChallengeId("challenge_9"), BY_BOSS), w.NotToBeHad, id="not an unknown challenge"),
        pytest.param(
            execute(GONE, withdraw(ENERGY, BY_OTHER_BANKER)),
            take_up(ENERGY, BY_BOSS),
            w.NotToBeHad,
            id="not a runner-up that left too",
        ),
        pytest.param([*GONE, DISSOLVED], take_up(ENERGY, BY_BOSS), TeamOver, id="not a team that ended"),
        pytest.param(GONE, take_up(ENERGY, BY_BOSS, TeamId("team_9")), NotFound, id="no such team"),
        pytest.param(execute(GONE, take_up(ENERGY, BY_BOSS)), take_up(WATER, BY_BOSS), w.NotWithdrawn, id="once"),
        pytest.param(
            execute(GONE, recommission(BY_BOSS)),
            take_up(ENERGY, BY_BOSS),
            w.NotWithdrawn,
            id="not after recommissioning",
        ),
    ],
)
def test_taking_up_another_challenge_is_refused(
    history: list[Event], command: w.TakeUpChallenge, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        execute(history, command)


CONCLUDED = ProgrammeConcluded(programme=PROGRAMME, teams=(TEAM,), challenges=tuple(WHOSE))


def test_rule_22_no_team_takes_up_another_challenge_after_the_conclusion() -> None:
    with pytest.raises(ProgrammeOver):
        execute([*GONE, CONCLUDED], take_up(ENERGY, BY_BOSS))


def test_a_withdrawal_is_visible_to_the_organisation_and_that_of_the_runner_up() -> None:
    event = execute(CERTIFIED, withdraw(CARE, BY_DOCTOR))[-1]
    assert {one for one in event.tags() if one.startswith("to:")} == {f"to:{CLINIC}", f"to:{BANK}"}
