"""The schema, forward only: numbered SQL files, each applied once, in order, in a transaction of its own.

Whoever appends goes on meanwhile: a file that has to wait for a table makes way again after half a second, since everybody
who comes later would wait behind it. So a file must not keep the tables of the log locked for longer than writers wait either.
"""

import asyncio
import random
import re
from hashlib import sha256
from importlib.resources import files

import asyncpg
from msgspec import Struct

from service.store.database import Connection, Queries, Row, connect

LOCK = 0x6B72696E676D  # 'kringm' in ASCII: one migration at a time

PATIENCE = 600.0  # seconds for one file, and for whoever migrates before us

# Seconds to wait for a table, between two tries, and for all tries together.
LOCK_PATIENCE, PAUSE, PATIENCE_FOR_LOCKS = 0.5, 1.0, 120.0

SETTINGS = {"client_connection_check_interval": "1s"}
"""What a killed program was at is undone soon, not when its statement ends: the next one waits for that."""

MADE = """
-- What has been applied, and as what.
create table if not exists schema_migrations (
  number     integer primary key,
  name       text not null,
  sha256     bytea not null,
  applied_at timestamptz not null default now()
)
"""

APPLIED = "select number, name, sha256 from schema_migrations order by number"

HAS_ROLE = "select exists (select from pg_roles where rolname = 'kring')"

NOTE = "insert into schema_migrations (number, name, sha256) values ($1, $2, $3)"


class SchemaError(Exception):
    """Base of what stops a migration; nothing of the file in question has been applied."""


class WrongFiles(SchemaError):
    """The files are not numbered 1, 2, 3 …, or what has been applied is not what the files say."""


class Behind(SchemaError):
    """Files of this program have not been applied."""


class Busy(SchemaError):
    """Others held a table for too long."""


class RoleMissing(SchemaError):
    """The service's database role does not exist on this server."""


class Migration(Struct, frozen=True):
    """One file: `0001_schema.sql` is number 1, name `schema`."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        return sha256(self.sql.encode()).digest()


def migrations() -> list[Migration]:
    """The files that this version of the program brings. Raises WrongFiles unless numbered without gaps."""
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files("service.store").joinpath("migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name))
    ]
    found.sort(key=lambda one: one.number)
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise WrongFiles("the migrations are not numbered 1, 2, 3 …")
    return found


async def migrate(owner_url: str) -> None:
    """Bring the database at `owner_url` to this version. Who comes second waits and finds nothing to do.

    Raises WrongFiles if a file was changed after it was applied, or if the database is ahead of this program;
    RoleMissing if the role `kring` does not exist; Busy.
    """
    connection = await connect(owner_url, SETTINGS, patience=PATIENCE)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(MADE)
        await _apply(connection, migrations())
    finally:
        await connection.close()


async def require_this_version(database: Queries) -> None:
    """Raises Behind, or WrongFiles, unless the database is as the files of this program make it."""
    try:
        applied = await database.fetch(APPLIED)
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        applied = []  # nothing has been applied yet
    known = migrations()
    _require_the_same(applied, known)
    if len(applied) < len(known):
        raise Behind(f"the database is not at this version of Kring (migration {len(known)}): kring migrate")


async def _apply(connection: Connection, known: list[Migration]) -> None:
    if not await connection.fetchval(HAS_ROLE):
        raise RoleMissing("the role kring is missing; an administrator makes it: create role kring login password '…'")
    applied = await connection.fetch(APPLIED)
    _require_the_same(applied, known)
    for one in known[len(applied) :]:
        await _run(connection, one)


def _require_the_same(applied: list[Row], known: list[Migration]) -> None:
    if len(applied) > len(known):
        raise WrongFiles(
            f"the database is ahead of this version of Kring: it has migration {len(applied)}, we know {len(known)}"
        )
    for row, one in zip(applied, known, strict=False):
        if (row["number"], row["sha256"]) != (one.number, one.digest):
            raise WrongFiles(f"migration {one.number} ({one.name}) was changed after it had been applied")


async def _run(connection: Connection, one: Migration) -> None:
    until = asyncio.get_running_loop().time() + PATIENCE_FOR_LOCKS
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = {LOCK_PATIENCE * 1000:.0f}")
                await connection.execute(one.sql)
                await connection.execute(NOTE, one.number, one.name, one.digest)
        except asyncpg.LockNotAvailableError:
            if asyncio.get_running_loop().time() > until:
                raise Busy(f"migration {one.number} ({one.name}) waited in vain for tables that others hold") from None
            await asyncio.sleep(random.uniform(PAUSE / 2, PAUSE))  # noqa: S311  jitter, not a secret
        else:
            return
