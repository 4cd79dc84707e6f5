"""Teams over HTTP."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.foundation import ChallengeId, ProgrammeId, TeamId
from domain.spanning.withdrawing import TakeUpChallenge
from projections.teams import TEAMS, Team
from service.api.http.bodies import Body
from service.api.requests.request_context import RequestContext
from service.api.requests.sse import WATCHED
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.teams import can_see_team, teams_of_programme, visible_team


class NewChallengeOfTeam(Body):
    """The new challenge of a CoP whose own was withdrawn. `reason` is required."""

    challenge_id: ChallengeId


class TeamsOfProgramme(Controller):
    path = "/programmes/{programme:str}/teams"
    tags = ("Teams",)

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Team]:
        """List the CoPs of a programme; for contacts, those that work on their challenges."""
        return await teams_of_programme(reader, programme, listing)


class Teams(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @get(opt=WATCHED)
    async def show(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Team:
        """Show a CoP."""
        return await visible_team(reader, await reader.visible_row(TEAMS, team, can_see_team, reading), reading)

    @post("/challenge", status_code=200)
    async def take_up(
        self, team: FromPath[TeamId], data: JSONBody[NewChallengeOfTeam], context: NamedDependency[RequestContext]
    ) -> Response[Team]:
        """Give a CoP whose challenge was withdrawn the runner-up or another free challenge, with a reason."""
        row = await context.reader.existing_row(TEAMS, team)
        answer: Response[Team] = await context.execute(
            data,
            lambda by: TakeUpChallenge(team, programme=row.programme, challenge=data.challenge_id, by=by),
            TEAMS,
            team,
        )
        answer.content = await visible_team(context.reader, answer.content)
        return answer
