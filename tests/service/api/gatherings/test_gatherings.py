"""Sessions and own gatherings over HTTP: permissions and answers."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY, refused, session
from tests.service.api.examples.team import a_team, at, ok


async def test_a_joint_session_from_plan_to_approved_minutes(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, _ = team.members
    planned = await ok(await session(team))
    path = f"/gatherings/{planned['id']}"
    assert (planned["status"], planned["number"], planned["team_ids"], planned["sequence"]) == ("planned", 1, [], 0)
    assert planned["organisation_ids"] == [team.bank]
    assert [one["title"] for one in planned["agenda"]] == ["Wie zijn wij?", "Lunch"]

    later = {"starts_at": "2016-09-27T07:30:00Z", "ends_at": "2016-09-27T15:00:00Z", "reason": "Zaal bezet"}
    moved = await ok(await team.facilitator.post(f"{path}/reschedule", json=later), 200)
    assert (moved["status"], moved["sequence"], moved["place"]) == ("rescheduled", 1, DAY["place"])

    body = {
        "topics": ["team_formation", "networking"],
        "techniques": ["Design thinking"],
        "occurred_at": later["ends_at"],
    }
    answer = await team.facilitator.post(f"{path}/holding", json=body)
    held = await ok(answer, 200)
    assert (held["status"], held["held_for_team_ids"], held["techniques"]) == ("held", [team.id], ["Design thinking"])
    assert (await ok(await anna.get(f"/teams/{team.id}", params=at(answer)), 200))["status"] == "active"

    people = [{"person_id": one, "present": True} for one in team.people[:2]]
    people.append({"person_id": team.people[2], "present": False, "reason": "Griep"})
    listed = await ok(await team.facilitator.post(f"{path}/attendance", json={"people": people}), 200)
    assert [one["present"] for one in listed["attendance"]].count(True) == 2
    assert [one["reason"] for one in listed["attendance"] if not one["present"]] == ["Griep"]
    correction = {"people": [{"person_id": team.people[2], "present": True}]}
    refused(await team.facilitator.post(f"{path}/attendance", json=correction), 422, "reason-missing", "reason")
    answer = await team.facilitator.post(f"{path}/attendance", json={**correction, "reason": "Kwam later"})
    assert [one["corrected"] for one in (await ok(answer, 200))["attendance"]].count(True) == 1

    written = await ok(await bert.post(f"{path}/minutes", json={"text": "We hebben kennisgemaakt."}), 200)
    assert (written["minutes"]["version"], written["minutes"]["status"]) == (1, "written")
    refused(await team.members[3].post(f"{path}/minutes-approval"), 403, "was-not-there")
    approved = await ok(await cora.post(f"{path}/minutes-approval"), 200)
    assert (approved["minutes"]["status"], approved["minutes"]["approved_by"]) == ("approved", team.people[2])
    body = {"text": "We maakten kennis.", "based_on": 1}
    refused(await anna.post(f"{path}/minutes", json=body), 422, "reason-missing", "reason")
    answer = await anna.post(f"{path}/minutes", json={**body, "reason": "Taal"})
    corrected = await ok(answer, 200)
    assert (corrected["minutes"]["version"], corrected["minutes"]["status"]) == (2, "corrected")
    refused(await anna.post(f"{path}/minutes", json={**body, "reason": "Taal"}), 409, "older-version")

    seen = await ok(await team.other.get(path, params=at(answer)), 200)
    assert seen == corrected
    shown = await ok(await team.commissioner.get(path), 200)
    assert (shown["attendance"], shown["minutes"], shown["place"]) == ([], None, DAY["place"])
    assert (await team.stranger.get(path)).status_code == 404


async def test_a_cop_with_its_own_date_does_not_attend_the_joint_session(api: Api) -> None:
    team = await a_team(api)
    joint, second = await ok(await session(team)), await ok(await session(team, 2))
    body = {"kind": "session", "number": 1, **DAY}
    refused(await team.members[0].post(f"/teams/{team.id}/gatherings", json=body), 403, "not-allowed")
    own = await ok(await team.facilitator.post(f"/teams/{team.id}/gatherings", json=body))
    assert own["team_ids"] == [team.id]
    answer = await team.facilitator.post(f"/gatherings/{joint['id']}/holding")
    assert (await ok(answer, 200))["held_for_team_ids"] == []
    listed = await ok(await team.members[0].get(f"/teams/{team.id}/gatherings", params=at(answer)), 200)
    assert [one["id"] for one in listed["items"]] == [second["id"], own["id"]]
    refused(await team.facilitator.post(f"/gatherings/{own['id']}/cancellation"), 422, "reason-missing", "reason")
    answer = await team.facilitator.post(f"/gatherings/{own['id']}/cancellation", json={"reason": "Ziek"})
    assert (await ok(answer, 200))["sequence"] == 1
    listed = await ok(await team.members[0].get(f"/teams/{team.id}/gatherings", params=at(answer)), 200)
    assert [one["id"] for one in listed["items"]] == [joint["id"], second["id"], own["id"]]


async def test_own_gatherings_are_arranged_by_members_and_hidden_from_others(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    path, body = f"/teams/{team.id}/gatherings", {"kind": "own", **DAY}
    for client in (team.facilitator, team.manager, team.other, team.commissioner):
        refused(await client.post(path, json=body), 403, "not-allowed")
    refused(await team.stranger.post(path, json=body), 404, "not-found")
    answer = await anna.post(path, json=body)
    own = await ok(answer)
    assert (own["kind"], own["number"], own["team_ids"]) == ("own", None, [team.id])
    one = f"/gatherings/{own['id']}"
    for reader in (bert, team.facilitator, team.manager, team.commissioner):
        assert (await ok(await reader.get(one, params=at(answer)), 200))["id"] == own["id"]
    for reader in (team.other, team.stranger):
        assert (await reader.get(one)).status_code == 404
        refused(await reader.post(f"{one}/holding"), 404, "not-found")
    refused(await team.facilitator.post(f"{one}/holding"), 403, "not-allowed")
    people = {"people": [{"person_id": team.people[0], "present": True}]}
    await ok(await bert.post(f"{one}/attendance", json=people), 200)
    await ok(await bert.post(f"{one}/holding"), 200)
    refused(await bert.post(f"{one}/holding"), 422, "reason-missing", "reason")


async def test_a_future_gathering_cannot_be_held_attended_or_minuted(api: Api) -> None:
    team = await a_team(api)
    starts = now() + timedelta(days=10)
    body = {
        "kind": "own",
        "starts_at": moment(starts),
        "ends_at": moment(starts + timedelta(hours=2)),
        "place": "Zwolle",
    }
    own = await ok(await team.members[0].post(f"/teams/{team.id}/gatherings", json=body))
    for action, body in (
        ("holding", {}),
        ("attendance", {"people": [{"person_id": team.people[0], "present": True}]}),
        ("minutes", {"text": "Vooruit geschreven"}),
    ):
        refused(await team.members[0].post(f"/gatherings/{own['id']}/{action}", json=body), 409, "not-begun")


async def test_attendance_covers_the_members_at_the_end_of_the_gathering(api: Api) -> None:
    team = await a_team(api)
    anna, _, cora, dirk, _ = team.people
    left = await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": dirk, "reason": "Druk"})
    await ok(left, 200)
    begun = now()
    ends = begun + timedelta(seconds=0.5)
    body = {"kind": "own", "starts_at": moment(begun - timedelta(hours=1)), "ends_at": moment(ends), "place": "Zwolle"}
    path = f"/gatherings/{(await ok(await team.members[0].post(f'/teams/{team.id}/gatherings', json=body)))['id']}"
    await passed(ends)
    left = await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": cora, "reason": "Baan"})
    await ok(left, 200)
    await ok(await team.facilitator.post(f"/teams/{team.id}/members", json={"person_id": dirk}), 200)

    async def attends(*people: str) -> httpx.Response:
        listed = [{"person_id": one, "present": True} for one in people]
        return await team.members[0].post(f"{path}/attendance", json={"people": listed, "reason": "Aangevuld"})

    refused(await attends(anna, dirk), 422, "not-in-the-cop", "people")
    listed = await ok(await attends(anna, cora), 200)
    assert {one["person_id"] for one in listed["attendance"]} == {anna, cora}
    await ok(await team.members[0].post(f"{path}/holding"), 200)
    refused(await attends(dirk), 422, "not-in-the-cop", "people")


async def test_a_holding_recorded_by_mistake_can_be_reversed(api: Api) -> None:
    team = await a_team(api)
    path = f"/gatherings/{(await ok(await session(team)))['id']}"
    await ok(await team.facilitator.post(f"{path}/holding", json={"topics": ["networking"]}), 200)
    other = {"topics": ["change"], "reason": "Verkeerd aangevinkt"}
    corrected = await ok(await team.facilitator.post(f"{path}/holding", json=other), 200)
    assert (corrected["status"], corrected["topics"], corrected["held_for_team_ids"]) == ("held", ["change"], [team.id])
    mistake = {"took_place": False, "reason": "Verkeerde sessie"}
    refused(await team.members[0].post(f"{path}/holding", json=mistake), 403, "not-allowed")
    answer = await team.facilitator.post(f"{path}/holding", json=mistake)
    back = await ok(answer, 200)
    assert (back["status"], back["topics"], back["held_for_team_ids"]) == ("planned", [], [])
    row = await ok(await team.members[0].get(f"/teams/{team.id}", params=at(answer)), 200)
    assert (row["status"], row["gatherings_held"]) == ("formed", 0)
    refused(await team.facilitator.post(f"{path}/holding", json=mistake), 409, "not-held", "took_place")
    await ok(await team.facilitator.post(f"{path}/holding"), 200)


def moment(at: datetime) -> str:
    return at.isoformat()


async def passed(at: datetime) -> None:
    """Wait for the clock to pass `at`."""
    await asyncio.sleep((at - now()).total_seconds() + 0.05)
    assert now() > at


async def test_lists_show_only_gatherings_that_the_reader_may_see(api: Api) -> None:
    team = await a_team(api)
    joint = await ok(await session(team))
    answer = await team.members[0].post(f"/teams/{team.id}/gatherings", json={"kind": "own", **DAY})
    own = await ok(answer)
    people = {"people": [{"person_id": team.people[0], "present": True}]}
    answer = await team.members[0].post(f"/gatherings/{own['id']}/attendance", json=people)
    programme, of_team = f"/programmes/{team.programme}/gatherings", f"/teams/{team.id}/gatherings"
    for reader in (team.members[0], team.facilitator, team.manager, team.commissioner):
        for path in (programme, of_team):
            listed = (await ok(await reader.get(path, params=at(answer)), 200))["items"]
            assert [one["id"] for one in listed] == [joint["id"], own["id"]]
            assert [len(one["attendance"]) for one in listed] == [0, 0 if reader is team.commissioner else 1]
    assert [one["id"] for one in (await ok(await team.other.get(programme), 200))["items"]] == [joint["id"]]
    for reader, path in ((team.other, of_team), (team.stranger, of_team), (team.stranger, programme)):
        assert (await reader.get(path)).status_code == 404
    first = await ok(await team.members[0].get(programme, params={"limit": 1}), 200)
    next_page = await ok(await team.members[0].get(programme, params={"cursor": first["next"]}), 200)
    assert [one["id"] for one in next_page["items"]] == [own["id"]]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"number": 4}, "no-such-session", "number"),
    ({"number": 0}, "invalid", "number"),
    ({"ends_at": DAY["starts_at"]}, "wrong-order", "ends_at"),
    ({"starts_at": "2016-09-20T09:30:00"}, "invalid", "starts_at"),
    ({"agenda": [{"topic": "magic", "title": "x"}]}, "unknown-topic", "agenda"),
    ({"team_ids": [new_id("team")]}, "unknown-team", "team_ids"),
    ({"kind": "own"}, "invalid", "kind"),
    ({"place": "\u0007"}, "invalid", "place"),
]


async def test_an_invalid_plan_is_refused_by_field(api: Api) -> None:
    team = await a_team(api)
    for changes, code, field in BAD:
        body = {"kind": "session", "number": 1, **DAY, **changes}
        answer = await team.facilitator.post(f"/programmes/{team.programme}/gatherings", json=body)
        refused(answer, 422, code, field)


async def test_an_unknown_gathering_is_not_found(api: Api) -> None:
    team = await a_team(api)
    for id_ in (new_id("gathering"), new_id("team"), team.programme, "gathering_x"):
        assert (await team.facilitator.get(f"/gatherings/{id_}")).status_code == 404
        refused(await team.facilitator.post(f"/gatherings/{id_}/holding"), 404, "not-found")
    refused(
        await team.facilitator.post(f"/teams/{new_id('team')}/gatherings", json={"kind": "own", **DAY}),
        404,
        "not-found",
    )
