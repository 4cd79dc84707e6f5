"""Migrations on a log in use: beside writers, simultaneous, killed midway; and the schema versions on which processes start."""

import asyncio
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from service.config import load
from service.kring import open_kring
from service.store import schema
from service.store.log.log import Log
from service.store.schema import (
    DatabaseBehind,
    Migration,
    MigrationMismatch,
    TablesLocked,
    migrate,
    migrations,
    require_this_version,
)
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event, session
from tests.service.store.schema_text import FILE, schema_of

PROJECT = Path(__file__).parents[3]
TIMEOUT_S = 60.0

PROGRAM = """
import asyncio, sys
from service.store import schema
known = schema.migrations()
schema.migrations = lambda: [*known, schema.Migration(len(known) + 1, "slow", sys.argv[2])]
asyncio.run(schema.migrate(sys.argv[1]))
"""

AT_IT = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = $1"

ADD_COLUMN = "alter table events add column later text; alter table event_tags add column later text"


def one_more(sql: str) -> list[Migration]:
    known = migrations()
    return [*known, Migration(len(known) + 1, "later", sql)]


async def until(database: Database, event: str, count: int = 1) -> None:
    async with session(database.owner_url) as owner, asyncio.timeout(TIMEOUT_S):
        while await owner.fetchval(AT_IT, event) < count:  # noqa: ASYNC110  the server sends no notification
            await asyncio.sleep(0.02)


async def test_the_migrations_produce_the_documented_schema(migrated: Database) -> None:
    made = await schema_of(migrated.owner_url)
    assert made == FILE.read_text(encoding="utf-8"), "after a new migration: python -m tests.service.store.schema_text"


async def test_no_process_starts_on_a_database_of_another_version(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    environ = {
        "KRING_DATABASE_URL": database.url,
        "KRING_REDIS_URL": "redis://unused",
        "KRING_KEYS": str(tmp_path / "keys"),
    }
    config = load(environ, data=tmp_path)
    for files, refusal, words in (
        (known[:-1], MigrationMismatch, f"ahead .* it has migration {len(known)}, this program has {len(known) - 1}"),
        (
            [Migration(1, "schema", known[0].sql + " "), *known[1:]],
            MigrationMismatch,
            r"migration 1 \(schema\) was changed",
        ),
        (one_more("select 1"), DatabaseBehind, "kring migrate"),
    ):
        monkeypatch.setattr(schema, "migrations", partial(list[Migration], files))
        with pytest.raises(refusal, match=words):
            async with open_kring(config):
                pass


async def test_a_database_that_was_never_migrated_is_behind(database: Database) -> None:
    async with session(database.owner_url) as owner, session(database.url) as service:
        await owner.execute("revoke select on schema_migrations from kring")
        with pytest.raises(DatabaseBehind):
            await require_this_version(service)
        await owner.execute("drop table schema_migrations")
        with pytest.raises(DatabaseBehind):
            await require_this_version(service)


async def test_writers_continue_while_the_tables_of_the_log_change(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "migrations", lambda: one_more(ADD_COLUMN))
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        done = asyncio.Event()

        async def write(which: Log, name: str) -> int:
            count = 0
            while not done.is_set():
                count += 1
                await which.append(an_append(event("thing.done", name)))
            return count

        writing = [asyncio.create_task(write(one, f"w{n}")) for n, one in enumerate([log, other] * 4)]
        while await log.head() < 20:  # noqa: ASYNC110  until all are at it
            await asyncio.sleep(0.02)
        await asyncio.gather(*(migrate(database.owner_url) for _ in range(2)))
        before = await log.head()
        while await log.head() < before + 20:  # noqa: ASYNC110  and go on
            await asyncio.sleep(0.02)
        done.set()
        written = sum(await asyncio.gather(*writing))
        events, head = await log.read()
        assert [one.position for one in events] == list(range(1, head + 1))
        assert head == written
    async with session(database.owner_url) as owner:
        assert await owner.fetchval("select count(*) from schema_migrations") == len(schema.migrations())


async def test_a_migration_waiting_for_a_table_does_not_block_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long read holds the table; the migration must not block appends meanwhile."""
    monkeypatch.setattr(schema, "migrations", lambda: one_more(ADD_COLUMN))
    monkeypatch.setattr(schema, "TABLE_LOCK_TIMEOUT_S", 0.3)
    async with Log.open(database.url) as log, session(database.url) as reader:
        async with reader.transaction():
            await reader.fetch("select * from events")
            migrating = asyncio.create_task(migrate(database.owner_url))
            await until(database, "relation")
            for _ in range(5):
                async with asyncio.timeout(schema.TABLE_LOCK_TIMEOUT_S + 1.5):
                    await log.append(an_append())
            assert not migrating.done()
        await migrating
        assert (await log.append(an_append())).first == 6


async def test_a_migration_that_cannot_get_its_lock_gives_up_with_an_error(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "migrations", lambda: one_more(ADD_COLUMN))
    monkeypatch.setattr(schema, "TABLE_LOCK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(schema, "RETRY_TIMEOUT_S", 0.0)
    async with session(database.url) as reader, reader.transaction():
        await reader.fetch("select * from events")
        with pytest.raises(TablesLocked, match="locked by other sessions"):
            await migrate(database.owner_url)


async def test_a_killed_migration_leaves_nothing_behind_and_blocks_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "create table half (id int); select pg_sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, database.owner_url, sql], cwd=PROJECT)  # noqa: ASYNC220  ours
    try:
        await until(database, "PgSleep")
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
    monkeypatch.setattr(schema, "migrations", lambda: one_more("create table whole (id int)"))
    async with asyncio.timeout(TIMEOUT_S):
        await migrate(database.owner_url)
    async with session(database.owner_url) as owner:
        assert await owner.fetchval("select to_regclass('half')") is None
        assert await owner.fetchval("select to_regclass('whole')") is not None
        applied = await owner.fetchval("select array_agg(name order by number) from schema_migrations")
    assert applied == [one.name for one in schema.migrations()]


async def test_two_simultaneous_programs_apply_a_migration_once(database: Database) -> None:
    sql = "create table once (id int); select pg_sleep(1)"
    both = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, database.owner_url, sql], cwd=PROJECT)  # noqa: ASYNC220  ours
        for _ in range(2)
    ]
    assert [await asyncio.to_thread(one.wait, TIMEOUT_S) for one in both] == [0, 0]
