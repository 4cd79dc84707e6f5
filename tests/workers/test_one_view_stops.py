"""Whatever a view cannot fold, read or write stops only that view, at that event, until somebody retries or skips it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from structlog.testing import capture_logs

from domain.events.people import OrganisationRegistered
from domain.foundation import OrganisationId, PersonId
from domain.people.people import RegisterOrganisation
from projections.people import ORGANISATIONS, PEOPLE
from projections.query import ViewQuery
from projections.view import CannotFold, EventMetadata, On, View, one_row
from service.api.operations.health import health
from service.cli.doctor_checks import check_servers
from service.clock_and_ids import new_id
from service.kring import Kring, open_kring
from service.operations.drift import look_for_drift
from service.store.database import open_pool
from service.store.log.types import NewEvent
from service.store.views import view_store as store_views
from service.store.views.progress import progress
from service.store.views.skipping import retry_views, skip_of_view, skipped
from service.store.views.time_travel import PastViews
from service.store.views.view_store import ViewStore, definition, table
from tests.service.store.examples.log import an_append
from tests.workers.examples.stage import Stage
from workers import projector

TIMEOUT_S = 30.0  # a test that waits longer hangs


class Counted(Struct, frozen=True):
    """Number of events folded into a row."""

    id: OrganisationId
    events: int


POISON: set[int] = set()
"""Positions of the events that the fold cannot process."""


def counted(row: Counted | None, event: OrganisationRegistered, at: EventMetadata) -> Counted:
    if at.position in POISON:
        raise ValueError("what somebody typed")
    return Counted(event.organisation, (row.events if row else 0) + 1)


DELICATE = View("delicate", Counted, {OrganisationRegistered: On(one_row("organisation"), counted)})


@pytest.fixture
async def kring(stage: Stage) -> AsyncGenerator[Kring]:
    """A Kring with a view of organisations that can fail, one of people, and the real one of organisations."""
    views = ViewStore(stage.kring.log.pool, (DELICATE, PEOPLE, ORGANISATIONS))
    await views.prepare()
    for number in range(3):
        await registered(stage, f"Nr {number}")
    yield replace(stage.kring, views=views)
    POISON.clear()


async def registered(stage: Stage, name: str) -> tuple[OrganisationId, int]:
    """Register an organisation; return its id and the position of the event."""
    organisation = OrganisationId(new_id("organisation"))
    receipt = await stage.do(RegisterOrganisation(organisation, name=name, by=stage.by()))  # pyright: ignore[reportArgumentType]
    return organisation, receipt.first


async def run_projector(kring: Kring) -> None:
    """Run the active projector until there is nothing left."""
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass


async def stopped(kring: Kring) -> dict[str, tuple[int, str]]:
    """Stopped views on the health page; requires that the others have reached the head."""
    found = await health(kring)
    names = {one.view: (one.position, one.because) for one in found.stopped_views}
    head = await kring.log.head()
    assert {one.view for one in found.views if one.position == head} == {one.view for one in found.views} - names.keys()
    assert found.visible == (head if len(names) < len(found.views) else 0)
    return names


async def test_undecodable_data_stops_only_the_views_that_use_it(stage: Stage, kring: Kring) -> None:
    damaged = NewEvent(OrganisationRegistered.TOPIC, 1, [new_id("organisation")], b'{"organisation":7}')
    receipt = await kring.log.append(an_append(damaged))
    await registered(stage, "Later")
    with capture_logs() as logged:
        await run_projector(kring)
    why = (receipt.first, "cannot be decoded (ValidationError)")
    assert await stopped(kring) == {"delicate": why, "organisations": why}
    read = [one for one in logged if one["event"] == "event_unreadable"]
    assert {(one["position"], one["type"]) for one in read} == {(receipt.first, OrganisationRegistered.TOPIC)}
    async with asyncio.timeout(TIMEOUT_S):
        await kring.views.wait(await kring.log.head(), TIMEOUT_S)  # at_least
    assert len(await kring.log.pool.fetch(f"select from {table(DELICATE)}")) == 4  # all that came before


async def test_an_unknown_event_type_stops_nothing_and_is_logged_at_start(kring: Kring) -> None:
    receipt = await kring.log.append(an_append(NewEvent("future.thing_done", 1, ["x_1"], b"{}")))
    await run_projector(kring)
    assert await stopped(kring) == {}
    assert [(one.type, one.position) for one in (await health(kring)).unknown_events] == [
        ("future.thing_done", receipt.first)
    ]
    with capture_logs() as logged:
        async with open_kring(kring.config):
            pass
    assert [(one["type"], one["first_position"]) for one in logged if one["event"] == "events_of_unknown_type"] == [
        ("future.thing_done", receipt.first)
    ]


@pytest.mark.parametrize(
    ("damage", "because"),
    [
        ("alter table {table} drop column events", "UndefinedColumnError"),
        ("alter table {table} alter column events type date using null", "InvalidDatetimeFormatError"),
        ("drop table {table}", "UndefinedTableError"),
        ("alter table {table} add check (events > 1) not valid", "CheckViolationError"),
    ],
    ids=["column", "type", "table", "constraint"],
)
async def test_a_table_error_stops_only_its_view_at_the_failing_event(
    stage: Stage, kring: Kring, damage: str, because: str
) -> None:
    await run_projector(kring)
    await kring.log.pool.execute(damage.format(table=table(DELICATE)))
    _, first = await registered(stage, "Later")
    await stage.register(PersonId(new_id("person")), "Late", "late@example.org", "nl")
    await registered(stage, "Last")
    await run_projector(kring)
    (name, (position, why)) = (await stopped(kring)).popitem()
    assert (name, position) == ("delicate", first)
    assert why == because
    if "drop table" in damage:  # the next start recreates it, and so does a retry
        await kring.views.prepare()
        await run_projector(kring)
        assert await stopped(kring) == {}


async def test_a_view_whose_table_cannot_be_created_stops_and_others_are_prepared(stage: Stage) -> None:
    twice: Any = msgspec.defstruct("Twice", [("key", str)], frozen=True, module=__name__)
    views = ViewStore(stage.kring.log.pool, (View("twice", twice, DELICATE.takes), DELICATE))
    with capture_logs() as logged:
        await views.prepare()
    assert [(one["event"], one["view"]) for one in logged] == [("view_not_prepared", "twice")]
    kring = replace(stage.kring, views=views)
    await run_projector(kring)
    assert await stopped(kring) == {"twice": (0, "its table cannot be created: DuplicateColumnError")}


async def test_processes_that_start_together_create_each_table_once(stage: Stage) -> None:
    views = [View(f"delicate_{number}", Counted, DELICATE.takes) for number in range(8)]
    url = stage.kring.config.database_url
    assert url is not None
    async with AsyncExitStack() as stack:
        pools = [await stack.enter_async_context(open_pool(url, 1, 1)) for _ in range(4)]
        with capture_logs() as logged:
            await asyncio.gather(*(ViewStore(pool, views).prepare() for pool in pools))
    assert logged == []
    await run_projector(replace(stage.kring, views=ViewStore(stage.kring.log.pool, views)))


async def test_nobody_waits_for_stopped_views_even_if_all_are_stopped(stage: Stage) -> None:
    views = ViewStore(stage.kring.log.pool, (DELICATE,))
    await views.prepare()
    _, position = await registered(stage, "Poison")
    POISON.add(position)
    kring = replace(stage.kring, views=views)
    await run_projector(kring)
    assert (await stopped(kring)).keys() == {"delicate"}
    async with asyncio.timeout(TIMEOUT_S):
        await views.wait(await kring.log.head(), TIMEOUT_S)
    POISON.clear()


async def test_a_skipped_event_is_left_out_everywhere_and_through_a_rebuild(stage: Stage, kring: Kring) -> None:
    await run_projector(kring)
    organisation, position = await registered(stage, "Poison")
    POISON.add(position)
    await run_projector(kring)
    assert await stopped(kring) == {"delicate": (position, "ValueError")}
    with pytest.raises(CannotFold):
        await kring.commands.row(DELICATE, organisation)
    assert await skip_of_view(kring.views, "delicate", "Imported twice", "ops@host") == position
    assert await skip_of_view(kring.views, "delicate", "Imported twice", "ops@host") is None
    await run_projector(kring)
    assert await stopped(kring) == {}
    await kring.views.empty()
    await run_projector(kring)
    assert await stopped(kring) == {}
    assert await kring.views.one(DELICATE, organisation) is None
    assert await kring.commands.row(DELICATE, organisation) is None
    past = PastViews(
        kring.views, kring.log, kring.commands.mapper, [organisation], await kring.log.head(), only=[organisation]
    )
    assert await past.rows(Counted, ViewQuery("select * from {delicate}", DELICATE)) == []
    compared = {one.view: one async for one in look_for_drift(kring)}
    assert [one for one in compared.values() if one.drifts or one.failed] == []
    (left_out,) = await skipped(kring.views)
    assert (left_out.kind, left_out.name, left_out.position) == ("view", "delicate", position)
    assert (left_out.because, left_out.reason, left_out.skipped_by) == ("ValueError", "Imported twice", "ops@host")
    (shown,) = (await health(kring)).skipped_events
    assert (shown.name, shown.position) == ("delicate", position)
    findings = [one.found async for one in check_servers(kring, running=False) if one.about == "view"]
    assert findings == [f"delicate skips event {position} (ValueError); skipped by ops@host: Imported twice"]


async def test_a_redefined_view_retries_a_skipped_event(
    stage: Stage, kring: Kring, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, position = await registered(stage, "Poison")
    POISON.add(position)
    await run_projector(kring)
    await skip_of_view(kring.views, "delicate", "Until the next version", "ops@host")
    monkeypatch.setattr(store_views, "source_digest", lambda _: b"mended")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    mended = replace(kring, views=ViewStore(kring.log.pool, (View("delicate", Counted, DELICATE.takes),)))
    await mended.views.prepare()
    await run_projector(mended)
    assert await stopped(mended) == {"delicate": (position, "ValueError")}


async def test_a_view_that_folded_lost_events_cannot_skip_them(kring: Kring) -> None:
    await run_projector(kring)
    await kring.log.pool.execute(
        "update views.checkpoints set stopped_at = position, stopped_because = $2 where definition = $1",
        definition(DELICATE),
        store_views.DIVERGED,
    )
    assert await skip_of_view(kring.views, "delicate", "Go on", "ops@host") is None
    assert await skipped(kring.views) == []


async def test_a_view_that_catches_up_does_not_delay_others(
    stage: Stage, kring: Kring, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, position = await registered(stage, "Poison")
    POISON.add(position)
    await run_projector(kring)
    for number in range(5):
        await registered(stage, f"After {number}")
    await run_projector(kring)
    monkeypatch.setattr(projector, "BATCH_SIZE", 1)
    POISON.clear()
    await retry_views(kring.views, ["delicate"])
    late = PersonId(new_id("person"))
    await stage.register(late, "Late", "late@example.org", "nl")
    async with kring.log.pool.acquire() as connection:
        while await kring.views.one(PEOPLE, late) is None:
            await projector.step(kring, connection)
    places = {one.view: one.position for one in await progress(kring.views)}
    assert places["delicate"] < places["people"] == await kring.log.head()
    await run_projector(kring)
    assert await stopped(kring) == {}
