"""The library's `PostgresDCBRecorderTT`: psycopg in C with the library's own pool, one thread per append in flight."""

# psycopg is installed by `make bench`, not for `make check`:
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import sys
from urllib.parse import urlsplit

from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.postgres import PostgresDatastore

from bench.contenders.work import (
    CAST,
    DATA,
    Answer,
    Order,
    append_in_threads,
    follow_orders_in_threads,
    new_voter,
    not_voted_since,
    tags_of,
)

POOL_SIZE = 16
"""Its appends wait for one lock on the table, so more connections would only wait there."""


def act(url: str, order: Order) -> Answer:
    """Run an order with a new pool, filled before the clock starts."""
    at, connections = urlsplit(url), min(POOL_SIZE, order.in_flight)
    datastore = PostgresDatastore(
        at.path.lstrip("/"), at.hostname or "", at.port or 5432, at.username or "", at.password or "",
        pool_size=connections, connect_timeout=60.0,
    )  # fmt: skip
    with datastore:
        datastore.pool.open(wait=True, timeout=60.0)
        recorder = PostgresDCBRecorderTT(datastore)
        recorder.create_table()
        head = _head(recorder)

        def append() -> None:
            nonlocal head
            voter = new_voter()
            event = DCBEvent(type=CAST, data=DATA, tags=tags_of(voter, order.ballot))
            head = max(head, recorder.append([event], not_voted_since(voter, order.ballot, head)))

        return Answer.of(*append_in_threads(order, [append]))


def _head(recorder: PostgresDCBRecorderTT) -> int:
    """The last position, without reading all events."""
    with recorder.datastore.cursor() as cursor:
        row = cursor.execute(recorder.sql_select_max_id).fetchone()
    return 0 if row is None else row["max"] or 0


def main() -> None:
    """Follow orders."""
    settings = f"psycopg in C, threads, the library's own pool of up to {POOL_SIZE}, prepared statements"
    follow_orders_in_threads(settings, lambda order: act(sys.argv[1], order))


if __name__ == "__main__":
    main()
