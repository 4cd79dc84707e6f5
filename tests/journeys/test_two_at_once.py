"""Two people do the same thing at the same time throughout a programme, over HTTP: one succeeds, the other is refused.

Also people who click twice, the second time before the answer (rule 24).
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.journeys.examples.cop import Cop, a_cop
from tests.journeys.examples.season import Contact, House, Json, Season, a_house, a_season
from tests.service.api.examples.programme import made

Request = Awaitable[httpx.Response]


async def only_success(*requests: Request, code: str, status: int | None = None) -> Json:
    """Body of the one success; the other answers are refusals with this code."""
    answers = await asyncio.gather(*requests)
    done = [one for one in answers if one.is_success]
    assert len(done) == 1, [(one.status_code, one.text) for one in answers]
    assert status is None or done[0].status_code == status
    assert {(one.status_code, one.json()["code"]) for one in answers if not one.is_success} == {(409, code)}
    return done[0].json()


class Day:
    """A programme with two guides: the facilitator and the manager."""

    def __init__(self, house: House, season: Season) -> None:
        self.house, self.season = house, season
        self.guides = (season.guide, house.manager)

    def both(self, path: str, **body: Any) -> list[Request]:
        """Send the same request as both guides at once."""
        return [one.post(path, json=body) for one in self.guides]


async def test_two_people_acting_at_once_do_everything_once(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 6, bank, challenges=0)
    day = Day(house, season)
    contacts = [await house.contact(bank), await house.contact(bank)]
    await admitted(day, bank)
    await voted(day)
    cop = a_cop(season, await formed(day))
    await gathered(day, cop)
    await advised(cop, contacts)
    await answered(day, cop, contacts)


async def admitted(day: Day, bank: str) -> None:
    for number in range(3):
        one = await day.season.propose(day.season.clients[number], f"Vraagstuk {number}", bank)
        await only_success(*day.both(f"/challenges/{one['id']}/admission"), code="not-proposed", status=200)
        day.season.challenges.append(one["id"])
        day.season.commissioned[one["id"]] = bank


async def voted(day: Day) -> None:
    """Vote as everybody during the close: exactly the acknowledged papers count (rule 4)."""
    season = day.season
    body = {
        "challenge_ids": season.challenges,
        "closes_at": (now() + timedelta(hours=1)).isoformat(),
        "seats": 2,
        "quorum": 0,
    }
    ballot = (await only_success(*day.both(f"{season.path}/ballots", **body), code="not-admitted"))["id"]
    path = f"/ballots/{ballot}"
    for number in range(3):
        await season.vote(ballot, number, season.challenges[0])
    papers = [one.put(f"{path}/vote", json={"approvals": season.challenges[:2]}) for one in season.clients]
    *answers, closed = await asyncio.gather(*papers, season.guide.post(f"{path}/close"))
    assert made(closed, 200)["status"] == "closed"
    assert {(one.status_code, one.json().get("code")) for one in answers} <= {(200, None), (409, "ballot-not-open")}
    late = {number for number, one in enumerate(answers) if one.status_code == 409}
    await only_success(*day.both(f"{path}/count"), code="ballot-over")
    await only_success(*day.both(f"{path}/certification"), code="ballot-over")
    result = await season.result(ballot)
    choices = {one["voter_id"]: set(one["approvals"]) for one in result["papers"]}
    for number, person in enumerate(season.people):
        if number in late:
            assert choices.get(person) == ({season.challenges[0]} if number < 3 else None)
        else:
            assert choices[person] == set(season.challenges[:2])


async def formed(day: Day) -> Json:
    """Request teams twice, both answered; adopt two proposals, one succeeds."""
    season = day.season
    proposed = [await season.propose_teams() for _ in day.guides]
    both = [
        one.post(f"/team-assignments/{proposal['id']}/adoption")
        for one, proposal in zip(day.guides, proposed, strict=True)
    ]
    teams = (await only_success(*both, code="teams-adopted", status=201))["teams"]
    listed = await day.house.see(season.guide, f"{season.path}/teams")
    assert sorted(one["id"] for one in listed["items"]) == sorted(one["id"] for one in teams)
    assert sorted(one for team in teams for one in team["member_ids"]) == sorted(season.people)
    return teams[0]


async def gathered(day: Day, cop: Cop) -> None:
    season, starts = day.season, now() - timedelta(hours=1)
    moments = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    body = {"kind": "session", "number": 1, "place": "Zwolle", **moments}
    planned = await only_success(*day.both(f"{season.path}/gatherings", **body), code="session-planned")
    path = f"/gatherings/{planned['id']}"
    moved = {
        key: (starts + timedelta(minutes=10, hours=add)).isoformat() for key, add in (("starts_at", 0), ("ends_at", 2))
    }
    rescheduled = await only_success(*day.both(f"{path}/reschedule", **moved), code="as-it-is")
    assert rescheduled["sequence"] == 1
    answers = await asyncio.gather(*day.both(f"{path}/holding", topics=["networking"]))
    assert sorted(one.status_code for one in answers) == [200, 422], "the other one would have been a correction"
    people = [{"person_id": one, "present": True} for one in season.people]
    answers = await asyncio.gather(*day.both(f"{path}/attendance", people=people))
    assert sorted(one.status_code for one in answers) == [200, 422], "the other one would have been a correction"
    made(await cop.members[0].post(f"{path}/minutes", json={"text": "Wij waren er."}), 200)
    approvals = [one.post(f"{path}/minutes-approval") for one in cop.members]
    await only_success(*approvals, code="as-it-is")


async def advised(cop: Cop, contacts: list[Contact]) -> None:
    """Write on the same version at once: the second reads the first's text. Deliver at once: it happens once."""
    body = {"text": "De eerste.", "based_on": 0}
    parts = [one.post(f"{cop.path}/problem-statement", json=body) for one in cop.members[:2]]
    assert (await only_success(*parts, code="outdated-version"))["version"] == 1
    for part in ("guiding-question", "answer"):
        await cop.make(0, part, text="Zo.")
    source = (await cop.make(0, "sources", csl={"type": "book"}))["id"]
    await cop.recommend("Verbind ze.", [source])
    judged = await asyncio.gather(
        *(one.post(f"{cop.path}/advice/approval", json={"verdict": "approve"}) for one in cop.members)
    )
    assert {one.status_code for one in judged} == {201}
    to = {"to": [contacts[0].id]}
    for how, code in (("presentation", "already-presented"), ("delivery", "as-it-is")):
        handed = [one.post(f"{cop.path}/advice/{how}", json=to) for one in cop.members]
        shown = await only_success(*handed, code=code)
        assert len(shown["handed_over"]) == 1


async def answered(day: Day, cop: Cop, contacts: list[Contact]) -> None:
    listed = await day.house.see(contacts[0].client, f"{cop.path}/recommendations")
    (one,) = listed["items"]
    path = f"/recommendations/{one['id']}"

    def both(where: str, **body: str) -> list[Request]:
        return [contact.client.post(where, json=body) for contact in contacts]

    await only_success(*both(f"{path}/response", verdict="accepted"), code="already-answered")
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2027-03-01"}
    commitment = made(await contacts[0].client.post(f"{path}/commitments", json=promise))["commitment_ids"][0]
    await only_success(*both(f"/commitments/{commitment}/settlement", outcome="kept"), code="commitment-settled")
    await only_success(
        *both(f"{path}/closure", outcome="implemented", reason="Het staat."), code="recommendation-closed"
    )
    ends = [day.house.manager.post(f"{day.season.path}/conclusion", json={"reason": "Om"}) for _ in range(2)]
    await only_success(*ends, code="as-it-is")
    assert (await cop.status()) == "concluded"


async def test_rule_24_a_second_click_before_the_first_answer_has_no_effect(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 6, bank, challenges=3)
    anna = season.clients[0]

    async def thrice(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> Json:
        """Send a request three times at once with one key, and once more for callers who were told to retry."""
        key, head = {"Idempotency-Key": new_id("x")}, await api.kring.log.head()
        answers = await asyncio.gather(*(client.request(method, path, json=body, headers=key) for _ in range(3)))
        assert {one.json().get("code") for one in answers if not one.is_success} <= {"in-flight"}
        answers.append(await client.request(method, path, json=body, headers=key))
        done = [one for one in answers if one.is_success]
        assert len({(one.status_code, one.content, one.headers["Kring-Position"]) for one in done}) == 1
        assert head < await api.kring.log.head() == int(done[0].headers["Kring-Position"])
        return done[-1].json()

    proposal = {"title": "Van mij", "context": "Het raakt me.", "organisation_id": bank}
    proposed = await thrice(anna, "POST", f"{season.path}/challenges", **proposal)
    assert len(await season.board()) == 4
    await thrice(season.guide, "POST", f"/challenges/{proposed['id']}/admission")
    closes_at = (now() + timedelta(hours=1)).isoformat()
    body = {"challenge_ids": season.challenges, "closes_at": closes_at, "seats": 2}
    ballot = await thrice(season.guide, "POST", f"{season.path}/ballots", **body)
    for one in season.clients:
        await thrice(one, "PUT", f"/ballots/{ballot['id']}/vote", approvals=season.challenges[:2])
    for step in ("close", "count", "certification"):
        await thrice(season.guide, "POST", f"/ballots/{ballot['id']}/{step}")
    assert (await season.result(ballot["id"]))["turnout"] == 6
    proposed = await season.propose_teams()
    adopted = await thrice(season.guide, "POST", f"/team-assignments/{proposed['id']}/adoption")
    assert len(adopted["teams"]) == 2
    await thrice(
        season.client(adopted["teams"][0]["member_ids"][0]),
        "POST",
        f"/teams/{adopted['teams'][0]['id']}/insights",
        text="Eén keer.",
    )
    await thrice(house.manager, "POST", f"{season.path}/conclusion", reason="Om")
