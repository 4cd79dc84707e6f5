"""Pages of a running Kring that tests share, each with its own programmes, organisations and people."""

from collections.abc import AsyncGenerator
from http.cookiejar import DefaultCookiePolicy

import httpx
import pytest
from playwright.async_api import BrowserContext, Page

from tests.browser import errors_of
from tests.conftest import PLAIN, Api
from tests.service.conftest import own_or_shared
from tests.service.pages.examples.visits import Visitor, visitor_of


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    """The shared service, or one of the test's own."""
    return own_or_shared(request)


@pytest.fixture
async def visitors(api: Api) -> AsyncGenerator["Visitors"]:
    """Makes clients of people who are signed in to the pages, over HTTP."""
    made = Visitors(api)
    yield made
    await made.close()


class Visitors:
    """Clients of people who are signed in to the pages."""

    def __init__(self, api: Api) -> None:
        self.api, self.made = api, list[Visitor]()

    async def of(self, person: str, language: str = "en") -> Visitor:
        """A client of this person, who has just signed in."""
        self.made.append(await visitor_of(self.api, person, language))
        return self.made[-1]

    def stranger(self, language: str = "en") -> Visitor:
        """A browser in which nobody has signed in."""
        headers = {"Cookie": f"__Host-kring-language={language}", "Accept": "text/html"}
        client = httpx.AsyncClient(base_url=self.api.url, headers=headers, timeout=30, verify=PLAIN)
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # `Visitor` keeps them
        self.made.append(Visitor(client))
        return self.made[-1]

    async def close(self) -> None:
        """Close their connections."""
        for one in self.made:
            await one.client.aclose()


@pytest.fixture
async def tab(browser_context: BrowserContext) -> AsyncGenerator[Page]:
    """A tab of a browser in which nothing may go wrong: no error of a script, and nothing that the security policy stops."""
    errors = errors_of(browser_context)
    yield await browser_context.new_page()
    assert errors == []
