"""The one typed door to asyncpg, whose own annotations a strict checker cannot read."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

import asyncpg

BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""Settings for statements that look up few rows of many: a plan that was made while a table was small stays good."""

BROKEN = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The connection or the server failed: what was sent may have been carried out."""


class Row(Protocol):
    """One row, by number or by name of its column; a slice of it is a tuple."""

    def __getitem__(self, column: int | str | slice, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Queries(Protocol):
    """What connections and pools can both be asked."""

    async def execute(self, query: str, /, *args: object) -> str: ...
    async def fetch(self, query: str, /, *args: object) -> list[Row]: ...
    async def fetchrow(self, query: str, /, *args: object) -> Row | None: ...
    async def fetchval(self, query: str, /, *args: object) -> Any: ...


class Cursor(Protocol):
    """The rows of a query in a transaction, taken from the server as many at a time as are asked for."""

    async def fetch(self, count: int, /) -> list[Row]: ...


class Statement(Protocol):
    """A statement that its session knows already."""

    async def fetchrow(self, *args: object) -> Row | None: ...


class Connection(Queries, Protocol):
    """One session on the server."""

    async def prepare(self, query: str, /) -> Statement: ...
    def transaction(self) -> AbstractAsyncContextManager[object]: ...
    def cursor(self, query: str, /, *args: object) -> Awaitable[Cursor]: ...
    async def add_listener(self, channel: str, callback: Callable[..., None], /) -> None: ...
    async def remove_listener(self, channel: str, callback: Callable[..., None], /) -> None: ...
    def add_log_listener(self, callback: Callable[..., None], /) -> None: ...
    def remove_log_listener(self, callback: Callable[..., None], /) -> None: ...
    async def close(self) -> None: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...


class Pool(Queries, Protocol):
    """Connections to borrow."""

    def acquire(self) -> AbstractAsyncContextManager[Connection]: ...


_connect = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
_create_pool = cast("Callable[..., AbstractAsyncContextManager[Pool]]", asyncpg.create_pool)


async def connect(url: str, settings: Mapping[str, str] | None = None, *, patience: float = 10.0) -> Connection:
    """Open a session; connecting, and each call later, takes at most `patience` seconds or raises TimeoutError."""
    session = {"timezone": "UTC", **(settings or {})}
    return await _connect(url, server_settings=session, timeout=patience, command_timeout=patience)


def open_pool(
    url: str, fewest: int, most: int, settings: Mapping[str, str] | None = None, *, stateless: bool = False
) -> AbstractAsyncContextManager[Pool]:
    """Keep `fewest` to `most` sessions open.

    `stateless`: nobody who borrows one changes its state (locks, listeners, settings), so giving it back needs no reset,
    which is a round trip for every query.
    """
    session = {"timezone": "UTC", **(settings or {})}
    return _create_pool(
        url, min_size=fewest, max_size=most, server_settings=session, reset=_as_it_is if stateless else None
    )


async def _as_it_is(_: object) -> None:
    return
