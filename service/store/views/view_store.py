"""The tables of views: made from their row structs, filled by the projector, read by the edge.

A table belongs to a view *and its definition*, so a new definition fills its own beside the live one. In a query, the table of
this definition takes the place of each view's placeholder.
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
from projections.view import View, replay
from service.store.database import Pool, Queries
from service.store.failures import is_permanent
from service.store.log.mapper import sealed_from_digest
from service.store.views.definitions import EVERYTHING, Symbol, source_digest

Row = TypeVar("Row", bound=Struct)

POLL_INTERVAL_S = 0.01  # seconds between two looks at a checkpoint
MAX_REPORTS_READ = 2
"""Reports that one process reads at the same time: each holds one of its few connections."""
EMPTY_TIMEOUT_S = 600  # for a statement that empties a view
REPLAY = Symbol(replay.__module__, replay.__name__)

CHECKPOINT = "select position from views.checkpoints where view = $1 and definition = $2"

LOWEST = "select min(position) from views.checkpoints where definition = any($1) and stopped_at is null"

BEGIN = """
-- A new table starts at the first fact, also where a checkpoint of this definition came back without its table.
insert into views.checkpoints (view, definition) values ($1, $2)
on conflict (view, definition) do update
set position = 0, stopped_at = null, stopped_because = null, rows = 0, busy_us = 0, checked_at = null, drifted = null
"""

MISSING = """
-- The tables among these that do not exist. Read from the catalog itself: `to_regclass` answers from a cache of the session, and
-- waiting for an advisory lock does not refresh that, so it still missed what another process had made during the wait.
select name from unnest($1::text[]) as name
where name not in (select 'views."' || relname || '"' from pg_class where relnamespace = 'views'::regnamespace)
"""

STOP = """
-- Stop a view at an event ($3) that it cannot take, if it still stands where it was read ($5).
update views.checkpoints set stopped_at = $3, stopped_because = $4
where view = $1 and definition = $2 and position = $5 and stopped_at is null returning view
"""

NOT_PREPARED = """
-- A view whose table could not be made is stopped before its first event, so that it is seen; making the table clears that.
-- Unless another process has made it.
insert into views.checkpoints (view, definition, stopped_at, stopped_because) select $1, $2, 0, $3
where not exists (select from pg_tables where format('%I."%s"', schemaname, tablename) = $4)
on conflict (view, definition) do update set stopped_at = 0, stopped_because = $3
"""

ASTRAY = "the log was restored to an earlier state, and does not hold what this view has folded: kring rebuild"

EMPTY = """
-- Back to before the first fact. The checkpoints of all before any row, and in this order, as the projector holds them: it is
-- waited for in the middle of a batch, and finds its place lost in the next.
with held as (select view, definition from views.checkpoints where definition = any($1) order by view for update)
update views.checkpoints c
set position = 0, stopped_at = null, stopped_because = null, rows = 0, busy_us = 0, checked_at = null, drifted = null
from held where (c.view, c.definition) = (held.view, held.definition)
"""

log = structlog.get_logger(__name__)


class Lagging(Exception):
    """The views did not come as far as asked within the time."""


class ViewStore:
    """Reads and writes rows of `views`, which are all that there are."""

    def __init__(self, pool: Pool, views: Collection[View[Any]]) -> None:
        self.pool, self.views = pool, {view.name: view for view in views}
        self.report_slots = asyncio.Semaphore(MAX_REPORTS_READ)

    # Reading

    async def one(self, view: View[Row], key: str) -> Row | None:
        """The row of this key."""
        found = await self.fetch(view.row, f"select * from {table(view)} where key = $1", key)
        return found[0] if found else None

    async def rows(self, shape: type[Row], query: ViewQuery, *args: object) -> list[Row]:
        """The rows of a query, as `shape`."""
        return await self.fetch(shape, query.sql(table), *args)

    async def fetch(self, shape: type[Row], sql: str, *args: object) -> list[Row]:
        """The rows of a statement, as `shape`."""
        found = await self.pool.fetch(f"select to_json(q)::text from ({sql}) q", *args)
        decode = row_decoder(shape).decode
        return [decode(one[0]) for one in found]

    async def wait(self, position: int, seconds: float) -> None:
        """Wait until every running view has come to `position`: nobody waits for a stopped one. Raises `Lagging`."""
        try:
            async with asyncio.timeout(seconds):
                while (lowest := await self._lowest()) is not None and lowest < position:  # noqa: ASYNC110  in another process
                    await asyncio.sleep(POLL_INTERVAL_S)
        except TimeoutError:
            raise Lagging from None

    async def behind(self) -> int:
        """The position to which every running view has come; 0 where none runs."""
        return await self._lowest() or 0

    async def _lowest(self) -> int | None:
        mine = [definition(view) for view in self.views.values()]
        return await self.pool.fetchval(LOWEST, mine)

    # Writing

    async def prepare(self) -> None:
        """Make the tables and checkpoints of these definitions where they are not there yet.

        A view whose table cannot be made is stopped; the others are prepared.
        """
        tables = {table(view): view for view in self.views.values()}
        for row in await self.pool.fetch(MISSING, list(tables)):
            view = tables[row[0]]
            try:
                await self._make(view)
            except Exception as error:
                if not is_permanent(error):
                    raise
                because = f"its table cannot be made: {type(error).__name__}"
                log.error("view_not_prepared", view=view.name, because=because)  # noqa: TRY400  a traceback may hold values
                await self.pool.execute(NOT_PREPARED, view.name, definition(view), because, table(view))

    async def _make(self, view: View[Any]) -> None:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in columns_of(view.row).items())
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('kring/views'))")
            if not await connection.fetch(MISSING, [table(view)]):
                return
            await connection.execute(f"create table {table(view)} (key text primary key, {columns})")
            await connection.execute(f"grant select on {table(view)} to pg_database_owner")  # who makes the backups
            await connection.execute(BEGIN, view.name, definition(view))

    async def empty(self) -> None:
        """Let every view begin again at the first event; the projector fills them. None is ever seen half emptied."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local statement_timeout = '{EMPTY_TIMEOUT_S}s'")
            await connection.execute(EMPTY, [definition(view) for view in self.views.values()], timeout=EMPTY_TIMEOUT_S)
            for view in self.views.values():
                await connection.execute(f"delete from {table(view)}", timeout=EMPTY_TIMEOUT_S)

    @staticmethod
    async def load(connection: Queries, view: View[Row], keys: Sequence[str]) -> dict[str, Row]:
        """The rows of these keys, as they stand in this transaction."""
        query = f"select key, to_json(t)::text from {table(view)} t where key = any($1)"
        decode = row_decoder(view.row).decode
        return {key: decode(row) for key, row in await connection.fetch(query, list(keys))}

    @staticmethod
    async def save(connection: Queries, view: View[Row], rows: Mapping[str, Row], gone: Sequence[str]) -> None:
        """Write rows by key in one statement, and take away those that are gone."""
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
    """Eight hexadecimal digits that change when the view's columns do, or any of our code that its folds reach."""
    columns = ", ".join(f"{name} {kind}" for name, kind in columns_of(view.row).items())
    return sha256(f"{view.name}\n{columns}\n".encode() + source_digest(sources_of(view))).hexdigest()[:8]


def sources_of(view: View[Any]) -> set[Symbol]:
    """Where the source of a view begins: the statement that makes it, and the replay that runs its folds.

    A view that is not a constant of its row's module begins with all of that module and of those of its folds.
    """
    module = view.row.__module__
    name = next((name for name, value in vars(sys.modules[module]).items() if value is view), None)
    if name is not None:
        return {Symbol(module, name), REPLAY}
    modules = {module, *(part.__module__ for on in view.takes.values() for part in on)}
    return {REPLAY, *(Symbol(one, EVERYTHING) for one in modules)}


def table(view: View[Any]) -> str:
    """The table of this view as it is defined now."""
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
