"""Forward-only migrations: numbered SQL files, each applied once, in order, in its own transaction.

Appends continue meanwhile. A file that waits half a second for a table lock gives up and tries again, because all later
statements on that table queue behind it. A file must not itself lock the tables of the log for longer than a writer waits.
"""

import asyncio
import random
import re
from hashlib import sha256
from importlib.resources import files

import asyncpg
from msgspec import Struct

from service.store.database import Connection, Queries, Row, connect

LOCK = 0x6B72696E676D  # 'kringm' in ASCII: only one process migrates at a time

MIGRATION_TIMEOUT_S = 600.0
"""For one file, and for waiting until another process has migrated."""
TABLE_LOCK_TIMEOUT_S = 0.5
"""For one attempt to lock the tables that a file changes."""
MAX_RETRY_PAUSE_S = 1.0
"""Between two attempts."""
RETRY_TIMEOUT_S = 120.0
"""For all attempts at one file together."""

SETTINGS = {"client_connection_check_interval": "1s"}
"""The server notices within a second that a migrating program was killed, so the next one does not wait for its statement."""

CREATE_MIGRATIONS = """
-- The migrations that have been applied.
create table if not exists schema_migrations (
  number     integer primary key,
  name       text not null,
  sha256     bytea not null,
  applied_at timestamptz not null default now()
)
"""

APPLIED = "select number, name, sha256 from schema_migrations order by number"

HAS_ROLE = "select exists (select from pg_roles where rolname = 'kring')"

RECORD_MIGRATION = "insert into schema_migrations (number, name, sha256) values ($1, $2, $3)"


class SchemaError(Exception):
    """A migration failed; no part of the file concerned has been applied."""


class MigrationMismatch(SchemaError):
    """The files are not numbered 1, 2, 3 …, or differ from the migrations that were applied."""


class DatabaseBehind(SchemaError):
    """Not all migrations of this program have been applied."""


class TablesLocked(SchemaError):
    """Other sessions kept a table locked for too long."""


class RoleMissing(SchemaError):
    """The service's database role does not exist on this server."""


class Migration(Struct, frozen=True):
    """One migration file: `0001_schema.sql` has number 1 and name `schema`."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> bytes:
        return sha256(self.sql.encode()).digest()


def migrations() -> list[Migration]:
    """The migrations of this version of the program. Raises MigrationMismatch if their numbers have gaps."""
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files("service.store").joinpath("migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name))
    ]
    found.sort(key=lambda one: one.number)
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise MigrationMismatch("the migrations are not numbered 1, 2, 3 …")
    return found


async def migrate(owner_url: str) -> None:
    """Bring the database at `owner_url` to this version. A concurrent second call waits, and then has nothing to do.

    Raises MigrationMismatch if a file was changed after it was applied or the database is ahead of this program,
    RoleMissing if the role `kring` does not exist, and TablesLocked.
    """
    connection = await connect(owner_url, SETTINGS, timeout_s=MIGRATION_TIMEOUT_S)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(CREATE_MIGRATIONS)
        await _apply_missing(connection, migrations())
    finally:
        await connection.close()


async def require_this_version(database: Queries) -> None:
    """Raises DatabaseBehind or MigrationMismatch unless exactly the migrations of this program have been applied."""
    try:
        applied = await database.fetch(APPLIED)
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        applied = []  # nothing has been applied yet
    known = migrations()
    _require_prefix(applied, known)
    if len(applied) < len(known):
        raise DatabaseBehind(f"the database is not at this version of Kring (migration {len(known)}): kring migrate")


async def _apply_missing(connection: Connection, known: list[Migration]) -> None:
    if not await connection.fetchval(HAS_ROLE):
        raise RoleMissing(
            "the role kring is missing; an administrator creates it: create role kring login password '…'"
        )
    applied = await connection.fetch(APPLIED)
    _require_prefix(applied, known)
    for one in known[len(applied) :]:
        await _apply_file(connection, one)


def _require_prefix(applied: list[Row], known: list[Migration]) -> None:
    if len(applied) > len(known):
        raise MigrationMismatch(
            f"the database is ahead of this version of Kring: it has migration {len(applied)}, this program has {len(known)}"
        )
    for row, one in zip(applied, known, strict=False):
        if (row["number"], row["sha256"]) != (one.number, one.digest):
            raise MigrationMismatch(f"migration {one.number} ({one.name}) was changed after it was applied")


async def _apply_file(connection: Connection, one: Migration) -> None:
    until = asyncio.get_running_loop().time() + RETRY_TIMEOUT_S
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = {TABLE_LOCK_TIMEOUT_S * 1000:.0f}")
                await connection.execute(one.sql)
                await connection.execute(RECORD_MIGRATION, one.number, one.name, one.digest)
        except asyncpg.LockNotAvailableError:
            if asyncio.get_running_loop().time() > until:
                raise TablesLocked(
                    f"migration {one.number} ({one.name}): its tables stay locked by other sessions"
                ) from None
            await asyncio.sleep(random.uniform(MAX_RETRY_PAUSE_S / 2, MAX_RETRY_PAUSE_S))  # noqa: S311  jitter, not a secret
        else:
            return
