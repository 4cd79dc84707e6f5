"""Detects drift: compares a sample of the rows of each view with the log. It repairs nothing."""

import random
from collections.abc import AsyncIterator, Collection
from typing import Any

import structlog
from msgspec import Struct, structs

from domain.foundation import Selector
from projections.view import View, keys_of
from service.kring import Kring
from service.store.failures import is_permanent
from service.store.views.progress import record_check
from service.store.views.skipping import skipped_by_view
from service.store.views.view_store import CHECKPOINT, definition, table

SAMPLE_SIZE = 20  # rows per view, and events that it folds

log = structlog.get_logger(__name__)


class Drift(Struct, frozen=True):
    """A row that differs from the log. `fields`: those that differ; empty if the row is missing or should not exist."""

    view: str
    key: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        """The row and the names of the fields, without their values."""
        if self.fields:
            return f"{self.view} {self.key} differs from the log: {', '.join(self.fields)}"
        return f"{self.view} {self.key} is missing, or is not in the log"


class Compared(Struct, frozen=True):
    """The result for a view. `rows`: how many were compared; `failed`: the error if the view could not be compared."""

    view: str
    rows: int
    drifts: tuple[Drift, ...]
    failed: str | None = None


async def look_for_drift(kring: Kring, sample: int = SAMPLE_SIZE) -> AsyncIterator[Compared]:
    """Compare a sample of each view with the log, up to the view's checkpoint. Differences are logged and counted for metrics.

    Events that a view skips do not count. A view that cannot be compared is logged, and the next one follows.
    """
    for view in kring.views.views.values():
        try:
            found = await _compared(kring, view, sample)
        except Exception as error:
            if not is_permanent(error):
                raise
            log.error("view_not_compared", view=view.name, because=type(error).__name__)  # noqa: TRY400  a traceback could show values
            yield Compared(view.name, 0, (), type(error).__name__)
            continue
        for one in found.drifts:
            log.error("view_drifted", view=one.view, key=one.key, fields=list(one.fields))
        await record_check(kring.views, view, len(found.drifts))
        yield found


async def _compared(kring: Kring, view: View[Any], sample: int) -> Compared:
    skipped = await skipped_by_view(kring.log.pool, view)
    expected = await _keys_in_log(kring, view, sample, skipped)
    position, live = await _rows_in_view(kring, view, expected, sample)
    keys = sorted(expected | live.keys())
    drifts = [await _drift(kring, view, key, live.get(key), position, skipped) for key in keys]
    return Compared(view.name, len(keys), tuple(one for one in drifts if one is not None))


async def _drift(
    kring: Kring, view: View[Any], key: str, live: Struct | None, position: int, skipped: Collection[int]
) -> Drift | None:
    """The difference between a row and the fold of its events, without those that the view skips."""
    folded = await kring.commands.row(view, key, until=position, without=skipped)
    if live == folded:
        return None
    if live is None or folded is None:
        return Drift(view.name, key, ())
    names = live.__struct_encode_fields__
    values = zip(structs.astuple(live), structs.astuple(folded), strict=True)
    return Drift(view.name, key, tuple(name for name, (one, other) in zip(names, values, strict=True) if one != other))


async def _rows_in_view(
    kring: Kring, view: View[Any], expected: Collection[str], sample: int
) -> tuple[int, dict[str, Any]]:
    """The view's checkpoint; and, as of it, a sample of rows by key and the rows of the keys in `expected`."""
    some = f"select key from {table(view)} order by random() limit $1"
    async with kring.log.pool.acquire() as connection, connection.transaction():
        await connection.execute("set transaction isolation level repeatable read")
        position = await connection.fetchval(CHECKPOINT, view.name, definition(view))
        keys = {row[0] for row in await connection.fetch(some, sample)}
        return position, await kring.views.load(connection, view, sorted(keys.union(expected)))


async def _keys_in_log(kring: Kring, view: View[Any], sample: int, skipped: Collection[int]) -> set[str]:
    """Keys of rows that a sample of the view's events changes; only these reveal a missing row."""
    taken = await kring.log.pool.fetchval(CHECKPOINT, view.name, definition(view))
    query = kring.commands.mapper.query([Selector(types=list(view.takes), tags=[])])
    after = random.randrange(max(1, taken))  # noqa: S311  a sample, not a secret
    found, _ = await kring.log.read(query, after=after, until=taken, limit=sample)
    before, _ = await kring.log.read(query, until=after, limit=sample - len(found)) if len(found) < sample else ([], 0)
    keys = keys_of(
        view,
        [kring.commands.mapper.decode_with_metadata(one) for one in (*found, *before) if one.position not in skipped],
    )
    return set(random.sample(sorted(keys), min(sample, len(keys))))
