"""UmaDB: its own client in Rust, one thread for each in flight, several connections; its server is a process of its own."""

# umadb is here while `make bench` runs, not for `make check`:
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
    new_voter,
    obey_in_threads,
    tags_of,
)

CLIENTS = 8


def act(clients: list[Client], order: Order) -> Answer:
    """The same two-item condition in its own terms."""
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
    """Connect once."""
    clients = [Client(sys.argv[1]) for _ in range(CLIENTS)]
    obey_in_threads(f"its own client, threads, {CLIENTS} connections", lambda order: act(clients, order))


if __name__ == "__main__":
    main()
