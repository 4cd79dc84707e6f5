"""A team's timeline: the events of the team and its work, in words."""

from datetime import datetime

from msgspec import Struct

from domain.events.programme import ProgrammeOpened
from domain.foundation import Event, Language, NotFound, ProgrammeId, Selector, TeamId
from domain.spanning.sharing import WorkReader
from projections.event_types import events
from projections.wording.event_lines import as_visible_inside, ids_of, in_words
from projections.wording.sentences import SentenceStyle
from projections.wording.unreadable import topic_of
from service.operations.history import open_lines
from service.reading.feed import require_reached
from service.reading.names import names_of
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import work_of
from service.reading.trail import events_after

FOR_MEMBERS = frozenset({"programme", "team"})


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """An event of a timeline, in words. `occurred_at`: as stated (rule 26). `by`: the actor."""

    position: int
    type: str
    recorded_at: datetime
    occurred_at: datetime | None
    by: str
    sentence: str
    reason: str | None


class Timeline(Struct, frozen=True):
    """A page of a timeline. `next`: the `cursor`, or `after`, of the following page; null at the end."""

    items: list[TimelineEntry]
    next: int | None


def for_members() -> list[type[Event]]:
    """The event types of a team that its members may read; facilitators may read all types."""
    return [one for one in events() if one.REACH in FOR_MEMBERS]


async def _style(reader: Reader, rights: WorkReader, language: Language) -> SentenceStyle:
    """The style of the sentences, with times in the time zone of the programme."""
    programme: ProgrammeId = rights.require_team().programme
    for event, _ in await reader.kring.commands.events(Selector(types=[ProgrammeOpened], tags=[programme])):
        assert isinstance(event, ProgrammeOpened), "the selector chooses no other type"
        return SentenceStyle(language, zone=event.timezone, names_zone=False)
    return SentenceStyle(language)


async def timeline_of(
    reader: Reader, team: TeamId, reading: ReadOptions, language: Language, *, after: int, limit: int
) -> Timeline:
    """A page of a team's timeline after a position, for its members and facilitators. Raises `NotFound`."""
    work = await work_of(reader, team, reading)
    if not work.reads_all:
        raise NotFound
    rights = work.rights
    await reader.wait_for_views(reading.at_least)
    facilitates = rights.facilitates(rights.require_team().programme, team)
    await require_reached(reader.kring.log, after)
    until, types = await reader.position_of(reading), [] if facilitates else for_members()
    found, more = await events_after(reader.kring, team, after, limit, types=types, until=until)
    lines = [as_visible_inside(one, reader.caller.actor, facilitates=facilitates) for one in found]
    names = await names_of(reader.kring, {id_ for line in lines for id_ in ids_of(line)}, until)
    await open_lines(reader.kring, lines, names, outside=False)
    style = await _style(reader, rights, language)
    words = [in_words(one, names, style, outside=False) for one in lines]
    items = [
        TimelineEntry(
            position=line.position,
            type=topic_of(line.event),
            recorded_at=line.recorded_at,
            occurred_at=line.occurred_at,
            by=by,
            sentence=sentence,
            reason=reason,
        )
        for line, (by, sentence, reason) in zip(lines, words, strict=True)
    ]
    return Timeline(items, lines[-1].position if more else None)
