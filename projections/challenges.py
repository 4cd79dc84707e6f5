"""The challenge board: what was brought in, and what became of it."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.ballot import BallotCertified, BallotOpened, BallotVoided
from domain.challenge import ChallengeAdmitted, ChallengeDeclined, ChallengeProposed, ChallengeStatus
from domain.foundation import BallotId, ChallengeId, OrganisationId, PersonId, ProgrammeId, Words
from domain.team import TeamFormed
from projections.view import Moment, On, View, each, its


class Challenge(Struct, frozen=True, kw_only=True):
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
    },
)

CHALLENGES_OF_PROGRAMME = """
-- The board of one programme; to a contact, the challenges of their organisations ($5) alone.
select * from challenges
where programme = $3 and key > $1 and ($4 or organisation = any($5))
order by key limit $2
"""
