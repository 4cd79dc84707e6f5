"""Pages by keyboard, by their names and order, enlarged, in forced colours and without motion (WCAG 2.2)."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import Api
from tests.service.api.examples.advice import drafted
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import ATeam, a_team
from tests.service.pages.examples.keyboard import Keyboard
from tests.service.pages.examples.visits import have_signed_in

VIEWS_TIMEOUT_S = 60.0
ROUNDING = 1  # pixel


class Seen(NamedTuple):
    """A CoP with an advice to judge, a programme with a ballot, and one that ranks."""

    api: Api
    team: ATeam
    voting: Setting
    ballot: str
    ranking: Setting

    def pages(self) -> list[tuple[str, str]]:
        """People, and a page of each."""
        team, member = f"/teams/{self.team.id}", self.team.people[1]
        own = [(member, path) for path in ("/", team, f"{team}/gatherings", f"{team}/advice", f"{team}/map", "/me")]
        return [*own, (self.voting.ids[1], f"/ballots/{self.ballot}"), (self.ranking.ids[1], "/preferences")]


@pytest.fixture(scope="module")
async def seen(shared_kring: Api) -> AsyncGenerator[Seen]:
    """The people and things that the tests here look at."""
    apis = [Api(shared_kring.url, shared_kring.kring) for _ in range(3)]  # each has addresses of its own
    team, voting, ranking = await a_team(apis[0]), await programme(apis[1]), await programme(apis[2])
    await drafted(team)
    running = await ballot(voting, seats=1)
    choice = {"challenge_ids": ranking.challenges, "how": "in_the_room", "reason": "Samen besloten."}
    made(await ranking.manager.post(f"/programmes/{ranking.programme}/choice", json=choice), 200)
    await shared_kring.kring.views.wait(await shared_kring.head(), VIEWS_TIMEOUT_S)
    yield Seen(shared_kring, team, voting, running, ranking)
    for one in apis:
        await one.close()


async def sign_in(page: Page, seen: Seen, person: str) -> None:
    """Sign a person in to this browser, in English."""
    await have_signed_in(page.context, seen.api, person)
    await page.context.add_cookies(
        [
            {
                "name": "__Host-kring-language",
                "value": "en",
                "url": seen.api.url.replace("http:", "https:"),
                "secure": True,
            }
        ]
    )


@pytest.mark.parametrize("size", [(1280, 800), (320, 256)], ids=["at 100 %", "at 400 %"])
async def test_a_person_proposes_votes_ranks_and_approves_by_keyboard(
    seen: Seen, page: Page, size: tuple[int, int]
) -> None:
    number = 0 if size[0] > 320 else 2
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    keys, url = Keyboard(page), seen.api.url
    await sign_in(page, seen, seen.voting.ids[number])
    await keys.open(f"{url}/challenges/new")
    await keys.go_to("textbox", "Your question")
    await keys.type("By keyboard?")
    await keys.go_to("textbox", "What is the matter")
    await keys.type("Without a mouse.")
    await keys.go_to("button", "Bring it in")
    await keys.press("Enter")
    await expect(page.locator("h1")).to_have_text("By keyboard?")
    await keys.open(f"{url}/ballots/{seen.ballot}")
    box = await keys.go_to("checkbox", "Vraagstuk 1")
    await keys.press("Space")
    await expect(box).to_be_checked()
    await keys.go_to("button", "Hand in your paper")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Your paper is in the box")).to_be_visible()
    await sign_in(page, seen, seen.ranking.ids[number])
    await keys.open(f"{url}/preferences")
    for title in ("Vraagstuk 2", "Vraagstuk 0"):
        await keys.open(f"{url}/preferences")
        await keys.go_to("button", f"Higher: {title}")
        await keys.press("Enter")
        await expect(page.get_by_text(f"{title} is now number 1", exact=True)).to_be_attached()
    await keys.go_to("button", "Hand in your order")
    await keys.press("Space")
    await expect(page.locator("h1")).to_have_text("This is the order in which you would work on them")
    await sign_in(page, seen, seen.team.people[number])
    await keys.open(f"{url}/teams/{seen.team.id}/advice")
    await keys.go_to("radio", "I approve")
    await keys.press("ArrowRight")
    await expect(page.get_by_role("radio", name="I dissent")).to_be_checked()
    await keys.press("ArrowLeft")
    await keys.go_to("button", "Record your verdict")
    await keys.press("Enter")
    await expect(page.get_by_text("members approved version")).to_be_visible()
    assert keys.unseen == []


async def test_screen_readers_meet_everything_in_order_and_by_name(seen: Seen, page: Page) -> None:
    await sign_in(page, seen, seen.voting.ids[3])
    await page.goto(f"{seen.api.url}/ballots/{seen.ballot}")
    await expect(page.locator("body")).to_match_aria_snapshot("""
      - link "To the content"
      - banner:
        - link "Kring"
        - navigation "Main menu":
          - link "Today"
          - link "Choice"
        - 'link "You: Person 3"'
      - region "Programme and time"
      - main:
        - heading "Which challenges do you want to work on?" [level=1]
        - group "Challenges on the ballot paper":
          - list:
            - listitem:
              - checkbox "Vraagstuk 0"
              - article:
                - heading "Vraagstuk 0" [level=2]
        - button "Hand in your paper"
        - complementary:
          - region "May you vote?"
          - region "How it works"
      - contentinfo:
        - link "How to recount it yourself"
    """)
    await page.goto(f"{seen.api.url}/challenges/new")
    await page.get_by_role("button", name="Bring it in").evaluate("one => one.form.noValidate = true")
    await page.get_by_role("button", name="Bring it in").click()
    await expect(page.locator("main")).to_match_aria_snapshot("""
      - heading "Bring in a challenge" [level=1]
      - alert:
        - paragraph:
          - strong: This was not recorded yet. What you entered is still here.
        - list:
          - listitem:
            - link "Your question"
          - listitem:
            - link "What is the matter"
      - combobox "For which organisation"
      - textbox "Your question" [invalid]
      - textbox "What is the matter" [invalid]
      - paragraph:
        - button "Bring it in"
    """)
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_role("textbox", name="Your question", exact=True)).to_have_accessible_description(
        "A question, in one sentence. This is missing."
    )
    await sign_in(page, seen, seen.team.people[3])
    await page.goto(f"{seen.api.url}/teams/{seen.team.id}/advice")
    await expect(page.locator("main")).to_match_aria_snapshot("""
      - navigation "Of this CoP":
        - list:
          - listitem:
            - link "Overview"
      - article:
        - heading "Start-ups" [level=1]
        - navigation "Contents"
        - region "The problem":
          - heading "The problem" [level=2]
        - region "The question"
        - region "The answer"
        - region "Recommendations":
          - article:
            - heading "Recommendation 1" [level=2]
        - region "Your verdict":
          - group "Your verdict":
            - radio "I approve"
            - radio "I dissent"
          - textbox "What you do not agree with (optional)"
          - paragraph:
            - button "Record your verdict"
    """)


@pytest.mark.parametrize("width", [640, 320], ids=["at 200 %", "at 400 %"])
async def test_no_page_scrolls_sideways_when_it_is_enlarged(seen: Seen, browser: Browser, width: int) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": width * 5 // 8}, device_scale_factor=1280 / width, reduced_motion="reduce"
    )
    page, wide = await context.new_page(), list[str]()
    for person, path in seen.pages():
        await sign_in(page, seen, person)
        await page.goto(seen.api.url + path)
        reached = await page.evaluate("document.documentElement.scrollWidth")
        if reached > width + ROUNDING:
            wide.append(f"{path} is {reached} wide")
    await context.close()
    assert wide == []


LOST = """
() => {
  const canvas = getComputedStyle(document.body).backgroundColor
  const lost = []
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x)
    return (a + 0.05) / (b + 0.05)
  }
  const style = (one) => getComputedStyle(one)
  for (const one of document.querySelectorAll(".button, .chip, .card, input:not([type=hidden], .segments *), textarea, select"))
    if (one.checkVisibility() && (!parseFloat(style(one).borderTopWidth) || contrast(style(one).borderTopColor, canvas) < 3))
      lost.push(`the border of ${one.outerHTML.slice(0, 80)}`)
  for (const one of document.querySelectorAll(".ring path, .icon, .seal, .cross :checked + svg path"))
    if (one.checkVisibility() && contrast(style(one).stroke, canvas) < 3) lost.push(`the line of ${one.outerHTML.slice(0, 80)}`)
  for (const one of document.querySelectorAll(".segments :checked")) {
    const another = one.closest(".segments").querySelector("input:not(:checked)")
    const [chosen, other] = [one, another].map((each) => style(each.closest("label")))
    if (contrast(chosen.backgroundColor, other.backgroundColor) < 3) lost.push("the chosen one of some segments")
    if (contrast(chosen.backgroundColor, chosen.color) < 4.5) lost.push("the text of the chosen one of some segments")
  }
  return lost
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_forced_colours_hide_no_mark_and_no_choice(seen: Seen, browser: Browser, scheme: str) -> None:
    context = await browser.new_context(
        forced_colors="active", color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page, lost = await context.new_page(), list[str]()
    for person, path in seen.pages():
        await sign_in(page, seen, person)
        await page.goto(seen.api.url + path)
        for chosen in ("I approve", "Vraagstuk 1"):
            box = page.get_by_role("radio", name=chosen).or_(page.get_by_role("checkbox", name=chosen))
            if await box.count():
                await box.check()
        lost += [f"{path}: {one}" for one in await page.evaluate(LOST)]
    await context.close()
    assert lost == []


MOVING = """
() => [
  ...(window.turned ? ["the page turns"] : []),
  ...document.getAnimations().map((one) => `${one.constructor.name} of ${one.effect.target.outerHTML.slice(0, 80)}`),
]
"""


async def test_nothing_moves_for_who_asked_for_less_motion(seen: Seen, browser: Browser) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    await context.add_init_script(
        "addEventListener('pagereveal', (event) => { window.turned = Boolean(event.viewTransition) })"
    )
    page, moving = await context.new_page(), list[str]()
    await sign_in(page, seen, seen.voting.ids[1])
    await page.goto(f"{seen.api.url}/challenges")
    for link in ("Today", "Choice"):
        await page.get_by_role("link", name=link, exact=True).click()
        await page.wait_for_load_state()
        moving += await page.evaluate(MOVING)
    await page.goto(f"{seen.api.url}/ballots/{seen.ballot}")
    await page.get_by_role("checkbox", name="Vraagstuk 2").check()
    await page.locator("summary").first.click()
    moving += await page.evaluate(MOVING)
    await context.close()
    assert moving == []
