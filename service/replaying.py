"""A history in words, from the log itself: read in order, in pages, with names folded from facts. It rests on no view."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from domain.foundation import OrganisationId, ProgrammeId, Selector, Text, Words
from domain.programme import ProgrammeOpened, ProgrammeRevised
from projections.kinds import facts
from projections.names import DEEPEST, NAMES, Language, Name
from projections.trail import Told, ids_of, line, never_told, texts_of
from projections.view import replay as fold
from projections.wording import HOME, Reader, listed
from service.kring import Kring
from service.store.opener import open_texts
from service.store.sealed import digest_text
from service.store.types import Recorded

NAMES_AT_MOST = 5_000
"""Names that a replay keeps open at a time; beyond it, it begins to look them up anew."""

IDS_AT_A_TIME = 100

NEVER = Text(en="Never told to organisations: {kinds}.", nl="Nooit verteld aan organisaties: {kinds}.")


class OneOrTheOther(ValueError):
    """A history is an organisation's or a programme's."""


class Passage(NamedTuple):
    """A fact of a history, opened, with all that it takes to put it into words. `outside`: told to an organisation."""

    told: Told
    names: Mapping[str, Name]
    reader: Reader
    outside: bool


async def replay(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    programme: ProgrammeId | None = None,
    language: Language = "nl",
    as_of: int | datetime | None = None,
) -> AsyncIterator[str]:
    """A line for each fact of `history`. An organisation's begins with the kinds of facts that it is never told."""
    if organisation is not None:
        reader, kinds = Reader(language), kinds_never_told()
        yield reader.says(NEVER).format(kinds=listed(kinds, reader, at_most=len(kinds)))
    passages = history(kring, organisation=organisation, programme=programme, language=language, as_of=as_of)
    async for one in passages:
        yield line(one.told, one.names, one.reader, outside=one.outside)


async def history(
    kring: Kring,
    *,
    organisation: OrganisationId | None = None,
    programme: ProgrammeId | None = None,
    language: Language = "nl",
    as_of: int | datetime | None = None,
) -> AsyncIterator[Passage]:
    """What was told to an organisation, what happened in a programme, or everything: each fact, in order.

    `as_of`: up to this position, or to what was recorded at this moment. Raises `OneOrTheOther`, `UnknownTopic`.
    """
    if organisation is not None and programme is not None:
        raise OneOrTheOther("name an organisation or a programme, not both")
    tags = [f"to:{organisation}"] if organisation else [programme] if programme else []
    until = await kring.log.position_at(as_of) if isinstance(as_of, datetime) else as_of
    query = kring.desk.mapper.query([Selector(types=[], tags=tags)] if tags else [])
    reader, names, outside = Reader(language), dict[str, Name](), organisation is not None
    async for page in kring.log.stream(query, until=until):
        stories = [told(kring, one) for one in page]
        if len(names) > NAMES_AT_MOST:
            names.clear()
        await _learn_names(kring, names, {one for story in stories for one in ids_of(story)}, until)
        await open_story(kring, stories, names, outside=outside)
        for story in stories:
            if programme is not None and isinstance(story.fact, ProgrammeOpened | ProgrammeRevised):
                reader = reader._replace(zone=story.fact.timezone or HOME)
            yield Passage(story, names, reader, outside)


def kinds_never_told() -> list[str]:
    """The topics that no organisation is told."""
    return [one.type for one in never_told(facts(), {})]


def told(kring: Kring, recorded: Recorded) -> Told:
    """A row of the log as a line of a story; its texts are still closed."""
    reason = recorded.reason_digest
    return Told(
        fact=kring.desk.mapper.fact(recorded),
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
    mapper = kring.desk.mapper
    query = mapper.query([Selector(types=list(NAMES.takes), tags=[one]) for one in ids])
    found, _ = await kring.log.read(query, until=until)
    return fold(NAMES, (mapper.told(one) for one in found), only=ids)
