"""Queries over views: only placeholders name views."""

from typing import Any

import pytest

from projections.announcements import ANNOUNCEMENTS
from projections.query import ViewQuery
from projections.teams import TEAMS
from projections.view import View


def shown(view: View[Any]) -> str:
    return f"<{view.name}>"


def test_each_placeholder_becomes_the_relation_of_its_view() -> None:
    query = ViewQuery("select * from {teams} t join {announcements} a on true, {teams}", TEAMS, ANNOUNCEMENTS)
    assert query.views == (TEAMS, ANNOUNCEMENTS)
    assert query.sql(shown) == "select * from <teams> t join <announcements> a on true, <teams>"


def test_literals_columns_comments_and_other_braces_are_left_alone() -> None:
    text = """
    -- The announcements of teams.
    select 'announcements' as kind, announcements, teams.names, '{}'::text[], '{"announcements": {}}'::jsonb #> '{a,teams}'
    from """
    assert ViewQuery(text + "{teams}", TEAMS).sql(shown) == text + "<teams>"


def test_a_placeholder_without_a_view_is_refused() -> None:
    with pytest.raises(ValueError, match="placeholders without a view: announcements, taems"):
        ViewQuery("select * from {teams}, {taems}, {announcements}", TEAMS)


def test_a_view_without_a_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="views without a placeholder: announcements"):
        ViewQuery("select * from {teams}, announcements", TEAMS, ANNOUNCEMENTS)
