"""Who sees what of gatherings."""

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
from projections.gatherings import GATHERINGS, Gathering
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team
from service.reading.options import ReadOptions
from service.reading.permissions import own_teams, team_rights
from service.reading.reader import Reader
from service.reading.team_work import NOW, shared_one, work_of

TEAMS_AT_MOST = 1000  # of a programme, when it is asked which of them somebody commissioned


def comes(rights: TeamRights, row: Gathering) -> bool:
    """Who gathers: all participants in a joint session, else the members of its teams; and who facilitates them."""
    if not row.teams:
        return rights.belongs_to(row.programme)
    return any(rights.member_of(team) or rights.facilitates(row.programme, team) for team in row.teams)


def came(rights: TeamRights, row: Gathering) -> bool:
    """Who gathers, or did (rule 10): the last members of a CoP that ended; whoever left it, where they were or wrote minutes."""
    if comes(rights, row) or any(rights.was_there_at_the_end(team) for team in row.teams):
        return True
    me, left = rights.by.person, any(rights.left(team) for team in row.teams)
    wrote = row.minutes is not None and row.minutes.written_by == me
    return left and (wrote or any(one.present and one.person_id == me for one in row.attendance))


def hears(rights: TeamRights, row: Gathering, commissioned: Collection[TeamId]) -> bool:
    """Contacts of who was told, as long as a CoP works for them that comes to it; to joint sessions any of theirs does."""
    if not rights.reads_for(row.organisations, programme=row.programme):
        return False
    return any(one in commissioned for one in row.teams) if row.teams else bool(commissioned)


async def commissioned_teams(
    reader: Reader, rights: TeamRights, programme: ProgrammeId, reading: ReadOptions = NOW
) -> set[TeamId]:
    """The CoPs of a programme that work, or did then, on the challenges for which the caller speaks or reads."""
    organisations = rights.organisations_served(in_=programme)
    if not organisations:
        return set()
    views = await reader.views(reading, programme)
    rows = await views.rows(Team, TEAMS_OF_PROGRAMME, "", TEAMS_AT_MOST, programme, False, organisations)
    return {one.id for one in rows if rights.reads_for((one.organisation,), one.challenge, programme=programme)}


def as_told(rights: TeamRights, row: Gathering) -> Gathering:
    """The row as the caller may see it: attendance and minutes are of those who gather, never of organisations.

    Why somebody was absent is for who guides, for them, and for who recorded it.
    """
    if not came(rights, row):
        return replace(row, attendance=(), minutes=None)
    if any(rights.facilitates(row.programme, one) for one in (row.teams or (None,))):
        return row
    me = rights.by.person
    listed = (one if me in {one.person_id, one.recorded_by} else replace(one, reason=None) for one in row.attendance)
    return replace(row, attendance=tuple(listed))


async def seen_gathering(reader: Reader, gathering: GatheringId, reading: ReadOptions) -> Gathering:
    """A gathering as the caller may see it, closed. Raises `NotFound`."""
    rights, row = await team_rights(reader), await reader.row(GATHERINGS, gathering, reading)
    if row is None:
        raise NotFound
    commissioned = await commissioned_teams(reader, rights, row.programme, reading)
    if not (came(rights, row) or hears(rights, row, commissioned)):
        row = await shared_gathering(reader, row, reading)
    return as_told(rights, row)


async def shared_gathering(reader: Reader, row: Gathering, reading: ReadOptions) -> Gathering:
    """A gathering that its CoP shares with the caller, closed. Raises `NotFound`."""
    if len(row.teams) != 1:
        raise NotFound
    return await shared_one(GATHERINGS, row, await work_of(reader, row.teams[0], reading))


async def known_team(reader: Reader, team: TeamId, reading: ReadOptions = NOW) -> Team:
    """The team as the log knows it now, or knew it then. Raises `NotFound`."""
    row = await reader.row_from_log(TEAMS, team, await reader.position_of(reading))
    if row is None:
        raise NotFound
    return row


async def programme_of(reader: Reader, gathering: GatheringId) -> ProgrammeId:
    """The programme of a gathering, as it was planned. Raises `NotFound`."""
    row = await reader.row_from_log(GATHERINGS, gathering)
    if row is None:
        raise NotFound
    return row.programme


async def roster_at_end(reader: Reader, gathering: GatheringId, programme: ProgrammeId) -> Roster | None:
    """The roster of a gathering that has ended (rule 29); None where those who could come are those of now.

    That is so while it goes on, and where it was entered afterwards (rule 26): the log cannot tell who belonged to it then.
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
    then, _ = await reader.kring.commands.load(
        RosterAtEnd(gathering, programme=programme, by=reader.caller), until=until
    )
    return then.roster(last.ends_at)


def seen_teams(rights: TeamRights, programme: ProgrammeId) -> list[TeamId]:
    """The teams of which the caller is or was a member, or to which a facilitator is bound."""
    bound = rights.facilitators.get((rights.by.person, programme)) if rights.by.person else None
    return [*own_teams(rights), *rights.teams_once(), *(bound.teams if bound and rights.facilitates(programme) else ())]
