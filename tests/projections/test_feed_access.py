"""Access to event types in the feed."""

import pytest

from domain.foundation import Event
from projections.event_types import events
from projections.feed_access import REACH, reach_of, teams_among


@pytest.mark.parametrize("event", events(), ids=lambda event: event.TOPIC)
def test_every_event_type_has_readers(event: type[Event]) -> None:
    assert reach_of(event) in {"programme", "team", "guides", "own"}


def test_every_key_of_the_access_table_matches_events() -> None:
    topics = {event.TOPIC for event in events()}
    assert set(REACH) <= topics | {one.partition(".")[0] for one in topics} | {"team.file_attached", "trail"}


def test_team_ids_are_found_among_tags() -> None:
    assert teams_among(["trip_1", "team_1", "programme_1", "to:organisation_1", "team_2"]) == ["team_1", "team_2"]
