"""What a commissioner promised on recommendations, and whether it was kept."""

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
from projections.view import EventMetadata, On, View, ids, its


class DueDate(Struct, frozen=True):
    """A day on which a commitment was due, since when, and why it moved there."""

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
        CommitmentMade: On(its("commitment"), made),
        CommitmentMoved: On(its("commitment"), moved),
        CommitmentSettled: On(its("commitment"), settled),
    },
)


COMMITMENTS_OF_RECOMMENDATION = ViewQuery(
    """
    -- What was promised on one recommendation.
    select * from {commitments} where recommendation_id = $3 and key > $1 order by key limit $2
    """,
    COMMITMENTS,
)


COMMITMENTS_OF_ORGANISATION = ViewQuery(
    """
    -- What an organisation promised: all to who speaks or reads for it ($4), else what was promised in programmes that one guides
    -- ($5), to one's own teams ($6), on challenges that one speaks or reads for ($7).
    select * from {commitments}
    where organisation_id = $3 and key > $1 and ($4 or programme_id = any($5) or team_id = any($6) or challenge_id = any($7))
    order by key limit $2
    """,
    COMMITMENTS,
)


COMMITMENTS_OF_PROGRAMME = ViewQuery(
    """
    -- What was promised in a programme: all to who guides it ($4), else to one's own teams ($5), by organisations ($6) or on
    -- challenges ($7) that one speaks or reads for, and what is shared with one ($8).
    select * from {commitments}
    where programme_id = $3 and key > $1 and (
      $4 or team_id = any($5) or organisation_id = any($6) or challenge_id = any($7)
      or key = any($8)
    )
    order by key limit $2
    """,
    COMMITMENTS,
)
