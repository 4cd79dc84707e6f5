"""Rendering of pages: templates, headers that allow no content from other sites, and guards for local pages."""

from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment
from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from domain.foundation import Language, NotFound
from projections.wording.formats import day
from projections.wording.sentences import HOME, SentenceStyle, date_and_time
from service.config import Config
from service.embedded import running_servers
from service.kring import Kring
from service.templates import environment

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def templates(language: Language) -> Environment:
    """The templates of pages in one language, with their filters."""
    found = environment("service.pages", "templates", language)
    cast("dict[str, Any]", found.filters).update(
        day=partial(_day, language=language), date_and_time=partial(_date_and_time, language=language)
    )
    return found


def _day(at: datetime, language: Language) -> str:
    return day(at.astimezone(ZoneInfo(HOME)).date(), language)


def _date_and_time(at: datetime, language: Language) -> str:
    return date_and_time(at, SentenceStyle(language))


def page(template: str, language: Language, **values: Any) -> Response[str]:
    """Render a template with these values, in one language."""
    text = templates(language).get_template(template).render(values, language=language)
    return Response(text, media_type="text/html; charset=utf-8", headers=HEADERS)


def at_home(request: Request[Any, Any, Any]) -> bool:
    """Whether Kring runs on embedded servers, and the request is for a loopback address in `Host`.

    A page on another site can make its own name resolve to 127.0.0.1 (DNS rebinding), but cannot change `Host`.
    """
    kring: Kring = request.app.state.kring
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    return _loopback(host) and _loopback(kring.config.host) and _embedded(kring.config)


def only_at_home(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Hide a page with other people's texts or mails from everybody but the operator. Raises `NotFound`."""
    if not at_home(Request(connection.scope)):
        raise NotFound


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def _embedded_urls(config_data: Any) -> str | None:
    servers = running_servers(config_data)
    return None if servers is None else servers.database_url


def _embedded(config: Config) -> bool:
    """Whether the database is the one that `kring up` runs in the data folder."""
    return config.database_url is not None and _embedded_urls(config.data) == config.database_url


@get("/static/kring.css", include_in_schema=False)
async def css() -> Response[bytes]:
    """Serve the style sheet."""
    return Response(_css(), media_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=300"})


@cache
def _css() -> bytes:
    return files("service.pages").joinpath("static/kring.css").read_bytes()
