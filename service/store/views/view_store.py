"""The tables of views: their columns follow the row structs, the projector fills them, the API reads them.

A table belongs to a view *and its definition*, so a new definition fills its own table beside the live one. In a query, the
placeholder of a view is replaced by the table of its present definition.
"""

import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import structlog
from msgspec import Struct
from msgspec.inspect import (
    BoolType,
    CustomType,
    DateTimeType,
    DateType,
    IntType,
    LiteralType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from domain.foundation import Sealed
from projections.query import ViewQuery
from projections.view import View, fold_events
from service.store.database import Pool, Queries
from service.store.failures import is_permanent
from service.store.log.mapper import sealed_from_digest
from service.store.views.definitions import EVERYTHING, Symbol, source_digest

Row = TypeVar("Row", bound=Struct)

POLL_INTERVAL_S = 0.01
"""Of checkpoints, while a caller waits for views."""
MAX_REPORTS_READ = 2
"""By one process at the same time: each occupies one of its few connections."""
EMPTY_TIMEOUT_S = 600
"""For a statement that empties a view."""
FOLD_FUNCTION = Symbol(fold_events.__module__, fold_events.__name__)

CHECKPOINT = "select position from views.checkpoints where view = $1 and definition = $2"

LOWEST_CHECKPOINT = "select min(position) from views.checkpoints where definition = any($1) and stopped_at is null"

RESET_CHECKPOINT = """
-- A new table starts before the first event, even if a checkpoint of this definition was restored without its table.
insert into views.checkpoints (view, definition) values ($1, $2)
on conflict (view, definition) do update
set position = 0, stopped_at = null, stopped_because = null, rows = 0, busy_us = 0, checked_at = null, drifted = null
"""

MISSING_TABLES = """
-- The tables among these that do not exist, by the catalog itself: `to_regclass` uses a cache of the session, which an advisory
-- lock does not refresh, so it would miss tables that another process created during the wait for the lock.
select name from unnest($1::text[]) as name
where name not in (select 'views."' || relname || '"' from pg_class where relnamespace = 'views'::regnamespace)
"""

STOP = """
-- Stop a view at an event ($3) that it cannot fold, if it is still at the position ($5) at which it was read.
update views.checkpoints set stopped_at = $3, stopped_because = $4
where view = $1 and definition = $2 and position = $5 and stopped_at is null returning view
"""

STOP_UNPREPARED = """
-- Stop a view whose table could not be created before its first event, unless another process has created the table. The view is
-- then reported as stopped; creating its table later restarts it.
insert into views.checkpoints (view, definition, stopped_at, stopped_because) select $1, $2, 0, $3
where not exists (select from pg_tables where format('%I."%s"', schemaname, tablename) = $4)
on conflict (view, definition) do update set stopped_at = 0, stopped_because = $3
"""

DIVERGED = "the log was restored to an earlier state, and does not hold what this view has folded: kring rebuild"

EMPTY = """
-- Go back to before the first event. The checkpoints of all views are locked before any row, and in the order in which the
-- projector locks them. This waits for a batch in progress; in the next one the projector finds that checkpoints have changed.
with held as (select view, definition from views.checkpoints where definition = any($1) order by view for update)
update views.checkpoints c
set position = 0, stopped_at = null, stopped_because = null, rows = 0, busy_us = 0, checked_at = null, drifted = null
from held where (c.view, c.definition) = (held.view, held.definition)
"""

log = structlog.get_logger(__name__)


class Lagging(Exception):
    """The views did not reach a position in time."""


class ViewStore:
    """Reads and writes the rows of `views`: all views of this program."""

    def __init__(self, pool: Pool, views: Collection[View[Any]]) -> None:
        self.pool, self.views = pool, {view.name: view for view in views}
        self.report_slots = asyncio.Semaphore(MAX_REPORTS_READ)

    # Reading

    async def one(self, view: View[Row], key: str) -> Row | None:
        """The row with this key."""
        found = await self.fetch(view.row, f"select * from {table(view)} where key = $1", key)
        return found[0] if found else None

    async def several(self, view: View[Row], keys: Collection[str]) -> list[Row]:
        """The rows with these keys, by key; those that do not exist are absent."""
        if not keys:
            return []
        return await self.fetch(
            view.row, f"select * from {table(view)} where key = any($1) order by key", sorted({*keys})
        )

    async def rows(self, shape: type[Row], query: ViewQuery, *args: object) -> list[Row]:
        """The rows of a query, as `shape`."""
        return await self.fetch(shape, query.sql(table), *args)

    async def fetch(self, shape: type[Row], sql: str, *args: object) -> list[Row]:
        """The rows of a statement, as `shape`."""
        found = await self.pool.fetch(f"select to_json(q)::text from ({sql}) q", *args)
        decode = row_decoder(shape).decode
        return [decode(one[0]) for one in found]

    async def wait(self, position: int, seconds: float) -> None:
        """Wait until every view that is not stopped has reached `position`. Raises `Lagging` after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while (lowest := await self._lowest()) is not None and lowest < position:  # noqa: ASYNC110  in another process
                    await asyncio.sleep(POLL_INTERVAL_S)
        except TimeoutError:
            raise Lagging from None

    async def checkpoint(self) -> int:
        """The position that every view that is not stopped has reached; 0 if all are stopped."""
        return await self._lowest() or 0

    async def _lowest(self) -> int | None:
        mine = [definition(view) for view in self.views.values()]
        return await self.pool.fetchval(LOWEST_CHECKPOINT, mine)

    # Writing

    async def prepare(self) -> None:
        """Create the tables and checkpoints of these definitions that do not exist yet.

        If a table cannot be created, its view is stopped; the others are prepared.
        """
        tables = {table(view): view for view in self.views.values()}
        for row in await self.pool.fetch(MISSING_TABLES, list(tables)):
            view = tables[row[0]]
            try:
                await self._make(view)
            except Exception as error:
                if not is_permanent(error):
                    raise
                because = f"its table cannot be created: {type(error).__name__}"
                log.error("view_not_prepared", view=view.name, because=because)  # noqa: TRY400  a traceback may hold values
                await self.pool.execute(STOP_UNPREPARED, view.name, definition(view), because, table(view))

    async def _make(self, view: View[Any]) -> None:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in columns_of(view.row).items())
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('kring/views'))")
            if not await connection.fetch(MISSING_TABLES, [table(view)]):
                return
            await connection.execute(f"create table {table(view)} (key text primary key, {columns})")
            await connection.execute(
                f"grant select on {table(view)} to pg_database_owner"
            )  # the role that makes backups
            await connection.execute(RESET_CHECKPOINT, view.name, definition(view))

    async def empty(self) -> None:
        """Empty all views at once, so that the projector fills them again from the first event."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local statement_timeout = '{EMPTY_TIMEOUT_S}s'")
            await connection.execute(EMPTY, [definition(view) for view in self.views.values()], timeout=EMPTY_TIMEOUT_S)
            for view in self.views.values():
                await connection.execute(f"delete from {table(view)}", timeout=EMPTY_TIMEOUT_S)

    @staticmethod
    async def load(connection: Queries, view: View[Row], keys: Sequence[str]) -> dict[str, Row]:
        """The rows with these keys, in the present transaction."""
        query = f"select key, to_json(t)::text from {table(view)} t where key = any($1)"
        decode = row_decoder(view.row).decode
        return {key: decode(row) for key, row in await connection.fetch(query, list(keys))}

    @staticmethod
    async def save(connection: Queries, view: View[Row], rows: Mapping[str, Row], gone: Sequence[str]) -> None:
        """Insert or replace rows by key, in one statement, and delete the rows of the keys in `gone`."""
        if rows:
            names = [f'"{name}"' for name in columns_of(view.row)]
            replaced = ", ".join(f"{name} = excluded.{name}" for name in names)
            await connection.execute(
                f"insert into {table(view)} (key, {', '.join(names)}) "
                f"select key, {', '.join(names)} from jsonb_populate_recordset(null::{table(view)}, $1::jsonb) "
                f"on conflict (key) do update set {replaced}",
                records_of(rows),
            )
        if gone:
            await connection.execute(f"delete from {table(view)} where key = any($1)", list(gone))


@cache
def definition(view: View[Any]) -> str:
    """Eight hexadecimal digits that change with the view's columns and with any of our code that its folds use."""
    columns = ", ".join(f"{name} {kind}" for name, kind in columns_of(view.row).items())
    return sha256(f"{view.name}\n{columns}\n".encode() + source_digest(sources_of(view))).hexdigest()[:8]


def sources_of(view: View[Any]) -> set[Symbol]:
    """The definitions from which the source of a view is followed: the view itself, and the function that runs its folds.

    For a view that is not a constant in the module of its row: all of that module, and of the modules of its folds.
    """
    module = view.row.__module__
    name = next((name for name, value in vars(sys.modules[module]).items() if value is view), None)
    if name is not None:
        return {Symbol(module, name), FOLD_FUNCTION}
    modules = {module, *(part.__module__ for on in view.takes.values() for part in on)}
    return {FOLD_FUNCTION, *(Symbol(one, EVERYTHING) for one in modules)}


def table(view: View[Any]) -> str:
    """The table of the view's present definition."""
    return f'views."{view.name}_{definition(view)}"'


@cache
def columns_of(row: type[Struct]) -> dict[str, str]:
    """The typed columns of a row struct, by name."""
    info = type_info(row)
    assert isinstance(info, StructType)
    return {field.encode_name: _column(field.type) for field in info.fields}


def _column(kind: Type) -> str:
    match kind:
        case UnionType(types=types):
            found = {_column(one) for one in types if type(one).__name__ != "NoneType"}
            return found.pop() if len(found) == 1 else "jsonb"
        case StrType() | LiteralType():
            return "text"
        case CustomType(cls=cls) if issubclass(cls, Sealed):
            return "text"
        case BoolType():
            return "boolean"
        case IntType():
            return "bigint"
        case DateTimeType():
            return "timestamptz"
        case DateType():
            return "date"
        case VarTupleType(item_type=StrType()):
            return "text[]"
        case _:
            return "jsonb"


@cache
def row_decoder(shape: type[Row]) -> msgspec.json.Decoder[Row]:
    """Decodes the JSON of a row; sealed texts hold their digests."""
    return msgspec.json.Decoder(shape, dec_hook=sealed_from_digest)


def records_of(rows: Mapping[str, Struct]) -> str:
    """Rows by key as the JSON that `jsonb_populate_recordset` takes for a view's table."""
    return msgspec.json.encode([{"key": key, **_builtins(row)} for key, row in rows.items()]).decode()


def _builtins(row: Struct) -> dict[str, Any]:
    return msgspec.to_builtins(row, enc_hook=lambda text: text.digest)
