"""Positions have no gaps and are seen in the order of commit, whoever writes and reads."""

import asyncio

import pytest

from service.store import log as log_module
from service.store.database import BROKEN
from service.store.errors import Conflict, Unavailable
from service.store.log import Log
from service.store.session import FRESH, Session
from service.store.types import Receipt
from tests.conftest import Database
from tests.service.store.log_examples import an_append, fact, session, unless

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


FAR = 200_000

WE_HAVE_THE_LOCK = (
    "select exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted)"
)

OTHERS_FACTS = """
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select n, 'a.b', 1, array['n_' || n % 1000], '', sha256(n::text::bytea), 'a', 'v', gen_random_uuid(), gen_random_uuid(), now()
from generate_series(2, $1::int) n
"""

THEIR_TAGS = "insert into event_tags select tags[1], type, position from events where position > 1"


async def test_who_is_200_000_facts_behind_reads_none_of_them_under_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_up: list[tuple[bool, int]] = []
    catch_up = Session._catch_up  # pyright: ignore[reportPrivateUsage]  to see when it reads how much

    async def watched(self: Session) -> None:
        before = self.tail.head
        await catch_up(self)
        under_the_lock: bool = await self.connection.fetchval(WE_HAVE_THE_LOCK)
        caught_up.append((under_the_lock, self.tail.head - before))

    async with Log.open(database.url) as behind, session(database.owner_url, patience=120) as owner:
        await behind.append(an_append(fact("a.b", "old")))
        await owner.execute("begin")
        await owner.execute(OTHERS_FACTS.replace("$1", str(FAR)))
        await owner.execute(THEIR_TAGS)
        await owner.execute("commit")
        monkeypatch.setattr(Session, "_catch_up", watched)
        late = await asyncio.gather(
            behind.append(an_append(fact("a.b", "new"), condition=unless("old", after=1))),
            behind.append(an_append(fact("a.b", "new"), condition=unless("old"))),
            behind.append(an_append(fact("a.b", "new"), condition=unless("n_5", after=FAR - 900))),
            behind.append(an_append(fact("a.b", "new"), condition=unless("n_5", after=FAR - 100_000))),
            return_exceptions=True,
        )
    assert [type(one) for one in late] == [Receipt, Conflict, Receipt, Conflict]
    assert caught_up == [(False, FRESH), (True, 0)]
