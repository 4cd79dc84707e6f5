"""Answers to consumers of the feed and holders of tokens after the log was restored to an earlier state."""

import asyncio

import pytest

from service.api.history import feed
from tests.conftest import Api, Database
from tests.service.api.examples.programme import made
from tests.service.store.examples.restoring import lose_events, seen

pytestmark = pytest.mark.own_kring  # the log is restored

STREAM = "text/event-stream"
TIMEOUT_S = 20.0


async def _gone_back(api: Api) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while api.kring.log.times_restored == 0:  # noqa: ASYNC110  it happens in the background, and tells the log alone
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson", STREAM])
async def test_a_reader_beyond_the_end_of_a_restored_log_gets_an_error(api: Api, accept: str) -> None:
    manager = await api.as_("manager")
    head = await api.kring.log.head()
    query = {"params": {"after": head + 1}, "headers": {"Accept": accept}}
    async with asyncio.timeout(TIMEOUT_S):  # a stream would go on
        refused = made(await manager.get("/events", **query), 409)  # pyright: ignore[reportArgumentType]
    assert refused["code"] == "beyond-the-log"
    assert made(await manager.get("/events", params={"after": head}), 200) == {"items": [], "next": head}


async def test_a_stream_cannot_resume_beyond_the_end_of_the_log(api: Api) -> None:
    manager = await api.as_("manager")
    headers = {"Accept": STREAM, "Last-Event-ID": str(await api.kring.log.head() + 1)}
    async with asyncio.timeout(TIMEOUT_S):
        assert made(await manager.get("/events", headers=headers), 409)["code"] == "beyond-the-log"


@pytest.mark.parametrize("accept", ["application/json", STREAM])
async def test_a_reader_of_another_log_gets_an_error(api: Api, accept: str) -> None:
    manager = await api.as_("manager")
    (one,) = made(await manager.get("/events", params={"limit": 1}), 200)["items"]
    query = {"source": one["source"], "after": one["position"]}
    assert made(await manager.get("/events", params=query), 200)["items"] == []
    query["source"] = "urn:kring:another"
    async with asyncio.timeout(TIMEOUT_S):
        refused = made(await manager.get("/events", params=query, headers={"Accept": accept}), 409)
    assert (refused["code"], refused["errors"][0]["field"]) == ("another-log", "source")


async def test_a_running_stream_ends_when_the_log_is_restored(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT_S", 0.1)
    manager = await api.as_("manager")
    await api.as_("manager")
    async with asyncio.timeout(TIMEOUT_S), manager.stream("GET", "/events", headers={"Accept": STREAM}) as stream:
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("id: 2"):
            pass
        await seen(api.kring.log)
        await lose_events(database, kept=1)
        async for _ in lines:
            pass
    assert await api.kring.log.head() == 1


async def test_a_token_whose_issue_was_lost_no_longer_works(api: Api, database: Database) -> None:
    await api.as_("manager")
    lost = await api.as_("manager")
    made(await lost.post("/organisations", json={"name": "Bank"}))  # and the token is cached
    await seen(api.kring.log)
    await lose_events(database, kept=1)
    await _gone_back(api)
    assert (await lost.post("/organisations", json={"name": "Bank"})).status_code == 401
    assert await api.kring.log.head() == 1
