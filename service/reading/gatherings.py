"""Gatherings, as far as their reader may see them."""

from collections.abc import Collection

from msgspec.structs import replace

from domain.events.gathering import GatheringPlanned, GatheringRescheduled
from domain.foundation import (
    GatheringId,
    NotFound,
    ProgrammeId,
    Selector,
    TeamId,
)
from domain.gatherings.attendance import RosterAtEnd
from domain.gatherings.gathering import Roster
from domain.teams.team import TeamRights
from projections.gatherings import GATHERINGS, GATHERINGS_OF_PROGRAMME, GATHERINGS_OF_TEAM, Gathering
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.permissions import own_teams, team_rights
from service.reading.reader import Reader
from service.reading.team_work import NOW, shared_one, shared_rows, shared_with, work_of

MAX_TEAMS = 1000
"""Teams of a programme among which those commissioned by an organisation are looked up."""


def takes_part(rights: TeamRights, row: Gathering) -> bool:
    """Whether the caller takes part: all do in a joint session, else the members and facilitators of its teams."""
    if not row.teams:
        return rights.belongs_to(row.programme)
    return any(rights.member_of(team) or rights.facilitates(row.programme, team) for team in row.teams)


def took_part(rights: TeamRights, row: Gathering) -> bool:
    """Whether the caller takes part, or did (rule 10).

    The last members of a CoP that ended did; a former member did if they were present or wrote the minutes.
    """
    if takes_part(rights, row) or any(rights.was_last_member(team) for team in row.teams):
        return True
    me, is_former = rights.by.person, any(rights.is_former_member(team) for team in row.teams)
    wrote = row.minutes is not None and row.minutes.written_by == me
    return is_former and (wrote or any(one.present and one.person_id == me for one in row.attendance))


def is_informed(rights: TeamRights, row: Gathering, commissioned: Collection[TeamId]) -> bool:
    """Whether the gathering is visible to the caller as a contact, as long as one of its CoPs works for their organisation.

    Every CoP takes part in a joint session.
    """
    if not rights.reads_for(row.organisations, programme=row.programme):
        return False
    return any(one in commissioned for one in row.teams) if row.teams else bool(commissioned)


async def commissioned_teams(
    reader: Reader, rights: TeamRights, programme: ProgrammeId, reading: ReadOptions = NOW
) -> set[TeamId]:
    """The CoPs of a programme that work, or worked then, on challenges for which the caller is a contact."""
    organisations = rights.organisations_served(in_=programme)
    if not organisations:
        return set()
    views = await reader.views(reading, programme)
    rows = await views.rows(Team, TEAMS_OF_PROGRAMME, "", MAX_TEAMS, programme, False, organisations)
    return {one.id for one in rows if rights.reads_for((one.organisation,), one.challenge, programme=programme)}


def as_visible(rights: TeamRights, row: Gathering) -> Gathering:
    """The row as far as the caller may see it: attendance and minutes are for those who take part, never for organisations.

    The reason for an absence is for the facilitator, for the absent person, and for whoever recorded it.
    """
    if not took_part(rights, row):
        return replace(row, attendance=(), minutes=None)
    if any(rights.facilitates(row.programme, one) for one in (row.teams or (None,))):
        return row
    me = rights.by.person
    listed = (one if me in {one.person_id, one.recorded_by} else replace(one, reason=None) for one in row.attendance)
    return replace(row, attendance=tuple(listed))


async def visible_gathering(reader: Reader, gathering: GatheringId, reading: ReadOptions) -> Gathering:
    """A gathering as far as the caller may see it, sealed. Raises `NotFound`."""
    rights, row = await team_rights(reader), await reader.row(GATHERINGS, gathering, reading)
    if row is None:
        raise NotFound
    commissioned = await commissioned_teams(reader, rights, row.programme, reading)
    if not (took_part(rights, row) or is_informed(rights, row, commissioned)):
        row = await shared_gathering(reader, row, reading)
    return as_visible(rights, row)


async def shared_gathering(reader: Reader, row: Gathering, reading: ReadOptions) -> Gathering:
    """A gathering that its CoP shares with the caller, sealed. Raises `NotFound`."""
    if len(row.teams) != 1:
        raise NotFound
    return await shared_one(GATHERINGS, row, await work_of(reader, row.teams[0], reading))


async def known_team(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> Team:
    """The team as the log has it, now or as of `reading`. Raises `NotFound`."""
    return await reader.existing_row(TEAMS, team, await reader.position_of(reading))


async def programme_of(reader: Reader, gathering: GatheringId) -> ProgrammeId:
    """The programme of a gathering. Raises `NotFound`."""
    return (await reader.existing_row(GATHERINGS, gathering)).programme


async def roster_at_end(reader: Reader, gathering: GatheringId, programme: ProgrammeId) -> Roster | None:
    """The roster of a gathering that has ended (rule 29); None if the current roster applies.

    That is so until it ends, and if it was entered afterwards (rule 26): the log does not know who belonged to it then.
    """
    dated = await reader.kring.commands.events(
        Selector(types=[GatheringPlanned, GatheringRescheduled], tags=[gathering])
    )
    if not dated:
        raise NotFound
    last, at = dated[-1]
    assert isinstance(last, GatheringPlanned | GatheringRescheduled)
    if last.ends_at > reader.caller.at or last.ends_at <= at.recorded_at:
        return None
    until = await reader.kring.log.position_at(last.ends_at)
    then, _ = await reader.kring.commands.load(RosterAtEnd(gathering, programme=programme), until=until)
    return then.roster(last.ends_at)


def teams_with_gatherings(rights: TeamRights, programme: ProgrammeId) -> list[TeamId]:
    """The teams of which the caller is or was a member, or to which they are bound as a facilitator."""
    bound = rights.facilitators.get((rights.by.person, programme)) if rights.by.person else None
    return [
        *own_teams(rights),
        *rights.former_teams(),
        *(bound.teams if bound and rights.facilitates(programme) else ()),
    ]


async def visible_gatherings_of_programme(
    reader: Reader, programme: ProgrammeId, listing: ListOptions
) -> Page[Gathering]:
    """A page of the gatherings of a programme that the caller may see, unsealed. Raises `NotFound`."""
    rights = await team_rights(reader)
    inside, organisations = await reader.audience(programme, listing.reading)
    teams = teams_with_gatherings(rights, programme)
    commissioned = await commissioned_teams(reader, rights, programme, listing.reading)
    page = await reader.page(
        GATHERINGS,
        GATHERINGS_OF_PROGRAMME,
        programme,
        rights.manages(programme) or (rights.facilitates(programme) and not teams),
        inside,
        teams,
        organisations,
        listing=listing,
        scope=programme,
        can_see=lambda row: took_part(rights, row) or is_informed(rights, row, commissioned),
    )
    return Page([as_visible(rights, one) for one in page.items], page.next)


async def visible_gatherings_of_team(reader: Reader, team: TeamId, listing: ListOptions) -> Page[Gathering]:
    """A page of the gatherings of a CoP that the caller may see, unsealed. Raises `NotFound`."""
    reading = listing.reading
    row, rights = await known_team(reader, team, reading), await team_rights(reader)
    inside = rights.member_of(team) or rights.was_last_member(team) or rights.facilitates(row.programme, team)
    is_former, commissioners = rights.is_former_member(team), (row.organisation,)
    is_contact = rights.reads_for(commissioners, row.challenge, programme=row.programme)
    shared = [] if inside else await shared_with(reader, team, reading)
    if not (inside or is_former or is_contact or shared):
        raise NotFound
    part = await reader.part(
        GATHERINGS,
        GATHERINGS_OF_TEAM,
        team,
        row.programme,
        inside or is_former,
        rights.organisations_served(in_=row.programme) if is_contact else [],
        shared,
        listing=listing,
        scope=row.programme,
    )
    commissioned = {team} if is_contact else set[TeamId]()

    def visible(one: Gathering) -> bool:
        return took_part(rights, one) or (not is_former and (inside or is_informed(rights, one, commissioned)))

    others = [one for one in part.items if one.id in shared and not visible(one)]
    shown = await shared_rows(reader, team, GATHERINGS, others, reading)
    rows = [shown.get(one.id, one) for one in part.items if one.id in shown or visible(one)]
    await reader.unseal(rows)
    return Page([as_visible(rights, one) for one in rows], part.next)
