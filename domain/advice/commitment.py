"""What the commissioner promised to do with a recommendation, by when, and whether it was done."""

from datetime import date

from domain.advice.followup import ForCommissioner, OnRecommendation, about
from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled, Settlement
from domain.foundation import (
    AsIs,
    Caller,
    CommitmentId,
    Event,
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
    """A settled commitment stays as it is."""

    CODE = "commitment-settled"
    TEXT = Text(en="This commitment is settled.", nl="Deze toezegging is afgesloten.")


# Commands


class MakeCommitment(OnRecommendation):
    """Promise something that follows from an accepted recommendation."""

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
        super().__init__()
        self.commitment, self.recommendation, self.by = commitment, recommendation, by
        self.text, self.owner, self.due_on = text, owner, due_on

    def execute(self) -> None:
        found = self.require_recommendation()
        self.require_commissioner(found, told=self.told)
        self.require_open()
        self.record(
            CommitmentMade(
                commitment=self.commitment,
                **about(found),
                text=self.text,
                owner=self.owner,
                due_on=self.due_on,
            )
        )


class OnCommitment(ForCommissioner):
    """Base of commands on one commitment."""

    commitment: CommitmentId
    made: CommitmentMade | None = None
    due: date | None = None
    settled: bool = False

    def consistency_boundary(self) -> list[Selector]:
        kinds: list[type[Event]] = [CommitmentMade, CommitmentMoved, CommitmentSettled]
        return [*super().consistency_boundary(), Selector(types=kinds, tags=[self.commitment])]

    @applies(CommitmentMade)
    def _(self, event: CommitmentMade) -> None:
        if event.commitment == self.commitment:
            self.made, self.due = event, event.due_on

    @applies(CommitmentMoved)
    def _(self, due_on: date) -> None:
        self.due = due_on

    @applies(CommitmentSettled)
    def _(self) -> None:
        self.settled = True

    def require_unsettled(self) -> tuple[CommitmentMade, date]:
        """The commitment and its due date. Raises `NotFound`, `NotAllowed`, `OnBehalfOf`, `ReasonMissing` or `Settled`."""
        if self.made is None or self.due is None:
            raise NotFound
        self.require_commissioner(self.made, told=True)
        if self.settled:
            raise Settled
        return self.made, self.due


class MoveCommitment(OnCommitment):
    """Put a commitment off, or forward, with a reason."""

    def __init__(self, commitment: CommitmentId, *, due_on: date, by: Caller) -> None:
        super().__init__()
        self.commitment, self.due_on, self.by = commitment, due_on, by

    def execute(self) -> None:
        made, was_due_on = self.require_unsettled()
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


class SettleCommitment(OnCommitment):
    """Say that a commitment was kept, or not, or release from it."""

    outcome: Settlement

    def __init__(self, commitment: CommitmentId, *, outcome: Settlement, by: Caller) -> None:
        super().__init__()
        self.commitment, self.outcome, self.by = commitment, outcome, by

    def execute(self) -> None:
        made, _ = self.require_unsettled()
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
