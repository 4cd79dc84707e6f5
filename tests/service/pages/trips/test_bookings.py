"""Pages about bookings."""

from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.team import a_team
from tests.service.pages.examples.trips import as_logged, in_april, request_of

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_the_last_confirmation_books_the_trip(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0], "nl")
    fields = request_of(team.bank, amount="1.250,50", free_until="2017-04-01T12:00")
    assert (await anna.send(f"{path}/bookings", fields)).status_code == 303
    [made] = (await as_logged(api, team.members[0], f"{path}/bookings"))["items"]
    assert made["amount"] == {"amount_minor": 125_050, "currency": "EUR"}
    assert made["payer"]["organisation_id"] == team.bank
    assert made["free_cancellation_until"] == "2017-04-01T10:00:00Z"
    assert made["required"]
    page = f"/bookings/{made['id']}"
    shown = (await anna.get(page)).text
    assert "De Lading heeft nog niet bevestigd" in shown
    assert "€\N{NO-BREAK SPACE}1.250,50" in shown
    confirmed = await anna.send(page, {"reference": "DL-4"}, f"{page}/confirmation")
    assert confirmed.status_code == 303
    shown = (await anna.get(confirmed.headers["Location"])).text
    assert "De Lading heeft bevestigd" in shown
    assert "bevestigd door Anna" in shown
    assert (await as_logged(api, team.members[0], path))["status"] == "booked"


async def test_two_people_cannot_both_settle_a_booking(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    await anna.send(f"{path}/bookings", request_of(team.people[0]))
    [made] = (await as_logged(api, team.members[0], f"{path}/bookings"))["items"]
    page = f"/bookings/{made['id']}"
    stale = await bert.hidden(page, f"{page}/failure")
    await anna.send(page, {"reference": "DL-4"}, f"{page}/confirmation")
    await as_logged(api, team.members[0], page)
    answer = await bert.post(f"{page}/failure", {**stale, "reason": "Vol"})
    assert answer.status_code == 409
    assert "De Lading confirmed" in answer.text


async def test_amounts_are_refused_beside_their_field(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0], "nl")
    for changes, field, said in (
        ({"amount": "12.50"}, "amount", "Dit is geen bedrag."),
        ({"amount": "12,505"}, "amount", "hoogstens 2 decimalen"),
        ({"amount": "12,50", "currency": "XYZ"}, "amount", "Kies een valuta uit de lijst."),
        ({"free_until": "2027-03-28T02:30"}, "free_until", "slaat dit uur over op 28 maart 2027"),
        ({"payer": "person_nobody"}, "payer", ""),
    ):
        answer = await anna.send(f"{path}/bookings", {**request_of(team.people[0]), **changes})
        assert answer.status_code == 422, changes
        assert f'id="newbooking-{field}-error"' in answer.text, changes
        assert said in answer.text, changes
        assert 'value="De Lading"' in answer.text


async def test_a_cancelled_booking_is_refunded_in_its_currency(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    await anna.send(f"{path}/bookings", request_of(team.people[0], currency="GBP"))
    [made] = (await as_logged(api, team.members[0], f"{path}/bookings"))["items"]
    page = f"/bookings/{made['id']}"
    too_high = await anna.send(page, {"reason": "Te duur", "refund": "400.01"}, f"{page}/cancellation")
    assert too_high.status_code == 422
    assert "at most its amount" in too_high.text
    cancelled = await anna.send(page, {"reason": "Te duur", "refund": "350.00"}, f"{page}/cancellation")
    assert cancelled.status_code == 303
    shown = (await anna.get(cancelled.headers["Location"])).text
    assert "£350.00" in shown
    assert "Request another booking" in shown
    assert "The trip needs something instead of the booking at De Lading." in (await anna.get(path)).text
    fields = request_of(team.people[0], replaces_id=made["id"], free_until="2099-01-10T12:00")
    other = await anna.send(f"{path}/bookings", fields)
    assert other.status_code == 303
    shown = (await anna.get(other.headers["Location"])).text
    assert "The trip needs something instead" not in shown
    assert "Free of charge to cancel until 10 January 2099, 12:00" in shown


async def test_bookings_are_hidden_from_others(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    await anna.send(f"{path}/bookings", request_of(team.people[0]))
    [made] = (await as_logged(api, team.members[0], f"{path}/bookings"))["items"]
    assert (await eva.get(f"/bookings/{made['id']}")).status_code == 404
    assert (await eva.get(f"{path}/bookings")).status_code == 404
    hidden = await anna.hidden(f"/bookings/{made['id']}", f"/bookings/{made['id']}/confirmation")
    assert (await eva.post(f"/bookings/{made['id']}/confirmation", hidden)).status_code == 401
