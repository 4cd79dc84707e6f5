"""Migrations: forward only, each applied once, and never changed afterwards."""

import asyncio

import pytest

from service.store import schema
from service.store.schema import Migration, MigrationMismatch, migrate, migrations
from tests.conftest import Database
from tests.service.store.examples.log import session


async def test_migrating_again_and_at_the_same_time_changes_nothing(database: Database) -> None:
    await asyncio.gather(*(migrate(database.owner_url) for _ in range(3)))
    async with session(database.owner_url) as owner:
        rows = await owner.fetch("select number, name from schema_migrations order by number")
    assert [tuple(row) for row in rows] == [(one.number, one.name) for one in migrations()]


async def test_a_migration_changed_after_it_was_applied_stops_everything(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = migrations()
    changed[0] = Migration(1, "schema", changed[0].sql + "-- changed")
    monkeypatch.setattr(schema, "migrations", lambda: changed)
    with pytest.raises(MigrationMismatch, match="changed"):
        await migrate(database.owner_url)


async def test_an_older_program_leaves_a_newer_database_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "migrations", list[Migration])
    with pytest.raises(MigrationMismatch, match="ahead"):
        await migrate(database.owner_url)


async def test_a_failed_migration_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrations()
    broken = Migration(len(known) + 1, "broken", "create table half (id int); select 1 / 0")
    monkeypatch.setattr(schema, "migrations", lambda: [*known, broken])
    with pytest.raises(Exception, match="division by zero"):
        await migrate(database.owner_url)
    async with session(database.owner_url) as owner:
        assert await owner.fetchval("select to_regclass('half')") is None
        assert await owner.fetchval("select count(*) from schema_migrations") == len(known)
