"""A path through every layer: people, a programme, challenges, a ballot."""

from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import now
from tests.conftest import Api


async def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_twelve_participants_choose_three_challenges(api: Api) -> None:
    manager = await api.as_("manager")
    bank = await made(await manager.post("/organisations", json={"name": "Rabobank IJsseldelta"}))
    programme = await made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"}))
    p = programme["id"]
    guide = await made(await manager.post("/people", json={"name": "G", "email": api.address("g")}))
    await made(await manager.post(f"/programmes/{p}/facilitators", json={"person_id": guide["id"]}))
    facilitator = await api.as_("facilitator", guide["id"])
    people: list[httpx.AsyncClient] = []
    for n in range(12):
        person = await made(await manager.post("/people", json={"name": f"P {n}", "email": api.address(f"p{n}")}))
        await made(
            await manager.post(
                f"/programmes/{p}/participants", json={"person_id": person["id"], "organisation_id": bank["id"]}
            )
        )
        people.append(await api.as_("participant", person["id"]))
    challenges: list[str] = []
    for n in range(5):
        body = {"title": f"Vraag {n}", "context": "Context 😀", "organisation_id": bank["id"]}
        challenge = await made(await people[n].post(f"/programmes/{p}/challenges", json=body))
        await made(await facilitator.post(f"/challenges/{challenge['id']}/admission"), 200)
        challenges.append(challenge["id"])
    closes_at = (now() + timedelta(hours=1)).isoformat()
    answer = await facilitator.post(
        f"/programmes/{p}/ballots", json={"challenge_ids": challenges, "closes_at": closes_at}
    )
    ballot = await made(answer)
    b = ballot["id"]
    assert ballot["status"] == "open"
    assert ballot["seats"] == 3
    for n, person in enumerate(people):
        paper = await made(await person.put(f"/ballots/{b}/vote", json={"approvals": [challenges[n % 3]]}), 200)
        assert paper["approvals"] == [challenges[n % 3]]
    assert (await people[0].post(f"/ballots/{b}/close")).status_code == 403
    closed = await made(await facilitator.post(f"/ballots/{b}/close"), 200)
    assert closed["turnout"] == 12
    assert (await facilitator.get(f"/ballots/{b}/result")).status_code == 404
    await made(await facilitator.post(f"/ballots/{b}/count"), 200)
    answer = await facilitator.post(f"/ballots/{b}/certification")
    certified = await made(answer, 200)
    assert certified["status"] == "certified"
    position = answer.headers["Kring-Position"]
    result = await made(await people[0].get(f"/ballots/{b}/result?at_least={position}"), 200)
    assert sorted(result["selected"]) == sorted(challenges[:3])
    board = await made(await people[0].get(f"/programmes/{p}/challenges?at_least={position}"), 200)
    assert [one["status"] for one in board["items"]] == ["selected"] * 3 + ["not_selected"] * 2
    assert board["items"][0]["title"] == "Vraag 0"
