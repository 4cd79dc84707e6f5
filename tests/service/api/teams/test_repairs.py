"""Repairs of a CoP below its minimum size, over HTTP; each proposal contains the requests that carry it out."""

from datetime import timedelta
from typing import Any

import httpx

from domain.events.team import TeamFormed
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, TeamId
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.team import ATeam, Given, a_team, at, ok

WHY = "Anders valt de CoP uiteen"


async def another_team(api: Api, team: ATeam, people: int) -> tuple[str, list[str]]:
    """Another team on the same challenge, of as many new participants."""
    ids: list[str] = []
    for n in range(people):
        body = {"name": f"N{n}", "email": api.address(f"n{n}")}
        ids.append((await ok(await team.manager.post("/people", json=body)))["id"])
        await ok(await team.manager.post(f"/programmes/{team.programme}/participants", json={"person_id": ids[n]}))
    other = TeamId(new_id("team"))
    formed = TeamFormed(
        team=other,
        programme=ProgrammeId(team.programme),
        challenge=ChallengeId(team.challenge),
        organisation=OrganisationId(team.bank),
        number=2,
        members=tuple(PersonId(one) for one in ids),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    return other, ids


async def leaves(team: ATeam, person: str) -> httpx.Response:
    body = {"person_id": person, "reason": "Andere baan"}
    answer = await team.facilitator.post(f"/teams/{team.id}/departures", json=body)
    await ok(answer, 200)
    return answer


async def proposed(client: httpx.AsyncClient, team: str, **params: Any) -> list[dict[str, Any]]:
    page = await ok(await client.get(f"/teams/{team}/repairs", params=params), 200)
    assert page["next"] is None
    assert [one["rank"] for one in page["items"]] == list(range(1, len(page["items"]) + 1))
    return page["items"]


async def carry_out(client: httpx.AsyncClient, proposal: dict[str, Any]) -> int:
    """Send the requests of a proposal with what it requires; return the position afterwards."""
    needed = {"reason": WHY, "until": (now() + timedelta(days=9)).date().isoformat()}
    position = 0
    for step in proposal["requests"]:
        body = {**step["body"], **{name: needed[name] for name in step["needs"]}}
        answer = await client.request(step["method"], step["path"].removeprefix("/api/v1"), json=body)
        await ok(answer, 200)
        position = int(answer.headers["Kring-Position"])
    return position


async def test_rule_10_a_proposed_repair_fixes_a_cop_that_lost_a_member(api: Api) -> None:
    team = await a_team(api)
    anna, *_, eva = team.people
    before = await api.kring.log.head()
    assert await proposed(team.facilitator, team.id, at_least=before) == []
    after = (await leaves(team, anna)).headers["Kring-Position"]
    found = await proposed(team.facilitator, team.id, at_least=after)
    assert [one["kind"] for one in found] == ["late_joiner", "late_joiner", "waiver"]
    joiners = [one["moves"][0] for one in found[:2]]
    assert {one["person_id"] for one in joiners} == {anna, eva}
    assert all((one["from_team_id"], one["to_team_id"]) == (None, team.id) for one in joiners)
    assert await proposed(team.facilitator, team.id, as_of=before) == []

    placed = await carry_out(team.facilitator, found[0])
    assert await proposed(team.facilitator, team.id, at_least=placed) == []
    assert await proposed(team.facilitator, team.id, as_of=after) == found


async def test_rule_10_a_transfer_takes_from_a_cop_that_can_spare_a_member(api: Api) -> None:
    team = await a_team(api)
    other, people = await another_team(api, team, 5)
    anna, *_, eva = team.people
    await ok(await team.facilitator.post(f"/teams/{other}/members", json={"person_id": eva}), 200)
    await leaves(team, anna)
    withdrawn = await team.manager.post(
        f"/programmes/{team.programme}/participants/{anna}/withdrawal", json={"reason": WHY}
    )
    assert withdrawn.is_success, withdrawn.text
    found = await proposed(team.manager, team.id, at_least=withdrawn.headers["Kring-Position"])
    first = found[0]
    assert (first["kind"], first["moved"], first["places_lost"]) == ("transfer", 1, 0)
    assert first["moves"][0]["from_team_id"] == other
    assert {one["moves"][0]["person_id"] for one in found if one["kind"] == "transfer"} <= {eva, *people}
    done = await carry_out(team.manager, first)
    shown = await ok(await team.manager.get(f"/teams/{team.id}", params={"at_least": done}), 200)
    assert first["moves"][0]["person_id"] in shown["member_ids"]
    assert await proposed(team.manager, team.id) == []


async def test_rule_10_a_merger_names_the_surviving_cop_and_a_waiver_its_bound(api: Api) -> None:
    team = await a_team(api)
    other, _ = await another_team(api, team, 4)
    after = (await leaves(team, team.people[0])).headers["Kring-Position"]
    found = await proposed(team.manager, team.id, at_least=after)
    merges = [one for one in found if one["kind"] == "merge"]
    assert [(one["closes_team_id"], one["into_team_id"], one["moved"]) for one in merges] == [
        (team.id, other, 3),
        (other, team.id, 4),
    ]
    waiver = found[-1]
    assert (waiver["kind"], waiver["sets_aside"], waiver["moves"]) == ("waiver", ["team_size"], [])
    await carry_out(team.manager, waiver)
    merged = await carry_out(team.manager, merges[0])
    shown = await ok(await team.manager.get(f"/teams/{other}", params={"at_least": merged}), 200)
    assert len(shown["member_ids"]) == 7
    assert await proposed(team.manager, team.id, at_least=merged) == []  # it ended


async def test_only_those_who_compose_teams_see_repairs(api: Api) -> None:
    team = await a_team(api)
    after = at(await leaves(team, team.people[0]))
    path = f"/teams/{team.id}/repairs"
    for client in (team.members[1], team.members[0], team.other, team.commissioner):
        assert (await client.get(path, params=after)).status_code == 403
    assert (await team.stranger.get(path)).status_code == 404
    assert (await (await api.as_("manager", team.commissioner_id)).get(path)).status_code == 404
    assert (await team.manager.get(f"/teams/{new_id('team')}/repairs")).status_code == 404
    assert (await team.manager.get(path, params={"as_of": 10**9})).status_code == 422


async def test_a_facilitator_of_other_cops_sees_the_cop_but_not_its_repairs(api: Api) -> None:
    team = await a_team(api)
    other, _ = await another_team(api, team, 4)
    body = {"name": "Hans", "email": api.address("hans")}
    hans = (await ok(await team.manager.post("/people", json=body)))["id"]
    assigned = {"person_id": hans, "team_ids": [other]}
    await ok(await team.manager.post(f"/programmes/{team.programme}/facilitators", json=assigned))
    after = (await leaves(team, team.people[0])).headers["Kring-Position"]
    client = await api.as_("facilitator", hans)
    assert (await client.get(f"/teams/{team.id}", params={"at_least": after})).status_code == 200
    assert (await client.get(f"/teams/{team.id}/repairs")).status_code == 403
    assert await proposed(client, other) == []
