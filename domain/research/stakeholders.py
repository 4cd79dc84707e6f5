"""Stakeholders: their identity, their present and desired positions, and the talks with them."""

from domain.events.stakeholders import Degree, StakeholderIdentified, StakeholderPlaced, Stance, TalkHeld
from domain.foundation import (
    Caller,
    Knowledge,
    NotFound,
    Personal,
    Selector,
    StakeholderId,
    TalkId,
    TeamId,
    Words,
    applies,
)
from domain.teams.team import TeamCommand

# Knowledge


class Stakeholders(Knowledge):
    """The stakeholders of these ids."""

    def __init__(self, *stakeholders: StakeholderId) -> None:
        super().__init__(*(Selector(types=[StakeholderIdentified], tags=[one]) for one in stakeholders))
        self.identified: dict[StakeholderId, StakeholderIdentified] = {}

    @applies(StakeholderIdentified)
    def _(self, event: StakeholderIdentified) -> None:
        self.identified[event.stakeholder] = event

    def require_stakeholder(self, stakeholder: StakeholderId) -> StakeholderIdentified:
        """Return the stakeholder. Raises `NotFound`."""
        found = self.identified.get(stakeholder)
        if found is None:
            raise NotFound
        return found


# Commands


class IdentifyStakeholder(TeamCommand):
    """Add somebody to the team's map."""

    def __init__(
        self,
        stakeholder: StakeholderId,
        *,
        team: TeamId,
        name: Personal,
        organisation: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by, team)
        self.stakeholder, self.team, self.name = stakeholder, team, name
        self.organisation = organisation

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(
            StakeholderIdentified(
                stakeholder=self.stakeholder,
                team=self.team,
                programme=formed.programme,
                name=self.name,
                organisation=self.organisation,
            )
        )


class PlaceStakeholder(TeamCommand):
    """Record the present position of a stakeholder; earlier ones stay, so that movement shows."""

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
        super().__init__(by)
        self.stakeholder = stakeholder
        self.power, self.interest, self.stance, self.desired_stance = power, interest, stance, desired_stance
        self.stakeholders = Stakeholders(stakeholder)

    def execute(self) -> None:
        found = self.stakeholders.require_stakeholder(self.stakeholder)
        self.rights.require_own(found.team, found.programme)
        self.rights.teams.require_not_concluded(found.programme)
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


class HoldTalk(TeamCommand):
    """Record the outcome of a talk with a stakeholder."""

    def __init__(
        self, talk: TalkId, *, stakeholder: StakeholderId, outcome: Words, next_step: Words | None = None, by: Caller
    ) -> None:
        super().__init__(by)
        self.talk, self.stakeholder, self.outcome, self.next_step = talk, stakeholder, outcome, next_step
        self.stakeholders = Stakeholders(stakeholder)

    def execute(self) -> None:
        found = self.stakeholders.require_stakeholder(self.stakeholder)
        self.rights.require_own(found.team, found.programme)
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
