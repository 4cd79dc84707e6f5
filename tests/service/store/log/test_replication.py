"""An acknowledged command also exists on the synchronous standby, however the wait for it ended."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.store.database import Connection
from service.store.log import replication, writer
from service.store.log.errors import OutcomeUnknown
from service.store.log.log import Log
from tests.service.store.examples.log import an_append, event, once, session
from tests.service.store.log.examples.standby import Pair, pair

WAITS = """
select pid from pg_stat_activity
where wait_event = 'SyncRep' and application_name like 'kring writer%' and pid <> $1
"""


@pytest.fixture(scope="module")
async def both() -> AsyncGenerator[Pair]:
    with tempfile.TemporaryDirectory(prefix="kring-pair-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root the servers run as somebody else, who must pass
        async with pair(Path(folder)) as running:
            yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeouts for the test."""
    monkeypatch.setattr(writer, "CALL_TIMEOUT_S", 1.0)
    monkeypatch.setattr(writer, "BATCH_TIMEOUT_S", 2.5)
    monkeypatch.setattr(replication, "WAIT_TIMEOUT_S", 0.5)


async def waiting(owner: Connection, other_than: int = 0) -> int:
    """A writer session that waits for the standby."""
    async with asyncio.timeout(30):
        while (pid := await owner.fetchval(WAITS, other_than)) is None:  # noqa: ASYNC110  the server tells nobody of it
            await asyncio.sleep(0.01)
    return pid


async def on_the_standby(both: Pair) -> int:
    """Number of events that a failover would keep."""
    async with session(both.standby.owner_url) as standby:
        return await standby.fetchval("select coalesce(max(position), 0) from events")


@pytest.mark.usefixtures("impatient")
async def test_no_command_is_acknowledged_before_the_standby_has_it(both: Pair) -> None:
    command = once()
    async with Log.open(both.primary.database_url) as log:
        await log.append(an_append())
        with both.paused():
            with pytest.raises(OutcomeUnknown):  # the writer's own look-up ended the wait of the session it had lost
                await log.append(an_append(event(data=b"in doubt"), once=command))
            head = await log.head()
            assert [one.data for one in await log.at([head])] == [b"in doubt"], "it is visible on this server alone"
            with pytest.raises(OutcomeUnknown):
                await log.command(command.id)
            with pytest.raises(OutcomeUnknown):
                await log.command(command.id, wait_for_writers=False)
            with pytest.raises(OutcomeUnknown):
                await log.append(an_append(event(data=b"in doubt"), once=command))
        found = await log.command(command.id)
        assert found is not None
        repeated = await log.append(an_append(event(data=b"in doubt"), once=command))
        assert (repeated.repeated, repeated.last, found[1].last, await log.head()) == (True, head, head, head)
    assert await on_the_standby(both) >= head


async def test_a_cancelled_wait_for_the_standby_is_resumed(both: Pair) -> None:
    """PostgreSQL reports such a commit as a success, with a warning."""
    async with Log.open(both.primary.database_url) as log, session(both.primary.owner_url) as owner:
        await log.append(an_append())
        with both.paused():
            appending = asyncio.create_task(log.append(an_append()))
            first = await waiting(owner)
            await owner.execute("select pg_cancel_backend($1)", first)
            await waiting(owner, other_than=first)
            assert not appending.done()
        receipt = await appending
        assert receipt.last == await log.head()
    assert await on_the_standby(both) >= receipt.last
