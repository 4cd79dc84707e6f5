"""Reading the log, and the data written beside its events."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from service.sealing.disclosure import Disclosure
from service.store.database import Queries
from service.store.log import head_watcher
from service.store.log import log as log_module
from service.store.log.errors import (
    ClaimTaken,
    ClockBehind,
    Conflict,
    DeadlinePassed,
    IdempotencyKeyReused,
    NotYetDue,
    OutcomeUnknown,
)
from service.store.log.log import Log
from service.store.log.log_head import LogHead
from service.store.log.types import Claim, IdempotencyKey, Paper, Receipt
from tests.conftest import Database
from tests.service.store.examples.log import (
    an_append,
    event,
    holding_the_lock,
    once,
    session,
    unless,
    until_somebody_waits_for_the_lock,
)
from tests.service.store.examples.restoring import seen
from tests.service.store.log.examples.sessions import WriterSessions


def query(*items: tuple[list[str], list[str]]) -> DCBQuery:
    return DCBQuery([DCBQueryItem(types=types, tags=tags) for types, tags in items])


async def test_an_event_is_read_exactly_as_written(database: Database) -> None:
    append = an_append(event("ballot.opened", "ballot_1", "programme_1", "ballot_1", data=b"\x00\xff not JSON"))
    async with Log.open(database.url) as log:
        receipt = await log.append(append)
        [one], head = await log.read()
    assert (one.position, one.type, one.v, one.data) == (1, "ballot.opened", 1, b"\x00\xff not JSON")
    assert one.tags == ["ballot_1", "programme_1"]
    assert (one.actor, one.via, one.command_id) == ("person_a", "token_t", append.envelope.command_id)
    assert (one.recorded_at, head) == (receipt.recorded_at, 1)


async def test_every_event_has_a_blind_of_its_own(database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append(*[event()] * 3))
        blinds = await log.blinds(after=0, until=3)
    assert len(set(blinds)) == 3
    assert {len(blind) for blind in blinds} == {32}


async def test_a_read_returns_matches_of_any_query_item_up_to_its_bound(database: Database) -> None:
    async with Log.open(database.url) as log:
        for number in range(6):
            await log.append(an_append(event(f"type_{number % 2}", f"tag_{number % 3}", "all")))

        async def found(wanted: DCBQuery | None, after: int = 0, until: int | None = None, limit: int | None = None):  # noqa: ANN202
            events, head = await log.read(wanted, after=after, until=until, limit=limit)
            assert head == 6
            return [one.position for one in events]

        assert await found(None) == [1, 2, 3, 4, 5, 6]
        assert await found(query((["type_0"], ["tag_0"]), ([], ["tag_1", "all"]))) == [1, 2, 5]
        assert await found(query((["type_1"], []), ([], ["tag_0"])), after=1, until=5) == [2, 4]
        assert await found(query(([], ["all"])), after=1, limit=2) == [2, 3]
        assert await found(query(([], ["all"]), (["type_1"], [])), until=5, limit=4) == [1, 2, 3, 4]
        assert await found(query(([], []))) == [1, 2, 3, 4, 5, 6]
        assert await found(query(([], ["nobody"]))) == []


async def test_a_stream_reads_the_whole_log_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "PAGE_EVENTS", 4)
    async with Log.open(database.url) as log:
        await log.append(an_append(*(event("thing.done", f"odd_{n % 2}") for n in range(20))))
        pages = [[one.position for one in page] async for page in log.stream(query(([], ["odd_1"])), after=2, until=19)]
    assert pages == [[4, 6, 8, 10], [12, 14, 16, 18]]


async def test_closing_a_stream_early_leaves_no_open_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "PAGE_EVENTS", 4)
    async with Log.open(database.url) as log:
        await log.append(an_append(*(event() for _ in range(20))))
        before = asyncio.all_tasks()
        stream = log.stream()
        assert [one.position for one in await anext(stream)] == [1, 2, 3, 4]
        [ahead] = asyncio.all_tasks() - before
        await cast("AsyncGenerator[object]", stream).aclose()
        await asyncio.wait([ahead])
        assert ahead.cancelled()
        assert await log.head() == 20


async def test_a_waiting_reader_is_notified_of_events_of_another_process(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        assert not await log.wait_beyond(0, 0.01)
        waiting = asyncio.create_task(log.wait_beyond(0, 30))
        await other.append(an_append())
        assert await waiting


async def test_a_new_waiter_does_not_wait_for_the_poll_interval(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_watcher, "MIN_POLL_INTERVAL_S", 600.0)
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        await log.append(an_append())
        await seen(log)  # and a pause begins
        waiting = asyncio.create_task(log.wait_beyond(1, 30))
        await other.append(an_append())
        assert await waiting


async def test_a_notification_alone_carries_the_head_of_the_log(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        await other.append(an_append())
        assert await log.wait_beyond(0, 30)
        waiting = asyncio.create_task(log.wait_beyond(1, 30))
        await _until(log, listens=True)
        monkeypatch.setattr(head_watcher, "read_head", _nothing_new)
        await other.append(an_append(event(), event()))
        assert await waiting
        assert not await log.wait_beyond(3, 0.01)


async def test_notifications_reach_only_waiting_readers(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []

    def hear(_: head_watcher.HeadWatcher, *message: str) -> None:
        heard.append(int(message[-1]))

    monkeypatch.setattr(head_watcher.HeadWatcher, "take_notification", hear)
    monkeypatch.setattr(head_watcher, "LISTEN_LINGER_S", 0.1)
    async with Log.open(database.url) as log:
        await log.append(an_append())
        waiting = asyncio.create_task(log.wait_beyond(1, 30))
        await _until(log, listens=True)
        waiting.cancel()
        await asyncio.wait([waiting])
        await _until(log, listens=False)
        await log.append(an_append())
        assert heard == []
        waiting = asyncio.create_task(log.wait_beyond(3, 30))
        await _until(log, listens=True)
        await log.append(an_append())
        await log.append(an_append())
        assert await waiting
    assert 4 in heard
    assert 2 not in heard


async def _until(log: Log, *, listens: bool) -> None:
    async with asyncio.timeout(30):
        while log.head_watcher.is_listening != listens:  # noqa: ASYNC110  nobody else tells
            await asyncio.sleep(0.01)


async def _nothing_new(_: Queries, known: LogHead) -> tuple[LogHead, bool]:
    return known, True


async def test_a_time_maps_to_the_last_position_recorded_by_then(database: Database) -> None:
    async with Log.open(database.url) as log:
        assert await log.position_at(datetime(2030, 1, 1, tzinfo=UTC)) == 0
        receipts = [await log.append(an_append(event(), event())) for _ in range(5)]
        for one in receipts:
            assert await log.position_at(one.recorded_at) == one.last
            assert await log.position_at(one.recorded_at - timedelta(microseconds=1)) == one.first - 1


async def test_the_log_id_never_changes(database: Database) -> None:
    async with Log.open(database.url) as log:
        log_id = log.log_id
    async with Log.open(database.url) as log:
        assert log.log_id == log_id


async def test_disclosures_are_stored_atomically_with_their_event(database: Database) -> None:
    kept, lost = Disclosure(b"d1", "person_a", b"n", b"s"), Disclosure(b"d2", "person_a", b"n", b"s")
    async with Log.open(database.url) as log:
        await log.append(an_append(disclosures=[kept]))
        with pytest.raises(Conflict):
            await log.append(an_append(condition=unless("thing_1"), disclosures=[lost]))
        assert await log.disclosures([b"d1", b"d2"]) == {b"d1": kept}


async def test_a_released_claim_can_be_taken_by_anyone_including_its_former_holder(database: Database) -> None:
    mine, theirs = Claim("mail", b"hmac", "person_a"), Claim("mail", b"hmac", "person_b")
    async with Log.open(database.url) as log:
        await log.append(an_append(takes=[mine]))
        await log.append(an_append(takes=[mine]))
        with pytest.raises(ClaimTaken, match="mail"):
            await log.append(an_append(takes=[theirs]))
        await asyncio.gather(log.append(an_append(releases=[mine])), log.append(an_append(takes=[theirs])))
        assert await log.claim("mail", b"hmac") == "person_b"
        await log.append(an_append(releases=[mine]))  # not theirs to release any more
        assert await log.claim("mail", b"hmac") == "person_b"


async def test_the_last_paper_of_a_voter_counts_and_all_are_deleted_at_the_end(database: Database) -> None:
    def paper(ballot: str, sealed: bytes) -> Paper:
        return Paper(ballot, "person_a", sealed, b"commitment")

    async with Log.open(database.url) as log:
        await asyncio.gather(*(log.append(an_append(papers=[paper("b1", b"%d" % n)])) for n in range(4)))
        await log.append(an_append(papers=[paper("b2", b"other")]))
        assert await log.paper("b1", "person_a") == paper("b1", b"3")
        await asyncio.gather(
            log.append(an_append(papers=[paper("b1", b"late")])), log.append(an_append(drops_papers_of="b1"))
        )
        assert await log.papers("b1") == []
        assert await log.papers("b2") == [paper("b2", b"other")]


async def test_the_same_command_takes_effect_once_whoever_sends_it(database: Database) -> None:
    same = once(resource_id="ballot_1")
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        answers = await asyncio.gather(*((log, other)[n % 2].append(an_append(once=same)) for n in range(10)))
        later = await other.append(an_append(once=same, condition=unless("thing_1")))
        assert await log.head() == 1
    assert [one.repeated for one in answers].count(False) == 1
    assert {(one.first, one.last, one.recorded_at, one.resource_id) for one in (*answers, later)} == {
        (1, 1, later.recorded_at, "ballot_1")
    }
    assert later.repeated


async def test_a_command_id_identifies_a_single_content(database: Database, sessions: WriterSessions) -> None:
    same = once()
    other_content = IdempotencyKey(same.id, b"another")
    async with Log.open(database.url) as log:
        in_flight = await asyncio.gather(
            log.append(an_append(once=same)), log.append(an_append(once=other_content)), return_exceptions=True
        )
        assert [type(one) for one in in_flight] == [Receipt, IdempotencyKeyReused]
        assert len(sessions) == 1  # it was not lost over this
        with pytest.raises(IdempotencyKeyReused):
            await log.append(an_append(once=other_content))
        assert await log.head() == 1
        known = await log.command(same.id)
    assert known is not None
    assert known[0] == b"the same"
    assert (known[1].first, known[1].repeated) == (1, True)


async def test_a_refused_command_is_decided_again_when_repeated(database: Database) -> None:
    same = once()
    async with Log.open(database.url) as log:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        with pytest.raises(DeadlinePassed):
            await log.append(an_append(once=same, not_after=past))
        assert await log.command(same.id) is None
        assert not (await log.append(an_append(once=same))).repeated


async def test_a_look_up_waits_for_a_session_that_may_still_commit_the_command(database: Database) -> None:
    same = once()
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        async with holding_the_lock(database.url) as lock:
            writing = asyncio.create_task(log.append(an_append(once=same)))
            await until_somebody_waits_for_the_lock(lock)
            looking = asyncio.create_task(other.command(same.id))
            assert await other.command(same.id, wait_for_writers=False) is None
        assert await looking is not None
        await writing


async def test_a_deadline_applies_to_the_time_of_writing_not_sending(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.url) as clock:
        async with holding_the_lock(database.url) as other:
            deadline = await clock.fetchval("select clock_timestamp() + interval '100 milliseconds'")
            late = asyncio.create_task(log.append(an_append(event("vote.cast", "b"), not_after=deadline)))
            fine = asyncio.create_task(log.append(an_append(event("vote.cast", "b"))))
            await until_somebody_waits_for_the_lock(other)
            await other.execute("select pg_sleep_until($1)", deadline + timedelta(milliseconds=5))
        with pytest.raises(DeadlinePassed):
            await late
        assert (await fine).first == 1
        events, _ = await log.read()
    assert len(events) == 1


async def test_a_look_up_that_waits_too_long_reports_an_unknown_outcome(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(log_module.READER_SETTINGS, "lock_timeout", "50ms")
    async with Log.open(database.url) as log, holding_the_lock(database.url):
        with pytest.raises(OutcomeUnknown):
            await log.command(once().id)


PUT_EVENT = """
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select 1, 'a.b', 1, '{}', '', sha256('blind'), 'a', 'v', gen_random_uuid(), gen_random_uuid(), clock_timestamp() + $1
returning recorded_at
"""


async def test_recorded_times_never_decrease_when_the_clock_steps_back_slightly(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.owner_url) as owner:
        ahead = await owner.fetchval(PUT_EVENT, timedelta(milliseconds=900))
        assert (await log.append(an_append())).recorded_at == ahead


async def test_a_clock_set_back_far_stops_the_log(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.owner_url) as owner:
        await owner.fetchval(PUT_EVENT, timedelta(minutes=1))
        for _ in range(2):
            with pytest.raises(ClockBehind):
                await log.append(an_append())
        assert await log.head() == 1


async def test_too_late_and_too_early_are_reported_as_such(database: Database) -> None:
    async with Log.open(database.url) as log:
        now = (await log.append(an_append())).recorded_at
        hour = timedelta(hours=1)
        answers = await asyncio.gather(
            log.append(an_append(not_after=now - hour)),
            log.append(an_append(not_before=now + hour)),
            log.append(an_append(not_after=now + hour, not_before=now - hour)),
            return_exceptions=True,
        )
    assert [type(one) for one in answers] == [DeadlinePassed, NotYetDue, Receipt]


async def test_a_page_under_a_tag_is_in_log_order_for_any_types(database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append(*(event(f"type_{7 * n % 5}", "tag") for n in range(20)), event("type_9", "other")))
        for types in ([], [f"type_{n}" for n in range(5)], ["type_3", "type_1", "type_3"]):
            asked = query((types, ["tag"]))
            whole = [n + 1 for n in range(20) if not types or f"type_{7 * n % 5}" in types]
            pages = {
                "all": await log.read(asked),
                "first": await log.read(asked, limit=4),
                "later": await log.read(asked, after=9, until=17, limit=3),
                "newest": await log.read(asked, limit=4, newest=True),
            }
            assert {name: [one.position for one in found] for name, (found, _) in pages.items()} == {
                "all": whole,
                "first": whole[:4],
                "later": [one for one in whole if 9 < one <= 17][:3],
                "newest": whole[-4:],
            }


ROWS_READ = """
select sum(i.idx_tup_read)::bigint + (select sum(seq_tup_read)::bigint from pg_stat_user_tables) from pg_stat_user_indexes i
"""


async def test_the_cost_of_a_slice_does_not_grow_with_the_ballot(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with plans made while the log was small, and without newer statistics."""
    monkeypatch.setattr(log_module, "READER_CONNECTIONS", (1, 1))
    slice_ = query((["opened", "closed"], ["ballot"]), (["voted"], ["voter_7", "ballot"]), ([], ["voter_7", "ballot"]))
    async with Log.open(database.url) as log, session(database.owner_url) as owner:
        await owner.execute(
            "alter table event_tags set (autovacuum_enabled = off); alter table events set (autovacuum_enabled = off)"
        )
        await log.append(an_append(*(event("voted", f"earlier_{n}", "earlier") for n in range(20))))
        await owner.execute("analyze events, event_tags")
        for _ in range(8):
            await log.read(slice_)
            await log.read(query(([], ["ballot"])), after=1, limit=5)
        await log.append(an_append(event("opened", "ballot")))
        await log.append(an_append(*(event("voted", f"voter_{n}", "ballot") for n in range(1_000))))
        before = await owner.fetchval(ROWS_READ)
        events, _ = await log.read(slice_)
        page, _ = await log.read(query(([], ["ballot"])), after=500, limit=5)
        await log.readers.execute("select pg_stat_force_next_flush()")  # its session
        after = await owner.fetchval(ROWS_READ)
    assert (len(events), len(page)) == (2, 5)
    assert after - before < 100
