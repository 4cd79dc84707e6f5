"""A programme about to form teams, over HTTP."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import httpx

from service.clock_and_ids import now
from tests.conftest import Api


async def made(answer: httpx.Response, status: int = 201) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


class Stage(NamedTuple):
    """A programme whose ballot is closed."""

    programme: str
    ballot: str
    organisations: list[str]
    challenges: list[str]
    manager: httpx.AsyncClient
    facilitator: httpx.AsyncClient
    people: list[str]
    clients: list[httpx.AsyncClient]

    async def certify(self) -> list[str]:
        answer = await self.facilitator.post(f"/ballots/{self.ballot}/certification")
        await made(answer, 200)
        return self.challenges[:3]

    async def rank(self, rankings: Iterable[list[str]]) -> None:
        for client, ranking in zip(self.clients, rankings, strict=False):
            await made(await client.put(f"/programmes/{self.programme}/preferences", json={"ranking": ranking}), 200)

    async def request(self) -> str:
        answer = await self.facilitator.post(f"/programmes/{self.programme}/team-assignments")
        assignment = (await made(answer, 202))["id"]
        assert answer.headers["Location"] == f"/api/v1/team-assignments/{assignment}"
        return assignment


async def staged(api: Api, people: int = 12) -> Stage:
    """A programme of four organisations whose counted ballot selected the first three of four challenges."""
    manager = await api.as_("manager")
    organisations = [
        (await made(await manager.post("/organisations", json={"name": f"O {n}"})))["id"] for n in range(4)
    ]
    programme = (await made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"})))["id"]
    guide = (await made(await manager.post("/people", json={"name": "G", "email": api.address("g")})))["id"]
    await made(await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": guide}))
    facilitator = await api.as_("facilitator", guide)
    ids: list[str] = []
    for n in range(people):
        ids.append(
            (await made(await manager.post("/people", json={"name": f"P{n}", "email": api.address(f"p{n}")})))["id"]
        )
        body = {"person_id": ids[n], "organisation_id": organisations[n % 4]}
        await made(await manager.post(f"/programmes/{programme}/participants", json=body))
    clients = [await api.as_("participant", one) for one in ids]
    challenges: list[str] = []
    for n in range(4):
        body = {"title": f"Vraag {n}", "context": "Waarom", "organisation_id": organisations[n]}
        challenges.append((await made(await facilitator.post(f"/programmes/{programme}/challenges", json=body)))["id"])
        await made(await facilitator.post(f"/challenges/{challenges[n]}/admission"), 200)
    closes_at = (now() + timedelta(hours=1)).isoformat()
    body = {"challenge_ids": challenges, "closes_at": closes_at, "seats": 3}
    ballot = (await made(await facilitator.post(f"/programmes/{programme}/ballots", json=body)))["id"]
    for n, client in enumerate(clients):
        await made(await client.put(f"/ballots/{ballot}/vote", json={"approvals": [challenges[n % 3]]}), 200)
    await made(await facilitator.post(f"/ballots/{ballot}/close"), 200)
    await made(await facilitator.post(f"/ballots/{ballot}/count"), 200)
    return Stage(programme, ballot, organisations, challenges, manager, facilitator, ids, clients)
