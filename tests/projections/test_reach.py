"""Who reads which kind of fact in the feed."""

import pytest

from domain.foundation import Fact
from projections.event_types import facts
from projections.feed_access import REACH, reach_of, teams_among


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.TOPIC)
def test_every_kind_of_fact_has_its_readers(fact: type[Fact]) -> None:
    assert reach_of(fact) in {"programme", "team", "guides", "own"}


def test_every_line_of_the_table_is_about_facts() -> None:
    topics = {fact.TOPIC for fact in facts()}
    assert set(REACH) <= topics | {one.partition(".")[0] for one in topics} | {"team.file_attached", "trail"}


def test_the_teams_among_tags() -> None:
    assert teams_among(["trip_1", "team_1", "programme_1", "to:organisation_1", "team_2"]) == ["team_1", "team_2"]
