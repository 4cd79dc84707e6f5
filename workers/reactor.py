"""The reactor: events into jobs, in order, every batch in one transaction with how far each reaction has come.

One is active at a time (`leadership`). It writes what must happen and does none of it. An event that a reaction cannot take is
put aside, by name, position and kind of error, and the reaction goes on: what one event calls for does not depend on another.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

import structlog

from service.kring import Kring
from service.store.database import Connection, Queries
from service.store.failures import is_of_one_thing
from service.store.heartbeats import REACTOR
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import Recorded
from workers.jobs import queue
from workers.jobs.queue import Job
from workers.leadership import Beat, LostPlace, lead, no_beat
from workers.reactions import REACTIONS, Reaction

BATCH = 1000  # events
POLL = 1.0  # seconds to wait for an event before looking again
PARKED_AT_MOST = 100
"""Events that a reaction may have put aside; beyond, it is not an event that is wrong, and the reaction stops."""
RETRIED_AT_ONCE = 100

BEGIN = """
-- Where new reactions begin: at the head of the log; the first of all at its beginning, since what was recorded before any
-- worker ran is still owed.
insert into reactions (name, position)
select name, case when exists (select from reactions) then (select coalesce(max(position), 0) from events) else 0 end
from unnest($1::text[]) name
on conflict (name) do nothing
"""

BEHIND = """
-- How many facts the reaction that is furthest behind has not seen.
select (select coalesce(max(position), 0) from events) - coalesce(min(position), 0) from reactions where name = any($1)
"""

PLACES = "select name, position, in_log(position, mark) from reactions where name = any($1) and stopped_at is null"

ADVANCE = """
-- Move reactions from where they were read.
update reactions set position = $3 where name = any($1) and position = $2
"""

STOP = """
update reactions set stopped_at = $2, stopped_because = $3 where name = $1 and position = $2 and stopped_at is null
returning name
"""

ASTRAY = "the log was restored to an earlier state, and does not hold what this reaction has seen: kring rebuild --react-after"

PARK = """
-- Put events aside, each with the kind of error. One that was put aside before keeps what was decided about it.
insert into parked_events (reaction, position, because) select * from unnest($1::text[], $2::bigint[], $3::text[])
on conflict (reaction, position) do nothing
"""

STOP_WITH_TOO_MANY = """
update reactions r set stopped_at = r.position + 1, stopped_because = 'too many events put aside'
where r.name = any($1) and r.stopped_at is null
  and (select count(*) from parked_events p where p.reaction = r.name and p.state in ('parked', 'retry')) > $2
returning r.name, r.stopped_at
"""

TO_RETRY = """
select reaction, position, in_log(position, mark) from parked_events where state = 'retry' and reaction = any($1)
order by position, reaction limit $2
"""

TAKEN = """
update parked_events set state = 'taken', settled_at = clock_timestamp()
where reaction = $1 and position = $2 and state = 'retry'
"""

PARKED_AGAIN = (
    "update parked_events set state = 'parked', because = $3 where reaction = $1 and position = $2 and state = 'retry'"
)

GONE = "the log was restored, and holds another event there: skip it"

log = structlog.get_logger(__name__)


class Called(NamedTuple):
    """What an event called for, by which reaction."""

    reaction: str
    cause: Recorded
    jobs: Sequence[Job]


class Refused(NamedTuple):
    """An event that a reaction could not take: which kind of error that was, without its content."""

    reaction: str
    position: int
    because: str


async def react(kring: Kring, doorbell: asyncio.Event, reactions: Sequence[Reaction] = REACTIONS) -> None:
    """React for ever: as the active reactor when the lock is free, standing by until then. New jobs set `doorbell`."""
    await lead(kring, REACTOR, partial(_follow, kring, doorbell, reactions))


async def _follow(
    kring: Kring, doorbell: asyncio.Event, reactions: Sequence[Reaction], connection: Connection, beat: Beat
) -> None:
    """Keep every reaction up with the log on one connection, whose session holds the lock."""
    await connection.execute(BEGIN, [one.name for one in reactions])
    while True:
        await beat()
        position, found = await step(kring, connection, reactions, beat)
        if found:
            doorbell.set()
        if position is not None:
            await kring.log.wait_beyond(position, POLL)


async def step(
    kring: Kring, connection: Connection, reactions: Sequence[Reaction], beat: Beat = no_beat
) -> tuple[int | None, bool]:
    """A batch further, those that keep up best and those that are furthest behind; and once more what is to be tried again.

    Returns the head that all have reached, or None if there is more to do; and whether there are new jobs. Raises `LostPlace`.
    """
    called = await _retry(kring, connection, reactions)
    rows = await connection.fetch(PLACES, [one.name for one in reactions])
    if astray := [(row[0], row[1]) for row in rows if not row[2]]:
        await _stop_astray(connection, astray)
        return None, called
    places = {row[0]: row[1] for row in rows}
    if not places:
        return await kring.log.head(), called
    done, head = True, 0
    for start in sorted({min(places.values()), max(places.values())}, reverse=True):
        until = min((one for one in places.values() if one > start), default=None)
        batch, head = await kring.log.read(after=start, until=until, limit=BATCH)
        if batch:
            done = False
            here = [one for one in reactions if places.get(one.name) == start]
            called = await _react(kring, connection, here, start, batch) or called
            await beat()
    return (head if done else None), called


async def _stop_astray(connection: Connection, astray: Sequence[tuple[str, int]]) -> None:
    """Stop the reactions that have seen events which the log does not hold any more: nobody knows what they owe."""
    for name, position in astray:
        if await connection.fetchval(STOP, name, position, ASTRAY):
            log.error("reaction_astray", reaction=name, position=position)


async def _react(
    kring: Kring, connection: Connection, reactions: Sequence[Reaction], start: int, batch: Sequence[Recorded]
) -> bool:
    """Take reactions that stand at `start` through a batch; whether there are new jobs."""
    found, refused = _called_for(kring.commands.mapper, reactions, batch)
    names, end = [one.name for one in reactions], batch[-1].position
    try:
        async with connection.transaction():
            await _write(connection, found)
            await _advance(connection, names, start, end, refused)
    except LostPlace:
        raise
    except Exception as error:
        if not is_of_one_thing(error):
            raise
        async with connection.transaction():  # some event's jobs cannot be written: each for itself
            refused = [*refused, *[one for called in found if (one := await _written(connection, called))]]
            await _advance(connection, names, start, end, refused)
    for one in refused:
        log.error("event_parked", reaction=one.reaction, position=one.position, because=one.because)
    return bool(found)


def _called_for(
    mapper: Mapper, reactions: Sequence[Reaction], batch: Iterable[Recorded]
) -> tuple[list[Called], list[Refused]]:
    """What this batch calls for; and what some reaction cannot take."""
    found, refused = list[Called](), list[Refused]()
    by_topic = [(one.name, {event.TOPIC: called_for for event, called_for in one.on.items()}) for one in reactions]
    for recorded in batch:
        for name, topics in by_topic:
            if (called_for := topics.get(recorded.type)) is not None:
                match _called(mapper, name, called_for, recorded):
                    case Refused() as one:
                        refused.append(one)
                    case Called() as one:
                        found += [one] if one.jobs else []
    return found, refused


def _called(mapper: Mapper, name: str, called_for: Callable[..., list[Job]], recorded: Recorded) -> Called | Refused:
    try:
        return Called(name, recorded, called_for(*mapper.told(recorded)))
    except Exception as error:  # noqa: BLE001  whatever it is, this reaction cannot take this event
        return Refused(name, recorded.position, _kind_of(error))


def _kind_of(error: Exception) -> str:
    """The kind of an error, without its content."""
    return error.because if isinstance(error, CannotDecode) else type(error).__name__


async def _write(connection: Connection, found: Iterable[Called]) -> None:
    await queue.write(connection, [(job, one.cause) for one in found for job in one.jobs])


async def _written(connection: Connection, called: Called) -> Refused | None:
    """Write what one event calls for, or say that it cannot be written."""
    try:
        async with connection.transaction():
            await _write(connection, [called])
    except Exception as error:
        if not is_of_one_thing(error):
            raise
        return Refused(called.reaction, called.cause.position, _kind_of(error))
    return None


async def _advance(
    connection: Connection, names: Sequence[str], start: int, end: int, refused: Sequence[Refused]
) -> None:
    """Put aside what was refused, and move these reactions. Raises `LostPlace`."""
    if await connection.execute(ADVANCE, names, start, end) != f"UPDATE {len(names)}":
        raise LostPlace
    if refused:
        await connection.execute(PARK, *map(list, zip(*refused, strict=True)))
        for name, position in await connection.fetch(STOP_WITH_TOO_MANY, names, PARKED_AT_MOST):
            log.error("reaction_stopped", reaction=name, position=position, because="too many events put aside")


async def _retry(kring: Kring, connection: Connection, reactions: Sequence[Reaction]) -> bool:
    """Try again what somebody asked for; whether there are new jobs."""
    asked = await connection.fetch(TO_RETRY, [one.name for one in reactions], RETRIED_AT_ONCE)
    events = {one.position: one for one in await kring.log.at({row[1] for row in asked})} if asked else {}
    called = False
    for position, rows in groupby(asked, key=lambda row: row[1]):
        for name, _, there in rows:
            if not there:
                await connection.execute(PARKED_AGAIN, name, position, GONE)
                continue
            found, refused = _called_for(
                kring.commands.mapper, [one for one in reactions if one.name == name], [events[position]]
            )
            called = await _settle(connection, name, position, found, refused) or called
    return called


async def _settle(
    connection: Connection, name: str, position: int, found: Sequence[Called], refused: Sequence[Refused]
) -> bool:
    """Write what an event that was put aside calls for, or put it aside again; whether there are new jobs."""
    if not refused:
        async with connection.transaction():
            refused = [one for called in found if (one := await _written(connection, called))]
            if not refused:
                await connection.execute(TAKEN, name, position)
                return bool(found)
    await connection.execute(PARKED_AGAIN, name, position, refused[0].because)
    log.error("event_parked", reaction=name, position=position, because=refused[0].because)
    return False


async def behind(pool: Queries, reactions: Sequence[Reaction] = REACTIONS) -> int:
    """How many events the reactions are behind the log: for the health page."""
    return await pool.fetchval(BEHIND, [one.name for one in reactions])
