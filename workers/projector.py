"""The projector: facts into rows, in order, every batch in one transaction with its checkpoints (exactly once).

One is active at a time, by a session lock; others stand by and take over when its session ends.
"""

import asyncio
from collections.abc import Iterable, Sequence
from math import inf
from time import perf_counter_ns
from typing import Any, NamedTuple

import structlog

from domain.foundation import Fact
from projections.view import CannotFold, Moment, View, replay
from service.kring import Kring
from service.store.database import BROKEN, Connection
from service.store.reporting import publish
from service.store.types import Recorded
from service.store.views import ASTRAY, STOP, ViewStore, definition

BATCH = 4000  # facts; beyond, rows that a batch changes again and again are hardly fewer
STAND_BY = 1.0  # seconds between two tries for the lock
POLL = 1.0  # seconds to wait for a fact before looking again
PUBLISH_AGAIN = 60.0  # seconds before trying again to publish the reports

TRY_LOCK = "select pg_try_advisory_lock(hashtext('kring/projector'))"

CHECKPOINTS = """
-- How far each running view has come, by its definition, and whether the log still holds what it has folded last; a stopped
-- one waits for somebody.
select definition, position, in_log(position, mark) from views.checkpoints
where definition = any($1) and stopped_at is null
"""

HOLD = """
-- Keep the checkpoints of these definitions to the end of the transaction, where they still are as they were read. Before any
-- row, and in this order: whoever empties views does so too, and neither waits for the other in a circle. The commit does not
-- wait for the disk: what a crash takes of rows it takes of their checkpoints too, and the log tells it again.
select count(*), set_config('synchronous_commit', 'off', true) from (
  select from views.checkpoints where definition = any($1) and position = $2 order by view for update
) held
"""

ADVANCE = """
-- Move the checkpoints of these definitions; and add how many rows that took, how long.
update views.checkpoints c set position = $2, rows = c.rows + done.rows, busy_us = c.busy_us + done.busy_us
from unnest($1::text[], $3::bigint[], $4::bigint[]) as done (definition, rows, busy_us)
where c.definition = done.definition
"""

Told = tuple[Fact, Moment]
ByKind = dict[type[Fact], list[Told]]

log = structlog.get_logger(__name__)


class LostPlace(Exception):
    """Somebody else moved a checkpoint: this projector is not the active one any more."""


async def project(kring: Kring) -> None:
    """Project for ever: as the active projector when the lock is free, standing by until then."""
    while True:
        try:
            async with kring.log.pool.acquire() as connection:
                try:
                    if await connection.fetchval(TRY_LOCK):
                        await _follow(kring, connection)
                except (*BROKEN, LostPlace):
                    connection.terminate()
                    raise
        except (*BROKEN, LostPlace) as error:  # no connection to be had is one of them
            log.warning("projector_lost_its_place", error=type(error).__name__)
        await asyncio.sleep(STAND_BY)


async def _follow(kring: Kring, connection: Connection) -> None:
    """Keep every view up with the log on one connection, whose session holds the lock.

    Once it has caught up, the reports are those of its views: new tables are not shown half filled.
    """
    clock, publish_at = asyncio.get_running_loop().time, 0.0
    while True:
        position = await step(kring, connection)
        if position is None:
            continue
        if clock() >= publish_at:
            publish_at = inf if await publish(connection, kring.views) else clock() + PUBLISH_AGAIN
        await kring.log.wait_beyond(position, POLL)


async def step(kring: Kring, connection: Connection) -> int | None:
    """Take the views that are furthest behind one batch further; the head they reached, or None if there is more to do."""
    views = {definition(view): view for view in kring.views.views.values()}
    found = await connection.fetch(CHECKPOINTS, list(views))
    if astray := [(views[row[0]], row[1]) for row in found if not row[2]]:
        await _stop(connection, astray)
        return None
    at = {row[0]: row[1] for row in found}
    if not at:
        return await kring.log.head()
    lowest = min(at.values())
    next_stop = min((position for position in at.values() if position > lowest), default=None)
    batch, head = await kring.log.read(after=lowest, until=next_stop, limit=BATCH)
    if not batch:
        return head
    behind = [views[one] for one, position in at.items() if position == lowest]
    await _project(kring, connection, behind, batch, lowest)
    return None


async def _stop(connection: Connection, astray: Sequence[tuple[View[Any], int]]) -> None:
    """Stop the views that have folded facts which the log does not hold any more: what they tell is not so."""
    for view, position in astray:
        log.error("view_astray", view=view.name, position=position)
        await connection.execute(STOP, view.name, definition(view), position, ASTRAY)


async def _project(
    kring: Kring, connection: Connection, views: Sequence[View[Any]], batch: Sequence[Recorded], start: int
) -> None:
    """Fold a batch into these views, all in one transaction. A view that cannot take a fact is stopped, on its own."""
    told = by_kind(kring.desk.mapper.told(one) for one in batch)
    try:
        async with connection.transaction():
            mine = [definition(view) for view in views]
            if await connection.fetchval(HOLD, mine, start) != len(mine):
                raise LostPlace
            spent = [await _fold(connection, kring.views, view, told) for view in views]
            rows, busy = [one.rows for one in spent], [one.microseconds for one in spent]
            await connection.execute(ADVANCE, mine, batch[-1].position, rows, busy)
    except CannotFold as stop:
        if len(views) > 1:
            for view in views:
                await _project(kring, connection, [view], batch, start)
            return
        log.error(  # noqa: TRY400  a traceback may hold values
            "view_stopped", view=views[0].name, position=stop.position, because=stop.because
        )
        await connection.execute(STOP, views[0].name, definition(views[0]), stop.position, stop.because)


class Spent(NamedTuple):
    """What a batch took for a view: rows written or taken away, and time."""

    rows: int
    microseconds: int


def by_kind(told: Iterable[Told]) -> ByKind:
    """Facts by their kind, each kind in order: a view looks at those that it takes, not at all of them."""
    found: ByKind = {}
    for one in told:
        found.setdefault(type(one[0]), []).append(one)
    return found


def _taken(view: View[Any], told: ByKind) -> list[Told]:
    """What the view takes, in order."""
    kinds = [told[kind] for kind in view.takes if kind in told]
    return kinds[0] if len(kinds) == 1 else sorted((one for kind in kinds for one in kind), key=_position)


def _position(one: Told) -> int:
    return one[1].position


async def _fold(connection: Connection, store: ViewStore, view: View[Any], told: ByKind) -> Spent:
    began = perf_counter_ns()
    taken = _taken(view, told)
    keys = {key for fact, _ in taken for key in view.takes[type(fact)].keys(fact)}
    if not keys:
        return Spent(0, 0)
    before = await store.load(connection, view, sorted(keys))
    after = replay(view, taken, before)
    changed = {key: row for key, row in after.items() if before.get(key) is not row}
    gone = sorted(before.keys() - after.keys())
    await store.save(connection, view, changed, gone)
    return Spent(len(changed) + len(gone), (perf_counter_ns() - began) // 1000)
