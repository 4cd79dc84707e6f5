"""A journey that records every type of event over HTTP and by the worker, while each part is killed once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from service.clock_and_ids import now
from tests.journeys.examples.cop import Cop, a_cop
from tests.journeys.examples.rare_operations import run_rare_operations
from tests.journeys.examples.season import Contact, House, Json, Season, a_house, a_season
from tests.processes.over_http import HttpApi
from tests.processes.running import until
from tests.service.api.examples.everybody import everything
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import ATeam

INSIGHTS = 20
"""Commands in flight when the service is killed."""


@dataclass
class JourneyIds:
    """Ids that the journey leaves behind for later commands."""

    programme: str
    organisation: str


async def journey(api: HttpApi) -> JourneyIds:
    """Run from the opening of two programmes to the conclusion of one."""
    house = replace(await a_house(api), manager=await api.as_("manager"))
    bank, clinic = [await house.organisation(name) for name in ("Rabobank IJsseldelta", "Isala")]
    small, unstaffed = await too_small(house, bank)
    season = await a_season(house, [None] * 8, bank, challenges=3, min_team=4)
    cop, other = await placed(api, season)
    banker, doctor = await house.contact(bank), await house.contact(clinic)
    evidence = await worked(api, season, cop)
    await met(season)
    await advised(cop, banker, evidence)
    all_ = await everything(api, await as_team(api, season, other, cop, banker, doctor, clinic))
    all_.ids["other_team"] = cop.id
    await run_rare_operations(all_)
    await season.conclude(reason="Eén CoP stopt zonder advies.")
    await until(lambda: reached(small, f"/ballots/{unstaffed}", "void"))
    return JourneyIds(season.programme, bank)


async def reached(season: Season, path: str, status: str) -> bool:
    """Whether a resource has this status."""
    return made(await season.guide.get(path), 200)["status"] == status


@asynccontextmanager
async def killed(api: HttpApi, part: str) -> AsyncGenerator[None]:
    """Kill a part and keep it dead while the body runs."""
    await api.parts.kill(part)
    yield
    api.parts.start(part)


async def too_small(house: House, organisation: str) -> tuple[Season, str]:
    """A programme too small for a team; nobody votes in its ballot, which the worker closes and voids."""
    season = await a_season(house, [organisation] * 2, organisation, challenges=3, min_team=4)
    body = {"challenge_ids": season.challenges[:1], "how": "in_the_room", "reason": "Het is een proef."}
    ballot = await season.open(season.challenges[1:], closes_at=(now() + timedelta(seconds=5)).isoformat(), seats=1)
    made(await house.manager.post(f"{season.path}/choice", json=body), 200)
    assert (await season.propose_teams())["status"] == "infeasible"
    return season, ballot["id"]


async def placed(api: HttpApi, season: Season) -> tuple[Cop, Cop]:
    """Form two CoPs. The worker is dead when the teams are requested."""
    selected = await season.choose(seats=2)
    for number in range(len(season.people)):
        await season.rank(number, *selected[:: 1 if number % 2 else -1])
    await api.parts.idle()
    async with killed(api, "worker"):
        proposing = asyncio.create_task(season.propose_teams())
        await until(lambda: requests(season))
    proposed = await proposing
    assert proposed["status"] == "proposed"
    first, second = await season.adopt(proposed["id"])
    return a_cop(season, first), a_cop(season, second)


async def requests(season: Season) -> list[Json]:
    """Requests for teams."""
    return made(await season.guide.get(f"{season.path}/team-assignments"), 200)["items"]


async def worked(api: HttpApi, season: Season, cop: Cop) -> list[str]:
    """Research during which the service is killed with commands in flight; a trip, and shared work."""
    evidence = await cop.research()
    texts = [f"Inzicht {number}" for number in range(INSIGHTS)]
    writing = [asyncio.create_task(cop.make(0, "insights", text=text)) for text in texts]
    await asyncio.wait(writing, return_when=asyncio.FIRST_COMPLETED)
    async with killed(api, "service"):
        pass
    await asyncio.gather(*writing)
    await api.parts.ready()
    insights = (await season.house.see(cop.members[0], f"{cop.path}/insights", limit=200))["items"]
    assert sorted(one["text"] for one in insights if one["text"] in texts) == sorted(texts), "each once"
    source, interview, _ = evidence
    async with killed(api, "projector"):
        await cop.make(0, "shares", item_id=source, **{"with": "programme"})
    await season.house.see(season.clients[-1], f"/sources/{source}")
    await cop.trip()
    made(await cop.members[0].post(f"/interviews/{interview}/consent", json={"scope": None}), 200)
    return [source]


async def met(season: Season) -> None:
    """Hold a session with attendance and minutes, and correct both."""
    planned = await season.session(2, starts_at=now() - timedelta(hours=1))
    path, missed = f"/gatherings/{planned['id']}", season.people[1]
    await season.hold(planned["id"], "networking", absent={missed: "Griep"})
    also = {"topics": ["networking", "presenting"], "reason": "Ook gepresenteerd."}
    made(await season.guide.post(f"{path}/holding", json=also), 200)
    late = {"people": [{"person_id": missed, "present": True}], "reason": "Kwam later."}
    made(await season.guide.post(f"{path}/attendance", json=late), 200)
    await season.minutes(planned["id"], season.clients[0], season.clients[-1])
    body = {"text": "We maakten kennis.", "based_on": 1, "reason": "Taal"}
    made(await season.clients[0].post(f"{path}/minutes", json=body), 200)


async def advised(cop: Cop, to: Contact, evidence: list[str]) -> None:
    """Deliver an advice; one recommendation is rejected, the commitment on the other is fulfilled."""
    hub, link = await cop.write(evidence, "Bouw een hub.", "Verbind de initiatieven.")
    await cop.judge()
    for step in ("presentation", "delivery"):
        await cop.hand_over(step, to)
    made(await to.client.post(f"/recommendations/{hub}/response", json={"verdict": "rejected", "reason": "Te duur."}))
    made(await cop.members[1].post(f"/recommendations/{hub}/rejoinder", json={"text": "Toch niet."}))
    made(await to.client.post(f"/recommendations/{link}/response", json={"verdict": "accepted"}))
    made(await to.client.post(f"/recommendations/{link}/progress", json={"text": "Zij is begonnen."}))
    closure = {"outcome": "implemented", "reason": "Het staat."}
    made(await to.client.post(f"/recommendations/{link}/closure", json=closure), 200)


async def as_team(
    api: HttpApi, season: Season, cop: Cop, beside: Cop, banker: Contact, doctor: Contact, clinic: str
) -> ATeam:
    """A CoP in the form of the shared complete setting, with a member of the other CoP."""
    return ATeam(
        id=cop.id,
        programme=season.programme,
        challenge=cop.challenge,
        bank=season.commissioned[cop.challenge],
        clinic=clinic,
        people=[*cop.people, beside.people[0]],
        members=cop.members,
        other=beside.members[0],
        facilitator=season.guide,
        facilitator_id=made(await season.guide.get("/me"), 200)["person"]["id"],
        manager=await api.as_("manager"),
        commissioner=banker.client,
        commissioner_id=banker.id,
        stranger=doctor.client,
        stranger_id=doctor.id,
    )
