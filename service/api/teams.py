"""Teams over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import ProgrammeId, TeamId
from domain.roles import Rights
from projections.teams import TEAMS, TEAMS_OF_PROGRAMME, Team
from service.api.asking import Asking
from service.api.bodies import Page
from service.api.reading import Listing, Reading


def sees(rights: Rights, row: Team) -> bool:
    """Who is in a team is seen inside its programme, and by the contacts for its challenge."""
    return rights.belongs_to(row.programme) or rights.reads_for((row.organisation,), row.challenge)


class TeamsOfProgramme(Controller):
    path = "/programmes/{programme:str}/teams"
    tags = ("Teams",)

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[Team]:
        """List the CoPs of a programme; to contacts, those on the challenges that they speak for."""
        rights = await asking.rights()
        inside, organisations = await asking.audience(programme)
        return await asking.page(
            TEAMS,
            TEAMS_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            sees=lambda row: sees(rights, row),
        )


class Teams(Controller):
    path = "/teams/{team:str}"
    tags = ("Teams",)

    @get()
    async def one(
        self, team: FromPath[TeamId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Team:
        """Show a CoP."""
        return await asking.one(TEAMS, team, sees, reading)
