"""Decisions by the store's clock, to the microsecond: the log's own function with a clock that stands still until it is set."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from service.store.database import Connection
from service.store.log.errors import ClockBehind, DeadlinePassed, NotYetDue
from service.store.log.log import Log
from service.store.log.types import Receipt
from tests.conftest import Database
from tests.service.store.examples.log import an_append, event, session, unless
from tests.service.store.examples.log_clock import MICROSECOND, SECOND

NOON = datetime(2016, 10, 12, 12, tzinfo=UTC)

OWN_CLOCK = """
create table test_clock (moment timestamptz not null);
insert into test_clock values ('2016-10-12 12:00Z');
create function test_clock() returns timestamptz language sql as 'select moment from public.test_clock';
"""

SET_CLOCK = "update test_clock set moment = $1"


@asynccontextmanager
async def own_clock(database: Database) -> AsyncGenerator[Connection]:
    """Connection of the owner, with the database's clock at noon."""
    async with session(database.owner_url) as owner:
        await owner.execute(OWN_CLOCK)
        function: str = await owner.fetchval("select pg_get_functiondef('append_events'::regproc)")
        assert function.count("clock_timestamp()") == 1
        await owner.execute(function.replace("clock_timestamp()", "test_clock()"))
        yield owner


async def test_deadlines_are_exact_to_the_microsecond_and_inclusive(database: Database) -> None:
    async with own_clock(database), Log.open(database.url) as log:
        assert (await log.append(an_append(not_after=NOON, not_before=NOON))).recorded_at == NOON
        with pytest.raises(DeadlinePassed):
            await log.append(an_append(not_after=NOON - MICROSECOND))
        with pytest.raises(NotYetDue):
            await log.append(an_append(not_before=NOON + MICROSECOND))
        assert await log.head() == 1


async def test_only_the_untimely_appends_of_a_batch_are_refused(database: Database) -> None:
    appends = [
        an_append(event("a.b", "first")),
        an_append(event("a.b", "late"), not_after=NOON - MICROSECOND),
        an_append(event("a.b", "second"), condition=unless("late", after=0), not_after=NOON),
        an_append(event("a.b", "early"), not_before=NOON + MICROSECOND),
        an_append(event("a.b", "third"), condition=unless("early", after=0), not_before=NOON),
        an_append(event("a.b", "late"), not_after=NOON - SECOND),
    ]
    async with own_clock(database), Log.open(database.url) as log:
        answers = await asyncio.gather(*map(log.append, appends), return_exceptions=True)
        events, _ = await log.read()
    assert [type(one) for one in answers] == [Receipt, DeadlinePassed, Receipt, NotYetDue, Receipt, DeadlinePassed]
    assert [one.tags for one in events] == [["first"], ["second"], ["third"]]


async def test_a_clock_set_back_is_frozen_and_more_than_a_second_raises(
    database: Database,
) -> None:
    async with own_clock(database) as owner, Log.open(database.url) as log:
        await log.append(an_append())
        await owner.execute(SET_CLOCK, NOON - SECOND)
        assert (await log.append(an_append())).recorded_at == NOON
        with pytest.raises(DeadlinePassed):  # it would be recorded at noon
            await log.append(an_append(not_after=NOON - MICROSECOND))
        await owner.execute(SET_CLOCK, NOON - SECOND - MICROSECOND)
        with capture_logs() as logs, pytest.raises(ClockBehind):
            await log.append(an_append())
        assert [(one["event"], one["log_level"]) for one in logs] == [("clock_behind_log", "error")]
        await owner.execute(SET_CLOCK, NOON + MICROSECOND)
        assert (await log.append(an_append())).recorded_at == NOON + MICROSECOND
        events, _ = await log.read()
    assert [one.position for one in events] == [1, 2, 3]


async def test_a_clock_set_back_is_detected_under_the_lock_too(database: Database) -> None:
    async with own_clock(database) as owner, Log.open(database.url) as log, Log.open(database.url) as other:
        await other.append(an_append())  # so that the first try finds the head moved
        await owner.execute(SET_CLOCK, NOON - 2 * SECOND)
        with pytest.raises(ClockBehind):
            await log.append(an_append())
        await owner.execute(SET_CLOCK, NOON)
        assert (await log.append(an_append())).first == 2
        assert (await other.append(an_append())).first == 3
