"""Kring's log: `Log.append`, in one process with the tasks that ask for it. Checks afterwards that everything stands there."""

import sys

import uvloop

from bench.contenders.work import (
    CAST,
    DATA,
    Answer,
    Order,
    append_together,
    new_voter,
    obey,
    tags_of,
    untouched,
)
from service.clock_and_ids import new_uuid
from service.store.log.log import Log
from service.store.log.types import Append, Envelope, NewEvent

CHECKED = 2_000  # positions at a time


async def act(log: Log, order: Order) -> Answer:
    """Append, then read everything back: each acknowledged event at its place, and of no other command."""
    head = await log.head()
    recorded: dict[int, object] = {}

    async def append() -> None:
        nonlocal head
        voter, command = new_voter(), new_uuid()
        receipt = await log.append(
            Append(
                events=[NewEvent(CAST, 1, tags_of(voter, order.ballot), DATA)],
                envelope=Envelope(actor=voter, via="token_bench", command_id=command, correlation_id=command),
                condition=untouched(voter, order.ballot, head),
            )
        )
        assert receipt.first not in recorded, "one position was given twice"
        recorded[receipt.first] = command
        head = max(head, receipt.last)

    latencies, seconds = await append_together(order, append)
    return Answer.of(latencies, seconds, await differing(log, recorded))


async def differing(log: Log, recorded: dict[int, object]) -> list[str]:
    """What does not stand where it was said to."""
    positions = sorted(recorded)
    found: dict[int, object] = {}
    for n in range(0, len(positions), CHECKED):
        found |= {one.position: one.command_id for one in await log.at(positions[n : n + CHECKED])}
    return [f"position {one}" for one in positions if found.get(one) != recorded[one]][:10]


async def main() -> None:
    """One log, opened as the service opens it."""
    async with Log.open(sys.argv[1]) as log:
        await obey("one process, uvloop; the log as the service opens it", lambda order: act(log, order))


if __name__ == "__main__":
    uvloop.run(main())
