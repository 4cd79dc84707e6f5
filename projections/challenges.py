"""The challenge board: what was brought in, and what became of it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.ballot import BallotCertified, BallotOpened, BallotVoided
from domain.challenge import ChallengeAdmitted, ChallengeDeclined, ChallengeProposed, ChallengeStatus
from domain.followup import FormalResponseGiven, RecommendationClosed
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
from domain.presenting import AdviceDelivered, Stated
from domain.team import TeamFormed
from projections.view import Moment, On, View, each, ids, its


class Delivered(Struct, frozen=True, rename=ids("team", "recommendation")):
    """A recommendation of a delivered advice, in its version, and how it ended.

    `closed` ends it for good; `rejected` ends the version alone. One without a response has not ended, however late it is:
    the response may still come.
    """

    team: TeamId
    recommendation: RecommendationId
    version: int
    ended: Literal["rejected", "closed"] | None = None


class Challenge(
    Struct, frozen=True, kw_only=True, rename=ids("programme", "organisation", "proposer", "ballot", "teams")
):
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
    teams: tuple[TeamId, ...] = ()
    delivered: tuple[Delivered, ...] = ()
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


def taken_up(row: Challenge, fact: TeamFormed, _: Moment) -> Challenge:
    return replace(row, status="in_progress", teams=(*row.teams, fact.team))


def advised(row: Challenge, fact: AdviceDelivered, _: Moment) -> Challenge:
    """A later version takes the place of its team's earlier one; what was closed, or rejected as it is, stays so."""
    before = {one.recommendation: one for one in row.delivered}
    others = [one for one in row.delivered if one.team != fact.team]
    new = [_carried(before.get(one.recommendation), one, fact.team) for one in fact.recommendations]
    return followed_up(replace(row, delivered=(*others, *new)))


def _carried(before: Delivered | None, stated: Stated, team: TeamId) -> Delivered:
    stays = before is not None and (before.ended == "closed" or before.version == stated.version)
    return Delivered(team, stated.recommendation, stated.version, before.ended if before and stays else None)


def answered(row: Challenge, fact: FormalResponseGiven, _: Moment) -> Challenge:
    return ended(row, fact.recommendation, "rejected") if fact.verdict == "rejected" else row


def closed(row: Challenge, fact: RecommendationClosed, _: Moment) -> Challenge:
    return ended(row, fact.recommendation, "closed")


def ended(row: Challenge, recommendation: RecommendationId, how: Literal["rejected", "closed"]) -> Challenge:
    """A recommendation that was delivered has come to its end."""
    now = tuple(replace(one, ended=how) if one.recommendation == recommendation else one for one in row.delivered)
    return followed_up(replace(row, delivered=now))


def followed_up(row: Challenge) -> Challenge:
    """Once each of its teams has delivered and every recommendation has ended, the challenge is closed."""
    done = {*row.teams} <= {one.team for one in row.delivered} and all(one.ended for one in row.delivered)
    return replace(row, status="closed" if done else "advised")


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
        FormalResponseGiven: On(its("challenge"), answered),
        RecommendationClosed: On(its("challenge"), closed),
    },
)

CHALLENGES_OF_PROGRAMME = """
-- The board of one programme; to a contact, the challenges of their organisations ($5) alone.
select * from challenges
where programme_id = $3 and key > $1 and ($4 or organisation_id = any($5))
order by key limit $2
"""
