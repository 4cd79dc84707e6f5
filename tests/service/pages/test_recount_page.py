"""The recount on a page: started by a button, in the words of the page, under its content security policy."""

import json

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser import errors_of
from tests.service.pages.examples.recounting import SITE, Result, counted_ballot, serve

FORM = """
<form data-recount="/result" hidden
  data-counting="Bezig met tellen." data-fits="Zelf geteld uit {papers} biljetten: dezelfde uitslag."
  data-passed-on="Daarna ging een plaats over."
  data-differs="Deze telling komt anders uit: {parts}." data-part-selected="de keuze" data-part-tallies="de aantallen"
  data-part-trace="de stappen" data-part-tie-seed="het zaad"
  data-unknown-rule="Deze telregel is hier onbekend." data-stays-closed="De biljetten blijven dicht."
  data-no-cryptography="Dit adres is niet beveiligd." data-unreachable="De uitslag is niet op te halen.">
  <button>Tel opnieuw</button> <svg data-ring class="ring open"></svg> <p role="status"></p>
</form>
<script type="module" src="/recount/recount-page.js"></script>
"""
RIGHT = counted_ballot("approval/1", ["AB", "AC", "A", "B"], "ABC", 2)


async def pressed(page: Page, result: Result, html: str = FORM) -> None:
    """Open a page with this result, and press its button."""
    await serve(page.context, html=html, result=json.dumps(result))
    await page.goto(SITE)
    await page.get_by_role("button", name="Tel opnieuw").click()


@pytest.mark.parametrize(
    ("changes", "text", "ring"),
    [
        pytest.param({}, "Zelf geteld uit 4 biljetten: dezelfde uitslag.", "closed", id="fits"),
        pytest.param(
            {"status": "certified", "selected": ["A", "C"]},
            "Zelf geteld uit 4 biljetten: dezelfde uitslag. Daarna ging een plaats over.",
            "closed",
            id="a seat passed on",
        ),
        pytest.param(
            {"selected": ["B", "A"], "tallies": []},
            "Deze telling komt anders uit: de keuze en de aantallen.",
            "broken",
            id="differs",
        ),
        pytest.param({"tie_seed": "A" * 43}, "Deze telling komt anders uit: het zaad.", "broken", id="another seed"),
        pytest.param({"rule": "approval/2"}, "Deze telregel is hier onbekend.", "open", id="an unknown rule"),
        pytest.param({"stays_closed": True}, "De biljetten blijven dicht.", "open", id="closed papers"),
    ],
)
async def test_the_page_says_what_came_out(page: Page, changes: Result, text: str, ring: str) -> None:
    errors = errors_of(page.context)
    await pressed(page, RIGHT.result() | changes)
    await expect(page.get_by_role("status")).to_have_text(text)
    await expect(page.locator("[data-ring]")).to_have_class(f"ring {ring}")
    await expect(page.locator("form")).to_have_attribute("aria-busy", "false")
    assert errors == []


async def test_numbers_are_written_in_the_language_of_the_page(page: Page) -> None:
    await pressed(page, counted_ballot("approval/1", ["A"] * 1200, "AB", 1).result())
    await expect(page.get_by_role("status")).to_have_text("Zelf geteld uit 1.200 biljetten: dezelfde uitslag.")


async def test_the_button_works_by_keyboard_and_again(page: Page) -> None:
    await pressed(page, RIGHT.result() | {"selected": ["B", "A"]})
    await expect(page.locator("[data-ring]")).to_have_class("ring broken")
    await page.context.unroute_all()
    await serve(page.context, html=FORM, result=json.dumps(RIGHT.result()))
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-ring]")).to_have_class("ring closed")
    await expect(page.get_by_role("button")).to_be_focused()


async def test_a_result_that_cannot_be_fetched_is_not_a_wrong_one(page: Page) -> None:
    status = page.get_by_role("status")
    await serve(page.context, html=FORM, result="<!doctype html>Meld je aan.")
    await page.goto(SITE)
    for _ in range(2):
        await page.get_by_role("button").click()
        await expect(status).to_have_text("De uitslag is niet op te halen.")
        await expect(page.locator("[data-ring]")).to_have_class("ring open")
        await page.context.route(f"{SITE}/result", lambda route: route.abort())


async def test_an_answer_without_a_result_is_reported_as_an_error(page: Page) -> None:
    async with page.context.expect_event("weberror"):
        await pressed(page, {"detail": "?"})
    await expect(page.get_by_role("status")).to_have_text("De uitslag is niet op te halen.")


async def test_a_hostile_text_stays_a_text(page: Page) -> None:
    errors = errors_of(page.context)
    hostile = FORM.replace("dezelfde uitslag", "&lt;img src=x onerror=alert(1)&gt;")
    await pressed(page, RIGHT.result(), hostile)
    await expect(page.get_by_role("status")).to_have_text("Zelf geteld uit 4 biljetten: <img src=x onerror=alert(1)>.")
    assert errors == []


async def test_without_scripts_there_is_no_button_that_does_nothing(browser_context: BrowserContext) -> None:
    without = FORM.replace("<script", "<template").replace("</script>", "</template>")
    await serve(browser_context, html=without)
    page = await browser_context.new_page()
    await page.goto(SITE)
    await expect(page.locator("button")).to_be_hidden()
