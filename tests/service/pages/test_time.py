"""The time bar: what it counts for whom, where it leads, and its slider in a browser."""

import re
from typing import TYPE_CHECKING, NamedTuple

from playwright.async_api import Page, expect

from tests.conftest import Api
from tests.service.api.examples.programme import made
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

POSITION = re.compile(r"as_of=(\d+)")


class Past(NamedTuple):
    """A programme that was entered afterwards: what happened is stated for September and October 2016."""

    challenge: str
    participant: str
    commissioner: str

    @property
    def page(self) -> str:
        return f"/challenges/{self.challenge}"


async def entered_afterwards(api: Api) -> Past:
    manager = await api.as_("manager")

    def on(day: str) -> dict[str, str]:
        return {"occurred_at": f"2016-{day}T10:00:00+02:00"}

    people = dict[str, str]()
    for name in ("guide", "other", "anna", "bank"):
        person = {"name": name, "email": api.address(name), **on("08-29")}
        people[name] = made(await manager.post("/people", json=person))["id"]
    bank = made(await manager.post("/organisations", json={"name": "Bank", **on("08-29")}))["id"]
    contact = {"person_id": people["bank"], "role": "commissioner", **on("08-30")}
    made(await manager.post(f"/organisations/{bank}/contacts", json=contact))
    opened = {"name": "Leergang", "edition": "2016", **on("08-31")}
    programme = made(await manager.post("/programmes", json=opened))["id"]
    for name, stated in (("guide", on("09-01")), ("other", {})):  # as of what Kring does by itself, no time is stated
        guide = {"person_id": people[name], **stated}
        made(await manager.post(f"/programmes/{programme}/facilitators", json=guide))
    made(await manager.post(f"/programmes/{programme}/invitations/hold", json=on("09-05")), 200)  # guides can read it
    enrolled = {"person_id": people["anna"], "organisation_id": bank, **on("09-12")}
    made(await manager.post(f"/programmes/{programme}/participants", json=enrolled))
    proposal = {"title": "Start-ups", "context": "Ze gaan weg.", "organisation_id": bank, **on("09-19")}
    challenge = made(await manager.post(f"/programmes/{programme}/challenges", json=proposal))["id"]
    made(await manager.post(f"/challenges/{challenge}/admission", json=on("10-03")), 200)
    return Past(challenge, people["anna"], people["bank"])


async def test_the_time_bar_counts_what_its_reader_may_read(api: Api, visitors: "Visitors") -> None:
    past = await entered_afterwards(api)
    anna, banker = await visitors.of(past.participant), await visitors.of(past.commissioner)
    assert "<h1>6 facts in 6 weeks</h1>" in (await anna.get("/time", back="/challenges")).text
    assert "<h1>5 facts in 6 weeks</h1>" in (await banker.get("/time", back="/")).text
    own = (await banker.get("/time", back=past.page)).text
    assert "<h1>2 facts in 3 weeks</h1>" in own
    assert own.count(f'href="{past.page}?as_of=') == 2
    # To a day, by the form on every page that has a past.
    assert 'action="/time"' in (await anna.get(past.page)).text
    then = await anna.get("/time", back="/challenges", day="2016-09-25")
    assert then.status_code == 303
    earlier = await anna.get(then.headers["Location"])
    assert "As it was on 19 September 2016, 10:00" in earlier.text
    assert '<form method="post" action="/challenges' not in earlier.text
    # Step by step.
    at = POSITION.search(then.headers["Location"])
    assert at is not None
    steps = {
        step: (await anna.get("/time", back="/challenges", as_of=at[1], step=step)).headers["Location"]
        for step in ("week-back", "fact-back", "fact-on", "week-on")
    }
    proposed = int(at[1])
    assert steps == {
        "week-back": f"/challenges?as_of={proposed - 1}",
        "fact-back": f"/challenges?as_of={proposed - 1}",
        "fact-on": f"/challenges?as_of={proposed + 1}",
        "week-on": "/challenges",
    }


async def test_a_day_at_which_nobody_can_look_is_an_error_in_words(api: Api, visitors: "Visitors") -> None:
    past = await entered_afterwards(api)
    anna = await visitors.of(past.participant, "nl")
    said = {
        "2999-01-01": "Deze dag moet nog komen.",
        "2016-08-01": "Kies 31 augustus 2016 of later: van daarvoor kun je hier niets lezen.",
        "gisteren": "Dit is geen dag: schrijf die als 2026-11-23.",
    }
    for day, wrong in said.items():
        answer = await anna.get("/time", back="/challenges", day=day)
        assert (answer.status_code, wrong in answer.text) == (422, True), day
        assert f'value="{day}"' in answer.text
    typed = await anna.get(past.page, as_of="2999-01-01")
    assert typed.status_code == 422
    assert "er valt niets terug te kijken" in typed.text
    assert f'href="/time?back=%2Fchallenges%2F{past.challenge}"' in typed.text
    before = await anna.get(past.page, as_of="1")
    assert before.status_code == 404
    assert "Op dat moment bestond dit nog niet" in before.text


async def test_the_slider_of_the_time_bar_works_by_keyboard(api: Api, tab: Page) -> None:
    past = await entered_afterwards(api)
    await sign_in(tab, api, past.participant)
    await tab.goto(api.url + past.page)
    await tab.get_by_text("Look back").first.click()
    slider = tab.get_by_role("slider", name="A moment to look back to")
    await slider.focus()
    await expect(slider).to_have_attribute("aria-valuetext", "Now")
    for _ in range(3):
        await tab.keyboard.press("ArrowLeft")
    await expect(slider).to_have_attribute("aria-valuetext", "week of 19 September 2016: 1 fact")
    assert tab.url == api.url + past.page
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(re.compile(r"\?as_of=\d+"))
    await expect(tab.get_by_text("As it was on 19 September 2016, 10:00")).to_be_visible()
    await tab.get_by_role("link", name="One fact on").click()
    await expect(tab.get_by_text("As it was on 3 October 2016, 10:00")).to_be_visible()
    await tab.get_by_role("link", name="One fact on").click()
    await tab.wait_for_url(api.url + past.page)
