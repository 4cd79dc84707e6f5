"""A programme with people, created over HTTP, for tests of later stages."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import now
from tests.conftest import Api


def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    """Decoded answer, required to have this status."""
    assert answer.status_code == status, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json()


@dataclass
class Setting:
    """Ids and clients of a programme; `people` are its participants, by number."""

    programme: str
    organisation: str
    manager: httpx.AsyncClient
    facilitator: httpx.AsyncClient
    people: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])
    ids: list[str] = field(default_factory=list[str])
    challenges: list[str] = field(default_factory=list[str])


async def programme(api: Api, participants: int = 4, challenges: int = 3) -> Setting:
    """A programme with a facilitator, participants of one organisation, and admitted challenges."""
    manager = await api.as_("manager")
    organisation = made(await manager.post("/organisations", json={"name": "Bank"}))["id"]
    opened = made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"}))["id"]
    guide = made(await manager.post("/people", json={"name": "Guide", "email": api.address("guide")}))["id"]
    made(await manager.post(f"/programmes/{opened}/facilitators", json={"person_id": guide}))
    found = Setting(opened, organisation, manager, await api.as_("facilitator", guide))
    for n in range(participants):
        person = made(await manager.post("/people", json={"name": f"Person {n}", "email": api.address(f"p{n}")}))["id"]
        body = {"person_id": person, "organisation_id": organisation}
        made(await manager.post(f"/programmes/{opened}/participants", json=body))
        found.ids.append(person)
        found.people.append(await api.as_("participant", person))
    for n in range(challenges):
        body = {"title": f"Vraagstuk {n}", "context": "Waarom het speelt.", "organisation_id": organisation}
        challenge = made(await manager.post(f"/programmes/{opened}/challenges", json=body))["id"]
        made(await found.facilitator.post(f"/challenges/{challenge}/admission"), 200)
        found.challenges.append(challenge)
    return found


async def ballot(setting: Setting, **changes: Any) -> str:
    """An open ballot on all challenges."""
    body = {"challenge_ids": setting.challenges, "closes_at": (now() + timedelta(hours=1)).isoformat(), **changes}
    return made(await setting.facilitator.post(f"/programmes/{setting.programme}/ballots", json=body))["id"]
