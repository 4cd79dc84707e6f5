"""The schema `reporting`: views with stable columns, published by the projector, for a role that reads nothing else."""

import asyncio
import re
import shlex
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from projections.derived import reports
from projections.derived.reports import REPORTS, Column
from projections.query import ViewQuery
from service.embedded.place import Place, wheels
from service.store.database import Connection, open_pool
from service.store.views import reporting
from service.store.views.reporting import READER, publish
from service.store.views.view_store import ViewStore
from service.views import VIEWS
from tests.conftest import Api, Database
from tests.service.api.examples.programme import programme
from tests.service.store.examples.log import session

TIMEOUT_S = 20.0  # a test that waits longer hangs

COLUMNS = """
select table_name, column_name, data_type, col_description(format('reporting.%I', table_name)::regclass, ordinal_position)
from information_schema.columns where table_schema = 'reporting' order by table_name, ordinal_position
"""

READABLE = """
-- What the role may read or change: tables and views of every schema but the server's own.
select n.nspname, p.privilege, count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p (privilege)
where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and has_table_privilege($1, c.oid, p.privilege)
group by 1, 2
"""

MAY_RUN = """
select p.oid::regprocedure::text from pg_proc p
where pronamespace::regnamespace::text !~ '^pg_' and pronamespace::regnamespace::text <> 'information_schema'
  and has_function_privilege($1, p.oid, 'EXECUTE')
"""

MADE_WHEN = "select relname, xmin::text from pg_class where relnamespace = 'reporting'::regnamespace order by relname"


@pytest.fixture
async def connection(database: Database) -> AsyncGenerator[Connection]:
    """A connection of the service, with the tables of all views."""
    async with open_pool(database.url, 1, 2) as pool:
        await ViewStore(pool, VIEWS).prepare()
    async with session(database.url) as one:
        yield one


def other(query: ViewQuery) -> ViewQuery:
    """The same rows by another query text."""
    return ViewQuery(f"{query.text} where true", *query.views)


async def test_the_reporting_views_have_the_documented_columns(connection: Connection) -> None:
    assert await publish(connection)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for table, name, kind, meaning in await connection.fetch(COLUMNS):
        found.setdefault(table, []).append((name, kind, meaning))
    assert found == {one.name: [tuple(column) for column in one.columns] for one in REPORTS}


async def test_the_reporting_role_may_only_read_reports(connection: Connection, database: Database) -> None:
    assert await publish(connection)
    async with session(database.owner_url) as owner:
        found = [tuple(row) for row in await owner.fetch(READABLE, READER)]
        functions = await owner.fetch(MAY_RUN, READER)
        usable = await owner.fetch(
            "select nspname from pg_namespace where has_schema_privilege($1, oid, 'CREATE')", READER
        )
    assert found == [("reporting", "SELECT", len(REPORTS))]
    assert (functions, usable) == ([], [])


async def test_published_reports_are_replaced_only_if_they_change(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await publish(connection)
    before = await connection.fetch(MADE_WHEN)
    assert await publish(connection)
    assert await connection.fetch(MADE_WHEN) == before
    turnout = reports.TURNOUT
    more = turnout._replace(
        columns=(*turnout.columns, Column("one", "integer", "It's one")),
        query=ViewQuery(turnout.query.text.replace("as audience", "as audience, 1 as one"), *turnout.query.views),
    )
    monkeypatch.setattr(
        reporting, "REPORTS", (more, *(one for one in REPORTS if one.name not in {"turnout", "phases"}))
    )
    assert await publish(connection)
    after = await connection.fetch(MADE_WHEN)
    changed = {tuple(row) for row in after} ^ {tuple(row) for row in before}
    assert {name for name, _ in changed} == {"turnout", "phases"}
    assert "phases" not in {name for name, _ in after}


async def test_views_that_others_built_on_reports_keep_working(
    connection: Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await publish(connection)
    async with session(database.owner_url) as owner:
        await owner.execute("grant usage, create on schema reporting to kring_owner")
    await connection.execute("grant select on reporting.turnout to kring_owner")
    async with session(database.owner_url) as owner:
        await owner.execute("create view reporting.mine as select * from reporting.turnout")
    slower = reports.TURNOUT._replace(query=other(reports.TURNOUT.query))
    monkeypatch.setattr(reporting, "REPORTS", (slower, *(one for one in REPORTS if one.name != "turnout")))
    assert await publish(connection)


async def test_a_change_of_a_report_neither_interrupts_readers_nor_waits_on_them(
    connection: Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await publish(connection)
    before = {tuple(row) for row in await connection.fetch(MADE_WHEN)}
    async with session(database.url) as reader, reader.transaction():
        await reader.fetch("select * from reporting.turnout")
        changed = [one._replace(query=other(one.query)) for one in (reports.TURNOUT, reports.PARTICIPATION)]
        names = {one.name for one in changed}
        monkeypatch.setattr(reporting, "REPORTS", (*changed, *(one for one in REPORTS if one.name not in names)))
        with capture_logs() as told:
            assert not await publish(connection)
        assert told == [
            {
                "event": "report_not_published",
                "report": "turnout",
                "error": "LockNotAvailableError",
                "log_level": "warning",
            }
        ]
        new = {tuple(row) for row in await connection.fetch(MADE_WHEN)} - before
        assert {name for name, _ in new} == {"participation"}
    assert await publish(connection)


async def test_a_dropped_report_stays_while_views_of_others_depend_on_it(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await publish(connection)
    await connection.execute("create temporary view mine as select * from reporting.turnout")
    changed = reports.PARTICIPATION._replace(query=other(reports.PARTICIPATION.query))
    others = (one for one in REPORTS if one.name not in {"turnout", "participation"})
    monkeypatch.setattr(reporting, "REPORTS", (changed, *others))
    before = {tuple(row) for row in await connection.fetch(MADE_WHEN)}
    assert not await publish(connection)
    new = {tuple(row) for row in await connection.fetch(MADE_WHEN)} - before
    assert {name for name, _ in new} == {"participation"}
    await connection.execute("drop view mine")
    assert await publish(connection)


async def test_the_projector_does_not_wait_for_a_process_that_prepares_views(
    connection: Connection, database: Database
) -> None:
    async with session(database.url) as other, other.transaction():
        await other.execute(reporting.LOCK)
        async with asyncio.timeout(TIMEOUT_S / 2):
            assert not await publish(connection)
    assert await publish(connection)


async def test_the_projector_publishes_reports_once_it_has_caught_up(api: Api, database: Database) -> None:
    await programme(api, participants=2, challenges=0)
    async with session(database.url) as reader, asyncio.timeout(TIMEOUT_S):
        while await reader.fetchval("select to_regclass('reporting.participation')") is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await api.kring.views.wait(await api.kring.log.head(), TIMEOUT_S)
        assert await reader.fetchval("select count(*) from reporting.participation") == 2


BACK_UP = Path(__file__).parents[4] / "docs" / "how-to" / "back-up-and-restore.md"


def documented(program: str, url: str, dump: Path) -> list[str]:
    """The command of the backup page, with this program."""
    found = re.search(rf"^\$ {program} (.*?[^\\])$", BACK_UP.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    words = shlex.split(found[1].replace("\\\n", ""))
    path = Place(Path(), Path(), wheels(), None).postgres(program)
    return [str(path), *(one.replace("$KRING_OWNER_URL", url).replace("kring.dump", str(dump)) for one in words)]


async def test_a_documented_dump_can_be_restored_and_its_reports_are_recreated(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    assert await publish(connection)
    restored = Database(f"{database.owner_url}_restored", f"{database.url}_restored")
    async with session(database.owner_url) as owner:
        await owner.execute(f"create database {restored.owner_url.rpartition('/')[2]}")
    for program, url in (("pg_dump", database.owner_url), ("pg_restore", restored.owner_url)):
        command = documented(program, url, tmp_path / "kring.dump")
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    async with open_pool(restored.url, 1, 2) as pool:
        await ViewStore(pool, VIEWS).prepare()
        async with pool.acquire() as one:
            assert await one.fetch(MADE_WHEN) == []
            assert await publish(one)
            assert len(await one.fetch(MADE_WHEN)) == len(REPORTS)
    async with session(database.owner_url) as owner:
        await owner.execute(f"drop database {restored.owner_url.rpartition('/')[2]} with (force)")
