"""Commitments of the commissioner about a recommendation: what it will do, by when, and whether it did."""

from datetime import date

from domain.advice.followup import FollowUp, FollowUpCommand, about
from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled, Settlement
from domain.foundation import (
    AsIs,
    Caller,
    CommitmentId,
    Event,
    Knowledge,
    NotFound,
    Personal,
    RecommendationId,
    Refusal,
    Selector,
    Text,
    Words,
    applies,
)

# Refusals


class Settled(Refusal):
    """A settled commitment cannot be changed."""

    CODE = "commitment-settled"
    TEXT = Text(en="This commitment is settled.", nl="Deze toezegging is afgesloten.")


# Knowledge


class CommitmentState(Knowledge):
    """One commitment as it is now."""

    def __init__(self, commitment: CommitmentId) -> None:
        kinds: list[type[Event]] = [CommitmentMade, CommitmentMoved, CommitmentSettled]
        super().__init__(Selector(types=kinds, tags=[commitment]))
        self.commitment = commitment
        self.made: CommitmentMade | None = None
        self.due_on: date | None = None
        self.settled = False

    @applies(CommitmentMade)
    def _(self, event: CommitmentMade) -> None:
        if event.commitment == self.commitment:
            self.made, self.due_on = event, event.due_on

    @applies(CommitmentMoved)
    def _(self, commitment: CommitmentId, due_on: date) -> None:
        if commitment == self.commitment:
            self.due_on = due_on

    @applies(CommitmentSettled)
    def _(self, commitment: CommitmentId) -> None:
        self.settled |= commitment == self.commitment

    def require_made(self) -> tuple[CommitmentMade, date]:
        """Return the commitment as it was made, and its due date now. Raises `NotFound`."""
        if self.made is None or self.due_on is None:
            raise NotFound
        return self.made, self.due_on

    def require_unsettled(self) -> None:
        """Raises `Settled`."""
        if self.settled:
            raise Settled


# Commands


class MakeCommitment(FollowUpCommand):
    """Commit the organisation to something that follows from an accepted recommendation."""

    def __init__(
        self,
        commitment: CommitmentId,
        *,
        recommendation: RecommendationId,
        text: Words,
        owner: Personal,
        due_on: date,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.commitment, self.recommendation = commitment, recommendation
        self.text, self.owner, self.due_on = text, owner, due_on
        self.follow_up = FollowUp(recommendation)

    def execute(self) -> None:
        found = self.follow_up.require_recommendation()
        self.require_commissioner(found, visible=self.follow_up.visible)
        self.follow_up.require_open()
        self.record(
            CommitmentMade(
                commitment=self.commitment,
                **about(found),
                text=self.text,
                owner=self.owner,
                due_on=self.due_on,
            )
        )


class MoveCommitment(FollowUpCommand):
    """Change the due date of a commitment, with a reason."""

    def __init__(self, commitment: CommitmentId, *, due_on: date, by: Caller) -> None:
        super().__init__(by)
        self.commitment, self.due_on = commitment, due_on
        self.commitment_state = CommitmentState(commitment)

    def execute(self) -> None:
        made, was_due_on = self.commitment_state.require_made()
        self.require_commissioner(made, visible=True)
        self.commitment_state.require_unsettled()
        if self.due_on == was_due_on:
            raise AsIs(field="due_on")
        self.require_reason()
        assert self.by.reason is not None, "just required"
        self.record(
            CommitmentMoved(
                commitment=made.commitment,
                **about(made),
                was_due_on=was_due_on,
                due_on=self.due_on,
                reason=self.by.reason,
            )
        )


class SettleCommitment(FollowUpCommand):
    """Record that a commitment was kept or not, or release the organisation from it."""

    outcome: Settlement

    def __init__(self, commitment: CommitmentId, *, outcome: Settlement, by: Caller) -> None:
        super().__init__(by)
        self.commitment, self.outcome = commitment, outcome
        self.commitment_state = CommitmentState(commitment)

    def execute(self) -> None:
        made, _ = self.commitment_state.require_made()
        self.require_commissioner(made, visible=True)
        self.commitment_state.require_unsettled()
        if self.outcome != "kept":
            self.require_reason()
        self.record(
            CommitmentSettled(
                commitment=made.commitment,
                **about(made),
                outcome=self.outcome,
                reason=self.by.reason,
            )
        )
