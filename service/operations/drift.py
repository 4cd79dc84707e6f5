"""Whether views tell what the log tells: some of their rows are folded anew and compared. It mends nothing."""

import random
from collections.abc import AsyncIterator, Collection
from typing import Any

import structlog
from msgspec import Struct, structs

from domain.foundation import Selector
from projections.view import View, keys_of
from service.kring import Kring
from service.store.failures import is_of_one_thing
from service.store.views.progress import note_check
from service.store.views.skipping import skipped_by_view
from service.store.views.view_store import CHECKPOINT, definition, table

SAMPLE = 20  # rows of each view, and as many events that it takes

log = structlog.get_logger(__name__)


class Drift(Struct, frozen=True):
    """A row that is not what the log tells, and in which fields; `fields` empty: it is missing, or should not be there."""

    view: str
    key: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        """In words, without what the fields hold."""
        if self.fields:
            return f"{self.view} {self.key}: {', '.join(self.fields)} not as the log tells"
        return f"{self.view} {self.key}: there and not in the log, or the other way round"


class Compared(Struct, frozen=True):
    """How many rows of a view were folded anew, and which differ. `failed`: why the view could not be compared."""

    view: str
    rows: int
    drifts: tuple[Drift, ...]
    failed: str | None = None


async def look_for_drift(kring: Kring, sample: int = SAMPLE) -> AsyncIterator[Compared]:
    """Compare a sample of each view with the log, as far as the view has come. What differs is logged, and kept for metrics.

    What a view skips is left out. A view that cannot be compared is logged, and the others are.
    """
    for view in kring.views.views.values():
        try:
            found = await _compared(kring, view, sample)
        except Exception as error:
            if not is_of_one_thing(error):
                raise
            log.error("view_not_compared", view=view.name, because=type(error).__name__)  # noqa: TRY400  values
            yield Compared(view.name, 0, (), type(error).__name__)
            continue
        for one in found.drifts:
            log.error("view_drifted", view=one.view, key=one.key, fields=list(one.fields))
        await note_check(kring.views, view, len(found.drifts))
        yield found


async def _compared(kring: Kring, view: View[Any], sample: int) -> Compared:
    skipped = await skipped_by_view(kring.log.pool, view)
    told = await _keys_told(kring, view, sample, skipped)
    position, live = await _live(kring, view, told, sample)
    keys = sorted(told | live.keys())
    drifts = [await _drift(kring, view, key, live.get(key), position, skipped) for key in keys]
    return Compared(view.name, len(keys), tuple(one for one in drifts if one is not None))


async def _drift(
    kring: Kring, view: View[Any], key: str, live: Struct | None, position: int, skipped: Collection[int]
) -> Drift | None:
    """How a row differs from what the events under its tags tell, but those that the view skips."""
    folded = await kring.commands.row(view, key, until=position, without=skipped)
    if live == folded:
        return None
    if live is None or folded is None:
        return Drift(view.name, key, ())
    names = live.__struct_encode_fields__
    values = zip(structs.astuple(live), structs.astuple(folded), strict=True)
    return Drift(view.name, key, tuple(name for name, (one, other) in zip(names, values, strict=True) if one != other))


async def _live(kring: Kring, view: View[Any], told: Collection[str], sample: int) -> tuple[int, dict[str, Any]]:
    """Some rows by key, and those of the keys `told`; and the position as of which they all stand."""
    some = f"select key from {table(view)} order by random() limit $1"
    async with kring.log.pool.acquire() as connection, connection.transaction():
        await connection.execute("set transaction isolation level repeatable read")
        position = await connection.fetchval(CHECKPOINT, view.name, definition(view))
        keys = {row[0] for row in await connection.fetch(some, sample)}
        return position, await kring.views.load(connection, view, sorted(keys.union(told)))


async def _keys_told(kring: Kring, view: View[Any], sample: int, skipped: Collection[int]) -> set[str]:
    """Keys that some events touch which the view has taken: a row that is missing is found by these alone."""
    taken = await kring.log.pool.fetchval(CHECKPOINT, view.name, definition(view))
    query = kring.commands.mapper.query([Selector(types=list(view.takes), tags=[])])
    after = random.randrange(max(1, taken))  # noqa: S311  a sample, not a secret
    found, _ = await kring.log.read(query, after=after, until=taken, limit=sample)
    before, _ = await kring.log.read(query, until=after, limit=sample - len(found)) if len(found) < sample else ([], 0)
    keys = keys_of(view, [kring.commands.mapper.told(one) for one in (*found, *before) if one.position not in skipped])
    return set(random.sample(sorted(keys), min(sample, len(keys))))
