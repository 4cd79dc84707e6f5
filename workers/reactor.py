"""The reactor: facts into jobs, in order, every batch in one transaction with how far each reaction has come.

One is active at a time, by a session lock; others stand by and take over when its session ends. It writes what must happen
and does none of it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import structlog

from service.kring import Kring
from service.store.database import BROKEN, Connection, Queries
from service.store.types import Recorded
from workers import jobs
from workers.jobs import Job
from workers.reactions import REACTIONS, Reaction

BATCH = 1000  # facts
STAND_BY = 1.0  # seconds between two tries for the lock
POLL = 1.0  # seconds to wait for a fact before looking again

TRY_LOCK = "select pg_try_advisory_lock(hashtext('kring/reactor'))"

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

PLACES = "select name, position, in_log(position, mark) from reactions where name = any($1)"

ADVANCE = """
-- Move reactions that are not further yet, from where they were read.
update reactions r set position = greatest(r.position, $3)
from unnest($1::text[], $2::bigint[]) as was (name, position)
where r.name = was.name and r.position = was.position
"""

log = structlog.get_logger(__name__)


class LostPlace(Exception):
    """Somebody else moved a reaction: this reactor is not the active one any more."""


class Astray(Exception):
    """A reaction has seen facts that the log does not hold any more: it was restored. `kring rebuild --react-after`."""


async def react(kring: Kring, doorbell: asyncio.Event, reactions: Sequence[Reaction] = REACTIONS) -> None:
    """React for ever: as the active reactor when the lock is free, standing by until then. New jobs set `doorbell`."""
    while True:
        try:
            async with kring.log.pool.acquire() as connection:
                try:
                    if await connection.fetchval(TRY_LOCK):
                        await _follow(kring, connection, doorbell, reactions)
                except (*BROKEN, LostPlace):
                    connection.terminate()
                    raise
        except (*BROKEN, LostPlace) as error:
            log.warning("reactor_lost_its_place", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  a fact that a reaction cannot take stops the reactions, not the jobs
            log.error("reactor_stopped", error=type(error).__name__)  # noqa: TRY400  a traceback could hold a text
        await asyncio.sleep(STAND_BY)


async def _follow(kring: Kring, connection: Connection, doorbell: asyncio.Event, reactions: Sequence[Reaction]) -> None:
    """Keep every reaction up with the log on one connection, whose session holds the lock."""
    await connection.execute(BEGIN, [one.name for one in reactions])
    while True:
        position, found = await step(kring, connection, reactions)
        if found:
            doorbell.set()
        if position is not None:
            await kring.log.wait_beyond(position, POLL)


async def step(kring: Kring, connection: Connection, reactions: Sequence[Reaction]) -> tuple[int | None, bool]:
    """One batch further: the head that was reached, or None if there is more to do; and whether it called for jobs.

    Raises `LostPlace`, `Astray`; then, as at any error, nothing was written.
    """
    found_places = await connection.fetch(PLACES, [one.name for one in reactions])
    if not all(row[2] for row in found_places):
        raise Astray
    places = {row[0]: row[1] for row in found_places}
    batch, head = await kring.log.read(after=min(places.values()), limit=BATCH)
    if not batch:
        return head, False
    found = list(_called_for(kring, reactions, places, batch))
    async with connection.transaction():
        await jobs.write(connection, found)
        moved = await connection.execute(ADVANCE, list(places), list(places.values()), batch[-1].position)
        if moved != f"UPDATE {len(places)}":
            raise LostPlace
    return None, bool(found)


async def behind(pool: Queries, reactions: Sequence[Reaction] = REACTIONS) -> int:
    """How many facts the reactions are behind the log: for the health page."""
    return await pool.fetchval(BEHIND, [one.name for one in reactions])


def _called_for(
    kring: Kring, reactions: Sequence[Reaction], places: Mapping[str, int], batch: Sequence[Recorded]
) -> Iterator[tuple[Job, Recorded]]:
    """The jobs for which this batch calls, each with its fact."""
    by_topic = [(one, {fact.TOPIC: called_for for fact, called_for in one.on.items()}) for one in reactions]
    for recorded in batch:
        for reaction, topics in by_topic:
            called_for = topics.get(recorded.type)
            if called_for is None or recorded.position <= places[reaction.name]:
                continue
            for job in called_for(*kring.desk.mapper.told(recorded)):
                yield job, recorded
