"""The page about the date of a study trip."""

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.conftest import Api
from tests.service.api.examples.guests import invited, neighbours
from tests.service.api.examples.team import a_team, ok
from tests.service.pages.examples.trips import as_logged, in_april, new_idea, polled
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

ROWS = {"starts_1": "2027-02-16", "ends_1": "2027-02-17", "starts_3": "2027-03-09"}


async def test_dates_are_proposed_and_empty_rows_are_none(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    anna, dates = await visitors.of(team.people[0]), f"{path}/dates"
    page = (await anna.get(dates)).text
    assert page.count('type="date" id="poll') == 8
    sent = await anna.send(dates, {**ROWS, "starts_2": "", "ends_2": " "})
    assert sent.status_code == 303
    found = (await as_logged(api, team.members[0], path))["poll"]["options"]
    assert [(one["starts_on"], one["ends_on"]) for one in found] == [
        ("2027-02-16", "2027-02-17"),
        ("2027-03-09", "2027-03-09"),
    ]
    page = (await anna.get(sent.headers["Location"])).text
    assert "When can you come along?" in page
    assert "16–17 Feb" in page
    assert "Tuesday 16 – Wednesday 17 February 2027" in page


async def test_answers_to_dates_that_stay_are_kept(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    april, _ = await polled(team, path)
    await as_logged(api, team.members[0], path)
    bert, dates = await visitors.of(team.people[1]), f"{path}/dates"
    assert (await bert.send(dates, {f"answer_{april}": "if_needed"}, f"{path}/availability")).status_code == 303
    anna = await visitors.of(team.people[0])
    rows = {"starts_1": "2017-04-10", "ends_1": "2017-04-11", "starts_2": "2017-06-12"}
    assert (await anna.send(dates, rows)).status_code == 303
    poll = (await as_logged(api, team.members[0], path))["poll"]
    assert poll["options"][0]["option_id"] == april
    assert [(one["option_id"], one["availability"]) for one in poll["answers"]] == [(april, "if_needed")]


async def test_wrong_dates_are_named_by_row(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    anna, dates = await visitors.of(team.people[0], "nl"), f"{path}/dates"
    for rows, field, said in (
        ({}, "starts_1", "Vul minstens één datum in."),
        ({"starts_2": "2027-02-16", "ends_2": "2027-02-15"}, "ends_2", "begin"),
        ({"ends_2": "2027-02-15"}, "starts_2", "Vul ook de eerste dag in."),
        ({"starts_1": "2027-02-16", "starts_2": "2027-02-16"}, "starts_2", "dezelfde dagen"),
        ({"starts_1": "overmorgen"}, "starts_1", "geen datum"),
        ({"starts_1": "1850-01-01"}, "starts_1", "2000"),
        ({**ROWS, "answer_by": "2020-01-01T12:00"}, "answer_by", "in de toekomst"),
        ({**ROWS, "answer_by": "2027-03-28T02:30"}, "answer_by", "slaat dit uur over"),
    ):
        answer = await anna.send(dates, rows)
        assert answer.status_code == 422, rows
        assert f'id="poll-{field}-error"' in answer.text, rows
        assert said in answer.text, rows
        assert all(f'value="{one}"' in answer.text for one in rows.values())


async def test_a_guest_answers_and_decides_nothing(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await neighbours(api, team)
    path = await new_idea(api, team)
    april, may = await polled(team, path)
    await invited(team, path, team.people[4])
    await as_logged(api, team.members[0], path)
    eva, dates = await visitors.of(team.people[4]), f"{path}/dates"
    page = (await eva.get(dates)).text
    assert 'id="choice"' not in page
    assert 'name="starts_1"' not in page
    answers = {f"answer_{april}": "yes", f"answer_{may}": "no"}
    assert (await eva.send(dates, answers, f"{path}/availability")).status_code == 303
    hidden = await eva.hidden(dates, f"{path}/availability")
    refused = await eva.post(f"{path}/date", {**hidden, "option_id": april})
    assert refused.status_code == 403
    assert "You are not allowed to do this." in refused.text
    nothing = await eva.send(dates, {}, f"{path}/availability")
    assert nothing.status_code == 422
    assert "Choose an answer for at least one date." in nothing.text


async def test_who_is_slower_reads_that_the_date_was_fixed(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    april, may = await polled(team, path)
    await as_logged(api, team.members[0], path)
    anna, bert, dates = await visitors.of(team.people[0]), await visitors.of(team.people[1]), f"{path}/dates"
    answers, choice = await bert.hidden(dates, f"{path}/availability"), await bert.hidden(dates, f"{path}/date")
    sent = {**await anna.hidden(dates, f"{path}/date"), "option_id": may}
    first, second = await anna.post(f"{path}/date", sent), await anna.post(f"{path}/date", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    await as_logged(api, team.members[0], path)
    answer = await bert.post(f"{path}/availability", {**answers, f"answer_{april}": "no"})
    assert answer.status_code == 409
    assert "Meanwhile the date was fixed" in answer.text
    assert "You go on 8–9 May 2017" in answer.text
    assert re.search(rf'name="answer_{april}" value="no" checked', answer.text)
    other = await bert.post(f"{path}/date", {**choice, "option_id": april})
    assert other.status_code == 409
    assert (await as_logged(api, team.members[0], path))["option_id"] == may
    assert (await bert.send(dates, {f"answer_{april}": "no"}, f"{path}/availability")).status_code == 303
    assert (await bert.send(dates, {"option_id": april}, f"{path}/date")).status_code == 303
    assert (await as_logged(api, team.members[0], path))["option_id"] == april


async def test_an_earlier_poll_shows_its_answers_in_a_table_without_forms(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    head = await api.head()
    anna = await visitors.of(team.people[0])
    then = (await anna.get(f"{path}/dates", as_of=str(head - 1))).text
    assert 'class="poll"' in then
    assert "no answer yet" in then
    assert path + "/availability" not in then
    guide = await visitors.of(team.people[4])
    assert (await guide.get(f"{path}/dates")).status_code == 404


async def test_a_browser_adds_rows_and_shows_answers_as_they_come(api: Api, tab: Page) -> None:
    team = await a_team(api)
    path = await new_idea(api, team)
    await sign_in(tab, api, team.people[0])
    await tab.goto(f"{api.url}{path}/dates")
    await tab.get_by_role("button", name="Add a row").click()
    await tab.get_by_role("button", name="Add a row").click()
    for row, day in ((5, "2027-02-16"), (6, "2027-03-09")):
        await tab.get_by_label(f"Row {row}: first day").fill(day)
    await tab.get_by_role("button", name="Ask everybody").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("When can you come along?")
    first, second = (one["option_id"] for one in (await as_logged(api, team.members[0], path))["poll"]["options"])
    await tab.locator(f'input[name="answer_{second}"][value="yes"]').check()
    answered = await team.members[1].put(f"{path}/availability", json={"answers": {first: "no", second: "yes"}})
    await ok(answered, 200)
    cards = tab.locator(".options > li")
    await expect(cards.nth(0).get_by_text("Bert no", exact=True)).to_be_visible()
    await expect(tab.locator(f'input[name="answer_{second}"][value="yes"]')).to_be_checked()
    await tab.set_viewport_size({"width": 320, "height": 700})
    assert await tab.evaluate("document.documentElement.scrollWidth") == 320
    await tab.get_by_role("button", name="Keep your answers").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("When do you go?")
