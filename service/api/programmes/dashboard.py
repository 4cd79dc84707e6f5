"""The dashboard of a programme, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import ProgrammeId
from projections.derived.dashboard import COUNTS, LATE, Dashboard, Overdue, StatusCount
from service.reading.options import ReadOptions
from service.reading.programmes import visible_programme
from service.reading.reader import Reader


class Dashboards(Controller):
    path = "/programmes/{programme:str}/dashboard"
    tags = ("Programmes",)

    @get()
    async def show(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Dashboard:
        """Show the numbers of things in each state, and what is late, to facilitators and managers of the programme."""
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
