"""The dashboard of a programme, for its facilitators and managers."""

from domain.foundation import ProgrammeId
from projections.derived.dashboard import COUNTS, LATE, Dashboard, Overdue, StatusCount
from service.reading.options import ReadOptions
from service.reading.programmes import visible_programme
from service.reading.reader import Reader


async def dashboard_of(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> Dashboard:
    """The numbers of things in each state, and of what is late. Raises `NotFound`, `NotAllowed`."""
    row = await visible_programme(reader, programme, reading)
    (await reader.rights()).require_facilitator(programme)
    views, at = await reader.views(reading, programme), await reader.time_of(reading)
    return Dashboard(
        id=row.id,
        status=row.status,
        name=row.name,
        edition=row.edition,
        counts=await views.rows(StatusCount, COUNTS, programme),
        late=await views.rows(Overdue, LATE, programme, at, row.timezone),
        at=at,
    )
