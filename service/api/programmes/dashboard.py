"""A programme at a glance, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import ProgrammeId
from projections.derived.dashboard import COUNTS, LATE, Dashboard, Overdue, StatusCount
from projections.programmes import PROGRAMMES
from service.api.http.read_parameters import Reading
from service.api.requests.request_context import Asking


class Dashboards(Controller):
    path = "/programmes/{programme:str}/dashboard"
    tags = ("Programmes",)

    @get()
    async def one(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Dashboard:
        """Show how many there are of each thing in each state, and what is late: for who guides or manages the programme."""
        row = await asking.one(PROGRAMMES, programme, lambda rights, row: rights.belongs_to(row.id), reading)
        (await asking.rights()).require_facilitator(programme)
        views, at = await asking.views(reading, programme), await asking.moment(reading)
        return Dashboard(
            id=row.id,
            status=row.status,
            name=row.name,
            edition=row.edition,
            counts=await views.rows(StatusCount, COUNTS, programme),
            late=await views.rows(Overdue, LATE, programme, at, row.timezone),
            at=at,
        )
