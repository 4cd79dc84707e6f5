"""The end of the log, to tell it from a log that was restored to fewer events and has given their positions out again."""

from typing import NamedTuple

from service.store.database import Queries

END = """
-- The last fact; and what stands now where the end was when we looked before.
select e.position, e.blind, (select k.blind from events k where k.position = $1)
from events e order by e.position desc limit 1
"""


class LogHead(NamedTuple):
    """An event that was the last one: its position, and its blind, which tells it from any other there."""

    position: int
    blind: bytes | None


BEGINNING = LogHead(0, None)


async def look(database: Queries, known: LogHead) -> tuple[LogHead, bool]:
    """The end of the log; and whether the event that was the end before still stands in its place."""
    row = await database.fetchrow(END, known.position)
    if row is None:
        return BEGINNING, known == BEGINNING
    position, blind, stands_there = row
    return LogHead(position, blind), stands_there == known.blind
