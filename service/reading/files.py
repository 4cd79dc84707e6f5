"""A team's files, as far as their reader may see them."""

from domain.foundation import FileId, NotFound
from projections.files import FILES, FILES_OF_TEAM, File
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import TeamWork, visible_one


def can_see_file(work: TeamWork, row: File) -> bool:
    """Whether the reader may see a file: as its team or its author, because it is shared, or by a handover of the advice."""
    return work.can_see(row.id, row.attached_by) or (row.handed_over and work.for_organisation)


async def files_of(reader: Reader, work: TeamWork, listing: ListOptions) -> Page[File]:
    """A page of a team's files that the reader may see."""
    team, author = work.rights.team, work.rights.author
    visible_file = (team, work.reads_all, work.for_organisation, work.shared, author)
    part = await work.page(FILES, FILES_OF_TEAM, *visible_file, listing=listing)
    items = [one for one in part.items if can_see_file(work, one)]
    await reader.unseal(items)
    return Page(items, part.next)


async def visible_file(reader: Reader, file: FileId, reading: ReadOptions) -> File:
    """A file that the caller may see. Raises `NotFound`."""
    row, work = await visible_one(reader, FILES, file, lambda one: one.team, reading)
    if not can_see_file(work, row):
        raise NotFound
    await reader.unseal([row])
    return row
