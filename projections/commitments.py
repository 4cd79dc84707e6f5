"""Commitments of commissioners on recommendations, and whether they were kept."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled
from domain.foundation import (
    ChallengeId,
    CommitmentId,
    OrganisationId,
    Personal,
    ProgrammeId,
    RecommendationId,
    TeamId,
    Words,
)
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row


class DueDate(Struct, frozen=True):
    """A due date of a commitment, the time since which it holds, and the reason for the change."""

    due_on: date
    since: datetime
    reason: Words | None


class Commitment(
    Struct, frozen=True, kw_only=True, rename=ids("recommendation", "team", "programme", "challenge", "organisation")
):
    """One row per commitment, with every due date it had."""

    id: CommitmentId
    recommendation: RecommendationId
    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    status: Literal["open", "kept", "not_kept", "released"]
    text: Words
    owner: Personal
    due_on: date
    due_dates: tuple[DueDate, ...]
    reason: Words | None = None
    made_at: datetime
    settled_at: datetime | None = None


def made(_: Commitment | None, event: CommitmentMade, at: EventMetadata) -> Commitment:
    return Commitment(
        id=event.commitment,
        recommendation=event.recommendation,
        team=event.team,
        programme=event.programme,
        challenge=event.challenge,
        organisation=event.organisation,
        status="open",
        text=event.text,
        owner=event.owner,
        due_on=event.due_on,
        due_dates=(DueDate(event.due_on, at.recorded_at, None),),
        made_at=at.stated_at,
    )


def moved(row: Commitment, event: CommitmentMoved, at: EventMetadata) -> Commitment:
    dates = (*row.due_dates, DueDate(event.due_on, at.recorded_at, event.reason))
    return replace(row, due_on=event.due_on, due_dates=dates)


def settled(row: Commitment, event: CommitmentSettled, at: EventMetadata) -> Commitment:
    return replace(row, status=event.outcome, reason=event.reason, settled_at=at.stated_at)


COMMITMENTS = View(
    "commitments",
    Commitment,
    {
        CommitmentMade: On(one_row("commitment"), made),
        CommitmentMoved: On(one_row("commitment"), moved),
        CommitmentSettled: On(one_row("commitment"), settled),
    },
)


COMMITMENTS_OF_RECOMMENDATION = ViewQuery(
    """
    -- The commitments on one recommendation.
    select * from {commitments} where recommendation_id = $3 and key > $1 order by key limit $2
    """,
    COMMITMENTS,
)


COMMITMENTS_OF_ORGANISATION = ViewQuery(
    """
    -- The commitments of an organisation: all if the reader speaks or reads for it ($4), else those in programmes that they
    -- facilitate ($5), to their own teams ($6), and on challenges that they speak or read for ($7).
    select * from {commitments}
    where organisation_id = $3 and key > $1 and ($4 or programme_id = any($5) or team_id = any($6) or challenge_id = any($7))
    order by key limit $2
    """,
    COMMITMENTS,
)


COMMITMENTS_OF_PROGRAMME = ViewQuery(
    """
    -- The commitments in a programme: all if the reader facilitates it ($4), else those to their own teams ($5), those by
    -- organisations ($6) or on challenges ($7) that they speak or read for, and those shared with them ($8).
    select * from {commitments}
    where programme_id = $3 and key > $1 and (
      $4 or team_id = any($5) or organisation_id = any($6) or challenge_id = any($7)
      or key = any($8)
    )
    order by key limit $2
    """,
    COMMITMENTS,
)
