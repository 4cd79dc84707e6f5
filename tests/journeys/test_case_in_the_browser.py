"""The seed's case in browsers: from the invitation to the answer of the commissioner, by everybody on their own pages.

Facilitator and manager, who have no pages for their work yet, use the API, and so do the four participants of the other CoP.
"""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser

from service.clock_and_ids import now
from tests.conftest import Api
from tests.journeys.examples.browsing import User, mailing, users
from tests.service.api.examples.programme import made
from tests.service.pages.examples.visits import have_signed_in

BANK, CLINIC = "Rabobank IJsseldelta", "Zorggroep Sallandrand"
MEMBERS = ("Stijn", "Marloes", "Jorn", "Wietske")
TITLE = "Hoe behouden we jonge ondernemers voor de regio?"
OTHER = "Hoe komen patiënten eerder thuis?"
ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass
class Case:
    """The programme and those who work through the API. `team`: path of the CoP, once it was formed."""

    api: Api
    manager: httpx.AsyncClient
    facilitator: httpx.AsyncClient
    programme: str
    clinic: str
    people: dict[str, str]
    others: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])
    team: str = ""

    @property
    def path(self) -> str:
        return f"/programmes/{self.programme}"

    async def challenges(self) -> dict[str, str]:
        """The ids of the challenges, by title."""
        answer = await self.facilitator.get(f"{self.path}/challenges", params={"at_least": await self.api.head()})
        return {one["title"]: one["id"] for one in made(answer, 200)["items"]}


async def set_up(api: Api) -> Case:
    """Open the programme and invite everybody to it."""
    manager = await api.as_("manager")
    bank, clinic = [made(await manager.post("/organisations", json={"name": one}))["id"] for one in (BANK, CLINIC)]
    programme = made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"}))["id"]

    async def person(name: str) -> str:
        body = {"name": name, "email": api.address(name.lower()), "language": "en"}
        return made(await manager.post("/people", json=body))["id"]

    guide = await person("Hanneke")
    made(await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": guide}))
    case = Case(api, manager, await api.as_("facilitator", guide), programme, clinic, {})
    for number, name in enumerate((*MEMBERS, "Fleur", "Ruben", "Lotte", "Bram")):
        case.people[name] = await person(name)
        body = {"person_id": case.people[name], "organisation_id": (bank, clinic)[number % 2]}
        made(await manager.post(f"{case.path}/participants", json=body))
        if name not in MEMBERS:
            case.others.append(await api.as_("participant", case.people[name]))
    case.people["Margriet"] = await person("Margriet")
    body = {"person_id": case.people["Margriet"], "role": "commissioner"}
    made(await manager.post(f"/organisations/{bank}/contacts", json=body))
    return case


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_the_case_from_invitation_to_response_on_pages(api: Api, browser: Browser, scripts: bool) -> None:
    case = await set_up(api)
    emails = {name: api.address(name.lower()) for name in (*MEMBERS, "Margriet")}
    async with users(api, browser, emails, scripts=scripts, on_phone="Wietske") as people:
        async with mailing(api) as postman:
            await asyncio.gather(people["Margriet"].accept(postman), people["Wietske"].accept(postman, by_code=True))
        for name in MEMBERS[:3]:
            await have_signed_in(people[name].page.context, api, case.people[name])
        await propose(case, people)
        await vote(case, people)
        await form_cops(case, people)
        await gather(case, people)
        await travel(case, people)
        await research(case, people)
        await advise(case, people)
        await respond(case, people)


# Module 1


async def propose(case: Case, people: dict[str, User]) -> None:
    """Bring in a challenge, ask about it, and answer."""
    stijn, wietske, margriet = people["Stijn"], people["Wietske"], people["Margriet"]
    await stijn.open("/challenges")
    await stijn.follow("Bring in a challenge")
    await stijn.send("Bring it in", {"Your question": TITLE, "What is the matter": "Ze vertrekken na drie jaar."})
    await stijn.reads(TITLE)
    (challenge,) = (await case.challenges()).values()
    for title in (OTHER, "Hoe delen we apparatuur?"):
        body = {"title": title, "context": "Bedden blijven bezet.", "organisation_id": case.clinic}
        made(await case.others[0].post(f"{case.path}/challenges", json=body))
    for one in (await case.challenges()).values():
        made(await case.facilitator.post(f"/challenges/{one}/admission"), 200)
    await wietske.open("/challenges")
    await wietske.follow(TITLE)
    await wietske.send("Ask", {"Your question about it": "Gaat het ook om zzp’ers?"})
    await wietske.sees("waits for an answer")
    await margriet.open("/")
    await margriet.follow(re.compile("^To the question"))
    await margriet.unfold("Answer")
    await margriet.send("Keep the answer", {"Your answer": "Ook om hen."})
    await wietske.open(f"/challenges/{challenge}")
    await wietske.sees("Ook om hen.", "answered")


async def vote(case: Case, people: dict[str, User]) -> None:
    """Vote, change a paper, and read the result."""
    challenges = await case.challenges()
    closes_at = (now() + timedelta(days=2)).isoformat()
    body = {"challenge_ids": list(challenges.values()), "closes_at": closes_at, "seats": 2}
    ballot = made(await case.facilitator.post(f"{case.path}/ballots", json=body))["id"]
    for one in case.others:
        made(await one.put(f"/ballots/{ballot}/vote", json={"approvals": [challenges[OTHER]]}), 200)

    stijn = people["Stijn"]
    await stijn.open("/")
    await stijn.follow(re.compile("^To your ballot paper"))
    await stijn.send("Hand in your paper", {OTHER: True})
    await stijn.sees("Your paper is in the box")

    async def hand_in(name: str) -> None:
        await people[name].open(f"/ballots/{ballot}")
        await people[name].send("Hand in your paper", {TITLE: True})

    await asyncio.gather(*map(hand_in, MEMBERS[1:]))
    await stijn.send("Replace your paper", {TITLE: True, OTHER: False})
    await stijn.sees("It replaced what you handed in before", "8 of the 8 voted")
    made(await case.facilitator.post(f"/ballots/{ballot}/close"), 200)
    await case.api.count(ballot, case.facilitator)
    made(await case.facilitator.post(f"/ballots/{ballot}/certification"), 200)
    await stijn.open(f"/ballots/{ballot}/result")
    await stijn.reads("You take up these 2 challenges")


async def form_cops(case: Case, people: dict[str, User]) -> None:
    """Rank the chosen challenges, and see the CoP that came of it."""
    challenges = await case.challenges()

    async def rank(name: str) -> None:
        await people[name].open("/preferences")
        await people[name].send("Hand in your order", {f"Place of {TITLE}": "1", f"Place of {OTHER}": "2"})
        await people[name].reads("This is the order in which you would work on them")

    await asyncio.gather(*map(rank, MEMBERS))
    for one in case.others:
        ranking = [challenges[OTHER], challenges[TITLE]]
        made(await one.put(f"{case.path}/preferences", json={"ranking": ranking}), 200)
    requested = made(await case.facilitator.post(f"{case.path}/team-assignments"), 202)["id"]
    await case.api.solve(requested)
    made(await case.facilitator.post(f"/team-assignments/{requested}/adoption"))
    stijn = people["Stijn"]
    await stijn.follow("My CoP")
    await stijn.reads(TITLE)
    await stijn.sees("You put this challenge first.", *MEMBERS)
    case.team = stijn.path


# The CoP at work


async def gather(case: Case, people: dict[str, User]) -> None:
    """Meet, record who was there, and write and approve the minutes."""
    marloes, jorn, stijn = people["Marloes"], people["Jorn"], people["Stijn"]
    begun = now().astimezone(ZONE) - timedelta(hours=2)
    await marloes.open(f"{case.team}/gatherings")
    await marloes.unfold("Plan a gathering")
    times = {"From": local(begun), "Until": local(begun + timedelta(hours=1))}
    await marloes.send("Plan it", {**times, "Where": "Keukentafel", "What you will talk about": "Wie leest wat"})
    await marloes.send("It was held")
    await marloes.unfold("Record who was there")
    await marloes.send("Keep this list", {"Wietske": False})
    await marloes.sees("3 of 4 were there.")
    await jorn.open(marloes.path)
    await jorn.send("Keep the minutes", {"Minutes": "Iedereen belt twee mensen."})
    await stijn.open(marloes.path)
    await stijn.send("Approve these minutes")
    await stijn.sees("Iedereen belt twee mensen.", "approved by Stijn")


def local(at: Any) -> str:
    """A time as a field has it."""
    return at.strftime("%Y-%m-%dT%H:%M")


async def travel(case: Case, people: dict[str, User]) -> None:
    """Find a date, plan and book the trip, and settle what it cost."""
    stijn, marloes, jorn, wietske = (people[one] for one in MEMBERS)
    await stijn.open(f"{case.team}/trips")
    await stijn.send("Propose it", {"Where to": "Rotterdam", "What you want to see or learn there": "Hubs"})
    await stijn.follow("Propose dates")
    days = {"Row 1: first day": "2017-01-30", "Row 1: last day": "2017-01-31", "Row 2: first day": "2017-02-06"}
    await stijn.send("Ask everybody", days)
    trip = stijn.path.removesuffix("/dates")

    async def answer(name: str) -> None:
        one = people[name]
        await one.open(f"{trip}/dates")
        for number, given in enumerate(("yes", "no")):
            option = one.page.get_by_role("group", name="You").nth(number)
            await option.get_by_label(given, exact=True).check()
        await one.send("Keep your answers")

    await wietske.open("/")
    await wietske.follow(re.compile("^To the date poll"))
    await asyncio.gather(*map(answer, MEMBERS))
    await marloes.press(re.compile("^Fix this date.*30"))
    await marloes.open(trip)
    await marloes.follow("Add something")
    stop = {"What you do": "Rondleiding", "Where": "Maaskade", "Who receives you": "Mw. Jansen"}
    await marloes.send("Add it", {**stop, "From": "2017-01-30T10:00", "Until": "2017-01-30T12:00"})
    await jorn.open(trip)
    await jorn.sees("Rondleiding")
    await jorn.follow("Request a booking")
    await jorn.send("Request it", {"What you book": "hotel", "From whom": "De Lading", "Amount": "400"})
    await jorn.open(trip)
    await jorn.follow("Record the answer")
    await jorn.send("Record the confirmation", {"Reference": "AB-12"})
    await jorn.reads("De Lading confirmed")
    await wietske.open(trip)
    await wietske.follow("Share an expense")
    await wietske.send("Share it", {"What was paid": "Diner", "Amount": "80"})
    await wietske.sees("3 payments, and you are even.")
    for one in (stijn, marloes, jorn):
        await one.open(trip)
        await one.press(re.compile("^Paid"))
    await wietske.open(trip)
    await wietske.sees("You are even")
    await wietske.send("Conclude the trip", {"What you learnt": "Eén plek werkt."})
    await wietske.sees("Eén plek werkt.")


async def research(case: Case, people: dict[str, User]) -> None:
    """Read, listen, understand, and put somebody on the map."""
    stijn, marloes, jorn, wietske = (people[one] for one in MEMBERS)
    await jorn.open(f"{case.team}/research")
    await jorn.follow("Log a source")
    await jorn.send("Log the source", {"Title": "Startup Communities", "Authors": "Feld, Brad", "Year": "2012"})
    await wietske.open(f"{case.team}/interviews")
    await wietske.send("Plan it", {"With whom": "Hedda", "Their role": "lector", "Sector": "knowledge institute"})
    await wietske.send("Record it", {"What you heard": "Niemand belt meer."})
    await wietske.unfold("Change the consent")
    await wietske.send("Record the consent", {"quote without a name": True})
    await wietske.sees("Niemand belt meer.", "quote without a name")
    await stijn.open(f"{case.team}/insights")
    await stijn.send("Share it with the CoP", {"What did you see or understand?": "Nabijheid telt."})
    await marloes.open(f"{case.team}/map")
    await marloes.send("Add, then give them a place", {"Who": "Wethouder"})
    form = marloes.page.locator("form").filter(has_text="Keep this place")
    for label, degree in (("Power", "5"), ("Interest", "3")):
        await form.get_by_role("group", name=label).get_by_label(degree, exact=True).check()
    await marloes.send("Keep this place")
    await marloes.follow("Wethouder")
    await marloes.unfold("Record a talk")
    await marloes.send("Record the talk", {"What came out of it": "Wil meedoen"})
    await marloes.sees("power 5, interest 3", "Wil meedoen")


# The advice


async def advise(case: Case, people: dict[str, User]) -> None:
    """Write the advice, approve it, and hand it over."""
    stijn, marloes, jorn, wietske = (people[one] for one in MEMBERS)
    await stijn.open(f"{case.team}/advice")
    await stijn.follow("Begin with the problem")
    parts = (
        (stijn, "problem-statement", {"What the problem is": "Alles is er, niets hangt samen."}),
        (marloes, "guiding-question", {"The question that you answer": "Hoe verbinden we wat er is?"}),
        (jorn, "answer", {"Your answer": "Door één plek."}),
        (wietske, "summary", {"Summary": "Eén plek.", "How you worked": "Gesprekken."}),
    )
    for one, part, entries in parts:
        await one.open(f"{case.team}/advice/{part}")
        await one.send("Keep this version", entries)
    await stijn.open(f"{case.team}/advice/edit")
    await stijn.follow("Formulate a recommendation")
    for kind in ("One interview", "One visit", "One insight"):
        await stijn.unfold(kind)
    cited = stijn.page.get_by_role("group", name="What it rests on")
    for box in await cited.get_by_role("checkbox").all():
        await box.check()
    await stijn.send("Formulate it", {"What you recommend": "Open samen één plek.", "An organisation": BANK})
    await stijn.sees("Open samen één plek.")

    async def judge(one: User) -> None:
        await one.open(f"{case.team}/advice")
        await one.send("Record your verdict", {"I approve": True})

    await judge(stijn)
    await wietske.open("/")
    await wietske.follow(re.compile("^To the advice"))
    await asyncio.gather(*map(judge, (wietske, jorn)))
    await judge(marloes)
    await marloes.sees("4 of the 4 members approved")
    await marloes.follow("Present and deliver")
    await marloes.reads("The advice is ready to be presented")
    await marloes.send("Present the advice", {"Margriet": True})
    await marloes.open(f"{case.team}/advice/handover")
    await marloes.send("Deliver the advice", {"Margriet": True})
    await marloes.sees("last delivered on")


async def respond(case: Case, people: dict[str, User]) -> None:
    """Respond as the commissioner; the CoP answers that."""
    margriet, wietske = people["Margriet"], people["Wietske"]
    await margriet.open("/")
    await margriet.reads("1 recommendation waits for your answer")
    await margriet.follow(re.compile("^To the recommendation"))
    await margriet.sees("Open samen één plek.")
    await margriet.send("Give this response", {"partly accepted": True, "Reason": "Eerst met de gemeente."})
    await margriet.reads(f"{BANK} accepted this recommendation in part")
    promise = {"What you will do": "Een pand zoeken", "Who is in charge": "Margriet", "By when": "2099-03-01"}
    await margriet.send("Commit to this", promise)
    await margriet.sees("Een pand zoeken")
    await wietske.open(margriet.path)
    await wietske.send("Add your rejoinder", {"Your rejoinder": "Dank je wel."})
    await wietske.open(f"{case.team}/story")
    await wietske.sees("The advice was handed over")
