"""Teams over HTTP, and what every part of a team's work asks: may the caller see it."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from domain.foundation import ProgrammeId, TeamId
from domain.roles import Rights
from domain.team import TeamRights
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team
from service.api.asking import Asking
from service.api.bodies import Page
from service.api.people import Limit

__all__ = ["TeamRights", "Teams", "TeamsOfProgramme", "sees", "team_rights"]


async def team_rights(asking: Asking) -> TeamRights:
    """The caller's roles and memberships as the log knows them now."""
    rights, _ = await asking.kring.desk.learn(TeamRights(asking.by))
    return rights


def sees(rights: Rights, row: Team) -> bool:
    """Who is in a team is seen inside its programme, and by the contacts for its challenge."""
    return rights.belongs_to(row.programme) or rights.reads_for((row.organisation,), row.challenge)


class TeamsOfProgramme(Controller):
    path = "/programmes/{programme:str}/teams"
    tags = ("Teams",)

    @get()
    async def all(
        self,
        programme: FromPath[ProgrammeId],
        asking: NamedDependency[Asking],
        cursor: FromQuery[str | None] = None,
        limit: Limit = 50,
        at_least: FromQuery[int | None] = None,
    ) -> Page[Team]:
        """List the CoPs of a programme; to contacts, those on the challenges that they speak for."""
        rights = await asking.rights()
        inside, organisations = await asking.audience(programme)
        page = await asking.page(
            TEAMS,
            TEAMS_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            cursor=cursor,
            limit=limit,
            at_least=at_least,
        )
        return Page([one for one in page.items if sees(rights, one)], page.next)


class Teams(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @get()
    async def one(
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], at_least: FromQuery[int | None] = None
    ) -> Team:
        """Show a CoP."""
        return await asking.one(TEAMS, team, sees, at_least)
