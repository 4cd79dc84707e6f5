"""The projector: events into rows, in order, every batch in one transaction with its checkpoints (exactly once).

One is active at a time (`leadership`). A view that cannot take an event, or whose table cannot be read or written, stops at
that event and waits for somebody; the others go on.
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
from projections.view import CannotFold, EventMetadata, View, keys_of, replay
from service.kring import Kring
from service.store.database import Connection
from service.store.failures import is_of_one_thing
from service.store.heartbeats import PROJECTOR
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import Recorded
from service.store.views.reporting import publish
from service.store.views.view_store import ASTRAY, STOP, ViewStore, definition
from workers.leadership import Beat, LostPlace, lead, no_beat

BATCH = 4000  # events; beyond, rows that a batch changes again and again are hardly fewer
POLL = 1.0  # seconds to wait for an event before looking again
PUBLISH_AGAIN = 60.0  # seconds before trying again to publish the reports

CHECKPOINTS = """
-- How far each running view has come, by its definition; whether the log still holds what it has folded last; and the events
-- that it leaves out. A stopped one waits for somebody.
select c.definition, c.position, in_log(c.position, c.mark), array(
  select s.position from skipped_events s
  where s.view = c.view and s.definition = c.definition and s.position > c.position and in_log(s.position, s.mark)
)
from views.checkpoints c where c.definition = any($1) and c.stopped_at is null
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

Told = tuple[Event, EventMetadata]
ByKind = Mapping[type[Event], Sequence[Told]]
Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class Place(NamedTuple):
    """A running view at its checkpoint, and the positions after it that it skips."""

    view: View[Any]
    position: int
    skipped: frozenset[int]


class Spent(NamedTuple):
    """What a batch took for a view: rows written or taken away, and time."""

    rows: int
    microseconds: int


class CannotWrite(Exception):
    """The table of a view did not take what was folded: which view, and the kind of error, without its content."""

    def __init__(self, view: str, error: Exception) -> None:
        super().__init__(f"{view} cannot be written: {type(error).__name__}")
        self.view, self.because = view, type(error).__name__


async def project(kring: Kring) -> None:
    """Project for ever: as the active projector when the lock is free, standing by until then."""
    await lead(kring, PROJECTOR, partial(_follow, kring))


async def _follow(kring: Kring, connection: Connection, beat: Beat) -> None:
    """Keep every view up with the log on one connection, whose session holds the lock.

    Once it has caught up, the reports are those of its views: new tables are not shown half filled.
    """
    clock, publish_at = asyncio.get_running_loop().time, 0.0
    while True:
        await beat()
        position = await step(kring, connection, beat)
        if position is None:
            continue
        if clock() >= publish_at:
            publish_at = inf if await publish(connection) else clock() + PUBLISH_AGAIN
        await kring.log.wait_beyond(position, POLL)


async def step(kring: Kring, connection: Connection, beat: Beat = no_beat) -> int | None:
    """Take a batch further those views that keep up best, and those that are furthest behind.

    So views that catch up hold up no others. Returns the head that all have reached, or None if there is more to do.
    """
    views = {definition(view): view for view in kring.views.views.values()}
    found = await connection.fetch(CHECKPOINTS, list(views))
    if astray := [(views[row[0]], row[1]) for row in found if not row[2]]:
        await _stop_astray(connection, astray)
        return None
    places = [Place(views[row[0]], row[1], frozenset(row[3])) for row in found]
    positions = {one.position for one in places}
    if not positions:
        return await kring.log.head()
    done, head = True, 0
    for start in sorted({min(positions), max(positions)}, reverse=True):
        until = min((one for one in positions if one > start), default=None)
        batch, head = await kring.log.read(after=start, until=until, limit=BATCH)
        if batch:
            done = False
            await _project(kring, connection, [one for one in places if one.position == start], batch, beat)
    return head if done else None


async def _stop_astray(connection: Connection, astray: Sequence[tuple[View[Any], int]]) -> None:
    """Stop the views that have folded events which the log does not hold any more: what they tell is not so."""
    for view, position in astray:
        if await connection.fetchval(STOP, view.name, definition(view), position, ASTRAY, position):
            log.error("view_astray", view=view.name, position=position)


async def _project(
    kring: Kring, connection: Connection, places: Sequence[Place], batch: Sequence[Recorded], beat: Beat = no_beat
) -> None:
    """Fold a batch into these views, which all stand just before it, in one transaction. Raises `LostPlace`.

    A view that fails is tried alone. Where its table fails, with half of the batch, until the event that it cannot take is known.
    Then it takes what comes before that, and stops there.
    """
    told, unread = _decoded(kring.commands.mapper, batch)
    start, mine = places[0].position, [definition(one.view) for one in places]
    try:
        async with connection.transaction():
            if await connection.fetchval(HOLD, mine, start) != len(mine):
                raise LostPlace
            spent = list[Spent]()
            for one in places:
                spent.append(await _fold(connection, kring.views, one, told, unread))
                await beat()
            rows, busy = [one.rows for one in spent], [one.microseconds for one in spent]
            await connection.execute(ADVANCE, mine, batch[-1].position, rows, busy)
    except (CannotFold, CannotWrite) as stop:
        if len(places) > 1:
            for one in places:
                await _project(kring, connection, [one], batch, beat)
        elif isinstance(stop, CannotWrite) and len(batch) > 1:
            await _project(kring, connection, places, batch[: len(batch) // 2], beat)
        else:
            await _stop(kring, connection, places[0], batch, stop)
        return
    for one in unread.values():
        log.error("event_unreadable", position=one.position, type=one.topic, because=one.because)


async def _stop(
    kring: Kring, connection: Connection, place: Place, batch: Sequence[Recorded], stop: CannotFold | CannotWrite
) -> None:
    """Take a view up to an event that it cannot take, and stop it there."""
    at = stop.position if isinstance(stop, CannotFold) else batch[0].position
    if before := [one for one in batch if one.position < at]:
        await _project(kring, connection, [place], before)
    if await connection.fetchval(STOP, stop.view, definition(place.view), at, stop.because, at - 1):
        log.error("view_stopped", view=stop.view, position=at, because=stop.because)


def _decoded(
    mapper: Mapper, batch: Iterable[Recorded]
) -> tuple[dict[type[Event], list[Told]], dict[int, CannotDecode]]:
    """The events of a batch by their kind, each kind in order; and those that cannot be read, by position."""
    told, unread = list[Told](), dict[int, CannotDecode]()
    for one in batch:
        try:
            told.append(mapper.told(one))
        except CannotDecode as error:
            unread[one.position] = error
    return by_kind(told), unread


def by_kind(told: Iterable[Told]) -> dict[type[Event], list[Told]]:
    """Events by their kind, each kind in order: a view looks at those that it takes, not at all of them."""
    found: dict[type[Event], list[Told]] = {}
    for one in told:
        found.setdefault(type(one[0]), []).append(one)
    return found


def _taken(place: Place, told: ByKind, unread: Mapping[int, CannotDecode]) -> Sequence[Told]:
    """The events that the view takes, in order. Raises `CannotFold` for one that cannot be read."""
    view = place.view
    for one in unread.values():
        if by_topic().get(one.topic) in view.takes and one.position not in place.skipped:
            raise CannotFold(view.name, one.position, one.because)
    kinds = [told[kind] for kind in view.takes if kind in told]
    found = kinds[0] if len(kinds) == 1 else sorted((one for kind in kinds for one in kind), key=_position)
    return [one for one in found if _position(one) not in place.skipped] if place.skipped else found


def _position(one: Told) -> int:
    return one[1].position


async def _fold(
    connection: Connection, store: ViewStore, place: Place, told: ByKind, unread: Mapping[int, CannotDecode]
) -> Spent:
    """Fold events into a view. Raises `CannotFold`, `CannotWrite`."""
    began, view = perf_counter_ns(), place.view
    taken = _taken(place, told, unread)
    keys = keys_of(view, taken)
    if not keys:
        return Spent(0, 0)
    before = await _or_cannot_write(view, store.load(connection, view, sorted(keys)))
    after = replay(view, taken, before)
    changed = {key: row for key, row in after.items() if before.get(key) is not row}
    gone = sorted(before.keys() - after.keys())
    await _or_cannot_write(view, store.save(connection, view, changed, gone))
    return Spent(len(changed) + len(gone), (perf_counter_ns() - began) // 1000)


async def _or_cannot_write(view: View[Any], asked: Awaitable[Result]) -> Result:
    """Raises `CannotWrite` for a failure of the view's own table."""
    try:
        return await asked
    except Exception as error:
        if is_of_one_thing(error):
            raise CannotWrite(view.name, error) from error
        raise
