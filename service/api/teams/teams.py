"""Teams over HTTP."""

from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec.structs import replace

from domain.foundation import ChallengeId, NotFound, ProgrammeId, TeamId
from domain.people.rights import Rights
from domain.spanning.withdrawing import TakeUpChallenge
from projections.programmes import PROGRAMMES
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team, at_day
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

NOW = ReadOptions()


class NewChallengeOfTeam(Body):
    """The challenge on which a CoP goes on after its own was withdrawn. `reason` is required."""

    challenge_id: ChallengeId


def sees(rights: Rights, row: Team) -> bool:
    """Who is in a team is seen inside its programme, and by the contacts for its challenge."""
    theirs = (row.organisation,)
    return rights.belongs_to(row.programme) or rights.reads_for(theirs, row.challenge, programme=row.programme)


def as_told(rights: Rights, row: Team) -> Team:
    """The row as the caller may see it: how a CoP is staffed is the programme's own business."""
    return row if rights.belongs_to(row.programme) else replace(row, waiver_until=None, warnings=())


async def shown(reader: Reader, row: Team, reading: ReadOptions = NOW) -> Team:
    """The CoP with what is amiss on the day of which it is read, by its programme's zone and policies then, as told."""
    return (await shown_all(reader, [row], reading))[0]


async def shown_all(reader: Reader, rows: list[Team], reading: ReadOptions = NOW) -> list[Team]:
    """CoPs of one programme with what is amiss on that day."""
    if not rows:
        return rows
    programme = await reader.row_from_log(PROGRAMMES, rows[0].programme, await reader.position_of(reading))
    if programme is None:
        return rows
    rights = await reader.rights()
    day = (await reader.time_of(reading)).astimezone(ZoneInfo(programme.timezone)).date()
    return [as_told(rights, at_day(one, programme.policies, day)) for one in rows]


class TeamsOfProgramme(Controller):
    path = "/programmes/{programme:str}/teams"
    tags = ("Teams",)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Team]:
        """List the CoPs of a programme; to contacts, those on the challenges that they speak for."""
        rights = await reader.rights()
        inside, organisations = await reader.audience(programme, listing.reading)
        page = await reader.page(
            TEAMS,
            TEAMS_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            scope=programme,
            sees=lambda row: sees(rights, row),
        )
        return replace(page, items=await shown_all(reader, page.items, listing.reading))


class Teams(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @get(opt=WATCHED)
    async def one(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Team:
        """Show a CoP."""
        return await shown(reader, await reader.visible_row(TEAMS, team, sees, reading), reading)

    @post("/challenge", status_code=200)
    async def take_up(
        self, team: FromPath[TeamId], data: JSONBody[NewChallengeOfTeam], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Let a CoP whose challenge was withdrawn work on the runner-up, or on another that is free, with a reason."""
        row = await context.reader.row_from_log(TEAMS, team)
        if row is None:
            raise NotFound
        turned: Response[Team] = await context.execute(
            data,
            lambda by: TakeUpChallenge(team, programme=row.programme, challenge=data.challenge_id, by=by),
            TEAMS,
            team,
        )
        turned.content = await shown(context.reader, turned.content)
        return turned
