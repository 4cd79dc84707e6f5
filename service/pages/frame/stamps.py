"""Stamps: the events behind what a page shows, each with its actor, time and position."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.foundation import Selector
from domain.teams.team import TeamRights
from service.reading.feed import can_read
from service.reading.reader import Reader
from service.store.log.types import RecordedEvent


class Stamp(NamedTuple):
    """The stamp of one event. `at`: when it happened; `stated`: whether a person stated that time, not the log (rule 26).

    `recorded_at`: the time by the log.
    """

    position: int
    topic: str
    at: datetime
    stated: bool
    actor: str
    tags: frozenset[str]
    recorded_at: datetime


class Stamps:
    """The stamps of a page, the oldest first."""

    def __init__(self, stamps: Sequence[Stamp]) -> None:
        self._all = stamps

    def actors(self) -> set[str]:
        """The actors, for their names."""
        return {one.actor for one in self._all}

    def each(self, topic: str, *tags: str) -> list[Stamp]:
        """The stamps of one type of event with these tags."""
        return [one for one in self._all if one.topic == topic and one.tags.issuperset(tags)]

    def first(self, topic: str, *tags: str) -> Stamp | None:
        """The first of them."""
        return next(iter(self.each(topic, *tags)), None)

    def number(self, topic: str, number: int, *tags: str) -> Stamp | None:
        """The stamp of the version of this number, counted from 1, of something that gets a new version with each event."""
        return next(iter(self.each(topic, *tags)[number - 1 :]), None)

    def last(self, topic: str, *tags: str) -> Stamp | None:
        """The latest of them."""
        return next(reversed(self.each(topic, *tags)), None)


def stamp_of(recorded: RecordedEvent) -> Stamp:
    """The stamp of a recorded event."""
    at = recorded.occurred_at or recorded.recorded_at
    stated = recorded.occurred_at is not None
    tags = frozenset(recorded.tags)
    return Stamp(recorded.position, recorded.type, at, stated, recorded.actor, tags, recorded.recorded_at)


async def stamps_for(
    reader: Reader, rights: TeamRights, selectors: Iterable[Selector], until: int | None = None
) -> Stamps:
    """The stamps of the events that these selectors choose and the caller may read, in one query."""
    found, _ = await reader.kring.log.read(reader.kring.commands.mapper.query(list(selectors)), until=until)
    return Stamps([stamp_of(one) for one in found if can_read(rights, one)])


async def newest_stamp(
    reader: Reader, rights: TeamRights, selector: Selector, until: int | None = None
) -> Stamp | None:
    """The stamp of the newest event that this selector chooses, if the caller may read it."""
    query = reader.kring.commands.mapper.query([selector])
    found, _ = await reader.kring.log.read(query, until=until, limit=1, newest=True)
    return next((stamp_of(one) for one in found if can_read(rights, one)), None)
