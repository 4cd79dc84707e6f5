"""Positions have no gaps and are seen in the order of commit, whoever writes and reads."""

import asyncio

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem

from service.sealing.disclosure import Disclosure
from service.store.database import DATABASE_ERRORS
from service.store.log import log as log_module
from service.store.log.batch import BatchPlan, Checks
from service.store.log.errors import Conflict, QueueFull
from service.store.log.log import Log
from service.store.log.session import MAX_CATCH_UP_EVENTS, AppendResult, Session
from service.store.log.types import Paper, Receipt
from tests.conftest import Database
from tests.service.store.examples.log import (
    an_append,
    event,
    holding_the_lock,
    known,
    once,
    session,
    unless,
    until_somebody_waits_for_the_lock,
)
from tests.service.store.log.examples.sessions import WriterSessions

WRITERS, EACH = 24, 12


async def test_a_follower_sees_every_position_once_and_in_order_while_two_processes_write(database: Database) -> None:
    total = 2 * WRITERS * EACH * 2
    async with Log.open(database.url) as log, Log.open(database.url) as other, Log.open(database.url) as reader:
        receipts: dict[tuple[int, int], Receipt] = {}
        seen: list[int] = []
        heads: list[int] = []

        async def write(to: Log, name: int) -> None:
            for number in range(EACH):
                pair = an_append(event("a.b", f"thing_{name}", "all"), event("a.c", f"n_{number}", "all"))
                receipts[name, number] = await to.append(pair)

        async def follow() -> None:
            while len(seen) < total:
                assert await reader.wait_beyond(seen[-1] if seen else 0, 10)
                events, head = await reader.read(after=seen[-1] if seen else 0)
                seen.extend(one.position for one in events)
                heads.append(head)
                assert head == seen[-1]

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(follow())
            for name in range(WRITERS):
                group.create_task(write(log, name))
                group.create_task(write(other, WRITERS + name))
        events, _ = await reader.read()
    assert seen == list(range(1, total + 1))
    assert sorted(one.first for one in receipts.values()) == list(range(1, total, 2))
    moments = [one.recorded_at for one in events]
    assert moments == sorted(moments)


@pytest.mark.parametrize("types", [[], ["seat.taken"]])
async def test_two_processes_never_break_each_others_conditions(database: Database, types: list[str]) -> None:
    """One seat with many takers on both sides, each with the head that it read."""
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        for round_ in range(10):
            seat = f"seat_{round_}"
            taken, untouched = event("seat.taken", seat), unless(seat, types=types, after=await log.head())
            answers = await asyncio.gather(
                *((log, other)[n % 2].append(an_append(taken, condition=untouched)) for n in range(12)),
                return_exceptions=True,
            )
            assert sum(isinstance(one, Receipt) for one in answers) == 1
        assert await log.head() == 10


async def test_events_of_others_are_checked_in_the_same_call(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events of others shift none of the positions counted from the head."""
    called: list[str] = []
    call = Session.call_append

    async def watched(self: Session, plan: BatchPlan, checks: Checks) -> AppendResult:
        called.append(self.name)
        return await call(self, plan, checks)

    paper, sent = Paper("ballot_1", "person_a", b"sealed", b"commitment"), once()
    async with Log.open(database.url) as log, Log.open(database.url) as other, session(database.url) as reader:
        for _ in range(2):  # the first time it learns that others write as well
            await other.append(an_append(event("a.b", "theirs"), event("a.b", "theirs")))
            await log.append(an_append(event("a.b", "mine"), condition=unless("mine", types=["a.b"], after=3)))
        await other.append(an_append(event("a.b", "theirs", "seat"), event("a.c", "theirs", "table")))
        monkeypatch.setattr(Session, "call_append", watched)
        receipt = await log.append(
            an_append(
                event("a.b", "mine"),
                event("a.b", "mine"),
                condition=DCBAppendCondition(
                    DCBQuery(
                        [
                            DCBQueryItem(["a.b"], ["seat"]),  # there, but it was read before
                            DCBQueryItem(["a.c"], ["seat"]),
                            DCBQueryItem(["a.b", "a.c"], ["seat", "table"]),
                        ]
                    ),
                    after=7,
                ),
                disclosures=[Disclosure(b"digest", "person_a", b"nonce", b"sealed")],
                papers=[paper],
                once=sent,
            )
        )
        assert len(called) == 1
        command = await log.command(sent.id)
        places: list[int] = [
            await reader.fetchval(f"select position from {table}") for table in ("papers", "disclosures")
        ]
        following = await log.append(an_append(condition=unless("mine", types=["a.b"], after=10)))
    assert (receipt.first, receipt.last) == (9, 10)
    assert command is not None
    assert (command[1].first, command[1].last) == (9, 10)
    assert places == [9, 9]
    assert following.first == 11


@pytest.mark.parametrize(
    ("items", "after"),
    [
        pytest.param([DCBQueryItem(["a.b"], ["seat"])], 3, id="one tag"),
        pytest.param([DCBQueryItem(["a.b"], ["table", "seat"])], 3, id="two tags"),
        pytest.param([DCBQueryItem(["x.y"], ["mine"]), DCBQueryItem(["x.y", "a.b"], ["seat"])], None, id="any item"),
    ],
)
async def test_events_of_others_that_a_condition_forbids_are_a_conflict(
    database: Database, items: list[DCBQueryItem], after: int | None
) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        for _ in range(2):
            await other.append(an_append(event("a.b", "theirs")))
            await log.append(an_append(event("a.b", "mine")))
        await other.append(an_append(event("a.b", "seat", "table")))
        answers = await asyncio.gather(
            log.append(an_append(condition=DCBAppendCondition(DCBQuery(items), after))),
            log.append(an_append(condition=DCBAppendCondition(DCBQuery(items), 5))),
            return_exceptions=True,
        )
    assert [type(one) for one in answers] == [Conflict, Receipt]


async def test_a_batch_checks_later_appends_against_earlier_ones_of_the_batch(
    database: Database,
) -> None:
    """The batch's positions are unknown until it is written, but always beyond what has been read."""
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        for _ in range(2):  # the second time, conditions are checked by the database
            for _ in range(5):
                await other.append(an_append())
            await log.append(an_append())
        for _ in range(5):
            await other.append(an_append())
        taken, untouched = event("seat.taken", "seat"), unless("seat", types=["seat.taken"], after=await log.head())
        answers = await asyncio.gather(
            *(log.append(an_append(taken, condition=untouched)) for _ in range(3)), return_exceptions=True
        )
    assert [type(one) for one in answers] == [Receipt, Conflict, Conflict]


async def test_events_unknown_to_a_writer_are_looked_up_in_the_same_call(
    database: Database, sessions: WriterSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events from before it started, and events of others between its batches."""
    outcomes: list[str] = []
    call = Session.call_append

    async def overheard(self: Session, plan: BatchPlan, checks: Checks) -> AppendResult:
        outcome = await call(self, plan, checks)
        if self is mine:
            outcomes.append(outcome.outcome)
        return outcome

    async with Log.open(database.url) as other:
        await other.append(an_append(event("a.b", "old", "door"), event("a.b", "door")))
        async with Log.open(database.url) as log:
            mine = sessions.last(database.url)
            monkeypatch.setattr(Session, "call_append", overheard)
            await log.append(an_append(event("a.b", "mine"), condition=unless("old", types=["a.c"])))
            await other.append(an_append(event("a.b", "between", "door")))
            await log.append(an_append(event("a.b", "mine"), condition=unless("mine", types=["a.b"], after=4)))
            assert outcomes == ["recorded", "moved", "recorded"]
            outcomes.clear()
            await log.append(an_append(event("a.b", "mine"), condition=unless("between", types=["a.b"], after=4)))
            assert outcomes == ["recorded"]
            outcomes.clear()
            await log.append(an_append(condition=unless("between", "mine", types=["a.b"])))
            assert outcomes == ["possible_conflict", "recorded"]
            assert mine is not None
            assert mine.tail.floor == 0  # as far back as was asked about, with one look
            for tags in (["old"], ["between"], ["between", "door"]):
                with pytest.raises(Conflict):
                    await log.append(an_append(condition=unless(*tags, types=["a.c", "a.b"])))
        assert await other.head() == 7


async def test_an_append_judged_early_is_judged_again_after_events_of_others(database: Database) -> None:
    async with Log.open(database.url) as other:
        await other.append(an_append())
        async with (
            Log.open(database.url) as log,
            asyncio.TaskGroup() as group,
            holding_the_lock(database.url),
            session(database.url) as reader,
        ):
            theirs = group.create_task(other.append(an_append(event("seat.taken", "seat"))))
            await until_somebody_waits_for_the_lock(reader)
            asks = unless("chair", types=["seat.taken"])  # of what was there before: the database looks at that
            first = group.create_task(log.append(an_append(condition=asks)))
            await until_somebody_waits_for_the_lock(reader, 2)
            wanted = [unless(one, types=["seat.taken"], after=1) for one in ("seat", "chair")]
            ahead = [log.append(an_append(condition=one)) for one in wanted]
            answers = group.create_task(asyncio.wait_for(asyncio.gather(*ahead, return_exceptions=True), 10))
            await asyncio.sleep(0)
    assert (theirs.result().first, first.result().first) == (2, 3)
    assert [type(one) for one in answers.result()] == [Conflict, Receipt]


async def test_events_of_others_reach_the_tail_whatever_their_tags_look_like(database: Database) -> None:
    odd = ['"', "\\", "é\n", "[", ",", "a,b", "{}", "null", "\U0001f5f3"]
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        await log.append(an_append(event("a.b", "mine")))
        for one in odd:  # a call each time: the other has recorded before it
            await other.append(an_append(event("a.b", one, "and more")))
            await log.append(an_append(event("a.b", "mine")))
        asked = [an_append(condition=unless("and more", one, types=["a.b"], after=0)) for one in odd]
        answers = await asyncio.gather(*map(log.append, asked), return_exceptions=True)
        nobody = await log.append(an_append(condition=unless("and more", "mine", types=["a.b"], after=0)))
    assert [type(one) for one in answers] == [Conflict] * len(odd)
    assert nobody.first == 2 * len(odd) + 2


async def test_a_process_that_freezes_in_a_look_up_does_not_keep_the_lock(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log.readers.acquire() as stopped:
            await stopped.execute("begin; select lock_log()")
            receipt = await other.append(an_append())
            with pytest.raises(DATABASE_ERRORS):
                await stopped.execute("commit")
        assert receipt.first == 1


async def test_a_process_that_freezes_in_its_turn_does_not_keep_it(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log.turn():
            async with other.turn():
                pass
            await log.append(an_append())
        assert await log.head() == 1


async def test_there_is_one_turn_in_the_whole_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(log_module.READER_SETTINGS, "lock_timeout", "50ms")
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with log.turn():
            with pytest.raises(QueueFull):
                async with other.turn():
                    pass
        async with other.turn():
            pass


FAR = 200_000

WE_HAVE_THE_LOCK = (
    "select exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted)"
)

OTHERS_EVENTS = """
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select n, 'a.b', 1, array['n_' || n % 1000], '', sha256(n::text::bytea), 'a', 'v', gen_random_uuid(), gen_random_uuid(), now()
from generate_series(2, $1::int) n
"""

FURTHER = "generate_series((select max(position) from events) + 1, (select max(position) from events) + 2000)"

THEIR_TAGS = "insert into event_tags select tag_key(tags[1], type), position from events where position > 1"


async def test_a_writer_200_000_events_behind_reads_none_under_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_up: list[tuple[bool, int]] = []
    catch_up = Session.catch_up

    async def watched(self: Session, since: int) -> None:
        before = self.tail.head
        await catch_up(self, since)
        under_the_lock: bool = await self.connection.fetchval(WE_HAVE_THE_LOCK)
        caught_up.append((under_the_lock, self.tail.head - max(before, self.tail.floor)))

    async with Log.open(database.url) as behind, session(database.owner_url, timeout_s=120) as owner:
        await behind.append(an_append(event("a.b", "old")))
        await owner.execute("begin")
        await owner.execute(OTHERS_EVENTS.replace("$1", str(FAR)))
        await owner.execute(THEIR_TAGS)
        await owner.execute("commit")
        monkeypatch.setattr(Session, "catch_up", watched)
        late = await asyncio.gather(
            behind.append(an_append(event("a.b", "new"), condition=unless("old", after=1))),
            behind.append(an_append(event("a.b", "new"), condition=unless("old"))),
            behind.append(an_append(event("a.b", "new"), condition=unless("n_5", after=FAR - 900))),
            behind.append(an_append(event("a.b", "new"), condition=unless("n_5", after=FAR - 100_000))),
            return_exceptions=True,
        )
    assert [type(one) for one in late] == [Receipt, Conflict, Receipt, Conflict]
    assert caught_up == [(False, MAX_CATCH_UP_EVENTS)]


async def test_a_writer_far_behind_with_a_condition_on_types_reads_nothing(
    database: Database, sessions: WriterSessions
) -> None:
    async with Log.open(database.url) as behind, session(database.owner_url, timeout_s=120) as owner:
        await behind.append(an_append(event("a.b", "old")))
        for _ in range(2):  # the first time, it learns that there are others
            await owner.execute(OTHERS_EVENTS.replace("generate_series(2, $1::int)", FURTHER))
            await behind.append(an_append(event("a.b", "new"), condition=unless("new", types=["a.c"], after=1)))
        writer = sessions.last(database.url)
        assert writer is not None
        assert known(writer.tail) == [("a.b", ["new"])]
        assert writer.tail.head == await behind.head()
