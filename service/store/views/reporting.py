"""Reports: as views in the schema `reporting`, for other programs that use SQL, and in pages, for the API."""

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
"""The role that may read the schema `reporting` and nothing else, if an administrator created it."""

PAGE_ROWS = 1000
REPORT_TIMEOUT_S = 300.0
"""For all pages of a report, including the wait for a slot."""

LOCK = "select pg_advisory_xact_lock(hashtext('kring/views'))"

PUBLISHED = """
-- The published views, with their descriptions, which end in a digest of the statements that created them.
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
    """The rows to include: of `all` or these programmes, and those visible to these organisations. `only`: of this programme."""

    all: bool
    programmes: Sequence[str]
    organisations: Sequence[str]
    only: str | None


async def publish(connection: Connection) -> bool:
    """Bring the schema `reporting` up to date with the definitions of this program; return whether it is now.

    It is not if another process is creating views, or a view that must change is being read: waiting for a lock would block
    all later readers. Views that others have built on these continue to work, because columns are never removed.
    """
    try:
        async with connection.transaction():
            await connection.execute(SET_LOCK_TIMEOUT)
            await connection.execute(LOCK)
            complete = await _bring_up_to_date(connection)
            await _grant_access(connection)
    except asyncpg.PostgresError as error:
        log.warning("reports_not_published", error=type(error).__name__)
        return False
    return complete


async def _bring_up_to_date(connection: Connection) -> bool:
    """Create, change and drop what differs, each view on its own; return whether all succeeded. A view in use delays no other."""
    there = {row[0]: row[1] for row in await connection.fetch(PUBLISHED)}
    wanted = {one.name: (_as_view(one), _description(one)) for one in REPORTS}
    changes = {name: f"drop view reporting.{name}" for name in there if name not in wanted}
    for name, (statements, description) in wanted.items():
        if there.get(name) != description:
            changes[name] = f"{statements}\ncomment on view reporting.{name} is {_literal(description)}"
    return all([await _change(connection, name, statements) for name, statements in changes.items()])


async def _change(connection: Connection, report: str, statements: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(statements)
    except asyncpg.PostgresError as error:
        log.warning("report_not_published", report=report, error=type(error).__name__)
        return False
    return True


async def _grant_access(connection: Queries) -> None:
    if closed := [row[0] for row in await connection.fetch(NOT_READABLE, READER)]:
        await connection.execute(f"grant select on {', '.join(closed)} to {READER}")


def _as_view(report: Report) -> str:
    """The statements that create the view and describe its columns."""
    names = ", ".join(one.name for one in report.columns)
    made = f"create or replace view reporting.{report.name} as select {names} from ({report.query.sql(table)}) q;"
    described = (
        f"comment on column reporting.{report.name}.{one.name} is {_literal(one.meaning)};" for one in report.columns
    )
    return "\n".join([made, *described])


def _description(report: Report) -> str:
    """The description of the view, with a digest of its definition."""
    return f"{report.rows} ({sha256(_as_view(report).encode()).hexdigest()[:8]})"


def _literal(text: str) -> str:
    return f"""'{text.replace("'", "''")}'"""


async def pages(views: ViewStore, report: Report, scope: Scope) -> AsyncGenerator[list[Row]]:
    """The rows of a report in pages, in the order of its key, from one snapshot. Raises TimeoutError.

    The timeout includes the time in which the consumer handles a page, but is raised only when it asks for the next one.
    """
    in_programmes = "($1 or programme_id = any($2))"
    shown = (
        f"case when {in_programmes} then {one.name} end" if one.name in report.internal else one.name
        for one in report.columns
    )
    query = f"""
    select {", ".join(shown)} from ({report.query.sql(table)}) q
    where ({in_programmes} or audience && $3) and ($4::text is null or programme_id = $4)
    order by {", ".join(report.key)}
    """
    args = (scope.all, list(scope.programmes), list(scope.organisations), scope.only)
    until = asyncio.get_running_loop().time() + REPORT_TIMEOUT_S
    async with AsyncExitStack() as stack:
        async with asyncio.timeout_at(until):
            await stack.enter_async_context(views.report_slots)
            connection = await stack.enter_async_context(views.pool.acquire())
            await stack.enter_async_context(connection.transaction())
            cursor = await connection.cursor(query, *args)
        while page := await _next_page(cursor, until):
            yield page


async def _next_page(cursor: Cursor, until: float) -> list[Row]:
    async with asyncio.timeout_at(until):
        return await cursor.fetch(PAGE_ROWS)
