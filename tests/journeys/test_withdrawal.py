"""A challenge is withdrawn at every stage, over HTTP, each actor with their own token (rule 22)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from domain.foundation import AssignmentId
from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.programme import made
from workers.solving.assigning import solve

WHY = {"reason": "De directie wil het niet meer."}
APPROVALS = [*[(0,)] * 4, *[(1,)] * 4, *[(2,)] * 3, (3,)]
"""Approvals of twelve participants: the first three challenges win three seats, the fourth is the runner-up."""


@dataclass
class Case:
    """Four challenges of three organisations; the first two are the bank's, each with its own commissioner."""

    api: Api
    manager: httpx.AsyncClient
    programme: str = ""
    ballot: str = ""
    facilitator: httpx.AsyncClient = field(init=False)
    organisations: list[str] = field(default_factory=list[str])
    challenges: list[str] = field(default_factory=list[str])
    people: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])
    commissioners: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])
    persons: int = 0

    async def person(self) -> str:
        self.persons += 1
        body = {"name": f"Persoon {self.persons}", "email": self.api.address(f"p{self.persons}")}
        return made(await self.manager.post("/people", json=body))["id"]

    async def set_up(self, people: int = 12, challenges: int = 4) -> None:
        for name in ("Rabobank IJsseldelta", "Isala", "Windesheim", "Gemeente Zwolle"):
            self.organisations.append(made(await self.manager.post("/organisations", json={"name": name}))["id"])
        opened = {"name": "Leergang", "edition": "2016"}
        self.programme = made(await self.manager.post("/programmes", json=opened))["id"]
        guide = await self.person()
        made(await self.manager.post(f"/programmes/{self.programme}/facilitators", json={"person_id": guide}))
        self.facilitator = await self.api.as_("facilitator", guide)
        for _ in range(people):
            one = await self.person()
            made(await self.manager.post(f"/programmes/{self.programme}/participants", json={"person_id": one}))
            self.people.append(await self.api.as_("participant", one))
        for n in range(challenges):
            await self.challenge(f"Vraagstuk {n}", self.organisations[max(n - 1, 0)])

    async def challenge(self, title: str, organisation: str) -> None:
        body = {"title": title, "context": "Waarom het speelt.", "organisation_id": organisation}
        path = f"/programmes/{self.programme}/challenges"
        one = made(await self.facilitator.post(path, json=body))["id"]
        made(await self.facilitator.post(f"/challenges/{one}/admission"), 200)
        self.challenges.append(one)
        self.commissioners.append(await self.commissioner(organisation, one))

    async def commissioner(self, organisation: str, *challenges: str) -> httpx.AsyncClient:
        person = await self.person()
        body = {"person_id": person, "role": "commissioner", "challenge_ids": challenges}
        made(await self.manager.post(f"/organisations/{organisation}/contacts", json=body))
        return await self.api.as_("commissioner", person)

    async def open(self) -> None:
        body = {
            "challenge_ids": self.challenges,
            "closes_at": (now() + timedelta(hours=1)).isoformat(),
            "seats": 3,
        }
        path = f"/programmes/{self.programme}/ballots"
        self.ballot = made(await self.facilitator.post(path, json=body))["id"]
        for number, approved in enumerate(APPROVALS):
            made(await self.vote(number, *approved), 200)

    async def vote(self, number: int, *approved: int) -> httpx.Response:
        body = {"approvals": [self.challenges[one] for one in approved]}
        return await self.people[number].put(f"/ballots/{self.ballot}/vote", json=body)

    async def count(self) -> None:
        await self.open()
        for step in ("close", "count"):
            made(await self.facilitator.post(f"/ballots/{self.ballot}/{step}"), 200)

    async def certify(self) -> None:
        await self.count()
        made(await self.facilitator.post(f"/ballots/{self.ballot}/certification"), 200)

    async def teams(self) -> dict[str, str]:
        """Adopted teams by challenge."""
        path = f"/programmes/{self.programme}/team-assignments"
        assignment = made(await self.facilitator.post(path), 202)["id"]
        await solve(self.api.kring, AssignmentId(assignment))
        adopted = made(await self.facilitator.post(f"/team-assignments/{assignment}/adoption"))
        return {one["challenge_id"]: one["id"] for one in adopted["teams"]}

    async def withdraw(self, number: int) -> dict[str, Any]:
        path = f"/challenges/{self.challenges[number]}/withdrawal"
        return made(await self.commissioners[number].post(path, json=WHY), 200)

    async def read(self, client: httpx.AsyncClient, path: str, **query: object) -> dict[str, Any]:
        """Read a path once the views show everything that was recorded."""
        params = {"at_least": str(await self.api.kring.log.head()), **{key: str(one) for key, one in query.items()}}
        return made(await client.get(path, params=params), 200)

    async def status(self, number: int) -> str:
        return (await self.read(self.facilitator, f"/challenges/{self.challenges[number]}"))["status"]

    async def trail(self, number: int) -> list[dict[str, Any]]:
        """Trail of an organisation as the manager reads it."""
        return (await self.read(self.manager, f"/organisations/{self.organisations[number]}/trail", limit=200))["items"]


async def case(api: Api, people: int = 12, challenges: int = 4) -> Case:
    found = Case(api, await api.as_("manager"))
    await found.set_up(people, challenges)
    return found


async def test_a_challenge_withdrawn_during_the_ballot_is_struck_and_papers_remain(api: Api) -> None:
    story = await case(api)
    await story.open()
    withdrawn = await story.withdraw(0)
    assert (withdrawn["status"], withdrawn["ballot_id"], withdrawn["runner_up_id"]) == ("withdrawn", story.ballot, None)
    shown = await story.read(story.facilitator, f"/ballots/{story.ballot}")
    assert (shown["status"], shown["struck_ids"], shown["turnout"]) == ("open", story.challenges[:1], 12)
    refused = await story.vote(0, 0, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "challenge-withdrawn")
    assert refused.json()["errors"][0]["field"] == "approvals"
    own = await story.read(story.people[0], f"/ballots/{story.ballot}/vote")
    assert own["approvals"] == story.challenges[:1]
    made(await story.vote(1, 3), 200)
    for step in ("close", "count", "certification"):
        made(await story.facilitator.post(f"/ballots/{story.ballot}/{step}"), 200)
    result = await story.read(story.facilitator, f"/ballots/{story.ballot}/result")
    assert (set(result["selected"]), result["struck_ids"]) == (set(story.challenges[1:]), story.challenges[:1])
    assert result["turnout"] == len(result["papers"]) == 12
    assert {one["challenge_id"] for one in result["tallies"]} == set(story.challenges[1:])
    assert [await story.status(n) for n in range(4)] == ["withdrawn", *["selected"] * 3]


async def test_after_a_withdrawal_the_ballot_is_recounted_without_the_challenge(api: Api) -> None:
    story = await case(api)
    await story.count()
    path = f"/ballots/{story.ballot}/result"
    first = await story.read(story.facilitator, path)
    assert set(first["selected"]) == set(story.challenges[:3])
    before = await api.kring.log.head()
    withdrawn = await story.withdraw(0)
    assert withdrawn["status"] == "withdrawn"
    again = await story.read(story.facilitator, path)
    assert (set(again["selected"]), again["struck_ids"]) == (set(story.challenges[1:]), story.challenges[:1])
    assert (again["tie_seed"], again["papers"]) == (first["tie_seed"], first["papers"])
    assert {one["voter_id"] for one in again["papers"]} != {None}
    assert await story.read(story.facilitator, path, as_of=before) == first
    assert {one["voter_id"] for one in (await story.read(story.commissioners[1], path))["papers"]} == {None}
    made(await story.facilitator.post(f"/ballots/{story.ballot}/certification"), 200)
    certified = await story.read(story.facilitator, path)
    assert (certified["status"], set(certified["selected"])) == ("certified", set(story.challenges[1:]))
    types = [one["type"] for one in await story.trail(0)]
    assert types[-4:] == ["ballot.counted", "challenge.withdrawn", "ballot.counted", "ballot.certified"]


async def test_after_a_withdrawal_from_a_certified_ballot_the_runner_up_takes_the_seat(api: Api) -> None:
    story = await case(api)
    await story.certify()
    withdrawn = await story.withdraw(0)
    assert (withdrawn["status"], withdrawn["runner_up_id"]) == ("withdrawn", story.challenges[3])
    assert [await story.status(n) for n in range(4)] == ["withdrawn", *["selected"] * 3]
    result = await story.read(story.facilitator, f"/ballots/{story.ballot}/result")
    assert set(result["selected"]) == set(story.challenges[1:])
    assert (await story.trail(2))[-1]["type"] == "challenge.withdrawn"
    path = f"/programmes/{story.programme}/preferences"
    no_more = await story.people[0].put(path, json={"ranking": story.challenges[:1]})
    assert (no_more.status_code, no_more.json()["code"]) == (422, "not-selected")
    made(await story.people[0].put(path, json={"ranking": story.challenges[3:]}), 200)
    assert set(await story.teams()) == set(story.challenges[1:])


async def test_a_withdrawal_makes_a_proposed_assignment_stale(api: Api) -> None:
    story = await case(api)
    await story.certify()
    path = f"/programmes/{story.programme}/team-assignments"
    assignment = made(await story.facilitator.post(path), 202)["id"]
    await solve(api.kring, AssignmentId(assignment))
    await story.withdraw(0)
    assert (await story.read(story.facilitator, f"/team-assignments/{assignment}"))["status"] == "stale"
    refused = await story.facilitator.post(f"/team-assignments/{assignment}/adoption")
    assert (refused.status_code, refused.json()["code"]) == (409, "assignment-stale")


async def test_a_withdrawn_challenge_with_a_team_can_go_to_another_organisation(api: Api) -> None:
    story = await case(api)
    await story.certify()
    team = (await story.teams())[story.challenges[2]]
    path = f"/challenges/{story.challenges[2]}"
    early = await story.manager.post(f"{path}/recommission", json=WHY)
    assert (early.status_code, early.json()["code"]) == (409, "not-withdrawn")
    withdrawn = await story.withdraw(2)
    assert (withdrawn["status"], withdrawn["team_ids"], withdrawn["runner_up_id"]) == (
        "withdrawn",
        [team],
        story.challenges[3],
    )
    assert await story.status(3) == "not_selected"
    before = await api.kring.log.head()
    left, (_, hospital, _, town) = story.commissioners[2], story.organisations
    assert (await left.get(path)).status_code == 200
    body = {"organisation_id": town, "reason": "De gemeente neemt het over."}
    for client, status in (
        (story.facilitator, 403),
        (story.people[0], 403),
        (left, 403),
        (story.commissioners[0], 404),
    ):
        assert (await client.post(f"{path}/recommission", json=body)).status_code == status
    on = made(await story.manager.post(f"{path}/recommission", json=body), 200)
    assert (on["status"], on["organisation_id"], on["runner_up_id"]) == ("in_progress", town, None)

    mayor = await story.commissioner(town)
    for thing in (path, f"/teams/{team}"):
        assert (await story.read(mayor, thing))["organisation_id"] == town
        assert (await left.get(thing, params={"at_least": await api.kring.log.head()})).status_code == 404
        assert (await story.read(left, thing, as_of=before))["organisation_id"] == hospital
    await planned_by_a_member(story, team)
    types = [one["type"] for one in await story.trail(1)]
    assert types[-2:] == ["challenge.withdrawn", "challenge.recommissioned"]
    types = [one["type"] for one in await story.trail(3)]
    assert [one for one in types if not one.startswith("organisation.")] == [
        "challenge.recommissioned",
        "gathering.planned",
    ]
    assert (await left.get(f"/teams/{team}/gatherings")).status_code == 404


async def test_a_withdrawn_challenge_with_a_team_can_continue_in_the_public_interest(api: Api) -> None:
    story = await case(api)
    await story.certify()
    team = (await story.teams())[story.challenges[2]]
    planned = await planned_by_a_member(story, team)
    left = story.commissioners[2]
    assert (await story.read(left, f"/gatherings/{planned}"))["id"] == planned
    await story.withdraw(2)
    path = f"/challenges/{story.challenges[2]}"
    on = made(await story.manager.post(f"{path}/recommission", json=WHY), 200)
    assert (on["status"], on["organisation_id"]) == ("in_progress", None)
    assert (await story.read(story.people[0], f"/teams/{team}"))["organisation_id"] is None
    params = {"at_least": await api.kring.log.head()}
    for thing in (path, f"/teams/{team}", f"/gatherings/{planned}", f"/teams/{team}/gatherings"):
        assert (await left.get(thing, params=params)).status_code == 404, thing
    again = await left.post(f"{path}/withdrawal", json=WHY)
    assert again.status_code == 404
    refused = await story.manager.post(f"{path}/withdrawal", json=WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "in-the-public-interest")


async def planned_by_a_member(story: Case, team: str) -> str:
    """Plan a gathering of this team, visible to its commissioner."""
    members = (await story.read(story.facilitator, f"/teams/{team}"))["member_ids"]
    member = await story.api.as_("participant", members[0])
    starts = now() + timedelta(days=1)
    body = {"kind": "own", "starts_at": starts.isoformat(), "place": "Zwolle"}
    body["ends_at"] = (starts + timedelta(hours=2)).isoformat()
    return made(await member.post(f"/teams/{team}/gatherings", json=body))["id"]


async def test_a_team_whose_challenge_is_withdrawn_can_take_the_runner_up(api: Api) -> None:
    story = await case(api)
    await story.certify()
    team = (await story.teams())[story.challenges[2]]
    path, body = f"/teams/{team}/challenge", {"challenge_id": story.challenges[3], **WHY}
    early = await story.manager.post(path, json=body)
    assert (early.status_code, early.json()["code"]) == (409, "not-withdrawn")
    await story.withdraw(2)
    for client, status in ((story.facilitator, 403), (story.people[0], 403), (story.commissioners[0], 404)):
        assert (await client.post(path, json=body)).status_code == status
    silent = await story.manager.post(path, json={"challenge_id": story.challenges[3]})
    assert (silent.status_code, silent.json()["code"]) == (422, "reason-missing")
    taken = await story.manager.post(path, json={"challenge_id": story.challenges[0], **WHY})
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "challenge_id")
    turned = made(await story.manager.post(path, json=body), 200)
    assert (turned["challenge_id"], turned["organisation_id"]) == (story.challenges[3], story.organisations[2])
    assert [await story.status(n) for n in (2, 3)] == ["withdrawn", "in_progress"]
    old = await story.read(story.commissioners[2], f"/challenges/{story.challenges[2]}")
    assert (old["status"], old["team_ids"]) == ("withdrawn", [])
    assert (await story.commissioners[2].get(f"/teams/{team}")).status_code == 404
    assert (await story.read(story.commissioners[3], f"/teams/{team}"))["id"] == team
    last = (await story.trail(2))[-1]
    assert (last["type"], "“Vraagstuk 3”" in last["sentence"]) == ("team.challenge_changed", True)


async def test_two_commissioners_of_one_organisation_only_access_their_own_challenges(api: Api) -> None:
    story = await case(api)
    (first, second), (one, other) = story.challenges[:2], story.commissioners[:2]
    assert (await other.get(f"/challenges/{first}")).status_code == 404
    for step, body in (("revision", {"title": "Nieuw"}), ("withdrawal", WHY), ("admission", None)):
        assert (await other.post(f"/challenges/{first}/{step}", json=body)).status_code == 404, step
    made(await one.post(f"/challenges/{first}/revision", json={"title": "Wat nu?"}), 200)
    board = await story.read(one, f"/programmes/{story.programme}/challenges")
    assert [(shown["id"], shown["title"]) for shown in board["items"]] == [(first, "Wat nu?")]
    await story.withdraw(0)
    assert [await story.status(n) for n in (0, 1)] == ["withdrawn", "admitted"]
    assert (await other.get(f"/challenges/{second}")).status_code == 200


async def test_two_challenges_are_selected_without_a_ballot(api: Api) -> None:
    story = await case(api, challenges=2)
    path, chosen = f"/programmes/{story.programme}/choice", story.challenges
    body = {"challenge_ids": chosen, "how": "few", **WHY}
    for client, status in ((story.people[0], 403), (story.commissioners[0], 404)):
        assert (await client.post(path, json=body)).status_code == status
    answer = await story.facilitator.post(path, json=body)
    assert made(answer, 200)["id"] == story.programme
    assert [await story.status(n) for n in (0, 1)] == ["selected", "selected"]
    again = await story.facilitator.post(path, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "not-admitted")
    ranking = {"ranking": chosen}
    made(await story.people[0].put(f"/programmes/{story.programme}/preferences", json=ranking), 200)
    assert set(await story.teams()) == set(chosen)
    last = next(one for one in await story.trail(0) if one["type"] == "programme.challenges_chosen")
    assert "“Vraagstuk 0”" in last["sentence"]
