"""The end of a programme: its CoPs end with it, and what commissioners took on goes on."""

from domain.events.challenge import ChallengeProposed
from domain.events.presentation import AdviceDelivered
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TEAM_EVENTS
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    TripId,
    applies,
)
from domain.programmes.programme import InProgramme
from domain.teams.team import TeamWork


class ConcludeProgramme(InProgramme, TeamWork):
    """End a programme; a reason is asked where a CoP has not delivered its advice yet."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        super().__init__()
        self.programme, self.by = programme, by
        self.delivered: set[TeamId] = set()
        self.trips: set[TripId] = set()
        self.challenges: set[ChallengeId] = set()

    def consistency_boundary(self) -> list[Selector]:
        types = [*TEAM_EVENTS, AdviceDelivered, TripIdeaProposed, ChallengeProposed]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.programme])]

    @applies(AdviceDelivered)
    def _(self, team: TeamId) -> None:
        self.delivered.add(team)

    @applies(TripIdeaProposed)
    def _(self, trip: TripId) -> None:
        self.trips.add(trip)

    @applies(ChallengeProposed)
    def _(self, challenge: ChallengeId) -> None:
        self.challenges.add(challenge)

    def execute(self) -> None:
        self.require_programme()
        self.require_manager(self.programme)
        if self.programme in self.concluded:
            raise AsIs
        going_on = sorted(
            team for team, formed in self.teams.items() if formed.programme == self.programme and team not in self.over
        )
        if not self.delivered.issuperset(going_on):
            self.require_reason()
        members: set[PersonId] = {one for team in going_on for one in self.members[team]}
        self.record(
            ProgrammeConcluded(
                programme=self.programme,
                teams=tuple(going_on),
                members=tuple(sorted(members)),
                trips=tuple(sorted(self.trips)),
                challenges=tuple(sorted(self.challenges)),
            )
        )
