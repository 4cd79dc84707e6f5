"""The dashboard of a programme, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import ProgrammeId
from projections.derived.dashboard import Dashboard
from service.reading.dashboard import dashboard_of
from service.reading.options import ReadOptions
from service.reading.reader import Reader


class Dashboards(Controller):
    path = "/programmes/{programme:str}/dashboard"
    tags = ("Programmes",)

    @get()
    async def show(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Dashboard:
        """Show the numbers of things in each state, and what is late, to facilitators and managers of the programme."""
        return await dashboard_of(reader, programme, reading)
