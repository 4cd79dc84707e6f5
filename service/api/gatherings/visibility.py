"""Who sees what of gatherings."""

from collections.abc import Callable, Collection

from litestar import Response
from msgspec.structs import replace

from domain.events.gathering import GatheringPlanned, GatheringRescheduled
from domain.foundation import (
    Caller,
    Command,
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
from service.api.access.permissions import own_teams, team_rights
from service.api.access.team_work import NOW, reader, shared_one
from service.api.http.bodies import Body
from service.api.http.read_parameters import Reading
from service.api.requests.request_context import Asking

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
    asking: Asking, rights: TeamRights, programme: ProgrammeId, reading: Reading = NOW
) -> set[TeamId]:
    """The CoPs of a programme that work, or did then, on the challenges for which the caller speaks or reads."""
    organisations = rights.organisations_served(in_=programme)
    if not organisations:
        return set()
    views = await asking.views(reading, programme)
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


async def done(
    asking: Asking, body: Body | None, ask: Callable[[Caller], Command], gathering: GatheringId
) -> Response[Gathering]:
    """Carry out a command on a gathering; the answer as its caller may see it."""
    answer = await asking.do(body, ask, GATHERINGS, gathering)
    answer.content = as_told(await team_rights(asking), answer.content)
    return answer


async def seen_gathering(asking: Asking, gathering: GatheringId, reading: Reading) -> Gathering:
    """A gathering as the caller may see it, closed. Raises `NotFound`."""
    rights, row = await team_rights(asking), await asking.row(GATHERINGS, gathering, reading)
    if row is None:
        raise NotFound
    commissioned = await commissioned_teams(asking, rights, row.programme, reading)
    if not (came(rights, row) or hears(rights, row, commissioned)):
        row = await shared_gathering(asking, row, reading)
    return as_told(rights, row)


async def shared_gathering(asking: Asking, row: Gathering, reading: Reading) -> Gathering:
    """A gathering that its CoP shares with the caller, closed. Raises `NotFound`."""
    if len(row.teams) != 1:
        raise NotFound
    return await shared_one(GATHERINGS, row, await reader(asking, row.teams[0], reading))


async def known_team(asking: Asking, team: TeamId, reading: Reading = NOW) -> Team:
    """The team as the log knows it now, or knew it then. Raises `NotFound`."""
    row = await asking.as_of(TEAMS, team, await asking.until(reading))
    if row is None:
        raise NotFound
    return row


async def programme_of(asking: Asking, gathering: GatheringId) -> ProgrammeId:
    """The programme of a gathering, as it was planned. Raises `NotFound`."""
    row = await asking.as_of(GATHERINGS, gathering)
    if row is None:
        raise NotFound
    return row.programme


async def roster_at_end(asking: Asking, gathering: GatheringId, programme: ProgrammeId) -> Roster | None:
    """The roster of a gathering that has ended (rule 29); None where those who could come are those of now.

    That is so while it goes on, and where it was entered afterwards (rule 26): the log cannot tell who belonged to it then.
    """
    dated = await asking.kring.desk.told(Selector(types=[GatheringPlanned, GatheringRescheduled], tags=[gathering]))
    if not dated:
        raise NotFound
    last, at = dated[-1]
    assert isinstance(last, GatheringPlanned | GatheringRescheduled)
    if last.ends_at > asking.by.at or last.ends_at <= at.recorded_at:
        return None
    until = await asking.kring.log.position_at(last.ends_at)
    then, _ = await asking.kring.desk.learn(RosterAtEnd(gathering, programme=programme, by=asking.by), until=until)
    return then.roster(last.ends_at)


def seen_teams(rights: TeamRights, programme: ProgrammeId) -> list[TeamId]:
    """The teams of which the caller is or was a member, or to which a facilitator is bound."""
    bound = rights.facilitators.get((rights.by.person, programme)) if rights.by.person else None
    return [*own_teams(rights), *rights.teams_once(), *(bound.teams if bound and rights.facilitates(programme) else ())]
