"""Pages about a study trip: from the idea to its learnings, for everybody who may see some of it."""

import re
from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.guests import invited, neighbours
from tests.service.api.examples.team import a_team, ok
from tests.service.api.examples.trips import IDEA, booking, visit
from tests.service.pages.examples.trips import as_logged, guide_of, in_april, new_idea

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

FORM = re.compile(r'<form method="post" action="(/t[^"]+|/b[^"]+|/i[^"]+)"')
"""The forms of a page, except those of its frame."""


def forms(html: str) -> set[str]:
    """The last part of the action of each form."""
    return {one.rpartition("/")[2] for one in FORM.findall(html)}


async def test_a_member_proposes_a_trip_once(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/trips"
    sent = {**await anna.hidden(path, path), **IDEA, "theme": "<script>x</script>"}
    first, second = await anna.post(path, sent), await anna.post(path, sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    shown = (await anna.get(first.headers["Location"])).text
    assert "An idea: to Rotterdam" in shown
    assert "Propose dates" in shown
    assert "&lt;script&gt;x&lt;/script&gt;" in shown
    assert "<script>x" not in shown
    assert "an idea of Anna" in shown
    listed = (await anna.get(path)).text
    assert listed.count("/trips/trip_") == 1


async def test_what_is_missing_from_an_idea_is_named_in_dutch(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna = await visitors.of(team.people[0], "nl")
    answer = await anna.send(f"/teams/{team.id}/trips", {"destination": "Rotterdam"})
    assert answer.status_code == 422
    assert "Dit ontbreekt." in answer.text
    assert 'value="Rotterdam"' in answer.text


async def test_a_trip_is_booked_made_and_concluded(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    shown = (await anna.get(path)).text
    assert "To Rotterdam, 10–11 April 2017" in shown
    booked = await anna.send(path, {}, f"{path}/booked")
    assert booked.status_code == 303
    shown = (await anna.get(booked.headers["Location"])).text
    assert "Been there?" in shown
    assert "Nothing had to be booked." in shown
    empty = await anna.send(path, {"learnings": " "}, f"{path}/completion")
    assert empty.status_code == 422
    done = await anna.send(path, {"learnings": "Eén plek werkt."}, f"{path}/completion")
    assert done.status_code == 303
    shown = (await anna.get(done.headers["Location"])).text
    assert "What the trip to Rotterdam taught" in shown
    assert "Eén plek werkt." in shown
    assert "written down by Anna" in shown
    assert forms(shown) == set()


async def test_a_trip_is_cancelled_with_a_reason(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    stale = await anna.hidden(path, f"{path}/booked")
    assert (await anna.send(path, {}, f"{path}/cancellation")).status_code == 422
    cancelled = await anna.send(path, {"reason": "Staking"}, f"{path}/cancellation")
    assert cancelled.status_code == 303
    shown = (await anna.get(cancelled.headers["Location"])).text
    assert "The trip to Rotterdam is off" in shown
    assert "cancelled by Anna" in shown
    late = await anna.post(f"{path}/booked", stale)
    assert late.status_code == 409


async def test_people_see_as_much_of_a_trip_as_they_may(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path = await in_april(api, team)
    await ok(await team.members[0].post(f"{path}/itinerary", json=visit(9)))
    await ok(await team.members[0].post(f"{path}/bookings", json=booking(team)))
    alone = {"payer": team.people[1], "amount": {"amount_minor": 700, "currency": "EUR"}, "text": "Lunch"}
    await ok(await team.members[0].post(f"{path}/expenses", json=alone))
    await as_logged(api, team.members[0], path)
    for person in (team.people[4], team.commissioner_id):
        stranger = await visitors.of(person)
        for one in (path, f"{path}/dates", f"{path}/guests", f"/teams/{team.id}/trips"):
            assert (await stranger.get(one)).status_code == 404, one
    guide = await visitors.of(await guide_of(team))
    seen = (await guide.get(path)).text
    assert "Hotel New York" in seen
    assert "Lunch" in seen
    assert forms(seen) == set()
    await invited(team, path, team.people[4])
    await as_logged(api, team.members[0], path)
    eva = await visitors.of(team.people[4])
    seen = (await eva.get(path)).text
    assert "you are a guest" in seen
    assert "Mw. Jansen" in seen
    assert "Hotel New York" not in seen
    assert "Lunch" not in seen
    assert f'href="{path}/expenses"' in seen
    assert f'href="{path}/itinerary"' not in seen
    assert (await eva.get(f"{path}/itinerary")).status_code == 404


async def test_a_shared_trip_says_what_it_leaves_out(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    await ok(await team.members[0].post(f"{path}/itinerary", json=visit(9)))
    shared = {"item_id": path.removeprefix("/trips/"), "with": "programme"}
    await ok(await team.members[0].post(f"/teams/{team.id}/shares", json=shared))
    await as_logged(api, team.members[0], path)
    eva = await visitors.of(team.people[4])
    seen = (await eva.get(path)).text
    assert "Bezoek" in seen
    assert "Mw. Jansen" not in seen
    assert "What you do not read here" in seen
    for one in ("dates", "guests", "bookings", "expenses"):
        assert (await eva.get(f"{path}/{one}")).status_code == 404


async def test_an_earlier_time_shows_no_forms(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    before = await api.head()
    await ok(await team.members[0].post(f"{path}/itinerary", json=visit(9)))
    await as_logged(api, team.members[0], path)
    anna = await visitors.of(team.people[0])
    assert "Bezoek" in (await anna.get(path)).text
    then = (await anna.get(path, as_of=str(before))).text
    assert "Nothing is planned yet." in then
    assert forms(then) == set()
    assert (await anna.get(path, as_of="1")).status_code == 404
    assert forms((await anna.get(f"/teams/{team.id}/trips", as_of=str(before))).text) == set()


async def test_a_member_invites_somebody_of_another_cop(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path = await new_idea(api, team)
    anna = await visitors.of(team.people[0])
    page = (await anna.get(f"{path}/guests")).text
    offered = set(re.findall(r'<option value="(person_\w+)"', page))
    assert offered == {team.people[4], await guide_of(team)}
    sent = await anna.send(f"{path}/guests", {"person_id": team.people[4]})
    assert sent.status_code == 303
    shown = (await anna.get(sent.headers["Location"])).text
    assert "1 guest travels along" in shown
    assert "invited by Anna" in shown
    refused = await anna.send(f"{path}/guests", {"person_id": team.people[1]})
    assert refused.status_code == 422
    assert "A guest is a member of another CoP" in refused.text
