"""The pages: their contents over HTTP, and their looks on a phone and a desktop, light and dark, in a real browser."""

import html
import re
from collections.abc import AsyncGenerator
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import httpx
import msgspec
import pytest
from playwright.async_api import Page

from service import mailbox
from service.embedded import Servers
from service.embedded.lock import locked
from service.embedded.passwords import write_private
from tests.browser import errors_of
from tests.conftest import Api, Database

LONG = "Rabobank" + "IJsseldelta" * 8  # no place to break
TITLE = "Hoe houden we " + "veranderkundigeprocesbegeleiding" * 4 + "?"
PERSON = "person_02cf2mw4h882gba1dyct67pdge"
WIDTHS = {"phone": 390, "desk": 1280}
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
TIMEOUT_S = 30.0

Scheme: TypeAlias = Literal["light", "dark"]


class Home(NamedTuple):
    """A local Kring accessed from its own machine: an organisation with a declined challenge, and a mail."""

    url: str
    bank: str

    @property
    def story(self) -> str:
        return f"/stories/{self.bank}"

    @property
    def mail(self) -> str:
        return f"/mailbox/{PERSON}/welkom"

    @property
    def pages(self) -> tuple[str, ...]:
        return ("/", "/mailbox", self.mail, self.story, f"{self.story}?language=en", "/api/v1/docs")


@pytest.fixture
async def home(api: Api, database: Database, servers: Servers, tmp_path: Path) -> AsyncGenerator[Home]:
    up = Servers(owner_url=database.owner_url, database_url=database.url, redis_url=servers.redis_url)
    with locked(tmp_path):
        write_private(tmp_path / "servers", msgspec.json.encode(up))
        mailbox.put(tmp_path, PERSON, "welkom", _mail().as_bytes())
        yield Home(api.url, await _played(api))


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Kring <kring@localhost>", "Anna Bakker <anna@example.org>"
    mail["Date"], mail["Subject"] = "Mon, 23 Nov 2026 19:48:31 +0000", "Welkom <b>Anna</b>"
    mail.set_content(f"Dag Anna,\n\nhttp://127.0.0.1/{'0f32162495' * 12}\n")
    return mail


async def _played(api: Api) -> str:
    """Propose a challenge for an organisation and decline it; return the organisation."""
    manager = await api.as_("manager")
    bank = await _made(manager, "/organisations", name=LONG)
    programme = await _made(manager, "/programmes", name="Leergang", edition="2016")
    anna = await _made(manager, "/people", name="Anna Bakker", email="anna@example.org")
    await manager.post(f"/programmes/{programme}/facilitators", json={"person_id": anna})
    stated = {"organisation_id": bank, "context": "Regio", "occurred_at": "2016-09-12T10:00:00+02:00"}
    guide = await api.as_("facilitator", anna)
    challenge = await _made(guide, f"/programmes/{programme}/challenges", title=TITLE, **stated)
    declined = await guide.post(f"/challenges/{challenge}/declination", json={"reason": "Te <i>groot</i>."})
    assert declined.status_code == 200, declined.text
    await manager.get(f"/organisations/{bank}", params={"at_least": int(declined.headers["Kring-Position"])})
    return bank


async def _made(client: httpx.AsyncClient, path: str, **body: str) -> str:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
async def visitor(home: Home) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=home.url, timeout=TIMEOUT_S) as client:
        yield client


# Contents


async def test_a_story_shows_what_when_who_and_why_in_both_languages(home: Home, visitor: httpx.AsyncClient) -> None:
    dutch = (await visitor.get(home.story)).text
    assert '<html lang="nl">' in dutch
    assert f"Anna Bakker bracht het vraagstuk “{TITLE}” in." in dutch
    assert "12 september 2016 (naar opgave) · Anna Bakker" in dutch
    assert "Reden: Te &lt;i&gt;groot&lt;/i&gt;." in dutch
    english = (await visitor.get(home.story, params={"language": "en"})).text
    assert '<html lang="en">' in english
    assert f"Anna Bakker proposed the challenge “{TITLE}”" in english
    assert "12 September 2016 (as stated)" in english


async def test_a_story_lists_what_organisations_never_see(home: Home, visitor: httpx.AsyncClient) -> None:
    assert "<code>ballot.vote_cast</code>" in (await visitor.get(home.story)).text


async def test_the_start_page_links_to_every_other_page(home: Home, visitor: httpx.AsyncClient) -> None:
    first = (await visitor.get("/")).text
    for path in ("/mailbox", home.story, "/api/v1/docs", "/api/v1/openapi.json", "/health/ready"):
        assert f'href="{path}"' in first
    assert f'href="{home.mail}"' in (await visitor.get("/mailbox")).text


async def test_pages_are_served_in_the_requested_language(home: Home, visitor: httpx.AsyncClient) -> None:
    for path, english, dutch in (
        ("/", "Every action is a fact", "Elke handeling is een feit"),
        ("/mailbox", "mails stay on this machine", "mails blijven op deze machine"),
        (home.mail, "23 November 2026, 20:48", "23 november 2026, 20.48 uur"),
    ):
        for language, text in (("en", english), ("nl", dutch)):
            page = (await visitor.get(path, headers={"Accept-Language": language})).text
            assert f'<html lang="{language}">' in page
            assert text in page


async def test_the_start_page_shows_what_is_wrong_in_the_readers_language(visitor: httpx.AsyncClient) -> None:
    parts = (await visitor.get("/health/ready")).json()["parts"]
    wrong = {one["name"]: html.escape(one["why"]) for one in parts if one["why"] is not None}
    assert wrong["worker"] == "no worker has reported lately: kring work"
    english, dutch = [(await visitor.get("/", headers={"Accept-Language": one})).text for one in ("en", "nl")]
    assert [one for one in wrong.values() if one not in english] == []
    assert [one for one in wrong.values() if one in dutch] == []
    assert "geen worker heeft zich onlangs gemeld: kring work" in dutch
    assert "<b>sleutelmap</b>" in dutch


async def test_a_mail_is_shown_as_text_with_its_local_time(home: Home, visitor: httpx.AsyncClient) -> None:
    mail = (await visitor.get(home.mail)).text
    assert "Welkom &lt;b&gt;Anna&lt;/b&gt;" in mail
    assert "23 November 2026, 20:48" in mail
    assert "Dag Anna," in mail


async def test_the_documentation_lists_every_operation_and_marks_unbuilt_ones(visitor: httpx.AsyncClient) -> None:
    docs, contract = (await visitor.get("/api/v1/docs")).text, (await visitor.get("/api/v1/openapi.json")).json()
    operations = [one for path in contract["paths"].values() for one in path.values() if "operationId" in one]
    assert len(operations) > 100
    assert [one["operationId"] for one in operations if f'id="{one["operationId"]}"' not in docs] == []
    assert "not built yet" in docs


async def test_no_page_loads_anything_from_another_origin(home: Home, visitor: httpx.AsyncClient) -> None:
    for path in home.pages:
        answer = await visitor.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert re.findall(r"""(?:src|href|action)=["'](?!/|#|\?)[^"']*""", answer.text) == []


# Appearance


async def go(page: Page, url: str, width: int, scheme: Scheme = "light") -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.emulate_media(color_scheme=scheme)
    await page.goto(url)


async def follow(page: Page, selector: str) -> None:
    async with page.expect_event("load"):
        await page.click(selector)


@pytest.mark.parametrize("screen", WIDTHS)
async def test_every_page_fits_its_screen_without_browser_errors(home: Home, page: Page, screen: str) -> None:
    errors = errors_of(page.context)
    for path in home.pages:
        await go(page, home.url + path, WIDTHS[screen])
        assert await page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[screen], path
        assert await page.evaluate("document.querySelectorAll('h1').length") == 1, path
    assert errors == []


CONTRAST = """
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(Number)
      .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour.endsWith(', 0)') ? behind(one.parentElement) : colour;
  };
  const contrasts = [...document.querySelectorAll('main *')].filter(one => one.innerText).map(one => {
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  return Math.min(...contrasts);
})()
"""


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(250, 246, 237)"), ("dark", "rgb(25, 23, 20)")])
async def test_all_text_is_legible_in_light_and_dark_mode(home: Home, page: Page, scheme: Scheme, paper: str) -> None:
    for path in home.pages:
        await go(page, home.url + path, WIDTHS["phone"], scheme)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        assert await page.evaluate(CONTRAST) >= LEAST_CONTRAST, path


async def test_a_link_to_a_schema_opens_it(home: Home, page: Page) -> None:
    await go(page, f"{home.url}/api/v1/docs", WIDTHS["phone"])
    await page.click("details:has(a[href='#schema-Ballot']) summary")
    await page.click("a[href='#schema-Ballot']")
    assert await page.evaluate("document.getElementById('schema-Ballot').checkVisibility()") is True


async def test_the_story_and_its_english_version_are_reachable_from_the_start_page(home: Home, page: Page) -> None:
    await go(page, home.url, WIDTHS["phone"])
    await follow(page, f"a[href='{home.story}']")
    assert await page.evaluate("document.querySelector('h1').innerText") == LONG
    assert await page.evaluate("document.querySelector('.never li').checkVisibility()") is False
    await page.click(".never summary")
    assert await page.evaluate("document.querySelector('.never li').checkVisibility()") is True
    await follow(page, "a[hreflang='en']")
    assert "Every fact that this organisation can see" in await page.evaluate("document.body.innerText")
