"""Positions have no gaps and are seen in the order of commit, whoever writes and reads."""

import asyncio

import pytest

from service.store import log as log_module
from service.store.database import BROKEN
from service.store.errors import Unavailable
from service.store.log import Log
from service.store.types import Receipt
from tests.conftest import Database
from tests.service.store.log_examples import an_append, fact, unless

WRITERS, EACH = 24, 12


async def test_a_follower_sees_every_position_once_and_in_order_while_two_processes_write(database: Database) -> None:
    total = 2 * WRITERS * EACH * 2
    async with Log.open(database.url) as log, Log.open(database.url) as other, Log.open(database.url) as reader:
        receipts: dict[tuple[int, int], Receipt] = {}
        seen: list[int] = []
        heads: list[int] = []

        async def write(to: Log, name: int) -> None:
            for number in range(EACH):
                pair = an_append(fact("a.b", f"thing_{name}", "all"), fact("a.c", f"n_{number}", "all"))
                receipts[name, number] = await to.append(pair)

        async def follow() -> None:
            while len(seen) < total:
                assert await reader.wait_beyond(seen[-1] if seen else 0, 10)
                facts, head = await reader.read(after=seen[-1] if seen else 0)
                seen.extend(one.position for one in facts)
                heads.append(head)
                assert head == seen[-1]

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(follow())
            for name in range(WRITERS):
                group.create_task(write(log, name))
                group.create_task(write(other, WRITERS + name))
        facts, _ = await reader.read()
    assert seen == list(range(1, total + 1))
    assert sorted(one.first for one in receipts.values()) == list(range(1, total, 2))
    moments = [one.recorded_at for one in facts]
    assert moments == sorted(moments)


async def test_two_processes_never_break_each_others_conditions(database: Database) -> None:
    """One seat, many takers on both sides, each with the head that it read."""
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        for round_ in range(10):
            seat = f"seat_{round_}"
            head = await log.head()
            answers = await asyncio.gather(
                *(
                    (log, other)[n % 2].append(an_append(fact("seat.taken", seat), condition=unless(seat, after=head)))
                    for n in range(12)
                ),
                return_exceptions=True,
            )
            assert sum(isinstance(one, Receipt) for one in answers) == 1
        assert await log.head() == 10


async def test_who_is_far_behind_catches_up_with_the_end_alone(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as behind:
        await log.append(an_append(fact("a.b", "old")))
        for _ in range(10):
            await log.append(an_append(*(fact("a.b", f"n_{n}", data=b"") for n in range(1_000))))
        late = await asyncio.gather(
            behind.append(an_append(fact("a.b", "new"), condition=unless("old", after=1))),
            behind.append(an_append(fact("a.b", "new"), condition=unless("old"))),
            behind.append(an_append(fact("a.b", "new"), condition=unless("n_5", after=5_000))),
            return_exceptions=True,
        )
        assert [isinstance(one, Receipt) for one in late] == [True, False, False]
        session = behind._writer._session  # pyright: ignore[reportPrivateUsage]  its tail is looked at
        assert session is not None
        assert session.tail.floor > 8_000


async def test_a_process_that_stops_in_a_look_up_does_not_keep_the_lock(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log._readers.acquire() as stopped:  # pyright: ignore[reportPrivateUsage]  as `command` does, and no further
            await stopped.execute("begin; select lock_log()")
            receipt = await other.append(an_append())
            with pytest.raises(BROKEN):
                await stopped.execute("commit")
        assert receipt.first == 1


async def test_a_process_that_stops_in_its_turn_does_not_keep_it(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log.turn():
            async with other.turn():
                pass
            await log.append(an_append())
        assert await log.head() == 1


async def test_there_is_one_turn_in_the_whole_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(log_module.READING, "lock_timeout", "50ms")
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log.turn():
            with pytest.raises(Unavailable):
                async with other.turn():
                    pass
        async with other.turn():
            pass
