"""The view of challenges: every status, and the events that lead to it."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from domain.events.ballot import (
    BallotCertified,
    BallotChallenge,
    BallotOpened,
    BallotVoided,
    ChallengesChosen,
)
from domain.events.challenge import (
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeRevised,
    ChallengeWithdrawn,
)
from domain.events.followup import FormalResponseGiven, RecommendationClosed, ResponseVerdict
from domain.events.presentation import AdviceDelivered, HandedRecommendation
from domain.events.team import TeamChallengeChanged, TeamDissolved, TeamFormed, TeamMerged
from domain.foundation import (
    BallotId,
    ChallengeId,
    Code,
    Digest,
    Event,
    OrganisationId,
    ProgrammeId,
    RecommendationId,
    TeamId,
    Words,
)
from projections.challenges import CHALLENGES, Challenge, brief_title
from projections.view import EventMetadata, fold_events

P, B = ProgrammeId("programme_1"), BallotId("ballot_1")
CARE, ENERGY = ChallengeId("challenge_1"), ChallengeId("challenge_2")
BANK, T1, T2 = OrganisationId("organisation_1"), TeamId("team_1"), TeamId("team_2")
R1, R2, R3 = (RecommendationId(f"recommendation_{n}") for n in (1, 2, 3))
T0 = datetime(2016, 10, 1, tzinfo=UTC)
HASH, TEXT = Digest("d" * 43), Words(digest="d" * 43)
PROPOSED = ChallengeProposed(
    challenge=CARE, programme=P, organisation=BANK, proposer=None, title=TEXT, context=TEXT, wish=None
)
ADMITTED = ChallengeAdmitted(challenge=CARE, programme=P, organisation=BANK)
OPENED = BallotOpened(
    ballot=B,
    programme=P,
    challenges=(BallotChallenge(CARE, BANK, None, ()),),
    electorate=(),
    own=(),
    rule=Code("approval/1"),
    seats=1,
    quorum_permille=500,
    secrecy=Code("named"),
    own_challenge=Code("disclosed"),
    tie_seed_commitment=HASH,
    ballot_key=HASH,
    closes_at=T0,
)


def certified(*selected: ChallengeId) -> BallotCertified:
    return BallotCertified(ballot=B, programme=P, organisations=(BANK,), challenge_ids=(CARE,), selected=selected)


def formed(team: TeamId) -> TeamFormed:
    return TeamFormed(team=team, programme=P, challenge=CARE, organisation=BANK, number=1, members=())


def delivered(team: TeamId, *recommendations: RecommendationId, version: int = 1, stated: int = 1) -> AdviceDelivered:
    return AdviceDelivered(
        team=team,
        programme=P,
        challenge=CARE,
        organisation=BANK,
        version=version,
        recommendations=tuple(HandedRecommendation(one, stated) for one in recommendations),
        to=(),
        document_hash=HASH,
        response_weeks=6,
    )


def closed(recommendation: RecommendationId, team: TeamId = T1) -> RecommendationClosed:
    return RecommendationClosed(
        recommendation=recommendation,
        team=team,
        programme=P,
        challenge=CARE,
        organisation=BANK,
        outcome="implemented",
        reason=TEXT,
    )


def answered(recommendation: RecommendationId, verdict: ResponseVerdict, version: int = 1) -> FormalResponseGiven:
    return FormalResponseGiven(
        recommendation=recommendation,
        team=T1,
        programme=P,
        challenge=CARE,
        organisation=BANK,
        version=version,
        verdict=verdict,
        reason=TEXT,
        by_team_member=False,
    )


def statuses(*events: Event) -> list[str]:
    """The status of the challenge after each event."""
    history = [(event, EventMetadata(position, T0)) for position, event in enumerate(events, 1)]
    return [fold_events(CHALLENGES, history[: n + 1])[CARE].status for n in range(len(events))]


def board(*events: Event) -> dict[str, Challenge]:
    """The rows after these events."""
    return fold_events(CHALLENGES, [(event, EventMetadata(position, T0)) for position, event in enumerate(events, 1)])


def test_a_challenge_goes_from_proposed_to_closed() -> None:
    events = [PROPOSED, ADMITTED, OPENED, certified(CARE), formed(T1), delivered(T1, R1, R2), closed(R1), closed(R2)]
    assert statuses(*events) == [
        "proposed",
        "admitted",
        "on_ballot",
        "selected",
        "in_progress",
        "advised",
        "advised",
        "closed",
    ]


def test_a_challenge_can_be_declined_or_not_selected() -> None:
    assert statuses(PROPOSED, ChallengeDeclined(challenge=CARE, programme=P, organisation=BANK))[-1] == "declined"
    assert statuses(PROPOSED, ADMITTED, OPENED, certified(ENERGY))[-1] == "not_selected"


def test_challenges_of_a_void_ballot_return_to_admitted() -> None:
    void = BallotVoided(ballot=B, programme=P, organisations=(BANK,), challenge_ids=(CARE,), cause=Code("quorum"))
    assert statuses(PROPOSED, ADMITTED, OPENED, void)[-1] == "admitted"


def test_a_later_delivered_version_replaces_the_earlier_one_of_its_team() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), delivered(T1, R1, R2), delivered(T1, R2, version=2)]
    assert statuses(*before, closed(R2))[-1] == "closed"


def test_a_challenge_with_two_teams_closes_with_the_recommendations_of_both() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), formed(T2), delivered(T1, R1), delivered(T2, R3)]
    assert statuses(*before, closed(R1), closed(R3, T2))[-2:] == ["advised", "closed"]


def test_a_challenge_waits_for_the_team_that_has_not_delivered_yet() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), formed(T2), delivered(T1, R1), closed(R1)]
    assert statuses(*before, delivered(T2, R3), closed(R3, T2))[-3:] == ["advised", "advised", "closed"]


def test_a_rejected_recommendation_has_ended_but_an_accepted_one_has_not() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), delivered(T1, R1, R2), answered(R1, "rejected")]
    assert statuses(*before, answered(R2, "accepted"), closed(R2))[-3:] == ["advised", "advised", "closed"]


def test_a_new_delivery_reopens_a_rejected_recommendation_but_not_a_closed_one() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), delivered(T1, R1, R2), closed(R1), answered(R2, "rejected")]
    again = delivered(T1, R1, R2, version=2, stated=2)
    assert statuses(*before, again, answered(R2, "rejected", 2))[-3:] == ["closed", "advised", "closed"]


def test_a_rejection_stays_when_the_same_version_is_delivered_again() -> None:
    before = [PROPOSED, ADMITTED, formed(T1), delivered(T1, R1), answered(R1, "rejected")]
    assert statuses(*before, delivered(T1, R1, R2, version=2), closed(R2))[-2:] == ["advised", "closed"]


# Withdrawal


def withdrawn(runner_up: ChallengeId | None = None, *teams: TeamId) -> ChallengeWithdrawn:
    return ChallengeWithdrawn(
        challenge=CARE,
        programme=P,
        organisation=BANK,
        stage=Code("selected"),
        ballot=B,
        runner_up=runner_up,
        teams=teams,
    )


def recommissioned(organisation: OrganisationId | None) -> ChallengeRecommissioned:
    return ChallengeRecommissioned(challenge=CARE, programme=P, organisation=organisation, previous=BANK, teams=(T1,))


def changed(challenge: ChallengeId, previous: ChallengeId) -> TeamChallengeChanged:
    return TeamChallengeChanged(
        team=T1, programme=P, organisation=BANK, challenge=challenge, previous=previous, previous_organisation=BANK
    )


def dissolved(team: TeamId) -> TeamDissolved:
    return TeamDissolved(team=team, programme=P, organisation=BANK, challenge=CARE, members=())


def merged(team: TeamId, into: TeamId) -> TeamMerged:
    return TeamMerged(
        team=team, programme=P, organisation=BANK, challenge=CARE, into=into, into_organisation=BANK, members=()
    )


WORKING = [PROPOSED, ADMITTED, OPENED, certified(CARE), formed(T1)]


def test_a_withdrawn_challenge_stays_withdrawn_after_later_events() -> None:
    assert statuses(PROPOSED, withdrawn())[-1] == "withdrawn"
    assert statuses(PROPOSED, ADMITTED, OPENED, withdrawn(), certified())[-1] == "withdrawn"
    void = BallotVoided(ballot=B, programme=P, organisations=(BANK,), challenge_ids=(CARE,), cause=Code("quorum"))
    assert statuses(PROPOSED, ADMITTED, OPENED, withdrawn(), void)[-1] == "withdrawn"
    after = [delivered(T1, R1), closed(R1), dissolved(T1)]
    assert statuses(*WORKING, withdrawn(None, T1), *after)[-4:] == ["withdrawn"] * 4


def test_a_challenge_chosen_without_a_ballot_is_selected() -> None:
    chosen = ChallengesChosen(programme=P, organisations=(BANK,), challenges=(CARE,), how=Code("few"))
    assert statuses(PROPOSED, ADMITTED, chosen, formed(T1))[-2:] == ["selected", "in_progress"]


def test_the_runner_up_takes_the_seat_while_no_team_is_at_work() -> None:
    other = replace(PROPOSED, challenge=ENERGY)
    both = replace(certified(CARE), challenge_ids=(CARE, ENERGY))
    before = [PROPOSED, other, both]
    assert board(*before)[ENERGY].status == "not_selected"
    assert board(*before, withdrawn(ENERGY))[ENERGY].status == "selected"
    at_work = board(*before, formed(T1), withdrawn(ENERGY, T1))
    assert (at_work[ENERGY].status, at_work[CARE].runner_up) == ("not_selected", ENERGY)


def test_a_recommissioned_challenge_has_the_status_of_its_teams_and_advice() -> None:
    assert statuses(*WORKING, withdrawn(None, T1), recommissioned(None))[-1] == "in_progress"
    history = [*WORKING, delivered(T1, R1), withdrawn(None, T1), recommissioned(OrganisationId("organisation_2"))]
    assert statuses(*history, closed(R1))[-3:] == ["withdrawn", "advised", "closed"]
    assert board(*history)[CARE].organisation == "organisation_2"


def test_a_team_takes_up_its_new_challenge_and_the_old_one_stays_withdrawn() -> None:
    other = replace(PROPOSED, challenge=ENERGY)
    rows = board(*WORKING, other, withdrawn(ENERGY, T1), changed(ENERGY, CARE))
    assert (rows[CARE].status, rows[CARE].teams) == ("withdrawn", ())
    assert (rows[ENERGY].status, rows[ENERGY].teams) == ("in_progress", (T1,))


def test_a_challenge_closes_when_all_its_teams_have_ended() -> None:
    two = [*WORKING, formed(T2)]
    assert statuses(*two, dissolved(T1), dissolved(T2))[-2:] == ["in_progress", "closed"]
    assert statuses(*two, merged(T1, T2), merged(T2, TeamId("team_3")))[-2:] == ["in_progress", "closed"]
    row = board(*two, dissolved(T1))[CARE]
    assert (row.teams, row.ended_teams) == ((T1, T2), (T1,))


def test_a_challenge_does_not_wait_for_a_team_that_ended() -> None:
    two = [*WORKING, formed(T2), delivered(T1, R1), closed(R1)]
    assert statuses(*two, dissolved(T2))[-2:] == ["advised", "closed"]


def test_a_challenge_shows_the_texts_of_the_last_revision() -> None:
    new = ChallengeRevised(challenge=CARE, programme=P, organisation=BANK, title=Words(digest="n" * 43))
    row = board(PROPOSED, new)[CARE]
    assert (row.title, row.context, row.wish, row.short_title) == (new.title, TEXT, None, None)
    shorter = replace(new, title=None, short_title=Words(digest="s" * 43))
    row = board(replace(PROPOSED, short_title=TEXT), new, shorter)[CARE]
    assert (row.title, row.short_title) == (new.title, shorter.short_title)


@pytest.mark.parametrize(
    ("short_title", "title", "shown"),
    [
        pytest.param(Words("Start-ups"), Words("Hoe houden we start-ups?"), "Start-ups", id="a short title"),
        pytest.param(None, Words("Hoe?"), "Hoe?", id="none"),
        pytest.param(TEXT, Words("Hoe?"), "Hoe?", id="a redacted one"),
        pytest.param(TEXT, TEXT, None, id="both redacted"),
    ],
)
def test_a_challenge_without_a_short_title_is_shown_by_its_title(
    short_title: Words | None, title: Words, shown: str | None
) -> None:
    row = board(replace(PROPOSED, title=title, short_title=short_title))[CARE]
    assert brief_title(row) == shown
