"""People, their details and contacts over HTTP, and the identity of the caller."""

import asyncio
from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.people import person, refused
from tests.service.api.examples.programme import Setting, made, programme
from tests.service.api.examples.team import ATeam, a_team, at

# Details


def bakker(api: Api) -> dict[str, str]:
    """Details other than the original ones."""
    return {"name": "Anna Bakker", "email": api.address("anna.bakker"), "language": "en"}


async def test_a_person_who_changes_their_details_appears_under_the_new_ones(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna, (me,) = setting.ids[0], setting.people
    before = await api.kring.log.head()
    answer = await me.put(f"/people/{anna}", json=bakker(api))
    changed = made(answer, 200)
    assert changed.items() >= bakker(api).items()
    assert made(await me.get(f"/people/{anna}", params=at(answer)), 200) == changed
    earlier = made(await me.get(f"/people/{anna}", params={"as_of": before}), 200)
    assert (earlier["name"], earlier["email"], earlier["language"]) == ("Person 0", api.address("p0"), "nl")
    refused(await me.put(f"/people/{anna}", json=bakker(api)), 409, "as-it-is")
    answer = await me.put(f"/people/{anna}", json={**bakker(api), "name": "Anna de Bakker", "language": None})
    assert made(answer, 200)["language"] == "en"
    trail = await setting.manager.get(f"/organisations/{setting.organisation}/trail", params=at(answer))
    sentences = {one["type"]: one["sentence"] for one in made(trail, 200)["items"]}
    assert sentences["programme.participant_enrolled"] == "Anna de Bakker was enrolled as a participant."


async def test_an_address_belongs_to_one_person_until_they_give_it_up(api: Api) -> None:
    manager = await api.as_("manager")
    anna, bert = await person(manager, "Anna", api.address("a")), await person(manager, "Bert", api.address("b"))
    taken = await manager.put(f"/people/{bert}", json={"name": "Bert", "email": api.address("a").title()})
    refused(taken, 409, "email-taken", "email")
    made(await manager.put(f"/people/{anna}", json={"name": "Anna", "email": api.address("a2")}), 200)
    made(await manager.put(f"/people/{bert}", json={"name": "Bert", "email": api.address("a")}), 200)
    assert await person(manager, "Cora", api.address("b"))
    made(await manager.put(f"/people/{anna}", json={"name": "Anna", "email": api.address("A2")}), 200)
    refused(await manager.post("/people", json={"name": "D", "email": api.address("a2")}), 409, "email-taken")


async def test_only_one_of_two_simultaneous_claims_to_an_address_succeeds(api: Api) -> None:
    manager = await api.as_("manager")
    people = [await person(manager, f"P{n}") for n in range(4)]
    body = {"name": "P", "email": api.address("wanted")}
    answers = await asyncio.gather(*(manager.put(f"/people/{one}", json=body) for one in people))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]


async def test_simultaneous_changes_to_a_person_never_lose_an_address(api: Api) -> None:
    manager = await api.as_("manager")
    anna = await person(manager, "Anna", api.address("a0"))
    bodies = [{"name": "Anna", "email": api.address(f"a{n}")} for n in range(1, 5)]
    answers = await asyncio.gather(*(manager.put(f"/people/{anna}", json=one) for one in bodies))
    assert {one.status_code for one in answers} <= {200, 409}
    stored = made(await manager.get(f"/people/{anna}", params={"at_least": await api.kring.log.head()}), 200)["email"]
    free = [api.address(f"a{n}") for n in range(5) if api.address(f"a{n}") != stored]
    for one in free:
        await person(manager, "Other", one)
    refused(await manager.post("/people", json={"name": "Other", "email": stored}), 409, "email-taken")


async def test_only_permitted_callers_change_details_of_a_person(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    anna, path = setting.ids[0], f"/people/{setting.ids[0]}"
    boss = await person(setting.manager, "Boss")
    made(await setting.manager.post(f"/programmes/{setting.programme}/managers", json={"person_id": boss}))
    assert made(await (await api.as_("manager", boss)).put(path, json=bakker(api)), 200)["name"] == "Anna Bakker"
    other = await api.as_("manager", await person(setting.manager, "Other"))
    made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))
    body = {"name": "X", "email": api.address("x")}
    now = {"at_least": await api.kring.log.head()}
    for client in (setting.facilitator, setting.people[1]):
        made(await client.get(path, params=now), 200)
        refused(await client.put(path, json=body), 403, "not-allowed")
    stranger = await api.as_("participant", await person(setting.manager, "Stranger"))
    auditor = await api.as_("auditor", organisations=(setting.organisation,))
    for client in (stranger, auditor, other):
        refused(await client.put(path, json=body), 404, "not-found")
    refused(await setting.manager.put(f"/people/{new_id('person')}", json=body), 404, "not-found")
    assert (
        made(await (await api.as_("auditor", anna)).put(path, json={**bakker(api), "name": "Anna"}), 200)["name"]
        == "Anna"
    )


# Visibility


async def listed(api: Api, client: httpx.AsyncClient, **params: str) -> set[str]:
    now = {"at_least": await api.kring.log.head(), "limit": 200}
    return {one["id"] for one in made(await client.get("/people", params=now | params), 200)["items"]}


@pytest.mark.own_kring
async def test_guides_and_managers_see_people_of_their_programmes_or_whom_they_registered(
    api: Api,
) -> None:
    team = await a_team(api)
    guide = made(await team.facilitator.get("/me"), 200)["person"]["id"]
    boss = await person(team.manager, "Boss")
    other = await api.as_("manager", boss)
    elsewhere = made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    theirs, nowhere = await person(team.manager, "Van hen"), await person(other, "Nieuw", api.address("nieuw"))
    ours, unknown = await person(team.facilitator, "Van ons"), await person(team.manager, "Van niemand")
    made(await other.post(f"/programmes/{elsewhere}/participants", json={"person_id": theirs}))
    contact = {"person_id": unknown, "role": "commissioner", "challenge_ids": [team.challenge]}
    made(await team.manager.post(f"/organisations/{team.bank}/contacts", json=contact))
    # Contacts for a whole organisation belong to no programme that names it.
    here, there = {guide, *team.people, ours, unknown}, {boss, theirs, nowhere}
    assert await listed(api, team.facilitator) == here
    assert await listed(api, other) == there
    assert here | there < await listed(api, team.manager)
    for client, hidden in ((team.facilitator, theirs), (other, team.people[0]), (other, team.commissioner_id)):
        refused(await client.get(f"/people/{hidden}"), 404, "not-found")
    shown = [made(await client.get(f"/people/{one}"), 200)["email"] for client, one in ((other, nowhere),)]
    assert shown == [api.address("nieuw")]
    assert made(await team.facilitator.get(f"/people/{unknown}"), 200)["name"] == "Van niemand"


async def test_people_are_found_by_exact_address_and_strangers_are_not_listed(
    api: Api,
) -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna, boss = setting.ids[0], await person(setting.manager, "Boss")
    other = await api.as_("manager", boss)
    elsewhere = made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    assert anna not in await listed(api, other)
    refused(await other.post("/people", json={"name": "A", "email": api.address("p0")}), 409, "email-taken", "email")
    for written in (api.address("p0"), api.address("p0").upper()):
        (found,) = made(await other.get("/people", params={"email": written}), 200)["items"]
        assert (found["id"], found["name"], found["email"]) == (anna, "Person 0", None)
    refused(await other.get(f"/people/{anna}"), 404, "not-found")
    for unknown in (api.address("p"), api.address("0"), api.address("p0")[:-1]):
        assert await listed(api, other, email=unknown) == set()
    assert (await other.get("/people", params={"email": "p0"})).status_code == 422
    for client in (setting.people[0], await api.as_("auditor", organisations=(setting.organisation,))):
        refused(await client.get("/people", params={"email": api.address("guide")}), 403, "not-allowed")
    made(await other.post(f"/programmes/{elsewhere}/participants", json={"person_id": anna}))
    assert anna in await listed(api, other)


async def test_an_address_finds_its_present_holder(api: Api) -> None:
    manager = await api.as_("manager")
    anna = await person(manager, "Anna", api.address("a"))
    made(await manager.put(f"/people/{anna}", json={"name": "Anna", "email": api.address("a2")}), 200)
    assert [await listed(api, manager, email=one) for one in (api.address("a"), api.address("a2"))] == [set(), {anna}]


# Contacts


async def test_rule_27_the_registrar_controls_an_organisation_until_it_has_a_commissioner(api: Api) -> None:
    team = await a_team(api)
    bosses = {name: await person(team.manager, name) for name in ("Here", "There", "Nowhere")}
    here, there, nowhere = [await api.as_("manager", one) for one in bosses.values()]
    made(await team.manager.post(f"/programmes/{team.programme}/managers", json={"person_id": bosses["Here"]}))
    made(await there.post("/programmes", json={"name": "Andere", "edition": "2017"}))
    new = made(await there.post("/organisations", json={"name": "Nieuw"}))["id"]
    for organisation, may in ((team.bank, [team.commissioner]), (new, [there])):
        contact = {"person_id": team.people[0], "role": "auditor"}
        for client in (here, there, nowhere, team.commissioner):
            answers = [
                await client.post(f"/organisations/{organisation}/contacts", json=contact),
                await client.put(f"/organisations/{organisation}", json={"name": new_id("x")}),
            ]
            allowed = [one.status_code for one in answers]
            assert allowed == ([201, 200] if client in may else [403, 403])
    speaks = {"person_id": team.people[0], "role": "commissioner"}
    made(await there.post(f"/organisations/{new}/contacts", json=speaks))
    refused(await there.post(f"/organisations/{new}/contacts", json=speaks), 403, "name-your-challenges")
    refused(await there.put(f"/organisations/{new}", json={"name": "Anders"}), 403, "not-allowed")
    itself = await api.as_("commissioner", team.people[0])
    assert made(await itself.put(f"/organisations/{new}", json={"name": "Wij"}), 200)["name"] == "Wij"
    now = {"at_least": await api.kring.log.head()}
    assert len(made(await there.get(f"/organisations/{new}/contacts", params=now), 200)["items"]) == 2


async def appointed(api: Api, team: ATeam) -> str:
    """Appointment of the team's commissioner."""
    now = {"at_least": await api.kring.log.head()}
    listed = await team.commissioner.get(f"/organisations/{team.bank}/contacts", params=now)
    return next(one["id"] for one in made(listed, 200)["items"] if one["person_id"] == team.commissioner_id)


async def test_rule_23_a_former_contact_cannot_respond_but_the_obligation_remains(api: Api) -> None:
    team = await a_team(api)
    recommendation = (await delivered(team))["id"]
    contact, successor = await appointed(api, team), await person(team.manager, "Successor")
    body = {"person_id": successor, "role": "commissioner"}
    made(await team.commissioner.post(f"/organisations/{team.bank}/contacts", json=body))
    ended = made(await team.commissioner.post(f"/contacts/{contact}/end", json={"reason": "Met pensioen"}), 200)
    assert (ended["status"], ended["person_id"]) == ("ended", team.commissioner_id)
    assert ended["ended_at"]
    respond = f"/recommendations/{recommendation}/response"
    refused(await team.commissioner.post(respond, json={"verdict": "accepted"}), 404, "not-found")
    refused(await team.commissioner.get(f"/recommendations/{recommendation}"), 404, "not-found")
    after = await api.as_("commissioner", successor)
    now = {"at_least": await api.kring.log.head()}
    assert made(await after.get(f"/recommendations/{recommendation}", params=now), 200)["status"] == "presented"
    made(await after.post(respond, json={"verdict": "accepted"}), 201)


async def test_only_permitted_callers_end_a_contact(api: Api) -> None:
    team = await a_team(api)
    whole = await appointed(api, team)
    body = {"person_id": team.people[0], "role": "commissioner", "challenge_ids": [team.challenge]}
    contact = made(await team.manager.post(f"/organisations/{team.bank}/contacts", json=body))["id"]
    path = f"/contacts/{contact}"
    boss, other = [await api.as_("manager", await person(team.manager, name)) for name in ("Boss", "Other")]
    made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))
    for client in (team.members[0], team.stranger, other):
        refused(await client.get(path), 404, "not-found")
        refused(await client.post(f"{path}/end"), 404, "not-found")
        refused(await client.get(f"/organisations/{team.bank}/contacts"), 403, "not-allowed")
    assert made(await team.facilitator.get(path), 200)["status"] == "active"
    refused(await team.facilitator.post(f"{path}/end"), 403, "not-allowed")
    me = made(await boss.get("/me"), 200)["person"]["id"]
    made(await team.manager.post(f"/programmes/{team.programme}/managers", json={"person_id": me}))
    before = await api.kring.log.head()
    listed = await boss.get(f"/organisations/{team.bank}/contacts", params={"at_least": before})
    assert [one["id"] for one in made(listed, 200)["items"]] == [contact]
    refused(await boss.post(f"/contacts/{whole}/end"), 404, "not-found")
    answer = await boss.post(f"{path}/end")
    assert made(answer, 200)["status"] == "ended"
    assert made(await boss.get(path, params=at(answer)), 200)["status"] == "ended"
    assert made(await boss.get(path, params={"as_of": before}), 200)["status"] == "active"
    refused(await boss.post(f"{path}/end"), 409, "as-it-is")
    refused(await boss.post(f"/contacts/{new_id('contact')}/end"), 404, "not-found")


# Me


async def me(client: httpx.AsyncClient, **params: int) -> dict[str, Any]:
    return made(await client.get("/me", params=params), 200)


async def test_me_describes_every_kind_of_caller(api: Api) -> None:
    team = await a_team(api)
    anna, in_programme = team.people[0], {"id": team.programme, "name": "Leergang", "edition": "2016", "status": "open"}
    shown = await me(team.members[0])
    assert shown["role"] == "participant"
    assert shown["id"].startswith("token_")
    assert shown["person"] == {"id": anna, "name": "Anna", "email": api.address("anna"), "language": "nl"}
    assert shown["programmes"] == [{**in_programme, "role": "participant", "organisation_id": None}]
    assert shown["teams"] == [{"id": team.id, "programme_id": team.programme}]
    guide = await me(team.facilitator)
    assert [one["role"] for one in guide["programmes"]] == ["facilitator"]
    assert (guide["organisations"], guide["teams"]) == ([], [])
    bank = {"id": team.bank, "name": "Rabobank IJsseldelta"}
    commissioner = await me(team.commissioner)
    assert commissioner["organisations"] == [{**bank, "role": "commissioner", "challenge_ids": []}]
    client = await me(await api.as_("reporting", organisations=(team.bank,)))
    assert client["organisations"] == [{**bank, "role": "reporting", "challenge_ids": []}]
    nobody = await me(team.manager)
    assert (nobody["role"], nobody["person"], nobody["programmes"]) == ("manager", None, [])


async def test_roles_can_be_read_as_of_an_earlier_time(api: Api) -> None:
    setting: Setting = await programme(api, participants=1, challenges=0)
    before = await api.kring.log.head()
    path = f"/programmes/{setting.programme}/participants/{setting.ids[0]}/withdrawal"
    made(await setting.facilitator.post(path, json={"reason": "Verhuisd"}), 200)
    assert (await me(setting.people[0]))["programmes"] == []
    (then,) = (await me(setting.people[0], as_of=before))["programmes"]
    assert (then["id"], then["organisation_id"]) == (setting.programme, setting.organisation)


async def test_tokens_are_listed_without_text_to_their_person_and_general_managers(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    now = {"at_least": await api.kring.log.head()}
    token = (await me(setting.people[0]))["id"]
    for client in (setting.people[0], setting.manager):
        shown = made(await client.get(f"/tokens/{token}", params=now), 200)
        assert (shown["person_id"], shown["status"], "token" in shown) == (setting.ids[0], "valid", False)
    for client in (setting.people[1], setting.facilitator):
        refused(await client.get(f"/tokens/{token}", params=now), 404, "not-found")


async def test_the_manager_of_a_programme_cannot_issue_tokens_for_another(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    boss = await api.as_("manager", await person(setting.manager, "Boss"))
    own = made(await boss.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    new = await person(boss, "Nieuw")
    made(await boss.post(f"/programmes/{own}/participants", json={"person_id": new}))
    issued = await boss.post("/tokens", json={"role": "participant", "person_id": new})
    token, position = made(issued)["id"], at(issued)
    assert token in [one["id"] for one in made(await boss.get("/tokens", params=position), 200)["items"]]
    assert made(await boss.get(f"/tokens/{token}"), 200)["status"] == "valid"
    made(await boss.post(f"/tokens/{token}/revocation"), 200)
    for body in (
        {"role": "manager"},
        {"role": "auditor", "organisation_ids": [setting.organisation]},
        {"role": "participant", "person_id": setting.ids[0]},
    ):
        refused(await boss.post("/tokens", json=body), 403, "not-allowed")
    everything = (await me(setting.manager))["id"]
    theirs = (await me(setting.people[0]))["id"]
    for one in (everything, theirs):
        refused(await boss.get(f"/tokens/{one}"), 404, "not-found")
        refused(await boss.post(f"/tokens/{one}/revocation"), 404, "not-found")
    listed = made(await boss.get("/tokens", params=position), 200)["items"]
    assert {everything, theirs}.isdisjoint(one["id"] for one in listed)
    refused(await setting.people[0].post(f"/tokens/{everything}/revocation"), 404, "not-found")
    unknown = {"role": "auditor", "organisation_ids": [new_id("organisation")]}
    refused(await setting.manager.post("/tokens", json=unknown), 422, "unknown-organisation", "organisation_ids.0")
