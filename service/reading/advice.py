"""A team's advice, as far as its reader may see it."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.advice.advice import (
    PartKind,
)
from domain.events.team import TeamFormed
from domain.foundation import Digest, FileId, NotFound, PersonId, TeamId, Words
from projections import advice as views
from projections.files import FILES
from projections.recommendations import RECOMMENDATIONS
from service.reading.advice_document import document, document_hash
from service.reading.options import Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import TeamWork, visible_one


class CurrentAdvice(NamedTuple):
    """The current version of an advice, its dissents, and the hash of its document."""

    version: int
    dissents: dict[PersonId, Words]
    document_hash: Digest


async def current_advice(reader: Reader, formed: TeamFormed, named: Sequence[FileId]) -> CurrentAdvice:
    """The advice as it would be handed over now: with the files already presented with it and those in `named`."""
    row = await reader.row_from_log(views.ADVICE, formed.team)
    if row is None:
        return CurrentAdvice(0, {}, document_hash({}))
    found = [await reader.row_from_log(RECOMMENDATIONS, one.recommendation) for one in row.recommendations]
    recommendations = [one for one in found if one is not None]
    await reader.unseal([row, *recommendations])
    presented = [file for one in row.handed_over if one.version == row.version for file in one.files]
    files = [
        *presented,
        *await files_with_digests(reader, [one for one in named if one not in {file.file for file in presented}]),
    ]
    dissents = {one.member: one.text for one in row.verdicts if one.verdict == "dissent" and one.text is not None}
    hashed = document_hash(document(row, recommendations, files, challenge=formed.challenge))
    return CurrentAdvice(row.version, dissents, hashed)


async def files_with_digests(reader: Reader, ids: Sequence[FileId]) -> list[views.StatedFile]:
    """The files of these ids that exist, with their digests."""
    rows = [await reader.row_from_log(FILES, one) for one in ids]
    return [views.StatedFile(one.id, one.sha256) for one in rows if one is not None]


async def visible_advice(reader: Reader, team: TeamId, reading: ReadOptions) -> views.Advice:
    """The advice as the caller may see it. Raises `NotFound`."""
    row, work = await visible_one(reader, views.ADVICE, team, lambda one: one.id, reading)
    shown = as_visible(work, row)
    await reader.unseal([shown])
    return shown


def as_visible(work: TeamWork, row: views.Advice) -> views.Advice:
    """The current advice for its team, the last handover for its organisation. Raises `NotFound`."""
    if work.reads_all:
        return row
    if work.for_organisation and row.handed_over:
        return views.as_handed_over(row)
    raise NotFound


async def part_versions(reader: Reader, team: TeamId, part: PartKind, reading: ReadOptions) -> Page[views.Part]:
    """The versions of a part that the caller may see, the last one first; a former member sees those that they wrote."""
    row, work = await visible_one(reader, views.ADVICE, team, lambda one: one.id, reading)
    is_former = work.rights.is_former_member(team)
    shown = row if is_former else as_visible(work, row)
    last: views.Part | None = getattr(shown.parts, part)
    newest_first = [*([last] if last else []), *(one for one in reversed(shown.earlier) if one.part == part)]
    visible = [one for one in newest_first if not is_former or work.rights.made(one.written_by)]
    await reader.unseal(visible)
    return Page(visible, None)
