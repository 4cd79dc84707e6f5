"""Four attacks across programmes with a foreign token (rules 27, 28 and 32)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from domain.events.challenge import ChallengeProposed
from domain.foundation import Selector
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import a_team

WHY = {"reason": "Omdat het kan"}


@dataclass
class Attacker:
    """Manager of an empty programme."""

    client: httpx.AsyncClient
    programme: str


async def attacker(api: Api) -> Attacker:
    operator = await api.as_("manager")
    body = {"name": "Mallory", "email": f"{new_id('x')}@example.org"}
    client = await api.as_("manager", made(await operator.post("/people", json=body))["id"])
    return Attacker(client, made(await client.post("/programmes", json={"name": "Leeg", "edition": "1"}))["id"])


def denied(answer: httpx.Response) -> None:
    assert answer.status_code in {403, 404}, f"{answer.request.url}: {answer.status_code} {answer.text}"


async def named(mallory: Attacker, organisation: str) -> str:
    """Refer to an organisation from the attacker's programme in every possible way; return the challenge it proposes."""
    (listed,) = [one for one in await items(mallory.client, "/organisations") if one["id"] == organisation]
    body = {"title": "Van hen", "context": "Zogenaamd.", "organisation_id": listed["id"]}
    challenge = made(await mallory.client.post(f"/programmes/{mallory.programme}/challenges", json=body))["id"]
    person = {"name": "Handlanger", "email": f"{new_id('x')}@example.org"}
    enrolled = {"person_id": made(await mallory.client.post("/people", json=person))["id"]}
    path = f"/programmes/{mallory.programme}/participants"
    made(await mallory.client.post(path, json={**enrolled, "organisation_id": organisation}))
    return challenge


async def items(client: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    found, cursor = list[dict[str, Any]](), ""
    while True:
        page = made(
            await client.get(path, params={"limit": 200, **params, **({"cursor": cursor} if cursor else {})}), 200
        )
        found += page["items"]
        cursor = page.get("next")
        if not cursor:
            return found


async def test_rule_27_naming_an_organisation_grants_no_rights_elsewhere(api: Api) -> None:
    team, mallory = await a_team(api), await attacker(api)
    recommendation = (await delivered(team))["id"]
    denied(await mallory.client.get(f"/organisations/{team.bank}/trail"))
    challenge = await named(mallory, team.bank)

    trail = await mallory.client.get(f"/organisations/{team.bank}/trail", params={"limit": 200})
    assert [one["type"] for one in made(trail, 200)["items"]] == [
        "challenge.proposed",
        "programme.participant_enrolled",
    ]
    assert team.programme not in trail.text
    assert team.id not in trail.text
    assert await items(mallory.client, f"/organisations/{team.bank}/contacts") == []

    denied(await mallory.client.put(f"/organisations/{team.bank}", json={"name": "Van mij"}))
    accomplice = {"name": "Eve", "email": api.address("eve")}
    puppet = {"person_id": made(await mallory.client.post("/people", json=accomplice))["id"], "role": "commissioner"}
    contacts = f"/organisations/{team.bank}/contacts"
    denied(await mallory.client.post(contacts, json=puppet))
    denied(await mallory.client.post(contacts, json={**puppet, "challenge_ids": [team.challenge]}))
    denied(await mallory.client.post("/tokens", json={"role": "commissioner", "organisation_ids": [team.bank]}))
    denied(await mallory.client.post("/tokens", json={"role": "auditor", "person_id": team.commissioner_id}))
    closing = {"outcome": "implemented", **WHY}
    behalf = {"Kring-On-Behalf-Of": team.bank}
    denied(await mallory.client.post(f"/recommendations/{recommendation}/closure", json=closing, headers=behalf))

    # Rule 27 does allow a contact for the challenge of their own programme, who can access nothing else.
    made(await mallory.client.post(contacts, json={**puppet, "challenge_ids": [challenge]}))
    issued = made(await mallory.client.post("/tokens", json={"role": "commissioner", "person_id": puppet["person_id"]}))
    assert issued["programme_ids"] == [mallory.programme]
    for client in (api.client(issued["token"]), await api.as_("commissioner", puppet["person_id"])):
        made(await client.get(f"/challenges/{challenge}"), 200)
        for path in (f"/challenges/{team.challenge}", f"/teams/{team.id}", f"/recommendations/{recommendation}"):
            denied(await client.get(path))
        denied(await client.get(f"/organisations/{team.bank}/trail"))
        denied(await client.put(f"/organisations/{team.bank}", json={"name": "Van mij"}))
        denied(await client.post(f"/recommendations/{recommendation}/closure", json=closing))
        denied(await client.get(f"/programmes/{team.programme}/challenges"))
        feed = await client.get("/events", params={"limit": 200})
        assert team.programme not in feed.text


async def test_rule_28_a_token_from_a_foreign_manager_cannot_vote_or_close_a_ballot(api: Api) -> None:
    setting, mallory = await programme(api), await attacker(api)
    running = await ballot(setting)
    (found,) = await items(mallory.client, "/people", email=api.address("p0"))
    (guide,) = await items(mallory.client, "/people", email=api.address("guide"))
    denied(await mallory.client.post("/tokens", json={"role": "participant", "person_id": found["id"]}))
    here = f"/programmes/{mallory.programme}"
    made(await mallory.client.post(f"{here}/participants", json={"person_id": found["id"]}))
    made(await mallory.client.post(f"{here}/facilitators", json={"person_id": guide["id"]}))

    async def token(role: str, person: str) -> httpx.AsyncClient:
        issued = made(await mallory.client.post("/tokens", json={"role": role, "person_id": person}))
        assert issued["programme_ids"] == [mallory.programme]
        return api.client(issued["token"])

    voter, closer = await token("participant", found["id"]), await token("facilitator", guide["id"])
    paper = {"approvals": setting.challenges[:1]}
    for client in (voter, closer):
        denied(await client.put(f"/ballots/{running}/vote", json=paper))
        denied(await client.post(f"/ballots/{running}/close"))
        for path in (f"/ballots/{running}", f"/ballots/{running}/vote", f"/programmes/{setting.programme}"):
            denied(await client.get(path))
        me = made(await client.get("/me"), 200)
        assert [one["id"] for one in me["programmes"]] == [mallory.programme]
        for path in ("/me/agenda", "/me/to-dos", "/me/notifications", "/events", "/programmes", "/tokens"):
            assert setting.programme not in (await client.get(path)).text, path
            assert running not in (await client.get(path)).text, path
    made(await setting.people[0].put(f"/ballots/{running}/vote", json=paper), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)


async def test_rule_28_managers_cannot_access_details_and_tokens_of_people_elsewhere(api: Api) -> None:
    setting, mallory = await programme(api, participants=1), await attacker(api)
    (found,) = await items(mallory.client, "/people", email=api.address("p0"))
    made(await mallory.client.post(f"/programmes/{mallory.programme}/participants", json={"person_id": found["id"]}))
    body = {"role": "participant", "person_id": found["id"]}
    limited = api.client(made(await mallory.client.post("/tokens", json=body))["token"])
    path, stolen = f"/people/{found['id']}", {"name": "Mallory", "email": api.address("mallory")}
    for client in (mallory.client, limited):
        denied(await client.put(path, json=stolen))
    own = made(await setting.people[0].get("/me"), 200)["id"]
    for client in (mallory.client, limited):
        denied(await client.get(f"/tokens/{own}"))
        denied(await client.post(f"/tokens/{own}/revocation"))
        assert own not in [one["id"] for one in await items(client, "/tokens", at_least=await api.kring.log.head())]
    made(await setting.people[0].put(path, json={"name": "Ik zelf", "email": api.address("p0")}), 200)


async def test_rule_28_a_calendar_link_shows_only_what_its_token_may_read(api: Api) -> None:
    setting, mallory = await programme(api, participants=1, challenges=0), await attacker(api)
    for of, client in ((setting.programme, setting.manager), (mallory.programme, mallory.client)):
        starts = now() + timedelta(days=1)
        session = {"kind": "session", "number": 1, "starts_at": starts.isoformat(), "place": "Zwolle"}
        session["ends_at"] = (starts + timedelta(hours=2)).isoformat()
        made(await client.post(f"/programmes/{of}/gatherings", json=session))
    own = made(await setting.people[0].post("/me/calendar"))["path"].removeprefix("/api/v1")
    body = {"person_id": setting.ids[0]}
    made(await mallory.client.post(f"/programmes/{mallory.programme}/participants", json=body))
    issued = made(await mallory.client.post("/tokens", json={"role": "participant", **body}))
    limited = made(await api.client(issued["token"]).post("/me/calendar"))["path"].removeprefix("/api/v1")
    made(await setting.manager.get("/people", params={"at_least": await api.kring.log.head()}), 200)
    shown = [(await mallory.client.get(one)).text.count("BEGIN:VEVENT") for one in (own, limited)]
    assert shown == [2, 1]


async def test_rule_27_a_manager_of_an_unrelated_programme_cannot_act_for_anyone(api: Api) -> None:
    team, mallory = await a_team(api), await attacker(api)
    head = await api.kring.log.head()
    headers = {"Kring-On-Behalf-Of": team.bank, "Kring-Reason": "Omdat het kan"}
    here = f"/programmes/{mallory.programme}"
    tries = [
        await mallory.client.post(f"{here}/announcements", json={"text": "Welkom."}, headers=headers),
        await mallory.client.post("/programmes", json={"name": "X", "edition": "1"}, headers=headers),
        await mallory.client.post("/people", json={"name": "X", "email": api.address("x")}, headers=headers),
        await mallory.client.post("/me/calendar", headers=headers),
        await mallory.client.post(f"/challenges/{team.challenge}/withdrawal", headers=headers),
        await mallory.client.put(here, json={"name": "Anders", "edition": "1"}, headers=headers),
    ]
    for one in tries:
        denied(one)
    assert await api.kring.log.head() == head
    # Where the organisation is named, its manager acts on its behalf, on what concerns it.
    challenge = await named(mallory, team.bank)
    denied(await mallory.client.post(f"{here}/announcements", json={"text": "Welkom."}, headers=headers))
    made(await mallory.client.post(f"/challenges/{challenge}/withdrawal", headers=headers), 200)
    by_contact = {"Kring-On-Behalf-Of": team.bank}
    denied(await team.commissioner.post("/me/calendar", headers=by_contact))
    body = {"title": "Van ons", "context": "Echt.", "organisation_id": team.bank}
    made(await team.commissioner.post(f"/programmes/{team.programme}/challenges", json=body, headers=by_contact))
    found, _ = await api.kring.log.read(api.kring.commands.mapper.query([Selector(types=[], tags=[f"to:{team.bank}"])]))
    assert [one.type for one in found if one.on_behalf_of is not None] == ["challenge.withdrawn", "challenge.proposed"]


async def test_rule_27_a_foreign_programme_cannot_add_to_a_trail(api: Api) -> None:
    team, mallory = await a_team(api), await attacker(api)
    answer = await mallory.client.post("/organisations", json={"name": "Van Mallory"})
    body = {"title": "T", "context": "C", "organisation_id": made(answer)["id"]}
    proposed = await mallory.client.post(f"/programmes/{mallory.programme}/challenges", json=body)
    positions = {"positions": [int(proposed.headers["Kring-Position"])], **WHY}
    path = f"/organisations/{team.bank}/trail/brought-in"
    assert (await mallory.client.post(path, json=positions)).json()["code"] == "not-concerned"
    query = api.kring.commands.mapper.query([Selector(types=[ChallengeProposed], tags=[team.programme])])
    foreign = (await api.kring.log.read(query))[0][0].position
    for organisation in (team.bank, body["organisation_id"]):
        path = f"/organisations/{organisation}/trail/brought-in"
        denied(await mallory.client.post(path, json={"positions": [foreign], **WHY}))


async def test_rule_28_a_token_from_a_foreign_manager_has_its_own_idempotency_keys(api: Api) -> None:
    team, mallory = await a_team(api), await attacker(api)
    trip, key = {"theme": "Hubs", "destination": "Rotterdam"}, {"Idempotency-Key": "1"}
    path = f"/teams/{team.id}/trips"
    made(await team.members[0].post(path, json=trip, headers=key))
    body = {"person_id": team.people[0]}
    made(await mallory.client.post(f"/programmes/{mallory.programme}/participants", json=body))
    issued = made(await mallory.client.post("/tokens", json={"role": "participant", **body}))
    limited = api.client(issued["token"])
    for request in (trip, {**trip, "theme": "Anders"}):
        denied(await limited.post(path, json=request, headers=key))
    made(await limited.post("/me/calendar", headers={"Idempotency-Key": "2"}))
    made(await team.members[0].post(path, json=trip, headers={"Idempotency-Key": "2"}))
