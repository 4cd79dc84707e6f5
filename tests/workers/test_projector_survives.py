"""Whatever happens to projectors, every view folds every event once, in order, and a rebuild gives the same bytes."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from domain.events.expense import ExpenseShared
from domain.events.people import OrganisationRenamed
from domain.events.roles import ParticipantEnrolled, ParticipantMoved
from domain.events.trip import TripIdeaProposed
from domain.foundation import Label, OrganisationId, PersonId, Selector, Tagged
from projections.programmes import PROGRAMMES
from projections.trips import TRIPS
from projections.view import fold_events
from service.api.operations import health, part_health
from service.clock_and_ids import new_id
from service.store.log.types import NewEvent
from service.store.views.view_store import row_decoder, table
from service.views import VIEWS
from tests.domain.events.golden import FOLDER
from tests.samples import sample_event
from tests.service.api.examples.team import Given
from tests.service.store.examples.log import an_append
from tests.workers.examples.stage import Stage
from workers import leadership, projector

ROOT = Path(__file__).parents[2]
KILLS = 13  # in each of four rounds
TAKEOVER_S = 5.0
TIMEOUT_S = 60.0  # a test that waits longer hangs
FROZEN_S = 3.0  # until a projector without progress loses leadership
ROUNDS = 2
COMMAND_PAUSE_S = 0.03  # between two commands: projectors need a share of the machine too
POLL_INTERVAL_S = 0.005

HOLDER = """
-- Whether somebody is the active projector.
select exists (
  select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
    and objid = (hashtext('kring/projector')::bigint & 4294967295)::oid
)
"""


class Spawner:
    """Starts projectors."""

    def __init__(self, process: Process) -> None:
        self.process, self.alive = process, set[int]()

    async def projector(self) -> int:
        """Start one in the role it was created for; return its process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        child = int(await asyncio.wait_for(self.process.stdout.readline(), TIMEOUT_S))
        self.alive.add(child)
        return child

    def freeze(self, child: int) -> None:
        os.kill(child, signal.SIGSTOP)

    def thaw(self, child: int) -> None:
        os.kill(child, signal.SIGCONT)

    def kill(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        self.alive.discard(child)


@asynccontextmanager
async def spawner(
    stage: Stage,
    batch: int,
    stand_by: float,
    *,
    role: str = "projector",
    heartbeat_timeout: float = leadership.HEARTBEAT_TIMEOUT_S,
) -> AsyncGenerator[Spawner]:
    config = stage.kring.config
    settings = {
        "KRING_DATABASE_URL": config.database_url,
        "KRING_REDIS_URL": config.redis_url,
        "KRING_KEYS": str(config.keys),
        "KRING_DATA": str(config.data),
    }
    environ = {**os.environ, **{name: value for name, value in settings.items() if value}}  # noqa: TID251  passed on
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.workers.examples.projector_process"),
        *(role, str(batch), str(stand_by), str(heartbeat_timeout)),
        cwd=ROOT,
        env=environ,
        stdin=PIPE,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    made = Spawner(process)
    try:
        yield made
    finally:
        for child in list(made.alive):
            with contextlib.suppress(ProcessLookupError):
                made.kill(child)
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def load(stage: Stage, bank: OrganisationId) -> AsyncGenerator[None]:
    """Concurrent writers, readers and counters: events that count, change and rename, up to 500 a second."""
    ended, numbers = asyncio.Event(), itertools.count()

    async def write() -> None:
        while not ended.is_set():
            people = [PersonId(new_id("person")) for _ in range(10)]
            enrolled = [ParticipantEnrolled(programme=stage.programme, person=one, organisation=None) for one in people]
            moved = [
                ParticipantMoved(programme=stage.programme, person=one, organisation=bank, previous=None)
                for one in people[::2]
            ]
            name = Label(f"Bank {next(numbers)}")
            renamed = OrganisationRenamed(organisation=bank, was=Label("Bank"), name=name)
            await stage.do(Given(*enrolled, *moved, renamed))
            await asyncio.sleep(COMMAND_PAUSE_S)

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        ended.set()
        await writing


async def dumped(stage: Stage) -> dict[str, list[str]]:
    """Every row of every view as text."""
    rows = {
        view.name: await stage.kring.log.pool.fetch(f"select t::text from {table(view)} t order by key")
        for view in VIEWS
    }
    return {name: [row[0] for row in found] for name, found in rows.items()}


async def run_projector(stage: Stage) -> None:
    """Run the active projector until there is nothing left."""
    async with stage.kring.log.pool.acquire() as connection:
        while await projector.step(stage.kring, connection) is None:
            pass


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = TIMEOUT_S) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(POLL_INTERVAL_S)


async def wait_beyond(stage: Stage, position: int, seconds: float = TIMEOUT_S) -> None:
    async def there() -> bool:
        return await stage.kring.views.checkpoint() > position

    await until(there, seconds)


async def active(stage: Stage) -> None:
    async def there() -> bool:
        return await stage.kring.log.pool.fetchval(HOLDER)

    await until(there)


async def require_views_match_log(stage: Stage) -> None:
    """Require that tables equal the fold of all events and a rebuild, and that nobody was counted twice."""
    live = await dumped(stage)
    await stage.kring.views.empty()
    await run_projector(stage)
    assert await dumped(stage) == live
    mapper = stage.kring.commands.mapper
    for view in VIEWS:
        found, _ = await stage.kring.log.read(mapper.query([Selector(types=list(view.takes), tags=[])]))
        folded = fold_events(view, map(mapper.decode_with_metadata, found))
        rows = await stage.kring.log.pool.fetch(f"select key, to_json(t)::text from {table(view)} t")
        assert {row[0]: row_decoder(view.row).decode(row[1]) for row in rows} == folded, view.name
    row = await stage.kring.views.one(PROGRAMMES, stage.programme)
    assert row is not None
    assert row.participants == len(await stage.events(ParticipantEnrolled))


@pytest.fixture
async def bank(stage: Stage) -> OrganisationId:
    row = await stage.kring.log.pool.fetchval(
        "select data->>'organisation' from legible_events where type = 'organisation.registered'"
    )
    return OrganisationId(row)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("in_the_middle", [True, False], ids=["in the middle of its work", "while it begins"])
async def test_every_event_is_folded_once_after_many_kills_under_load(
    stage: Stage, bank: OrganisationId, seed: int, *, in_the_middle: bool
) -> None:
    dice = random.Random(seed)
    async with spawner(stage, batch=20, stand_by=0.02) as made, load(stage, bank):
        for _ in range(KILLS):
            before = await stage.kring.views.checkpoint()
            child = await made.projector()
            await (wait_beyond(stage, before) if in_the_middle else active(stage))
            await asyncio.sleep(dice.uniform(0, 0.03))
            made.kill(child)
        await made.projector()
        await wait_beyond(stage, await stage.kring.views.checkpoint())
    await run_projector(stage)
    await require_views_match_log(stage)


async def test_a_standby_projector_takes_over_when_the_active_one_is_killed(stage: Stage, bank: OrganisationId) -> None:
    async with spawner(stage, batch=1000, stand_by=leadership.STANDBY_INTERVAL_S) as made, load(stage, bank):
        active_one = await made.projector()
        await active(stage)
        for _ in range(3):
            standing_by = await made.projector()
            await wait_beyond(stage, await stage.kring.log.head())
            made.kill(active_one)
            await wait_beyond(stage, await stage.kring.log.head(), TAKEOVER_S)
            active_one = standing_by
    await run_projector(stage)
    await require_views_match_log(stage)


async def enrol(stage: Stage, number: int) -> int:
    """Enrol this many people at once; return the last position."""
    people = [PersonId(new_id("person")) for _ in range(number)]
    enrolled = [ParticipantEnrolled(programme=stage.programme, person=one, organisation=None) for one in people]
    return (await stage.do(Given(*enrolled))).last


async def test_a_frozen_projector_loses_leadership_and_writes_nothing_on_waking(stage: Stage) -> None:
    dice = random.Random(1)

    async def reached(position: int) -> None:
        await wait_beyond(stage, position - 1)

    async with spawner(stage, batch=20, stand_by=0.02, heartbeat_timeout=FROZEN_S) as made:
        active_one = await made.projector()
        await reached(await enrol(stage, 1))
        for _ in range(ROUNDS):
            standing_by = await made.projector()
            last = await enrol(stage, 100)
            await asyncio.sleep(dice.uniform(0, 0.1))
            made.freeze(active_one)
            await reached(last)
            made.thaw(active_one)
            await reached(await enrol(stage, 1))
            made.kill(active_one)
            active_one = standing_by
    await run_projector(stage)
    await require_views_match_log(stage)


async def test_readiness_reports_a_frozen_projector_that_still_holds_leadership(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_health, "MAX_LAG_S", 1.0)

    async def why() -> str | None:
        return next(one.why for one in (await health.health(stage.kring)).parts if one.name == "projector")

    async def told() -> bool:
        return "has not advanced for" in (await why() or "")

    async def is_healthy() -> bool:
        return await why() is None

    async with spawner(stage, batch=1000, stand_by=0.02) as made:
        active_one = await made.projector()
        await until(is_healthy)
        made.freeze(active_one)
        await until(told)
        made.thaw(active_one)
        await until(is_healthy)


async def test_a_frozen_reactor_loses_leadership_to_a_standby(stage: Stage) -> None:
    async with spawner(stage, batch=20, stand_by=0.02, role="reactor", heartbeat_timeout=FROZEN_S) as made:
        active_one = await made.projector()
        await stage.open_ballot(closes_in=timedelta(days=3))
        await stage.until_jobs(bool, "close_ballot")
        await made.projector()
        made.freeze(active_one)
        await stage.register(PersonId(new_id("person")), "Late", "late@example.org", "nl")
        head = await stage.kring.log.head()

        async def caught_up() -> bool:
            return await stage.kring.log.pool.fetchval("select min(position) from reactions") >= head

        await until(caught_up)
        made.thaw(active_one)


async def test_views_are_rebuilt_while_others_write(stage: Stage, bank: OrganisationId) -> None:
    async with load(stage, bank):
        projecting = asyncio.create_task(projector.project(stage.kring))
        for _ in range(5):
            await wait_beyond(stage, await stage.kring.log.head())
            await stage.kring.views.empty()
        await wait_beyond(stage, await stage.kring.log.head())
        projecting.cancel()
        await asyncio.wait([projecting])
    await run_projector(stage)
    await require_views_match_log(stage)


async def test_events_of_an_earlier_version_are_folded_alongside_current_ones(stage: Stage) -> None:
    trip = sample_event(TripIdeaProposed)
    old = json.loads((FOLDER / f"{ExpenseShared.TOPIC}.v1.json").read_text()) | {"trip": trip.trip}
    assert "booking" not in old
    mapper = stage.kring.commands.mapper
    idea, _ = mapper.rows([Tagged(trip.tags(), trip)])
    tags = [trip.trip, old["payer"], old["team"], old["programme"]]
    before = NewEvent(ExpenseShared.TOPIC, 1, tags, json.dumps(old, separators=(",", ":"), sort_keys=True).encode())
    await stage.kring.log.append(an_append(*idea, before))
    await run_projector(stage)
    row = await stage.kring.views.one(TRIPS, trip.trip)
    assert row is not None
    assert [(one.id, one.booking) for one in row.expenses] == [(old["expense"], None)]
    live = await dumped(stage)
    await stage.kring.views.empty()
    await run_projector(stage)
    assert await dumped(stage) == live
