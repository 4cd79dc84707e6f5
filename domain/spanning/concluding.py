"""Conclusion of a programme: its CoPs end with it; the follow-up of their advice continues."""

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
from domain.people.rights import CallerCommand
from domain.programmes.programme import ProgrammeState
from domain.teams.team import Teams


class ConcludeProgramme(CallerCommand):
    """Conclude a programme, with a reason if a CoP has not delivered its advice yet."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        kinds = [*TEAM_EVENTS, AdviceDelivered, TripIdeaProposed, ChallengeProposed]
        super().__init__(by, boundary=[Selector(types=kinds, tags=[programme])])
        self.programme = programme
        self.programme_state = ProgrammeState(programme)
        self.teams = Teams()
        self.delivered: set[TeamId] = set()
        self.trips: set[TripId] = set()
        self.challenges: set[ChallengeId] = set()

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
        self.programme_state.require_programme()
        self.rights.require_manager(self.programme)
        if self.programme in self.programme_state.concluded:
            raise AsIs
        active = sorted(
            team
            for team, formed in self.teams.formed.items()
            if formed.programme == self.programme and team not in self.teams.ended
        )
        if not self.delivered.issuperset(active):
            self.require_reason()
        members: set[PersonId] = {one for team in active for one in self.teams.members[team]}
        self.record(
            ProgrammeConcluded(
                programme=self.programme,
                teams=tuple(active),
                members=tuple(sorted(members)),
                trips=tuple(sorted(self.trips)),
                challenges=tuple(sorted(self.challenges)),
            )
        )
