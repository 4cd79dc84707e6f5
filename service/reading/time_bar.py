"""The time bar: the events that a caller may read, by week, and the positions at which to look back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from domain.events.ballot import BallotClosed
from domain.events.presentation import AdviceDelivered
from domain.events.team import TeamFormed
from domain.teams.team import TeamRights
from service.reading.feed import can_read
from service.reading.reader import Reader
from service.store.log.activity import count_by_day
from service.store.log.types import RecordedEvent

Unit = Literal["week", "month"]
MAX_WEEKS, MAX_MONTHS = 120, 120
WEEK = timedelta(days=7)
MARKED = (BallotClosed.TOPIC, TeamFormed.TOPIC, AdviceDelivered.TOPIC)
"""The types of events that are marked."""
MAX_MARKS = 24
PAGE_EVENTS = 500
"""Events read from the log at a time, to find the next one that the caller may read."""


class Bar(NamedTuple):
    """A week or month. `many`: the events in it; `last`: the position of the last event up to its end."""

    since: date
    many: int
    last: int


class Mark(NamedTuple):
    """Events of a marked type on one day. `last`: the position of the last one."""

    day: date
    type: str
    many: int
    last: int


class TimeBar(NamedTuple):
    """The bars without gaps, the marks, and the last position of each day with events; the oldest first."""

    unit: Unit
    bars: Sequence[Bar]
    marks: Sequence[Mark]
    days: Sequence[tuple[date, int]]

    def last_on(self, day: date) -> int | None:
        """The position of the last event up to the end of a day; None before the first event."""
        return next((last for one, last in reversed(self.days) if one <= day), None)

    def day_of(self, position: int) -> date | None:
        """The day at which the log was at this position; None before the first event."""
        return next((one for one, last in self.days if last >= position), self.days[-1][0] if self.days else None)

    def a_week_from(self, position: int, weeks: int) -> int | None:
        """The position some weeks later, or earlier if negative; if nothing happened then, the next one that differs.

        None: now.
        """
        day = self.day_of(position)
        if day is None:
            return None
        there = self.last_on(day + weeks * WEEK)
        if weeks < 0:
            return there or self.days[0][1]
        if there is None or there <= position:
            there = next((last for _, last in self.days if last > position), None)
        return None if there == self.days[-1][1] else there


async def time_bar(reader: Reader, rights: TeamRights, tag: str, zone: str) -> TimeBar:
    """The time bar of the events under a tag that the caller may read."""
    groups = await count_by_day(reader.kring.log, tag, zone, reader.caller.person)
    many, marked, days = dict[date, int](), dict[tuple[date, str], tuple[int, int]](), dict[date, int]()
    for one in groups:
        if not can_read(rights, one):
            continue
        many[one.day] = many.get(one.day, 0) + one.many
        days[one.day] = max(days.get(one.day, 0), one.last)
        if one.type in MARKED:
            before, last = marked.get((one.day, one.type), (0, 0))
            marked[one.day, one.type] = (before + one.many, max(last, one.last))
    marks = [Mark(day, type_, *found) for (day, type_), found in sorted(marked.items())]
    unit, bars = bars_of(many, days)
    return TimeBar(unit, bars, marks[-MAX_MARKS:], sorted(days.items()))


def bars_of(many: Mapping[date, int], days: Mapping[date, int]) -> tuple[Unit, list[Bar]]:
    """The bars of days with their numbers of events and last positions: weeks, or months if there would be too many."""
    unit: Unit = "week" if len(_starts(days, "week")) <= MAX_WEEKS else "month"
    counts, last = dict[date, int](), dict[date, int]()
    for day in sorted(days):
        since = _start(day, unit)
        counts[since] = counts.get(since, 0) + many[day]
        last[since] = days[day]
    bars, so_far = list[Bar](), 0
    for since in _starts(days, unit):
        so_far = last.get(since, so_far)
        bars.append(Bar(since, counts.get(since, 0), so_far))
    return unit, bars[-MAX_MONTHS:]


def _start(day: date, unit: Unit) -> date:
    return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)


def _starts(days: Collection[date], unit: Unit) -> list[date]:
    """The first day of each week or month from the first of these days to the last."""
    if not days:
        return []
    found, end = [_start(min(days), unit)], max(days)
    longest = WEEK if unit == "week" else timedelta(days=31)
    while (following := _start(found[-1] + longest, unit)) <= end:
        found.append(following)
    return found


async def fact_before(reader: Reader, rights: TeamRights, tag: str, position: int) -> int | None:
    """The position of the fact before the one that the caller sees last at `position`."""
    found = list[RecordedEvent]()
    while position > 0 and len(found) < 2:  # noqa: PLR2004  the fact that is shown last, and the one before
        page = await _page(reader, tag, until=position, newest=True)
        found += [one for one in reversed(page) if can_read(rights, one)]
        position = page[0].position - 1 if page else 0
    return found[min(1, len(found) - 1)].position if found else None


async def fact_after(reader: Reader, rights: TeamRights, tag: str, position: int) -> int | None:
    """The position of the next fact that the caller may read; None if there is none."""
    while page := await _page(reader, tag, after=position):
        for one in page:
            if can_read(rights, one):
                return one.position
        position = page[-1].position
    return None


async def _page(
    reader: Reader, tag: str, *, after: int = 0, until: int | None = None, newest: bool = False
) -> list[RecordedEvent]:
    query = DCBQuery([DCBQueryItem(tags=[tag])])
    found, _ = await reader.kring.log.read(query, after=after, until=until, limit=PAGE_EVENTS, newest=newest)
    return found
