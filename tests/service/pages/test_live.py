"""Live pages: what others do appears by itself, and what somebody is typing stays."""

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


BEGINNING = "retry: 3000"


async def test_a_change_by_somebody_else_appears_and_typed_text_stays(api: Api, tab: Page) -> None:
    setting = await programme(api)
    proposal = {"title": "Eerst?", "context": "Er speelt iets.", "organisation_id": setting.organisation}
    challenge = made(await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=proposal))["id"]
    await sign_in(tab, api, setting.ids[0])
    await tab.goto(f"{api.url}/challenges/{challenge}")
    await tab.get_by_text("Change the texts").click()
    field = tab.get_by_role("textbox", name="What is the matter")
    await field.fill("Half getypt")
    await setting.facilitator.post(f"/challenges/{challenge}/revision", json={"title": "Daarna?"})
    await expect(tab.locator("h1")).to_have_text("Daarna?")
    await expect(field).to_have_value("Half getypt")
    await expect(field).to_be_focused()


async def test_a_lost_connection_is_said_and_the_page_catches_up_when_it_is_back(api: Api, page: Page) -> None:
    setting = await programme(api)
    challenge = setting.challenges[0]
    await sign_in(page, api, setting.ids[0])
    await page.route("**/live/*", lambda route: route.abort())
    await page.goto(f"{api.url}/challenges/{challenge}")
    lost = page.get_by_text(re.compile("The connection is lost"))
    await expect(lost).to_be_visible()
    made(await setting.facilitator.post(f"/challenges/{challenge}/revision", json={"title": "Intussen?"}), 200)
    await page.unroute("**/live/*")
    await expect(lost).to_have_count(0, timeout=15_000)
    await expect(page.locator("h1")).to_have_text("Intussen?")


async def test_what_begins_and_ends_appears_and_disappears(api: Api, tab: Page) -> None:
    setting = await programme(api)
    await sign_in(tab, api, setting.ids[0])
    part = tab.get_by_role("region", name="The ballot")
    await expect(part).to_have_count(0)
    running = await ballot(setting, seats=1)
    await expect(part).to_be_visible()
    await expect(tab.locator("aside > section").first).to_have_attribute("data-part", "ballot")
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    await expect(part).to_have_count(0)


async def test_what_is_unfolded_and_focused_stays_so(api: Api, tab: Page) -> None:
    setting = await programme(api, challenges=1)
    page = f"/challenges/{setting.challenges[0]}"
    made(await setting.people[0].post(f"{page}/questions", json={"text": "Waarom nu?"}))
    await sign_in(tab, api, made(await setting.facilitator.get("/me"), 200)["person"]["id"])
    await tab.goto(api.url + page)
    summary = tab.locator("summary", has_text="Answer")
    await summary.focus()
    await tab.keyboard.press("Enter")
    made(await setting.people[1].post(f"{page}/questions", json={"text": "Voor wie?"}))
    await expect(tab.get_by_text("Voor wie?")).to_be_visible()
    await expect(summary.first).to_be_focused()
    await expect(tab.get_by_role("textbox", name="Your answer")).to_be_visible()


async def test_a_stream_says_nothing_about_what_its_reader_may_not_see(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=1)
    challenge = setting.challenges[0]
    outside = made(await setting.manager.post("/people", json={"name": "Bo", "email": api.address("bo")}))["id"]
    anna, bo = await visitors.of(setting.ids[0]), await visitors.of(outside)
    async with (
        anna.client.stream("GET", f"/live/{challenge}") as hers,
        bo.client.stream("GET", f"/live/{challenge}") as his,
    ):
        lines, others = hers.aiter_lines(), his.aiter_lines()
        assert (await anext(lines), await anext(others)) == (BEGINNING, BEGINNING)
        made(await setting.facilitator.post(f"/challenges/{challenge}/revision", json={"title": "Anders?"}), 200)
        assert "event: changed" in [await anext(lines) for _ in range(3)]
        assert his.num_bytes_downloaded == len(f"{BEGINNING}\n\n")


async def test_a_stream_begins_after_what_the_page_showed(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=1)
    challenge = setting.challenges[0]
    anna = await visitors.of(setting.ids[0])
    page = await anna.get(f"/challenges/{challenge}")
    address = re.search(r'data-live="([^"]+)"', page.text)
    assert address
    made(await setting.facilitator.post(f"/challenges/{challenge}/revision", json={"title": "Intussen?"}), 200)
    async with anna.client.stream("GET", address[1]) as stream:
        lines = stream.aiter_lines()
        assert "event: changed" in [await anext(lines) for _ in range(4)]
    assert "Intussen?" in (await anna.client.get(f"/challenges/{challenge}")).text, "the views know it by then"
