"""Embedded PostgreSQL and Valkey, for a machine that has neither: `servers(data)` runs both while its body runs.

Their data is in the data folder, their logs are in `logs/` there. After a kill -9 of any process, the next start recovers by
itself.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from service.embedded.errors import (
    CannotCopy,
    DataInUse,
    EmbeddedError,
    KeepsCrashing,
    NotOurs,
    ProgramFailed,
    StartFailed,
    Unreachable,
)
from service.embedded.lock import holder, locked
from service.embedded.passwords import write_private
from service.embedded.place import Place, find_place, make_data_folder
from service.embedded.postgres import Postgres, postgres_at
from service.embedded.valkey import valkey_at

__all__ = [
    "CannotCopy",
    "DataInUse",
    "EmbeddedError",
    "KeepsCrashing",
    "NotOurs",
    "Postgres",
    "ProgramFailed",
    "Servers",
    "StartFailed",
    "Unreachable",
    "postgres",
    "running_servers",
    "servers",
    "valkey",
]


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """The URLs of running servers. `owner_url` is for migrations, `database_url` for everything else."""

    owner_url: str
    database_url: str
    redis_url: str


@asynccontextmanager
async def servers(data: Path) -> AsyncGenerator[Servers]:
    """Run both servers in the data folder `data` while the body runs.

    Raises `DataInUse` (and changes nothing) if another process runs them, `CannotCopy`, `ProgramFailed`, `StartFailed`,
    `NotOurs`, `Unreachable`. A server that ends by itself is restarted on the same port; if PostgreSQL keeps crashing, the body
    is cancelled and `KeepsCrashing` raised.
    """
    with _place(data) as place:
        async with postgres_at(place) as database, valkey_at(place) as redis_url:
            running = Servers(owner_url=database.owner_url, database_url=database.database_url, redis_url=redis_url)
            write_private(place.data / "servers", msgspec.json.encode(running))
            try:
                yield running
            finally:
                (place.data / "servers").unlink(missing_ok=True)


@asynccontextmanager
async def postgres(data: Path) -> AsyncGenerator[Postgres]:
    """Run PostgreSQL alone; otherwise as `servers`."""
    with _place(data) as place:
        async with postgres_at(place) as database:
            yield database


@asynccontextmanager
async def valkey(data: Path) -> AsyncGenerator[str]:
    """Run Valkey alone and yield its URL; otherwise as `servers`."""
    with _place(data) as place:
        async with valkey_at(place) as redis_url:
            yield redis_url


def running_servers(data: Path) -> Servers | None:
    """The servers that another process runs in `data`, or None: for commands that use the servers of a running Kring."""
    if holder(data.expanduser()) is None:
        return None
    try:
        return msgspec.json.decode((data.expanduser() / "servers").read_bytes(), type=Servers)
    except FileNotFoundError:  # the other process is starting or stopping
        return None


@contextmanager
def _place(data: Path) -> Generator[Place]:
    """The place of `data`. Locks the data folder and, if the database is elsewhere, that folder as well."""
    folder = make_data_folder(data)
    with ExitStack() as locks:
        locks.enter_context(locked(folder))
        place = find_place(folder)
        if place.folder != folder:
            locks.enter_context(locked(place.folder))
        yield place
