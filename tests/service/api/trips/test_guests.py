"""Guests on a study trip over HTTP: permissions."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.guests import invited, neighbours
from tests.service.api.examples.team import ATeam, a_team, ok
from tests.service.api.examples.trips import APRIL, MAY, ahead, booking, euros, fixed, idea, visit


async def person_of(client: httpx.AsyncClient, team: ATeam) -> str:
    """Person of this client, as the programme lists its guides."""
    listed = await ok(await client.get(f"/programmes/{team.programme}/facilitators"), 200)
    return listed["items"][0]["person_id"]


async def test_guests_read_the_trip_answer_the_poll_and_share_costs(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    anna, path = team.members[0], await idea(team)
    eva, guide, banker = team.people[4], await person_of(team.facilitator, team), team.commissioner_id
    clients = {eva: team.other, guide: team.facilitator, banker: team.commissioner}
    for outsider in (team.other, team.commissioner, team.stranger):
        assert (await outsider.get(path)).status_code == 404
    shown = await invited(team, path, eva, guide, banker)
    assert shown["guest_ids"] == sorted(clients)
    polled = await ok(await anna.post(f"{path}/date-poll", json={"options": [APRIL, MAY]}), 200)
    april = polled["poll"]["options"][0]["option_id"]
    for client in (team.other, team.commissioner):
        todo = await ok(await client.get("/me/to-dos", params=await ahead(api)), 200)
        todos = [one["kind"] for one in todo["items"] if one["id"] in path]
        assert todos == (["answer_poll"] if client is team.other else [])
    for person, client in clients.items():
        answered = await ok(await client.put(f"{path}/availability", json={"answers": {april: "yes"}}), 200)
        assert person in {one["person_id"] for one in answered["poll"]["answers"]}
    paid = {"payer": team.people[0], "amount": euros(700), "text": "Lunch"}
    shared = await ok(await team.other.post(f"{path}/expenses", json={**paid, "payer": eva}))
    assert [one["amount_minor"] for one in shared["expenses"][0]["split"]] == [100] * 7
    alone = [{"person_id": team.people[1], "amount": euros(700)}]
    await ok(await anna.post(f"{path}/expenses", json={**paid, "split": alone}))
    for client in (team.other, team.commissioner):
        seen = await ok(await client.get(path, params=await ahead(api)), 200)
        assert [one["payer"] for one in seen["expenses"]] == [eva]
        listed = (await ok(await client.get(f"/teams/{team.id}/trips"), 200))["items"]
        assert listed == [seen]
        settled = await ok(await client.get(f"{path}/settlement"), 200)
        assert settled == await ok(await anna.get(f"{path}/settlement"), 200)
    assert len((await ok(await team.facilitator.get(path), 200))["expenses"]) == 2


async def test_guests_decide_nothing_and_see_no_bookings(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path = await fixed(team)
    requested = await ok(await team.members[0].post(f"{path}/bookings", json=booking(team)))
    item = (await ok(await team.members[0].post(f"{path}/itinerary", json=visit(9))))["itinerary"][0]["id"]
    shown = await invited(team, path, team.people[4], team.commissioner_id)
    option = {"option_id": shown["poll"]["options"][1]["option_id"]}
    decisions: list[tuple[str, Any]] = [
        (f"{path}/guests", {"person_id": team.people[4]}),
        (f"{path}/date-poll", {"options": [MAY]}),
        (f"{path}/date", option),
        (f"{path}/itinerary", visit(11)),
        (f"/itinerary-items/{item}/removal", None),
        (f"{path}/bookings", booking(team)),
        (f"{path}/booked", None),
        (f"{path}/completion", {"learnings": "x"}),
        (f"{path}/cancellation", {"reason": "x"}),
    ]
    for guest in (team.other, team.commissioner):
        for one, body in decisions:
            refused(await guest.post(one, json=body), 403, "not-allowed")
        assert (await guest.get(f"/itinerary-items/{item}", params=await ahead(api))).status_code == 200
        for one in (f"{path}/bookings", f"/bookings/{requested['id']}"):
            assert (await guest.get(one)).status_code == 404, one
        refused(
            await guest.post(f"/bookings/{requested['id']}/confirmation", json={"reference": "x"}), 404, "not-found"
        )
    assert (await team.stranger.get(f"/teams/{team.id}/trips")).status_code == 404


async def test_only_members_invite_guests_and_only_eligible_ones(api: Api) -> None:
    team = await a_team(api)
    path, anna = await idea(team), team.members[0]
    eva = {"person_id": team.people[4]}
    refused(await anna.post(f"{path}/guests", json=eva), 422, "cannot-be-guest", "person_id")
    await neighbours(api, team)
    for nobody in (team.people[1], new_id("person")):
        refused(await anna.post(f"{path}/guests", json={"person_id": nobody}), 422, "cannot-be-guest", "person_id")
    refused(await anna.post(f"{path}/guests", json={"person_id": "x"}), 422, "invalid", "person_id")
    refused(await team.facilitator.post(f"{path}/guests", json=eva), 403, "not-allowed")
    for outsider in (team.other, team.commissioner, team.stranger):
        refused(await outsider.post(f"{path}/guests", json=eva), 404, "not-found")
    refused(await anna.post(f"/trips/{new_id('trip')}/guests", json=eva), 404, "not-found")
    await invited(team, path, team.people[4])
    refused(await anna.post(f"{path}/guests", json=eva), 409, "as-it-is")


async def test_a_trip_is_on_the_agenda_of_its_guests(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    anna, path = team.members[0], await idea(team)
    await invited(team, path, team.people[4])
    day = (now() + timedelta(days=30)).date().isoformat()
    options = {"options": [{"starts_on": day, "ends_on": day}]}
    polled = await ok(await anna.post(f"{path}/date-poll", json=options), 200)
    option = polled["poll"]["options"][0]["option_id"]
    fixed_ = await ok(await anna.post(f"{path}/date", json={"option_id": option}), 200)
    for reader, expected in ((team.other, [fixed_["uid"]]), (anna, [fixed_["uid"]]), (team.commissioner, [])):
        agenda = await ok(await reader.get("/me/agenda", params=await ahead(api)), 200)
        assert [one["uid"] for one in agenda["items"]] == expected


async def test_only_one_of_two_simultaneous_invitations_stands(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path, eva = await idea(team), {"person_id": team.people[4]}
    both = await asyncio.gather(*(one.post(f"{path}/guests", json=eva) for one in team.members[:2]))
    assert sorted(one.status_code for one in both) == [201, 409]


async def test_a_guest_who_left_the_programme_still_owes_their_share(api: Api) -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path, anna, eva = await idea(team), team.members[0], team.people[4]
    await invited(team, path, eva)
    paid = {"payer": team.people[0], "amount": euros(500), "text": "Lunch"}
    await ok(await anna.post(f"{path}/expenses", json=paid))
    gone = f"/programmes/{team.programme}/participants/{eva}/withdrawal"
    await ok(await team.facilitator.post(gone, json={"reason": "Andere baan"}), 200)
    assert (await team.other.get(path)).status_code == 404
    shared = await ok(await anna.post(f"{path}/expenses", json={**paid, "amount": euros(400)}))
    assert [len(one["split"]) for one in shared["expenses"]] == [5, 4]
    [settled] = (await ok(await anna.get(f"{path}/settlement", params=await ahead(api)), 200))["settlements"]
    owing = {one["person_id"]: one["amount_minor"] for one in settled["balances"]}
    assert owing[eva] == -100
