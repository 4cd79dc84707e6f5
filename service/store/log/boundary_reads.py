"""What decisions must know, read together: slices that are asked for while others are being read travel in one statement.

A voter's slice and the next voter's have the ballot in common: what several of them ask for is read once.
"""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct

from service.store.database import Pool
from service.store.log.queries import TYPE_MASK
from service.store.log.types import Content

MOST_SLICES = 128  # in one statement
MOST_STATEMENTS = 2  # under way at once: a slow one does not hold up everybody
BETWEEN, BESIDE = "\x1f", "\x1e"
"""ASCII's separators, of units: the parts of a list in a text; and of records: the texts of a column. No arrays: asyncpg asks
of each element whether it is an array itself, which takes longer than the rest of it."""

SLICES = f"""
-- The facts of each item, and how far the log had got, in one snapshot. The first tag of an item drives, the others are
-- probed; `offset 0` keeps that order, where a join could begin with the bigger tag. What the index finds are candidates: the
-- fact itself says whether it has these tags and one of these types. Without facts: one row with the head.
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
"""First tag, types, other tags; lists in one text."""


class Asked(Struct, eq=False):
    """A slice that somebody waits for."""

    items: Sequence[Item]
    done: asyncio.Future[tuple[list[Content], int]]


class Slices:
    """Reads slices, several in one statement where several wait. Nobody waits for others when nothing is under way."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Asked] = []
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, query: DCBQuery) -> tuple[list[Content], int]:
        """The events that match, in order, and the head of the log at that moment. Every item names types and a tag."""
        asked = Asked([_item(one) for one in query.items], asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if len(self._running) < MOST_STATEMENTS:
            self._start()
        return await asked.done

    def _start(self) -> None:
        task = asyncio.create_task(self._run(), name="kring slices")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._waiting and not self._running:
            self._start()

    async def _run(self) -> None:
        """Read until nobody waits. A task begins after whoever runs now, so that those who ask together are together."""
        while self._waiting:
            together, self._waiting = self._waiting[:MOST_SLICES], self._waiting[MOST_SLICES:]
            try:
                await self._answer(together)
            except Exception as error:  # noqa: BLE001  whatever it is, those who asked must hear of it
                for asked in together:
                    if not asked.done.done():
                        asked.done.set_exception(error)

    async def _answer(self, together: Sequence[Asked]) -> None:
        numbers: dict[Item, int] = {}
        for asked in together:
            for item in asked.items:
                numbers.setdefault(item, len(numbers))
        rows = await self._pool.fetch(SLICES, *map(BESIDE.join, zip(*numbers, strict=True)))
        found: list[list[Content]] = [[] for _ in numbers]
        for row in rows:
            number: int | None = row[1]
            if number is not None:
                found[number].append(Content(row[2], row[3], row[4]))
        head: int = rows[0][0]
        for asked in together:
            if not asked.done.done():
                asked.done.set_result((_in_order([found[numbers[item]] for item in asked.items]), head))


def _in_order(items: Sequence[Sequence[Content]]) -> list[Content]:
    """Every event once, however many items it matches."""
    merged = {one.position: one for item in items for one in item}
    return [merged[position] for position in sorted(merged)]


def _item(item: DCBQueryItem) -> Item:
    assert item.tags, "a decision depends on something"
    assert item.types, "a decision knows which facts it depends on"
    first, *others = item.tags
    parts = first, BETWEEN.join(item.types), BETWEEN.join(others)
    assert BESIDE not in "".join(parts), "ids and types hold no separator: it would shift what others ask for"
    return parts
