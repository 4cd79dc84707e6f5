"""Rendering: templates with their filters, answers with their headers, and guards for local pages."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from domain.foundation import CodeWord, Language, Money, NotFound, Text
from projections.wording.formats import LOCALES, clock, counted, day, joined, money
from projections.wording.sentences import HOME, TIME, TIMES, SentenceStyle, date_and_time
from projections.wording.vocabulary import word
from service.config import Config
from service.embedded import running_servers
from service.kring import Kring
from service.pages.frame import rings
from service.pages.frame.addresses import address
from service.pages.frame.assets import address_of
from service.pages.frame.chips import chip_of
from service.pages.frame.headers import PAGE_HEADERS
from service.pages.frame.navigation import time_bar_of
from service.pages.frame.people import initials
from service.templates import environment

HTML = "text/html; charset=utf-8"
MAX_LEAD_CHARACTERS = 280
"""Length of a text's beginning where a page shows only that."""


@cache
def templates(language: Language) -> Environment:
    """The templates of pages in one language, with their filters and functions."""
    found = environment("service.pages", "templates", language)
    cast("dict[str, Any]", found.filters).update(
        day=pass_context(partial(_day, language=language)),
        weekday=pass_context(partial(_weekday, language=language)),
        short_day=pass_context(partial(_short_day, language=language)),
        clock=pass_context(partial(_clock, language=language)),
        hours=pass_context(partial(_hours, language=language)),
        moment=pass_context(partial(_moment, language=language)),
        date_and_time=pass_context(partial(_date_and_time, language=language)),
        money=partial(_money, language=language),
        joined=partial(_joined, language=language),
        counted=partial(_counted, language=language),
        word=partial(_word, language=language),
        zip=zip,
        initials=initials,
        capitalised=capitalised,
        beginning=beginning,
        paragraphs=paragraphs,
        text=_in_language(language),
    )
    cast("dict[str, Any]", found.globals).update(
        address=address,
        asset=address_of,
        chip_of=chip_of,
        language=language,
        arc=rings.arc,
        around=rings.around,
        phase_arcs=rings.phase_arcs,
        time_bar_of=time_bar_of,
    )
    return found


def page(template: str, language: Language, values: Mapping[str, object], *, status: int = 200) -> Response[str]:
    """Render a template with these values, in one language."""
    text = templates(language).get_template(template).render(values)
    return Response(text, status_code=status, media_type=HTML, headers=PAGE_HEADERS)


# Filters


def beginning(text: str, most: int = MAX_LEAD_CHARACTERS) -> str:
    """The first paragraph of a text, cut between words if it is long."""
    first = text.strip().partition("\n\n")[0]
    return first if len(first) <= most else f"{first[:most].rpartition(' ')[0] or first[:most]} …"


def capitalised(text: str) -> str:
    """A text at the beginning of a line: with a capital, its other letters as they are."""
    return text[:1].upper() + text[1:]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; single line ends stay within them."""
    return [one.strip() for one in text.split("\n\n") if one.strip()]


def zone_of(context: Context) -> ZoneInfo:
    """The time zone of the page: its programme's, else that of most users."""
    return ZoneInfo(cast("str", context.get("zone", HOME)))


def _day(context: Context, at: date, *, language: Language) -> str:
    """A day: `12 oktober 2016`."""
    return day(_date(context, at), language)


def _weekday(context: Context, at: date, *, language: Language) -> str:
    """A day with its weekday, without the year if it is this year or the next: `donderdag 13 oktober`."""
    on, now = _date(context, at), cast("datetime | None", context.get("now"))
    year = " y" if now is not None and on.year < _date(context, now).year else ""
    return format_date(on, f"EEEE d MMMM{year}", LOCALES[language])


def _short_day(context: Context, at: date, part: str, *, language: Language) -> str:
    """A part of a day by its CLDR pattern: `d`, `MMM`, `EEE`."""
    return format_date(_date(context, at), part, LOCALES[language])


def _clock(context: Context, at: datetime, *, language: Language) -> str:
    """A time of day in words: `9.30 uur`."""
    return SentenceStyle(language).says(TIME).format(time=clock(at.astimezone(zone_of(context)), language))


def _hours(context: Context, starts: datetime, ends: datetime, *, language: Language) -> str:
    """The times of day between which something is: `19.30 tot 21.30 uur`."""
    first, last = (clock(one.astimezone(zone_of(context)), language) for one in (starts, ends))
    return SentenceStyle(language).says(TIMES).format(first=first, last=last)


def _moment(context: Context, at: datetime, *, language: Language) -> str:
    """A day and time, without the year if it is that of the page's time: `13 oktober, 17.00 uur`."""
    local = at.astimezone(zone_of(context))
    shown_at = cast("datetime | None", context.get("now"))
    same_year = shown_at is not None and shown_at.astimezone(zone_of(context)).year == local.year
    on = format_date(local.date(), "d MMMM", LOCALES[language]) if same_year else day(local.date(), language)
    return f"{on}, {_clock(context, at, language=language)}"


def _date_and_time(context: Context, at: datetime, *, language: Language) -> str:
    zone = cast("str | None", context.get("zone"))
    return date_and_time(at, SentenceStyle(language, zone or HOME, names_zone=zone is None))


def _word(code: str, *, language: Language) -> str:
    """A code word in words."""
    return word(CodeWord(code), language)


def _money(amount: Money, *, language: Language) -> str:
    return money(amount, language)


def _joined(items: list[str], *, language: Language) -> str:
    return joined(items, language)


def _counted(number: int, forms: str, *, language: Language) -> str:
    return counted(number, forms, language)


def _in_language(language: Language) -> Any:
    def text(one: Text) -> str:
        return one.in_language(language)

    return text


def _date(context: Context, at: date) -> date:
    return at.astimezone(zone_of(context)).date() if isinstance(at, datetime) else at


# Pages of the local installation


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
