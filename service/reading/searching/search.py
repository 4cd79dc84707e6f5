"""Search in the names, titles and texts that a caller may see, within a programme or an organisation.

The texts are opened for this request only, the newest first and in small portions, so that other requests are answered
meanwhile. Nothing is kept of them: a text that is redacted or erased is not found from that moment on.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.foundation import AnyId, Language, OrganisationId, ProgrammeId, Sealed, Selector, TeamId, Text
from domain.people.rights import Rights
from projections.advice import Advice
from projections.derived.searched import SEARCHED, NamedTeam, Searched, in_words, texts_at
from projections.gatherings import Gathering
from projections.people import ORGANISATIONS, Organisation
from projections.programmes import Programme
from projections.teams import Preferences
from projections.view import ids
from projections.wording.names import display_name, shortened
from service.clock_and_ids import milliseconds_of
from service.reading.names import names_of
from service.reading.options import BadText, ListOptions, page_of
from service.reading.permissions import everyone
from service.reading.reader import Reader
from service.reading.searching.folding import fold
from service.reading.searching.matching import Likeness, Query, QueryWord, Range
from service.reading.searching.rows import rows_of_programme
from service.store.unsealing import open_texts

MAX_TEXTS = 5000
"""Texts that are opened for one search: the newest."""
PORTION = 400
"""Texts that are opened at once; after each portion, other requests have their turn."""
MAX_PROGRAMMES = 20
"""Programmes of an organisation that are searched at once: the newest."""
MAX_QUERY_LENGTH = 200
NO_WORD = Text(en="contains no letter or digit", nl="bevat geen letter of cijfer")

MAX_MILLISECONDS = 10**14
KEY = re.compile(r"[01][0-2]\.[0-9]{14}\.[a-z_]+\.[a-z_]+_[0-9a-z]{26}")
BY_ROW: Mapping[type[Struct], Sequence[Searched]] = {
    row: [one for one in SEARCHED if one.rows is row] for row in {one.rows for one in SEARCHED}
}


class Hit(Struct, frozen=True, kw_only=True, rename=ids("programme", "team", "of")):
    """Something that was found. `kind`: of thing or of text; `id`: of the thing. `title`: its own, if it has one.

    `where`: the CoP whose work it is, in words. `of`: the thing that contains it, as a trip contains the items of its itinerary.
    `field`: of the text that matches best; `text`: at most 200 characters of that; `matches`: the words in these that match.
    """

    kind: str
    id: AnyId
    programme: ProgrammeId | None
    team: TeamId | None
    of: AnyId | None
    title: str | None
    where: str | None
    field: str
    text: str
    matches: list[Range]
    at: datetime | None


class Found(Struct, frozen=True):
    """A page of what was found, the best first. `next`: the `cursor` of the following page; null at the end.

    `cut_off`: there is more to search in than one search opens, so something older may be missing.
    """

    items: list[Hit]
    next: str | None
    cut_off: bool


class OpenedText(NamedTuple):
    """A text of a thing: the path of its field, and the text."""

    path: str
    text: str


@dataclass
class Thing:
    """A thing in which to search: a row, or a part of one. `milliseconds`: its time since 1970."""

    searched: Searched
    row: Struct
    part: Struct
    texts: list[tuple[str, Sealed | str]]
    milliseconds: int = 0

    @property
    def row_id(self) -> AnyId:
        """The id of the row; of preferences, that of the person."""
        return AnyId(self.row.person) if isinstance(self.row, Preferences) else AnyId(getattr(self.row, "id", ""))

    @property
    def id(self) -> AnyId:
        """Its id: its own, else that of the row."""
        return getattr(self.part, "id", self.row_id)

    def opened(self) -> list[OpenedText]:
        """The texts that can be read, titles first."""
        found = ((path, one.text if isinstance(one, Sealed) else one) for path, one in self.texts)
        opened = (OpenedText(path, in_words(text, path)) for path, text in found if text is not None)
        return [one for one in opened if one.text]


class Rank(NamedTuple):
    """The place of a thing in the list: with all words in its titles first, then by likeness, then the newest first."""

    in_texts: bool
    likeness: Likeness
    age: int

    def key(self, thing: Thing) -> str:
        """The key by which the list is ordered and continued."""
        return f"{self.in_texts:d}{self.likeness:d}.{self.age:014d}.{thing.searched.kind}.{thing.id}"


async def search_programme(
    reader: Reader, programme: ProgrammeId, words: str, listing: ListOptions, language: Language
) -> Found:
    """Search in what the caller may see of a programme. Raises `NotFound` if that is nothing, `BadText`."""
    query = query_of(words)
    rows = await rows_of_programme(reader, programme, listing.reading)
    return await _found(reader, query, await rows.all(), listing, language, is_cut_off=rows.is_cut_off)


async def search_organisation(
    reader: Reader, organisation: OrganisationId, words: str, listing: ListOptions, language: Language
) -> Found:
    """Search in what the caller may see that concerns an organisation, in all programmes. Raises `NotFound`, `BadText`."""
    query = query_of(words)
    row = await reader.visible_row(ORGANISATIONS, organisation, everyone, listing.reading)
    programmes = await _programmes_of(reader, organisation, listing)
    found: list[Struct] = [row]
    is_cut_off = len(programmes) > MAX_PROGRAMMES
    for programme in programmes[:MAX_PROGRAMMES]:
        rows = await rows_of_programme(reader, programme, listing.reading, organisation)
        found += [one for one in await rows.all() if not isinstance(one, Organisation)]
        is_cut_off = is_cut_off or rows.is_cut_off
    return await _found(reader, query, found, listing, language, is_cut_off=is_cut_off)


def query_of(words: str) -> Query:
    """The query of these words. Raises `BadText` if there is none to look for."""
    query = Query(words)
    if not query.words:
        raise BadText("q", NO_WORD)
    return query


async def _programmes_of(reader: Reader, organisation: OrganisationId, listing: ListOptions) -> list[ProgrammeId]:
    """The programmes with challenges of an organisation of which the caller reads anything, the newest first."""
    rights, until = await reader.rights(), await reader.position_of(listing.reading)
    commissions = Selector(types=[ChallengeProposed, ChallengeRecommissioned], tags=[f"to:{organisation}"])
    events = await reader.kring.commands.events(commissions, until=until)
    named = {event.programme for event, _ in events if isinstance(event, ChallengeProposed | ChallengeRecommissioned)}
    return sorted((one for one in named if _reads_of(rights, one, organisation)), reverse=True)


def _reads_of(rights: Rights, programme: ProgrammeId, organisation: OrganisationId) -> bool:
    return rights.belongs_to(programme) or organisation in rights.organisations_served(in_=programme)


async def _found(
    reader: Reader,
    query: Query,
    rows: Iterable[Struct],
    listing: ListOptions,
    language: Language,
    *,
    is_cut_off: bool,
) -> Found:
    """The things among these rows that match, ranked, and the page of them that is asked for."""
    things = sorted(things_in(rows), key=lambda one: one.milliseconds, reverse=True)
    ranked: dict[str, Thing] = {}
    opened = 0
    for portion in _portions(things):
        opened += sum(len(one.texts) for one in portion)
        if opened > MAX_TEXTS:
            is_cut_off = True
            break
        await open_things(reader, portion)
        for one in portion:
            rank = _rank(query, one)
            if rank is not None:
                ranked[rank.key(one)] = one
    keys, following = page_of(sorted(ranked), listing, str, KEY)
    hits = await _hits(reader, query, [ranked[one] for one in keys], listing, language)
    return Found(hits, following, is_cut_off)


async def open_things(reader: Reader, things: Iterable[Thing]) -> None:
    """Open the texts of things, in place."""
    sealed = {id(text): text for one in things for _, text in one.texts if isinstance(text, Sealed)}
    await open_texts(reader.kring.log, reader.kring.keys, sealed.values())


def _portions(things: Sequence[Thing]) -> Iterator[list[Thing]]:
    """The things in groups with about `PORTION` texts."""
    portion, texts = list[Thing](), 0
    for one in things:
        portion.append(one)
        texts += len(one.texts)
        if texts >= PORTION:
            yield portion
            portion, texts = [], 0
    if portion:
        yield portion


def things_in(rows: Iterable[Struct]) -> Iterator[Thing]:
    """The things in these rows that have texts."""
    for row in rows:
        for searched in BY_ROW[type(row)]:
            for part in getattr(row, searched.each) if searched.each else (row,):
                paths = (*searched.titles, *searched.texts)
                texts = [(path, text) for path in paths for text in texts_at(part, path)]
                if texts:
                    thing = Thing(searched, row, part, texts)
                    at = _time(thing)
                    thing.milliseconds = milliseconds_of(thing.id) if at is None else int(at.timestamp() * 1000)
                    yield thing


def _time(thing: Thing) -> datetime | None:
    value: object = thing.part
    for name in thing.searched.at.split(".") if thing.searched.at else ():
        value = getattr(value, name, None)
    return value if isinstance(value, datetime) else None


def _rank(query: Query, thing: Thing) -> Rank | None:
    """The rank of a thing whose texts were opened; None if it does not match."""
    opened = thing.opened()
    titles = [fold(one.text) for one in opened if one.path in thing.searched.titles]
    in_titles = [_best(query, word, titles) for word in query.words]
    age = MAX_MILLISECONDS - 1 - max(0, thing.milliseconds)
    if all(one is not None for one in in_titles):
        return Rank(in_texts=False, likeness=max(one for one in in_titles if one is not None), age=age)
    texts = [fold(one.text) for one in opened if one.path not in thing.searched.titles]
    likeness = Likeness.EXACT
    for word, in_title in zip(query.words, in_titles, strict=True):
        seen = [one for one in (in_title, _best(query, word, texts)) if one is not None]
        if not seen:
            return None
        likeness = max(likeness, min(seen))
    return Rank(in_texts=True, likeness=likeness, age=age)


def _best(query: Query, word: QueryWord, texts: Iterable[str]) -> Likeness | None:
    """The best likeness of a word with any of these folded texts."""
    best: Likeness | None = None
    for text in texts:
        found = query.likeness(word, text)
        if found is Likeness.EXACT:
            return found
        if found is not None and (best is None or found < best):
            best = found
    return best


async def _hits(
    reader: Reader, query: Query, things: Sequence[Thing], listing: ListOptions, language: Language
) -> list[Hit]:
    """The things of a page, as they are shown."""
    teams = {one.id: team for one in things if (team := _team(one)) is not None}
    names = await names_of(reader.kring, set(teams.values()), await reader.position_of(listing.reading))
    await reader.unseal(list(names.values()))
    hits: list[Hit] = []
    for one in things:
        team, texts = teams.get(one.id), one.opened()
        title = next((text for path, text in texts if path in one.searched.titles), None)
        best = max(texts, key=lambda text: len({word for _, _, word in query.spans(fold(text.text))}))
        snippet = query.snippet(best.text)
        hits.append(
            Hit(
                kind=one.searched.kind,
                id=one.id,
                programme=_programme(one.row),
                team=team,
                of=one.row_id if one.searched.each else getattr(one.row, one.searched.of or "-", None),
                title=None if title is None else shortened(title),
                where=None if team is None else display_name(team, names, language),
                field=best.path.replace(":", ".").removesuffix("."),
                text=snippet.text,
                matches=snippet.matches,
                at=_time(one),
            )
        )
    return hits


def _programme(row: Struct) -> ProgrammeId | None:
    return row.id if isinstance(row, Programme) else getattr(row, "programme", None)


def _team(thing: Thing) -> TeamId | None:
    """The one CoP to which a thing belongs."""
    match thing.row:
        case NamedTeam() | Advice():
            return thing.row.id
        case Gathering():
            return thing.row.teams[0] if len(thing.row.teams) == 1 else None
        case row:
            return getattr(row, "team", None)
