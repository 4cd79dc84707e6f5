"""The pages: their contents over HTTP, and their looks on a phone and a desktop, light and dark, in a real browser."""

import asyncio
import html
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from service import mailbox
from service.embedded import Servers
from service.embedded.lock import locked
from service.embedded.passwords import write_private
from tests.conftest import Api, Database

LONG = "Rabobank" + "IJsseldelta" * 8  # no place to break
TITLE = "Hoe houden we " + "veranderkundigeprocesbegeleiding" * 4 + "?"
PERSON = "person_02cf2mw4h882gba1dyct67pdge"
WIDTHS = {"phone": 390, "desk": 1280}
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
TIMEOUT_S = 30.0


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
        (home.mail, "23 November 2026, 20:48", "23 november 2026, 20:48 uur"),
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
        assert "<script" not in answer.text


# Appearance


class Tab:
    """A browser tab driven by the Chrome DevTools Protocol over a pipe: JSON messages, each ended by a zero byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.numbers = reader, writer, itertools.count(1)
        self.session: str | None = None
        self.loads = 0
        self.complaints: list[str] = []

    async def open(self) -> None:
        target = (await self.do("Target.createTarget", url="about:blank"))["targetId"]
        self.session = (await self.do("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        for domain in ("Page", "Log", "Runtime"):
            await self.do(f"{domain}.enable")

    async def do(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params} | (
            {"sessionId": self.session} if self.session else {}
        )
        self.writer.write(json.dumps(message).encode() + b"\0")
        while (answer := await self._heard()).get("id") != number:
            continue
        assert "error" not in answer, answer
        return answer["result"]

    async def go(self, url: str, width: int, scheme: str = "light") -> None:
        await self.do("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        await self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        before = self.loads
        await self.do("Page.navigate", url=url)
        await self.loaded(before)

    async def loaded(self, before: int) -> None:
        while self.loads == before:
            await self._heard()

    async def follow(self, selector: str) -> None:
        before = self.loads
        await self.click(selector)
        await self.loaded(before)

    async def click(self, selector: str) -> None:
        where: dict[str, float] = await self.tells(
            f"(() => {{const one = document.querySelector({json.dumps(selector)}); one.scrollIntoView();"
            "const box = one.getClientRects()[0]; return {x: box.x + box.width / 2, y: box.y + box.height / 2}})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.do("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    async def tells(self, expression: str) -> Any:
        answer = await self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def _heard(self) -> dict[str, Any]:
        """The browser's next message, a response or an event."""
        async with asyncio.timeout(TIMEOUT_S):
            one: dict[str, Any] = json.loads((await self.reader.readuntil(b"\0"))[:-1])
        match one.get("method"):
            case "Log.entryAdded" if one["params"]["entry"]["level"] == "error":
                self.complaints.append(one["params"]["entry"]["text"])
            case "Page.loadEventFired":
                self.loads += 1
            case _:
                pass
        return one


FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe"
)


@pytest.fixture
async def tab(request: pytest.FixtureRequest) -> AsyncGenerator[Tab]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        warning = "NO BROWSER: how the pages look was not tested. Install chromium."
        request.config.get_terminal_writer().line(f"\n{warning}", red=True, bold=True)
        pytest.skip(warning)
    with (
        tempfile.TemporaryDirectory(prefix="kring-browser-", ignore_cleanup_errors=True) as profile,
        ExitStack() as ends,
    ):
        (theirs, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        command = f'exec "$0" {FLAGS} --user-data-dir="$1" 3<&{theirs} 4>&{theirs_out}'
        process = await asyncio.create_subprocess_exec(
            "/bin/bash", "-c", command, chromium, profile,
            pass_fds=(theirs, theirs_out),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs)
        os.close(theirs_out)
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=1 << 24)
        listening, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), ends.enter_context(os.fdopen(ours_in, "rb"))
        )
        telling, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, ends.enter_context(os.fdopen(ours_out, "wb"))
        )
        found = Tab(reader, asyncio.StreamWriter(telling, protocol, None, loop))
        await found.open()
        yield found
        found.session = None
        await found.do("Browser.close")
        telling.close()
        listening.close()
        await process.wait()


@pytest.mark.parametrize("screen", WIDTHS)
async def test_every_page_fits_its_screen_without_browser_errors(home: Home, tab: Tab, screen: str) -> None:
    for path in home.pages:
        await tab.go(home.url + path, WIDTHS[screen])
        assert await tab.tells("document.documentElement.scrollWidth") <= WIDTHS[screen], path
        assert await tab.tells("document.querySelectorAll('h1').length") == 1, path
    assert tab.complaints == []


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


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(251, 250, 247)"), ("dark", "rgb(20, 24, 31)")])
async def test_all_text_is_legible_in_light_and_dark_mode(home: Home, tab: Tab, scheme: str, paper: str) -> None:
    for path in home.pages:
        await tab.go(home.url + path, WIDTHS["phone"], scheme)
        assert await tab.tells("getComputedStyle(document.body).backgroundColor") == paper
        assert await tab.tells(CONTRAST) >= LEAST_CONTRAST, path


async def test_a_link_to_a_schema_opens_it(home: Home, tab: Tab) -> None:
    await tab.go(f"{home.url}/api/v1/docs", WIDTHS["phone"])
    await tab.click("details:has(a[href='#schema-Ballot']) summary")
    await tab.click("a[href='#schema-Ballot']")
    assert await tab.tells("document.getElementById('schema-Ballot').checkVisibility()") is True


async def test_the_story_and_its_english_version_are_reachable_from_the_start_page(home: Home, tab: Tab) -> None:
    await tab.go(home.url, WIDTHS["phone"])
    await tab.follow(f"a[href='{home.story}']")
    assert await tab.tells("document.querySelector('h1').innerText") == LONG
    assert await tab.tells("document.querySelector('.never li').checkVisibility()") is False
    await tab.click(".never summary")
    assert await tab.tells("document.querySelector('.never li').checkVisibility()") is True
    await tab.follow("a[hreflang='en']")
    assert "Every fact that this organisation can see" in await tab.tells("document.body.innerText")
