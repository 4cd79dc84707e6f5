"""The head of the log. It reveals that the log was restored and that positions have been assigned anew since."""

from typing import NamedTuple

from service.store.database import Queries

HEAD = """
-- The last event; and the blind of the event that is now at the position where the head was before.
select e.position, e.blind, (select k.blind from events k where k.position = $1)
from events e order by e.position desc limit 1
"""


class LogHead(NamedTuple):
    """The last event of the log: its position, and its blind, which identifies it."""

    position: int
    blind: bytes | None


BEGINNING = LogHead(0, None)


async def read_head(database: Queries, known: LogHead) -> tuple[LogHead, bool]:
    """The head of the log; and whether the event that was the head before is still at its position."""
    row = await database.fetchrow(HEAD, known.position)
    if row is None:
        return BEGINNING, known == BEGINNING
    position, blind, blind_at_known = row
    return LogHead(position, blind), blind_at_known == known.blind
