"""Describes a history in words, directly from the log: in order, in pages, with names folded from events. It uses no view."""

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
from projections.view import EventMetadata, fold_events, tags_of
from projections.wording.difference_sentences import DifferenceContext, in_lines
from projections.wording.differences import Difference, differences, values_in
from projections.wording.event_lines import LoggedEvent, ids_of, line, never_visible, texts_of
from projections.wording.names import MAX_NAME_DEPTH, NAMES, Name
from projections.wording.sentences import SentenceStyle, listed, texts_in
from projections.wording.unreadable import Unreadable
from service.kring import Kring
from service.sealing.sealed_fields import digest_text
from service.store.log.mapper import CannotDecode
from service.store.log.types import RecordedEvent
from service.store.unsealing import open_texts
from service.views import VIEWS

MAX_CACHED_NAMES = 5_000
"""Decrypted names in memory. Beyond this, all are dropped and looked up again."""

IDS_PER_QUERY = 100
ID = re.compile(f"[a-z_]+_{SUFFIX}")

NEVER_VISIBLE = Text(en="Never visible to organisations: {types}.", nl="Nooit zichtbaar voor organisaties: {types}.")


class AmbiguousSubject(ValueError):
    """A history has one subject: an organisation, a programme, a CoP or a ballot."""


class HistoryRange(NamedTuple):
    """The events after `since`, up to and including `as_of`: positions, or times of recording. None: no limit."""

    since: int | datetime | None = None
    as_of: int | datetime | None = None


ALL = HistoryRange()


class HistoryEntry(NamedTuple):
    """An event of a history with its decrypted texts, and what is needed to word it. `outside`: for an organisation."""

    line: LoggedEvent
    names: Mapping[str, Name]
    style: SentenceStyle
    outside: bool


async def replay(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    within: HistoryRange = ALL,
) -> AsyncIterator[str]:
    """A line for each event of `history`. For an organisation, the first line names the event types that none can see."""
    if organisation is not None:
        style, types = SentenceStyle(language), types_never_visible()
        yield style.says(NEVER_VISIBLE).format(types=listed(types, style, at_most=len(types)))
    entries = history(kring, organisation=organisation, about=about, language=language, within=within)
    async for one in entries:
        yield line(one.line, one.names, one.style, outside=one.outside)


async def history(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    within: HistoryRange = ALL,
) -> AsyncIterator[HistoryEntry]:
    """The events visible to an organisation, those about a programme, CoP or ballot, or all events, in order.

    Times are in the time zone that the programme had then. Raises `AmbiguousSubject`.
    """
    if organisation is not None and about is not None:
        raise AmbiguousSubject("name either an organisation, or a programme, CoP or ballot")
    tags = [f"to:{organisation}"] if organisation else [about] if about else []
    after, until = await _position(kring, within.since) or 0, await _position(kring, within.as_of)
    query = kring.commands.mapper.query([Selector(types=[], tags=tags)] if tags else [])
    style, names, outside = SentenceStyle(language), dict[str, Name](), organisation is not None
    zones = [] if about is None else await _zones(kring, query, until)
    async for page in kring.log.stream(query, after=after, until=until):
        lines = [as_line(kring, one) for one in page]
        if len(names) > MAX_CACHED_NAMES:
            names.clear()
        await _look_up_names(kring, names, {one for each in lines for one in ids_of(each)}, until)
        await open_lines(kring, lines, names, outside=outside)
        for each in lines:
            while zones and zones[0].since <= each.position:
                style = style._replace(zone=zones.pop(0).name, names_zone=False)
            yield HistoryEntry(each, names, style, outside)


async def describe_differences(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    about: ProgrammeId | TeamId | BallotId | None = None,
    language: Language = "nl",
    within: HistoryRange = ALL,
) -> list[str]:
    """Lines that describe the differences between the beginning and the end of a range, for everything about one subject.

    For an organisation: everything visible to it. Texts are shown if the history up to the end of the range quotes them, or if
    they name things. Raises `AmbiguousSubject`.
    """
    if (organisation is None) == (about is None):
        raise AmbiguousSubject("name either an organisation, or a programme, CoP or ballot")
    tag = about or f"to:{organisation}"
    after = await _position(kring, within.since) or 0
    until = max(after, await kring.log.head() if within.as_of is None else await _position(kring, within.as_of) or 0)
    before, now = [await kring.past([tag], at).rows_by_view(VIEWS) for at in (after, until)]
    found = [one for some in _differences(before, now).values() for one in some]
    ids = {named for one in found for named in _ids_in(one)}
    names, quoted = await _names_and_quotes(kring, tag, ids, after, until)
    texts = [value for one in found for value, _ in values_in(one) if isinstance(value, Sealed)]
    await open_texts(kring.log, kring.keys, [*names.values(), *(one for one in texts if one.digest in quoted)])
    query = kring.commands.mapper.query([Selector(types=[], tags=[tag])])
    zones = [] if about is None else await _zones(kring, query, until)
    context = DifferenceContext(
        SentenceStyle(language, zone=zones[-1].name, names_zone=False) if zones else SentenceStyle(language),
        names,
        tag,
        quoted,
    )
    # Compared once more: two sealed texts differ even if they say the same, which shows only once they are opened.
    return list(in_lines(_differences(before, now), after, until, context))


async def _names_and_quotes(
    kring: Kring, tag: str, ids: Collection[str], after: int, until: int
) -> tuple[dict[str, Name], set[str | None]]:
    """The names of these ids at `until`, and the digests of the texts that the history of a tag quotes up to there."""
    then, now = dict[str, Name](), dict[str, Name]()
    await _look_up_names(kring, then, ids, after)
    await _look_up_names(kring, now, ids, until)
    found, _ = await kring.log.read(kring.commands.mapper.query([Selector(types=[], tags=[tag])]), until=until)
    quoted = {text.digest for one in found for text in texts_in(as_line(kring, one).event)}
    used_in_names = [
        text.digest for one in (*then.values(), *now.values()) for text in (one.personal, one.words) if text
    ]
    return now, {*quoted, *used_in_names}


def _differences(
    before: Mapping[str, Mapping[str, Struct]], now: Mapping[str, Mapping[str, Struct]]
) -> dict[str, list[Difference]]:
    return {view: differences(before[view], rows) for view, rows in now.items() if view in before}


def _ids_in(thing: Difference) -> Iterator[str]:
    """The ids whose names are needed to describe a difference."""
    yield from tags_of(thing.key)
    yield from (value for value, _ in values_in(thing) if isinstance(value, str) and ID.fullmatch(value))


class Zone(NamedTuple):
    """A programme's time zone, and the position of the event that set it."""

    since: int
    name: str


async def _position(kring: Kring, at: int | datetime | None) -> int | None:
    return await kring.log.position_at(at) if isinstance(at, datetime) else at


async def _zones(kring: Kring, query: DCBQuery, until: int | None) -> list[Zone]:
    """The time zones of the programme of these events, in order."""
    first, _ = await kring.log.read(query, limit=1)
    programmes = [tag for one in first for tag in one.tags if tag.startswith("programme_")]
    selectors = [Selector(types=[ProgrammeOpened, ProgrammeRevised], tags=[one]) for one in programmes]
    events = [found for one in selectors for found in await kring.commands.events(one, until=until)]
    return [
        Zone(at.position, event.timezone)
        for event, at in events
        if isinstance(event, ProgrammeOpened | ProgrammeRevised)
    ]


def types_never_visible() -> list[str]:
    """The event types that no organisation can see."""
    return [one.type for one in never_visible(events(), {})]


def as_line(kring: Kring, recorded: RecordedEvent) -> LoggedEvent:
    """A recorded event as a line of a history, with its texts still sealed. Of an unreadable event only its type is named."""
    reason = recorded.reason_digest
    try:
        event, _ = kring.commands.mapper.decode_with_metadata(recorded)
    except CannotDecode:
        event = Unreadable(topic=Label(recorded.type))
    return LoggedEvent(
        event=event,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        occurred_at=recorded.occurred_at,
        actor=recorded.actor,
        on_behalf_of=recorded.on_behalf_of,
        reason=None if reason is None else Words(digest=digest_text(reason)),
    )


async def open_lines(kring: Kring, lines: Iterable[LoggedEvent], names: Mapping[str, Name], *, outside: bool) -> None:
    """Decrypt the texts that these lines quote, and the names, in place."""
    texts = [text for one in lines for text in texts_of(one, outside=outside)]
    await open_texts(kring.log, kring.keys, [*texts, *names.values()])


async def _look_up_names(kring: Kring, names: dict[str, Name], wanted: Collection[str], until: int | None) -> None:
    """Add the names of these ids at `until`, and the names that those refer to."""
    for _ in range(MAX_NAME_DEPTH):
        missing = sorted(one for one in wanted if one not in names)
        for first in range(0, len(missing), IDS_PER_QUERY):
            names.update(await _names_of(kring, missing[first : first + IDS_PER_QUERY], until))
        wanted = {str(row.of) for one in missing if (row := names.get(one)) is not None and row.of is not None}
        if not wanted:
            return


async def _names_of(kring: Kring, ids: Collection[str], until: int | None) -> dict[str, Name]:
    mapper = kring.commands.mapper
    query = mapper.query([Selector(types=list(NAMES.takes), tags=[one]) for one in ids])
    found, _ = await kring.log.read(query, until=until)
    named = list[tuple[Event, EventMetadata]]()
    for one in found:
        with contextlib.suppress(CannotDecode):  # its subject is then shown by its id
            named.append(mapper.decode_with_metadata(one))
    return fold_events(NAMES, named, only=ids)
