"""Recusals over HTTP (rule 7): by the elector, before the close, and never beside an approving paper."""

import asyncio

import httpx

from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def recuse(client: httpx.AsyncClient, running: str, challenge: str) -> httpx.Response:
    return await client.post(f"/ballots/{running}/recusals", json={"challenge_id": challenge})


async def vote(client: httpx.AsyncClient, running: str, *approvals: str) -> httpx.Response:
    return await client.put(f"/ballots/{running}/vote", json={"approvals": approvals})


async def counted(setting: Setting, running: str) -> None:
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)


async def test_rule_7_a_recusal_is_visible_to_its_elector_and_later_counted_for_others(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, bert = setting.people[:2]
    first, second, third = setting.challenges
    answer = await recuse(anna, running, first)
    shown = made(answer, 200)
    assert (shown["recused_challenge_ids"], shown["recusals"], shown["status"]) == ([first], None, "open")
    assert answer.headers["Kring-Position"] == str(await api.kring.log.head())
    made(await recuse(anna, running, second), 200)
    at = await api.kring.log.head()
    assert made(await anna.get(f"/ballots/{running}?at_least={at}"), 200)["recused_challenge_ids"] == [first, second]
    for client in (bert, setting.facilitator, setting.manager):
        assert made(await client.get(f"/ballots/{running}"), 200)["recused_challenge_ids"] == []
    before = answer.headers["Kring-Position"]
    assert made(await anna.get(f"/ballots/{running}?as_of={before}"), 200)["recused_challenge_ids"] == [first]

    assert code(await vote(anna, running, third, first)) == (409, "recused")
    for client in setting.people[:3]:
        made(await vote(client, running, third), 200)
    await counted(setting, running)
    at = await api.kring.log.head()
    numbers = [{"challenge_id": one, "electors": 1} for one in sorted([first, second])]
    assert made(await bert.get(f"/ballots/{running}?at_least={at}"), 200)["recusals"] == numbers
    assert made(await bert.get(f"/ballots/{running}/result"), 200)["recusals"] == numbers


async def test_rule_7_a_recusal_is_refused_while_the_elector_has_an_approving_paper(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, (first, second, _) = setting.people[0], setting.challenges
    made(await vote(anna, running, first, second), 200)
    answer = await recuse(anna, running, first)
    assert code(answer) == (409, "paper-approves")
    assert first in answer.json()["detail"]
    made(await vote(anna, running, second), 200)
    made(await recuse(anna, running, first), 200)
    assert made(await anna.get(f"/ballots/{running}/vote"), 200)["approvals"] == [second]


async def test_a_recusal_is_refused_to_anyone_but_an_elector(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, first = setting.people[0], setting.challenges[0]
    elsewhere = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2016"}))["id"]
    late = made(await setting.manager.post("/people", json={"name": "L", "email": api.address("l")}))["id"]
    made(await setting.manager.post(f"/programmes/{elsewhere}/participants", json={"person_id": late}))
    stranger = await api.as_("participant", late)
    assert code(await recuse(stranger, running, first)) == (404, "not-found")
    assert code(await recuse(anna, running.replace("ballot", "challenge"), first)) == (404, "not-found")
    assert code(await recuse(anna, f"ballot_{setting.programme[-26:]}", first)) == (404, "not-found")
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json={"person_id": late}))
    assert code(await recuse(stranger, running, first)) == (409, "not-an-elector")
    for client in (setting.facilitator, setting.manager):
        assert code(await recuse(client, running, first)) == (403, "not-allowed")
    commissioner = await api.as_("commissioner", organisations=(setting.organisation,))
    assert code(await recuse(commissioner, running, first)) == (403, "not-allowed")
    assert (await recuse(anna, running, setting.programme)).status_code == 422
    assert code(await recuse(anna, running, f"challenge_{running[-26:]}")) == (409, "not-on-the-ballot")
    made(await recuse(anna, running, first), 200)
    assert code(await recuse(anna, running, first)) == (409, "as-it-is")
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    assert code(await recuse(anna, running, setting.challenges[1])) == (409, "ballot-not-open")


async def test_rule_24_a_repeated_recusal_gets_the_same_answer(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, body = setting.people[0], {"challenge_id": setting.challenges[0]}
    answers = [
        await anna.post(f"/ballots/{running}/recusals", json=body, headers={"Idempotency-Key": "1"}) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_rule_7_a_race_never_leaves_both_a_recusal_and_an_approving_paper(api: Api) -> None:
    setting = await programme(api, participants=12)
    running = await ballot(setting, seats=1)
    first, second = setting.challenges[:2]

    async def at_once(client: httpx.AsyncClient) -> list[int]:
        made(await vote(client, running, second), 200)
        answers = await asyncio.gather(
            vote(client, running, first),
            recuse(client, running, first),
            vote(client, running, second),
            vote(client, running, first, second),
        )
        return [one.status_code for one in answers]

    statuses = await asyncio.gather(*(at_once(one) for one in setting.people))
    assert {one for theirs in statuses for one in theirs} <= {200, 409}
    at = await api.kring.log.head()
    for client in setting.people:
        paper = made(await client.get(f"/ballots/{running}/vote"), 200)["approvals"]
        recused = made(await client.get(f"/ballots/{running}?at_least={at}"), 200)["recused_challenge_ids"]
        assert set(paper).isdisjoint(recused), (paper, recused)
