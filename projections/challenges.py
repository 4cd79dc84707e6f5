"""The challenge board: what was brought in, and what became of it."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.ballot import BallotCertified, BallotOpened, BallotVoided
from domain.challenge import ChallengeAdmitted, ChallengeDeclined, ChallengeProposed, ChallengeStatus
from domain.followup import RecommendationClosed
from domain.foundation import (
    BallotId,
    ChallengeId,
    OrganisationId,
    PersonId,
    ProgrammeId,
    RecommendationId,
    TeamId,
    Words,
)
from domain.presenting import AdviceDelivered
from domain.team import TeamFormed
from projections.view import Moment, On, View, each, ids, its


class Outstanding(Struct, frozen=True, rename=ids("team", "recommendation")):
    """A recommendation of a delivered advice that is not closed yet, and whose it is."""

    team: TeamId
    recommendation: RecommendationId


class Challenge(Struct, frozen=True, kw_only=True, rename=ids("programme", "organisation", "proposer", "ballot")):
    """One row per challenge."""

    id: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    proposer: PersonId | None
    title: Words
    context: Words
    wish: Words | None
    status: ChallengeStatus
    ballot: BallotId | None = None
    outstanding: tuple[Outstanding, ...] = ()
    proposed_at: datetime


def proposed(_: Challenge | None, fact: ChallengeProposed, at: Moment) -> Challenge:
    return Challenge(
        id=fact.challenge,
        programme=fact.programme,
        organisation=fact.organisation,
        proposer=fact.proposer,
        title=fact.title,
        context=fact.context,
        wish=fact.wish,
        status="proposed",
        proposed_at=at.recorded_at,
    )


def admitted(row: Challenge, _: ChallengeAdmitted, __: Moment) -> Challenge:
    return replace(row, status="admitted")


def declined(row: Challenge, _: ChallengeDeclined, __: Moment) -> Challenge:
    return replace(row, status="declined")


def put_on_ballot(row: Challenge, fact: BallotOpened, _: Moment) -> Challenge:
    return replace(row, status="on_ballot", ballot=fact.ballot)


def decided(row: Challenge, fact: BallotCertified, _: Moment) -> Challenge:
    return replace(row, status="selected" if row.id in fact.selected else "not_selected")


def freed(row: Challenge, _: BallotVoided, __: Moment) -> Challenge:
    return replace(row, status="admitted")


def taken_up(row: Challenge, _: TeamFormed, __: Moment) -> Challenge:
    return replace(row, status="in_progress")


def advised(row: Challenge, fact: AdviceDelivered, _: Moment) -> Challenge:
    """A later version takes the place of its team's earlier one."""
    others = [one for one in row.outstanding if one.team != fact.team]
    new = [Outstanding(fact.team, one.recommendation) for one in fact.recommendations]
    return replace(row, status="advised", outstanding=(*others, *new))


def closed(row: Challenge, fact: RecommendationClosed, _: Moment) -> Challenge:
    """Once all recommendations are closed, the challenge is."""
    left = tuple(one for one in row.outstanding if one.recommendation != fact.recommendation)
    return replace(row, outstanding=left, status="closed" if row.outstanding and not left else row.status)


CHALLENGES = View(
    "challenges",
    Challenge,
    {
        ChallengeProposed: On(its("challenge"), proposed),
        ChallengeAdmitted: On(its("challenge"), admitted),
        ChallengeDeclined: On(its("challenge"), declined),
        BallotOpened: On(each("challenge_ids"), put_on_ballot),
        BallotCertified: On(each("challenge_ids"), decided),
        BallotVoided: On(each("challenge_ids"), freed),
        TeamFormed: On(its("challenge"), taken_up),
        AdviceDelivered: On(its("challenge"), advised),
        RecommendationClosed: On(its("challenge"), closed),
    },
)

CHALLENGES_OF_PROGRAMME = """
-- The board of one programme; to a contact, the challenges of their organisations ($5) alone.
select * from challenges
where programme_id = $3 and key > $1 and ($4 or organisation_id = any($5))
order by key limit $2
"""
