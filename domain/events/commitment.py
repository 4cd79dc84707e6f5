"""Events of a commissioner's commitments on a recommendation."""

from datetime import date
from typing import Literal

from domain.events.followup import OfRecommendation
from domain.foundation import (
    CommitmentId,
    Personal,
    Text,
    Words,
)

Settlement = Literal["kept", "not_kept", "released"]


class OfCommitment(OfRecommendation, frozen=True, kw_only=True):
    """Base of events about a commitment."""

    TAGS = ("commitment", "recommendation", "team", "challenge", "programme")

    commitment: CommitmentId


class CommitmentMade(OfCommitment, frozen=True, kw_only=True):
    """The commissioner committed to something by a date. `owner`: the person in charge; the organisation is bound (rule 23)."""

    TOPIC = "advice.commitment_made"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="{organisation} committed itself to “{text}” by {due_on}; {owner} is in charge.",
        nl="{organisation} zegde “{text}” toe, uiterlijk {due_on}; {owner} zorgt ervoor.",
    )

    text: Words
    owner: Personal
    due_on: date


class CommitmentMoved(OfCommitment, frozen=True, kw_only=True):
    """The due date of a commitment changed; the earlier one stays visible."""

    TOPIC = "advice.commitment_moved"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(
        en="The due date of {commitment} moved from {was_due_on} to {due_on}: {reason}.",
        nl="De termijn van {commitment} werd verschoven van {was_due_on} naar {due_on}: {reason}.",
    )

    was_due_on: date
    due_on: date
    reason: Words


class CommitmentSettled(OfCommitment, frozen=True, kw_only=True):
    """A commitment was kept or not, or the organisation was released from it."""

    TOPIC = "advice.commitment_settled"
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="{commitment} was settled: {outcome}.", nl="{commitment} werd afgesloten: {outcome}.")

    outcome: Settlement
    reason: Words | None
