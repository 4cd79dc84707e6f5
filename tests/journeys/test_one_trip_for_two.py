"""Two CoPs travel to London together with their facilitator: failed and cancelled bookings, costs in two currencies."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Api
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.guests import neighbours
from tests.service.api.examples.team import ATeam, a_team, ok
from tests.service.api.examples.trips import APRIL, JUNE, MAY, ahead, euros, pounds

Json = dict[str, Any]


@dataclass
class Travellers:
    """The CoP that travels, and its guests: three people of another CoP and the facilitator."""

    team: ATeam
    guests: list[httpx.AsyncClient]
    guest_ids: list[str]
    guide: str

    @property
    def all_ids(self) -> list[str]:
        return [*self.team.people[:4], *self.guest_ids, self.guide]


async def travellers(api: Api) -> Travellers:
    team = await a_team(api)
    guest_ids = [team.people[4]]
    for name in ("Fien", "Gijs"):
        body = {"name": name, "email": api.address(name.lower())}
        guest_ids.append((await ok(await team.manager.post("/people", json=body)))["id"])
        enrol = f"/programmes/{team.programme}/participants"
        await ok(await team.manager.post(enrol, json={"person_id": guest_ids[-1]}))
    await neighbours(api, team, *guest_ids)
    by_now = {"at_least": await api.kring.log.head()}
    listed = await ok(await team.facilitator.get(f"/programmes/{team.programme}/facilitators", params=by_now), 200)
    guests = [await api.as_("participant", one) for one in guest_ids]
    return Travellers(team, guests, guest_ids, listed["items"][0]["person_id"])


async def test_two_cops_travel_together_and_settle_to_the_cent(api: Api) -> None:
    group = await travellers(api)
    path = await dated(group)
    await planned(group, path)
    hostel, coach, tickets = await booked(api, group, path)
    await paid(group, path, hostel, coach, tickets)
    gone = f"/programmes/{group.team.programme}/participants/{group.guest_ids[2]}/withdrawal"
    await ok(await group.team.manager.post(gone, json={"reason": "Andere baan"}), 200)
    await settled(api, group, path)
    await over(api, group, path)


async def dated(group: Travellers) -> str:
    """Propose a trip, invite guests, change the options of a poll, and fix a date as a member."""
    anna, bert, cora, _ = group.team.members
    idea = await ok(
        await anna.post(f"/teams/{group.team.id}/trips", json={"theme": "Start-ups", "destination": "Londen"})
    )
    assert idea["status"] == "idea"
    path = f"/trips/{idea['id']}"
    for one in (*group.guest_ids, group.guide):
        invited = await ok(await bert.post(f"{path}/guests", json={"person_id": one}))
    assert invited["guest_ids"] == sorted([*group.guest_ids, group.guide])  # pyright: ignore[reportPossiblyUnboundVariable]  four were invited
    polled = await ok(await anna.post(f"{path}/date-poll", json={"options": [APRIL, MAY]}), 200)
    assert polled["status"] == "polling"
    april, may = (one["option_id"] for one in polled["poll"]["options"])
    for guest in (*group.guests, group.team.facilitator):
        await ok(await guest.put(f"{path}/availability", json={"answers": {april: "yes", may: "no"}}), 200)
    changed = await ok(await cora.post(f"{path}/date-poll", json={"options": [APRIL, JUNE]}), 200)
    assert {(one["option_id"], one["availability"]) for one in changed["poll"]["answers"]} == {(april, "yes")}
    assert len(changed["poll"]["answers"]) == 4
    refused(await group.guests[0].post(f"{path}/date", json={"option_id": april}), 403, "not-allowed")
    fixed = await ok(await bert.post(f"{path}/date", json={"option_id": april}), 200)
    assert (fixed["status"], fixed["fixed_by"], fixed["starts_on"]) == (
        "date_fixed",
        group.team.people[1],
        "2017-04-10",
    )
    return path


async def planned(group: Travellers, path: str) -> None:
    """Plan an itinerary whose last evening in London is past midnight at home."""
    dinner = {
        "starts_at": "2017-04-11T20:30:00+01:00",
        "ends_at": "2017-04-11T23:30:00+01:00",
        "title": "Diner",
        "place": "Shoreditch",
    }
    anna = group.team.members[0]
    refused(await anna.post(f"{path}/itinerary", json=dinner), 422, "outside-trip", "ends_at")
    wrong = {**dinner, "timezone": "Europe/Londen"}
    refused(await anna.post(f"{path}/itinerary", json=wrong), 422, "unknown-zone", "timezone")
    shown = await ok(await anna.post(f"{path}/itinerary", json={**dinner, "timezone": "Europe/London"}))
    [item] = shown["itinerary"]
    assert (item["timezone"], item["starts_at"], item["warnings"]) == ("Europe/London", "2017-04-11T19:30:00Z", [])
    refused(await group.guests[1].post(f"{path}/itinerary", json=dinner), 403, "not-allowed")


async def booked(api: Api, group: Travellers, path: str) -> tuple[str, str, str]:
    """Replace a failed hotel by a hostel, and a cancelled coach by tickets."""
    anna, bert, *_ = group.team.members

    async def ask(supplier: str, amount: Json, replaces: str | None = None) -> str:
        body = {"kind": "reis", "supplier": supplier, "amount": amount, "payer": {"person_id": group.team.people[0]}}
        requested = await ok(await anna.post(f"{path}/bookings", json={**body, "replaces_id": replaces}))
        assert (requested["status"], requested["replaces_id"]) == ("requested", replaces)
        return requested["id"]

    async def confirm(one: str) -> str:
        await ok(await bert.post(f"/bookings/{one}/confirmation", json={"reference": "LN-1"}), 200)
        return (await ok(await anna.get(path, params=await ahead(api)), 200))["status"]

    hotel, coach = await ask("Hotel", pounds(80_000)), await ask("Coach", euros(16_000))
    assert await confirm(coach) == "booking"
    failed = await ok(await bert.post(f"/bookings/{hotel}/failure", json={"reason": "Volgeboekt"}), 200)
    assert failed["status"] == "failed"
    refused(await bert.post(f"/bookings/{hotel}/confirmation", json={"reference": "x"}), 409, "booking-not-requested")
    hostel = await ask("Hostel", pounds(60_000), hotel)
    assert await confirm(hostel) == "booked"

    given_up = {"reason": "Trein is beter", "refund": euros(12_000)}
    cancelled = await ok(await bert.post(f"/bookings/{coach}/cancellation", json=given_up), 200)
    assert (cancelled["status"], cancelled["refund"]) == ("cancelled", euros(12_000))
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booking"
    refused(await anna.post(f"{path}/completion", json={"learnings": "x"}), 409, "trip-not-booked")
    tickets = await ask("Spoor", euros(9_001), coach)
    assert await confirm(tickets) == "booked"
    refused(await group.guests[0].post(f"/bookings/{tickets}/cancellation", json=given_up), 404, "not-found")
    return hostel, coach, tickets


async def paid(group: Travellers, path: str, hostel: str, coach: str, tickets: str) -> None:
    """Record expenses and for whom they were paid."""
    anna, bert, cora, dirk = group.team.people[:4]
    expenses = f"{path}/expenses"
    in_pounds = {"payer": anna, "amount": pounds(60_000), "text": "Hostel", "booking_id": hostel}
    shared = await ok(await group.team.members[0].post(expenses, json={**in_pounds, "settled_as": euros(70_000)}))
    assert [one["amount_minor"] for one in shared["expenses"][0]["split"]] == [7_500] * 8
    wrong = {**in_pounds, "booking_id": coach}
    refused(await group.team.members[0].post(expenses, json=wrong), 422, "not-of-the-booking", "booking_id")
    in_euros = {"payer": group.guest_ids[0], "amount": euros(16_000), "text": "Coach", "booking_id": coach}
    await ok(await group.guests[0].post(expenses, json=in_euros))
    parts = odd_cents(group)
    split = [{"person_id": one, "amount": euros(parts[one])} for one in parts]
    by_rail = {"payer": bert, "amount": euros(9_001), "text": "Trein", "booking_id": tickets, "split": split}
    await ok(await group.team.members[1].post(expenses, json=by_rail))
    lunch = [{"person_id": one, "amount": pounds(800)} for one in (cora, dirk, group.guide)]
    treat = {"payer": group.guide, "amount": pounds(2_400), "text": "Lunch", "split": lunch}
    await ok(await group.team.facilitator.post(expenses, json=treat))


def odd_cents(group: Travellers) -> dict[str, int]:
    """Split € 90.01 among seven, without the facilitator: 1285 cents each, and six odd cents."""
    seven = sorted(one for one in group.all_ids if one != group.guide)
    return {one: 1_286 if number < 6 else 1_285 for number, one in enumerate(seven)}


async def settled(api: Api, group: Travellers, path: str) -> None:
    """Compare with a calculation by hand: eight share € 700 and the € 40 of the coach not refunded: € 87.50 and € 5 each."""
    anna, bert, cora, dirk = group.team.people[:4]
    each, rail = 8_750 + 500, odd_cents(group)
    by_hand = {one: -each - rail.get(one, 0) for one in group.all_ids}
    by_hand[anna] += 70_000
    by_hand[bert] += 9_001
    by_hand[group.guest_ids[0]] += 16_000 - 12_000
    assert sum(by_hand.values()) == 0
    for reader in (group.team.members[3], group.guests[0], group.team.facilitator):
        shown = await ok(await reader.get(f"{path}/settlement", params=await ahead(api)), 200)
        in_euros, in_pounds = shown["settlements"]
        assert in_euros["currency"] == "EUR"
        assert {one["person_id"]: one["amount_minor"] for one in in_euros["balances"]} == by_hand
        assert {one["from"]: (one["to"], one["amount"]) for one in in_euros["transfers"]} == {
            one: (anna, euros(-owed)) for one, owed in by_hand.items() if one != anna
        }
        assert {(one["from"], one["to"], one["amount"]["amount_minor"]) for one in in_pounds["transfers"]} == {
            (cora, group.guide, 800),
            (dirk, group.guide, 800),
        }
    assert (await group.guests[2].get(f"{path}/settlement")).status_code == 404


async def over(api: Api, group: Travellers, path: str) -> None:
    """Check that a completed trip accepts no plans, but late expenses of those who have not left."""
    anna, eva = group.team.members[0], group.guests[0]
    refused(await eva.post(f"{path}/completion", json={"learnings": "x"}), 403, "not-allowed")
    assert (await ok(await anna.post(f"{path}/completion", json={"learnings": "Veel"}), 200))["status"] == "completed"
    late = {"person_id": group.team.commissioner_id}
    refused(await anna.post(f"{path}/guests", json=late), 409, "trip-over")
    option = (await ok(await eva.get(path), 200))["option_id"]
    refused(await eva.put(f"{path}/availability", json={"answers": {option: "no"}}), 409, "trip-over")
    forgotten = {"payer": group.guest_ids[0], "amount": euros(700), "text": "Taxi"}
    shared = await ok(await eva.post(f"{path}/expenses", json=forgotten))
    assert [one["amount_minor"] for one in shared["expenses"][-1]["split"]] == [100] * 7
    assert {one["text"] for one in shared["expenses"]} == {"Hostel", "Coach", "Trein", "Taxi"}
    complete = await ok(await anna.get(path, params=await ahead(api)), 200)
    assert len(complete["expenses"]) == 5
