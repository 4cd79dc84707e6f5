"""Members of CoPs come and go, over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.membership import WHY, another_team
from tests.service.api.examples.team import a_team, at, ok


async def refused(answer: httpx.Response, status: int, code: str, *fields: str) -> None:
    problem = await ok(answer, status)
    assert (problem["code"], [one["field"] for one in problem.get("errors", ())]) == (code, list(fields))


async def test_a_late_joiner_is_placed_and_leaves_again(api: Api) -> None:
    team = await a_team(api)
    eva, body = team.people[4], {"person_id": team.people[4]}
    joined = await ok(await team.facilitator.post(f"/teams/{team.id}/members", json=body), 200)
    assert joined["member_ids"][-1] == eva
    await refused(
        await team.facilitator.post(f"/teams/{team.id}/members", json=body), 409, "already-in-a-team", "person_id"
    )
    insight = await ok(await team.other.post(f"/teams/{team.id}/insights", json={"text": "Van mij."}))
    path = f"/teams/{team.id}/departures"
    await refused(await team.facilitator.post(path, json=body), 422, "reason-missing", "reason")
    left = await ok(await team.facilitator.post(path, json={**body, **WHY}), 200)
    assert (eva in left["member_ids"], left["former_member_ids"]) == (False, [eva])
    await refused(await team.facilitator.post(path, json={**body, **WHY}), 409, "not-a-member", "person_id")
    more = await team.other.post(f"/teams/{team.id}/insights", json={"text": "Nog een."})
    await refused(more, 403, "not-allowed")
    assert insight["text"] == "Van mij."


async def test_only_guides_change_a_cop_and_strangers_cannot_see_it(api: Api) -> None:
    team = await a_team(api)
    other, _ = await another_team(api, team)
    requests: list[tuple[str, dict[str, Any]]] = [
        ("members", {"person_id": team.people[4]}),
        ("departures", {"person_id": team.people[1], **WHY}),
        ("transfers", {"person_id": team.people[1], "to_team_id": other, **WHY}),
        ("merger", {"into_team_id": other, **WHY}),
        ("dissolution", WHY),
        ("waivers", {"until": "2027-01-01", **WHY}),
    ]
    for path, body in requests:
        for client, status in ((team.members[0], 403), (team.commissioner, 403), (team.stranger, 404)):
            answer = await client.post(f"/teams/{team.id}/{path}", json=body)
            assert answer.status_code == status, (path, answer.text)
    assert (await team.facilitator.post(f"/teams/{team.id}/dissolution", json=WHY)).status_code == 403
    unknown = await team.facilitator.post(f"/teams/{new_id('team')}/dissolution", json=WHY)
    assert unknown.status_code == 404


async def test_only_one_of_two_simultaneous_transfers_of_a_member_succeeds(api: Api) -> None:
    team = await a_team(api)
    other, _ = await another_team(api, team)
    body = {"person_id": team.people[0], "to_team_id": other, **WHY}
    answers = await asyncio.gather(
        *(one.post(f"/teams/{team.id}/transfers", json=body) for one in (team.facilitator, team.manager))
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    shown = await ok(await team.manager.get(f"/teams/{other}", params=at(max(answers, key=_position))), 200)
    assert shown["member_ids"].count(team.people[0]) == 1


async def test_two_simultaneous_copies_of_a_departure_take_effect_once(api: Api) -> None:
    team = await a_team(api)
    body, path = {"person_id": team.people[0], **WHY}, f"/teams/{team.id}/departures"
    answers = await asyncio.gather(*(team.facilitator.post(path, json=body) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [200, 409]
    codes = [one.json()["code"] for one in answers if one.status_code == 409]
    assert codes == ["not-a-member"]


async def test_a_member_who_leaves_while_being_removed_leaves_once(api: Api) -> None:
    team = await a_team(api)
    body, path = {"person_id": team.people[0], **WHY}, f"/teams/{team.id}/departures"
    answers = await asyncio.gather(*(one.post(path, json=body) for one in (team.members[0], team.facilitator)))
    assert sorted(one.status_code for one in answers) == [200, 409]
    shown = await ok(await team.manager.get(f"/teams/{team.id}", params={"at_least": await api.kring.log.head()}), 200)
    assert shown["former_member_ids"] == [team.people[0]]


def _position(answer: httpx.Response) -> int:
    return int(answer.headers.get("Kring-Position", 0))


async def test_rule_10_two_cops_merging_into_each_other_at_once_leave_one(api: Api) -> None:
    team = await a_team(api)
    other, people = await another_team(api, team)
    answers = await asyncio.gather(
        team.facilitator.post(f"/teams/{team.id}/merger", json={"into_team_id": other, **WHY}),
        team.manager.post(f"/teams/{other}/merger", json={"into_team_id": team.id, **WHY}),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    done = next(one for one in answers if one.status_code == 200).json()
    assert (done["status"], done["into_team_id"]) == ("merged", other if done["id"] == team.id else team.id)
    stays = await ok(
        await team.manager.get(f"/teams/{done['into_team_id']}", params={"at_least": await api.kring.log.head()}), 200
    )
    assert set(stays["member_ids"]) == {*team.people[:4], *people}


async def test_rule_10_a_cop_below_the_minimum_says_so_except_during_a_waiver(api: Api) -> None:
    team = await a_team(api)
    left = await ok(
        await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": team.people[0], **WHY}), 200
    )
    assert left["warnings"] == ["below-minimum"]
    until = (now() + timedelta(days=10)).date().isoformat()
    path = f"/teams/{team.id}/waivers"
    past = await team.facilitator.post(path, json={"until": "2020-01-01", **WHY})
    await refused(past, 422, "waiver-passed", "until")
    answer = await team.facilitator.post(path, json={"until": until, **WHY})
    waived = await ok(answer, 200)
    assert (waived["warnings"], waived["waiver_until"]) == ([], until)
    before = await ok(await team.manager.get(f"/teams/{team.id}", params={"as_of": _position(answer) - 1}), 200)
    assert (before["warnings"], before["waiver_until"]) == (["below-minimum"], None)
    listed = await ok(
        await team.members[1].get(
            f"/programmes/{team.programme}/teams", params={"at_least": await api.kring.log.head()}
        ),
        200,
    )
    assert [one["warnings"] for one in listed["items"]] == [[]]


async def test_the_staffing_of_a_cop_is_hidden_from_anyone_outside_the_programme(api: Api) -> None:
    team = await a_team(api)
    await ok(
        await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": team.people[0], **WHY}), 200
    )
    path = f"/teams/{team.id}"
    now_shown = {"at_least": await api.kring.log.head()}
    assert (await ok(await team.members[1].get(path, params=now_shown), 200))["warnings"] == ["below-minimum"]
    assert (await ok(await team.commissioner.get(path), 200))["warnings"] == []
    until = (now() + timedelta(days=10)).date().isoformat()
    await ok(await team.facilitator.post(f"{path}/waivers", json={"until": until, **WHY}), 200)
    now_shown = {"at_least": await api.kring.log.head()}
    (listed,) = (await ok(await team.commissioner.get(f"/programmes/{team.programme}/teams", params=now_shown), 200))[
        "items"
    ]
    shown = await ok(await team.commissioner.get(path), 200)
    assert (listed["waiver_until"], shown["waiver_until"]) == (None, None)
    assert (await ok(await team.members[1].get(path), 200))["waiver_until"] == until


async def test_the_last_members_of_a_dissolved_cop_can_read_but_not_write_its_work(api: Api) -> None:
    team = await a_team(api)
    insight = await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Ze zoeken elkaar."}))
    ended = await ok(await team.manager.post(f"/teams/{team.id}/dissolution", json=WHY), 200)
    assert ended["status"] == "dissolved"
    shown = await team.members[1].get(f"/insights/{insight['id']}", params={"at_least": await api.kring.log.head()})
    assert (await ok(shown, 200))["text"] == "Ze zoeken elkaar."
    more = await team.members[1].post(f"/teams/{team.id}/insights", json={"text": "Nog een."})
    await refused(more, 409, "team-over")
    note = {"on": team.id, "text": "Jammer."}
    await refused(await team.facilitator.post(f"/teams/{team.id}/comments", json=note), 409, "team-over")
    again = await team.manager.post(f"/teams/{team.id}/dissolution", json=WHY)
    await refused(again, 409, "team-over")


async def test_a_past_cop_is_shown_with_the_staffing_problems_of_that_day(api: Api) -> None:
    team = await a_team(api)
    formed = await api.kring.log.head()
    answer = await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": team.people[0], **WHY})
    assert (await ok(answer, 200))["warnings"] == ["below-minimum"]
    policies = {"min_team": 3, "max_team": 8, "sessions": 3, "response_weeks": 6, "retention_years": 5}
    revised = {"name": "Leergang", "edition": "2016", "policies": policies}
    await ok(await team.manager.put(f"/programmes/{team.programme}", json=revised), 200)
    path = f"/teams/{team.id}"
    shown = [
        (await ok(await team.manager.get(path, params={"as_of": one}), 200))["warnings"]
        for one in (formed, _position(answer), await api.kring.log.head())
    ]
    assert shown == [[], ["below-minimum"], []]
