"""The projector: folds events into the views' rows, in order, each batch in one transaction with its checkpoints (exactly once).

One process is active at a time (`leadership`). A view that cannot fold an event, or whose table cannot be read or written, stops
at that event until an operator decides; the others continue.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from time import perf_counter_ns
from typing import Any, NamedTuple, TypeVar

import structlog

from domain.foundation import Event
from projections.event_types import by_topic
from projections.view import CannotFold, EventMetadata, View, fold_events, keys_of
from service.kring import Kring
from service.store.database import Connection
from service.store.failures import is_permanent
from service.store.heartbeats import PROJECTOR
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import RecordedEvent
from service.store.views.reporting import publish
from service.store.views.view_store import DIVERGED, STOP, ViewStore, definition
from workers.batches import next_batches
from workers.leadership import Beat, LostLeadership, lead, no_beat, raised_at

BATCH_SIZE = 4000  # events; larger batches hardly save more repeated changes of the same rows
POLL_INTERVAL_S = 1.0
PUBLISH_RETRY_S = 60.0  # before trying again to publish the reports

CHECKPOINTS = """
-- The checkpoint of each view that has not stopped, by its definition; whether the log still holds the event there; and the
-- later events that the view skips.
select c.definition, c.position, in_log(c.position, c.mark), array(
  select s.position from skipped_events s
  where s.view = c.view and s.definition = c.definition and s.position > c.position and in_log(s.position, s.mark)
)
from views.checkpoints c where c.definition = any($1) and c.stopped_at is null
"""

HOLD = """
-- Lock the checkpoints of these definitions, if they are still at this position. They are locked before any row and ordered by
-- view, as when views are emptied, to prevent deadlocks. The commit does not wait for the disk: a crash loses rows together
-- with their checkpoints, and they are folded again.
select count(*), set_config('synchronous_commit', 'off', true) from (
  select from views.checkpoints where definition = any($1) and position = $2 order by view for update
) held
"""

ADVANCE = """
-- Move the checkpoints of these definitions, and add the rows written and the time spent.
update views.checkpoints c set position = $2, rows = c.rows + done.rows, busy_us = c.busy_us + done.busy_us
from unnest($1::text[], $3::bigint[], $4::bigint[]) as done (definition, rows, busy_us)
where c.definition = done.definition
"""

Decoded = tuple[Event, EventMetadata]
ByType = Mapping[type[Event], Sequence[Decoded]]
Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class RunningView(NamedTuple):
    """A view that has not stopped, its checkpoint, and the later positions that it skips."""

    view: View[Any]
    position: int
    skipped: frozenset[int]


class FoldCost(NamedTuple):
    """The rows that a batch wrote or deleted in a view, and the time spent."""

    rows: int
    microseconds: int


class CannotWrite(Exception):
    """Rows could not be written to a view's table. Names the view and the class of the error, not its message."""

    def __init__(self, view: str, error: Exception) -> None:
        super().__init__(f"{view} cannot be written: {type(error).__name__}")
        self.view, self.because = view, type(error).__name__


async def project(kring: Kring) -> None:
    """Project for ever, as the active projector or on standby."""
    await lead(kring, PROJECTOR, partial(_follow, kring))


async def _follow(kring: Kring, connection: Connection, beat: Beat) -> None:
    """Project every view on one connection, whose session holds the lock.

    The reports are switched to the views' tables once these have caught up, so that reports never show incomplete tables.
    """
    clock, publish_at = asyncio.get_running_loop().time, 0.0
    while True:
        await beat()
        position = await step(kring, connection, beat)
        if position is None:
            continue
        if clock() >= publish_at:
            publish_at = inf if await publish(connection) else clock() + PUBLISH_RETRY_S
        await kring.log.wait_beyond(position, POLL_INTERVAL_S)


async def step(kring: Kring, connection: Connection, beat: Beat = no_beat) -> int | None:
    """Project one batch for the views that are furthest ahead, and one for those that are furthest behind.

    This way, views that are catching up do not delay others. Returns the head if all views have reached it, otherwise None.
    """
    views = {definition(view): view for view in kring.views.views.values()}
    found = await connection.fetch(CHECKPOINTS, list(views))
    if ahead := [(views[row[0]], row[1]) for row in found if not row[2]]:
        await _stop_ahead_of_log(connection, ahead)
        return None
    running = [RunningView(views[row[0]], row[1], frozenset(row[3])) for row in found]
    positions = {one.position for one in running}
    if not positions:
        return await kring.log.head()
    done, head = True, 0
    async for start, batch, log_head in next_batches(kring.log, positions, BATCH_SIZE):
        head = log_head
        if batch:
            done = False
            await _project(kring, connection, [one for one in running if one.position == start], batch, beat)
    return head if done else None


async def _stop_ahead_of_log(connection: Connection, ahead: Sequence[tuple[View[Any], int]]) -> None:
    """Stop views that have folded events which the log no longer holds, since their rows are wrong."""
    for view, position in ahead:
        if await connection.fetchval(STOP, view.name, definition(view), position, DIVERGED, position):
            log.error("view_ahead_of_log", view=view.name, position=position)


async def _project(
    kring: Kring,
    connection: Connection,
    running: Sequence[RunningView],
    batch: Sequence[RecordedEvent],
    beat: Beat = no_beat,
) -> None:
    """Fold a batch into these views, whose checkpoints are just before it, in one transaction. Raises `LostLeadership`.

    If a view fails, each view is tried alone. If its table fails, the batch is halved until the event that causes this is known.
    The view then folds the events before it and stops there.
    """
    decoded, unreadable = _decode(kring.commands.mapper, batch)
    start, definitions = running[0].position, [definition(one.view) for one in running]
    try:
        async with connection.transaction():
            if await connection.fetchval(HOLD, definitions, start) != len(definitions):
                raise LostLeadership
            costs = list[FoldCost]()
            for one in running:
                costs.append(await fold_batch(connection, kring.views, one, decoded, unreadable))
                await beat()
            rows, busy = [one.rows for one in costs], [one.microseconds for one in costs]
            await connection.execute(ADVANCE, definitions, batch[-1].position, rows, busy)
    except (CannotFold, CannotWrite) as error:
        if len(running) > 1:
            for one in running:
                await _project(kring, connection, [one], batch, beat)
        elif isinstance(error, CannotWrite) and len(batch) > 1:
            await _project(kring, connection, running, batch[: len(batch) // 2], beat)
        else:
            await _stop(kring, connection, running[0], batch, error)
        return
    for one in unreadable.values():
        log.error("event_unreadable", position=one.position, type=one.topic, because=one.because)


async def _stop(
    kring: Kring,
    connection: Connection,
    running: RunningView,
    batch: Sequence[RecordedEvent],
    error: CannotFold | CannotWrite,
) -> None:
    """Project a view up to the event that it cannot fold, and stop it there."""
    at = error.position if isinstance(error, CannotFold) else batch[0].position
    if before := [one for one in batch if one.position < at]:
        await _project(kring, connection, [running], before)
    if await connection.fetchval(STOP, error.view, definition(running.view), at, error.because, at - 1):
        log.error(
            "view_stopped", view=error.view, position=at, because=error.because, at=raised_at(error.__cause__ or error)
        )


def _decode(
    mapper: Mapper, batch: Iterable[RecordedEvent]
) -> tuple[dict[type[Event], list[Decoded]], dict[int, CannotDecode]]:
    """The events of a batch by type, each type in order; and the errors of unreadable events, by position."""
    decoded, unreadable = list[Decoded](), dict[int, CannotDecode]()
    for one in batch:
        try:
            decoded.append(mapper.decode_with_metadata(one))
        except CannotDecode as error:
            unreadable[one.position] = error
    return _by_type(decoded), unreadable


def _by_type(decoded: Iterable[Decoded]) -> dict[type[Event], list[Decoded]]:
    """Events by type, each type in order, so that a view looks only at events that it folds."""
    found: dict[type[Event], list[Decoded]] = {}
    for one in decoded:
        found.setdefault(type(one[0]), []).append(one)
    return found


def _events_for(running: RunningView, decoded: ByType, unreadable: Mapping[int, CannotDecode]) -> Sequence[Decoded]:
    """The events that the view folds, in order. Raises `CannotFold` if one of them is unreadable."""
    view = running.view
    for one in unreadable.values():
        if by_topic().get(one.topic) in view.takes and one.position not in running.skipped:
            raise CannotFold(view.name, one.position, one.because)
    types = [decoded[type_] for type_ in view.takes if type_ in decoded]
    found = types[0] if len(types) == 1 else sorted((one for events in types for one in events), key=_position)
    return [one for one in found if _position(one) not in running.skipped] if running.skipped else found


def _position(one: Decoded) -> int:
    return one[1].position


async def fold_batch(
    connection: Connection,
    store: ViewStore,
    running: RunningView,
    decoded: ByType,
    unreadable: Mapping[int, CannotDecode],
) -> FoldCost:
    """Fold events into a view. Raises `CannotFold`, `CannotWrite`."""
    started, view = perf_counter_ns(), running.view
    events = _events_for(running, decoded, unreadable)
    keys = keys_of(view, events)
    if not keys:
        return FoldCost(0, 0)
    before = await _or_cannot_write(view, store.load(connection, view, sorted(keys)))
    after = fold_events(view, events, before)
    changed = {key: row for key, row in after.items() if before.get(key) is not row}
    deleted = sorted(before.keys() - after.keys())
    await _or_cannot_write(view, store.save(connection, view, changed, deleted))
    return FoldCost(len(changed) + len(deleted), (perf_counter_ns() - started) // 1000)


async def _or_cannot_write(view: View[Any], query: Awaitable[Result]) -> Result:
    """Await a query of a view's table. Raises `CannotWrite` if the failure concerns that table only."""
    try:
        return await query
    except Exception as error:
        if is_permanent(error):
            raise CannotWrite(view.name, error) from error
        raise
