"""An event that a fold cannot process stops only its view, is reported, and is folded once when it is retried."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from domain.events.people import OrganisationRegistered, OrganisationRenamed
from domain.foundation import Label, OrganisationId
from domain.people.people import RegisterOrganisation
from projections.people import ORGANISATIONS
from projections.view import CannotFold, EventMetadata, On, View, one_row
from service.api.http.streams import Streams
from service.api.operations.health import health
from service.api.operations.metrics import metrics
from service.clock_and_ids import new_id, now
from service.config import Limits
from service.kring import Kring
from service.operations.drift import look_for_drift
from service.store import heartbeats
from service.store.database import Connection
from service.store.views import view_store as store_views
from service.store.views.progress import progress
from service.store.views.skipping import retry_views as retry
from service.store.views.skipping import skip_of_view
from service.store.views.view_store import ViewStore, table
from tests.service.api.examples.team import Given
from tests.workers.examples.stage import Stage, working
from workers import engine, job_handlers, projector
from workers.jobs import queue

TIMEOUT_S = 60.0  # a test that waits longer hangs

CLOCK_TOLERANCE_S = 60.0

POISON: set[int] = set()
"""Positions of the events that the fold cannot process at present."""


class Counted(Struct, frozen=True):
    """Number of events folded into a row."""

    id: OrganisationId
    events: int


def counted(row: Counted | None, event: OrganisationRegistered, at: EventMetadata) -> Counted:
    if at.position in POISON:
        raise ValueError("what somebody typed")
    return Counted(event.organisation, (row.events if row else 0) + 1)


DELICATE = View("delicate", Counted, {OrganisationRegistered: On(one_row("organisation"), counted)})


@pytest.fixture
async def kring(stage: Stage) -> AsyncGenerator[Kring]:
    """A delicate view beside a robust one, and three more organisations, the second of which it cannot fold."""
    views = ViewStore(stage.kring.log.pool, (DELICATE, ORGANISATIONS))
    await views.prepare()
    for number in range(3):
        receipt = await stage.do(
            RegisterOrganisation(OrganisationId(new_id("organisation")), name=f"Nr {number}", by=stage.by())  # pyright: ignore[reportArgumentType]
        )
        if number == 1:
            POISON.add(receipt.first)
    yield replace(stage.kring, views=views)
    POISON.clear()


async def run_projector(kring: Kring) -> None:
    """Run the active projector until there is nothing left."""
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass


async def counts(kring: Kring) -> list[int]:
    rows = await kring.log.pool.fetch(f"select events from {table(DELICATE)}")
    return [row[0] for row in rows]


async def test_an_event_that_a_view_cannot_fold_stops_and_reports_that_view_only(kring: Kring) -> None:
    (poison,) = POISON
    with capture_logs() as metrics_by_name:
        await run_projector(kring)
    assert [(one["view"], one["position"], one["because"]) for one in metrics_by_name] == [
        ("delicate", poison, "ValueError")
    ]
    found = await health(kring)
    assert [(one.view, one.position, one.because) for one in found.stopped_views] == [
        ("delicate", poison, "ValueError")
    ]
    places = {one.view: one for one in found.views}
    assert places["organisations"].behind == 0
    assert places["delicate"].behind == await kring.log.head() - places["delicate"].position > 0
    assert places["delicate"].seconds_behind > 0
    assert places["organisations"].rows_per_second is not None
    assert "typed" not in str(found)
    assert len(await kring.log.pool.fetch(f"select from {table(ORGANISATIONS)}")) == 4


async def test_only_batches_commit_asynchronously(kring: Kring, monkeypatch: pytest.MonkeyPatch) -> None:
    save, waits = ViewStore.save, list[str]()

    async def looked(connection: Connection, *args: Any) -> None:
        waits.append(await connection.fetchval("show synchronous_commit"))
        await save(connection, *args)

    monkeypatch.setattr(ViewStore, "save", staticmethod(looked))
    async with kring.log.pool.acquire() as connection:
        await projector.step(kring, connection)
        assert await connection.fetchval("show synchronous_commit") == "on"
    assert set(waits) == {"off"}


async def test_a_retried_view_applies_the_failed_event_exactly_once(kring: Kring) -> None:
    await run_projector(kring)
    at = (await progress(kring.views))[0].position
    assert await retry(kring.views, ["delicate", "organisations"]) == {"delicate": at}
    await run_projector(kring)  # nothing was fixed
    assert [one.stopped_at for one in await progress(kring.views)] == [*POISON, None]
    POISON.clear()
    assert await retry(kring.views, ["delicate"]) == {"delicate": at}
    await run_projector(kring)
    assert await counts(kring) == [1, 1, 1, 1]
    assert [(one.behind, one.stopped_at) for one in await progress(kring.views)] == [(0, None), (0, None)]
    assert [one.rows for one in await progress(kring.views)] == [4, 4]
    assert await retry(kring.views, ["delicate"]) == {}


async def test_a_fixed_definition_starts_a_new_table(kring: Kring, monkeypatch: pytest.MonkeyPatch) -> None:
    await run_projector(kring)
    monkeypatch.setattr(store_views, "source_digest", lambda _: b"mended")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    POISON.clear()
    mended = View("delicate", Counted, DELICATE.takes)
    anew = replace(kring, views=ViewStore(kring.log.pool, (mended,)))
    await anew.views.prepare()
    await run_projector(anew)
    rows = await kring.log.pool.fetch(f"select events from {table(mended)}")
    assert ([row[0] for row in rows], table(mended) != table(DELICATE)) == ([1, 1, 1, 1], True)


async def metrics_by_name(kring: Kring) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples in `/metrics`: values by labels, by metric."""
    app: Any = Litestar(
        [metrics], state=State({"kring": kring, "streams": Streams(Limits())}), openapi_config=None, logging_config=None
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kring") as client:
        answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(one.labels[name] for name in sorted(one.labels, reverse=True))] = (
                one.value
            )
    return found


async def test_the_log_names_the_line_of_the_fold_that_failed(kring: Kring) -> None:
    with capture_logs() as lines:
        await run_projector(kring)
    (stopped,) = [one for one in lines if one["event"] == "view_stopped"]
    assert re.fullmatch(rf"{re.escape(__file__)}:\d+", stopped["at"])


async def test_metrics_report_position_speed_and_stop_of_each_view(kring: Kring) -> None:
    await run_projector(kring)
    (poison,), head = POISON, await kring.log.head()
    found = await metrics_by_name(kring)
    assert found["kring_log_head"] == {(): head}
    assert found["kring_view_position"]["organisations",] == head
    assert found["kring_view_lag_events"]["organisations",] == 0
    assert found["kring_view_lag_events"]["delicate",] > 0
    assert found["kring_view_lag_seconds"]["organisations",] == 0
    assert found["kring_view_lag_seconds"]["delicate",] > 0
    assert found["kring_view_rows_total"]["organisations",] == 4
    assert found["kring_view_events_total"]["organisations",] == head
    assert found["kring_view_busy_seconds_total"]["organisations",] > 0
    assert found["kring_view_stopped_at"] == {("delicate", "ValueError"): poison}


async def test_metrics_report_reactions_skipped_events_and_progress(kring: Kring) -> None:
    await run_projector(kring)
    pool = kring.log.pool
    await pool.execute(
        "insert into reactions (name, position, stopped_at, stopped_because) values ('mails', 1, 2, 'too many')"
    )
    await pool.execute("insert into parked_events (reaction, position, because) values ('mails', 1, 'KeyError')")
    await pool.execute(
        "insert into jobs (key, kind, arguments, position, correlation_id, due_at, state) "
        "select 'mail:' || n, 'mail', '{}', 1, gen_random_uuid(), now(), 'failed' from generate_series(1, 3) n"
    )
    await heartbeats.beat(pool, heartbeats.PROJECTOR)
    await skip_of_view(kring.views, "delicate", "Imported twice", "ops@host")
    found = await metrics_by_name(kring)
    assert found["kring_reaction_position"] == {("mails",): 1}
    assert found["kring_reaction_parked_events"] == {("mails",): 1}
    assert found["kring_reaction_stopped_at"] == {("mails", "too many"): 2}
    assert found["kring_reaction_lag_seconds"]["mails",] > 0
    assert found["kring_skipped_events"] == {("delicate", "view"): 1}
    assert found["kring_failed_jobs"] == {(): 3}
    assert found["kring_silent_seconds"].keys() == {("projector",)}
    assert "kring_view_stopped_at" not in found


async def test_the_worker_compares_views_with_the_log_on_request(stage: Stage) -> None:
    await run_projector(stage.kring)
    await engine.request_check(stage.kring)
    pool = stage.kring.log.pool
    changed = await pool.execute(f"update {table(ORGANISATIONS)} set name = 'Een andere'")
    assert changed == "UPDATE 1"
    async with working(stage.kring), asyncio.timeout(TIMEOUT_S):
        while None in (found := {one.view: one.drifted for one in await progress(stage.kring.views)}).values():  # noqa: ASYNC110  there is no notification
            await asyncio.sleep(0.02)
    assert {view: rows for view, rows in found.items() if rows} == {"organisations": 1}
    metrics_say = await metrics_by_name(stage.kring)
    drifted = {view: rows for (view,), rows in metrics_say["kring_view_drifted_rows"].items() if rows}
    assert drifted == {"organisations": 1}
    checked = metrics_say["kring_view_checked_timestamp_seconds"]
    assert checked.keys() == {(one,) for one in found}
    assert all(abs(at - now().timestamp()) < CLOCK_TOLERANCE_S for at in checked.values())


async def test_a_view_that_is_behind_the_log_does_not_differ_from_it(stage: Stage) -> None:
    await run_projector(stage.kring)
    key = OrganisationId(await stage.kring.log.pool.fetchval(f"select key from {table(ORGANISATIONS)}"))
    renamed = OrganisationRenamed(organisation=key, was=Label("Bank"), name=Label("Kas"))
    await stage.kring.commands.execute(lambda: Given(renamed))
    assert await stage.kring.views.checkpoint() < await stage.kring.log.head()
    compared = {one.view: one async for one in look_for_drift(stage.kring)}
    assert compared["organisations"].rows == 1
    assert [one for one in compared.values() if one.drifts] == []


async def test_a_failed_drift_check_is_reported_and_repeated(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FIRST_PAUSE", timedelta())
    tries, again = list[int](), asyncio.Event()

    async def looks(_: Kring) -> AsyncIterator[None]:
        tries.append(1)
        if len(tries) == 1:
            raise CannotFold("teams", 3, "KeyError")
        again.set()
        yield

    monkeypatch.setattr(job_handlers, "look_for_drift", looks)
    await engine.request_check(stage.kring)
    with capture_logs() as logged:
        async with working(stage.kring), asyncio.timeout(TIMEOUT_S):
            await again.wait()
    assert [one["because"] for one in logged if one["event"] == "job_failed"] == ["CannotFold"]
