"""Slices of decisions are read together, with the same results as alone."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast

import asyncpg
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from service.store.database import Pool, Row
from service.store.log.boundary_reads import MAX_READS_PER_STATEMENT, RECORD_SEPARATOR, BoundaryReader
from service.store.log.log import Log
from service.store.log.types import EventContent
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event

TYPES, TAGS = [f"type_{n}" for n in range(4)], [f"tag_{n}" for n in range(5)]


def slice_of(*items: tuple[list[str], list[str]]) -> DCBQuery:
    return DCBQuery([DCBQueryItem(types=types, tags=tags) for types, tags in items])


def some_slice(chance: random.Random) -> DCBQuery:
    items = range(chance.randint(1, 4))
    return slice_of(
        *((chance.sample(TYPES, chance.randint(1, 3)), chance.sample(TAGS, chance.randint(1, 3))) for _ in items)
    )


async def some_events(log: Log, chance: random.Random) -> None:
    events = [
        event(chance.choice(TYPES), *chance.sample(TAGS, chance.randint(1, 4)), data=b"%d" % n) for n in range(200)
    ]
    await log.append(an_append(*events))


async def read_alone(log: Log, wanted: DCBQuery) -> tuple[list[EventContent], int]:
    found, head = await log.read(wanted)
    return [EventContent(one.position, one.type, one.data) for one in found], head


async def test_slices_read_together_equal_slices_read_alone(database: Database) -> None:
    chance = random.Random(9)
    async with Log.open(database.url) as log:
        await some_events(log, chance)
        wanted = [some_slice(chance) for _ in range(3 * MAX_READS_PER_STATEMENT)]
        assert await asyncio.gather(*map(log.read_boundary, wanted)) == [await read_alone(log, one) for one in wanted]


async def test_an_empty_slice_still_returns_the_head_of_the_log(database: Database) -> None:
    async with Log.open(database.url) as log:
        assert await log.read_boundary(slice_of((["type_0"], ["nobody"]))) == ([], 0)
        await log.append(an_append(event(), event()))
        assert await log.read_boundary(slice_of((["type_0"], ["nobody"]))) == ([], 2)


class Watched:
    """A pool that counts queries, and fails on request."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.broken = pool, False
        self.asked: list[Sequence[Any]] = []

    async def fetch(self, statement: str, *values: Any) -> list[Row]:
        if self.broken:
            raise asyncpg.InterfaceError("the connection is gone")
        self.asked.append(values)
        return await self.pool.fetch(statement, *values)


async def test_waiting_slices_are_read_in_one_query(database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append(event("type_0", "ballot"), *(event("type_1", f"voter_{n}") for n in range(50))))
        watched = Watched(log.pool)
        slices = BoundaryReader(cast("Pool", watched))
        wanted = [slice_of((["type_0"], ["ballot"]), (["type_1"], [f"voter_{n}"])) for n in range(50)]
        found = await asyncio.gather(*map(slices.read, wanted))
    assert [[one.position for one in events] for events, _ in found] == [[1, n + 2] for n in range(50)]
    [(tags, *_)] = watched.asked
    assert len(str(tags).split(RECORD_SEPARATOR)) == 51  # the ballot's part once, and each voter's own


async def test_a_tag_with_a_separator_in_it_is_refused(database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append(event("type_0", "tag_0")))
        asked = [slice_of((["type_0"], [f"tag{RECORD_SEPARATOR}_0"])), slice_of((["type_0"], ["tag_0"]))]
        wrong, other = await asyncio.gather(*map(log.read_boundary, asked), return_exceptions=True)
    assert isinstance(wrong, AssertionError)
    assert not isinstance(other, BaseException)
    assert [one.position for one in other[0]] == [1]


async def test_a_failed_read_raises_for_its_waiters_and_later_reads_succeed(database: Database) -> None:
    async with Log.open(database.url) as log:
        watched = Watched(log.pool)
        slices, wanted = BoundaryReader(cast("Pool", watched)), slice_of((["type_0"], ["tag_0"]))
        watched.broken = True
        answers = await asyncio.gather(*(slices.read(wanted) for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in answers] == [asyncpg.InterfaceError] * 5
        watched.broken = False
        assert await slices.read(wanted) == ([], 0)


async def test_a_cancelled_read_does_not_delay_others(database: Database) -> None:
    async with Log.open(database.url) as log:
        await some_events(log, random.Random(3))
        wanted = slice_of((TYPES, ["tag_1"]))
        reads = [asyncio.create_task(log.read_boundary(wanted)) for _ in range(10)]
        await asyncio.sleep(0)
        for one in reads[::2]:
            one.cancel()
        assert await asyncio.gather(*reads[1::2]) == [await read_alone(log, wanted)] * 5
