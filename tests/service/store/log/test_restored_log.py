"""A log restored to fewer events, which assigns their positions again, under a process that keeps running."""

import asyncio

import pytest
from structlog.testing import capture_logs

from service.store.log.errors import Conflict, LogRestored, OtherLog
from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event, session, unless
from tests.service.store.examples.restoring import back_up, lose_events, put_back
from tests.service.store.log.examples.sessions import WriterSessions

OTHER_ID = """
alter table log disable trigger append_only;
update log set log_id = 'another';
alter table log enable always trigger append_only;
"""


async def _begun(database: Database) -> None:
    """Record three events that are never lost."""
    async with Log.open(database.url) as log:
        for _ in range(3):
            await log.append(an_append(event("thing.done", "kept")))
    await back_up(database)


async def _lost(log: Log, count: int = 3) -> None:
    for _ in range(count):
        await log.append(an_append(event("thing.done", "lost")))


@pytest.mark.parametrize("reused", [0, 2, 3, 5])
async def test_a_writer_drops_its_tail_after_a_restore_and_callers_decide_again(
    database: Database, reused: int
) -> None:
    await _begun(database)
    async with Log.open(database.url) as log:
        await _lost(log)
        await put_back(database)
        async with Log.open(database.url) as other:
            for _ in range(reused):
                await other.append(an_append(event("thing.done", "new")))
        with capture_logs() as told, pytest.raises(LogRestored):
            await log.append(an_append(condition=unless("unrelated", after=6)))
        assert {"event": "log_restored", "noticed_by": "writer", "log_level": "error"} in told
        receipt = await log.append(an_append(condition=unless("lost")))
        assert receipt.first == 4 + reused
        with pytest.raises(Conflict):
            await log.append(an_append(condition=unless("new" if reused else "kept")))
        events, head = await log.read()
        assert [one.position for one in events] == list(range(1, head + 1))


async def test_all_waiting_callers_decide_again_after_a_restore(database: Database) -> None:
    await _begun(database)
    async with Log.open(database.url) as log:
        await _lost(log)
        await put_back(database)
        waiting = [asyncio.create_task(log.append(an_append(event("t", f"t{n}")))) for n in range(600)]  # two batches
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(one) for one in answers} == {LogRestored}
        assert await log.head() == 3


@pytest.mark.parametrize("reused", [0, 1, 4])  # up to less than it knew, exactly as much, more
async def test_a_writer_that_stayed_connected_notices_a_restore(
    database: Database, sessions: WriterSessions, reused: int
) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        await _lost(log, 2)
        await _lost(other, 1)
        await lose_events(database, kept=1)
        with pytest.raises(LogRestored):
            await other.append(an_append())
        for _ in range(reused):
            await other.append(an_append(event("thing.done", "new")))
        with pytest.raises(LogRestored):
            await log.append(an_append())
        with pytest.raises(Conflict):
            await log.append(an_append(condition=unless("new" if reused else "lost", after=0)))
        assert (await log.append(an_append())).first == 2 + reused
        assert len(sessions) == 2  # each writer has kept its own


async def test_a_writer_on_an_unchanged_log_raises_no_alarm(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other, session(database.url) as killer:
        await _lost(log)
        with capture_logs() as told:
            await killer.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                "and application_name like 'kring writer%'"
            )
            await _lost(other)
            await _lost(log)
        assert await log.head() == 9
        assert log.times_restored == 0
    assert [one for one in told if one["log_level"] == "error"] == []


async def test_nothing_is_written_to_a_log_other_than_the_opened_one(database: Database) -> None:
    await _begun(database)
    async with Log.open(database.url) as log:
        await put_back(database)
        async with session(database.owner_url) as owner:
            await owner.execute(OTHER_ID)
        with capture_logs() as told, pytest.raises(OtherLog):
            await log.append(an_append())
        assert {"event": "other_log_in_database", "noticed_by": "writer", "log_level": "error"} in told
        assert await log.head() == 3
        assert not await log.is_same_log()


@pytest.mark.parametrize("reused", [0, 3])
async def test_waiting_readers_are_not_notified_of_lost_events(database: Database, reused: int) -> None:
    await _begun(database)
    async with Log.open(database.url) as log:
        await _lost(log)
        assert await log.wait_beyond(5, 5)
        with capture_logs() as told:
            await put_back(database)
            async with Log.open(database.url) as other:
                for _ in range(reused):
                    await other.append(an_append())
                async with asyncio.timeout(20):
                    while log.times_restored == 0:  # noqa: ASYNC110  it happens in the background, and tells the log alone
                        await asyncio.sleep(0.05)
        assert any(one["event"] == "log_restored" and one["noticed_by"] == "head_watcher" for one in told)
        assert not await log.wait_beyond(3 + reused, 0)
