"""A log restored to fewer events than its views and reactions have processed: they stop, report it, and can be repaired."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.foundation import PersonId
from projections.people import PEOPLE
from projections.query import ViewQuery
from service.api.operations.health import Health, health
from service.cli.doctor_checks import Finding, check_servers
from service.cli.rebuild import REACT_AFTER
from service.clock_and_ids import new_id
from service.store.views.progress import progress, progress_of_reactions
from tests.conftest import Database
from tests.service.store.examples.restoring import lose_events
from tests.workers.examples.stage import Stage
from workers import projector, reactor
from workers.leadership import LostLeadership
from workers.reactions import REACTIONS

EVERYBODY = ViewQuery("select * from {people}", PEOPLE)
STOPPED = "select count(*) from views.checkpoints where stopped_at is not null"
WAITS = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
TIMEOUT_S = 20.0  # a test that waits longer hangs


async def run_projector(stage: Stage) -> None:
    """Run the active projector until there is nothing left."""
    async with stage.kring.log.pool.acquire() as connection:
        while await projector.step(stage.kring, connection) is None:
            pass


async def run_reactor(stage: Stage) -> None:
    """Run the active reactor."""
    async with stage.kring.log.pool.acquire() as connection:
        await connection.execute(reactor.BEGIN, [one.name for one in REACTIONS])
        while (await reactor.step(stage.kring, connection, REACTIONS))[0] is None:
            pass


async def restored(stage: Stage, database: Database, *, lost: int, reused: int) -> int:
    """Restore the log and let others write at the lost positions; return the last unchanged event."""
    last_kept = await stage.kring.log.head() - lost
    await lose_events(database, kept=last_kept)
    for _ in range(reused):  # the writer notices, and a command decides again
        await stage.register(PersonId(new_id("person")), "Nieuw", f"{new_id('x')}@example.org", "nl")
    return last_kept


def why(found: Health, part: str) -> str:
    return next(one.why or "" for one in found.parts if one.name == part)


async def examined(stage: Stage) -> Finding:
    found = [one async for one in check_servers(stage.kring, running=False)]
    return next(one for one in found if one.about == "restore")


@pytest.mark.parametrize(("lost", "reused"), [(3, 0), (3, 2), (2, 2), (2, 5)])
async def test_views_that_folded_lost_events_stop_until_they_are_rebuilt(
    stage: Stage, database: Database, lost: int, reused: int
) -> None:
    await run_projector(stage)
    assert (await examined(stage)).level == "ok"
    await restored(stage, database, lost=lost, reused=reused)
    assert {one.behind for one in await progress(stage.kring.views)} == {max(0, reused - lost)}
    finding = await examined(stage)
    assert (finding.level, finding.advice) == ("error", "Run `kring rebuild`.")
    assert "view people" in finding.found
    with capture_logs() as told:
        await run_projector(stage)
    views = stage.kring.views
    assert {one["view"] for one in told if one["event"] == "view_ahead_of_log"} == set(views.views)
    assert await stage.kring.log.pool.fetchval(STOPPED) == len(views.views)
    found = await health(stage.kring)
    assert found.status == "not_ready"
    assert "kring rebuild" in why(found, "projector")
    assert {"kring rebuild" in one.because for one in found.stopped_views} == {True}
    await views.empty()
    await run_projector(stage)
    assert await views.checkpoint() == await stage.kring.log.head()
    names = await views.rows(PEOPLE.row, EVERYBODY)
    assert len(names) == len(stage.electors) + reused
    assert (await health(stage.kring)).stopped_views == []
    assert (await examined(stage)).level == "ok"


async def test_a_rebuild_waits_for_a_projector_in_the_middle_of_a_batch(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_projector(stage)
    await stage.register(PersonId(new_id("person")), "Laat", "laat@example.org", "nl")
    fold, folded, go_on = projector.fold_batch, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: object) -> projector.FoldCost:
        spent = await fold(*arguments)  # pyright: ignore[reportArgumentType]
        folded.set()
        await go_on.wait()
        return spent

    monkeypatch.setattr(projector, "fold_batch", slow)
    projecting = asyncio.create_task(run_projector(stage))
    await folded.wait()
    rebuilding = asyncio.create_task(stage.kring.views.empty())
    async with asyncio.timeout(TIMEOUT_S):
        while not await stage.kring.log.pool.fetchval(WAITS):  # noqa: ASYNC110  there is no notification
            await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(
        rebuilding, projecting, return_exceptions=True
    )  # it may have read its leadership before losing it
    assert rebuilding.exception() is None
    await _as_rebuilt(stage)


async def test_a_projector_that_lost_leadership_does_not_undo_a_rebuild(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_projector(stage)
    await stage.register(PersonId(new_id("person")), "Laat", "laat@example.org", "nl")
    read = stage.kring.log.read

    async def read_and_be_overtaken(**how: Any) -> object:
        found = await read(**how)
        await stage.kring.views.empty()
        return found

    monkeypatch.setattr(stage.kring.log, "read", read_and_be_overtaken)
    with pytest.raises(LostLeadership):
        async with asyncio.timeout(TIMEOUT_S):  # a projector that does not notice restarts forever
            await run_projector(stage)
    monkeypatch.setattr(stage.kring.log, "read", read)
    await _as_rebuilt(stage)


async def _as_rebuilt(stage: Stage) -> None:
    await run_projector(stage)
    assert await stage.kring.views.checkpoint() == await stage.kring.log.head()
    assert len(await stage.kring.views.rows(PEOPLE.row, EVERYBODY)) == len(stage.electors) + 1


@pytest.mark.parametrize(("lost", "reused"), [(3, 0), (2, 2), (2, 5)])
async def test_reactions_that_processed_lost_events_pause_until_repositioned(
    stage: Stage, database: Database, lost: int, reused: int
) -> None:
    await run_reactor(stage)
    last_kept = await restored(stage, database, lost=lost, reused=reused)
    with capture_logs() as logged:
        await run_reactor(stage)
    assert {one["reaction"] for one in logged if one["event"] == "reaction_ahead_of_log"} == {
        one.name for one in REACTIONS
    }
    assert "kring rebuild --react-after" in why(await health(stage.kring), "worker")
    advice = (await examined(stage)).advice
    assert advice == "Run `kring rebuild` with --react-after and the last restored event."
    await stage.kring.log.pool.execute(REACT_AFTER, last_kept)
    await run_reactor(stage)
    assert {one.behind for one in await progress_of_reactions(stage.kring.log.pool)} == {0}
    assert (await examined(stage)).level == "ok"
