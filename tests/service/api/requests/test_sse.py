"""Server-sent events: the response of a GET, sent again each time it changes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest

from service.api.requests import sse
from service.store.log import head_watcher
from tests.conftest import Api, Database
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import a_team, ok
from tests.service.store.examples.restoring import lose_events, seen

EVENTS = "text/event-stream"
TIMEOUT_S = 20.0  # a test that waits longer hangs


@asynccontextmanager
async def watched(client: httpx.AsyncClient, path: str) -> AsyncGenerator[AsyncGenerator[dict[str, Any]]]:
    """Events of a watcher of this path, as they arrive."""
    headers = {"Accept": EVENTS}
    async with asyncio.timeout(TIMEOUT_S), client.stream("GET", path, headers=headers, timeout=TIMEOUT_S) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"] == EVENTS
        assert stream.headers["cache-control"] == "no-store"
        async with aclosing(_streamed(stream)) as told:
            yield told


async def _streamed(stream: httpx.Response) -> AsyncGenerator[dict[str, Any]]:
    async for line in stream.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


async def vote(client: httpx.AsyncClient, opened: str, challenge: str) -> None:
    made(await client.put(f"/ballots/{opened}/vote", json={"approvals": [challenge]}), 200)


async def test_a_ballot_watcher_sees_the_turnout_grow_but_no_paper(api: Api) -> None:
    setting = await programme(api)
    opened = await ballot(setting)
    async with watched(setting.facilitator, f"/ballots/{opened}") as told:
        first = await anext(told)
        await vote(setting.people[0], opened, setting.challenges[0])
        second = await anext(told)
        await vote(setting.people[0], opened, setting.challenges[1])  # replaced: the turnout is what it was
        made(await setting.manager.post(f"/ballots/{opened}/voiding", json={"reason": "Verkeerde lijst"}), 200)
        third = await anext(told)
    assert [first["turnout"], second["turnout"]] == [0, 1]
    assert {**second, "turnout": 0} == first
    assert third["status"] == "void"
    assert third == made(await setting.facilitator.get(f"/ballots/{opened}"), 200)


async def test_unrelated_events_send_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MIN_READ_INTERVAL_S", 0.01)
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.1)
    team = await a_team(api)
    async with (
        asyncio.timeout(TIMEOUT_S),
        team.members[0].stream("GET", f"/teams/{team.id}", headers={"Accept": EVENTS}) as stream,
    ):
        lines = stream.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        assert await anext(lines) == "event: changed"
        assert json.loads((await anext(lines)).removeprefix("data: "))["id"] == team.id
        assert await anext(lines) == ""
        await ok(await team.manager.post("/organisations", json={"name": "Elders"}))
        assert await anext(lines) == ": still here"


async def test_only_callers_who_may_see_a_trip_can_watch_it(api: Api) -> None:
    team = await a_team(api)
    trip = await ok(
        await team.members[0].post(f"/teams/{team.id}/trips", json={"theme": "Water", "destination": "Gent"})
    )
    async with watched(team.members[1], f"/trips/{trip['id']}") as told:
        assert (await anext(told))["destination"] == "Gent"
        made(await team.members[0].post(f"/trips/{trip['id']}/cancellation", json={"reason": "Te duur"}), 200)
        assert (await anext(told))["status"] == "cancelled"
    refused = await team.stranger.get(f"/trips/{trip['id']}", headers={"Accept": EVENTS})
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "not-found"


async def test_a_watcher_who_loses_permission_gets_nothing_more(api: Api) -> None:
    team = await a_team(api)
    path, gone = f"/teams/{team.id}", {"reason": "Nieuwe baan"}
    person = made(await team.members[2].get("/me"), 200)["person"]["id"]
    async with watched(team.members[2], path) as told:
        await anext(told)
        await ok(
            await team.manager.post(f"/programmes/{team.programme}/participants/{person}/withdrawal", json=gone), 200
        )
        assert [one async for one in told] == []


async def test_a_watcher_whose_token_is_revoked_gets_nothing_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.1)
    setting = await programme(api)
    opened = await ballot(setting)
    token = made(await setting.manager.post("/tokens", json={"role": "manager"}))
    async with watched(api.client(token["token"]), f"/ballots/{opened}") as told:
        await anext(told)
        made(await setting.manager.post(f"/tokens/{token['id']}/revocation"), 200)
        assert [one async for one in told] == []


def _not_at_all(_: head_watcher.HeadWatcher) -> None:
    """Do nothing."""


@pytest.mark.parametrize("lost_unseen", [False, True])
async def test_a_watcher_gets_nothing_more_from_a_restored_log(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch, *, lost_unseen: bool
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.1)
    if lost_unseen:  # this process polls the head of the log too rarely to know what gets lost
        monkeypatch.setattr(head_watcher, "POLL_INTERVAL_S", 1000)
        monkeypatch.setattr(head_watcher.HeadWatcher, "poll_soon", _not_at_all)
    setting = await programme(api)
    opened = await ballot(setting)
    last_kept = await api.kring.log.head()
    await setting.manager.post("/organisations", json={"name": "Later lost"})
    async with watched(setting.manager, f"/ballots/{opened}") as told:
        await anext(told)
        if not lost_unseen:
            await seen(api.kring.log)
        await lose_events(database, kept=last_kept)
        assert [one async for one in told] == []


async def test_a_disconnected_watcher_leaves_nothing_behind(api: Api) -> None:
    setting = await programme(api)
    opened = await ballot(setting)
    async with watched(setting.facilitator, f"/ballots/{opened}") as told:
        await anext(told)
        [watcher] = [one for one in asyncio.all_tasks() if one.get_name() == "kring watcher"]
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.wait([watcher])


async def test_the_past_cannot_be_watched(api: Api) -> None:
    setting = await programme(api)
    opened = await ballot(setting)
    head = await api.kring.log.head()
    path = f"/ballots/{opened}?as_of={head}"
    assert (await setting.facilitator.get(path, headers={"Accept": EVENTS})).status_code == 406
    either = {"Accept": f"{EVENTS}, application/json;q=0.1"}
    assert made(await setting.facilitator.get(path, headers=either), 200)["id"] == opened
