"""Typed access to asyncpg, whose own annotations a strict type checker cannot read."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

import asyncpg

INDEX_LOOKUP_SETTINGS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""Settings for statements that look up a few rows: a plan made while a table was small stays good when the table has grown."""

DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Failures of the connection or the server. A statement that was sent may have been executed."""

CONNECT_TIMEOUT_S = 10.0
"""For a new connection, including authentication."""
STATEMENT_TIMEOUT_S = 30.0
"""Default for one statement on a pool, enforced by both client and server."""
ACQUIRE_TIMEOUT_S = 10.0
"""For a pool to hand out a connection, and to take it back."""
CLOSE_TIMEOUT_S = 10.0
"""For a closing pool to get its connections back and close them; after that they are terminated."""

KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 2, 2, 3
USER_TIMEOUT_S = 8
"""A peer that acknowledges nothing for this long is gone (RFC 5482). Keepalive packets detect that on idle connections."""

TCP_SETTINGS = {
    "tcp_keepalives_idle": str(KEEPALIVE_IDLE_S),
    "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL_S),
    "tcp_keepalives_count": str(KEEPALIVE_COUNT),
    "tcp_user_timeout": f"{USER_TIMEOUT_S}s",
}
"""The same limits for the server: a session whose client is gone must not keep its locks."""

SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", KEEPALIVE_COUNT),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", USER_TIMEOUT_S * 1000),
)
"""By name, because some do not exist outside Linux."""


class Row(Protocol):
    """One row, indexed by column number or name; a slice is a tuple."""

    def __getitem__(self, column: int | str | slice, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Queries(Protocol):
    """The methods that connections and pools have in common."""

    async def execute(self, query: str, /, *args: object, timeout: float | None = None) -> str: ...  # noqa: ASYNC109
    async def fetch(self, query: str, /, *args: object) -> list[Row]: ...
    async def fetchrow(self, query: str, /, *args: object) -> Row | None: ...
    async def fetchval(self, query: str, /, *args: object) -> Any: ...


class Cursor(Protocol):
    """A cursor in a transaction: fetches the rows of a query in chunks."""

    async def fetch(self, count: int, /) -> list[Row]: ...


class Statement(Protocol):
    """A prepared statement."""

    async def fetchrow(self, *args: object) -> Row | None: ...


class Connection(Queries, Protocol):
    """One database session."""

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
    """A pool of connections."""

    def acquire(self) -> AbstractAsyncContextManager[Connection]: ...


class _Session(asyncpg.Connection):
    """A connection whose socket detects a silent peer. libpq has parameters for this; asyncpg has none."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.Transport, *args: Any) -> None:
        super().__init__(protocol, transport, *args)  # pyright: ignore[reportUnknownMemberType]
        peer = transport.get_extra_info("socket")
        if peer.family in {socket.AF_INET, socket.AF_INET6}:
            for level, name, value in SOCKET_OPTIONS:
                if (option := getattr(socket, name, None)) is not None:
                    peer.setsockopt(level, option, value)


class _Pool(asyncpg.Pool):
    """A pool with a timeout for acquiring and for releasing a connection."""

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=ACQUIRE_TIMEOUT_S if timeout is None else timeout)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


_connect = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
_make_pool = cast("Callable[..., AbstractAsyncContextManager[Pool]]", _Pool)


async def connect(url: str, settings: Mapping[str, str] | None = None, *, timeout_s: float = 10.0) -> Connection:
    """Open a session. Connecting, and every later call, raises TimeoutError after `timeout_s` seconds."""
    session = {"timezone": "UTC", **TCP_SETTINGS, **(settings or {})}
    return await _connect(
        url,
        server_settings=session,
        timeout=min(timeout_s, CONNECT_TIMEOUT_S),
        command_timeout=timeout_s,
        connection_class=_Session,
    )


@asynccontextmanager
async def open_pool(
    url: str,
    min_size: int,
    max_size: int,
    settings: Mapping[str, str] | None = None,
    *,
    stateless: bool = False,
    statement_timeout_s: float | None = None,
) -> AsyncGenerator[Pool]:
    """Open a pool of `min_size` to `max_size` sessions.

    `stateless`: borrowers never change the state of a session (locks, listeners, settings), so it is not reset when it is
    returned. That saves a round trip per query. `statement_timeout_s`: STATEMENT_TIMEOUT_S by default.
    """
    timeout_s = STATEMENT_TIMEOUT_S if statement_timeout_s is None else statement_timeout_s
    limit = {"statement_timeout": f"{timeout_s * 1000:.0f}ms"}
    made = _make_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=_Session,
        record_class=asyncpg.Record,
        server_settings={"timezone": "UTC", **TCP_SETTINGS, **limit, **(settings or {})},
        reset=_no_reset if stateless else None,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=timeout_s,
    )
    pool = cast("Any", made)
    await pool
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def _no_reset(_: object) -> None:
    return
