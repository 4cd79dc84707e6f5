"""Curriculum coverage and attendance over HTTP, and their visibility."""

from typing import Any

from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY, refused, session
from tests.service.api.examples.guests import neighbours
from tests.service.api.examples.team import ATeam, a_team, ok
from tests.service.api.examples.trips import ahead

TOPICS = ["team_formation", "networking", "presenting", "change", "influence", "techniques"]


def present(team: ATeam, *numbers: int) -> dict[str, Any]:
    people = [{"person_id": one, "present": n in numbers} for n, one in enumerate(team.people[:4])]
    return {"people": people}


async def term(api: Api) -> tuple[ATeam, str, str, int]:
    """A team with a joint session and an own gathering, both held, and the position between them."""
    team = await a_team(api)
    joint = (await ok(await session(team)))["id"]
    body = {"topics": ["team_formation", "networking"], "techniques": ["Design thinking"]}
    held = await team.facilitator.post(f"/gatherings/{joint}/holding", json=body)
    await ok(held, 200)
    everybody = [{"person_id": one, "present": True} for one in team.people]
    await ok(await team.facilitator.post(f"/gatherings/{joint}/attendance", json={"people": everybody}), 200)
    later = {**DAY, "starts_at": "2016-10-20T07:30:00Z", "ends_at": "2016-10-20T09:00:00Z"}
    own = (await ok(await team.members[0].post(f"/teams/{team.id}/gatherings", json={"kind": "own", **later})))["id"]
    await ok(await team.members[0].post(f"/gatherings/{own}/holding", json={"topics": ["networking"]}), 200)
    await ok(await team.members[0].post(f"/gatherings/{own}/attendance", json=present(team, 0, 1)), 200)
    return team, joint, own, int(held.headers["Kring-Position"])


def occasions(shown: dict[str, Any]) -> dict[str, list[str]]:
    return {one["key"]: [it["gathering_id"] for it in one["occasions"]] for one in shown["topics"] if one["covered"]}


async def test_coverage_lists_where_topics_were_covered_and_which_are_planned(api: Api) -> None:
    team, joint, own, _ = await term(api)
    path = f"/programmes/{team.programme}/coverage"
    for reader in (team.members[1], team.facilitator, team.manager):
        shown = await ok(await reader.get(path, params=await ahead(api)), 200)
        assert occasions(shown) == {"team_formation": [joint], "networking": [joint, own]}
        assert shown["not_yet"] == TOPICS[2:]
        assert [one["title"] for one in shown["topics"]][:2] == ["Teamvorming", "Netwerken"]
        assert [(one["technique"], one["occasion"]["number"]) for one in shown["techniques"]] == [
            ("Design thinking", 1)
        ]
    shown = await ok(await team.other.get(path), 200)
    assert occasions(shown) == {"team_formation": [joint], "networking": [joint]}
    for outsider in (team.commissioner, team.stranger):
        refused(await outsider.get(path), 404, "not-found")
    refused(await team.manager.get(f"/programmes/{new_id('programme')}/coverage"), 404, "not-found")


async def test_the_coverage_of_a_cop_is_visible_to_members_guide_and_commissioner(api: Api) -> None:
    team, joint, own, _ = await term(api)
    path = f"/teams/{team.id}/coverage"
    for reader in (team.members[3], team.facilitator, team.manager, team.commissioner):
        shown = await ok(await reader.get(path, params=await ahead(api)), 200)
        assert (shown["team_id"], shown["programme_id"]) == (team.id, team.programme)
        assert occasions(shown) == {"team_formation": [joint], "networking": [joint, own]}
    for outsider in (team.other, team.stranger):
        refused(await outsider.get(path), 404, "not-found")
    refused(await team.manager.get(f"/teams/{new_id('team')}/coverage"), 404, "not-found")


async def test_rule_12_a_cop_with_its_own_date_was_not_at_the_joint_session(api: Api) -> None:
    team, _, own, _ = await term(api)
    body = {"kind": "session", "number": 1, **DAY}
    await ok(await team.facilitator.post(f"/teams/{team.id}/gatherings", json=body))
    shown = await ok(await team.members[0].get(f"/teams/{team.id}/coverage", params=await ahead(api)), 200)
    assert occasions(shown) == {"networking": [own]}


async def test_coverage_can_be_read_as_of_an_earlier_position(api: Api) -> None:
    team, joint, _, before = await term(api)
    for path in (f"/programmes/{team.programme}/coverage", f"/teams/{team.id}/coverage"):
        shown = await ok(await team.members[0].get(path, params={"as_of": before}), 200)
        assert occasions(shown) == {"team_formation": [joint], "networking": [joint]}


async def test_guides_see_all_attendance_and_participants_their_own(api: Api) -> None:
    team, joint, own, _ = await term(api)
    path = f"/programmes/{team.programme}/attendance"
    for reader in (team.facilitator, team.manager):
        listed = (await ok(await reader.get(path, params=await ahead(api)), 200))["items"]
        assert {one["id"]: (one["present"], one["absent"]) for one in listed} == dict(
            zip(team.people, [(2, 0), (2, 0), (1, 1), (1, 1), (1, 0)], strict=True)
        )
    [mine] = (await ok(await team.members[2].get(path), 200))["items"]
    assert (mine["person_id"], mine["status"]) == (team.people[2], "active")
    assert [(one["gathering_id"], one["present"]) for one in mine["gatherings"]] == [(joint, True), (own, False)]
    first = await ok(await team.facilitator.get(path, params={"limit": 3}), 200)
    next_page = await ok(await team.facilitator.get(path, params={"limit": 3, "cursor": first["next"]}), 200)
    assert {one["id"] for one in first["items"] + next_page["items"]} == set(team.people)
    for outsider in (team.commissioner, team.stranger):
        refused(await outsider.get(path), 404, "not-found")


async def test_a_facilitator_of_one_cop_sees_the_attendance_of_its_members(api: Api) -> None:
    team, joint, _, _ = await term(api)
    elsewhere = await neighbours(api, team)
    guide = (await ok(await team.manager.post("/people", json={"name": "Gids", "email": api.address("gids")})))["id"]
    body = {"person_id": guide, "team_ids": [elsewhere]}
    await ok(await team.manager.post(f"/programmes/{team.programme}/facilitators", json=body))
    client = await api.as_("facilitator", guide)
    path = f"/programmes/{team.programme}/attendance"
    [only] = (await ok(await client.get(path, params=await ahead(api)), 200))["items"]
    assert only["id"] == team.people[4]
    assert [one["gathering_id"] for one in only["gatherings"]] == [joint]
