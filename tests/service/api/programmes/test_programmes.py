"""Programmes and their people, over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.people import person, refused
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import a_team, at

REASON = {"reason": "Zo besloten"}


async def outsiders(api: Api, setting: Setting) -> list[httpx.AsyncClient]:
    """Callers who may not know of the programme: the manager of another, a facilitator of none, an auditor."""
    other = await api.as_("manager", await person(setting.manager, "Other"))
    made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))
    guide = await api.as_("facilitator", await person(setting.manager, "Nobody's guide"))
    elsewhere = made(await setting.manager.post("/organisations", json={"name": "Elders"}))["id"]
    return [other, guide, await api.as_("auditor", organisations=(elsewhere,))]


def session(number: int) -> dict[str, Any]:
    starts = now() + timedelta(days=1)
    ends = starts + timedelta(hours=2)
    moments = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    return {"kind": "session", "number": number, "place": "Zwolle", **moments}


# Revising


async def test_a_revised_programme_applies_its_new_policies(api: Api) -> None:
    setting = await programme(api, challenges=0)
    path, planned = f"/programmes/{setting.programme}", f"/programmes/{setting.programme}/gatherings"
    refused(await setting.facilitator.post(planned, json=session(4)), 422, "no-such-session", "number")
    before = await api.kring.log.head()
    body = {
        "name": "Kring",
        "edition": "2017",
        "timezone": "Europe/London",
        "starts_on": "2017-01-01",
        "policies": {"min_team": 3, "sessions": 4},
    }
    answer = await setting.manager.put(path, json=body)
    revised = made(answer, 200)
    assert (revised["name"], revised["edition"], revised["timezone"]) == ("Kring", "2017", "Europe/London")
    assert revised["policies"] == {
        "min_team": 3,
        "max_team": 8,
        "sessions": 4,
        "response_weeks": 6,
        "retention_years": 5,
    }
    assert made(await setting.people[0].get(path, params=at(answer)), 200) == revised
    assert made(await setting.people[0].get(path, params={"as_of": before}), 200)["edition"] == "2016"
    made(await setting.facilitator.post(planned, json=session(4)))
    kept = made(await setting.manager.put(path, json={"name": "Kring", "edition": "2018"}), 200)
    assert (kept["timezone"], kept["starts_on"], kept["policies"]) == (
        "Europe/London",
        "2017-01-01",
        revised["policies"],
    )
    refused(await setting.manager.put(path, json={"name": "Kring", "edition": "2018"}), 409, "as-it-is")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"policies": {"min_team": 2}}, "team-bounds", "policies.min_team"),
        ({"policies": {"min_team": 9}}, "team-bounds", "policies.min_team"),
        ({"policies": {"sessions": -1}}, "invalid", "policies.sessions"),
        ({"policies": {"response_weeks": 10**30}}, "invalid", "policies.response_weeks"),
        ({"starts_on": "2017-02-01", "ends_on": "2017-01-01"}, "wrong-order", "ends_on"),
        ({"starts_on": "1999-12-31"}, "invalid-field", "starts_on"),
        ({"timezone": "Europe/Zwolle"}, "unknown-zone", "timezone"),
        ({"name": ""}, "invalid", "name"),
        ({"edition": None}, "invalid", "edition"),
    ],
)
async def test_a_revision_is_validated_like_an_opening(
    api: Api, changes: dict[str, Any], code: str, field: str
) -> None:
    manager = await api.as_("manager")
    opened = made(await manager.post("/programmes", json={"name": "Leergang", "edition": "2016"}))["id"]
    body = {"name": "Leergang", "edition": "2017", **changes}
    refused(await manager.put(f"/programmes/{opened}", json=body), 422, code, field)
    refused(await manager.post("/programmes", json=body), 422, code, field)


async def test_existing_teams_remain_when_team_policies_change(api: Api) -> None:
    team = await a_team(api)
    body = {"name": "Leergang", "edition": "2016", "policies": {"min_team": 6}}
    answer = await team.manager.put(f"/programmes/{team.programme}", json=body)
    made(answer, 200)
    assert made(await team.members[0].get(f"/teams/{team.id}", params=at(answer)), 200)["status"] == "formed"
    made(await team.members[0].post(f"/teams/{team.id}/problem-statement", json={"text": "P"}))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"name": "Kring", "edition": "2017"}),
        ("POST", "/managers", {"person_id": "person_01h45ytscbebyvny4gc8cr8ma2"}),
        ("POST", "/conclusion", REASON),
    ],
)
async def test_only_a_manager_revises_appoints_and_concludes(
    api: Api, method: str, path: str, body: dict[str, Any]
) -> None:
    setting = await programme(api, participants=1, challenges=0)
    path = f"/programmes/{setting.programme}{path}"
    for client in (setting.facilitator, setting.people[0]):
        refused(await client.request(method, path, json=body), 403, "not-allowed")
    for client in await outsiders(api, setting):
        refused(await client.request(method, path, json=body), 404, "not-found")


# Participants


async def test_an_appointed_manager_can_manage_too(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    boss, path = await person(setting.manager, "Boss"), f"/programmes/{setting.programme}"
    manager = await api.as_("manager", boss)
    refused(await manager.get(path), 404, "not-found")
    body = {"person_id": boss}
    answers = await asyncio.gather(*(setting.manager.post(f"{path}/managers", json=body) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [201, 409]
    refused(await manager.post(f"{path}/managers", json=body), 409, "one-role", "person_id")
    refused(await manager.post(f"{path}/managers", json={"person_id": setting.ids[0]}), 409, "one-role", "person_id")
    others = [await person(setting.manager, f"Boss {n}") for n in range(2)]
    answers = await asyncio.gather(*(manager.post(f"{path}/managers", json={"person_id": one}) for one in others))
    assert [one.status_code for one in answers] == [201, 201]
    assert set(made(await manager.get(path, params={"at_least": await api.kring.log.head()}), 200)["manager_ids"]) == {
        boss,
        *others,
    }


async def test_a_participant_moves_to_another_organisation(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    clinic = made(await setting.manager.post("/organisations", json={"name": "Isala"}))["id"]
    path = f"/programmes/{setting.programme}/participants/{setting.ids[0]}/organisation"
    before = await api.kring.log.head()
    answer = await setting.facilitator.post(path, json={"organisation_id": clinic})
    moved = made(answer, 200)
    assert (moved["organisation_id"], moved["status"]) == (clinic, "active")
    assert await api.kring.log.head() == before + 1
    refused(await setting.facilitator.post(path, json={"organisation_id": clinic}), 409, "as-it-is")
    unknown = {"organisation_id": new_id("organisation")}
    refused(await setting.facilitator.post(path, json=unknown), 422, "unknown-organisation", "organisation_id")
    for organisation in (clinic, setting.organisation):
        trail = await setting.manager.get(f"/organisations/{organisation}/trail", params=at(answer))
        assert made(trail, 200)["items"][-1]["type"] == "programme.participant_moved"
    alone = await setting.facilitator.post(path, json={})
    assert made(alone, 200)["organisation_id"] is None
    refused(await setting.people[0].post(path, json={"organisation_id": clinic}), 403, "not-allowed")
    for client in await outsiders(api, setting):
        refused(await client.post(path, json={"organisation_id": clinic}), 404, "not-found")
    away = path.replace(setting.ids[0], new_id("person"))
    refused(await setting.facilitator.post(away, json={}), 404, "not-found")


async def test_former_participants_may_return_and_nobody_is_enrolled_twice(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    participants = f"/programmes/{setting.programme}/participants"
    body = {"person_id": setting.ids[0]}
    refused(await setting.facilitator.post(participants, json=body), 409, "one-role", "person_id")
    withdrawal = f"{participants}/{setting.ids[0]}/withdrawal"
    refused(await setting.facilitator.post(withdrawal), 422, "reason-missing", "reason")
    refused(await setting.people[0].post(withdrawal, json=REASON), 403, "not-allowed")
    assert made(await setting.facilitator.post(withdrawal, json=REASON), 200)["status"] == "withdrew"
    refused(await setting.facilitator.post(withdrawal, json=REASON), 404, "not-found")
    now = {"at_least": await api.kring.log.head()}
    refused(await setting.people[0].get(f"/programmes/{setting.programme}", params=now), 404, "not-found")
    answers = await asyncio.gather(*(setting.facilitator.post(participants, json=body) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [201, 409]
    now = {"at_least": await api.kring.log.head()}
    made(await setting.people[0].get(f"/programmes/{setting.programme}", params=now), 200)


async def test_rule_10_leaving_the_programme_also_leaves_the_cop(api: Api) -> None:
    team = await a_team(api)
    before = await api.kring.log.head()
    path = f"/programmes/{team.programme}/participants/{team.people[0]}/withdrawal"
    answer = await team.facilitator.post(path, json={"reason": "Een andere baan"})
    made(answer, 200)
    assert await api.kring.log.head() == before + 2
    trail = made(await team.commissioner.get(f"/organisations/{team.bank}/trail", params=at(answer)), 200)["items"]
    left = trail[-1]
    assert (left["type"], left["position"], left["reason"]) == ("team.member_left", before + 2, "on record")
    refused(await team.members[0].post(f"/teams/{team.id}/problem-statement", json={"text": "P"}), 404, "not-found")
    made(await team.members[1].post(f"/teams/{team.id}/problem-statement", json={"text": "P"}))


async def test_a_facilitator_is_replaced_once_by_the_choice_of_the_manager(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    facilitators = f"/programmes/{setting.programme}/facilitators"
    listed = made(await setting.manager.get(facilitators, params={"at_least": await api.kring.log.head()}), 200)
    (old,) = listed["items"]
    assert old["status"] == "assigned"
    path, new = f"{facilitators}/{old['id']}/replacement", await person(setting.manager, "New")
    body = {"person_id": new, "reason": "Met verlof"}
    refused(await setting.manager.post(path, json={"person_id": new}), 422, "reason-missing", "reason")
    refused(await setting.manager.post(path, json={**body, "person_id": setting.ids[0]}), 409, "one-role", "person_id")
    refused(await setting.facilitator.post(path, json=body), 403, "not-allowed")
    for client in await outsiders(api, setting):
        refused(await client.post(path, json=body), 404, "not-found")
    answers = await asyncio.gather(*(setting.manager.post(path, json=body) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [200, 409]
    replaced = next(one.json() for one in answers if one.status_code == 200)
    assert (replaced["status"], replaced["id"], replaced["replacement_id"]) == ("replaced", old["id"], new)
    refused(await setting.manager.post(path, json=body), 409, "nobody-to-replace")
    listed = made(await setting.manager.get(facilitators, params={"at_least": await api.kring.log.head()}), 200)
    assert {one["id"]: one["status"] for one in listed["items"]} == {old["id"]: "replaced", new: "assigned"}
    refused(await setting.facilitator.get(f"/programmes/{setting.programme}"), 404, "not-found")
    refused(
        await setting.facilitator.post(f"/programmes/{setting.programme}/participants", json=body), 404, "not-found"
    )
    back = made(await setting.manager.post(facilitators, json={"person_id": old["id"]}))
    assert (back["status"], back["replacement_id"]) == ("assigned", None)


# Announcements


async def test_only_people_of_the_programme_read_an_announcement(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    path = f"/programmes/{setting.programme}/announcements"
    answers = [
        await client.post(path, json={"text": text})
        for client, text in ((setting.facilitator, "Neem laarzen mee."), (setting.manager, "En een jas."))
    ]
    first, second = (made(one) for one in answers)
    assert (first["text"], first["status"], first["told"]) == ("Neem laarzen mee.", "made", 2)
    assert second["author_id"] is None
    assert first["author_id"] == made(await setting.facilitator.get("/me"), 200)["person"]["id"]
    reader = setting.people[0]
    page = made(await reader.get(path, params={**at(answers[1]), "limit": 1}), 200)
    next_page = made(await reader.get(path, params={"cursor": page["next"]}), 200)
    assert ([*page["items"], *next_page["items"]], next_page["next"]) == ([first, second], None)
    assert made(await reader.get(f"/announcements/{first['id']}"), 200) == first
    early = await reader.get(f"/announcements/{second['id']}", params={"as_of": answers[0].headers["Kring-Position"]})
    refused(early, 404, "not-found")
    refused(await reader.post(path, json={"text": "Ik ook"}), 403, "not-allowed")
    for client in await outsiders(api, setting):
        refused(await client.post(path, json={"text": "X"}), 404, "not-found")
        refused(await client.get(path), 404, "not-found")
        refused(await client.get(f"/announcements/{first['id']}"), 404, "not-found")
    refused(await setting.facilitator.post(path, json={"text": ""}), 422, "invalid", "text")
    refused(await setting.facilitator.post(path, json={"text": "x" * 20_001}), 422, "invalid", "text")


async def test_rule_24_an_announcement_sent_twice_is_made_once(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    path, key = f"/programmes/{setting.programme}/announcements", {"Idempotency-Key": "k"}
    first = made(await setting.facilitator.post(path, json={"text": "X"}, headers=key))
    assert made(await setting.facilitator.post(path, json={"text": "X"}, headers=key)) == first


# The end


async def test_concluding_a_programme_concludes_its_cops_and_leaves_only_follow_up(api: Api) -> None:
    team = await a_team(api)
    recommendation = (await delivered(team))["id"]
    path = f"/programmes/{team.programme}"
    answer = await team.manager.post(f"{path}/conclusion")
    concluded = made(answer, 200)
    assert concluded["status"] == "concluded"
    assert concluded["concluded_at"]
    assert made(await team.members[0].get(f"/teams/{team.id}", params=at(answer)), 200)["status"] == "concluded"
    refused(await team.manager.post(f"{path}/conclusion"), 409, "as-it-is")
    newcomer = await person(team.manager, "Newcomer")
    for client, to, body in (
        (team.facilitator, f"{path}/participants", {"person_id": newcomer}),
        (team.facilitator, f"{path}/gatherings", session(1)),
        (team.members[0], f"/teams/{team.id}/gatherings", {**session(1), "kind": "own", "number": None}),
        (team.facilitator, f"{path}/team-assignments", {}),
        (team.facilitator, f"{path}/announcements", {"text": "Dank!"}),
        (team.members[0], f"/teams/{team.id}/insights", {"text": "Nog een"}),
        (team.members[0], f"/teams/{team.id}/trips", {"theme": "Hubs", "destination": "Rotterdam"}),
    ):
        refused(await client.post(to, json=body), 409, "programme-concluded")
    refused(await team.stranger.post(f"{path}/participants", json={"person_id": newcomer}), 404, "not-found")
    follow_up = f"/recommendations/{recommendation}"
    made(await team.commissioner.post(f"{follow_up}/response", json={"verdict": "accepted"}))
    body = {"text": "Een loket", "owner": "Wethouder", "due_on": "2027-01-01"}
    made(await team.commissioner.post(f"{follow_up}/commitments", json=body))
    made(await team.commissioner.post(f"{follow_up}/progress", json={"text": "Het staat er"}))
    closure = {"outcome": "implemented", "reason": "Geopend"}
    made(await team.commissioner.post(f"{follow_up}/closure", json=closure), 200)


async def test_no_ballot_opens_after_the_conclusion(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting, challenge_ids=setting.challenges[:2], seats=1)
    made(await setting.manager.post(f"/programmes/{setting.programme}/conclusion"), 200)
    body = {"challenge_ids": setting.challenges[1:], "closes_at": (now() + timedelta(hours=1)).isoformat(), "seats": 1}
    refused(
        await setting.facilitator.post(f"/programmes/{setting.programme}/ballots", json=body),
        409,
        "programme-concluded",
    )
    vote = {"approvals": setting.challenges[:1]}
    made(await setting.people[0].put(f"/ballots/{running}/vote", json=vote), 200)


async def test_a_cop_that_delivered_nothing_is_concluded_with_a_reason(api: Api) -> None:
    team = await a_team(api)
    path = f"/programmes/{team.programme}/conclusion"
    refused(await team.manager.post(path), 422, "reason-missing", "reason")
    made(await team.manager.post(path, json=REASON), 200)
