"""The drift alarm names a row that was changed behind the log's back, and never one that the projector wrote."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from projections.people import ORGANISATIONS
from projections.teams import TEAMS
from projections.view import View
from service.operations.drift import Compared, Drift, look_for_drift
from service.store.views.progress import progress
from service.store.views.view_store import table
from service.views import VIEWS
from tests.conftest import Api
from tests.service.api.examples.everybody import everybody

MORE_THAN_ALL_ROWS = 10_000  # more than exist


async def looked(api: Api) -> list[Compared]:
    return [one async for one in look_for_drift(api.kring, MORE_THAN_ALL_ROWS)]


async def test_no_view_drifts_in_a_programme_with_everything_in_it(api: Api) -> None:
    await everybody(api)
    found = await looked(api)
    assert [one.drifts for one in found] == [()] * len(VIEWS)
    filled = {one.view for one in found if one.rows}
    assert len(filled) > 25
    assert {one.drifted for one in await progress(api.kring.views)} == {0}


@pytest.mark.parametrize(
    ("view", "change", "expected"),
    [
        (ORGANISATIONS, "update {table} set name = 'Een andere' where key = $1", ("name",)),
        (TEAMS, "update {table} set status = 'active', member_ids = '{{}}' where key = $1", ("status", "member_ids")),
        (TEAMS, "delete from {table} where key = $1", ()),
    ],
)
async def test_a_manually_changed_row_is_named_with_its_fields(
    api: Api, view: View[Any], change: str, expected: tuple[str, ...]
) -> None:
    all_ = await everybody(api)
    key = all_.ids["organisation"] if view is ORGANISATIONS else all_.ids["team"]
    await api.kring.log.pool.execute(change.format(table=table(view)), key)
    with capture_logs() as told:
        found = {one.view: one.drifts for one in await looked(api) if one.drifts}
    assert found == {view.name: (Drift(view.name, key, expected),)}
    alarms = [one for one in told if one["event"] == "view_drifted"]
    assert alarms == [
        {"event": "view_drifted", "view": view.name, "key": key, "fields": list(expected), "log_level": "error"}
    ]
    assert {one.view: one.drifted for one in await progress(api.kring.views) if one.drifted} == {view.name: 1}
    row = await api.kring.log.pool.fetchrow(f"select * from {table(view)} where key = $1", key)
    assert (row is None) == ("delete" in change)  # nothing was fixed


async def test_a_row_without_any_event_is_named(api: Api) -> None:
    all_ = await everybody(api)
    copied = f"""
    insert into {table(TEAMS)} select (jsonb_populate_record(t, '{{"key": "team_nobodys"}}')).* from {table(TEAMS)} t
    where key = $1
    """
    await api.kring.log.pool.execute(copied, all_.ids["team"])
    found = {one.view: one.drifts for one in await looked(api) if one.drifts}
    assert found == {"teams": (Drift("teams", "team_nobodys", ()),)}
