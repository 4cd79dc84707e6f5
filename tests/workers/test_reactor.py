"""Events become jobs exactly once."""

import asyncio
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.events.people import PersonRegistered
from domain.foundation import PersonId
from projections.view import EventMetadata
from service.api.operations.health import health
from service.clock_and_ids import new_id
from service.store.database import Connection
from service.store.jobs import creating
from service.store.jobs.creating import Job
from service.store.log.types import NewEvent
from service.store.views.skipping import parked, retry_reaction, skip_of_reaction, skipped
from tests.service.store.examples.log import an_append
from tests.workers.examples.stage import Stage
from workers import leadership, reactor
from workers.leadership import LostLeadership
from workers.reactions import REACTIONS, Reaction
from workers.reactor import step


def greet(event: PersonRegistered, at: EventMetadata) -> list[Job]:
    return [Job("greet", at.recorded_at, {"person": event.person})]


GREETING = Reaction("greeting", {PersonRegistered: greet})


async def place(stage: Stage, name: str) -> int:
    return await stage.kring.log.pool.fetchval("select position from reactions where name = $1", name)


async def catch_up(stage: Stage, connection: Connection, *reactions: Reaction) -> None:
    """Run the active reactor until there is nothing left."""
    await connection.execute(reactor.BEGIN, [one.name for one in reactions])
    while (await step(stage.kring, connection, reactions))[0] is None:
        pass


async def test_the_first_reactions_start_at_the_beginning_of_the_log(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
    assert [key for _, key, _ in await stage.jobs("greet")] == sorted(f"greet:{one}" for one in stage.electors)
    assert await place(stage, "greeting") == await stage.kring.log.head()


async def test_a_new_reaction_starts_at_the_head_of_the_log(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, *REACTIONS)
        await catch_up(stage, connection, *REACTIONS, GREETING)
        assert await stage.jobs("greet") == []
        late = PersonId(new_id("person"))
        await stage.register(late, "Late", "late@example.org", "nl")
        await catch_up(stage, connection, *REACTIONS, GREETING)
    assert [key for _, key, _ in await stage.jobs("greet")] == [f"greet:{late}"]


async def test_a_crash_between_jobs_and_checkpoint_leaves_neither(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = creating.write

    async def crash(connection: Connection, found: Any) -> None:
        await write(connection, found)
        raise ConnectionResetError

    async with stage.kring.log.pool.acquire() as connection:
        monkeypatch.setattr(creating, "write", crash)
        with pytest.raises(ConnectionResetError):
            await catch_up(stage, connection, GREETING)
        assert (await stage.jobs(), await place(stage, "greeting")) == ([], 0)
        monkeypatch.setattr(creating, "write", write)
        await catch_up(stage, connection, GREETING)
    assert len(await stage.jobs("greet")) == 3


async def test_a_reactor_that_lost_leadership_writes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, write = stage.kring.log.pool, creating.write

    async def overtaken(connection: Connection, found: Any) -> None:
        await write(connection, found)
        await pool.execute("update reactions set position = 3")

    async with pool.acquire() as connection:
        monkeypatch.setattr(creating, "write", overtaken)
        with pytest.raises(LostLeadership):
            await catch_up(stage, connection, GREETING)
    assert (await stage.jobs(), await place(stage, "greeting")) == ([], 3)


async def test_rereading_an_event_does_not_recreate_a_done_job(stage: Stage) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
        await connection.execute("update jobs set state = 'done'")
        await connection.execute("update reactions set position = 0")
        await catch_up(stage, connection, GREETING)
    assert {state for state, *_ in await stage.jobs("greet")} == {"done"}
    assert len(await stage.jobs("greet")) == 3


async def test_an_event_in_a_later_batch_is_not_skipped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "BATCH_SIZE", 1)
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, GREETING)
    assert len(await stage.jobs("greet")) == 3


async def test_a_standby_takes_over_when_the_active_reactor_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "STANDBY_INTERVAL_S", 0.01)
    done = [asyncio.Event(), asyncio.Event()]
    first = asyncio.create_task(reactor.react(stage.kring, done[0], [GREETING]))
    async with asyncio.timeout(10):
        await done[0].wait()
    second = asyncio.create_task(reactor.react(stage.kring, done[1], [GREETING]))
    first.cancel()
    await asyncio.wait([first])
    await stage.register(PersonId(new_id("person")), "Late", "late@example.org", "nl")
    async with asyncio.timeout(10):
        await done[1].wait()
    second.cancel()
    await asyncio.wait([second])
    assert len(await stage.jobs("greet")) == 4


async def test_an_opened_ballot_requires_a_timer_and_a_mail_and_reminder_per_elector(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(days=3))
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, *REACTIONS)
    keys = [key for _, key, _ in await stage.jobs() if not key.startswith("mail_invitation")]
    assert keys == sorted(
        [f"close_ballot:{ballot}"]
        + [f"mail_ballot_{one}:{ballot}:{person}" for one in ("opened", "closing") for person in stage.electors]
    )


POISON: set[str] = set()
"""People whose registration the delicate reaction cannot process."""


def stumble(event: PersonRegistered, at: EventMetadata) -> list[Job]:
    if event.person in POISON:
        raise ValueError("what somebody typed")
    return [Job("remember", at.recorded_at, {"person": event.person})]


DELICATE = Reaction("delicate", {PersonRegistered: stumble})


@pytest.fixture
def poison(stage: Stage) -> Generator[str]:
    """The second elector."""
    POISON.add(stage.electors[1])
    yield stage.electors[1]
    POISON.clear()


async def run_reactor(stage: Stage, *reactions: Reaction) -> None:
    async with stage.kring.log.pool.acquire() as connection:
        await catch_up(stage, connection, *reactions)


async def test_an_event_that_a_reaction_cannot_process_is_parked_and_blocks_nothing(stage: Stage, poison: str) -> None:
    with capture_logs() as logged:
        await run_reactor(stage, DELICATE, GREETING)
    (aside,) = await parked(stage.kring.log.pool)
    assert (aside.reaction, aside.because) == ("delicate", "ValueError")
    assert [(one["event"], one["position"]) for one in logged] == [("event_parked", aside.position)]
    assert len(await stage.jobs("greet")) == 3
    assert [key for _, key, _ in await stage.jobs("remember")] == sorted(
        f"remember:{one}" for one in stage.electors if one != poison
    )
    assert await place(stage, "delicate") == await stage.kring.log.head()
    found = await health(stage.kring)
    assert [(one.reaction, one.position, one.because) for one in found.parked_events] == [
        ("delicate", aside.position, "ValueError")
    ]
    assert "typed" not in str(found)


async def test_a_retried_parked_event_is_processed_once(stage: Stage, poison: str) -> None:
    await run_reactor(stage, DELICATE)
    (aside,) = await parked(stage.kring.log.pool)
    assert await retry_reaction(stage.kring.log.pool, "delicate") == [aside.position]
    await run_reactor(stage, DELICATE)  # nothing was fixed
    assert [(one.position, one.again) for one in await parked(stage.kring.log.pool)] == [(aside.position, False)]
    POISON.clear()
    await retry_reaction(stage.kring.log.pool, "delicate", aside.position)
    await run_reactor(stage, DELICATE)
    assert await parked(stage.kring.log.pool) == []
    assert f"remember:{poison}" in [key for _, key, _ in await stage.jobs("remember")]
    assert await retry_reaction(stage.kring.log.pool, "delicate") == []


async def test_a_skipped_event_is_stored_with_who_when_and_why(stage: Stage, poison: str) -> None:
    await run_reactor(stage, DELICATE)
    (aside,) = await parked(stage.kring.log.pool)
    assert await skip_of_reaction(stage.kring.log.pool, "delicate", None, "Registered twice", "ops@host") == [
        aside.position
    ]
    assert await parked(stage.kring.log.pool) == []
    (left_out,) = await skipped(stage.kring.views)
    assert (left_out.kind, left_out.name, left_out.position) == ("reaction", "delicate", aside.position)
    assert (left_out.because, left_out.reason, left_out.skipped_by) == ("ValueError", "Registered twice", "ops@host")
    POISON.clear()
    assert await retry_reaction(stage.kring.log.pool, "delicate") == []
    await run_reactor(stage, DELICATE)
    assert f"remember:{poison}" not in [key for _, key, _ in await stage.jobs("remember")]


async def test_an_event_whose_jobs_cannot_be_written_is_parked_alone(stage: Stage) -> None:
    def unwritable(event: PersonRegistered, at: EventMetadata) -> list[Job]:
        last = "\0" if event.person == stage.electors[0] else ""
        return [Job("unwritable", at.recorded_at, {"person": f"{event.person}{last}"})]

    await run_reactor(stage, Reaction("unwritable", {PersonRegistered: unwritable}), GREETING)
    assert [one.reaction for one in await parked(stage.kring.log.pool)] == ["unwritable"]
    assert len(await stage.jobs("unwritable")) == 2
    assert len(await stage.jobs("greet")) == 3


async def test_undecodable_data_and_unknown_types_do_not_block_reactions(stage: Stage) -> None:
    damaged = NewEvent(PersonRegistered.TOPIC, 1, [stage.electors[0]], b'{"person":7}')
    receipt = await stage.kring.log.append(an_append(damaged, NewEvent("future.thing_done", 1, ["x_1"], b"{}")))
    await run_reactor(stage, GREETING)
    (aside,) = await parked(stage.kring.log.pool)
    assert (aside.position, aside.because) == (receipt.first, "cannot be decoded (ValidationError)")
    assert await place(stage, "greeting") == await stage.kring.log.head()
    assert len(await stage.jobs("greet")) == 3


async def test_a_reaction_that_fails_on_every_event_stops_and_others_continue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactor, "MAX_PARKED_EVENTS", 1)
    monkeypatch.setattr(reactor, "BATCH_SIZE", 5)
    POISON.update(stage.electors)
    await run_reactor(stage, DELICATE, GREETING)
    POISON.clear()
    (stopped,) = (await health(stage.kring)).stopped_reactions
    assert (stopped.reaction, stopped.because) == ("delicate", "too many parked events")
    assert await place(stage, "delicate") == stopped.position - 1 < await stage.kring.log.head()
    assert len(await stage.jobs("greet")) == 3
    await retry_reaction(stage.kring.log.pool, "delicate")
    await run_reactor(stage, DELICATE, GREETING)
    assert len(await stage.jobs("remember")) == 3


async def test_a_reaction_that_catches_up_does_not_delay_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "BATCH_SIZE", 1)
    await run_reactor(stage, DELICATE, GREETING)
    pool = stage.kring.log.pool
    await pool.execute("update reactions set position = 0 where name = 'delicate'")
    late = PersonId(new_id("person"))
    await stage.register(late, "Late", "late@example.org", "nl")
    async with pool.acquire() as connection:
        while f"greet:{late}" not in [key for _, key, _ in await stage.jobs("greet")]:
            await step(stage.kring, connection, [DELICATE, GREETING])
    assert await place(stage, "delicate") < await place(stage, "greeting")
