"""Facts become jobs exactly once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.foundation import PersonId
from domain.people import PersonRegistered
from projections.view import Moment
from service.edge import new_id
from service.store.database import Connection
from tests.workers.staging import Stage
from workers import jobs, reactor
from workers.jobs import Job
from workers.reactions import REACTIONS, Reaction
from workers.reactor import LostPlace, step


def greet(fact: PersonRegistered, at: Moment) -> list[Job]:
    return [Job("greet", at.recorded_at, {"person": fact.person})]


GREETING = Reaction("greeting", {PersonRegistered: greet})


async def place(stage: Stage, name: str) -> int:
    return await stage.kring.log.pool.fetchval("select position from reactions where name = $1", name)


async def catch_up(stage: Stage, connection: Connection, *reactions: Reaction) -> None:
    """As the active reactor does, until there is nothing left."""
    await connection.execute(reactor.BEGIN, [one.name for one in reactions])
    while (await step(stage.kring, connection, reactions))[0] is None:
        pass


async def test_the_first_reactions_begin_at_the_beginning_of_the_log(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
    assert [key for _, key, _ in await stage.jobs("greet")] == sorted(f"greet/{one}" for one in stage.electors)
    assert await place(stage, "greeting") == await stage.kring.log.head()


async def test_a_new_reaction_begins_with_what_is_recorded_from_then_on(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, *REACTIONS)
        await catch_up(stage, connection, *REACTIONS, GREETING)
        assert await stage.jobs("greet") == []
        late = PersonId(new_id("person"))
        await stage.register(late, "Late", "late@example.org", "nl")
        await catch_up(stage, connection, *REACTIONS, GREETING)
    assert [key for _, key, _ in await stage.jobs("greet")] == [f"greet/{late}"]


async def test_a_crash_between_jobs_and_checkpoint_leaves_neither(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = jobs.write

    async def crash(connection: Connection, found: Any) -> None:
        await write(connection, found)
        raise ConnectionResetError

    async with stage.kring.log.pool.acquire() as connection:
        monkeypatch.setattr(jobs, "write", crash)
        with pytest.raises(ConnectionResetError):
            await catch_up(stage, connection, GREETING)
        assert (await stage.jobs(), await place(stage, "greeting")) == ([], 0)
        monkeypatch.setattr(jobs, "write", write)
        await catch_up(stage, connection, GREETING)
    assert len(await stage.jobs("greet")) == 3


async def test_a_reactor_that_is_not_the_active_one_any_more_writes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, write = stage.kring.log.pool, jobs.write

    async def overtaken(connection: Connection, found: Any) -> None:
        await write(connection, found)
        await pool.execute("update reactions set position = 3")

    async with pool.acquire() as connection:
        monkeypatch.setattr(jobs, "write", overtaken)
        with pytest.raises(LostPlace):
            await catch_up(stage, connection, GREETING)
    assert (await stage.jobs(), await place(stage, "greeting")) == ([], 3)


async def test_a_job_that_was_done_is_not_made_again_when_its_fact_is_read_again(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
        await connection.execute("update jobs set state = 'done'")
        await connection.execute("update reactions set position = 0")
        await catch_up(stage, connection, GREETING)
    assert {state for state, *_ in await stage.jobs("greet")} == {"done"}
    assert len(await stage.jobs("greet")) == 3


async def test_a_fact_in_a_later_batch_is_not_skipped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "BATCH", 1)
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
    assert len(await stage.jobs("greet")) == 3


async def test_a_standby_takes_over_when_the_active_reactor_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "STAND_BY", 0.01)
    told = [asyncio.Event(), asyncio.Event()]
    first = asyncio.create_task(reactor.react(stage.kring, told[0], [GREETING]))
    async with asyncio.timeout(10):
        await told[0].wait()
    second = asyncio.create_task(reactor.react(stage.kring, told[1], [GREETING]))
    first.cancel()
    await asyncio.wait([first])
    await stage.register(PersonId(new_id("person")), "Late", "late@example.org", "nl")
    async with asyncio.timeout(10):
        await told[1].wait()
    second.cancel()
    await asyncio.wait([second])
    assert len(await stage.jobs("greet")) == 4


async def test_a_ballot_calls_for_its_timer_a_mail_and_a_reminder_for_each_elector(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(days=3))
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, *REACTIONS)
    keys = [key for _, key, _ in await stage.jobs()]
    assert keys == sorted(
        [f"close_ballot/{ballot}"]
        + [f"mail_ballot_{one}/{ballot}/{person}" for one in ("opened", "closing") for person in stage.electors]
    )


async def test_a_fact_that_a_reaction_cannot_take_stops_the_reactions_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: PersonRegistered, __: Moment) -> list[Job]:
        told.set()
        raise ValueError

    monkeypatch.setattr(reactor, "STAND_BY", 0.01)
    told = asyncio.Event()
    reacting = asyncio.create_task(
        reactor.react(stage.kring, asyncio.Event(), [Reaction("stumbling", {PersonRegistered: stumble})])
    )
    for _ in range(2):  # it is tried again
        told.clear()
        async with asyncio.timeout(10):
            await told.wait()
    reacting.cancel()
    await asyncio.wait([reacting])
    assert await place(stage, "stumbling") == 0
    assert await reactor.behind(stage.kring.log.pool, [Reaction("stumbling", {})]) == await stage.kring.log.head()
