"""Items inside a programme, CoP or trip have paged lists of their own and can be read one by one."""

from typing import Any

import httpx

from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.guests import invited, neighbours
from tests.service.api.examples.team import ATeam, a_team, ok
from tests.service.api.examples.trips import euros, fixed


async def parts(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All items of a list, requested one per page; each is the same at its own path."""
    found, cursor = list[dict[str, Any]](), ""
    while cursor is not None:
        page = await ok(await client.get(path, params={"limit": 1, "cursor": cursor}), 200)
        assert len(page["items"]) == 1
        found, cursor = found + page["items"], page["next"]
    for one in found:
        assert await ok(await client.get(f"{path}/{one.get('id', one.get('number'))}"), 200) == one
    assert await ok(await client.get(path), 200) == {"items": found, "next": None}
    return found


async def seen(api: Api, client: httpx.AsyncClient) -> None:
    """Wait until the views show everything that was done."""
    await ok(await client.get("/me/to-dos", params={"at_least": await api.kring.log.head()}), 200)


async def test_managers_and_modules_of_a_programme_are_listed(api: Api) -> None:
    team = await a_team(api)
    path, people = f"/programmes/{team.programme}", list[str]()
    for name in ("Boss", "Chef"):
        body = {"name": name, "email": api.address(name)}
        people.append((await ok(await team.manager.post("/people", json=body)))["id"])
        await ok(await team.manager.post(f"{path}/managers", json={"person_id": people[-1]}))
    for number in (10, 2):
        module = {"number": number, "title": f"{number}", "starts_on": "2017-03-01", "ends_on": "2017-03-03"}
        await ok(await team.manager.post(f"{path}/modules", json=module))
    await seen(api, team.manager)
    managers = await parts(team.members[0], f"{path}/managers")
    assert [(one["person_id"], one["status"]) for one in managers] == [(one, "appointed") for one in sorted(people)]
    assert [one["number"] for one in await parts(team.members[0], f"{path}/modules")] == [2, 10]
    for missing in (f"managers/{team.people[0]}", "modules/3"):
        refused(await team.members[0].get(f"{path}/{missing}"), 404, "not-found")


async def test_current_and_former_members_of_a_cop_are_listed(api: Api) -> None:
    team = await a_team(api)
    gone = {"person_id": team.people[3], "reason": "Ander werk"}
    await ok(await team.facilitator.post(f"/teams/{team.id}/departures", json=gone), 200)
    await seen(api, team.manager)
    for reader in (team.members[0], team.other, team.commissioner):
        members = {one["person_id"]: one["status"] for one in await parts(reader, f"/teams/{team.id}/members")}
        assert members == dict.fromkeys(team.people[:3], "member") | {team.people[3]: "left"}
    refused(await team.members[0].get(f"/teams/{team.id}/members/{team.people[4]}"), 404, "not-found")
    refused(await team.stranger.get(f"/teams/{team.id}/members"), 404, "not-found")


async def test_guests_see_fellow_travellers_and_their_own_share_of_expenses(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path, (anna, bert, *_), eva = await fixed(team), team.people, team.people[4]
    await invited(team, path, eva, team.commissioner_id)
    for text, people in (("Ons", (anna, bert)), ("Haar", (eva,)), ("Alle", (anna, eva))):
        await ok(await spent(team, path, text, *people))
    await seen(api, team.manager)
    for reader in (team.members[0], team.facilitator, team.other, team.commissioner):
        guests = await parts(reader, f"{path}/guests")
        assert [one["person_id"] for one in guests] == sorted([eva, team.commissioner_id])
    everything = await parts(team.members[1], f"{path}/expenses")
    assert [(one["text"], one["status"]) for one in everything] == [(one, "shared") for one in ("Ons", "Haar", "Alle")]
    assert await parts(team.other, f"{path}/expenses") == everything[1:]
    assert await ok(await team.commissioner.get(f"{path}/expenses"), 200) == {"items": [], "next": None}
    for hidden in (everything[0]["id"], new_id("expense")):
        refused(await team.other.get(f"{path}/expenses/{hidden}"), 404, "not-found")


async def spent(team: ATeam, path: str, text: str, *people: str) -> httpx.Response:
    """Record an expense that Anna paid for these people."""
    split = [{"person_id": one, "amount": euros(100)} for one in people]
    body = {"payer": team.people[0], "amount": euros(100 * len(people)), "text": text, "split": split}
    return await team.members[0].post(f"{path}/expenses", json=body)
