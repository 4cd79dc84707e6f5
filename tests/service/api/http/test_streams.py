"""Limits on open streams, per token and in total."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from service.api.http.streams import Streams, StreamsFull, TooManyStreams
from service.config import Limits
from tests.conftest import Database, Servers, serving
from tests.service.api.examples.programme import ballot, programme

TIMEOUT_S = 20.0
EVENTS = {"Accept": "text/event-stream"}
LIMITS = {"KRING_MAX_STREAMS": "3", "KRING_MAX_STREAMS_PER_CALLER": "2"}


@asynccontextmanager
async def following(client: httpx.AsyncClient, path: str) -> AsyncGenerator[httpx.Response]:
    """An open stream."""
    async with asyncio.timeout(TIMEOUT_S), client.stream("GET", path, headers=EVENTS, timeout=TIMEOUT_S) as stream:
        lines = stream.aiter_lines()  # referenced until the end, since garbage collection would disconnect
        if stream.is_success:
            await anext(lines)
        yield stream


async def open_streams(client: httpx.AsyncClient) -> int:
    metrics = (await client.get("/metrics")).text
    return int(float(next(line for line in metrics.splitlines() if line.startswith("kring_streams_open ")).split()[1]))


def test_streams_are_counted_per_token_and_in_total() -> None:
    streams = Streams(Limits(streams=3, streams_per_caller=2))
    with streams.opened("anna"), streams.opened("anna"):
        with pytest.raises(TooManyStreams), streams.opened("anna"):
            pass
        with streams.opened("bert"), pytest.raises(StreamsFull), streams.opened("cora"):
            pass
        assert streams.open == 2
    assert streams.open == 0


async def test_a_stream_over_the_limit_is_refused_until_another_ends(
    database: Database, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with serving(database, servers, tmp_path_factory.mktemp("streams"), **LIMITS) as api:
        setting = await programme(api)
        opened = f"/ballots/{await ballot(setting)}"
        anna, bert, cora = setting.people[:3]
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(following(anna, opened))
            async with following(anna, "/events"):
                async with following(anna, opened) as refused:
                    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
                async with following(bert, opened), following(cora, opened) as refused:
                    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
                assert (await anna.get(opened)).is_success, "who asks once is answered"
        async with asyncio.timeout(TIMEOUT_S), httpx.AsyncClient(base_url=api.url) as client:
            while await open_streams(client):  # noqa: ASYNC110  detection may take a while
                await asyncio.sleep(0.05)
