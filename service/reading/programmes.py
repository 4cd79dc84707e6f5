"""Programmes, as far as their reader may see them."""

from typing import TypeVar

from msgspec import Struct

from domain.foundation import ProgrammeId
from domain.people.rights import Rights
from projections import programmes as views
from projections.query import ViewQuery
from projections.view import View
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

Row = TypeVar("Row", bound=Struct)


def can_see_programme(rights: Rights, row: views.Programme) -> bool:
    """Whether the caller belongs to the programme."""
    return rights.belongs_to(row.id)


async def visible_programme(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> views.Programme:
    """A programme to which the caller belongs. Raises `NotFound`."""
    return await reader.visible_row(views.PROGRAMMES, programme, can_see_programme, reading)


async def page_of_programme(
    reader: Reader, view: View[Row], query: ViewQuery, programme: ProgrammeId, listing: ListOptions
) -> Page[Row]:
    """A page of a list of a programme, unsealed, for callers who belong to it. Raises `NotFound`."""
    await visible_programme(reader, programme, listing.reading)
    return await reader.page(view, query, programme, listing=listing, scope=programme)
