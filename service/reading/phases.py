"""The phases of a programme and its CoPs, now or as of an earlier time."""

from domain.foundation import ProgrammeId
from projections.derived.phases import MAX_TEAMS, REACHED, Reached
from service.reading.options import ReadOptions
from service.reading.reader import Reader


async def reached_in(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> list[Reached]:
    """The progress of a programme and its CoPs, in one query. Raises `ViewsLag`, `BadText`."""
    views = await reader.views(reading, programme)
    return await views.rows(Reached, REACHED, programme, MAX_TEAMS)
