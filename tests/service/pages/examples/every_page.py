"""Every page: found by following the links of people with different roles, one address for each route and person."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from service.pages import PAGES
from tests.service.pages.examples.visits import Visitor

NO_PAGES = {
    "/static/{digest:str}/{name:path}",
    "/live/{subject:str}",
    "/files/{thing:str}/content",
    "/ballots/{ballot:str}/result.json",
}
"""Routes that answer with something else than a page."""
MAX_PAGES = 400
"""Addresses that one person follows."""
SIGNED_OUT = "nobody"


class Found(NamedTuple):
    """An address of a page: its route, and the person who came there. `who`: their role or name in the test."""

    route: str
    who: str
    path: str


class Links(HTMLParser):
    """The links of a page to pages of this site."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the address of a link."""
        named = dict(attrs)
        href = named.get("href") or ""
        of_a_page = href.startswith("/") and not href.startswith(("/api/", "/static/", "/health"))
        if tag == "a" and of_a_page and "download" not in named:
            self.found.append(href.partition("#")[0])


def routes() -> dict[str, re.Pattern[str]]:
    """The routes of all pages, each with the pattern of its addresses."""
    app = Litestar([PAGES], openapi_config=None)
    found = dict[str, re.Pattern[str]]()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods and route.path not in NO_PAGES:
                found[route.path] = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", route.path.rstrip("/") or "/"))
    return found


def route_of(path: str, known: Mapping[str, re.Pattern[str]]) -> str | None:
    """The route of an address; the one with the fewest parameters if several match."""
    bare = urlsplit(path).path
    fitting = [name for name, pattern in known.items() if pattern.fullmatch(bare)]
    return min(fitting, key=lambda name: name.count("{")) if fitting else None


async def crawl(visitor: Visitor, who: str, known: Mapping[str, re.Pattern[str]]) -> list[Found]:
    """The pages that this person comes to by links, one per route. Asserts that no link is broken for them."""
    seen, ahead, found, broken = {"/"}, ["/"], dict[str, Found](), list[str]()
    linked_on = {"/": "nowhere"}
    while ahead and len(seen) < MAX_PAGES:
        path = ahead.pop(0)
        route = route_of(path, known)
        if route is None:
            broken.append(f"{who}: {path} is linked on {linked_on.get(path)}, but no page has that address")
            continue
        if route in found:
            continue
        answer = await visitor.get(path)
        while answer.status_code in {302, 303, 307}:
            path = answer.headers["Location"]
            answer = await visitor.get(path)
        if answer.status_code != 200:
            broken.append(f"{who}: {path} is linked on {linked_on.get(path)}, and answers {answer.status_code}")
            continue
        if (reached := route_of(path, known)) is not None:
            found.setdefault(reached, Found(reached, who, path))
        found.setdefault(route, Found(route, who, path))
        new = [one for one in _within(answer.text) if one not in seen]
        seen.update(new)
        linked_on.update(dict.fromkeys(new, path))
        ahead += new
    assert not broken, "\n".join(broken)
    return list(found.values())


def _within(text: str) -> Iterator[str]:
    yield from dict.fromkeys(Links(text).found)
