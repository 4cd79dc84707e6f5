"""Batches of the log for followers whose checkpoints differ."""

from collections.abc import AsyncIterator, Collection, Sequence

from service.store.log.log import Log
from service.store.log.types import RecordedEvent


async def next_batches(
    log: Log, positions: Collection[int], size: int
) -> AsyncIterator[tuple[int, Sequence[RecordedEvent], int]]:
    """The batch after the highest position, then the one after the lowest; each with its start and the log's head.

    A batch ends at the next position, where others join. This way, followers that catch up do not delay others.
    """
    for start in sorted({min(positions), max(positions)}, reverse=True):
        until = min((one for one in positions if one > start), default=None)
        batch, head = await log.read(after=start, until=until, limit=size)
        yield start, batch, head
