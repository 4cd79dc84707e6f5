"""The one typed door to asyncpg, whose own annotations a strict checker cannot read."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

import asyncpg

BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""Settings for statements that look up few rows of many: a plan that was made while a table was small stays good."""

BROKEN = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The connection or the server failed: what was sent may have been carried out."""


CONNECT_TIMEOUT_S = 10.0
"""For a new connection, signing in included."""
STATEMENT_TIMEOUT_S = 30.0
"""For one statement of a pool, client and server alike, where its caller states no other."""
ACQUIRE_TIMEOUT_S = 10.0
"""For a connection of a pool to become free, and to be given back."""
CLOSE_TIMEOUT_S = 10.0
"""For all connections of a pool to be given back and closed when it closes; then they are cut."""

KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 2, 2, 3
USER_TIMEOUT_S = 8
"""A peer that acknowledges nothing for so long is gone (RFC 5482); keepalive packets find that out on an idle connection."""

TCP_SETTINGS = {
    "tcp_keepalives_idle": str(KEEPALIVE_IDLE_S),
    "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL_S),
    "tcp_keepalives_count": str(KEEPALIVE_COUNT),
    "tcp_user_timeout": f"{USER_TIMEOUT_S}s",
}
"""The same at the server's end: a session whose client is gone must not keep locks."""

SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", KEEPALIVE_COUNT),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", USER_TIMEOUT_S * 1000),
)
"""By name, since systems other than Linux lack some."""


class Row(Protocol):
    """One row, by number or by name of its column; a slice of it is a tuple."""

    def __getitem__(self, column: int | str | slice, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Queries(Protocol):
    """What connections and pools can both be asked."""

    async def execute(self, query: str, /, *args: object, timeout: float | None = None) -> str: ...  # noqa: ASYNC109
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


class _Session(asyncpg.Connection):
    """A connection whose socket notices a peer that went silent. asyncpg has no parameter for that, as libpq has."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.Transport, *args: Any) -> None:
        super().__init__(protocol, transport, *args)  # pyright: ignore[reportUnknownMemberType]
        peer = transport.get_extra_info("socket")
        if peer.family in {socket.AF_INET, socket.AF_INET6}:
            for level, name, value in SOCKET_OPTIONS:
                if (option := getattr(socket, name, None)) is not None:
                    peer.setsockopt(level, option, value)


class _Pool(asyncpg.Pool):
    """A pool that makes nobody wait for ever for a connection; giving one back has the same limit."""

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=ACQUIRE_TIMEOUT_S if timeout is None else timeout)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


_connect = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
_make_pool = cast("Callable[..., AbstractAsyncContextManager[Pool]]", _Pool)


async def connect(url: str, settings: Mapping[str, str] | None = None, *, patience: float = 10.0) -> Connection:
    """Open a session; connecting, and each call later, takes at most `patience` seconds or raises TimeoutError."""
    session = {"timezone": "UTC", **TCP_SETTINGS, **(settings or {})}
    return await _connect(
        url,
        server_settings=session,
        timeout=min(patience, CONNECT_TIMEOUT_S),
        command_timeout=patience,
        connection_class=_Session,
    )


@asynccontextmanager
async def open_pool(
    url: str,
    fewest: int,
    most: int,
    settings: Mapping[str, str] | None = None,
    *,
    stateless: bool = False,
    statement_timeout: float | None = None,
) -> AsyncGenerator[Pool]:
    """Keep `fewest` to `most` sessions open.

    `stateless`: nobody who borrows one changes its state (locks, listeners, settings), so giving it back needs no reset,
    which is a round trip for every query. `statement_timeout`: seconds, else STATEMENT_TIMEOUT_S.
    """
    seconds = STATEMENT_TIMEOUT_S if statement_timeout is None else statement_timeout
    limit = {"statement_timeout": f"{seconds * 1000:.0f}ms"}
    made = _make_pool(
        url,
        min_size=fewest,
        max_size=most,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=_Session,
        record_class=asyncpg.Record,
        server_settings={"timezone": "UTC", **TCP_SETTINGS, **limit, **(settings or {})},
        reset=_as_it_is if stateless else None,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=seconds,
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


async def _as_it_is(_: object) -> None:
    return
