"""Forms when something comes between: two presses, two tabs, the back button, a slow network, a sign-in that has ended."""

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Page, expect

from service.commands import CommandHandler
from tests.conftest import Api
from tests.service.api.examples.programme import made, programme
from tests.service.pages.examples.visits import SESSION, sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

TELL = """
new MutationObserver(() => {
  for (const one of document.querySelectorAll("form [role=status]")) console.log(one.textContent)
}).observe(document, { childList: true, subtree: true })
"""
"""Tells what forms say: nothing else can be asked of a page that waits for its successor."""
PROPOSED = re.compile("/challenges/challenge_")


async def fill_in(page: Page, title: str = "How?") -> None:
    """Fill in a proposal."""
    await page.get_by_label("Your question").fill(title)
    await page.get_by_label("What is the matter").fill("Something is.")


def bare(address: str) -> str:
    """An address without its query."""
    return address.partition("?")[0]


async def test_pressing_twice_on_a_slow_network_sends_once_and_the_page_says_so(
    api: Api, tab: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = await programme(api, challenges=0)
    await sign_in(tab, api, setting.ids[0])
    await tab.add_init_script(TELL)
    await tab.goto(f"{api.url}/challenges/new")
    execute, received, goes_on = CommandHandler.execute, list[object](), asyncio.Event()

    async def slow(self: CommandHandler, command: Any, **named: Any) -> Any:
        received.append(command)
        await goes_on.wait()
        return await execute(self, command, **named)

    monkeypatch.setattr(CommandHandler, "execute", slow)
    await fill_in(tab)
    try:
        async with tab.expect_console_message(lambda one: one.text == "This is being sent."):
            await tab.get_by_role("button", name="Bring it in").dblclick(no_wait_after=True)
    finally:
        goes_on.set()
    await tab.wait_for_url(PROPOSED)
    assert len(received) == 1


async def test_after_the_back_button_the_same_form_is_recorded_once_and_another_text_again(
    api: Api, page: Page
) -> None:
    setting = await programme(api, challenges=0)
    await sign_in(page, api, setting.ids[0])
    await page.goto(f"{api.url}/challenges/new")
    send = page.get_by_role("button", name="Bring it in")

    await fill_in(page)
    await send.click()
    await page.wait_for_url(PROPOSED)
    first = bare(page.url)
    await page.go_back()
    await expect(page.get_by_label("Your question")).to_have_value("How?")
    await send.click()
    await page.wait_for_url(PROPOSED)
    assert bare(page.url) == first
    await page.go_back()
    await fill_in(page, "Or so?")
    await send.click()
    await expect(page.locator(".summary")).to_contain_text("You sent this form before")
    await expect(page.get_by_label("Your question")).to_have_value("Or so?")
    await send.click()
    await page.wait_for_url(PROPOSED)
    await expect(page.locator("h1")).to_have_text("Or so?")


async def test_what_was_typed_is_sent_after_signing_in_again_in_another_tab(api: Api, page: Page) -> None:
    setting = await programme(api, challenges=0)
    await sign_in(page, api, setting.ids[0])
    await page.goto(f"{api.url}/challenges/new")
    await fill_in(page)
    await page.context.clear_cookies(name=SESSION)
    await page.get_by_role("button", name="Bring it in").click()
    await expect(page.locator("h1")).to_have_text("Sign in again; what you entered is kept")
    await expect(page.get_by_text("Something is.")).to_be_visible()
    await sign_in(await page.context.new_page(), api, setting.ids[0])
    for title in ("Send this once more", "How?"):
        await page.get_by_role("button", name="Send it").click()
        await expect(page.locator("h1")).to_have_text(title)


async def test_a_form_acts_in_the_programme_that_it_was_opened_in(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    other = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    enrolled = {"person_id": setting.ids[0], "organisation_id": setting.organisation}
    made(await setting.manager.post(f"/programmes/{other}/participants", json=enrolled))
    anna = await visitors.of(setting.ids[0])
    form = await anna.hidden("/challenges/new", "/challenges/new")
    here = form["place"].removeprefix("participant.")
    elsewhere = other if here == setting.programme else setting.programme
    switched = await anna.send("/challenges/new", {"to": f"participant.{elsewhere}"}, action="/place")
    assert switched.status_code == 303
    assert (await anna.hidden("/challenges/new", "/challenges/new"))["place"] == f"participant.{elsewhere}"
    proposal = {"title": "Hoe?", "context": "Er is iets.", "organisation_id": setting.organisation}
    assert (await anna.post("/challenges/new", {**form, **proposal})).status_code == 303
    for one, expected in ((here, 1), (elsewhere, 0)):
        board = await setting.people[0].get(f"/programmes/{one}/challenges", params={"at_least": await api.head()})
        assert len(made(board, 200)["items"]) == expected
