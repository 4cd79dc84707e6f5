"""A history in words, from the log itself: read in order, in pages, with names folded from events. It rests on no view."""

import contextlib
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from eventsourcing.dcb.api import DCBQuery
from msgspec import Struct

from domain.events.programme import ProgrammeOpened, ProgrammeRevised
from domain.foundation import (
    SUFFIX,
    BallotId,
    Event,
    Label,
    Language,
    OrganisationId,
    ProgrammeId,
    Sealed,
    Selector,
    TeamId,
    Text,
    Words,
)
from projections.event_types import events
from projections.view import EventMetadata, tags_of
from projections.view import replay as fold
from projections.wording.difference_sentences import Telling, in_lines
from projections.wording.differences import Difference, differences, values_in
from projections.wording.names import DEEPEST, NAMES, Name
from projections.wording.sentences import SentenceStyle, listed, texts_in
from projections.wording.story_line import Told, ids_of, line, never_told, texts_of
from projections.wording.unreadable import Unreadable
from service.kring import Kring
from service.sealing.sealed_fields import digest_text
from service.store.log.mapper import CannotDecode
from service.store.log.types import Recorded
from service.store.unsealing import open_texts
from service.views import VIEWS

NAMES_AT_MOST = 5_000
"""Names that a replay keeps open at a time; beyond it, it begins to look them up anew."""

IDS_AT_A_TIME = 100
ID = re.compile(f"[a-z_]+_{SUFFIX}")

NEVER = Text(en="Never told to organisations: {kinds}.", nl="Nooit verteld aan organisaties: {kinds}.")


class OneOrTheOther(ValueError):
    """A history is of one thing: an organisation, a programme, a CoP or a ballot."""


class Stretch(NamedTuple):
    """Of a history, what came after `since` up to and with `as_of`: positions, or moments at which it was recorded; None: all."""

    since: int | datetime | None = None
    as_of: int | datetime | None = None


ALL = Stretch()


class Passage(NamedTuple):
    """An event of a history, opened, with all that it takes to put it into words. `outside`: told to an organisation."""

    told: Told
    names: Mapping[str, Name]
    style: SentenceStyle
    outside: bool


async def replay(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    stretch: Stretch = ALL,
) -> AsyncIterator[str]:
    """A line for each event of `history`. An organisation's begins with the kinds of events that it is never told."""
    if organisation is not None:
        style, kinds = SentenceStyle(language), kinds_never_told()
        yield style.says(NEVER).format(kinds=listed(kinds, style, at_most=len(kinds)))
    passages = history(kring, organisation=organisation, about=about, language=language, stretch=stretch)
    async for one in passages:
        yield line(one.told, one.names, one.style, outside=one.outside)


async def history(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    stretch: Stretch = ALL,
) -> AsyncIterator[Passage]:
    """What was told to an organisation, what happened in a programme, a CoP or a ballot, or everything: each event, in order.

    Moments are told in the zone that the programme then had. Raises `OneOrTheOther`.
    """
    if organisation is not None and about is not None:
        raise OneOrTheOther("name an organisation, or what happened in one thing, not both")
    tags = [f"to:{organisation}"] if organisation else [about] if about else []
    after, until = await _position(kring, stretch.since) or 0, await _position(kring, stretch.as_of)
    query = kring.commands.mapper.query([Selector(types=[], tags=tags)] if tags else [])
    style, names, outside = SentenceStyle(language), dict[str, Name](), organisation is not None
    zones = [] if about is None else await _zones(kring, query, until)
    async for page in kring.log.stream(query, after=after, until=until):
        stories = [told(kring, one) for one in page]
        if len(names) > NAMES_AT_MOST:
            names.clear()
        await _learn_names(kring, names, {one for story in stories for one in ids_of(story)}, until)
        await open_story(kring, stories, names, outside=outside)
        for story in stories:
            while zones and zones[0].since <= story.position:
                style = style._replace(zone=zones.pop(0).name, names_zone=False)
            yield Passage(story, names, style, outside)


async def what_differs(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    stretch: Stretch = ALL,
) -> list[str]:
    """What differs between the beginning and the end of a stretch, in lines: of all that stands in one thing.

    Of an organisation: what it was told of from the beginning. Of texts those that the history quotes up to the end, and those
    by which things are called. Raises `OneOrTheOther`.
    """
    if (organisation is None) == (about is None):
        raise OneOrTheOther("name an organisation, or one thing")
    tag = about or f"to:{organisation}"
    after = await _position(kring, stretch.since) or 0
    until = max(after, await kring.log.head() if stretch.as_of is None else await _position(kring, stretch.as_of) or 0)
    before, now = [await kring.past([tag], at).things(VIEWS) for at in (after, until)]
    found = [one for some in _differences(before, now).values() for one in some]
    ids = {named for one in found for named in _ids_told(one)}
    names, quoted = await _named_and_quoted(kring, tag, ids, after, until)
    texts = [value for one in found for value, _ in values_in(one) if isinstance(value, Sealed)]
    await open_texts(kring.log, kring.keys, [*names.values(), *(one for one in texts if one.digest in quoted)])
    query = kring.commands.mapper.query([Selector(types=[], tags=[tag])])
    zones = [] if about is None else await _zones(kring, query, until)
    telling = Telling(
        SentenceStyle(language, zone=zones[-1].name, names_zone=False) if zones else SentenceStyle(language),
        names,
        tag,
        quoted,
    )
    # Compared once more: what was typed again as it was differs while it is closed, and does not once it is open.
    return list(in_lines(_differences(before, now), after, until, telling))


async def _named_and_quoted(
    kring: Kring, tag: str, ids: Collection[str], after: int, until: int
) -> tuple[dict[str, Name], set[str | None]]:
    """How these ids are called at `until`, and the digests of the texts that the history under a tag tells up to there."""
    then, now = dict[str, Name](), dict[str, Name]()
    await _learn_names(kring, then, ids, after)
    await _learn_names(kring, now, ids, until)
    found, _ = await kring.log.read(kring.commands.mapper.query([Selector(types=[], tags=[tag])]), until=until)
    quoted = {text.digest for one in found for text in texts_in(told(kring, one).event)}
    called = [text.digest for one in (*then.values(), *now.values()) for text in (one.personal, one.words) if text]
    return now, {*quoted, *called}


def _differences(
    before: Mapping[str, Mapping[str, Struct]], now: Mapping[str, Mapping[str, Struct]]
) -> dict[str, list[Difference]]:
    return {view: differences(before[view], rows) for view, rows in now.items() if view in before}


def _ids_told(thing: Difference) -> Iterator[str]:
    """The ids whose names it takes to tell a difference."""
    yield from tags_of(thing.key)
    yield from (value for value, _ in values_in(thing) if isinstance(value, str) and ID.fullmatch(value))


class Zone(NamedTuple):
    """A time zone that a programme had since a position."""

    since: int
    name: str


async def _position(kring: Kring, at: int | datetime | None) -> int | None:
    return await kring.log.position_at(at) if isinstance(at, datetime) else at


async def _zones(kring: Kring, query: DCBQuery, until: int | None) -> list[Zone]:
    """The zones of the programme in which these events stand, in order."""
    first, _ = await kring.log.read(query, limit=1)
    programmes = [tag for one in first for tag in one.tags if tag.startswith("programme_")]
    selectors = [Selector(types=[ProgrammeOpened, ProgrammeRevised], tags=[one]) for one in programmes]
    events = [told for one in selectors for told in await kring.commands.events(one, until=until)]
    return [
        Zone(at.position, event.timezone)
        for event, at in events
        if isinstance(event, ProgrammeOpened | ProgrammeRevised)
    ]


def kinds_never_told() -> list[str]:
    """The topics that no organisation is told."""
    return [one.type for one in never_told(events(), {})]


def told(kring: Kring, recorded: Recorded) -> Told:
    """A row of the log as a line of a story; its texts are still closed. What cannot be read is named, and no more."""
    reason = recorded.reason_digest
    try:
        event, _ = kring.commands.mapper.told(recorded)
    except CannotDecode:
        event = Unreadable(topic=Label(recorded.type))
    return Told(
        event=event,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        occurred_at=recorded.occurred_at,
        actor=recorded.actor,
        on_behalf_of=recorded.on_behalf_of,
        reason=None if reason is None else Words(digest=digest_text(reason)),
    )


async def open_story(kring: Kring, stories: Iterable[Told], names: Mapping[str, Name], *, outside: bool) -> None:
    """Open the texts that these lines quote, and the names, in place."""
    texts = [text for one in stories for text in texts_of(one, outside=outside)]
    await open_texts(kring.log, kring.keys, [*texts, *names.values()])


async def _learn_names(kring: Kring, names: dict[str, Name], wanted: Collection[str], until: int | None) -> None:
    """Add how these ids were called at `until`, and what their names rest on."""
    for _ in range(DEEPEST):
        missing = sorted(one for one in wanted if one not in names)
        for first in range(0, len(missing), IDS_AT_A_TIME):
            names.update(await _names_of(kring, missing[first : first + IDS_AT_A_TIME], until))
        wanted = {str(row.of) for one in missing if (row := names.get(one)) is not None and row.of is not None}
        if not wanted:
            return


async def _names_of(kring: Kring, ids: Collection[str], until: int | None) -> dict[str, Name]:
    mapper = kring.commands.mapper
    query = mapper.query([Selector(types=list(NAMES.takes), tags=[one]) for one in ids])
    found, _ = await kring.log.read(query, until=until)
    named = list[tuple[Event, EventMetadata]]()
    for one in found:
        with contextlib.suppress(CannotDecode):  # what it names is called by its id
            named.append(mapper.told(one))
    return fold(NAMES, named, only=ids)
