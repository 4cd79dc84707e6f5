"""Looking back: the time bar as a page, and the ways from it to a page as it was."""

import math
import re
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from domain.foundation import SUFFIX, NotFound, Text
from projections.wording.formats import day as day_in_words
from service.pages.frame.visit import Visit
from service.pages.frame.visit.arriving import END_OF_DAY
from service.reading.time_bar import TimeBar, fact_after, fact_before, time_bar

MAX_LABELS = 8
"""Months or years that are named under the bars: so many fit on a phone."""
THING = re.compile(rf"/(?:teams|ballots|challenges|trips|gatherings)/([a-z]+_{SUFFIX})")
NO_DAY = Text(en="This is no day: write it as 2026-11-23.", nl="Dit is geen dag: schrijf die als 2026-11-23.")
TO_COME = Text(en="This day is still to come.", nl="Deze dag moet nog komen.")


class BadDay(Exception):
    """A day at which nobody can look. `wrong`: the reason."""

    def __init__(self, wrong: Text) -> None:
        super().__init__(wrong.en)
        self.wrong = wrong


def nothing_before(first: date) -> Text:
    """Text about a day before the first event."""
    return Text(
        en=f"Choose {day_in_words(first, 'en')} or later: before that, there is nothing that you can read here.",
        nl=f"Kies {day_in_words(first, 'nl')} of later: van daarvoor kun je hier niets lezen.",
    )


class LookingBack(NamedTuple):
    """A page as it is at other times: its path, the tag of the events that it is about, and its time bar."""

    path: str
    tag: str
    bar: TimeBar

    def at(self, as_of: int | date | None) -> str:
        """The path of the page as of a position or day; None: now."""
        parts = urlsplit(self.path)
        query = [(name, one) for name, one in parse_qsl(parts.query) if name not in {"recorded", "as_of"}]
        query += [] if as_of is None else [("as_of", str(as_of))]
        return parts._replace(query=urlencode(query)).geturl()

    def place(self, day: date) -> float:
        """The place of a day on the bar, from 0 to 1: the middle of its week or month."""
        number = sum(one.since <= day for one in self.bar.bars) - 1
        return (max(number, 0) + 0.5) / len(self.bar.bars)


@get("/time")
async def looking_back(visit: NamedDependency[Visit]) -> Response[Any]:
    """Show the time bar of the page `back`, or go to it: as of a `day`, or one `step` from `as_of`. Raises `NotFound`."""
    asked = visit.request.query_params
    path = visit.own_path({"back": [asked.get("back", "/")]}, "back")
    tag = _tag(visit, path)
    found = LookingBack(path, tag, await time_bar(visit.reader, await visit.rights(), tag, visit.zone))
    if not found.bar.days and THING.match(path):
        raise NotFound
    if (step := asked.get("step")) is not None:
        return Redirect(found.at(await _step(visit, found, step)), status_code=303)
    wrong = None
    if (stated := asked.get("day")) is not None:
        try:
            return Redirect(found.at(await _on(visit, found.bar, stated)), status_code=303)
        except BadDay as refusal:
            wrong = refusal.wrong.in_language(visit.language)
    names = await visit.names([tag.removeprefix("to:")])
    return visit.page(
        "time/bar.html",
        status=200 if wrong is None else 422,
        looking=found,
        bar=found.bar,
        labels=_labels(found.bar),
        chosen=await _chosen(visit, found.bar),
        most=max((one.many for one in found.bar.bars), default=0),
        about=names.title(tag.removeprefix("to:")),
        stated=stated,
        wrong=wrong,
    )


def _tag(visit: Visit, path: str) -> str:
    """The tag of the events that a page is about: of its CoP, ballot, …, else of the place. Raises `NotFound` without a place.

    So the bar of a thing begins when the thing did.
    """
    if (thing := THING.match(path)) is not None:
        return thing[1]
    if visit.place is None:
        raise NotFound
    return visit.programme or f"to:{visit.organisation}"


async def _on(visit: Visit, bar: TimeBar, stated: str) -> int | date | None:
    """The position or day of a day that somebody stated; None: now. Raises `BadDay`."""
    zone = ZoneInfo(visit.zone)
    today = visit.at.astimezone(zone).date()
    try:
        wanted = date.fromisoformat(stated)
    except ValueError:
        raise BadDay(NO_DAY) from None
    if wanted > today:
        raise BadDay(TO_COME)
    if wanted == today:
        return None
    last = bar.last_on(wanted)
    if last is None:
        raise BadDay(nothing_before(bar.days[0][0] if bar.days else today))
    recorded = await visit.kring.log.position_at(datetime.combine(wanted, END_OF_DAY, zone))
    # Of a history that was entered afterwards, the log knew nothing on the days that it tells about.
    return wanted if recorded >= last else last


async def _step(visit: Visit, found: LookingBack, step: str) -> int | None:
    """The position one step from the one that the page shows; None: now. Raises `NotFound` for an unknown step."""
    position = await visit.reader.position_of(visit.reading)
    if position is None:
        return None
    rights = await visit.rights()
    match step:
        case "fact-back":
            return await fact_before(visit.reader, rights, found.tag, position) or position
        case "fact-on":
            return await fact_after(visit.reader, rights, found.tag, position)
        case "week-back":
            return found.bar.a_week_from(position, -1)
        case "week-on":
            return found.bar.a_week_from(position, 1)
        case _:
            raise NotFound


async def _chosen(visit: Visit, bar: TimeBar) -> int:
    """The number of the bar in which the page is; behind the last one: now."""
    position = await visit.reader.position_of(visit.reading)
    if position is None:
        return len(bar.bars)
    return next((number for number, one in enumerate(bar.bars) if one.last >= position), len(bar.bars))


def _labels(bar: TimeBar) -> list[tuple[int, date]]:
    """The bars under which the beginning of a month, or of a year, is named."""

    def part(one: date) -> int:
        return one.month if bar.unit == "week" else one.year

    starts = [
        (number, one.since)
        for number, one in enumerate(bar.bars)
        if number == 0 or part(one.since) != part(bar.bars[number - 1].since)
    ]
    return starts[:: max(1, math.ceil(len(starts) / MAX_LABELS))]
