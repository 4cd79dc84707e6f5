"""A silent database delays nobody longer than a stated time, and everything continues once it can be reached again."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from service.api.operations.health import health
from service.auth.issuing import issue_token
from service.config import load
from service.embedded import Servers
from service.kring import open_kring
from service.store import database as database_module
from service.store.database import connect, open_pool
from service.store.log import log as log_module
from service.store.log import writer
from service.store.log.errors import LogError
from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import an_append
from tests.service.store.examples.silent_proxy import SilentProxy
from workers import leadership
from workers.projector import project
from workers.reactor import react

TIMEOUT_S = 60.0  # far beyond every timeout in these tests


@pytest.fixture
async def proxy(database: Database) -> AsyncGenerator[SilentProxy]:
    proxy = SilentProxy(database.url)
    async with proxy.running():
        yield proxy


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeouts of the database for the tests."""
    for name in ("CONNECT_TIMEOUT_S", "STATEMENT_TIMEOUT_S", "ACQUIRE_TIMEOUT_S", "CLOSE_TIMEOUT_S"):
        monkeypatch.setattr(database_module, name, 1.0)
    monkeypatch.setattr(log_module, "READ_TIMEOUT_S", 1.0)
    monkeypatch.setattr(writer, "CALL_TIMEOUT_S", 1.0)
    monkeypatch.setattr(writer, "BATCH_TIMEOUT_S", 3.0)
    monkeypatch.setattr(leadership, "STANDBY_INTERVAL_S", 0.05)


async def test_readers_and_writers_get_an_error_during_silence_and_succeed_after(proxy: SilentProxy) -> None:
    async with asyncio.timeout(TIMEOUT_S), Log.open(proxy.url) as log:
        await log.append(an_append())
        proxy.silence()
        reads = [log.head(), log.read(), log.is_same_log(), log.pool.fetchval("select 1")]
        answers = await asyncio.gather(*reads, log.append(an_append()), return_exceptions=True)
        assert [isinstance(one, TimeoutError) for one in answers[:-1]] == [True] * 4, answers
        assert isinstance(answers[-1], LogError)
        assert not await log.wait_beyond(1_000, 0.01)
        proxy.mend()
        receipt = await _once_served(lambda: log.append(an_append()))
        assert await _once_served(log.head) == receipt.last
        assert await log.wait_beyond(receipt.last - 1, TIMEOUT_S)


async def test_views_and_jobs_continue_after_a_silence(
    proxy: SilentProxy, servers: Servers, tmp_path: Path, database: Database
) -> None:
    environ = {"KRING_DATABASE_URL": proxy.url, "KRING_REDIS_URL": servers.redis_url, "KRING_KEYS": str(tmp_path / "k")}
    async with asyncio.timeout(TIMEOUT_S), open_kring(load(environ, data=tmp_path)) as kring:
        new_jobs = asyncio.Event()
        running = [asyncio.create_task(project(kring)), asyncio.create_task(react(kring, new_jobs))]
        await issue_token(kring.commands, "manager")
        await kring.views.wait(await kring.log.head(), TIMEOUT_S)
        proxy.silence()
        proxy.mend()  # new connections work
        await proxy.swallowed.wait()
        assert (await health(kring)).status == "not_ready"
        await _once_served(lambda: issue_token(kring.commands, "manager"))
        head = await _once_served(kring.log.head)
        async with open_pool(database.url, 1, 1) as direct:
            while await direct.fetchval("select min(position) from views.checkpoints") < head:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            while await direct.fetchval("select min(position) from reactions") < head:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        for one in running:
            one.cancel()
        await asyncio.wait(running)


async def test_a_pool_that_cannot_close_cleanly_is_terminated(proxy: SilentProxy) -> None:
    async with asyncio.timeout(TIMEOUT_S), open_pool(proxy.url, 1, 1) as pool:
        borrowed = asyncio.create_task(_held(pool))
        await asyncio.sleep(0)
        proxy.silence()
    borrowed.cancel()
    await asyncio.wait([borrowed])


async def _held(pool: Any) -> None:
    async with pool.acquire():
        await asyncio.Event().wait()


async def test_waiting_for_a_pool_connection_times_out_as_stated(database: Database) -> None:
    async with asyncio.timeout(TIMEOUT_S), open_pool(database.url, 1, 1) as pool, pool.acquire():
        with pytest.raises(TimeoutError):
            await pool.fetchval("select 1")


async def test_both_ends_of_every_connection_notice_a_lost_peer(database: Database) -> None:
    connection = await connect(database.url)
    async with open_pool(database.url, 1, 1) as pool, pool.acquire() as borrowed:
        for one in (connection, borrowed):
            peer = _socket(one)
            assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 2
            assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 8_000
            assert await one.fetchval("show tcp_user_timeout") in {"8s", "8000"}
            assert await one.fetchval("show tcp_keepalives_idle") == "2"
        assert await borrowed.fetchval("show statement_timeout") == "1s"
    await connection.close()


def _socket(connection: Any) -> Any:
    return connection._transport.get_extra_info("socket")


async def _once_served(ask: Any) -> Any:
    """First successful answer."""
    while True:
        try:
            return await ask()
        except Exception:  # noqa: BLE001  any error must be temporary
            await asyncio.sleep(0.02)
