"""Sign-in sessions: how long they are valid, and how they end."""

from datetime import timedelta

import pytest

from domain.foundation import SignInId
from service.auth import sessions
from service.auth.devices import Device
from service.auth.sessions import NewSession, revoke, revoke_all, session_of, sessions_of
from service.auth.sign_in import PATH, operator_link
from service.clock_and_ids import new_id, now
from tests.conftest import Database
from tests.service.auth.examples.signing_in import LAPTOP, PHONE, People
from tests.service.store.examples.restoring import lose_events
from workers import engine


async def signed_in(people: People, device: Device = LAPTOP) -> NewSession:
    path = await operator_link(people.kring, people.anna)
    return await people.sign_ins.use_link(path.removeprefix(PATH), device=device)


@pytest.mark.parametrize(
    ("still", "over"),
    [
        pytest.param({"last_used_at": "13 days 23 hours"}, {"last_used_at": "1 hour"}, id="two weeks unused"),
        pytest.param({"created_at": "89 days 23 hours"}, {"created_at": "1 hour"}, id="90 days old"),
    ],
)
async def test_rule_33_a_session_ends_by_itself(people: People, still: dict[str, str], over: dict[str, str]) -> None:
    new = await signed_in(people)
    await people.later("sign_in_sessions", **still)
    assert [one.id for one in await sessions_of(people.kring, people.anna)] == [new.id]
    await people.later("sign_in_sessions", **over)
    for _ in range(2):  # asking does not revive it
        assert await session_of(people.kring, new.cookie) is None
    assert await sessions_of(people.kring, people.anna) == []


async def test_use_keeps_a_session_alive_and_is_stored_once_a_minute(people: People) -> None:
    new = await signed_in(people)
    await people.later("sign_in_sessions", last_used_at="59 seconds")
    before = await people.rows("select * from sign_in_sessions")
    assert await session_of(people.kring, new.cookie)
    assert await people.rows("select * from sign_in_sessions") == before
    await people.later("sign_in_sessions", last_used_at="13 days")
    assert await session_of(people.kring, new.cookie)
    used = await session_of(people.kring, new.cookie)
    assert used is not None
    assert abs(used.last_used_at - now()) < timedelta(seconds=10)


async def test_a_wrong_cookie_is_no_session_and_no_use_of_one(people: People) -> None:
    new, other = await signed_in(people), await signed_in(people)
    await people.later("sign_in_sessions", last_used_at="1 hour")
    before = await people.rows("select * from sign_in_sessions")
    own, another = new.cookie.split("_", 1), other.cookie.split("_", 1)
    for wrong in ("", "x", own[0], f"{own[0]}_{another[1]}", new.cookie[:-1], f"{new.cookie}\n", f"é{new.cookie}"):
        assert await session_of(people.kring, wrong) is None
    assert await people.rows("select * from sign_in_sessions") == before
    assert new.cookie.split("_", 1)[1] not in str(before)


async def test_a_person_sees_and_revokes_their_own_sessions(people: People) -> None:
    first, second, third = [await signed_in(people, one) for one in (LAPTOP, PHONE, Device("", ""))]
    await people.kring.log.pool.execute(
        "update sign_in_sessions set last_used_at = now() - interval '1 hour' where id = $1", second.id
    )
    listed = await sessions_of(people.kring, people.anna)
    assert [(one.id, one.device) for one in listed] == [
        (third.id, ("", "")),
        (first.id, LAPTOP),
        (second.id, PHONE),
    ]
    assert await sessions_of(people.kring, people.bert) == []
    assert not await revoke(people.kring, people.bert, first.id), "of somebody else"
    assert not await revoke(people.kring, people.anna, SignInId(new_id(sessions.KIND)))
    assert await revoke(people.kring, people.anna, first.id)
    assert not await revoke(people.kring, people.anna, first.id)
    assert await session_of(people.kring, first.cookie) is None
    await revoke_all(people.kring, people.bert)
    await revoke_all(people.kring, people.anna, but=third.id)
    assert [one.id for one in await sessions_of(people.kring, people.anna)] == [third.id]
    await revoke_all(people.kring, people.anna)
    assert await session_of(people.kring, third.cookie) is None


async def test_a_session_whose_event_a_restore_lost_is_none(people: People, database: Database) -> None:
    kept = await people.kring.log.head()
    new = await signed_in(people)
    assert await session_of(people.kring, new.cookie)
    await lose_events(database, kept=kept)
    assert await session_of(people.kring, new.cookie) is None
    assert await sessions_of(people.kring, people.anna) == []


async def test_old_requests_and_sessions_are_deleted(people: People) -> None:
    request, old, current = await people.ask(), await signed_in(people), await signed_in(people)
    await engine.forget(people.kring)
    assert len(await people.rows("select from sign_in_requests")) == 3
    await people.later("sign_in_requests", expires_at="1 hour 15 minutes")
    await revoke(people.kring, people.anna, old.id)
    await people.later("sign_in_sessions", revoked_at="23 hours", created_at="89 days")
    await engine.forget(people.kring)
    assert request not in {one[0] for one in await people.rows("select id from sign_in_requests")}
    assert len(await people.rows("select from sign_in_sessions")) == 2
    await people.later("sign_in_sessions", revoked_at="2 hours")
    await engine.forget(people.kring)
    assert [one[0] for one in await people.rows("select id from sign_in_sessions")] == [current.id]
    await people.later("sign_in_sessions", created_at="2 days 1 hour")
    await engine.forget(people.kring)
    assert await people.rows("select from sign_in_sessions") == []
