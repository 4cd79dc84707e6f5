"""Ballots, rule by rule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.ballots import ballot as b
from domain.ballots import opening, tallying, voting
from domain.events.ballot import BallotClosed, BallotCounted, BallotOpened, BallotVoided, OwnChallenges
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import (
    ContactAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
    TokenRevoked,
)
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Event,
    NotAllowed,
    NotFound,
    PersonId,
    ReasonMissing,
    Refusal,
    TokenEnded,
    TokenId,
    Words,
)
from domain.programmes.programme import ProgrammeOver
from tests.domain.examples.ballot import (
    ANNA,
    BALLOT,
    BANK,
    BERT,
    BOARD,
    BOSS,
    BY_GUIDE,
    CARE,
    CERTIFIED,
    CLINIC,
    CONTACT,
    COUNTED,
    ELSEWHERE,
    ENERGY,
    ENROLLED,
    EVE,
    GROUND,
    GUIDE,
    GUIDES,
    MANAGES,
    OPENED,
    OPENED_PROGRAMME,
    PROGRAMME,
    SEED,
    START_UPS,
    VOIDED,
    Opening,
    admitted,
    closed,
    commitment,
    count,
    papers,
    proposed,
    vote,
    voted,
)
from tests.domain.examples.deciding import caller, decide


def test_rule_1_the_electorate_is_the_participants_active_when_the_ballot_opens() -> None:
    gone = ParticipantWithdrew(programme=PROGRAMME, person=BERT, organisation=None)
    came_back = ParticipantEnrolled(programme=ELSEWHERE, person=EVE, organisation=None)
    (event,) = decide(Opening(seats=1).command(), *GROUND, gone, came_back)
    assert isinstance(event, BallotOpened)
    assert event.electorate == (ANNA,)


def test_rule_1_too_few_electors_for_the_seats_give_a_warning() -> None:
    (event,) = decide(Opening(seats=2).command(), *GROUND)
    assert isinstance(event, BallotOpened)
    assert event.understaffed


def test_rule_1_the_default_number_of_seats_follows_from_the_electors() -> None:
    people = [
        ParticipantEnrolled(programme=PROGRAMME, person=PersonId(f"person_{n}"), organisation=None) for n in range(8)
    ]
    (event,) = decide(Opening(seats=None).command(), *GROUND, *people)
    assert isinstance(event, BallotOpened)
    assert event.seats == 2


def test_rule_2_the_opening_contains_the_digests_of_the_frozen_texts() -> None:
    given = replace(proposed(CARE, CLINIC), title=Words(digest="a" * 43), context=Words(digest="b" * 43))
    (event,) = decide(Opening().command(), *GROUND, given, admitted(CARE, CLINIC))
    assert isinstance(event, BallotOpened)
    assert event.challenges[0].texts == ("a" * 43, "b" * 43)


def test_rule_7_each_electors_own_challenges_are_fixed_at_the_opening() -> None:
    (event,) = decide(Opening().command(), *GROUND)
    assert isinstance(event, BallotOpened)
    assert event.own == (OwnChallenges(ANNA, (START_UPS,)), OwnChallenges(BERT, (ENERGY,)))


@pytest.mark.parametrize(
    ("opening", "given", "refusal"),
    [
        pytest.param(
            Opening(closes_in=timedelta(0)), GROUND, opening.ClosesTooSoon, id="rule 26: it closes in the future"
        ),
        pytest.param(Opening(seats=3), GROUND, opening.TooFewChallenges, id="rule 1: fewer seats than challenges"),
        pytest.param(
            Opening(), [OPENED_PROGRAMME, GUIDES, *BOARD], opening.NoElectors, id="rule 1: there must be electors"
        ),
        pytest.param(Opening(), [*GROUND, OPENED], opening.NotAdmitted, id="rule 2: on one ballot at a time"),
        pytest.param(Opening(), GROUND[:-1], opening.NotAdmitted, id="only admitted challenges"),
        pytest.param(
            Opening(challenges=(ENERGY, CARE), seats=1, own_challenge="forbidden"),
            [*GROUND, ParticipantEnrolled(programme=PROGRAMME, person=EVE, organisation=CLINIC)],
            opening.NothingToChoose,
            id="rule 7: everybody must have something to choose",
        ),
        pytest.param(
            Opening(),
            [*GROUND, ProgrammeConcluded(programme=PROGRAMME, teams=())],
            ProgrammeOver,
            id="not in a programme that is over",
        ),
        pytest.param(Opening(rule="lots/1"), GROUND, opening.UnknownRule, id="rule 6: by a rule that can be counted"),
        pytest.param(
            Opening(secrecy="secret"),
            GROUND,
            opening.TooFewForSecrecy,
            id="rule 5: secrecy needs five electors",
        ),
        pytest.param(Opening(by=caller("participant", ANNA)), GROUND, NotAllowed, id="a participant opens no ballot"),
        pytest.param(Opening(by=caller("facilitator", EVE)), GROUND, NotFound, id="hidden from a stranger"),
        pytest.param(Opening(), GROUND[1:], NotFound, id="no programme"),
    ],
)
def test_opening_a_ballot_is_refused(opening: Opening, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(opening.command(), *given)


def test_rule_7_a_participant_who_moved_belongs_to_the_new_organisation() -> None:
    moved = ParticipantMoved(programme=PROGRAMME, person=ANNA, organisation=CLINIC, previous=BANK)
    (event,) = decide(Opening().command(), *GROUND, moved)
    assert isinstance(event, BallotOpened)
    assert event.own == (OwnChallenges(ANNA, (CARE, ENERGY)), OwnChallenges(BERT, (ENERGY,)))


@pytest.mark.parametrize(
    ("electors", "seats"), [(9, 2), (12, 3), (15, 3), (16, 4), (24, 4), (32, 4), (33, 5), (60, 8), (3, 1)]
)
def test_rule_1_the_default_seats_for_teams_of_four_to_eight(electors: int, seats: int) -> None:
    people = [
        ParticipantEnrolled(programme=PROGRAMME, person=PersonId(f"person_{n}"), organisation=None)
        for n in range(electors)
    ]
    more = [ChallengeId(f"challenge_{n}") for n in range(10, 19)]
    given = [event for one in more for event in (proposed(one, BANK), admitted(one, BANK))]
    command = Opening(challenges=tuple(more), seats=None).command()
    (event,) = decide(command, OPENED_PROGRAMME, GUIDES, *people, *given)
    assert isinstance(event, BallotOpened)
    assert (event.seats, event.understaffed) == (seats, electors == 3)


def test_rule_1_too_few_challenges_for_the_default_seats_are_refused() -> None:
    people = [
        ParticipantEnrolled(programme=PROGRAMME, person=PersonId(f"person_{n}"), organisation=None) for n in range(12)
    ]
    with pytest.raises(opening.TooFewChallenges) as refused:
        decide(Opening(seats=None).command(), *GROUND, *people)
    assert refused.value.field == "challenge_ids"


def test_rule_26_a_ballot_must_open_before_its_close_by_the_stores_clock() -> None:
    command = Opening().command()
    assert decide(command, *GROUND)
    assert command.not_after == command.closes_at


def test_challenges_of_a_void_ballot_can_be_on_another() -> None:
    assert decide(Opening().command(), *GROUND, OPENED, VOIDED)


# Reruns

FIRST = replace(OPENED, ballot=BallotId("ballot_0"))
FIRST_VOID = b.void(FIRST, "quorum")
RERUN = Opening(rerun_of=FIRST.ballot)


def test_rule_8_a_rerun_of_a_void_ballot_fixes_the_electorate_again() -> None:
    eve = ParticipantEnrolled(programme=PROGRAMME, person=EVE, organisation=None)
    (event,) = decide(RERUN.command(), *GROUND, FIRST, FIRST_VOID, eve)
    assert isinstance(event, BallotOpened)
    assert (event.rerun_of, event.electorate) == (FIRST.ballot, (ANNA, BERT, EVE))
    assert FIRST.ballot in event.tags()  # so two reruns at once conflict


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        pytest.param([], opening.NoRerun, id="rule 8: not of an unknown ballot"),
        pytest.param([FIRST], opening.NoRerun, id="rule 8: not of a running ballot"),
        pytest.param(
            [replace(FIRST, programme=ELSEWHERE), replace(FIRST_VOID, programme=ELSEWHERE)],
            opening.NoRerun,
            id="rule 8: not of another programme's ballot",
        ),
        pytest.param(
            [FIRST, replace(CERTIFIED, ballot=FIRST.ballot, selected=())],
            opening.NoRerun,
            id="rule 8: not of a certified ballot",
        ),
        pytest.param(
            [FIRST, FIRST_VOID, replace(OPENED, ballot=BallotId("ballot_2"), rerun_of=FIRST.ballot)],
            opening.OneRerun,
            id="rule 8: not twice, while the rerun is open",
        ),
        pytest.param(
            [
                FIRST,
                FIRST_VOID,
                replace(OPENED, ballot=BallotId("ballot_2"), rerun_of=FIRST.ballot),
                replace(VOIDED, ballot=BallotId("ballot_2")),
            ],
            opening.OneRerun,
            id="rule 8: not twice, when the rerun is void too",
        ),
        pytest.param(
            [replace(FIRST, rerun_of=BallotId("ballot_8")), FIRST_VOID],
            opening.OneRerun,
            id="rule 8: not of a rerun: the manager decides",
        ),
    ],
)
def test_a_rerun_is_refused(given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(RERUN.command(), *GROUND, *given)


def test_challenges_that_were_not_selected_can_be_on_another_ballot() -> None:
    assert decide(Opening(challenges=(ENERGY, CARE), seats=1).command(), *GROUND, replace(CERTIFIED, selected=()))


# Voting


def test_an_elector_votes_until_the_deadline_by_the_stores_clock() -> None:
    command = vote()
    assert decide(command, OPENED) == [voted(ANNA)]
    assert command.not_after == OPENED.closes_at  # rule 4
    assert command.paper is not None
    assert command.paper.commitment == commitment(ANNA)


def test_rule_5_the_event_of_a_vote_does_not_reveal_the_choice() -> None:
    assert decide(vote(approvals=(CARE,)), OPENED) == decide(vote(approvals=(ENERGY, CARE)), OPENED)


def test_a_blank_paper_is_accepted() -> None:
    assert decide(vote(approvals=()), OPENED)


def test_a_refused_ranking_names_its_field() -> None:
    with pytest.raises(voting.NotOnTheBallot) as refused:
        decide(vote(approvals=(ChallengeId("challenge_9"),), ranked=True), replace(OPENED, rule=Code("stv/1")))
    assert refused.value.field == "ranking"


def test_rule_3_a_paper_entered_by_the_manager_is_marked() -> None:
    assert decide(vote(ANNA, by=caller("manager", BOSS, reason="by telephone")), OPENED, MANAGES) == [
        voted(ANNA, own=False)
    ]


def test_rule_3_the_electors_own_paper_replaces_one_entered_for_them() -> None:
    assert decide(vote(ANNA), OPENED, voted(ANNA, own=False)) == [voted(ANNA)]


RANKING = replace(OPENED, rule=Code("stv/1"))
FORBIDDEN = replace(OPENED, own_challenge=Code("forbidden"))
BY_BOSS = caller("manager", BOSS, reason="by telephone")


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(vote(), [OPENED, closed()], b.BallotNotOpen, id="rule 4: not after the close"),
        pytest.param(vote(), [OPENED, VOIDED], b.BallotNotOpen, id="rule 8: not on a void ballot"),
        pytest.param(vote(EVE), [OPENED], NotFound, id="rule 1: hidden from a stranger"),
        pytest.param(
            vote(EVE),
            [OPENED, ParticipantEnrolled(programme=PROGRAMME, person=EVE, organisation=None)],
            voting.NotAnElector,
            id="rule 1: participants who join later do not vote",
        ),
        pytest.param(
            vote(approvals=(ChallengeId("challenge_9"),)), [OPENED], voting.NotOnTheBallot, id="rule 2: on the ballot"
        ),
        pytest.param(
            vote(ANNA, (START_UPS,)),
            [FORBIDDEN],
            voting.OwnChallengeForbidden,
            id="rule 7: not a challenge of the elector's organisation",
        ),
        pytest.param(
            vote(BERT, (ENERGY,)),
            [FORBIDDEN],
            voting.OwnChallengeForbidden,
            id="rule 7: not the elector's own proposal",
        ),
        pytest.param(
            vote(EVE, by=BY_BOSS),
            [OPENED, MANAGES],
            voting.NotAnElector,
            id="rule 1: no paper can be entered for a non-elector",
        ),
        pytest.param(
            vote(ANNA, by=caller("manager", BOSS)), [OPENED, MANAGES], ReasonMissing, id="rule 3: with a reason"
        ),
        pytest.param(
            vote(ANNA, by=BY_BOSS),
            [OPENED, MANAGES, voted(ANNA)],
            voting.OwnPaperStands,
            id="rule 3: never over the elector's own",
        ),
        pytest.param(
            vote(ANNA, by=BY_BOSS),
            [replace(OPENED, secrecy=Code("secret")), MANAGES],
            NotAllowed,
            id="rule 3: named only",
        ),
        pytest.param(
            vote(ANNA, by=caller("facilitator", GUIDE, reason="x")),
            [OPENED, GUIDES],
            NotAllowed,
            id="not the facilitator",
        ),
        pytest.param(vote(ranked=True), [OPENED], voting.OtherPaper, id="rule 6: approvals if the rule needs them"),
        pytest.param(vote(), [RANKING], voting.OtherPaper, id="rule 6: a ranking if the rule needs it"),
        pytest.param(vote(), [], NotFound, id="no ballot"),
        pytest.param(
            vote(),
            [OPENED, TokenRevoked(token=TokenId("token_1"), person=ANNA)],
            TokenEnded,
            id="not with a revoked token",
        ),
    ],
)
def test_a_vote_is_refused(command: voting.CastVote, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def test_a_vote_is_visible_to_no_organisation() -> None:
    assert voted(ANNA).tags() == [ANNA, BALLOT, PROGRAMME]


def test_an_opening_is_visible_to_each_organisation_with_a_challenge_on_it() -> None:
    assert OPENED.tags() == [BALLOT, CARE, ENERGY, START_UPS, PROGRAMME, f"to:{CLINIC}", f"to:{BANK}"]


# Closing


def close(by: Caller | None = None) -> b.CloseBallot:
    return b.CloseBallot(BALLOT, by=by or caller("facilitator", GUIDE))


def test_rule_3_the_close_counts_one_paper_for_each_voter() -> None:
    (event,) = decide(close(), OPENED, GUIDES, voted(ANNA), voted(ANNA), voted(BERT))
    assert isinstance(event, BallotClosed)
    assert (event.turnout, event.papers_digest, event.roll) == (
        2,
        closed(ANNA, BERT).papers_digest,
        Words(f"{ANNA}\n{BERT}"),
    )


def test_the_timer_closes_at_the_deadline_and_not_before() -> None:
    command = close(caller("system"))
    (event,) = decide(command, OPENED)
    assert isinstance(event, BallotClosed)
    assert (event.cause, command.not_before) == ("deadline", OPENED.closes_at)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(close(), [OPENED, GUIDES, closed()], b.BallotNotOpen, id="once"),
        pytest.param(close(caller("participant", ANNA)), [OPENED, *ENROLLED], NotAllowed, id="not a participant"),
        pytest.param(
            close(caller("commissioner", CONTACT)),
            [OPENED],
            NotFound,
            id="another organisation's commissioner: unknown",
        ),
        pytest.param(
            close(caller("commissioner", CONTACT)),
            [
                OPENED,
                ContactAppointed(contact="contact_1", organisation=BANK, person=CONTACT, role=Code("commissioner")),  # pyright: ignore[reportArgumentType]  any id
            ],
            NotAllowed,
            id="a commissioner of a challenge on it may see it",
        ),
    ],
)
def test_closing_a_ballot_is_refused(command: b.CloseBallot, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


# Counting and certifying


def test_the_count_publishes_papers_by_number_and_seals_their_voters() -> None:
    command = count(papers(anna=(START_UPS,), bert=(START_UPS, CARE)))
    (event,) = decide(command, OPENED, closed(ANNA, BERT))
    assert isinstance(event, BallotCounted)
    voters = ((event.voters and event.voters.text) or "").split("\n")
    assert {voter: paper.approvals for voter, paper in zip(voters, event.papers, strict=True)} == {
        ANNA: (START_UPS,),
        BERT: (START_UPS, CARE),
    }
    assert set(event.selected) == {START_UPS, CARE}
    assert b.seed_commitment(SEED) == OPENED.tie_seed_commitment  # rule 6
    assert command.drops_papers_of == BALLOT


def test_rule_5_the_number_of_a_paper_does_not_follow_from_its_voter() -> None:
    everybody = papers(**{f"p{n:02}": (CARE,) for n in range(20)})
    (event,) = decide(count(everybody), OPENED, closed(*(one.voter for one in everybody)))
    assert isinstance(event, BallotCounted)
    voters = ((event.voters and event.voters.text) or "").split("\n")
    assert voters != sorted(voters)


def test_rule_7_the_result_counts_approvals_of_own_challenges() -> None:
    (event,) = decide(count(papers(anna=(START_UPS,), bert=(START_UPS, CARE))), OPENED, closed(ANNA, BERT))
    assert isinstance(event, BallotCounted)
    assert [(one.challenge, one.approvals) for one in event.own_approvals] == [(START_UPS, 1)]


def test_rule_8_below_the_quorum_the_ballot_is_void() -> None:
    opened = replace(OPENED, quorum_permille=501)
    (event,) = decide(count(papers(anna=(CARE,))), opened, closed(ANNA))
    assert isinstance(event, BallotVoided)
    assert event.cause == "quorum"


def test_rule_8_a_blank_paper_counts_towards_the_quorum() -> None:
    (event,) = decide(count(papers(anna=())), OPENED, closed(ANNA))
    assert isinstance(event, BallotCounted)


@pytest.mark.parametrize(
    ("found", "given", "refusal"),
    [
        pytest.param(papers(anna=()), [OPENED], tallying.NotClosed, id="not while it is open"),
        pytest.param(papers(bert=()), [OPENED, closed(ANNA)], tallying.PapersDiffer, id="only the papers of the close"),
        pytest.param([], [OPENED, closed(ANNA)], tallying.PapersDiffer, id="all the papers of the close"),
        pytest.param(papers(anna=()), [OPENED, closed(ANNA), COUNTED], b.BallotOver, id="rule 11: once"),
        pytest.param(papers(anna=()), [OPENED, closed(ANNA), VOIDED], b.BallotOver, id="not a void one"),
    ],
)
def test_counting_a_ballot_is_refused(
    found: list[tallying.OpenedPaper], given: list[Event], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(count(found), *given)


BY_ANNA = caller("participant", ANNA)
TAKES_PART = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)


def test_only_the_facilitator_counts_a_ballot() -> None:
    for given, refusal in (([TAKES_PART], NotAllowed), ([], NotFound)):
        command = tallying.CountBallot(BALLOT, papers=papers(anna=()), tie_seed=SEED, by=BY_ANNA)
        with pytest.raises(refusal):
            decide(command, OPENED, closed(ANNA), *given)


def certify(by: Caller | None = None) -> b.CertifyBallot:
    return b.CertifyBallot(BALLOT, by=by or caller("facilitator", GUIDE))


def test_a_counted_ballot_is_certified() -> None:
    assert decide(certify(), OPENED, GUIDES, closed(), COUNTED) == [
        replace(CERTIFIED, organisations=OPENED.organisations)
    ]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(certify(), [OPENED, GUIDES, closed()], b.NotCounted, id="not before the count"),
        pytest.param(certify(), [OPENED, GUIDES, closed(), COUNTED, CERTIFIED], b.BallotOver, id="once"),
        pytest.param(
            b.VoidBallot(BALLOT, by=caller("manager", BOSS)),
            [OPENED, MANAGES],
            ReasonMissing,
            id="voiding needs a reason",
        ),
        pytest.param(
            b.VoidBallot(BALLOT, by=BY_BOSS),
            [OPENED, MANAGES, CERTIFIED],
            b.BallotOver,
            id="rule 8: before certification",
        ),
        pytest.param(
            b.VoidBallot(BALLOT, by=caller("facilitator", GUIDE, reason="x")),
            [OPENED, GUIDES],
            NotAllowed,
            id="the manager voids",
        ),
        pytest.param(
            certify(BY_ANNA), [OPENED, TAKES_PART, closed(), COUNTED], NotAllowed, id="an elector cannot certify"
        ),
        pytest.param(certify(BY_ANNA), [OPENED, closed(), COUNTED], NotFound, id="nor can a stranger"),
        pytest.param(
            b.VoidBallot(BALLOT, cause="key_lost", by=BY_ANNA),
            [OPENED, TAKES_PART, closed()],
            NotAllowed,
            id="an elector cannot report a lost key",
        ),
    ],
)
def test_certifying_or_voiding_a_ballot_is_refused(
    command: b.BallotCommand, given: list[Event], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def test_two_voters_with_the_same_commitment_prevent_the_close() -> None:
    twin = replace(voted(BERT), commitment=commitment(ANNA))
    with pytest.raises(b.PapersClash):
        decide(close(), OPENED, GUIDES, voted(ANNA), twin)


def test_a_ballot_whose_key_is_lost_is_void_without_a_reason() -> None:
    (event,) = decide(b.VoidBallot(BALLOT, cause="key_lost", by=BY_GUIDE), OPENED, GUIDES, closed())
    assert isinstance(event, BallotVoided)
    assert event.cause == "key_lost"


def test_a_lost_key_does_not_void_a_counted_ballot() -> None:
    with pytest.raises(b.BallotOver):
        decide(b.VoidBallot(BALLOT, cause="key_lost", by=caller("system")), OPENED, closed(), COUNTED)


def test_rule_8_the_manager_voids_a_counted_ballot_before_its_certification() -> None:
    assert decide(b.VoidBallot(BALLOT, by=BY_BOSS), OPENED, MANAGES, closed(), COUNTED) == [VOIDED]


def test_rule_8_the_manager_voids_a_ballot_with_a_wrong_text() -> None:
    command = b.VoidBallot(BALLOT, by=BY_BOSS)
    assert decide(command, OPENED, MANAGES) == [VOIDED]
    assert command.drops_papers_of == BALLOT
