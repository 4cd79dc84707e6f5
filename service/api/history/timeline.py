"""A team's story over HTTP: what happened to it and its work, in words, in order."""

from datetime import datetime

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from domain.events.programme import ProgrammeOpened
from domain.foundation import Event, Language, NotFound, ProgrammeId, Selector, TeamId
from domain.spanning.sharing import WorkReader
from projections.event_types import events
from projections.feed_access import reach_of
from projections.wording.sentences import SentenceStyle
from projections.wording.story_line import ids_of, in_words, inside
from projections.wording.unreadable import topic_of
from service.api.http.negotiation import language_of
from service.api.http.read_parameters import Limit, Position, started_after
from service.api.requests.request_context import RequestContext
from service.operations.history import open_story
from service.reading.feed import require_reached
from service.reading.names import names_of
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import work_of
from service.reading.trail import told_after

FOR_MEMBERS = frozenset({"programme", "team"})


class Happening(Struct, frozen=True, kw_only=True):
    """Something that happened. `occurred_at`: as stated (rule 26); `by`: who acted, in words."""

    position: int
    type: str
    recorded_at: datetime
    occurred_at: datetime | None
    by: str
    sentence: str
    reason: str | None


class Timeline(Struct, frozen=True):
    """A part of a story. `next`: hand it in as `cursor`, or `after`, for the following part; null at the end."""

    items: list[Happening]
    next: int | None


class TimelineOfTeam(Controller):
    path = "/teams/{team:str}/timeline"
    tags = ("Teams",)

    @get()
    async def read(
        self,
        team: FromPath[TeamId],
        context: NamedDependency[RequestContext],
        reading: NamedDependency[ReadOptions],
        after: Position = None,
        cursor: Position = None,
        limit: Limit = 50,
    ) -> Timeline:
        """Tell a team's story to its members and who guides them, in the language that the caller asks for."""
        work = await work_of(context.reader, team, reading)
        if not work.reads_all:
            raise NotFound
        rights = work.rights
        await context.reader.wait_for_views(reading.at_least)
        guides = rights.facilitates(rights.require_team().programme, team)
        start = started_after(after, cursor)
        await require_reached(context.kring.log, start)
        until, types = await context.reader.position_of(reading), [] if guides else for_members()
        stories, more = await told_after(context.kring, team, start, limit, types=types, until=until)
        stories = [inside(one, context.caller.actor, guides=guides) for one in stories]
        names = await names_of(context.kring, {one for story in stories for one in ids_of(story)}, until)
        await open_story(context.kring, stories, names, outside=False)
        language = await _reader(context.reader, rights, await language_of(context.request))
        told = [in_words(one, names, language, outside=False) for one in stories]
        items = [
            Happening(
                position=story.position,
                type=topic_of(story.event),
                recorded_at=story.recorded_at,
                occurred_at=story.occurred_at,
                by=by,
                sentence=sentence,
                reason=reason,
            )
            for story, (by, sentence, reason) in zip(stories, told, strict=True)
        ]
        return Timeline(items, stories[-1].position if more else None)


def for_members() -> list[type[Event]]:
    """The kinds of events about their team that its members read; who guides reads every kind."""
    return [one for one in events() if reach_of(one) in FOR_MEMBERS]


async def _reader(reader: Reader, rights: WorkReader, language: Language) -> SentenceStyle:
    """Moments are told in the zone of the programme."""
    programme: ProgrammeId = rights.require_team().programme
    for event, _ in await reader.kring.commands.events(Selector(types=[ProgrammeOpened], tags=[programme])):
        assert isinstance(event, ProgrammeOpened), "asked for"
        return SentenceStyle(language, zone=event.timezone, names_zone=False)
    return SentenceStyle(language)
