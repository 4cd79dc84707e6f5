"""Every read repeated as of an earlier time, by everybody, in a complete setting."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.auth import middleware
from service.clock_and_ids import now
from service.store.database import connect
from service.store.log.mapper import key_name
from tests.conftest import Api
from tests.journeys.examples.rare_operations import change_data, people_come_and_go, redact_texts, run_rare_operations
from tests.reference.who_may import rows
from tests.service.api.examples.everybody import Everybody, everybody
from tests.service.api.examples.programme import made
from tests.service.api.examples.reading import UNBOUNDED

MAX_CONCURRENT_REQUESTS = 8  # requests
CALLERS = ("member", "other CoP", "facilitator", "manager", "commissioner", "other commissioner", "auditor")
REPORT = "/reporting/{report}"
"""One of the unbounded reads."""
OWN_PAPER = "/ballots/{ballot}/vote"
"""Replaced papers are not stored: past reads only show that there was one."""

Answers = dict[tuple[str, str], tuple[int, Any]]
"""Status and content, by caller and path."""


def reads() -> list[str]:
    """Paths of all reads that accept `as_of`, with placeholders for ids."""
    found = [operation.removeprefix("GET ") for operation, _ in rows() if operation.startswith("GET ")]
    return [one for one in found if one.partition("?")[0] not in {*UNBOUNDED, REPORT, OWN_PAPER}]


async def read_all(all_: Everybody, callers: Iterable[str], **query: Any) -> Answers:
    """Answers of every read to each of these callers."""
    places = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

    async def read(caller: str, path: str) -> tuple[tuple[str, str], tuple[int, Any]]:
        async with places:
            url = httpx.URL(path.format(**all_.ids)).copy_merge_params(query)
            answer = await all_.known[caller].get(url)
        return (caller, path), (answer.status_code, content(answer))

    return dict(await asyncio.gather(*(read(asker, path) for asker in callers for path in reads())))


def content(answer: httpx.Response) -> Any:
    """Content of an answer, without the time at which a dashboard was computed."""
    if "json" not in answer.headers.get("Content-Type", ""):
        return answer.content
    found = answer.json()
    found.pop("at", None)
    return found


def differences(then: Answers, found: Answers) -> str:
    """Description of the answers that differ from the earlier ones."""
    return "\n".join(
        f"{caller}, {path}: {then[caller, path]}\n  not {one}"
        for (caller, path), one in found.items()
        if one != then[caller, path]
    )


async def stored(api: Api) -> dict[str, list[Any]]:
    """Every row of every table except heartbeats."""
    assert api.kring.config.owner_url is not None
    connection = await connect(api.kring.config.owner_url)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables "
            "where table_schema in ('public', 'views') and table_type = 'BASE TABLE' and table_name <> 'heartbeats'"
        )
        return {one[0]: await connection.fetch(f"select t::text from {one[0]} t order by 1") for one in tables}
    finally:
        await connection.close()


async def test_every_read_can_be_repeated_as_of_an_earlier_time_without_writing(api: Api) -> None:
    all_ = await everybody(api)
    first = await api.kring.log.head()
    before = await read_all(all_, CALLERS, at_least=first)
    at = now()
    assert sum(status == 200 for status, _ in before.values()) > 250
    await change_data(all_)
    second = await api.kring.log.head()
    after = await read_all(all_, ["manager"], at_least=second)
    assert sum(before[one] != answer for one, answer in after.items()) > 30
    assert differences(before, await read_all(all_, CALLERS, as_of=first)) == ""

    await people_come_and_go(all_)
    await read_all(
        all_, ["manager"], at_least=await api.kring.log.head()
    )  # these sessions have just read the rows of now
    before_reading = await stored(api)
    assert differences(before, await read_all(all_, ["manager"], as_of=first)) == ""
    assert differences(before, await read_all(all_, ["manager"], as_of=at.isoformat())) == ""
    assert differences(after, await read_all(all_, ["manager"], as_of=second)) == ""
    assert await stored(api) == before_reading


async def test_reads_work_as_of_any_past_position_but_no_future_one(api: Api) -> None:
    all_ = await everybody(api)
    await run_rare_operations(all_)
    head = await api.kring.log.head()
    seen = {one for one, (status, _) in (await read_all(all_, ["manager"], at_least=head)).items() if status == 200}
    for position in range(0, head, head // 6):
        found = await read_all(all_, ["manager"], as_of=position)
        assert {one: answer for one, answer in found.items() if answer[0] not in {200, 403, 404}} == {}
        assert position > 0 or {one for one, (status, _) in found.items() if status != 404} == {("manager", "/me")}
    ahead = await read_all(all_, ["manager"], as_of=head + 1)
    assert {one: ahead[one] for one in seen if ahead[one][0] != 422} == {}


async def test_overdue_items_are_judged_at_the_time_of_the_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    all_ = await everybody(api)
    first = await api.kring.log.head()
    before = await read_all(all_, ["manager"], at_least=first)
    monkeypatch.setattr(middleware, "now", lambda: now() + timedelta(days=60))
    later = await read_all(all_, ["manager"], at_least=first)
    assert differences(before, later).startswith("manager, /programmes/{programme}/dashboard")
    as_it_was = await read_all(all_, ["manager"], as_of=first)
    lasting = {asked: answer for asked, answer in as_it_was.items() if not asked[1].endswith("/invitations")}
    assert differences(before, lasting) == "", "all but what became of mails, which is forgotten after a while"


async def test_present_permissions_decide_who_may_read_the_past(api: Api) -> None:
    all_ = await everybody(api)
    team, first = all_.team, await api.kring.log.head()
    teams, trip = f"/programmes/{team.programme}/teams", f"/teams/{team.id}/trips"
    dashboard, gone = f"/programmes/{team.programme}/dashboard", team.members[2]
    for client, path in ((gone, teams), (gone, trip), (team.facilitator, dashboard)):
        made(await client.get(path, params={"as_of": first}), 200)
    assert (await team.commissioner.get(trip, params={"as_of": first})).status_code == 404
    await run_rare_operations(all_)
    for client, path in ((gone, teams), (gone, trip), (team.facilitator, dashboard)):
        assert (await client.get(path, params={"as_of": first})).status_code == 404, path
    (then,) = made(await team.commissioner.get(trip, params={"as_of": first}), 200)["items"]
    assert then["guest_ids"] == [all_.ids["guest"]], "whoever was invited later sees what it was before"


async def test_a_removed_text_is_removed_from_the_past_too(api: Api) -> None:
    all_ = await everybody(api)
    first, member = await api.kring.log.head(), all_.team.members[0]
    board, insights = f"/programmes/{all_.team.programme}/challenges", f"/teams/{all_.team.id}/insights"

    async def read() -> tuple[set[str | None], list[str | None]]:
        titles = made(await member.get(board, params={"as_of": first}), 200)["items"]
        texts = made(await member.get(insights, params={"as_of": first}), 200)["items"]
        return {one["title"] for one in titles}, [one["text"] for one in texts]

    before, texts = await read()
    assert "Het wacht" in before
    assert texts == ["Ze zoeken elkaar."]
    await redact_texts(all_)  # its row is deleted
    api.kring.keys.destroy(key_name(all_.team.id))
    assert await read() == (before - {"Het wacht"} | {None}, [None])
