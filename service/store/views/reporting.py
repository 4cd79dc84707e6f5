"""Reports out of the database: as views in the schema `reporting`, for programs that read SQL, and in pages for the edge."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from hashlib import sha256

import asyncpg
import structlog
from msgspec import Struct

from projections.derived.reports import REPORTS, Report
from service.store.database import Connection, Cursor, Queries, Row
from service.store.views.view_store import ViewStore, table

READER = "kring_reporting"
"""The role that may read the schema `reporting`, and nothing else, where an administrator made it."""

PAGE_ROWS = 1000  # rows
REPORT_TIMEOUT_S = 300.0  # seconds for all pages of a report, waiting for its turn included

LOCK = "select pg_advisory_xact_lock(hashtext('kring/views'))"

PUBLISHED = """
-- What is published: names, and the descriptions, which end in a digest of what made them.
select c.relname, obj_description(c.oid, 'pg_class') from pg_class c
where c.relnamespace = 'reporting'::regnamespace and c.relkind = 'v' and pg_get_userbyid(c.relowner) = current_user
"""

NOT_READABLE = """
-- The published views that the role, if there is one, may not read yet.
select c.oid::regclass::text from pg_class c, pg_roles r
where c.relnamespace = 'reporting'::regnamespace and c.relkind = 'v' and pg_get_userbyid(c.relowner) = current_user
  and r.rolname = $1 and not has_table_privilege(r.oid, c.oid, 'SELECT')
"""

SET_LOCK_TIMEOUT = "set local lock_timeout = '500ms'"

log = structlog.get_logger(__name__)


class Scope(Struct, frozen=True):
    """Whose rows: of all programmes or of these, and those of which these organisations were told; of `only` this one, if any."""

    all: bool
    programmes: Sequence[str]
    organisations: Sequence[str]
    only: str | None


async def publish(connection: Connection) -> bool:
    """Make the schema `reporting` tell what this program's definitions say; whether it does now.

    It does not where somebody prepares views, or reads one that would have to change: whoever comes later would wait behind it.
    Views that others made of these go on, since columns stay.
    """
    try:
        async with connection.transaction():
            await connection.execute(SET_LOCK_TIMEOUT)
            await connection.execute(LOCK)
            whole = await _bring_up_to_date(connection)
            await _let_in(connection)
    except asyncpg.PostgresError as error:
        log.warning("reports_not_published", error=type(error).__name__)
        return False
    return whole


async def _bring_up_to_date(connection: Connection) -> bool:
    """Make, change and drop what differs, each for itself: one that somebody reads holds up no other. Whether all are done."""
    there = {row[0]: row[1] for row in await connection.fetch(PUBLISHED)}
    wanted = {one.name: (_as_view(one), _about(one)) for one in REPORTS}
    changes = {name: f"drop view reporting.{name}" for name in there if name not in wanted}
    for name, (statements, about) in wanted.items():
        if there.get(name) != about:
            changes[name] = f"{statements}\ncomment on view reporting.{name} is {_quoted(about)}"
    return all([await _change(connection, name, statements) for name, statements in changes.items()])


async def _change(connection: Connection, report: str, statements: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(statements)
    except asyncpg.PostgresError as error:
        log.warning("report_not_published", report=report, error=type(error).__name__)
        return False
    return True


async def _let_in(connection: Queries) -> None:
    if closed := [row[0] for row in await connection.fetch(NOT_READABLE, READER)]:
        await connection.execute(f"grant select on {', '.join(closed)} to {READER}")


def _as_view(report: Report) -> str:
    """The statements that make the view and describe its columns."""
    names = ", ".join(one.name for one in report.columns)
    made = f"create or replace view reporting.{report.name} as select {names} from ({report.query.sql(table)}) q;"
    described = (
        f"comment on column reporting.{report.name}.{one.name} is {_quoted(one.meaning)};" for one in report.columns
    )
    return "\n".join([made, *described])


def _about(report: Report) -> str:
    """What the view is, and of which definition."""
    return f"{report.rows} ({sha256(_as_view(report).encode()).hexdigest()[:8]})"


def _quoted(text: str) -> str:
    return f"""'{text.replace("'", "''")}'"""


async def pages(views: ViewStore, report: Report, scope: Scope) -> AsyncGenerator[list[Row]]:
    """The rows of a report in pages, in the order of its key, all as of one moment. Raises TimeoutError.

    The time runs while a page is used as well, but ends nobody who is at it: it shows when the next one is asked for.
    """
    mine = "($1 or programme_id = any($2))"
    shown = (
        f"case when {mine} then {one.name} end" if one.name in report.inside else one.name for one in report.columns
    )
    query = f"""
    select {", ".join(shown)} from ({report.query.sql(table)}) q
    where ({mine} or told && $3) and ($4::text is null or programme_id = $4)
    order by {", ".join(report.key)}
    """
    args = (scope.all, list(scope.programmes), list(scope.organisations), scope.only)
    until = asyncio.get_running_loop().time() + REPORT_TIMEOUT_S
    async with AsyncExitStack() as held:
        async with asyncio.timeout_at(until):
            await held.enter_async_context(views.report_slots)
            connection = await held.enter_async_context(views.pool.acquire())
            await held.enter_async_context(connection.transaction())
            cursor = await connection.cursor(query, *args)
        while page := await _next_page(cursor, until):
            yield page


async def _next_page(cursor: Cursor, until: float) -> list[Row]:
    async with asyncio.timeout_at(until):
        return await cursor.fetch(PAGE_ROWS)
