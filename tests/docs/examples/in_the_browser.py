"""A tutorial, followed in a browser by its own words: the names that it prints in bold are those of buttons, links and texts.

- Press **name**, or press **name** beside **text**: press that button or link (in the same row as the text).
- Fill in `text` under **name**: fill in that field.
- Choose `option` under **name**: choose it in that list.
- Cross **name**: tick that box.
- Press `←` three times: press that key.
- <address>: open it.
- Any other **text** can be read on the page.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import Error, Locator, Page, expect

STEP = re.compile(
    r"[Pp]ress `(?P<key>[^`]+)`(?P<thrice> three times)?"
    r"|[Ff]ill in `(?P<entry>[^`]+)` under \*\*(?P<field>.+?)\*\*"
    r"|[Cc]hoose `(?P<option>[^`]+)` under \*\*(?P<list>.+?)\*\*"
    r"|[Pp]ress \*\*(?P<press>.+?)\*\*(?: beside \*\*(?P<beside>.+?)\*\*)?"
    r"|[Cc]ross \*\*(?P<box>.+?)\*\*"
    r"|<(?P<address>http[^>]+)>"
    r"|\*\*(?P<text>.+?)\*\*"
)
KEYS = {"←": "ArrowLeft", "Enter": "Enter"}
TIMEOUT_MS = 15_000


def steps_of(tutorial: Path) -> Iterator[re.Match[str]]:
    """The steps of a tutorial, in order."""
    prose = re.sub(r"^```.*?^```", "", tutorial.read_text(), flags=re.DOTALL | re.MULTILINE)
    yield from STEP.finditer(re.sub(r"\s+", " ", prose))


async def follow(tab: Page, tutorial: Path, url: str) -> list[str]:
    """Follow a tutorial in this tab, on the Kring at `url`; return the first step that is not possible, if there is one."""
    tab.set_default_timeout(TIMEOUT_MS)
    for step in steps_of(tutorial):
        try:
            await _follow(tab, step, url)
        except (Error, AssertionError) as error:
            return [f"{tutorial.name}: “{step[0]}” at {tab.url}: {str(error).splitlines()[0]}"]
    return []


async def _follow(tab: Page, step: re.Match[str], url: str) -> None:
    match step.lastgroup:
        case "address":
            await tab.goto(re.sub(r"http://127.0.0.1:\d+", url, step["address"]))
        case "key" | "thrice":
            await tab.get_by_role("slider").focus()
            for _ in range(3 if step["thrice"] else 1):
                await tab.keyboard.press(KEYS[step["key"]])
        case "field":
            await tab.get_by_label(step["field"]).fill(step["entry"])
        case "list":
            await tab.get_by_label(step["list"]).select_option(label=step["option"])
        case "box":
            await tab.locator("label").filter(has_text=step["box"]).last.click()
            await expect(tab.get_by_label(step["box"]).first).to_be_checked(timeout=TIMEOUT_MS)
        case "press":
            await _named(tab.locator("body"), step["press"]).click()
        case "beside":
            await _named(tab.get_by_role("listitem").filter(has_text=step["beside"]), step["press"]).click()
        case _:
            await expect(tab.get_by_text(step["text"]).filter(visible=True).first).to_be_visible(timeout=TIMEOUT_MS)


def _named(inside: Locator, name: str) -> Locator:
    """The button, link or fold with this name, which may go on for people who do not see it: “To the poll: Ghent”."""
    whole = re.compile(rf"^\s*{re.escape(name)}\s*(:|$)")
    folds = inside.locator("summary").filter(has_text=name)
    links = inside.get_by_role("link", name=whole)
    return links.or_(inside.get_by_role("button", name=whole)).or_(folds).first
