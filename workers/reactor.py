"""The reactor: creates the jobs that events require, in order, each batch in one transaction with the reactions' progress.

One process is active at a time (`leadership`). It only creates jobs and runs none. An event that a reaction cannot process is
parked with the class of its error, and the reaction continues: the jobs of one event do not depend on those of another.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

import structlog

from service.kring import Kring
from service.store.database import Connection
from service.store.failures import is_permanent
from service.store.heartbeats import REACTOR
from service.store.jobs import creating
from service.store.jobs.creating import Job
from service.store.log.mapper import CannotDecode, Mapper
from service.store.log.types import RecordedEvent
from workers.batches import next_batches
from workers.leadership import Beat, LostLeadership, lead, no_beat
from workers.reactions import REACTIONS, Reaction

BATCH_SIZE = 1000  # events
POLL_INTERVAL_S = 1.0
MAX_PARKED_EVENTS = 100
"""Parked events of one reaction; with more, the reaction itself is probably at fault, and it stops."""
MAX_RETRIES_PER_STEP = 100

BEGIN = """
-- New reactions start at the head of the log; the first reactions of an installation at its beginning, so that events recorded
-- before the first worker ran are processed too.
insert into reactions (name, position)
select name, case when exists (select from reactions) then (select coalesce(max(position), 0) from events) else 0 end
from unnest($1::text[]) name
on conflict (name) do nothing
"""


RUNNING = "select name, position, in_log(position, mark) from reactions where name = any($1) and stopped_at is null"

ADVANCE = """
-- Move reactions from the position that was read.
update reactions set position = $3 where name = any($1) and position = $2
"""

STOP = """
update reactions set stopped_at = $2, stopped_because = $3 where name = $1 and position = $2 and stopped_at is null
returning name
"""

AHEAD_OF_LOG = (
    "the log was restored and no longer holds events that this reaction has processed: run kring rebuild --react-after"
)

PARK = """
-- Park events, each with the class of its error. An event that was parked before keeps its state.
insert into parked_events (reaction, position, because) select * from unnest($1::text[], $2::bigint[], $3::text[])
on conflict (reaction, position) do nothing
"""

STOP_WITH_TOO_MANY = """
update reactions r set stopped_at = r.position + 1, stopped_because = 'too many parked events'
where r.name = any($1) and r.stopped_at is null
  and (select count(*) from parked_events p where p.reaction = r.name and p.state in ('parked', 'retry')) > $2
returning r.name, r.stopped_at
"""

TO_RETRY = """
select reaction, position, in_log(position, mark) from parked_events where state = 'retry' and reaction = any($1)
order by position, reaction limit $2
"""

MARK_TAKEN = """
update parked_events set state = 'taken', settled_at = clock_timestamp()
where reaction = $1 and position = $2 and state = 'retry'
"""

PARK_AGAIN = (
    "update parked_events set state = 'parked', because = $3 where reaction = $1 and position = $2 and state = 'retry'"
)

ANOTHER_EVENT = "the log was restored and holds another event there: skip it"

log = structlog.get_logger(__name__)


class Required(NamedTuple):
    """The jobs that an event requires, by which reaction."""

    reaction: str
    cause: RecordedEvent
    jobs: Sequence[Job]


class Failure(NamedTuple):
    """An event that a reaction could not process, and the class of the error, without its message."""

    reaction: str
    position: int
    because: str


async def react(kring: Kring, new_jobs: asyncio.Event, reactions: Sequence[Reaction] = REACTIONS) -> None:
    """React for ever, as the active reactor or on standby. Sets `new_jobs` when it has created jobs."""
    await lead(kring, REACTOR, partial(_follow, kring, new_jobs, reactions))


async def _follow(
    kring: Kring, new_jobs: asyncio.Event, reactions: Sequence[Reaction], connection: Connection, beat: Beat
) -> None:
    """Run every reaction on one connection, whose session holds the lock."""
    await connection.execute(BEGIN, [one.name for one in reactions])
    while True:
        await beat()
        position, found = await step(kring, connection, reactions, beat)
        if found:
            new_jobs.set()
        if position is not None:
            await kring.log.wait_beyond(position, POLL_INTERVAL_S)


async def step(
    kring: Kring, connection: Connection, reactions: Sequence[Reaction], beat: Beat = no_beat
) -> tuple[int | None, bool]:
    """Retry parked events, then process one batch for the reactions furthest ahead, and one for those furthest behind.

    Returns the head if all have reached it, otherwise None; and whether there are new jobs. Raises `LostLeadership`.
    """
    new_jobs = await _retry(kring, connection, reactions)
    rows = await connection.fetch(RUNNING, [one.name for one in reactions])
    if ahead := [(row[0], row[1]) for row in rows if not row[2]]:
        await _stop_ahead_of_log(connection, ahead)
        return None, new_jobs
    positions = {row[0]: row[1] for row in rows}
    if not positions:
        return await kring.log.head(), new_jobs
    done, head = True, 0
    async for start, batch, log_head in next_batches(kring.log, positions.values(), BATCH_SIZE):
        head = log_head
        if batch:
            done = False
            here = [one for one in reactions if positions.get(one.name) == start]
            new_jobs = await _react(kring, connection, here, start, batch) or new_jobs
            await beat()
    return (head if done else None), new_jobs


async def _stop_ahead_of_log(connection: Connection, ahead: Sequence[tuple[str, int]]) -> None:
    """Stop reactions that have processed events which the log no longer holds: an operator must say where they continue."""
    for name, position in ahead:
        if await connection.fetchval(STOP, name, position, AHEAD_OF_LOG):
            log.error("reaction_ahead_of_log", reaction=name, position=position)


async def _react(
    kring: Kring, connection: Connection, reactions: Sequence[Reaction], start: int, batch: Sequence[RecordedEvent]
) -> bool:
    """Process a batch for reactions at position `start`. Returns whether there are new jobs."""
    required, failures = _required_by(kring.commands.mapper, reactions, batch)
    names, end = [one.name for one in reactions], batch[-1].position
    try:
        async with connection.transaction():
            await _write(connection, required)
            await _advance(connection, names, start, end, failures)
    except LostLeadership:
        raise
    except Exception as error:
        if not is_permanent(error):
            raise
        async with (
            connection.transaction()
        ):  # the jobs of some event cannot be written: write those of each event apart
            failures = [*failures, *[one for each in required if (one := await _try_write(connection, each))]]
            await _advance(connection, names, start, end, failures)
    for one in failures:
        log.error("event_parked", reaction=one.reaction, position=one.position, because=one.because)
    return bool(required)


def _required_by(
    mapper: Mapper, reactions: Sequence[Reaction], batch: Iterable[RecordedEvent]
) -> tuple[list[Required], list[Failure]]:
    """The jobs that a batch requires, and the events that a reaction cannot process."""
    required, failures = list[Required](), list[Failure]()
    by_topic = [(one.name, {event.TOPIC: jobs_of for event, jobs_of in one.on.items()}) for one in reactions]
    for recorded in batch:
        for name, topics in by_topic:
            if (jobs_of := topics.get(recorded.type)) is not None:
                match _apply(mapper, name, jobs_of, recorded):
                    case Failure() as one:
                        failures.append(one)
                    case Required() as one:
                        required += [one] if one.jobs else []
    return required, failures


def _apply(mapper: Mapper, name: str, jobs_of: Callable[..., list[Job]], recorded: RecordedEvent) -> Required | Failure:
    try:
        return Required(name, recorded, jobs_of(*mapper.decode_with_metadata(recorded)))
    except Exception as error:  # noqa: BLE001  every error means that this reaction cannot process this event
        return Failure(name, recorded.position, _error_class(error))


def _error_class(error: Exception) -> str:
    """The class of an error, without its message."""
    return error.because if isinstance(error, CannotDecode) else type(error).__name__


async def _write(connection: Connection, required: Iterable[Required]) -> None:
    await creating.write(connection, [(job, one.cause) for one in required for job in one.jobs])


async def _try_write(connection: Connection, required: Required) -> Failure | None:
    """Write the jobs of one event. Returns the failure if they cannot be written."""
    try:
        async with connection.transaction():
            await _write(connection, [required])
    except Exception as error:
        if not is_permanent(error):
            raise
        return Failure(required.reaction, required.cause.position, _error_class(error))
    return None


async def _advance(
    connection: Connection, names: Sequence[str], start: int, end: int, failures: Sequence[Failure]
) -> None:
    """Move these reactions, and park the events that they could not process. Raises `LostLeadership`."""
    if await connection.execute(ADVANCE, names, start, end) != f"UPDATE {len(names)}":
        raise LostLeadership
    if failures:
        await connection.execute(PARK, *map(list, zip(*failures, strict=True)))
        for name, position in await connection.fetch(STOP_WITH_TOO_MANY, names, MAX_PARKED_EVENTS):
            log.error("reaction_stopped", reaction=name, position=position, because="too many parked events")


async def _retry(kring: Kring, connection: Connection, reactions: Sequence[Reaction]) -> bool:
    """Retry the parked events that an operator has released. Returns whether there are new jobs."""
    released = await connection.fetch(TO_RETRY, [one.name for one in reactions], MAX_RETRIES_PER_STEP)
    events = {one.position: one for one in await kring.log.at({row[1] for row in released})} if released else {}
    new_jobs = False
    for position, rows in groupby(released, key=lambda row: row[1]):
        for name, _, in_log in rows:
            if not in_log:
                await connection.execute(PARK_AGAIN, name, position, ANOTHER_EVENT)
                continue
            required, failures = _required_by(
                kring.commands.mapper, [one for one in reactions if one.name == name], [events[position]]
            )
            new_jobs = await _settle(connection, name, position, required, failures) or new_jobs
    return new_jobs


async def _settle(
    connection: Connection, name: str, position: int, required: Sequence[Required], failures: Sequence[Failure]
) -> bool:
    """Write the jobs of a parked event, or park it again. Returns whether there are new jobs."""
    if not failures:
        async with connection.transaction():
            failures = [one for each in required if (one := await _try_write(connection, each))]
            if not failures:
                await connection.execute(MARK_TAKEN, name, position)
                return bool(required)
    await connection.execute(PARK_AGAIN, name, position, failures[0].because)
    log.error("event_parked", reaction=name, position=position, because=failures[0].because)
    return False
