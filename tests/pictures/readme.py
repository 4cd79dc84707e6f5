"""The pictures of the README: `make pictures` writes them to `docs/pictures`, from the demo.

They have the fonts of the machine; those in the repository were made with Noto Sans and P052 (URW).
"""

from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser

from service.demo import play
from tests.conftest import Api
from tests.journeys.examples.demo import issuing, solving
from tests.journeys.examples.looking import Look, pages_of, people_of_demo, people_of_today, switch
from tests.service.pages.examples.visits import sign_in

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MAX_BYTES = 150_000


class Picture(NamedTuple):
    """A picture of a page, named by its route and by the person who looks. `at`: the heading to which it is scrolled."""

    name: str
    who: str
    route: str
    look: Look
    height: int
    at: str = ""


PICTURES = (
    Picture("home", "participant-today", "/", Look("nl", "light", 1120), 780),
    Picture("result", "participant", "/ballots/{ballot:str}/result", Look("nl", "light", 1120), 720, "#seats"),
    Picture("cop", "participant-today1", "/teams/{team:str}", Look("nl", "light", 1120), 780),
    Picture("map", "participant", "/teams/{team:str}/map", Look("nl", "dark", 1120), 780, "h1"),
    Picture("ballot", "participant-today", "/ballots/{ballot:str}", Look("nl", "light", 390), 844),
    Picture("dates", "participant-today1", "/trips/{trip:str}/dates", Look("nl", "light", 390), 844, ".options"),
)


async def test_the_pictures_of_the_readme_are_made(api: Api, browser: Browser) -> None:
    async with solving(api):
        await play(api.url, issuing(api), lambda _: None)
    people = await people_of_demo(api) | await people_of_today(api)
    people = {one.who: people[one.who] for one in PICTURES}
    paths = {(one.who, one.route): one.path for one in await pages_of(api, people)}
    FOLDER.mkdir(exist_ok=True)
    for one in PICTURES:
        context = await browser.new_context(
            viewport={"width": one.look.width, "height": one.height},
            color_scheme=one.look.scheme,
            locale=one.look.language,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        person, place = people[one.who]
        await sign_in(page, api, person, one.look.language)
        await switch(page, place)
        await page.goto(api.url + paths[one.who, one.route])
        if one.at:
            await page.locator(one.at).evaluate("it => it.scrollIntoView()")
        picture = await page.screenshot(path=FOLDER / f"{one.name}.png")
        assert len(picture) <= MAX_BYTES, f"{one.name} has {len(picture)} bytes"
        await context.close()
