"""Whether a person may vote, and why, as derived from events."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.events.ballot import RecusalDeclared
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import ParticipantEnrolled, ParticipantMoved, ParticipantWithdrew
from domain.foundation import BallotId, Code, Event, Language, OrganisationId, PersonId, Role
from projections.derived.eligibility import (
    Asker,
    Because,
    Eligibility,
    HandedIn,
    OwnOnBallot,
    Prospect,
    RecusalOf,
    eligibility,
    opening_of,
    prospect,
)
from projections.view import EventMetadata
from tests.domain.examples.ballot import (
    ANNA,
    BALLOT,
    BANK,
    BERT,
    CARE,
    CERTIFIED,
    CLINIC,
    ELSEWHERE,
    ENERGY,
    ENROLLED,
    EVE,
    OPENED,
    PROGRAMME,
    START_UPS,
    VOIDED,
    closed,
    voted,
)
from tests.domain.examples.deciding import NOW

T0 = datetime(2016, 10, 1, tzinfo=UTC)
WITHDREW = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=BANK)


def enrolled(person: PersonId, organisation: OrganisationId | None = None) -> ParticipantEnrolled:
    return ParticipantEnrolled(programme=PROGRAMME, person=person, organisation=organisation)


def dated(*events: Event) -> list[tuple[Event, EventMetadata]]:
    return [(event, EventMetadata(position, T0)) for position, event in enumerate(events, 1)]


def may_vote(
    *events: Event,
    person: PersonId | None = ANNA,
    role: Role = "participant",
    language: Language = "en",
    at: datetime = NOW,
) -> Eligibility:
    """The answer to a person for whom these events were read."""
    found = dated(*events)
    opening = opening_of(BALLOT, found)
    assert opening is not None
    return eligibility(*opening, found, Asker(role, person, language, at))


def positions(answer: Eligibility | Prospect) -> list[int]:
    return [one.position for one in answer.rests_on]


def test_rule_1_an_elector_may_vote_because_of_their_enrolment_before_the_opening() -> None:
    answer = may_vote(ENROLLED[0], OPENED)
    assert (answer.elector, answer.may_vote, answer.because) == (True, True, "elector")
    assert answer.since is not None
    assert (answer.since.position, answer.since.type) == (1, "programme.participant_enrolled")
    assert positions(answer) == [1, 2]
    assert answer.closes_at == OPENED.closes_at
    assert answer.explanation == "You may vote on this ballot, because you were a participant when it opened."
    assert may_vote(ENROLLED[0], OPENED, language="nl").explanation.startswith("Je bent stemgerechtigd")


def test_rule_1_a_participant_who_joins_after_the_opening_may_not_vote() -> None:
    answer = may_vote(OPENED, enrolled(EVE), person=EVE)
    assert (answer.elector, answer.may_vote, answer.because) == (False, False, "enrolled_later")
    assert answer.since is not None
    assert answer.since.position == 2
    assert positions(answer) == [1, 2]
    assert answer.own_challenges == ()


def test_rule_1_a_participant_who_returns_after_the_opening_may_not_vote() -> None:
    without = replace(OPENED, electorate=(BERT,))
    answer = may_vote(ENROLLED[0], WITHDREW, without, ENROLLED[0])
    assert (answer.because, positions(answer)) == ("enrolled_later", [3, 4])
    before = may_vote(ENROLLED[0], WITHDREW, without)
    assert (before.because, positions(before)) == ("withdrew", [1, 2, 3])


def test_rule_1_an_elector_who_leaves_the_programme_stays_an_elector() -> None:
    answer = may_vote(ENROLLED[0], OPENED, WITHDREW)
    assert (answer.may_vote, answer.because, positions(answer)) == (True, "elector", [1, 2])


def test_the_latest_enrolment_before_the_opening_makes_an_elector() -> None:
    answer = may_vote(ENROLLED[0], WITHDREW, ENROLLED[0], OPENED)
    assert (answer.because, positions(answer)) == ("elector", [3, 4])


def test_an_enrolment_elsewhere_counts_for_nothing() -> None:
    elsewhere = ParticipantEnrolled(programme=ELSEWHERE, person=EVE, organisation=None)
    answer = may_vote(elsewhere, OPENED, person=EVE)
    assert (answer.because, answer.since, positions(answer)) == ("not_enrolled", None, [2])


@pytest.mark.parametrize(
    ("role", "person", "because", "words"),
    [
        ("facilitator", ANNA, "another_role", "Alleen deelnemers stemmen. Je bent hier als begeleider."),
        ("commissioner", ANNA, "another_role", "Alleen deelnemers stemmen. Je bent hier als opdrachtgever."),
        ("manager", None, "no_person", "Alleen mensen stemmen, en dit token is van niemand."),
    ],
)
def test_only_participants_vote(role: Role, person: PersonId | None, because: Because, words: str) -> None:
    events = [
        ENROLLED[0],
        OPENED,
        voted(ANNA),
        RecusalDeclared(ballot=BALLOT, programme=PROGRAMME, elector=ANNA, challenge=CARE),
    ]
    answer = may_vote(*events, role=role, person=person, language="nl")
    assert (answer.elector, answer.because, answer.explanation) == (False, because, words)
    assert (answer.paper, answer.recusals, answer.since, positions(answer)) == (None, (), None, [2])


def test_rule_4_voting_ends_at_the_deadline_even_if_no_timer_ran() -> None:
    assert not may_vote(ENROLLED[0], OPENED, at=OPENED.closes_at).may_vote
    assert may_vote(ENROLLED[0], OPENED, at=OPENED.closes_at - timedelta(seconds=1)).may_vote


@pytest.mark.parametrize("ending", [closed(), VOIDED])
def test_a_ballot_that_ended_early_says_when(ending: Event) -> None:
    answer = may_vote(ENROLLED[0], OPENED, ending, CERTIFIED)
    assert (answer.elector, answer.may_vote, answer.closed_at, positions(answer)) == (True, False, T0, [1, 2, 3])


def test_a_rerun_does_not_open_the_void_ballot_again() -> None:
    rerun = replace(OPENED, ballot=BallotId("ballot_2"), rerun_of=BALLOT)
    assert may_vote(ENROLLED[0], OPENED, VOIDED, rerun).closes_at == OPENED.closes_at
    assert opening_of(BALLOT, dated(rerun)) is None


def test_rule_7_own_challenges_say_whether_a_person_or_an_organisation_proposed_them() -> None:
    assert may_vote(ENROLLED[0], OPENED).own_challenges == (OwnOnBallot(START_UPS, False, BANK),)
    bert = may_vote(ENROLLED[1], OPENED, person=BERT)
    assert bert.own_challenges == (OwnOnBallot(ENERGY, True, None),)
    moved = ParticipantMoved(programme=PROGRAMME, person=BERT, organisation=CLINIC, previous=None)
    assert may_vote(ENROLLED[1], moved, OPENED, person=BERT).own_challenges == (OwnOnBallot(ENERGY, True, CLINIC),)
    assert may_vote(ENROLLED[1], OPENED, moved, person=BERT).own_challenges == (OwnOnBallot(ENERGY, True, None),)


def test_rule_7_the_policy_on_own_challenges_is_put_into_words() -> None:
    answer = may_vote(ENROLLED[0], OPENED)
    assert (answer.own_policy, answer.own_explanation[:8]) == ("disclosed", "You may ")
    forbidden = may_vote(ENROLLED[0], replace(OPENED, own_challenge=Code("forbidden")), language="nl")
    assert forbidden.own_explanation == "Je mag je eigen vraagstukken niet kiezen."


def test_recusals_and_the_latest_paper_are_named_with_their_events() -> None:
    recusal = RecusalDeclared(ballot=BALLOT, programme=PROGRAMME, elector=ANNA, challenge=CARE)
    answer = may_vote(ENROLLED[0], OPENED, voted(ANNA, own=False), recusal, voted(ANNA))
    assert answer.recusals == (RecusalOf(CARE, 4),)
    assert answer.paper == HandedIn(T0, True, 5)
    assert positions(answer) == [1, 2, 4, 5]


# Before a ballot


def would_vote(*events: Event, role: Role = "participant", concluded: bool = False) -> Prospect:
    found = dated(*events)
    conclusion = (ProgrammeConcluded(programme=PROGRAMME, teams=()), EventMetadata(99, T0)) if concluded else None
    return prospect(PROGRAMME, found, conclusion, Asker(role, ANNA, "en", NOW))


def test_a_participant_would_be_an_elector_of_the_next_ballot() -> None:
    answer = would_vote(ENROLLED[0])
    assert (answer.elector, answer.because, answer.organisation) == (True, "participant", BANK)
    moved = would_vote(
        ENROLLED[0], ParticipantMoved(programme=PROGRAMME, person=ANNA, organisation=CLINIC, previous=BANK)
    )
    assert (moved.elector, moved.organisation, positions(moved)) == (True, CLINIC, [1, 2])
    assert moved.since == answer.since


def test_people_who_left_or_have_another_role_would_not_be_electors() -> None:
    left = would_vote(ENROLLED[0], WITHDREW)
    assert (left.elector, left.because, left.organisation, positions(left)) == (False, "withdrew", None, [1, 2])
    assert would_vote().because == "not_enrolled"
    guide = would_vote(ENROLLED[0], role="facilitator")
    assert (guide.elector, guide.because, positions(guide)) == (False, "another_role", [])


def test_no_ballot_opens_in_a_programme_that_was_concluded() -> None:
    answer = would_vote(ENROLLED[0], concluded=True)
    assert (answer.elector, answer.because, positions(answer)) == (False, "concluded", [1, 99])
