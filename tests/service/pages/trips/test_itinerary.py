"""Pages about the itinerary of a study trip."""

from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.team import a_team
from tests.service.pages.examples.trips import as_logged, in_april, new_idea, stop

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_an_item_is_added_changed_and_removed(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    added = await anna.send(f"{path}/itinerary", stop())
    assert added.status_code == 303, added.text
    later = stop(title="Lunch", starts_at="2017-04-10T14:00", ends_at="2017-04-10T15:00")
    assert (await anna.send(f"{path}/itinerary", later)).status_code == 303
    [first, _] = (await as_logged(api, team.members[0], path))["itinerary"]
    shown = (await anna.get(path)).text
    assert "Monday 10 April" in shown
    assert "1 hour and 30 minutes in between" in shown
    assert first["starts_at"] == "2017-04-10T08:30:00Z"
    page = f"/itinerary-items/{first['id']}"
    assert (await anna.send(page, stop(location="Werfcampus"))).status_code == 303
    assert "changed by Anna" in (await anna.get(page, recorded=str(await api.head()))).text
    assert (await anna.send(page, {}, f"{page}/removal")).status_code == 303
    left = (await as_logged(api, team.members[0], path))["itinerary"]
    assert [one["title"] for one in left] == ["Lunch"]


async def test_an_item_that_does_not_fit_is_refused_beside_its_field(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0], "nl")
    await anna.send(f"{path}/itinerary", stop())
    for changes, status, field, said in (
        ({}, 409, "starts_at", "Op die tijd staat al iets anders"),
        ({"starts_at": "2017-04-09T10:00"}, 422, "starts_at", "Dit valt niet tussen"),
        ({"starts_at": "2017-04-10T13:00", "ends_at": "2017-04-10T12:59"}, 422, "ends_at", "begin"),
        ({"starts_at": "straks"}, 422, "starts_at", "Dit is geen dag met een tijd."),
        ({"timezone": "Europe/Zwolle"}, 422, "timezone", "Deze tijdzone bestaat niet."),
    ):
        answer = await anna.send(f"{path}/itinerary", stop(**changes))
        assert answer.status_code == status, changes
        assert f'id="stop-{field}-error"' in answer.text, changes
        assert said in answer.text, changes
        assert 'value="Mw. Jansen"' in answer.text


async def test_a_skipped_hour_is_named_and_a_doubled_one_asked_for(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    anna = await visitors.of(team.people[0])
    skipped = {"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T04:00"}
    answer = await anna.send(f"{path}/itinerary", stop(**skipped))
    assert answer.status_code == 422
    assert "skip this hour on 28 March 2027" in answer.text
    twice = {"starts_at": "2027-10-31T02:30", "ends_at": "2027-10-31T04:00"}
    answer = await anna.send(f"{path}/itinerary", stop(**twice))
    assert answer.status_code == 422
    assert 'name="starts_turn"' in answer.text
    assert (await anna.send(f"{path}/itinerary", stop(**twice, starts_turn="second"))).status_code == 303
    [item] = (await as_logged(api, team.members[0], path))["itinerary"]
    assert item["starts_at"] == "2027-10-31T01:30:00Z"
    assert "02:30 (GMT+01:00)" in (await anna.get(path)).text
    page = (await anna.get(f"/itinerary-items/{item['id']}")).text
    assert 'name="starts_turn" value="second" checked' in page


async def test_a_place_in_another_zone_shows_its_own_times(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    assert (await anna.send(f"{path}/itinerary", stop(timezone="Europe/London"))).status_code == 303
    [item] = (await as_logged(api, team.members[0], path))["itinerary"]
    assert item["starts_at"] == "2017-04-10T09:30:00Z"
    shown = (await anna.get(path)).text
    assert "Times of Europe/London" in shown
    assert ">10:30</time>" in shown


async def test_somebody_elses_change_is_shown_beside_ones_own(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    await anna.send(f"{path}/itinerary", stop())
    [item] = (await as_logged(api, team.members[0], path))["itinerary"]
    page = f"/itinerary-items/{item['id']}"
    stale = await bert.hidden(page, page)
    await anna.send(page, stop(location="Werfcampus"))
    await as_logged(api, team.members[0], path)
    answer = await bert.post(page, {**stale, **stop(location="De Kraan")})
    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert "<dd>Werfcampus</dd>" in answer.text
    assert 'value="De Kraan"' in answer.text
    assert (await bert.send(page, stop(location="De Kraan"))).status_code == 303
