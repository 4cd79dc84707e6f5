"""Repeated commands are answered as the caller's present rights allow (rule 32)."""

from typing import Any

import httpx

from service.api.requests.repeats import ReadRoutes
from service.app import BASE, make_app
from service.config import load
from tests.conftest import Api
from tests.reference.sources import operations, routes
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import ATeam, a_team

IDEA = {"theme": "Hubs voor start-ups", "destination": "Rotterdam"}
KEY = {"Idempotency-Key": "a-key-of-mine"}
WHY = {"reason": "Andere baan"}


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def proposed(team: ATeam) -> httpx.Response:
    """A trip that Anna proposes with a key."""
    return await team.members[0].post(f"/teams/{team.id}/trips", json=IDEA, headers=KEY)


async def withdrawn(team: ATeam, person: str) -> None:
    path = f"/programmes/{team.programme}/participants/{person}/withdrawal"
    made(await team.facilitator.post(path, json=WHY), 200)


async def test_rule_32_a_repeated_command_gets_its_answer_if_still_readable(api: Api) -> None:
    team = await a_team(api)
    first = await proposed(team)
    trip = made(first)["id"]
    made(await team.members[1].post(f"/trips/{trip}/date-poll", json={"options": [_option(1), _option(2)]}), 200)
    again = await proposed(team)
    assert (again.json(), again.status_code) == (first.json(), first.status_code)
    assert again.headers["Kring-Position"] == first.headers["Kring-Position"]


async def test_rule_32_a_former_participant_who_repeats_a_command_sees_nothing(api: Api) -> None:
    team = await a_team(api)
    trip = made(await proposed(team))["id"]
    await withdrawn(team, team.people[0])
    refused(await team.members[0].get(f"/trips/{trip}"), 404, "not-found")
    refused(await proposed(team), 404, "not-found")


async def test_rule_32_a_former_member_who_repeats_a_command_sees_nothing_unshared(api: Api) -> None:
    team = await a_team(api)
    trip = made(await proposed(team))["id"]
    poll = {"options": [_option(1), _option(2)]}
    path = f"/trips/{trip}/date-poll"
    poll_key = {"Idempotency-Key": "poll"}
    assert made(await team.members[0].post(path, json=poll, headers=poll_key), 200)["poll"]
    share = {"item_id": trip, "with": "programme"}
    made(await team.members[1].post(f"/teams/{team.id}/shares", json=share))
    departure = {"person_id": team.people[0], **WHY}
    made(await team.facilitator.post(f"/teams/{team.id}/departures", json=departure), 200)
    now_shown = {"at_least": await api.kring.log.head()}
    assert made(await team.members[0].get(f"/trips/{trip}", params=now_shown), 200)["poll"] is None
    refused(await team.members[0].post(path, json=poll, headers=poll_key), 404, "not-found")


async def test_rule_32_a_repeated_departure_is_confirmed_again(api: Api) -> None:
    team = await a_team(api)
    leaving = {"person_id": team.people[0], **WHY}
    answers = [await team.members[0].post(f"/teams/{team.id}/departures", json=leaving, headers=KEY) for _ in range(2)]
    assert made(answers[0], 200) == made(answers[1], 200)


async def test_rule_32_a_revoked_token_cannot_repeat_a_command(api: Api) -> None:
    team = await a_team(api)
    made(await proposed(team))
    token = made(await team.members[0].get("/me"), 200)["id"]
    made(await team.manager.post(f"/tokens/{token}/revocation"), 200)
    assert (await proposed(team)).status_code == 401


async def test_rule_32_a_former_contact_cannot_repeat_a_command_for_the_organisation(api: Api) -> None:
    team = await a_team(api)
    body = {"title": "Nog een", "context": "Waarom.", "organisation_id": team.bank}
    headers = KEY | {"Kring-On-Behalf-Of": team.bank}

    async def brought_in() -> httpx.Response:
        return await team.commissioner.post(f"/programmes/{team.programme}/challenges", json=body, headers=headers)

    first = await brought_in()
    assert made(first) == made(await brought_in())
    now = {"at_least": await api.kring.log.head()}
    listed = made(await team.manager.get(f"/organisations/{team.bank}/contacts", params=now), 200)["items"]
    for one in listed:
        made(await team.manager.post(f"/contacts/{one['id']}/end"), 200)
    assert (await brought_in()).status_code in {403, 404}


async def test_rule_32_repeats_hide_secrets_and_items_no_longer_readable(api: Api) -> None:
    team = await a_team(api)
    links = [await team.members[0].post("/me/calendar", headers=KEY) for _ in range(2)]
    assert made(links[1]) == {**made(links[0]), "path": None}
    await withdrawn(team, team.people[1])
    ranked = {"text": "Ze zoeken elkaar."}
    path = f"/teams/{team.id}/insights"
    made(await team.members[2].post(path, json=ranked, headers=KEY))
    made(await team.members[2].post(path, json=ranked, headers=KEY))
    await withdrawn(team, team.people[2])
    refused(await team.members[2].post(path, json=ranked, headers=KEY), 404, "not-found")


def test_rule_32_results_of_repeatable_commands_have_a_read_route() -> None:
    reads = ReadRoutes(make_app(load({})))
    commands = [one for one, repeatable in routes().items() if repeatable and one in operations(built=True)]
    assert len(commands) > 80
    unread = {f"{one.method} {one.path}" for one in commands if reads.nearest(f"{BASE}{one.path}") is None}
    # Items outside of programmes are read by their own id; redactions show no text, and new tokens are shown once.
    assert unread == {
        "POST /events/{position}/redaction",
        "POST /organisations",
        "POST /people",
        "POST /programmes",
        "POST /tokens",
    }


def _option(month: int) -> dict[str, Any]:
    return {"starts_on": f"2027-0{month}-02", "ends_on": f"2027-0{month}-04"}
