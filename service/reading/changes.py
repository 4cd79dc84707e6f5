"""Changes since the caller was last here: events by others that they may read, ranked, grouped and put into words.

The log is read by tags, the newest events first, in two bounded reads: what may matter to the caller, and everything else. So
in a large programme a thousand papers do not crowd out one decision.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct

from domain.foundation import Language, OrganisationId
from domain.trips.guests import TripRights
from projections.derived.changes import (
    ASKS,
    DECISIONS,
    Change,
    ChangeGroup,
    Reading,
    ranked,
    subject_of,
)
from projections.derived.to_dos import ToDo
from projections.event_types import events
from projections.wording.change_sentences import ABOUT_YOU, REPETITIONS, repetition
from projections.wording.event_lines import LoggedEvent, actor_in_words, ids_of
from projections.wording.names import Name
from projections.wording.sentences import SentenceStyle, sentence
from service.operations.history import as_line, open_lines
from service.reading.feed import BeyondTheLog, can_read, programme_of
from service.reading.names import names_for_organisation, names_of
from service.reading.permissions import INSIDE_ROLES, own_teams, programmes_of
from service.reading.reader import Reader
from service.reading.to_dos import to_dos_of
from service.reading.trail import sentence_style
from service.reading.trips import trip_rights
from service.store.log.types import RecordedEvent

MAX_MATTERING = 300
"""Events that are read of the person, their CoPs, and the types that ask or decide something."""
MAX_OTHERS = 100
"""Events that are read of all other types."""

MATTERING = sorted(DECISIONS.union(ASKS))
OTHERS = sorted({one.TOPIC for one in events()}.difference(MATTERING))
FOR_ALL = frozenset(one.TOPIC for one in events() if one.REACH == "programme")
"""The types of event that all participants of a programme may read."""


class Changes(Struct, frozen=True):
    """Changes since a position, the most important first.

    `until`: the last position that was read, from which to ask the next time. `more`: the number of further items. `complete`:
    whether everything was considered; if not, everything after the position `all_after` was.
    """

    items: list[Change]
    more: int
    complete: bool
    all_after: int
    until: int


class Found(NamedTuple):
    """The events of one bounded read, in order, whether it reached its bound, and the head of the log."""

    events: Sequence[RecordedEvent]
    cut: bool
    head: int


async def changes_since(
    reader: Reader,
    since: int,
    language: Language,
    *,
    limit: int,
    at_least: int | None = None,
    to_dos: Sequence[ToDo] | None = None,
) -> Changes:
    """List the changes by others that concern the caller, since a position. Raises `BeyondTheLog`, `ViewsLag`.

    `to_dos`: the caller's open to-dos, if they were read already; else they are read if an event may lead to one.
    """
    views, rights = await reader.wait_for_views(at_least), await trip_rights(reader)
    rights.require_token()
    mattering, others = await asyncio.gather(
        _newest(reader, _mattering(rights), since, MAX_MATTERING), _newest(reader, _others(rights), since, MAX_OTHERS)
    )
    if since > max(mattering.head, others.head):
        raise BeyondTheLog
    known = {one.position: one for one in (*mattering.events, *others.events)}
    found = [one for one in known.values() if one.actor != reader.caller.actor and can_read(rights, one)]
    if to_dos is None:
        asking = any(one.type in ASKS for one in found)
        to_dos = await to_dos_of(reader, views, rights) if asking else []
    groups = ranked(found, Reading(reader.caller.person, _teams(rights), to_dos))
    cut = [one.events[0].position - 1 for one in (mattering, others) if one.cut]
    return Changes(
        items=await _in_words(reader, rights, groups[:limit], known, language, at_least=others.cut),
        more=max(0, len(groups) - limit),
        complete=not cut,
        all_after=max([since, *cut]),
        until=min(mattering.head, others.head),  # an event between the two reads is read the next time
    )


def _teams(rights: TripRights) -> frozenset[str] | None:
    """The CoPs that are the caller's own; None: all of which they can read."""
    return frozenset(_own(rights)) if rights.by.role == "participant" else None


def _own(rights: TripRights) -> list[str]:
    return [*own_teams(rights), *(one for one in rights.former_teams() if rights.was_last_member(one))]


def _mattering(rights: TripRights) -> list[DCBQueryItem]:
    """The events of the person and their CoPs, and those of their programmes and organisations that ask or decide."""
    mine = [] if rights.by.person is None else [rights.by.person]
    whole = [DCBQueryItem(tags=[one]) for one in (*mine, *_own(rights))]
    return [*whole, *_within(rights, MATTERING)]


def _others(rights: TripRights) -> list[DCBQueryItem]:
    """The other events of the caller's programmes and organisations."""
    return _within(rights, OTHERS)


def _within(rights: TripRights, types: Sequence[str]) -> list[DCBQueryItem]:
    """The events of these types of the caller's programmes, as far as their role can read any, and organisations."""
    if rights.by.role == "participant":
        types = [one for one in types if one in FOR_ALL]
    scopes: list[list[str]] = [[one] for one in programmes_of(rights)]
    for one in rights.organisations_served():
        scopes += (
            [[f"to:{one}"]] if rights.by.programmes is None else [[f"to:{one}", to] for to in rights.by.programmes]
        )
    return [DCBQueryItem(types=list(types), tags=list(tags)) for tags in scopes]


async def _newest(reader: Reader, items: list[DCBQueryItem], since: int, many: int) -> Found:
    """At most `many` events after a position, the newest, in order."""
    if not items:
        return Found([], cut=False, head=await reader.kring.log.head())
    found, head = await reader.kring.log.read(DCBQuery(items), after=since, limit=many, newest=True)
    return Found(found, len(found) == many, head)


# Words


class _Words(NamedTuple):
    """The names and the style in which events are put into words for one reader."""

    names: Mapping[str, Name]
    style: SentenceStyle


async def _in_words(
    reader: Reader,
    rights: TripRights,
    groups: Sequence[ChangeGroup],
    known: Mapping[int, RecordedEvent],
    language: Language,
    *,
    at_least: bool,
) -> list[Change]:
    """The groups in words. `known`: the events by position. `at_least`: not all events that matter less were read."""
    newest = [one.newest.position for one in groups]
    lines = {at: as_line(reader.kring, known[at])._replace(reason=None) for at in newest}
    outside = reader.caller.role not in INSIDE_ROLES
    audiences = {one.newest.position: _audience(rights, one) if outside else None for one in groups}
    words: dict[OrganisationId | None, _Words] = {}
    for organisation in dict.fromkeys(audiences.values()):
        theirs = [lines[at] for at, one in audiences.items() if one == organisation]
        words[organisation] = await _words_for(reader, rights, organisation, theirs, language, outside=outside)
    return [
        _change(one, lines[one.newest.position], words[audiences[one.newest.position]], at_least=at_least)
        for one in groups
    ]


def _audience(rights: TripRights, group: ChangeGroup) -> OrganisationId | None:
    """The organisation for which the caller reads these events."""
    served = (OrganisationId(one.removeprefix("to:")) for one in group.newest.tags if one.startswith("to:"))
    return next((one for one in served if one in rights.organisations_served()), None)


async def _words_for(
    reader: Reader,
    rights: TripRights,
    organisation: OrganisationId | None,
    lines: Sequence[LoggedEvent],
    language: Language,
    *,
    outside: bool,
) -> _Words:
    """The names that these lines need, for an organisation as its trail has them."""
    ids, style = {id_ for line in lines for id_ in ids_of(line)}, SentenceStyle(language, pseudonyms=outside)
    if organisation is None:
        names = await names_of(reader.kring, ids)
    else:
        names = await names_for_organisation(reader.kring, ids, organisation)
        style = await sentence_style(reader.kring, rights, organisation, language)
    await open_lines(reader.kring, lines, names, outside=outside)
    return _Words(names, style)


def _change(group: ChangeGroup, line: LoggedEvent, words: _Words, *, at_least: bool) -> Change:
    newest, to_do = group.newest, group.to_do
    by = actor_in_words(line, words.names, words.style)
    if group.many > 1 and newest.type in REPETITIONS:
        actors = {one.actor for one in group.events}
        who = by if newest.actor.startswith(("person_", "token_")) else None
        cut = at_least and newest.type not in MATTERING
        said = repetition(newest.type, group.many, who, len(actors) - 1, words.style.language, at_least=cut)
    elif group.importance == "about_you" and newest.type in ABOUT_YOU:
        said = words.style.says(ABOUT_YOU[newest.type]).format(who=by)
    else:
        said = sentence(line.event, words.names, words.style)
    return Change(
        importance=group.importance,
        type=newest.type,
        sentence=said,
        by=by,
        at=newest.recorded_at,
        occurred_at=newest.occurred_at,
        subject=subject_of(group),
        programme=programme_of(newest.tags),
        count=group.many,
        position=newest.position,
        positions=tuple(sorted(one.position for one in group.events)),
        to_do=None if to_do is None else to_do.kind,
        due_at=None if to_do is None else to_do.due_at,
        due_on=None if to_do is None else to_do.due_on,
    )
