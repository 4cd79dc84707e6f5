"""Commands whose database connection breaks just when they are recorded, and what their repeats answer."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from service.commands import CommandHandler
from service.embedded import Servers
from service.store.log import writer as writer_module
from tests.conftest import Api, Database, serving
from tests.journeys.examples.lossy_network import Line, LossyApi, Network, not_lost
from tests.journeys.examples.nine_participants import run_whole_programme
from tests.journeys.examples.rare_operations import run_rare_operations
from tests.service.api.examples.everybody import everybody
from tests.service.store.examples.log import Loss, holding_the_lock, session, until_somebody_waits_for_the_lock
from workers import leadership

WAITS = """
select pid from pg_stat_activity
where datname = current_database() and application_name like 'kring writer%' and wait_event = 'advisory'
"""


@pytest.fixture
async def line(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Line]:
    """The connection between a service and its database."""
    network = Network(database.url)
    async with network.running(), session(database.owner_url) as owner:
        yield Line(network, owner, monkeypatch)


@pytest.fixture
async def lossy(
    line: Line, database: Database, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[LossyApi]:
    """The service at the other end of that connection."""
    monkeypatch.setattr(leadership, "STANDBY_INTERVAL_S", 0.05)  # it loses its connections too
    async with serving(Database(database.owner_url, line.proxy.url), servers, tmp_path) as api:
        yield LossyApi(api, line)


async def test_every_kind_of_command_has_one_effect_and_one_answer(lossy: LossyApi) -> None:
    await run_whole_programme(lossy)
    await run_rare_operations(await everybody(lossy))
    assert not_lost(lossy.line) == set()


@pytest.mark.parametrize("loss", list(Loss)[:3])
async def test_a_command_without_a_key_still_gets_its_outcome(lossy: LossyApi, loss: Loss) -> None:
    """The writer looks the command up in the log once it has ended the lost session."""
    async with await unkeyed(lossy) as manager:
        lossy.line.losing = loss
        answer = await manager.post("/organisations", json={"name": "Bank"})
    assert lossy.line.proxy.lost.is_set()
    assert answer.status_code == 201, answer.text
    assert await lossy.line.events() == 1


async def test_a_command_without_a_key_or_database_has_an_unknown_outcome(lossy: LossyApi) -> None:
    async with await unkeyed(lossy) as manager:
        lossy.line.lose_next(("POST", "/organisations"))
        answer = await manager.post("/organisations", json={"name": "Bank"})
        lossy.line.mend(("POST", "/organisations"))
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")
    assert await lossy.line.events() == 1


async def test_a_recorded_command_that_cannot_be_read_back_has_an_unknown_outcome(
    lossy: LossyApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ConnectionResetError

    async with await unkeyed(lossy) as manager:
        monkeypatch.setattr(CommandHandler, "row", broken)
        answer = await manager.post("/organisations", json={"name": "Bank"})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")
    assert await lossy.line.events() == 1


async def test_the_outcome_is_unknown_until_a_stuck_session_ends(
    lossy: LossyApi, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server process freezes while it executes the command, and then continues."""
    monkeypatch.setattr(writer_module, "BATCH_TIMEOUT_S", 1.0)
    key, line = {"Idempotency-Key": "the same"}, lossy.line
    async with await unkeyed(lossy) as manager:
        async with holding_the_lock(database.url) as other:
            line.losing = Loss.OF_THE_LINE
            request = asyncio.create_task(manager.post("/organisations", json={"name": "Bank"}, headers=key))
            await until_somebody_waits_for_the_lock(other)
            stuck = await other.fetchval(WAITS)  # the owner does not see it
            os.kill(stuck, signal.SIGSTOP)
        try:
            answer = await request
        finally:
            os.kill(stuck, signal.SIGCONT)
        assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown"), answer.text
        monkeypatch.undo()
        async with asyncio.timeout(30):
            while (
                again := await manager.post("/organisations", json={"name": "Bank"}, headers=key)
            ).status_code == 503:
                pass
    assert again.status_code == 201, again.text
    assert await line.events() == 1


async def unkeyed(lossy: LossyApi) -> httpx.AsyncClient:
    """A manager's client that sends each command once."""
    return await Api(lossy.url, lossy.kring).as_("manager")
