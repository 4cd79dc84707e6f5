"""A house with its people and running programmes: the steps of journeys over HTTP.

Everybody has a token of their own. The work of a CoP is in `cop.py`.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx

from domain.calculations import counting
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.programme import made

Json = dict[str, Any]

ENGLISH = {"Accept-Language": "en"}


@dataclass(frozen=True)
class Contact:
    """A contact of an organisation, with their client."""

    id: str
    client: httpx.AsyncClient


@dataclass
class House:
    """A Kring with a general manager, and clients for everybody."""

    api: Api
    operator: httpx.AsyncClient
    manager: httpx.AsyncClient

    async def organisation(self, name: str) -> str:
        """Register an organisation."""
        return made(await self.manager.post("/organisations", json={"name": name}))["id"]

    async def person(self, name: str) -> str:
        """Register a person."""
        body = {"name": name, "email": f"{new_id('x')}@example.org"}
        return made(await self.manager.post("/people", json=body))["id"]

    async def programme(self, name: str, **policies: int) -> str:
        """Open a programme as the manager."""
        body = {"name": name, "edition": "2016", "policies": policies}
        return made(await self.manager.post("/programmes", json=body))["id"]

    async def contact(
        self, organisation: str, *challenges: str, role: Literal["commissioner", "auditor"] = "commissioner"
    ) -> Contact:
        """Appoint a contact for these challenges or for all.

        The operator appoints contacts for all challenges: once an organisation has a commissioner, no manager may (rule 27).
        """
        person = await self.person(role.title())
        body: Json = {"person_id": person, "role": role, "challenge_ids": challenges}
        by = self.manager if challenges else self.operator
        made(await by.post(f"/organisations/{organisation}/contacts", json=body))
        return Contact(person, await self.api.as_(role, person))

    async def commissioner(self, organisation: str) -> httpx.AsyncClient:
        """Client of a commissioner who reads the organisation's trail."""
        return (await self.contact(organisation)).client

    async def trail(self, reader: httpx.AsyncClient, organisation: str) -> list[Json]:
        """Complete trail of an organisation."""
        query = {"at_least": await self.api.head(), "limit": 200}
        answer = await reader.get(f"/organisations/{organisation}/trail", params=query, headers=ENGLISH)
        return made(answer, 200)["items"]

    async def see(self, reader: httpx.AsyncClient, path: str, **query: Any) -> Json:
        """Read a path once the views show everything that was recorded."""
        return made(await reader.get(path, params={"at_least": await self.api.head(), **query}), 200)

    async def hidden(self, path: str, *readers: httpx.AsyncClient, **query: str) -> None:
        """Require 404 for each of these clients."""
        for one in readers:
            answer = await one.get(path, params={"at_least": await self.api.head(), **query})
            assert answer.status_code == 404, f"{path}: {answer.status_code} {answer.text}"


async def a_house(api: Api) -> House:
    """A house with only its manager, who already manages last year's programme: setting up programmes requires that."""
    operator = await api.as_("manager")
    body = {"name": "Manager", "email": api.address("manager")}
    person = made(await operator.post("/people", json=body))["id"]
    house = House(api, operator, await api.as_("manager", person))
    await house.programme("Vorig jaar")
    return house


@dataclass
class Season:
    """A programme up to its teams, with guides, participants, challenges and commissioners."""

    house: House
    programme: str
    guide: httpx.AsyncClient
    guide_id: str
    people: list[str]
    clients: list[httpx.AsyncClient]
    challenges: list[str]
    commissioned: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def path(self) -> str:
        """Path of the programme."""
        return f"/programmes/{self.programme}"

    def client(self, person: str) -> httpx.AsyncClient:
        """Client of a participant."""
        return self.clients[self.people.index(person)]

    # Participants

    async def enrol(self, name: str, sender: str | None) -> str:
        """Enrol a new participant."""
        person = await self.house.person(name)
        body = {"person_id": person, "organisation_id": sender}
        made(await self.guide.post(f"{self.path}/participants", json=body))
        self.people.append(person)
        self.clients.append(await self.house.api.as_("participant", person))
        return person

    # Challenges

    async def propose(self, by: httpx.AsyncClient, title: str, organisation: str) -> Json:
        """Propose a challenge."""
        body = {"title": title, "context": "Het speelt.", "organisation_id": organisation}
        proposed = made(await by.post(f"{self.path}/challenges", json=body))
        assert proposed["status"] == "proposed"
        return proposed

    async def admit(self, challenge: str, organisation: str) -> None:
        """Admit a challenge."""
        admitted = made(await self.guide.post(f"/challenges/{challenge}/admission"), 200)
        assert admitted["status"] == "admitted"
        self.challenges.append(challenge)
        self.commissioned[challenge] = organisation

    async def board(self, reader: httpx.AsyncClient | None = None) -> dict[str, str]:
        """Status of each challenge as this client reads it."""
        shown = await self.house.see(reader or self.guide, f"{self.path}/challenges", limit=200)
        return {one["id"]: one["status"] for one in shown["items"]}

    # Ballots

    async def open(self, challenges: Iterable[str] = (), **changes: Any) -> Json:
        """Open a ballot, on all challenges by default."""
        closes_at = (now() + timedelta(hours=1)).isoformat()
        body = {"challenge_ids": [*challenges] or self.challenges, "closes_at": closes_at, **changes}
        return made(await self.guide.post(f"{self.path}/ballots", json=body))

    async def vote(self, ballot: str, number: int, *approvals: str) -> Json:
        """Cast a participant's paper."""
        body = {"approvals": approvals}
        return made(await self.clients[number].put(f"/ballots/{ballot}/vote", json=body), 200)

    async def end(self, ballot: str) -> None:
        """Close, count and certify."""
        made(await self.guide.post(f"/ballots/{ballot}/close"), 200)
        await self.house.api.count(ballot, self.guide)
        made(await self.guide.post(f"/ballots/{ballot}/certification"), 200)

    async def result(self, ballot: str, reader: httpx.AsyncClient | None = None) -> Json:
        """Result of a ballot as this client reads it."""
        return await self.house.see(reader or self.clients[0], f"/ballots/{ballot}/result")

    async def choose(self, seats: int) -> list[str]:
        """Hold a ballot in which everybody votes; return the selected challenges."""
        ballot = (await self.open(seats=seats))["id"]
        for number in range(len(self.clients)):
            await self.vote(ballot, number, self.challenges[number % seats])
        await self.end(ballot)
        return (await self.result(ballot))["selected"]

    # Teams

    async def rank(self, number: int, *ranking: str, **more: str) -> None:
        """Rank challenges as a participant."""
        body = {"ranking": ranking, **more}
        shown = made(await self.clients[number].put(f"{self.path}/preferences", json=body), 200)
        assert shown["ranking"] == list(ranking)

    async def propose_teams(self) -> Json:
        """Request a team assignment and wait for it."""
        answer = await self.guide.post(f"{self.path}/team-assignments")
        requested = made(answer, 202)
        assert (requested["status"], answer.headers["Location"]) == (
            "solving",
            f"/api/v1/team-assignments/{requested['id']}",
        )
        await self.house.api.solve(requested["id"])
        return await self.house.see(self.guide, f"/team-assignments/{requested['id']}")

    async def adopt(self, assignment: str) -> list[Json]:
        """Adopt the proposed teams."""
        return made(await self.guide.post(f"/team-assignments/{assignment}/adoption"))["teams"]

    async def team(self, team: str, reader: httpx.AsyncClient | None = None) -> Json:
        """A CoP as this client reads it."""
        return await self.house.see(reader or self.guide, f"/teams/{team}")

    # Sessions

    async def session(self, number: int, starts_at: datetime | None = None) -> Json:
        """Plan a joint session, by default one that is going on now and can be held."""
        begins = starts_at or now() - timedelta(hours=1)
        moments = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=6)).isoformat()}
        body = {"kind": "session", "number": number, "place": "Dominicanenklooster, Zwolle", **moments}
        planned = made(await self.guide.post(f"{self.path}/gatherings", json=body))
        assert (planned["status"], planned["number"], planned["team_ids"]) == ("planned", number, [])
        return planned

    async def hold(self, gathering: str, *topics: str, absent: Mapping[str, str] | None = None) -> Json:
        """Record a session as held, with the attendance of everybody except `absent`."""
        missing = absent or {}
        held = made(await self.guide.post(f"/gatherings/{gathering}/holding", json={"topics": topics}), 200)
        assert (held["status"], held["topics"]) == ("held", list(topics))
        listed = [{"person_id": one, "present": one not in missing, "reason": missing.get(one)} for one in self.people]
        answer = await self.guide.post(f"/gatherings/{gathering}/attendance", json={"people": listed})
        return made(answer, 200)

    async def minutes(self, gathering: str, writer: httpx.AsyncClient, approver: httpx.AsyncClient) -> Json:
        """Write the minutes and approve them as somebody who attended."""
        text = {"text": "We hebben kennisgemaakt."}
        written = made(await writer.post(f"/gatherings/{gathering}/minutes", json=text), 200)
        assert written["minutes"]["status"] == "written"
        return made(await approver.post(f"/gatherings/{gathering}/minutes-approval"), 200)

    # The end

    async def conclude(self, **why: str) -> Json:
        """Conclude the programme."""
        return made(await self.house.manager.post(f"{self.path}/conclusion", json=why), 200)


async def a_season(
    house: House, senders: list[str | None], commissioner: str, challenges: int, **policies: int
) -> Season:
    """A programme with a participant per sender, and admitted challenges of one organisation."""
    programme = await house.programme("Leergang", **({"min_team": 3} | policies))
    guide = await house.person("Gerda Gids")
    made(await house.manager.post(f"/programmes/{programme}/facilitators", json={"person_id": guide}))
    client = await house.api.as_("facilitator", guide)
    season = Season(house, programme, client, guide, [], [], [])
    for number, sender in enumerate(senders):
        await season.enrol(f"Deelnemer {number}", sender)
    for number in range(challenges):
        proposed = await season.propose(client, f"Vraagstuk {number}", commissioner)
        await season.admit(proposed["id"], commissioner)
    return season


# Recounting


def seed_of(result: Json) -> bytes:
    """Seed that decided ties."""
    return base64.urlsafe_b64decode(result["tie_seed"] + "=")


def recounted(result: Json, opened: Json, organisations: Mapping[str, str]) -> list[str]:
    """Winners according to a reader who recounts the published papers."""
    field = "ranking" if result["rule"].startswith("stv/") else "approvals"
    papers = [counting.Paper(one["tracker"] or str(one["number"]), tuple(one[field])) for one in result["papers"]]
    found = counting.count(
        result["rule"], papers, opened["challenge_ids"], opened["seats"], seed_of(result), organisations
    )
    return list(found.selected)
