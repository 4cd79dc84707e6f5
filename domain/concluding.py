"""The end of a programme: its CoPs end with it, and what commissioners took on goes on."""

from domain.foundation import AsIs, Caller, ProgrammeId, Selector, TeamId, learns
from domain.presenting import AdviceDelivered
from domain.programme import InProgramme, ProgrammeConcluded
from domain.team import TEAM_FACTS, TeamWork


class ConcludeProgramme(InProgramme, TeamWork):
    """End a programme; a reason is asked where a CoP has not delivered its advice yet."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        super().__init__()
        self.programme, self.by = programme, by
        self.delivered: set[TeamId] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[*TEAM_FACTS, AdviceDelivered], tags=[self.programme])]

    @learns(AdviceDelivered)
    def _(self, team: TeamId) -> None:
        self.delivered.add(team)

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        if self.concluded:
            raise AsIs
        going_on = sorted(
            team for team, formed in self.teams.items() if formed.programme == self.programme and team not in self.over
        )
        if not self.delivered.issuperset(going_on):
            self.require_reason()
        self.record(ProgrammeConcluded(programme=self.programme, teams=tuple(going_on)))
