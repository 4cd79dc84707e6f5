"""People who are signed in to the pages, over HTTP and in a browser."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

import httpx
from playwright.async_api import BrowserContext, Page

from domain.foundation import PersonId
from service.auth.devices import Device
from service.auth.places import Place
from service.auth.sign_in import PATH, SignIns, operator_link
from service.kring import Kring
from service.pages.frame.visit import key_of
from tests.conftest import PLAIN, Api

SESSION = "__Host-kring-session"
VIEWS_TIMEOUT_S = 60.0
DEVICE = Device("Firefox", "Linux")
Fields = Mapping[str, str | Sequence[str]]


class HiddenFields(HTMLParser):
    """The hidden fields of the form with this action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.found = action, False, dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the fields of the form."""
        named = dict(attrs)
        if tag == "form":
            self.inside = named.get("action") == self.action
        elif tag == "input" and self.inside and named.get("type") == "hidden":
            self.found[named["name"] or ""] = named.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self.inside = False


class Visitor(NamedTuple):
    """A browser that runs no scripts, and the person who has signed in with it, if anybody has."""

    client: httpx.AsyncClient
    person: str = ""
    kring: Kring | None = None
    """Whose views are waited for before a page is opened, since tests prepare things over the API; None: nobody's."""

    async def get(self, path: str, **params: str) -> httpx.Response:
        """Open a page."""
        if self.kring is not None:
            await self.kring.views.wait(await self.kring.log.head(), VIEWS_TIMEOUT_S)
        answer = await self.client.get(path, params=params or None)
        self._keep_cookies(answer)
        return answer

    async def hidden(self, path: str, action: str) -> dict[str, str]:
        """The hidden fields of a form on a page, which must be there."""
        page = await self.get(path)
        parser = HiddenFields(action)
        parser.feed(page.text)
        assert "csrf" in parser.found, f"{path} has no form {action}: {page.status_code}"
        return parser.found

    async def send(self, path: str, fields: Fields, action: str | None = None) -> httpx.Response:
        """Fill in a form of a page and send it. `action`: that of the form; by default the path of the page itself."""
        action = action or path
        hidden = await self.hidden(path, action)
        return await self.post(action, {**hidden, **fields})

    async def post(self, action: str, fields: Fields) -> httpx.Response:
        """Send these fields, hidden ones included, as a browser does from a page of this site."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = await self.client.post(action, data=dict(fields), headers=headers)
        self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: httpx.Response) -> None:
        """Keep cookies as a browser would on its own machine: `Secure` ones too, though this is not HTTPS."""
        kept = dict(one.split("=", 1) for one in self.client.headers.get("Cookie", "").split("; ") if one)
        for one in answer.headers.get_list("Set-Cookie"):
            name, value = one.partition(";")[0].split("=", 1)
            kept[name] = value.strip('"')
        self.client.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items() if value)


async def visitor_of(api: Api, person: str, language: str = "en", place: Place | None = None) -> Visitor:
    """A client of this person, who has just signed in. `place`: the one that they switched to."""
    cookie = f"{SESSION}={await session_cookie(api, person)}; __Host-kring-language={language}"
    if place is not None:
        cookie += f"; __Host-kring-place={key_of(place)}"
    headers = {"Cookie": cookie, "Accept": "text/html"}
    return Visitor(httpx.AsyncClient(base_url=api.url, headers=headers, timeout=30, verify=PLAIN), person, api.kring)


async def session_cookie(api: Api, person: str) -> str:
    """The cookie of a new sign-in session."""
    link = (await operator_link(api.kring, PersonId(person))).removeprefix(PATH)
    sign_ins = SignIns(api.kring)
    try:
        return (await sign_ins.use_link(link, device=DEVICE)).cookie
    finally:
        await sign_ins.close()


async def have_signed_in(context: BrowserContext, api: Api, person: str) -> None:
    """Give a browser the cookie of a new sign-in session, without opening a page."""
    await context.add_cookies(
        [
            {
                "name": SESSION,
                "value": await session_cookie(api, person),
                "url": api.url.replace("http:", "https:"),  # its name requires that
                "secure": True,
                "httpOnly": True,
            }
        ]
    )


async def sign_in(page: Page, api: Api, person: str, language: str = "en") -> None:
    """Sign a person in to a browser, by a link, and show pages in this language."""
    await page.goto(api.url + await operator_link(api.kring, PersonId(person)))
    await page.locator("main form button").click()
    await page.wait_for_url(f"{api.url}/")
    if await page.locator("html").get_attribute("lang") != language:
        await page.locator(f"footer button[value={language}]").click()
        await page.wait_for_selector(f"html[lang={language}]")
