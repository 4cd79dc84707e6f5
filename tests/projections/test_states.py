"""Every state that something can have is reached in a story, by the facts that lead there; and ways that do not exist."""

import pytest

from tests.reference.states import states, ways
from tests.reference.states_told import STORIES, Story, status


@pytest.mark.parametrize("told", STORIES, ids=lambda one: f"{one.of.__name__}: {one.steps[-1].cause}")
def test_a_story_goes_through_its_states(told: Story) -> None:
    seen = [status(told.of, told.steps[: n + 1]) for n in range(len(told.steps))]
    assert seen == [one.status for one in told.steps]


@pytest.mark.parametrize("kind", states(), ids=lambda one: one.__name__)
def test_every_state_is_reached_in_a_story_and_there_are_no_others(kind: type) -> None:
    assert {one.end for one in ways(kind)} == set(states()[kind])
