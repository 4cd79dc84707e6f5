"""The schema, forward only: numbered SQL files, each applied once, in order, in a transaction of its own."""

import re
from hashlib import sha256
from importlib.resources import files

from msgspec import Struct

from service.store.database import Connection, connect

LOCK = 0x6B72696E676D  # 'kringm' in ASCII: one migration at a time

PATIENCE = 600.0  # seconds for one file, and for whoever migrates before us

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


class RoleMissing(SchemaError):
    """The service's database role does not exist on this server."""


class Migration(Struct, frozen=True):
    """One file: `0001_log.sql` is number 1, name `log`."""

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
    RoleMissing if the role `kring` does not exist.
    """
    connection = await connect(owner_url, patience=PATIENCE)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(MADE)
        await _apply(connection, migrations())
    finally:
        await connection.close()


async def _apply(connection: Connection, known: list[Migration]) -> None:
    if not await connection.fetchval(HAS_ROLE):
        raise RoleMissing("the role kring is missing; an administrator makes it: create role kring login password '…'")
    applied = await connection.fetch(APPLIED)
    if len(applied) > len(known):
        raise WrongFiles("the database is ahead of this version of Kring")
    for row, one in zip(applied, known, strict=False):
        if (row["number"], row["sha256"]) != (one.number, one.digest):
            raise WrongFiles(f"migration {one.number} ({one.name}) was changed after it had been applied")
    for one in known[len(applied) :]:
        async with connection.transaction():
            await connection.execute(one.sql)
            await connection.execute(NOTE, one.number, one.name, one.digest)
