"""Facts: an event's own page, and everything that happened to a person and their CoPs."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import NotFound, Text
from domain.teams.team import TeamRights
from projections.wording.event_lines import LoggedEvent, ids_of, in_words
from projections.wording.names import Name
from projections.wording.sentences import SentenceStyle
from projections.wording.unreadable import Unreadable
from service.operations.history import open_lines
from service.pages.frame.addresses import address
from service.pages.frame.stamps import Stamp, stamp_of
from service.pages.frame.visit import Visit
from service.reading.feed import can_read
from service.reading.names import names_for_organisation, names_of
from service.reading.notifications import as_seen_inside, newest
from service.reading.options import MAX_POSITION, ListOptions
from service.reading.permissions import INSIDE_ROLES, NAMING_ROLES
from service.reading.trail import sentence_style
from service.store.log.types import RecordedEvent

NEIGHBOURS = 3
"""Facts about the same thing that are shown before and after one."""
SHOWN = 30
"""Facts on one page of what happened."""

READERS: dict[str, Text] = {
    "programme": Text(en="everybody in the programme", nl="iedereen in de leergang"),
    "team": Text(en="the members of its CoPs and their facilitators", nl="de leden van de CoP en hun begeleiders"),
    "guides": Text(en="facilitators and managers", nl="begeleiders en managers"),
    "own": Text(
        en="the people concerned, and facilitators and managers", nl="wie het aangaat, en begeleiders en managers"
    ),
}
"""The people inside a programme who can read a fact, by the reach of its type."""


class Worded(NamedTuple):
    """A fact in words, as this visitor may read it."""

    by: str
    sentence: str
    reason: str | None
    stamp: Stamp


class FactPages(Controller):
    """Pages about facts."""

    path = "/"

    @get("/facts/{position:int}")
    async def fact(self, visit: NamedDependency[Visit], position: FromPath[int]) -> Response[Any]:
        """Show one fact: what it says, who can read it, and what came before and after it."""
        rights = await visit.rights()
        found = await _at(visit, position)
        if found is None or not can_read(rights, found):
            raise NotFound
        subject = found.tags[0]
        before = await _about(visit, rights, subject, until=position - 1)
        after = await _about(visit, rights, subject, after=position)
        caused_by = None if found.causation_id is None else await _at(visit, found.causation_id)
        causes = [caused_by] if caused_by is not None and can_read(rights, caused_by) else []
        worded = await in_words_of(visit, rights, [found, *before, *after, *causes])
        event = _line(visit, rights, found).event
        names = await visit.names([subject, *(one.removeprefix("to:") for one in found.tags if one.startswith("to:"))])
        return visit.page(
            "facts/fact.html",
            fact=worded[0],
            recorded=found,
            before=worded[1 : 1 + len(before)],
            after=worded[1 + len(before) : 1 + len(before) + len(after)],
            causes=worded[1 + len(before) + len(after) :],
            inside=None if isinstance(event, Unreadable) else READERS[type(event).REACH],
            organisations=[names.of(one.removeprefix("to:")) for one in found.tags if one.startswith("to:")],
            subject=subject,
            subject_name=names.of(subject),
            subject_path=address(subject, outside=visit.organisation is not None),
        )

    @get("/notifications")
    async def notifications(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show what others did that concerns the person or one of their CoPs, the newest first."""
        rights = await visit.rights()
        listing = ListOptions(cursor=visit.request.query_params.get("before", ""))
        before = int(listing.cursor) if listing.cursor.isdecimal() else MAX_POSITION
        found = await newest(visit.reader, rights, min(before, MAX_POSITION), SHOWN + 1)
        happened = await in_words_of(visit, rights, found[:SHOWN])
        following = found[SHOWN - 1].position if len(found) > SHOWN else None
        return visit.page("facts/notifications.html", here="/", happened=happened, following=following)


async def in_words_of(visit: Visit, rights: TeamRights, found: list[RecordedEvent]) -> list[Worded]:
    """These events in words, as the visitor may read them."""
    lines = [_line(visit, rights, one) for one in found]
    names, style = await _names_and_style(visit, rights, {id_ for line in lines for id_ in ids_of(line)})
    outside = visit.role not in INSIDE_ROLES
    await open_lines(visit.kring, lines, names, outside=outside)
    return [
        Worded(*in_words(line, names, style, outside=outside), stamp_of(one))
        for line, one in zip(lines, found, strict=True)
    ]


async def _names_and_style(
    visit: Visit, rights: TeamRights, ids: Collection[str]
) -> tuple[Mapping[str, Name], SentenceStyle]:
    """The names of these ids and the style of the sentences; for an organisation as its trail has them."""
    if visit.organisation is None:
        style = SentenceStyle(visit.language, pseudonyms=visit.role not in NAMING_ROLES)
        return await names_of(visit.kring, ids), style
    style = await sentence_style(visit.kring, rights, visit.organisation, visit.language)
    return await names_for_organisation(visit.kring, ids, visit.organisation), style


def _line(visit: Visit, rights: TeamRights, found: RecordedEvent) -> LoggedEvent:
    return as_seen_inside(visit.reader, rights, found)


async def _at(visit: Visit, position: int) -> RecordedEvent | None:
    """The event at a position."""
    found, _ = await visit.kring.log.read(after=position - 1, until=position, limit=1)
    return found[0] if found else None


async def _about(
    visit: Visit, rights: TeamRights, subject: str, *, after: int = 0, until: int | None = None
) -> list[RecordedEvent]:
    """The nearest facts about the same thing that the visitor may read, the oldest first."""
    query = DCBQuery([DCBQueryItem(tags=[subject])])
    found, _ = await visit.kring.log.read(
        query, after=after, until=until, limit=NEIGHBOURS * 4, newest=until is not None
    )
    readable = [one for one in found if can_read(rights, one)]
    return readable[-NEIGHBOURS:] if until is not None else readable[:NEIGHBOURS]
