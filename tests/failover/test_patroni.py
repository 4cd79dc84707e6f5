"""No acknowledged command is lost in a Patroni failover: three real nodes, run by `make failover`."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from service.store.database import DATABASE_ERRORS
from service.store.log.errors import LogError
from service.store.log.log import HEAD, Log
from service.store.log.types import Append, Receipt
from tests.failover.cluster import Proxy, cluster
from tests.service.store.examples.log import an_append, event, once, session

CALLERS = 12
PAUSE_S = 0.02
"""Between a caller's commands, since three servers and Patroni share the machine."""
RETRY_PAUSE_S = 0.2
ENOUGH = 100
"""Acknowledged commands before the fault, and again after it."""
CANCELLED_WAITS = 3
"""The first may belong to a session that the writer has abandoned; later ones do not."""
TEST_TIMEOUT_S = 90.0

CANCEL = """
select count(pg_cancel_backend(pid)) from pg_stat_activity
where wait_event = 'SyncRep' and application_name like 'kring writer%'
"""
EVENTS = "select position, command_id from events order by position"

log = structlog.get_logger()


@dataclass
class Answers:
    """Answers that the callers received."""

    acknowledged: dict[UUID, Receipt] = field(default_factory=dict[UUID, Receipt])
    errors: Counter[str] = field(default_factory=Counter[str])

    @property
    def number(self) -> int:
        return len(self.acknowledged) + self.errors.total()


async def call(kring: Log, answers: Answers, stop: asyncio.Event) -> None:
    """Send commands one after the other, each until it is acknowledged."""
    while not stop.is_set():
        command = once()
        append = an_append(event(data=str(command.id).encode()), once=command)
        answers.acknowledged[command.id] = await acknowledged(kring, append, command.id, answers)
        await asyncio.sleep(PAUSE_S)


async def acknowledged(kring: Log, append: Append, command_id: UUID, answers: Answers) -> Receipt:
    """Append; after any failure look the command up and resend it if necessary, as the service does."""
    again = False
    while True:
        try:
            if again and (found := await kring.command(command_id)) is not None:
                return found[1]
            return await kring.append(append)
        except (LogError, *DATABASE_ERRORS) as error:
            answers.errors[type(error).__name__] += 1
        again = True
        await asyncio.sleep(RETRY_PAUSE_S)


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110  any progress of the callers counts
        await asyncio.sleep(0.05)


async def head(url: str) -> int:
    async with session(url) as connection:
        return await connection.fetchval(HEAD)


async def cancel_waits(url: str) -> None:
    """Make PostgreSQL report commits that no standby has as successes with a warning."""
    async with session(url) as connection:
        for _ in range(CANCELLED_WAITS):
            await asyncio.sleep(0.2)  # those cancelled before have gone
            while not await connection.fetchval(CANCEL):  # noqa: ASYNC110  the server sends no notification
                await asyncio.sleep(0.05)


async def test_every_acknowledged_command_survives_a_failover() -> None:
    answers, stop = Answers(), asyncio.Event()
    async with asyncio.timeout(TEST_TIMEOUT_S), cluster() as nodes:
        old = await nodes.leader()
        proxy = Proxy(nodes, old)
        async with proxy.running(), Log.open(nodes.url("kring", proxy.port)) as kring, asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(call(kring, answers, stop))
            await until(lambda: len(answers.acknowledged) >= ENOUGH)
            old.freeze()
            new = await nodes.leader(other_than=old)
            await cancel_waits(nodes.url("postgres", old.port))
            before = answers.number
            await until(lambda: answers.number >= before + 2 * CALLERS)  # while they still reach the old leader
            on_old, on_new = [await head(nodes.url("kring_owner", node.port)) for node in (old, new)]
            at_kill = len(answers.acknowledged)
            old.kill_postgres()
            await until(lambda: len(answers.acknowledged) >= at_kill + ENOUGH)
            stop.set()
        async with session(nodes.url("kring_owner", new.port)) as connection:
            events = [tuple(row) for row in await connection.fetch(EVENTS)]

    log.info(
        "failover",
        acknowledged=len(answers.acknowledged),
        before_the_kill=at_kill,
        errors=dict(answers.errors),
        head_of_old_leader=on_old,
        head_of_new_leader=on_new,
        events=len(events),
    )
    assert on_old > on_new, "the old leader had events that no standby had, or this showed nothing"
    assert [position for position, _ in events] == list(range(1, len(events) + 1))
    recorded = Counter(command_id for _, command_id in events)
    lost = [one for one in answers.acknowledged if one not in recorded]
    assert not lost, f"{len(lost)} commands were acknowledged and are lost"
    assert set(recorded.values()) == {1}
    places = {command_id: position for position, command_id in events}
    assert {one: places[one] for one in answers.acknowledged} == {
        one: r.last for one, r in answers.acknowledged.items()
    }
