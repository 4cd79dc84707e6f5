"""A team at work on a challenge, and everybody around it: the start of tests about research and advice."""

from dataclasses import dataclass
from typing import Any

import httpx

from domain.events.team import TeamFormed
from domain.foundation import (
    Caller,
    ChallengeId,
    Command,
    Event,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
)
from service.clock_and_ids import new_id, now
from tests.conftest import Api


class Given(Command):
    """Records events whose creation other tests cover."""

    def __init__(self, *events: Event) -> None:
        super().__init__()
        self.events = events
        self.by = Caller(role="system", via="job_test", at=now())

    def consistency_boundary(self) -> list[Selector]:
        return [Selector(types=[TeamFormed], tags=[self.events[0].tags()[0]])]

    def execute(self) -> None:
        for event in self.events:
            self.record(event)


async def ok(answer: httpx.Response, status: int = 201) -> Any:
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    return answer.json()


def at(answer: httpx.Response) -> dict[str, str]:
    """Query that waits until views show the result of this answer."""
    return {"at_least": answer.headers["Kring-Position"]}


@dataclass
class ATeam:
    """Four members on a bank's challenge; a participant of another team; a guide, manager, commissioner and stranger."""

    id: str
    programme: str
    challenge: str
    bank: str
    clinic: str
    people: list[str]
    members: list[httpx.AsyncClient]
    other: httpx.AsyncClient
    facilitator: httpx.AsyncClient
    manager: httpx.AsyncClient
    commissioner: httpx.AsyncClient
    commissioner_id: str
    stranger: httpx.AsyncClient
    facilitator_id: str
    stranger_id: str


async def a_team(api: Api) -> ATeam:
    """Form the team."""
    manager = await api.as_("manager")
    bank = (await ok(await manager.post("/organisations", json={"name": "Rabobank IJsseldelta"})))["id"]
    clinic = (await ok(await manager.post("/organisations", json={"name": "Isala"})))["id"]
    programme = (await ok(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"})))["id"]
    names = ["Guide", "Commissioner", "Stranger", "Anna", "Bert", "Cora", "Dirk", "Eva"]
    people = [await _person(api, manager, name) for name in names]
    guide, banker, stranger, *participants = people
    await ok(await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": guide}))
    for one in participants:
        await ok(await manager.post(f"/programmes/{programme}/participants", json={"person_id": one}))
    for organisation, person in ((bank, banker), (clinic, stranger)):
        contact = {"person_id": person, "role": "commissioner"}
        await ok(await manager.post(f"/organisations/{organisation}/contacts", json=contact))
    brought_in = {"title": "Start-ups", "context": "Ze vertrekken.", "organisation_id": bank}
    challenge = (await ok(await manager.post(f"/programmes/{programme}/challenges", json=brought_in)))["id"]
    team = new_id("team")
    formed = TeamFormed(
        team=TeamId(team),
        programme=ProgrammeId(programme),
        challenge=ChallengeId(challenge),
        organisation=OrganisationId(bank),
        number=1,
        members=tuple(PersonId(one) for one in participants[:4]),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    return ATeam(
        id=team,
        programme=programme,
        challenge=challenge,
        bank=bank,
        clinic=clinic,
        people=participants,
        members=[await api.as_("participant", one) for one in participants[:4]],
        other=await api.as_("participant", participants[4]),
        facilitator=await api.as_("facilitator", guide),
        manager=manager,
        commissioner=await api.as_("commissioner", banker),
        commissioner_id=banker,
        stranger=await api.as_("commissioner", stranger),
        facilitator_id=guide,
        stranger_id=stranger,
    )


async def _person(api: Api, manager: httpx.AsyncClient, name: str) -> str:
    body = {"name": name, "email": api.address(name.lower())}
    return (await ok(await manager.post("/people", json=body)))["id"]
