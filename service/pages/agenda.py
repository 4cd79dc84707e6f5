"""The agenda: a month, what is in it, and the link with which a calendar follows it; and the page of what is not in the menu."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from msgspec.structs import replace

from domain.events.calendar import CalendarLinked
from domain.foundation import Selector, Text
from domain.people.calendar import LinkCalendar
from projections.derived.agenda import AgendaEntry, begins, ended
from service.auth.calendars import new_link
from service.pages.frame.addresses import address
from service.pages.frame.forms import Form
from service.pages.frame.stamps import Stamp, stamp_of
from service.pages.frame.visit import Attempt, Visit
from service.reading.agenda import by_time, entries, with_titles
from service.reading.options import BadText
from service.reading.trips import trip_rights
from service.store.log.types import Receipt

HERE, MORE = "/agenda", "/more"
MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
MIN_YEAR, MAX_YEAR, MONTHS = 2000, 2100, 12
NO_MONTH = Text(en="is no month, such as 2026-12", nl="is geen maand, zoals 2026-12")
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
MAX_SHOWN = 60
"""Entries of one month."""


class NewLink(Form):
    """A request for a new calendar link."""


class Day(NamedTuple):
    """A day of the page: whether it is in the month that is shown, and what is on it."""

    day: date
    inside: bool
    entries: list[AgendaEntry]


class AgendaPages(Controller):
    """Pages about the agenda, and about what is not in the main menu."""

    path = "/"

    @get("/agenda")
    async def month(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show a month of the agenda."""
        return await self._show(visit)

    @post("/agenda/calendar")
    async def link(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Make a new calendar link, which replaces the old one, and show it once."""
        answers = list[Response[Any]]()

        async def perform(_: NewLink, attempt: Attempt) -> Receipt:
            made = new_link()
            by = replace(attempt.by, programmes=None, organisations=())  # it shows the agenda in all programmes
            receipt = await attempt.execute(
                lambda: LinkCalendar(made.id, person=visit.person, secret_digest=made.secret_digest, by=by)
            )
            path = None if receipt.repeated else f"/api/v1/calendar/{made.text}.ics"
            answers.append(await self._show(visit, path=path, is_made=True))
            return receipt

        return await visit.perform(NewLink, perform, then=lambda _: answers[0], again=lambda: self._show(visit))

    @get("/more")
    async def more(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the pages that are not in the main menu."""
        _ = visit.signed_in
        return visit.page("agenda/more.html", here=MORE)

    async def _show(self, visit: Visit, *, path: str | None = None, is_made: bool = False) -> Response[Any]:
        zone, reader = ZoneInfo(visit.zone), visit.reader
        today = visit.at.astimezone(zone).date()
        first = month_of(visit.request.query_params.get("month", ""), today)
        following = next_month(first)
        monday, sunday = first - DAY * first.weekday(), following + DAY * (-following.weekday() % 7)
        await reader.wait_for_views(visit.recorded)
        rights = await trip_rights(reader)
        found = await entries(visit.kring, rights, datetime.combine(monday, time(), zone))
        shown = [one for one in by_time(found) if on_days(one, zone)[0] < sunday]
        titled = await with_titles(visit.kring, shown[:MAX_SHOWN], visit.language)
        linked = await newest_link(visit)
        url = visit.kring.config.public_url
        return visit.page(
            "agenda/agenda.html",
            here=HERE,
            live=visit.programme or "",
            month=first,
            today=today,
            previous=(first - DAY).replace(day=1),
            following=following,
            weeks=weeks_of(titled, first, monday, sunday, zone),
            listed=[one for one in titled if is_within(one, first, following, zone)],
            left_out=len(shown) > MAX_SHOWN,
            links={one.uid: page_of(one) for one in titled},
            linked=linked,
            form=visit.form(NewLink),
            is_made=is_made,
            url=None if path is None else url + path,
            webcal=None if path is None else urlsplit(url + path)._replace(scheme="webcal").geturl(),
        )


async def newest_link(visit: Visit) -> Stamp | None:
    """The stamp of the person's newest calendar link. It belongs to no programme, so it is read outside of all of them."""
    query = visit.kring.commands.mapper.query([Selector(types=[CalendarLinked], tags=[visit.person])])
    found, _ = await visit.kring.log.read(query, limit=1, newest=True)
    return next(map(stamp_of, found), None)


def page_of(entry: AgendaEntry) -> str | None:
    """The page to which an entry leads; a module has none."""
    match entry.kind:
        case "preferences_close":
            return "/preferences"
        case "intake_closes":
            return "/challenges"
        case "module":
            return None
        case _:
            return address(entry.id)


def month_of(stated: str, today: date) -> date:
    """The first day of a month that is stated as `2026-12`; of this one if none is. Raises `BadText`."""
    if not stated:
        return today.replace(day=1)
    found = MONTH.fullmatch(stated)
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (MIN_YEAR <= year <= MAX_YEAR and 1 <= month <= MONTHS):
        raise BadText("month", NO_MONTH)
    return date(year, month, 1)


def next_month(first: date) -> date:
    """The first day of the month after this one."""
    return (first + timedelta(days=31)).replace(day=1)


def on_days(entry: AgendaEntry, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day of an entry."""
    last = ended(entry, zone) if entry.ends_at else ended(entry, zone) - DAY
    return begins(entry, zone).astimezone(zone).date(), last.astimezone(zone).date()


def is_within(entry: AgendaEntry, first: date, following: date, zone: ZoneInfo) -> bool:
    """Whether an entry has a day from `first` until before `following`."""
    starts, ends = on_days(entry, zone)
    return starts < following and ends >= first


def weeks_of(found: Iterable[AgendaEntry], first: date, monday: date, sunday: date, zone: ZoneInfo) -> list[list[Day]]:
    """The weeks of a month, from `monday` until before `sunday`; a module is shown on its first and last day alone."""
    on = dict[date, list[AgendaEntry]]()
    for one in found:
        starts, ends = on_days(one, zone)
        days = {starts, ends} if one.kind == "module" else {starts + DAY * n for n in range((ends - starts).days + 1)}
        for each in days:
            on.setdefault(each, []).append(one)
    weeks = [monday + WEEK * n for n in range((sunday - monday).days // 7)]
    return [
        [Day(day, day.month == first.month, on.get(day, [])) for day in (week + DAY * n for n in range(7))]
        for week in weeks
    ]
