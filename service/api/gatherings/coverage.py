"""Coverage of the curriculum by gatherings, and attendance, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import ProgrammeId, TeamId
from projections.derived.attendance import AttendanceOf
from projections.derived.coverage import Coverage
from service.reading.coverage import coverage_of_programme, coverage_of_team, page_of_attendance
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader


class CoverageOfProgramme(Controller):
    path = "/programmes/{programme:str}/coverage"
    tags = ("Gatherings",)

    @get()
    async def show(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Coverage:
        """Show which topics the gatherings that the caller may see have covered, and which not yet."""
        return await coverage_of_programme(reader, programme, reading)


class CoverageOfTeam(Controller):
    path = "/teams/{team:str}/coverage"
    tags = ("Gatherings",)

    @get()
    async def show(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Coverage:
        """Show which topics the gatherings of a CoP have covered; for contacts, those visible to their organisation."""
        return await coverage_of_team(reader, team, reading)


class AttendanceOfProgramme(Controller):
    path = "/programmes/{programme:str}/attendance"
    tags = ("Gatherings",)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[AttendanceOf]:
        """List attendance: for facilitators that of their participants, for participants their own."""
        return await page_of_attendance(reader, programme, listing)
