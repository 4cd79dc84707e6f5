"""The database itself refuses to change an event."""

import asyncpg
import pytest

from service.store.log.log import Log
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event, once, session

CHANGES = [
    "update events set data = 'x'",
    "update events set data = 'x' where false",
    "delete from events",
    "truncate events",
    "truncate events, event_tags",
    "update event_tags set key = 1",
    "delete from event_tags",
    "update log set log_id = 'x'",
    "delete from log",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["service", "owner"])
async def test_no_event_can_be_changed_or_removed(database: Database, change: str, who: str) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append())
        before = await log.read()
        async with session(database.url if who == "service" else database.owner_url) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(change)
        assert await log.read() == before


@pytest.mark.parametrize(
    "statement",
    [
        "drop table events",
        "alter table events disable trigger all",
        "insert into events select * from events",
        "insert into event_tags values (1, 1)",
        "delete from commands",
        "delete from claims",
        "update papers set sealed = 'x'",
        "set session_replication_role = replica",
    ],
)
async def test_the_service_can_write_events_only_through_the_append_function(
    database: Database, statement: str
) -> None:
    async with session(database.url) as service:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_the_triggers_also_fire_for_sessions_in_replica_mode(database: Database) -> None:
    async with session(database.owner_url) as owner:
        rows = await owner.fetch(
            "select tgrelid::regclass::text, tgenabled::text from pg_trigger where not tgisinternal order by 1"
        )
    assert {tuple(row) for row in rows} >= {("event_tags", "A"), ("events", "A"), ("log", "A")}
    assert {row[1] for row in rows} == {"A"}


async def test_stored_content_is_readable_as_json_in_the_database(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.owner_url) as owner:
        await log.append(an_append(event(data=b'{"a": 1}'), event(data=b"\xff"), event(data=b'"\\u0000"')))
        rows = await owner.fetch("select data::text from legible_events order by position")
    assert [row[0] for row in rows] == ['{"a": 1}', None, None]


async def test_only_old_commands_can_be_deleted(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.owner_url) as owner, session(database.url) as service:
        for _ in range(2):
            await log.append(an_append(once=once()))
        await owner.execute("update commands set recorded_at = recorded_at - interval '25 hours' where first = 1")
        assert await service.fetchval("select forget_commands()") == 1
        assert await service.fetchval("select array_agg(first) from commands") == [2]
