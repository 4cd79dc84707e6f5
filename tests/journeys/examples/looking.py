"""Looking at pages in a real browser: their faults, and pictures of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import httpx
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FloatRect, Page

from domain.foundation import Caller, PersonId
from domain.trips.guests import TripRights
from service.auth.places import Place, places_in
from service.clock_and_ids import now
from service.demo.case import COPS, PROGRAMME
from service.pages.frame.visit import key_of
from service.reading.role_holders import role_holders
from tests.browser import errors_of
from tests.conftest import PLAIN, Api
from tests.service.pages.examples.every_page import SIGNED_OUT, Found, crawl, routes
from tests.service.pages.examples.visits import Visitor, sign_in, visitor_of

PEOPLE_OF_DEMO = {
    "participant": COPS[0].members[0],
    "facilitator": PROGRAMME.in_role("facilitator")[0].key,
    "commissioner": COPS[0].commissioner,
    "manager": PROGRAMME.in_role("manager")[0].key,
    "auditor": PROGRAMME.in_role("auditor")[0].key,
}
"""The keys of people of the demo's edition of 2016, by the role in which they look."""
NOT_LINKED: set[str] = {
    "/sign-in/{link:str}",
    "/stories/{organisation:str}",
    "/mailbox",
    "/design",
    "/mailbox/{person:str}/{name:str}",
    "/api/v1/docs",
    "/announcements/{announcement:str}",
    "/itinerary-items/{item:str}",
    "/trips/{trip:str}/bookings",
    "/trips/{trip:str}/itinerary",
    "/files/{thing:str}",
    "/ballots/{ballot:str}/rounds/{number:int}",
}
"""Routes that no page links to for these people, on a Kring that is not on one's own machine.

The demo has no files, and no count that ranks.
"""
MAX_HTML_BYTES, MAX_FIRST_LOAD_BYTES = 50_000, 100_000
MAX_PICTURE_HEIGHT = 12_000
"""Pixels; Chromium makes no picture of a page of more than 16 384."""
ROUNDING = 1  # pixel
NARROW = 320  # WCAG 2.2, 1.4.10
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHIFT = """
() => new Promise((resolve) => {
  let total = 0
  new PerformanceObserver((list) => { for (const one of list.getEntries()) total += one.value })
    .observe({ type: "layout-shift", buffered: true })
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(total)))
})
"""
LOADED = """
() => performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, 0)
    + performance.getEntriesByType("navigation")[0].transferSize
"""


class Look(NamedTuple):
    """One way to look at a page."""

    language: Literal["nl", "en"]
    scheme: Literal["light", "dark"]
    width: int


EVERY = tuple(
    Look(language, scheme, width) for language in ("nl", "en") for scheme in ("light", "dark") for width in (390, 1280)
)
COVERING = (Look("nl", "light", 390), Look("en", "dark", 1280))
"""Two ways to look that contain each language, scheme and width once."""


class Onlooker(NamedTuple):
    """A person who looks at pages. `place`: the one that they switch to, if they have several."""

    person: PersonId
    place: Place | None = None


Onlookers = dict[str, Onlooker]
"""The people who look, by the name under which faults and pictures mention them."""


async def people_of_demo(api: Api) -> Onlookers:
    """People of the edition of 2016, by their role; found by their addresses, since their names may be hostile."""
    addresses = {one.key: one.email for one in PROGRAMME.people}
    found = Onlookers()
    for who, key in PEOPLE_OF_DEMO.items():
        holder = await api.kring.commands.holder("email", addresses[key])
        assert holder is not None, f"the demo registers {key}"
        found[who] = Onlooker(PersonId(holder))
    return found


async def people_of_today(api: Api) -> Onlookers:
    """The people of the living edition whom the start page offers, in each of their places."""
    found = Onlookers()
    for holder in await role_holders(api.kring):
        by = Caller(role="participant", person=holder.person, via="looking", at=now())
        rights, _ = await api.kring.commands.load(TripRights(by))
        for number, place in enumerate(places_in(rights)):
            who = f"{place.role}-today{number or ''}"
            found[who] = Onlooker(holder.person, place if number else None)
    return found


async def pages_of(api: Api, people: Onlookers) -> list[Found]:
    """The pages that these people, and somebody who is not signed in, come to."""
    known, found = routes(), list[Found]()
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=30, verify=PLAIN) as client:
        found += await crawl(Visitor(client, ""), SIGNED_OUT, known)
    for who, (person, place) in people.items():
        visitor = await visitor_of(api, person, place=place)
        async with visitor.client:
            found += await crawl(visitor, who, known)
    return found


async def look_at(
    api: Api,
    browser: Browser,
    people: Onlookers,
    found: Sequence[Found],
    look: Look,
    pictures: Path | None = None,
) -> list[str]:
    """The faults of these pages, seen in one way. `pictures`: the folder for a picture of each."""
    faults = list[str]()
    for who in dict.fromkeys(one.who for one in found):
        context = await browser.new_context(
            viewport={"width": look.width, "height": 800},
            color_scheme=look.scheme,
            locale=look.language,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        errors = errors_of(context)
        if who != SIGNED_OUT:
            await sign_in(page, api, people[who].person, look.language)
            await switch(page, people[who].place)
        for one in found:
            if one.who == who:
                errors.clear()
                seen = await faults_of(page, api, one)
                faults += [f"{one.who} {one.path} {look}: {fault}" for fault in (*errors, *seen)]
                if pictures is not None:
                    name = f"{one.route.strip('/').replace('/', '-') or 'home'}-{one.who}-{look.language}-{look.width}"
                    whole = await page.evaluate("document.documentElement.scrollHeight")
                    clip = FloatRect(x=0, y=0, width=look.width, height=min(whole, MAX_PICTURE_HEIGHT))
                    await page.screenshot(path=pictures / f"{name}-{look.scheme}.png", full_page=True, clip=clip)
        await context.close()
    return faults


async def switch(page: Page, place: Place | None) -> None:
    """Go to another place of this person."""
    if place is not None:
        await page.locator("details.when > summary").click()
        async with page.expect_navigation():
            await page.locator(f"form.places button[value='{key_of(place)}']").click()


async def faults_of(page: Page, api: Api, one: Found) -> list[str]:
    """The faults of one page: weight, shifts, width, headings, and what axe finds."""
    answer = await page.goto(api.url + one.path)
    assert answer is not None
    html, shift, loaded = await answer.body(), await page.evaluate(SHIFT), await page.evaluate(LOADED)
    faults = [f"HTML of {len(html)} bytes"] * (len(html) > MAX_HTML_BYTES)
    faults += [f"first load of {loaded} bytes"] * (loaded > MAX_FIRST_LOAD_BYTES)
    faults += [f"layout shift of {shift}"] * (shift > 0)
    faults += await violations(page)
    before = page.viewport_size
    assert before is not None
    for width in (before["width"], NARROW):
        await page.set_viewport_size({"width": width, "height": 800})
        reached = await page.evaluate("document.documentElement.scrollWidth")
        faults += [f"{reached} wide on {width}"] * (reached > width + ROUNDING)
    await page.set_viewport_size(before)
    return faults


async def violations(page: Page) -> list[str]:
    """The violations that axe finds."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    axe: Any = Axe()  # its types say nothing
    response = (await axe.run(page, options=options)).response
    return [
        f"{one['id']}: {', '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:3])}"
        for one in response["violations"]
    ]
