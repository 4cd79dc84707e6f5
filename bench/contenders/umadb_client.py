"""UmaDB: its own client in Rust, one thread per append in flight, several connections; its server is a separate process."""

# umadb is installed by `make bench`, not for `make check`:
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import sys
from collections.abc import Callable

from umadb import AppendCondition, Client, Event, Query, QueryItem

from bench.contenders.work import (
    CAST,
    CLOSED,
    DATA,
    OPENED,
    Answer,
    Order,
    append_in_threads,
    follow_orders_in_threads,
    new_voter,
    tags_of,
)

CLIENTS = 8


def act(clients: list[Client], order: Order) -> Answer:
    """Run an order with the same two-item condition in UmaDB's terms."""
    head = clients[0].head() or 0

    def through(client: Client) -> Callable[[], None]:
        def append() -> None:
            nonlocal head
            voter = new_voter()
            events = [Event(CAST, DATA, tags_of(voter, order.ballot))]
            items = [QueryItem([OPENED, CLOSED], [order.ballot]), QueryItem([CAST], [voter, order.ballot])]
            head = max(head, client.append(events, AppendCondition(Query(items), head)))

        return append

    return Answer.of(*append_in_threads(order, [through(one) for one in clients]))


def main() -> None:
    """Connect, then follow orders."""
    clients = [Client(sys.argv[1]) for _ in range(CLIENTS)]
    follow_orders_in_threads(f"its own client, threads, {CLIENTS} connections", lambda order: act(clients, order))


if __name__ == "__main__":
    main()
