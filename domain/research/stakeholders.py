"""Stakeholders: who they are, where they stand and should stand, and the follow-up talks with them."""

from domain.events.stakeholders import Degree, StakeholderIdentified, StakeholderPlaced, Stance, TalkHeld
from domain.foundation import (
    Caller,
    NotFound,
    Personal,
    Selector,
    StakeholderId,
    TalkId,
    TeamId,
    Words,
    applies,
)
from domain.teams.own_work import OwnWork
from domain.teams.team import InTeam

# Commands


class IdentifyStakeholder(InTeam):
    """Put somebody on the team's map."""

    def __init__(
        self,
        stakeholder: StakeholderId,
        *,
        team: TeamId,
        name: Personal,
        organisation: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.stakeholder, self.team, self.name, self.by = stakeholder, team, name, by
        self.organisation = organisation

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        self.record(
            StakeholderIdentified(
                stakeholder=self.stakeholder,
                team=self.team,
                programme=formed.programme,
                name=self.name,
                organisation=self.organisation,
            )
        )


class WithStakeholder(OwnWork):
    """Base of commands on one stakeholder; the map is hidden from everybody but the team and who guides it."""

    stakeholder: StakeholderId
    identified: StakeholderIdentified | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[StakeholderIdentified], tags=[self.stakeholder])]

    @applies(StakeholderIdentified)
    def _(self, event: StakeholderIdentified) -> None:
        if event.stakeholder == self.stakeholder:
            self.identified = event

    def require_stakeholder(self) -> StakeholderIdentified:
        """Raises `NotFound`, or `NotAllowed` to who guides the team."""
        found = self.identified
        if found is None:
            raise NotFound
        self.require_own(found.team, found.programme)
        return found


class PlaceStakeholder(WithStakeholder):
    """Say where a stakeholder stands now; earlier placements stay, so that movement shows."""

    power: Degree
    interest: Degree
    stance: Stance
    desired_stance: Stance

    def __init__(
        self,
        stakeholder: StakeholderId,
        *,
        power: Degree,
        interest: Degree,
        stance: Stance,
        desired_stance: Stance,
        by: Caller,
    ) -> None:
        super().__init__()
        self.stakeholder, self.by = stakeholder, by
        self.power, self.interest, self.stance, self.desired_stance = power, interest, stance, desired_stance

    def execute(self) -> None:
        found = self.require_stakeholder()
        self.require_working_time(found.programme)
        self.record(
            StakeholderPlaced(
                stakeholder=found.stakeholder,
                team=found.team,
                programme=found.programme,
                power=self.power,
                interest=self.interest,
                stance=self.stance,
                desired_stance=self.desired_stance,
            )
        )


class HoldTalk(WithStakeholder):
    """Say what came of a talk with a stakeholder."""

    def __init__(
        self, talk: TalkId, *, stakeholder: StakeholderId, outcome: Words, next_step: Words | None = None, by: Caller
    ) -> None:
        super().__init__()
        self.talk, self.stakeholder, self.outcome, self.next_step, self.by = talk, stakeholder, outcome, next_step, by

    def execute(self) -> None:
        found = self.require_stakeholder()
        self.record(
            TalkHeld(
                talk=self.talk,
                stakeholder=found.stakeholder,
                team=found.team,
                programme=found.programme,
                outcome=self.outcome,
                next_step=self.next_step,
            )
        )
