"""A CoP at work through its members' clients: research, a trip, an advice, and its commissioner's responses."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.journeys.examples.season import Contact, Json, Season
from tests.service.api.examples.advice import CSL
from tests.service.api.examples.programme import made
from tests.service.api.examples.research import PLACED
from tests.service.api.examples.trips import APRIL, MAY, euros, visit


@dataclass
class Cop:
    """A team of a season, with a client per member."""

    season: Season
    id: str
    challenge: str
    people: list[str]
    members: list[httpx.AsyncClient]

    @property
    def path(self) -> str:
        """Path of the team."""
        return f"/teams/{self.id}"

    async def status(self) -> str:
        """Status of the team as a member reads it."""
        return (await self.season.team(self.id, self.members[0]))["status"]

    async def make(self, number: int, what: str, **body: Any) -> Json:
        """Create something in the team as a member."""
        return made(await self.members[number].post(f"{self.path}/{what}", json=body))

    # Research

    async def research(self) -> list[str]:
        """Record a source, a held interview, an insight and a stakeholder; return the citable evidence."""
        source = await self.make(0, "sources", csl=CSL)
        interview = await self.interview()
        insight = await self.make(1, "insights", text="Ze zoeken elkaar.", about=source["id"])
        stakeholder = await self.make(2, "stakeholders", name="Wethouder", organisation="Gemeente Zwolle")
        path = f"/stakeholders/{stakeholder['id']}"
        made(await self.members[2].post(f"{path}/placement", json=PLACED))
        talk = {"outcome": "Wil meedoen", "next_step": "Terug in maart"}
        made(await self.members[3].post(f"{path}/talks", json=talk))
        return [source["id"], interview, insight["id"]]

    async def interview(self) -> str:
        """Hold an interview that may be quoted anonymously."""
        planned = await self.make(0, "interviews", who="Prof. De Vries", role="Lector", sector="knowledge")
        path = f"/interviews/{planned['id']}"
        made(await self.members[0].post(f"{path}/holding", json={"findings": "Koppel ze."}), 200)
        scoped = made(await self.members[0].post(f"{path}/consent", json={"scope": "anonymous_quote"}), 200)
        assert (scoped["status"], scoped["consent"]) == ("held", "anonymous_quote")
        return planned["id"]

    # The trip

    async def trip(self) -> str:
        """Take a study trip from idea to learnings; return its path."""
        anna, bert, cora, dirk = self.members[:4]
        idea = await self.make(0, "trips", theme="Hubs", destination="Rotterdam")
        path = f"/trips/{idea['id']}"
        polled = made(await anna.post(f"{path}/date-poll", json={"options": [APRIL, MAY]}), 200)
        april, may = (one["option_id"] for one in polled["poll"]["options"])
        for one in self.members:
            answers = {"answers": {april: "yes", may: "if_needed"}}
            made(await one.put(f"{path}/availability", json=answers), 200)
        fixed = made(await bert.post(f"{path}/date", json={"option_id": april}), 200)
        assert [idea["status"], polled["status"], fixed["status"]] == ["idea", "polling", "date_fixed"]
        made(await cora.post(f"{path}/itinerary", json=visit(9)))
        await self.book(path)
        paid = {"payer": self.people[0], "amount": euros(1_000), "text": "Lunch"}
        made(await anna.post(f"{path}/expenses", json=paid))
        done = made(await dirk.post(f"{path}/completion", json={"learnings": "Eén plek werkt."}), 200)
        assert done["status"] == "completed"
        return path

    async def book(self, path: str) -> None:
        """Request and confirm a hotel, which makes the trip booked."""
        anna, bert = self.members[:2]
        hotel: Json = {"kind": "hotel", "supplier": "New York", "amount": euros(40_000)}
        requested = made(await anna.post(f"{path}/bookings", json={**hotel, "payer": {"person_id": self.people[0]}}))
        assert (await self.season.house.see(anna, path))["status"] == "booking"
        confirmed = made(await bert.post(f"/bookings/{requested['id']}/confirmation", json={"reference": "AB-12"}), 200)
        assert [requested["status"], confirmed["status"]] == ["requested", "confirmed"]
        assert (await self.season.house.see(anna, path))["status"] == "booked"

    # The advice

    async def write(self, evidence: list[str], *recommendations: str) -> list[str]:
        """Write a complete advice whose recommendations each cite all of the evidence."""
        for number, part in enumerate(("problem-statement", "guiding-question", "answer")):
            assert (await self.make(number, part, text=f"De {part}."))["status"] == "current"
        await self.make(3, "summary", summary="Kort", method="Gesprekken")
        return [await self.recommend(one, evidence) for one in recommendations]

    async def recommend(self, text: str, evidence: list[str]) -> str:
        """Write a recommendation to the commissioner."""
        to = {"organisation_id": self.season.commissioned[self.challenge]}
        written = await self.make(0, "recommendations", text=text, evidence=evidence, addressee=to)
        assert written["status"] == "drafted"
        return written["id"]

    async def judge(self) -> None:
        """Approve the advice as every member but the last, who dissents in words."""
        for number in range(len(self.members) - 1):
            await self.make(number, "advice/approval", verdict="approve")
        await self.make(-1, "advice/approval", verdict="dissent", text="Eén plek is te weinig.")

    async def hand_over(self, how: str, to: Contact, **more: list[str]) -> Json:
        """Present or deliver the advice."""
        return await self.make(0, f"advice/{how}", to=[to.id], **more)


def a_cop(season: Season, team: Json) -> Cop:
    """A team with its members' clients."""
    people = list(team["member_ids"])
    return Cop(season, team["id"], team["challenge_id"], people, [season.client(one) for one in people])
