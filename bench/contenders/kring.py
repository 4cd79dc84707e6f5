"""Kring's log: `Log.append` in the process of its callers. Checks afterwards that every acknowledged event is recorded."""

import sys

import uvloop

from bench.contenders.work import (
    CAST,
    DATA,
    Answer,
    Order,
    append_together,
    follow_orders,
    new_voter,
    not_voted_since,
    tags_of,
)
from service.clock_and_ids import new_uuid
from service.store.log.log import Log
from service.store.log.types import Append, Envelope, NewEvent

CHECK_BATCH = 2_000  # positions


async def act(log: Log, order: Order) -> Answer:
    """Run an order, then check that each acknowledged event is at its position."""
    head = await log.head()
    recorded: dict[int, object] = {}

    async def append() -> None:
        nonlocal head
        voter, command = new_voter(), new_uuid()
        receipt = await log.append(
            Append(
                events=[NewEvent(CAST, 1, tags_of(voter, order.ballot), DATA)],
                envelope=Envelope(actor=voter, via="token_bench", command_id=command, correlation_id=command),
                condition=not_voted_since(voter, order.ballot, head),
            )
        )
        assert receipt.first not in recorded, "one position was given twice"
        recorded[receipt.first] = command
        head = max(head, receipt.last)

    latencies, seconds = await append_together(order, append)
    return Answer.of(latencies, seconds, await differing(log, recorded))


async def differing(log: Log, recorded: dict[int, object]) -> list[str]:
    """The first positions that do not hold the acknowledged event."""
    positions = sorted(recorded)
    found: dict[int, object] = {}
    for n in range(0, len(positions), CHECK_BATCH):
        found |= {one.position: one.command_id for one in await log.at(positions[n : n + CHECK_BATCH])}
    return [f"position {one}" for one in positions if found.get(one) != recorded[one]][:10]


async def main() -> None:
    """Follow orders with one log, opened as in the service."""
    async with Log.open(sys.argv[1]) as log:
        await follow_orders("one process, uvloop; the log as the service opens it", lambda order: act(log, order))


if __name__ == "__main__":
    uvloop.run(main())
