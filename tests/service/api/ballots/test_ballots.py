"""Ballots over HTTP."""

# asyncpg is barely typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from domain.events.ballot import VoteCast
from domain.foundation import Selector
from service.ballot_papers import count_key
from service.clock_and_ids import now
from service.sealing.keys import Destroyed
from tests.conftest import Api, Database
from tests.service.api.examples.programme import ballot, made, programme


async def test_each_paper_counts_once_when_two_hundred_vote_twice_during_the_close(api: Api) -> None:
    setting = await programme(api, participants=200)
    running = await ballot(setting, seats=1)
    first, second = setting.challenges[:2]

    async def vote(voter: httpx.AsyncClient, choice: str) -> int:
        return (await voter.put(f"/ballots/{running}/vote", json={"approvals": [choice]})).status_code

    async def close() -> int:
        return (await setting.facilitator.post(f"/ballots/{running}/close")).status_code

    everybody = setting.people
    before = await asyncio.gather(*(vote(one, first) for one in everybody[:100]))
    statuses = await asyncio.gather(
        *(vote(one, first) for one in everybody[100:]), close(), *(vote(one, second) for one in everybody)
    )
    assert set(before) == {200}
    assert statuses[100] == 200
    assert set(statuses) <= {200, 409}

    query = api.kring.commands.mapper.query([Selector(types=[VoteCast], tags=[running])])
    events = [api.kring.commands.mapper.decode(one) for one in (await api.kring.log.read(query))[0]]
    voters = {event.voter for event in events if isinstance(event, VoteCast)}
    acknowledged = 100 + sum(status == 200 for status in statuses) - 1
    assert acknowledged == len(events)
    assert len(await api.kring.log.papers(running)) == len(voters)
    for url in (f"/ballots/{running}", f"/programmes/{setting.programme}/ballots"):
        answer = await setting.people[0].get(url)
        assert "tallies" not in answer.text
        assert answer.json().get("papers") is None
    assert made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)["turnout"] == len(voters)
    result = made(await everybody[0].get(f"/ballots/{running}/result?at_least={await api.kring.log.head()}"), 200)
    assert result["turnout"] == len(result["papers"]) == len(voters)
    assert len({one["voter_id"] for one in result["papers"]}) == len(voters)


async def test_after_the_count_the_key_is_gone_but_voters_still_see_their_own_paper(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    own = made(await setting.people[0].get(f"/ballots/{running}/vote"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    try:
        api.kring.keys.get(count_key(running))
    except Destroyed:
        pass
    else:
        raise AssertionError("the key of a counted ballot must be destroyed")
    assert await api.kring.log.papers(running) == []
    again = made(await setting.people[0].get(f"/ballots/{running}/vote"), 200)
    assert (own["approvals"], again["approvals"], again["status"]) == (
        setting.challenges[:1],
        setting.challenges[:1],
        "counted",
    )


def ballot_keys(data: Path) -> list[Path]:
    return [*data.glob("keys/count/*"), *data.glob("keys/draw/*")]


async def test_papers_tampered_with_in_the_database_are_not_counted(api: Api, database: Database) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    holder = await asyncpg.connect(database.owner_url)
    try:
        await holder.execute("update papers set sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40))")
    finally:
        await holder.close()
    answer = await setting.facilitator.post(f"/ballots/{running}/count")
    assert (answer.status_code, answer.json()["code"]) == (409, "papers-differ")
    assert (await setting.people[0].post(f"/ballots/{running}/count")).status_code == 403


@pytest.mark.own_kring
async def test_no_keys_are_created_for_a_ballot_that_may_not_be_opened(api: Api, tmp_path: Path) -> None:
    setting = await programme(api)
    body = {"challenge_ids": setting.challenges, "closes_at": "2099-01-01T00:00:00Z"}
    nobody = made(await setting.manager.post("/people", json={"name": "N", "email": api.address("n")}))["id"]
    stranger = await api.as_("participant", nobody)
    for client, status in ((setting.people[0], 403), (stranger, 404)):
        answer = await client.post(f"/programmes/{setting.programme}/ballots", json=body)
        assert answer.status_code == status
    assert not ballot_keys(tmp_path)
    await ballot(setting)
    assert len(ballot_keys(tmp_path)) == 2


async def test_only_the_voter_reads_a_paper_before_the_count(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    made(await setting.people[0].put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:2]}), 200)
    for client in (setting.people[1], setting.facilitator, setting.manager):
        assert (await client.get(f"/ballots/{running}/vote")).status_code == 404
        assert (await client.get(f"/ballots/{running}/result")).status_code == 404
    for role in ("commissioner", "auditor", "facilitator"):  # a token gives the rights of its role and no more
        another = await api.as_(role, setting.ids[0])
        assert (await another.get(f"/ballots/{running}/vote")).status_code == 404


async def test_a_contact_sees_the_result_without_voters_and_a_foreign_contact_nothing(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    other = made(await setting.manager.post("/organisations", json={"name": "Other"}))["id"]
    position = await api.kring.log.head()
    theirs = await api.as_("commissioner", organisations=(setting.organisation,))
    result = made(await theirs.get(f"/ballots/{running}/result?at_least={position}"), 200)
    assert {one["voter_id"] for one in result["papers"]} == {None}
    stranger = await api.as_("commissioner", organisations=(other,))
    for url in (f"/ballots/{running}", f"/ballots/{running}/result", f"/challenges/{setting.challenges[0]}"):
        assert (await stranger.get(url)).status_code == 404
    assert (await stranger.post(f"/ballots/{running}/close")).status_code == 404
    assert (await theirs.post(f"/ballots/{running}/close")).status_code == 403
    assert (await setting.people[0].post(f"/ballots/{running}/close")).status_code == 403


async def test_rule_8_a_void_ballot_can_be_repeated_once_and_both_refer_to_each_other(api: Api) -> None:
    setting = await programme(api)
    opened = f"/programmes/{setting.programme}/ballots"
    running = await ballot(setting)
    body = {"challenge_ids": setting.challenges, "closes_at": "2099-01-01T00:00:00Z", "rerun_of": running}
    assert refusal(await setting.facilitator.post(opened, json=body)) == (409, "no-rerun")
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    void = made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    assert (void["status"], void["void_cause"], void["rerun_id"]) == ("void", "quorum", None)
    late = made(await setting.manager.post("/people", json={"name": "L", "email": api.address("l")}))["id"]
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json={"person_id": late}))

    elsewhere = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2016"}))["id"]
    assert (await setting.facilitator.post(f"/programmes/{elsewhere}/ballots", json=body)).status_code == 404
    unknown = {**body, "rerun_of": f"ballot_{setting.programme[-26:]}"}
    assert refusal(await setting.facilitator.post(opened, json=unknown)) == (409, "no-rerun")

    both = await asyncio.gather(*(setting.facilitator.post(opened, json=body) for _ in range(2)))
    assert sorted(one.status_code for one in both) == [201, 409]
    (again,) = (one.json() for one in both if one.status_code == 201)
    assert (again["rerun_of_id"], late in again["elector_ids"]) == (running, True)
    at = await api.kring.log.head()
    assert made(await setting.people[0].get(f"/ballots/{running}?at_least={at}"), 200)["rerun_id"] == again["id"]
    assert made(await setting.people[0].get(f"/ballots/{running}?as_of={at}"), 200)["rerun_id"] == again["id"]
    wrong = {"reason": "A wrong text."}
    made(await setting.manager.post(f"/ballots/{again['id']}/voiding", json=wrong), 200)
    for void_one in (running, again["id"]):
        third = await setting.facilitator.post(opened, json={**body, "rerun_of": void_one})
        assert refusal(third) == (409, "one-rerun")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


SLEEP_UNTIL = "select pg_sleep_until($1::timestamptz)"


async def test_rule_4_a_paper_or_recusal_delayed_past_the_deadline_is_refused(api: Api, database: Database) -> None:
    setting = await programme(api)
    running = await ballot(setting, closes_at=(now() + timedelta(seconds=3)).isoformat())
    anna, bert = setting.people[:2]
    made(await anna.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    at = await api.kring.log.head()
    closes_at = datetime.fromisoformat(made(await anna.get(f"/ballots/{running}?at_least={at}"), 200)["closes_at"])
    holder = await asyncpg.connect(database.owner_url)
    try:
        async with holder.transaction():
            await holder.execute(SLEEP_UNTIL, closes_at - timedelta(seconds=1))  # a writer waits for two
            await holder.execute("select lock_log()")
            assert now() < closes_at, "asked in time"
            requests = asyncio.gather(
                anna.put(f"/ballots/{running}/vote", json={"approvals": []}),
                bert.put(f"/ballots/{running}/vote", json={"approvals": []}),
                bert.post(f"/ballots/{running}/recusals", json={"challenge_id": setting.challenges[0]}),
            )
            await holder.execute(SLEEP_UNTIL, closes_at + timedelta(milliseconds=50))
    finally:
        await holder.close()
    assert [refusal(one) for one in await requests] == [(409, "too-late")] * 3
    closed = made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    assert closed["turnout"] == 1
    assert made(await anna.get(f"/ballots/{running}/vote"), 200)["approvals"] == setting.challenges[:1]


async def test_counting_again_after_the_key_is_destroyed_changes_nothing(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    for client in (setting.facilitator, setting.manager):
        again = await client.post(f"/ballots/{running}/count", json={"reason": "Once more."})
        assert refusal(again) == (409, "ballot-over")
    made(await setting.facilitator.post(f"/ballots/{running}/certification"), 200)


async def test_a_voided_result_says_so(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    assert (await setting.facilitator.post(f"/ballots/{running}/voiding", json={"reason": "x"})).status_code == 403
    assert refusal(await setting.manager.post(f"/ballots/{running}/voiding")) == (422, "reason-missing")
    made(await setting.manager.post(f"/ballots/{running}/voiding", json={"reason": "A wrong text."}), 200)
    at = await api.kring.log.head()
    result = made(await setting.people[0].get(f"/ballots/{running}/result?at_least={at}"), 200)
    assert result["status"] == "void"
    assert refusal(await setting.facilitator.post(f"/ballots/{running}/certification")) == (409, "ballot-over")


async def test_voters_read_their_current_paper_as_of_an_earlier_time(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, url = setting.people[0], f"/ballots/{running}/vote"
    before = await api.kring.log.head()
    first = made(await anna.put(url, json={"approvals": setting.challenges[:1]}), 200)
    second = made(await anna.put(url, json={"approvals": setting.challenges[1:2]}), 200)
    assert (await anna.get(f"{url}?as_of={before}")).status_code == 404
    earlier = made(await anna.get(f"{url}?as_of={first['position']}"), 200)
    assert (earlier["position"], earlier["approvals"]) == (first["position"], None)
    made(await setting.facilitator.post(f"/ballots/{running}/voiding"), 403)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    assert made(await anna.get(f"{url}?as_of={second['position']}"), 200) == second


async def test_rule_6_an_invalid_paper_is_refused_by_field(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    voter, url, first = setting.people[0], f"/ballots/{running}/vote", setting.challenges[:1]
    for body, field in (
        ({"ranking": first}, "ranking"),
        ({"ranking": first * 2}, "ranking"),
        ({"ranking": first, "approvals": first}, "ranking"),
    ):
        answer = await voter.put(url, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_a_quorum_is_a_fraction_with_at_most_three_decimals(api: Api) -> None:
    setting = await programme(api)
    body = {"challenge_ids": setting.challenges, "closes_at": "2099-01-01T00:00:00Z"}
    for quorum in (0.6667, -0.1, 1.1):
        answer = await setting.facilitator.post(
            f"/programmes/{setting.programme}/ballots", json={**body, "quorum": quorum}
        )
        assert (answer.status_code, "quorum" in answer.text) == (422, True)
    opened = await setting.facilitator.post(f"/programmes/{setting.programme}/ballots", json={**body, "quorum": 0.667})
    assert made(opened)["quorum_permille"] == 667


async def test_bad_input_names_its_field(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    voter, url = setting.people[0], f"/ballots/{running}/vote"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"approvals": ["nonsense"]}, "approvals"),
        ({"approvals": [setting.ids[0]]}, "approvals"),
        ({"approvals": "x"}, "approvals"),
        ({}, "approvals"),
        ({"approvals": [], "more": 1}, "more"),
        ({"approvals": setting.challenges[:1] * 2}, "approvals"),
        ({"approvals": [], "reason": "\x00"}, "reason"),
        ({"approvals": [], "occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ({"approvals": [], "occurred_at": "2016-01-01T00:00:00"}, "occurred_at"),
    ]
    for body, field in cases:
        answer = await voter.put(url, json=body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        problem = answer.json()
        assert field in problem["detail"] or any(field in one["field"] for one in problem["errors"]), (body, problem)
    for raw in (b"{", b'{"approvals": NaN}', b'{"approvals": ["\\ud800"]}', b"\xff"):
        answer = await voter.put(url, content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
    assert (await voter.get(url)).status_code == 404
