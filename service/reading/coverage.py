"""Coverage of the curriculum by gatherings, and attendance, as far as their reader may see them."""

from domain.foundation import NotFound, ProgrammeId, TeamId
from domain.teams.team import TeamRights
from projections.derived.attendance import VISIBLE_PARTICIPANTS, AttendanceOf, attendance_of
from projections.derived.coverage import (
    GATHERINGS_OF_A_PROGRAMME,
    MAX_GATHERINGS,
    Coverage,
    covered,
    gatherings_of,
)
from projections.gatherings import Gathering
from projections.programmes import PARTICIPANTS, PROGRAMMES
from service.reading.gatherings import commissioned_teams, is_informed, known_team, takes_part, took_part
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import team_rights
from service.reading.programmes import visible_programme
from service.reading.reader import Reader


async def gatherings_of_programme(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> list[Gathering]:
    """All gatherings of a programme."""
    views = await reader.views(reading, programme)
    return await views.rows(Gathering, GATHERINGS_OF_A_PROGRAMME, programme, MAX_GATHERINGS)


def guided_teams(rights: TeamRights, programme: ProgrammeId) -> list[TeamId] | None:
    """The CoPs that the caller facilitates; None: all of the programme."""
    if rights.manages(programme):
        return None
    person = rights.by.person
    bound = rights.facilitators.get((person, programme)) if person is not None else None
    if bound is None or not rights.facilitates(programme):
        return []
    return list(bound.teams) or None


async def coverage_of_programme(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> Coverage:
    """The coverage by the gatherings of a programme in which the reader took part. Raises `NotFound`."""
    row, rights = await visible_programme(reader, programme, reading), await team_rights(reader)
    gatherings = await gatherings_of_programme(reader, programme, reading)
    found = covered(row, [one for one in gatherings if took_part(rights, one)])
    await reader.unseal([found])
    return found


async def coverage_of_team(reader: Reader, team: TeamId, reading: ReadOptions) -> Coverage:
    """The coverage by the gatherings of a CoP; for contacts by those visible to their organisation. Raises `NotFound`."""
    row, rights = await known_team(reader, team, reading), await team_rights(reader)
    inside = rights.member_of(team) or rights.was_last_member(team) or rights.facilitates(row.programme, team)
    if not (inside or rights.reads_for((row.organisation,), row.challenge, programme=row.programme)):
        raise NotFound
    programme = await reader.row(PROGRAMMES, row.programme, reading)
    if programme is None:
        raise NotFound
    gatherings = gatherings_of(team, await gatherings_of_programme(reader, row.programme, reading))
    commissioned = await commissioned_teams(reader, rights, row.programme, reading)
    found = covered(programme, [one for one in gatherings if inside or is_informed(rights, one, commissioned)], team)
    await reader.unseal([found])
    return found


async def page_of_attendance(reader: Reader, programme: ProgrammeId, listing: ListOptions) -> Page[AttendanceOf]:
    """A page of the attendance in a programme: of the participants whom the reader facilitates, or their own."""
    await visible_programme(reader, programme, listing.reading)
    rights = await team_rights(reader)
    teams, me = guided_teams(rights, programme), rights.by.person
    about = (programme, teams is None, me, teams or [])
    page = await reader.page(PARTICIPANTS, VISIBLE_PARTICIPANTS, *about, listing=listing, scope=programme)
    gatherings = await gatherings_of_programme(reader, programme, listing.reading)
    if not rights.participates(programme):
        gatherings = [one for one in gatherings if takes_part(rights, one)]
    found = [attendance_of(one, gatherings) for one in page.items]
    await reader.unseal(found)
    return Page(found, page.next)
