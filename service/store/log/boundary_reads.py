"""Reads consistency boundaries: reads that are requested while others are in progress share one statement.

Boundaries overlap: those of two voters have the ballot in common. An item that several reads have is read once.
"""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct

from service.store.database import Pool
from service.store.log.queries import TYPE_MASK
from service.store.log.types import EventContent

MAX_READS_PER_STATEMENT = 128
MAX_STATEMENTS = 2
"""At the same time, so that a slow one does not delay all others."""
UNIT_SEPARATOR, RECORD_SEPARATOR = "\x1f", "\x1e"
"""Between the elements of a list in one text, and between the texts of a column (ASCII 31 and 30). Arrays would be slower:
asyncpg checks of each element whether it is an array itself, which takes longer than everything else together."""

READ_BOUNDARIES = f"""
-- The events of each item, and the head of the log, in one snapshot. The search begins with the first tag of an item and probes
-- the others; `offset 0` forces that order, as a join could begin with the bigger tag. The index finds candidates: the event
-- itself shows whether it has these tags and one of these types. If no events match: one row with the head.
select h.head, found.* from (select coalesce(max(position), 0) as head from events) h
left join lateral (
  select i.number - 1, e.position, e.type, e.data
  from (
    select number, types, tag || others as tags,
      array(select tag_key(tag, type) from unnest(types) as its (type)) as keys,
      array(select tag_bits(other) from unnest(others) as its (other)) as probes
    from (
      select number, tag, string_to_array(types, e'\\x1f') as types, string_to_array(others, e'\\x1f') as others
      from unnest(string_to_array($1, e'\\x1e'), string_to_array($2, e'\\x1e'), string_to_array($3, e'\\x1e'))
        with ordinality as i (tag, types, others, number)
      offset 0
    ) i offset 0
  ) i
  cross join lateral (
    select t.key, t.position from event_tags t where t.key = any(i.keys) offset 0
  ) t
  cross join lateral (
    select e.position, e.type, e.data from events e
    where e.position = t.position and e.type = any(i.types) and e.tags @> i.tags offset 0
  ) e
  where not exists (
    select from unnest(i.probes) as other (bits)
    where not exists (
      select from event_tags u
      where u.key = other.bits | (t.key & {TYPE_MASK}) and u.position = t.position offset 0
    )
  )
) found on true
"""

Item: TypeAlias = tuple[str, str, str]
"""First tag, types, other tags; each list as one text."""


class PendingRead(Struct, eq=False):
    """A read that a caller waits for."""

    items: Sequence[Item]
    result: asyncio.Future[tuple[list[EventContent], int]]


class BoundaryReader:
    """Reads boundaries, with one statement for all reads that wait. A read does not wait if no statement is in progress."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[PendingRead] = []
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, query: DCBQuery) -> tuple[list[EventContent], int]:
        """The events that match, in order, and the head of the log, in one snapshot. Every item has types and tags."""
        read = PendingRead([_item(one) for one in query.items], asyncio.get_running_loop().create_future())
        self._waiting.append(read)
        if len(self._running) < MAX_STATEMENTS:
            self._start()
        return await read.result

    def _start(self) -> None:
        task = asyncio.create_task(self._run(), name="kring boundary reads")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._waiting and not self._running:
            self._start()

    async def _run(self) -> None:
        """Read until no read waits. A task starts once the current one pauses: reads that start together share a statement."""
        while self._waiting:
            reads, self._waiting = self._waiting[:MAX_READS_PER_STATEMENT], self._waiting[MAX_READS_PER_STATEMENT:]
            try:
                await self._answer(reads)
            except Exception as error:  # noqa: BLE001  whatever it is, callers must be answered
                for read in reads:
                    if not read.result.done():
                        read.result.set_exception(error)

    async def _answer(self, reads: Sequence[PendingRead]) -> None:
        numbers: dict[Item, int] = {}
        for read in reads:
            for item in read.items:
                numbers.setdefault(item, len(numbers))
        rows = await self._pool.fetch(READ_BOUNDARIES, *map(RECORD_SEPARATOR.join, zip(*numbers, strict=True)))
        found: list[list[EventContent]] = [[] for _ in numbers]
        for row in rows:
            number: int | None = row[1]
            if number is not None:
                found[number].append(EventContent(row[2], row[3], row[4]))
        head: int = rows[0][0]
        for read in reads:
            if not read.result.done():
                read.result.set_result((_in_order([found[numbers[item]] for item in read.items]), head))


def _in_order(items: Sequence[Sequence[EventContent]]) -> list[EventContent]:
    """The events in order, without duplicates."""
    merged = {one.position: one for item in items for one in item}
    return [merged[position] for position in sorted(merged)]


def _item(item: DCBQueryItem) -> Item:
    assert item.tags, "a boundary has tags"
    assert item.types, "a boundary has types"
    first, *others = item.tags
    parts = first, UNIT_SEPARATOR.join(item.types), UNIT_SEPARATOR.join(others)
    assert RECORD_SEPARATOR not in "".join(parts), "a separator in an id or a type would shift the items of other reads"
    return parts
