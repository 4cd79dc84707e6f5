"""News on a home page: the changes since the reader was last here.

The browser keeps in a cookie, for each place, the position since which news is shown. The position moves on only when the page is
shown after an absence, so that what is new survives reloading and walking back and forth.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from litestar import Response

from projections.derived.changes import Change
from projections.derived.to_dos import ToDo
from service.pages.frame import cookies
from service.pages.frame.addresses import address
from service.pages.frame.visit import Visit
from service.reading.changes import Changes, changes_since
from service.reading.feed import BeyondTheLog
from service.reading.options import MAX_POSITION

ABSENCE = timedelta(minutes=30)
"""Time without a visit after which a person counts as having been away."""
SHOWN = 6
MAX_PLACES = 8
"""Places that one cookie remembers: those that were shown last."""


class Seen(NamedTuple):
    """The memory of one place: news is shown `since` a position, the end of the log when it was shown at `since_at`.

    `until`: the end of the log when it was shown the last time, at `at`. Times in seconds since 1970.
    """

    since: int
    since_at: int
    until: int
    at: int

    def shown(self, now: int) -> "Seen":
        """The memory as of which the page is shown now: moved on after an absence."""
        if now - self.at > ABSENCE.total_seconds():
            return Seen(self.until, self.at, self.until, now)
        return self


FIRST = Seen(0, 0, 0, 0)


class News(NamedTuple):
    """The changes, and the time since which; None if the reader is here for the first time."""

    changes: Changes
    since: datetime | None
    seen: dict[str, Seen]

    @property
    def items(self) -> list[Change]:
        """The changes that are shown."""
        return self.changes.items

    def remember(self, visit: Visit, answer: Response[Any]) -> Response[Any]:
        """Keep with the answer what was seen."""
        cookies.put(visit.request, answer, "seen", _text(visit.person, self.seen))
        return answer


async def news_of(visit: Visit, to_dos: list[ToDo] | None) -> News:
    """The news of this place. `to_dos`: the open ones, if they were read already. Raises `ViewsLag`."""
    assert visit.place is not None, "news is for people with a role"
    remembered = _seen(cookies.read(visit.request, "seen"), visit.person)
    now, key = int(visit.at.timestamp()), visit.key(visit.place)
    seen = remembered.pop(key, FIRST).shown(now)
    try:
        changes = await _changes(visit, seen.since, to_dos)
    except BeyondTheLog:  # the log was restored
        seen = FIRST
        changes = await _changes(visit, 0, to_dos)
    since = None if not seen.since_at else datetime.fromtimestamp(seen.since_at, UTC)
    latest = sorted(remembered.items(), key=lambda one: one[1].at, reverse=True)[: MAX_PLACES - 1]
    return News(changes, since, {key: seen._replace(until=changes.until, at=now), **dict(latest)})


async def _changes(visit: Visit, since: int, to_dos: list[ToDo] | None) -> Changes:
    return await changes_since(visit.reader, since, visit.language, limit=SHOWN, at_least=visit.recorded, to_dos=to_dos)


def path_of(one: Change, *, outside: bool = False) -> str | None:
    """The address of the page about which a change is."""
    return address(one.subject, outside=outside)


def _text(person: str, seen: dict[str, Seen]) -> str:
    places = [f"{key}:{'.'.join(map(str, one))}" for key, one in seen.items()]
    return "~".join([person, *places])


def _seen(text: str | None, person: str) -> dict[str, Seen]:
    """The memory in a cookie; none if it is that of somebody else, or was changed."""
    owner, *places = (text or "").split("~")
    if owner != person:
        return {}
    found = dict[str, Seen]()
    for one in places[:MAX_PLACES]:
        key, _, numbers = one.partition(":")
        read = [int(number) for number in numbers.split(".") if number.isdecimal() and number.isascii()]
        if len(read) == len(Seen._fields) and max(read) <= MAX_POSITION:
            found[key] = Seen(*read)
    return found
