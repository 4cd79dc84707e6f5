"""Ballots over HTTP."""

import asyncio
from typing import Any

import httpx

from domain.ballot import VoteCast
from domain.foundation import Selector
from service.papers import count_key
from service.store.keys import Destroyed
from tests.conftest import Api
from tests.service.api.setting import ballot, made, programme


async def test_two_hundred_vote_twice_while_it_closes_and_every_paper_counts_once(api: Api) -> None:
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

    query = api.kring.desk.mapper.query([Selector(types=[VoteCast], tags=[running])])
    facts = [api.kring.desk.mapper.fact(one) for one in (await api.kring.log.read(query))[0]]
    voters = {fact.voter for fact in facts if isinstance(fact, VoteCast)}
    acknowledged = 100 + sum(status == 200 for status in statuses) - 1
    assert acknowledged == len(facts)
    assert len(await api.kring.log.papers(running)) == len(voters)
    for url in (f"/ballots/{running}", f"/programmes/{setting.programme}/ballots"):
        answer = await setting.people[0].get(url)
        assert "tallies" not in answer.text
        assert answer.json().get("papers") is None
    assert made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)["turnout"] == len(voters)
    result = made(await everybody[0].get(f"/ballots/{running}/result?at_least={await api.kring.log.head()}"), 200)
    assert result["turnout"] == len(result["papers"]) == len(voters)
    assert len({one["voter_id"] for one in result["papers"]}) == len(voters)


async def test_the_key_of_the_papers_is_gone_after_the_count_and_ones_own_paper_still_shown(api: Api) -> None:
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


async def test_nobody_but_the_voter_reads_a_paper_before_the_count(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    made(await setting.people[0].put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:2]}), 200)
    for somebody in (setting.people[1], setting.facilitator, setting.manager):
        assert (await somebody.get(f"/ballots/{running}/vote")).status_code == 404
        assert (await somebody.get(f"/ballots/{running}/result")).status_code == 404


async def test_a_contact_sees_the_result_without_voters_and_another_organisations_contact_nothing(api: Api) -> None:
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


async def test_what_is_not_built_of_a_ballot_says_so(api: Api) -> None:
    setting = await programme(api)
    body = {"challenge_ids": setting.challenges, "closes_at": "2099-01-01T00:00:00Z", "secrecy": "secret"}
    answer = await setting.facilitator.post(f"/programmes/{setting.programme}/ballots", json=body)
    assert (answer.status_code, answer.json()["code"]) == (501, "not-yet")


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
