"""The stories reach every state by its events, and some transitions never happen."""

import pytest

from domain.foundation import Event
from projections import ballots, gatherings
from projections.challenges import Challenge
from projections.commitments import Commitment
from projections.recommendations import Formulation, Recommendation
from projections.teams import ENDED, STAGES, Assignment, Team
from projections.trips import Booking, Trip
from tests.reference import state_stories as t
from tests.reference.state_stories import STORIES, Step, Story, status
from tests.reference.states import WITHOUT_TRANSITIONS, described, states, transitions


@pytest.mark.parametrize("story", STORIES, ids=lambda one: f"{one.of.__name__}: {one.steps[-1].cause}")
def test_a_story_passes_through_its_states(story: Story) -> None:
    found = [status(story.of, story.steps[: n + 1]) for n in range(len(story.steps))]
    assert found == [one.status for one in story.steps]


@pytest.mark.parametrize("kind", states(), ids=lambda one: one.__name__)
def test_the_stories_reach_exactly_the_states(kind: type) -> None:
    assert {one.end for one in transitions(kind)} == set(states()[kind])


def test_every_resource_with_several_states_is_described_on_the_page() -> None:
    assert described() == {kind.__name__: list(known) for kind, known in states().items() if len(known) > 1}


def test_resources_without_transitions_have_no_story() -> None:
    assert {one.of for one in STORIES} & set(WITHOUT_TRANSITIONS) == set()


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (
            Challenge,
            "proposed admitted declined on_ballot selected not_selected in_progress advised closed withdrawn",
        ),
        (ballots.Ballot, "open closed counted certified void"),
        (Team, "formed active presenting following_up concluded dissolved merged"),
        (gatherings.Gathering, "planned held rescheduled cancelled"),
        (Trip, "idea polling date_fixed booking booked completed cancelled"),
        (Booking, "requested confirmed cancelled failed"),
        (Assignment, "solving proposed infeasible adopted stale"),
        (
            Recommendation,
            "drafted presented accepted partly_accepted rejected no_response in_progress implemented not_implemented",
        ),
        (Commitment, "open kept not_kept released"),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_a_resource_has_the_states_of_the_domain(kind: type, named: str) -> None:
    assert set(states()[kind]) == set(named.split())


def test_a_recommendation_is_superseded_version_by_version() -> None:
    assert "superseded" in states()[Formulation]


# Transitions back, and transitions that never happen


def after(kind: type, before: tuple[tuple[Event | t.Later, str | None], ...], *events: Event | t.Later) -> str | None:
    """The state of the first resource of this type after the steps and the further changes."""
    return status(kind, [*(Step(*one) for one in before), *(Step(one, None) for one in events)])


def test_challenges_of_a_void_ballot_return_to_admitted() -> None:
    assert after(Challenge, t.ON_BALLOT, t.VOIDED) == "admitted"


@pytest.mark.parametrize("said", [t.CERTIFIED, t.CERTIFIED_WITHOUT, t.VOIDED, t.CHOSEN], ids=lambda one: one.TOPIC)
def test_rule_22_a_challenge_stays_withdrawn_after_later_events_of_its_ballot(said: Event) -> None:
    assert after(Challenge, t.ON_BALLOT, t.WITHDRAWN, said) == "withdrawn"


@pytest.mark.parametrize("fell_away", [t.FAILED, t.DROPPED, t.REQUESTED], ids=lambda one: one.TOPIC)
def test_rule_13_a_booked_trip_falls_back_to_booking(fell_away: Event) -> None:
    assert after(Trip, t.BOOKED, fell_away) == "booking"


def test_a_late_response_replaces_no_response() -> None:
    late, _ = t.answered("accepted")
    assert [after(Recommendation, t.WAITING, t.WEEKS), after(Recommendation, t.WAITING, t.WEEKS, late)] == [
        "no_response",
        "accepted",
    ]


STEPS: dict[str, tuple[tuple[Event, str], ...]] = {
    "formed": t.NEW,
    "active": t.ACTIVE,
    "presenting": t.PRESENTING,
    "following_up": t.FOLLOWING_UP,
    "concluded": (*t.FOLLOWING_UP, (t.CONCLUDED, "concluded")),
    "dissolved": (*t.ACTIVE, (t.DISSOLVED, "dissolved")),
    "merged": (*t.with_other(t.ACTIVE), (t.MERGED, "merged")),
}
FURTHER: list[Event] = [t.HELD, t.PRESENTED, t.delivered(), t.CONCLUDED]


@pytest.mark.parametrize("further", FURTHER, ids=lambda one: one.TOPIC)
@pytest.mark.parametrize("stage", STAGES)
def test_a_team_never_returns_to_an_earlier_stage(stage: str, further: Event) -> None:
    order: list[str | None] = list(STAGES)
    assert order.index(after(Team, STEPS[stage], further)) >= order.index(stage)


@pytest.mark.parametrize("further", FURTHER, ids=lambda one: one.TOPIC)
@pytest.mark.parametrize("stage", ENDED)
def test_a_team_that_ended_stays_ended(stage: str, further: Event) -> None:
    assert after(Team, STEPS[stage], further) == stage
