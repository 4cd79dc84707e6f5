"""What the gatherings of a programme covered, and who came, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import NotFound, ProgrammeId, TeamId
from domain.teams.team import TeamRights
from projections.derived.attendance import READ_ABOUT, AttendanceOf, attendance_of
from projections.derived.coverage import (
    GATHERINGS_AT_MOST,
    GATHERINGS_OF_A_PROGRAMME,
    Coverage,
    covered,
    gatherings_of,
)
from projections.gatherings import Gathering
from projections.programmes import PARTICIPANTS, PROGRAMMES, Programme
from service.reading.gatherings import came, comes, commissioned_teams, hears, known_team
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import team_rights
from service.reading.reader import Reader


async def all_gatherings(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> list[Gathering]:
    """The gatherings of a programme, as they are or as they were."""
    views = await reader.views(reading, programme)
    return await views.rows(Gathering, GATHERINGS_OF_A_PROGRAMME, programme, GATHERINGS_AT_MOST)


async def seen_programme(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> Programme:
    """A programme of which the caller is part. Raises `NotFound`."""
    return await reader.visible_row(PROGRAMMES, programme, lambda rights, row: rights.belongs_to(row.id), reading)


def guided_teams(rights: TeamRights, programme: ProgrammeId) -> list[TeamId] | None:
    """The CoPs that the caller guides; None: all of the programme."""
    if rights.manages(programme):
        return None
    person = rights.by.person
    bound = rights.facilitators.get((person, programme)) if person is not None else None
    if bound is None or not rights.facilitates(programme):
        return []
    return list(bound.teams) or None


class CoverageOfProgramme(Controller):
    path = "/programmes/{programme:str}/coverage"
    tags = ("Gatherings",)

    @get()
    async def show(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Coverage:
        """Show which topics were covered, and which not yet, by the gatherings that the caller may see."""
        row, rights = await seen_programme(reader, programme, reading), await team_rights(reader)
        gatherings = await all_gatherings(reader, programme, reading)
        found = covered(row, [one for one in gatherings if came(rights, one)])
        await reader.unseal([found])
        return found


class CoverageOfTeam(Controller):
    path = "/teams/{team:str}/coverage"
    tags = ("Gatherings",)

    @get()
    async def show(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Coverage:
        """Show which topics were covered for a CoP, and which not yet; to contacts, as far as they were told."""
        row, rights = await known_team(reader, team, reading), await team_rights(reader)
        inside = rights.member_of(team) or rights.was_there_at_the_end(team) or rights.facilitates(row.programme, team)
        if not (inside or rights.reads_for((row.organisation,), row.challenge, programme=row.programme)):
            raise NotFound
        programme = await reader.row(PROGRAMMES, row.programme, reading)
        if programme is None:
            raise NotFound
        gatherings = gatherings_of(team, await all_gatherings(reader, row.programme, reading))
        commissioned = await commissioned_teams(reader, rights, row.programme, reading)
        found = covered(programme, [one for one in gatherings if inside or hears(rights, one, commissioned)], team)
        await reader.unseal([found])
        return found


class AttendanceOfProgramme(Controller):
    path = "/programmes/{programme:str}/attendance"
    tags = ("Gatherings",)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[AttendanceOf]:
        """List who came to what: to who guides, of those whom they guide; to a participant, of themselves."""
        await seen_programme(reader, programme, listing.reading)
        rights = await team_rights(reader)
        teams, me = guided_teams(rights, programme), rights.by.person
        about = (programme, teams is None, me, teams or [])
        page = await reader.page(PARTICIPANTS, READ_ABOUT, *about, listing=listing, scope=programme)
        gatherings = await all_gatherings(reader, programme, listing.reading)
        seen = gatherings if rights.participates(programme) else [one for one in gatherings if comes(rights, one)]
        found = [attendance_of(one, seen) for one in page.items]
        await reader.unseal(found)
        return Page(found, page.next)
