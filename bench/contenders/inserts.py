"""One-row INSERTs of the same row: persistent connections, prepared, uvloop; no order, no conditions, no index on tags."""

import sys
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any, cast

import asyncpg
import uvloop

from bench.contenders.work import CAST, DATA, Answer, Order, append_together, follow_orders, new_voter, tags_of
from service.clock_and_ids import new_uuid

TABLE = """
create table if not exists inserts (
  position       bigint generated always as identity primary key,
  type           text not null,
  v              smallint not null,
  tags           text[] not null,
  data           bytea not null,
  blind          bytea not null,
  actor          text not null,
  via            text not null,
  on_behalf_of   text,
  command_id     uuid not null,
  correlation_id uuid not null,
  causation_id   bigint,
  reason_digest  bytea,
  occurred_at    timestamptz,
  recorded_at    timestamptz not null
)
"""

INSERT = """
insert into inserts (type, v, tags, data, blind, actor, via, on_behalf_of, command_id, correlation_id, causation_id,
                     reason_digest, occurred_at, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp()) returning position
"""

connect = cast("Any", asyncpg.connect)


async def act(url: str, order: Order) -> Answer:
    """Run an order with a connection per INSERT in flight, opened before the clock starts."""
    connections = [await connect(url) for _ in range(order.in_flight)]
    free = [await one.prepare(INSERT) for one in connections]

    async def append() -> None:
        statement = free.pop()
        voter, command = new_voter(), new_uuid()
        tags, when = tags_of(voter, order.ballot), datetime.now(UTC)  # noqa: TID251  measures, decides nothing
        metadata = (voter, "token_bench", None, command, command, None, None, when)
        await statement.fetchval(CAST, 1, tags, DATA, token_bytes(32), *metadata)
        free.append(statement)

    try:
        return Answer.of(*await append_together(order, append))
    finally:
        for one in connections:
            await one.close()


async def main() -> None:
    """Create the table, then follow orders."""
    url = sys.argv[1]
    connection = await connect(url)
    await connection.execute(TABLE)
    await connection.close()
    settings = "asyncpg and uvloop, one held connection and one prepared statement for each in flight"
    await follow_orders(settings, lambda order: act(url, order))


if __name__ == "__main__":
    uvloop.run(main())
