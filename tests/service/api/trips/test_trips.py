"""A study trip over HTTP: permissions and answers."""

import asyncio
from datetime import timedelta
from typing import Any

from domain.events.trip import TripBooked
from domain.foundation import Selector
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.team import a_team, at, ok
from tests.service.api.examples.trips import APRIL, IDEA, JUNE, MAY, ahead, booking, euros, fixed, idea, pounds, visit

ANYBODY = new_id("person")


async def test_a_trip_from_idea_to_learnings(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, dirk = team.members
    proposed = await ok(await anna.post(f"/teams/{team.id}/trips", json=IDEA))
    assert (proposed["status"], proposed["theme"], proposed["timezone"]) == ("idea", IDEA["theme"], "Europe/Amsterdam")
    path = f"/trips/{proposed['id']}"

    ask = {"options": [APRIL, MAY], "answer_by": (now() + timedelta(days=1)).isoformat()}
    polled = await ok(await anna.post(f"{path}/date-poll", json=ask), 200)
    assert polled["status"] == "polling"
    april, may = (one["option_id"] for one in polled["poll"]["options"])
    await ok(await bert.put(f"{path}/availability", json={"answers": {april: "yes", may: "if_needed"}}), 200)
    await ok(await cora.put(f"{path}/availability", json={"answers": {april: "no"}}), 200)
    ask = {"options": [MAY, {**APRIL, "option_id": april}, JUNE]}
    polled = await ok(await dirk.post(f"{path}/date-poll", json=ask), 200)
    assert [one["option_id"] for one in polled["poll"]["options"]][:2] == [may, april]
    assert len(polled["poll"]["answers"]) == 3
    answer = await ok(await bert.post(f"{path}/date", json={"option_id": april}), 200)
    assert (answer["status"], answer["starts_on"], answer["fixed_by"]) == (
        "date_fixed",
        APRIL["starts_on"],
        team.people[1],
    )

    for hour in (8, 10, 12, 14):
        planned = await ok(await cora.post(f"{path}/itinerary", json=visit(hour)))
    assert [one["host"] for one in planned["itinerary"]] == ["Mw. Jansen"] * 4  # pyright: ignore[reportPossiblyUnboundVariable]  four were added
    requests = [
        await ok(await anna.post(f"{path}/bookings", json=booking(team, kind=one))) for one in ("hotel", "bus", "lunch")
    ]
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booking"
    for one in requests:
        confirmed = await ok(await bert.post(f"/bookings/{one['id']}/confirmation", json={"reference": "AB-12"}), 200)
        assert (confirmed["status"], confirmed["reference"]) == ("confirmed", "AB-12")
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booked"

    await ok(
        await anna.post(f"{path}/expenses", json={"payer": team.people[0], "amount": euros(1000), "text": "Lunch"})
    )
    body = {"payer": {"person_id": team.people[1]}, "amount": euros(500), "text": "Metro"}
    split = [{"person_id": team.people[0], "amount": euros(300)}, {"person_id": team.people[2], "amount": euros(200)}]
    answer = await bert.post(f"{path}/expenses", json={**body, "split": split})
    assert len((await ok(answer))["expenses"]) == 2
    [settled] = (await ok(await cora.get(f"{path}/settlement", params=at(answer)), 200))["settlements"]
    assert settled["currency"] == "EUR"
    assert sum(one["amount_minor"] for one in settled["balances"]) == 0
    assert {one["from"] for one in settled["transfers"]} == {team.people[2], team.people[3]}
    assert settled["fewest"] is True
    assert sum(one["amount"]["amount_minor"] for one in settled["transfers"]) == 700

    answer = await dirk.post(f"{path}/completion", json={"learnings": "Eén centrale plek werkt."})
    completed = await ok(answer, 200)
    assert (completed["status"], completed["learnings"]) == ("completed", "Eén centrale plek werkt.")
    assert await ok(await dirk.get(path, params=at(answer)), 200) == completed
    refused(await anna.post(f"{path}/cancellation", json={"reason": "Toch niet"}), 409, "trip-over")


async def test_a_trip_belongs_to_its_cop_and_is_hidden_from_others(api: Api) -> None:
    team = await a_team(api)
    path = await fixed(team)
    requested = await ok(await team.members[0].post(f"{path}/bookings", json=booking(team)))
    item = (await ok(await team.members[0].post(f"{path}/itinerary", json=visit(9))))["itinerary"][0]["id"]
    seen = [path, f"/teams/{team.id}/trips", f"{path}/bookings", f"/bookings/{requested['id']}", f"{path}/settlement"]
    seen.append(f"/itinerary-items/{item}")
    done: list[tuple[str, Any]] = [
        (f"{path}/bookings", booking(team)),
        (f"{path}/cancellation", {"reason": "x"}),
        (f"{path}/expenses", {"payer": team.people[0], "amount": euros(1), "text": "x"}),
        (f"/itinerary-items/{item}/removal", None),
        (f"/bookings/{requested['id']}/failure", {"reason": "x"}),
    ]
    for reader in (team.members[3], team.facilitator, team.manager):
        for one in seen:
            assert (await reader.get(one, params=await ahead(api))).status_code == 200, one
    for stranger in (team.other, team.commissioner, team.stranger):
        for one in seen:
            assert (await stranger.get(one)).status_code == 404, one
        for one, body in done:
            refused(await stranger.post(one, json=body), 404, "not-found")
    for one, body in done:
        refused(await team.facilitator.post(one, json=body), 403, "not-allowed")
    refused(await team.facilitator.post(f"/teams/{team.id}/trips", json=IDEA), 403, "not-allowed")


async def test_losing_a_required_booking_returns_a_booked_trip_to_booking(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], await fixed(team)
    refused(await anna.post(f"{path}/completion", json={"learnings": "x"}), 409, "trip-not-booked")
    assert (await ok(await anna.post(f"{path}/booked"), 200))["status"] == "booked"
    requested = await ok(await anna.post(f"{path}/bookings", json=booking(team)))
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booking"
    refused(await anna.post(f"{path}/booked"), 409, "still-to-book")
    await ok(await anna.post(f"/bookings/{requested['id']}/confirmation", json={"reference": "A"}), 200)
    refused(await anna.post(f"/bookings/{requested['id']}/cancellation"), 422, "reason-missing", "reason")
    cancellation = {"reason": "Te duur", "refund": euros(39_000)}
    cancelled = await ok(await anna.post(f"/bookings/{requested['id']}/cancellation", json=cancellation), 200)
    assert (cancelled["status"], cancelled["refund"]) == ("cancelled", euros(39_000))
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booking"
    listed = (await ok(await anna.get(f"{path}/bookings"), 200))["items"]
    assert [one["status"] for one in listed] == ["cancelled"]


async def test_only_one_of_two_simultaneous_last_confirmations_books_the_trip(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], await fixed(team)
    requested = [await ok(await anna.post(f"{path}/bookings", json=booking(team))) for _ in range(2)]
    confirmed = [
        member.post(f"/bookings/{one['id']}/confirmation", json={"reference": "A"})
        for member, one in zip(team.members, requested, strict=False)
    ]
    assert [one.status_code for one in await asyncio.gather(*confirmed)] == [200, 200]
    booked = api.kring.commands.mapper.query([Selector(types=[TripBooked], tags=[path.rpartition("/")[2]])])
    assert len((await api.kring.log.read(booked))[0]) == 1
    assert (await ok(await anna.get(path, params=await ahead(api)), 200))["status"] == "booked"


async def test_the_itinerary_is_changed_and_shortened_item_by_item(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], await fixed(team)
    item = (await ok(await anna.post(f"{path}/itinerary", json=visit(9, host=None))))["itinerary"][0]["id"]
    refused(await anna.post(f"{path}/itinerary", json=visit(9)), 409, "overlaps", "starts_at")
    changed = await ok(await anna.put(f"/itinerary-items/{item}", json=visit(10, "Rondleiding")), 200)
    assert [(one["id"], one["title"], one["sequence"]) for one in changed["itinerary"]] == [(item, "Rondleiding", 1)]
    shown = await ok(await anna.get(f"/itinerary-items/{item}", params=await ahead(api)), 200)
    assert (shown["title"], shown["host"]) == ("Rondleiding", "Mw. Jansen")
    removed = await ok(await anna.post(f"/itinerary-items/{item}/removal"), 200)
    assert removed["itinerary"] == []
    refused(await anna.put(f"/itinerary-items/{item}", json=visit(10)), 404, "not-found")
    refused(await anna.put(f"/itinerary-items/{new_id('item')}", json=visit(10)), 404, "not-found")


async def test_a_cancelled_trip_settles_what_was_actually_paid(api: Api) -> None:
    team = await a_team(api)
    (anna, bert, *_), path = team.members, await fixed(team)
    hotel = await ok(await anna.post(f"{path}/bookings", json=booking(team)))
    paid = {"payer": team.people[0], "amount": euros(40_000), "text": "Hotel", "booking_id": hotel["id"]}
    await ok(await anna.post(f"{path}/expenses", json=paid))
    cancelled = await ok(await bert.post(f"{path}/cancellation", json={"reason": "Te duur"}), 200)
    assert cancelled["status"] == "cancelled"
    given_up = {"reason": "Reis gaat niet door", "refund": euros(30_000)}
    await ok(await anna.post(f"/bookings/{hotel['id']}/cancellation", json=given_up), 200)
    late = {"payer": team.people[1], "amount": euros(400), "text": "Annuleringskosten"}
    answer = await bert.post(f"{path}/expenses", json=late)
    [settled] = (await ok(await anna.get(f"{path}/settlement", params=at(answer)), 200))["settlements"]
    balances = {one["person_id"]: one["amount_minor"] for one in settled["balances"]}
    assert balances == dict(zip(team.people, [7_400, -2_200, -2_600, -2_600], strict=False))
    assert (await ok(await anna.get(path), 200))["refunds"] == [{"booking_id": hotel["id"], "amount": euros(30_000)}]


STATUSES = ["idea", "polling", "date_fixed", "booking", "booked", "completed"]


async def test_a_trip_passes_through_every_status_from_idea_to_completed(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], await idea(team)
    shown = [(await ok(await anna.get(path, params=await ahead(api)), 200))["status"]]
    polled = await ok(await anna.post(f"{path}/date-poll", json={"options": [APRIL]}), 200)
    option = {"option_id": polled["poll"]["options"][0]["option_id"]}
    shown += [polled["status"], (await ok(await anna.post(f"{path}/date", json=option), 200))["status"]]
    requested = await ok(await anna.post(f"{path}/bookings", json=booking(team)))
    shown.append((await ok(await anna.get(path, params=await ahead(api)), 200))["status"])
    await ok(await anna.post(f"/bookings/{requested['id']}/confirmation", json={"reference": "A"}), 200)
    shown.append((await ok(await anna.get(path, params=await ahead(api)), 200))["status"])
    shown.append((await ok(await anna.post(f"{path}/completion", json={"learnings": "Veel"}), 200))["status"])
    assert shown == STATUSES


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("/itinerary", {**visit(9), "starts_at": "2017-04-09T09:00:00Z"}, "outside-trip", "starts_at"),
    ("/itinerary", {**visit(9), "ends_at": "2017-04-10T09:00:00Z"}, "wrong-order", "ends_at"),
    ("/date", {"option_id": new_id("option")}, "unknown-option", "option_id"),
    ("/bookings", {"payer": {}}, "one-payer", "payer"),
    ("/bookings", {"payer": {"person_id": new_id("person")}}, "unknown-person", "payer"),
    ("/bookings", {"amount": {"amount_minor": 1.5, "currency": "EUR"}}, "invalid", "amount.amount_minor"),
    ("/bookings", {"amount": {"amount_minor": 1, "currency": "euro"}}, "invalid", "amount.currency"),
    ("/expenses", {"split": [{"person_id": ANYBODY, "amount": euros(99)}]}, "not-a-traveller", "split"),
    ("/expenses", {"split": [{"amount": euros(99)}]}, "split-differs", "split"),
    ("/expenses", {"split": [{"amount": pounds(100)}]}, "invalid-field", "split"),
    ("/expenses", {"split": [{"amount": euros(50)}, {"amount": euros(50)}]}, "invalid-field", "split"),
    ("/expenses", {"payer": new_id("person")}, "not-a-traveller", "payer"),
    ("/expenses", {"amount": euros(0)}, "nothing-paid", "amount"),
    ("/expenses", {"booking_id": new_id("booking")}, "not-of-the-booking", "booking_id"),
    ("/bookings", {"replaces_id": new_id("booking")}, "unknown-booking", "replaces_id"),
    ("/itinerary", {**visit(9), "timezone": "Europe/Nowhere"}, "unknown-zone", "timezone"),
]


async def test_bad_input_names_its_field(api: Api) -> None:
    team = await a_team(api)
    trip, me = await fixed(team), team.people[0]
    valid = {"/bookings": booking(team), "/expenses": {"payer": me, "amount": euros(100), "text": "Lunch"}}
    for path, changes, code, field in BAD:
        body: dict[str, Any] = {**valid.get(path, {}), **changes}
        if "split" in body:
            body["split"] = [{"person_id": me, **one} for one in body["split"]]
        refused(await team.members[0].post(f"{trip}{path}", json=body), 422, code, field)


async def test_an_expense_sent_twice_is_shared_once(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], await idea(team)
    body = {"payer": team.people[0], "amount": euros(100), "text": "Kaartje", "settled_as": euros(105)}
    answers = [await anna.post(f"{path}/expenses", json=body, headers={"Idempotency-Key": "x"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await ok(answers[1]))["expenses"]) == 1
