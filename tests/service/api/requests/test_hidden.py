"""Callers cannot distinguish a hidden resource from a missing one: every 404 is delayed, however it was found."""

import re

import pytest
from litestar.routes import HTTPRoute

from service.api.requests import hidden
from service.app import make_app
from service.clock_and_ids import new_id
from service.config import load
from tests.conftest import Api
from tests.service.api.examples.everybody import bodies, everybody

BASE = "/api/v1"
MIN_HIDDEN_OPERATIONS = 80  # operations that hide something from a participant of another programme


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Durations for which answers were delayed."""
    found: list[float] = []

    async def hold(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(hidden, "hold", hold)
    return found


@pytest.mark.parametrize(("elapsed", "left"), [(0.0, 0.05), (0.001, 0.049), (0.049, 0.001), (0.05, 0.05), (0.12, 0.03)])
def test_a_response_is_delayed_to_the_next_multiple(elapsed: float, left: float) -> None:
    assert hidden.remaining(elapsed, 0.05) == pytest.approx(left)


def operations() -> list[tuple[str, str]]:
    """Operations with an id in their path, in the form of the contract's table."""
    return [
        (str(method), re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path).removeprefix(BASE))
        for route in make_app(load({})).routes
        if isinstance(route, HTTPRoute) and "{" in route.path and route.path.startswith(BASE)
        for handler in route.route_handlers
        for method in handler.http_methods
        if str(method) != "OPTIONS"
    ]


async def test_every_404_is_delayed_for_hidden_and_missing_resources_alike(api: Api, held: list[float]) -> None:
    everyone = await everybody(api)
    stranger, ids, body_of = everyone.known["other programme"], everyone.ids, bodies(everyone.ids)
    missing = {
        name: new_id(one.rpartition("_")[0]) if re.fullmatch("[a-z_]+_[0-9a-z]{26}", one) else one
        for name, one in ids.items()
    }
    hiding = 0
    for method, path in operations():
        if not set(re.findall(r"\{(\w+)\}", path)) <= ids.keys():
            continue
        for named in (ids, missing):
            held.clear()
            answer = await stranger.request(method, path.format(**named), json=body_of.get(f"{method} {path}"))
            assert len(held) == (answer.status_code == 404), f"{method} {path}: {answer.status_code}"
            hiding += named is ids and answer.status_code == 404
    assert hiding > MIN_HIDDEN_OPERATIONS
