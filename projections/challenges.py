"""The challenge board: what was brought in, and what became of it."""

from datetime import datetime

from msgspec.structs import replace

from domain.challenges import lifecycle
from domain.challenges.lifecycle import Course
from domain.events.ballot import BallotCertified, BallotOpened, BallotVoided, ChallengesChosen
from domain.events.challenge import (
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeRevised,
    ChallengeWithdrawn,
)
from domain.events.followup import FormalResponseGiven, RecommendationClosed
from domain.events.presentation import AdviceDelivered
from domain.events.team import TeamChallengeChanged, TeamDissolved, TeamFormed, TeamMerged
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, Words
from projections.query import ViewQuery
from projections.view import Moment, On, View, both, each, ids, its


class Challenge(Course, frozen=True, kw_only=True, rename=ids("programme", "organisation", "proposer", "runner_up")):
    """One row per challenge.

    `organisation` None: it goes on in the public interest. `runner_up`: what the count elects in place of a withdrawn one.
    """

    id: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId | None
    proposer: PersonId | None
    title: Words
    context: Words
    wish: Words | None
    runner_up: ChallengeId | None = None
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


def revised(row: Challenge, fact: ChallengeRevised, _: Moment) -> Challenge:
    return replace(row, title=fact.title or row.title, context=fact.context or row.context, wish=fact.wish or row.wish)


def put_on_ballot(row: Challenge, fact: BallotOpened, _: Moment) -> Challenge:
    return lifecycle.put_on_ballot(row, fact.ballot)


def decided(row: Challenge, fact: BallotCertified, _: Moment) -> Challenge:
    return lifecycle.came_to(row, "selected" if row.id in fact.selected else "not_selected")


def freed(row: Challenge, _: BallotVoided, __: Moment) -> Challenge:
    return lifecycle.came_to(row, "admitted")


def chosen(row: Challenge, _: ChallengesChosen, __: Moment) -> Challenge:
    return lifecycle.came_to(row, "selected")


def withdrawn(row: Challenge, fact: ChallengeWithdrawn, _: Moment) -> Challenge:
    """Of the challenge itself, and of the runner-up that takes its seat."""
    if row.id != fact.challenge:
        return lifecycle.came_to(row, "selected") if row.id == fact.takes_the_seat else row
    return replace(lifecycle.withdrawn(row), runner_up=fact.runner_up)


def recommissioned(row: Challenge, fact: ChallengeRecommissioned, _: Moment) -> Challenge:
    return replace(lifecycle.goes_on(row), organisation=fact.organisation, runner_up=None)


def taken_up(row: Challenge, fact: TeamFormed, _: Moment) -> Challenge:
    return lifecycle.taken_up(row, fact.team)


def changed(row: Challenge, fact: TeamChallengeChanged, _: Moment) -> Challenge:
    return lifecycle.taken_up(row, fact.team) if row.id == fact.challenge else lifecycle.given_up(row, fact.team)


def lost(row: Challenge, fact: TeamMerged | TeamDissolved, _: Moment) -> Challenge:
    return lifecycle.lost(row, fact.team)


def advised(row: Challenge, fact: AdviceDelivered, _: Moment) -> Challenge:
    return lifecycle.advised(row, fact.team, [(one.recommendation, one.version) for one in fact.recommendations])


def answered(row: Challenge, fact: FormalResponseGiven, _: Moment) -> Challenge:
    return lifecycle.ended(row, fact.recommendation, "rejected") if fact.verdict == "rejected" else row


def closed(row: Challenge, fact: RecommendationClosed, _: Moment) -> Challenge:
    return lifecycle.ended(row, fact.recommendation, "closed")


CHALLENGES = View(
    "challenges",
    Challenge,
    {
        ChallengeProposed: On(its("challenge"), proposed),
        ChallengeAdmitted: On(its("challenge"), admitted),
        ChallengeDeclined: On(its("challenge"), declined),
        ChallengeRevised: On(its("challenge"), revised),
        BallotOpened: On(each("challenge_ids"), put_on_ballot),
        BallotCertified: On(each("challenge_ids"), decided),
        BallotVoided: On(each("challenge_ids"), freed),
        ChallengesChosen: On(each("challenges"), chosen),
        ChallengeWithdrawn: On(both("challenge", "runner_up"), withdrawn),
        ChallengeRecommissioned: On(its("challenge"), recommissioned),
        TeamFormed: On(its("challenge"), taken_up),
        TeamChallengeChanged: On(both("challenge", "previous"), changed),
        TeamMerged: On(its("challenge"), lost),
        TeamDissolved: On(its("challenge"), lost),
        AdviceDelivered: On(its("challenge"), advised),
        FormalResponseGiven: On(its("challenge"), answered),
        RecommendationClosed: On(its("challenge"), closed),
    },
)

CHALLENGES_OF_PROGRAMME = ViewQuery(
    """
    -- The board of one programme; to a contact, the challenges of their organisations ($5) alone.
    select * from {challenges}
    where programme_id = $3 and key > $1 and ($4 or organisation_id = any($5))
    order by key limit $2
    """,
    CHALLENGES,
)
