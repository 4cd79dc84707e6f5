"""The challenge board: proposed challenges and how far they have come."""

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
from projections.view import EventMetadata, On, View, ids, one_row, row_per_field, row_per_id


class Challenge(Course, frozen=True, kw_only=True, rename=ids("programme", "organisation", "proposer", "runner_up")):
    """One row per challenge. `organisation` None: it continues in the public interest.

    `runner_up`: of a withdrawn challenge, the one that the same count elects instead.
    """

    id: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId | None
    proposer: PersonId | None
    title: Words
    context: Words
    wish: Words | None
    short_title: Words | None = None
    runner_up: ChallengeId | None = None
    proposed_at: datetime


def brief_title(row: Challenge) -> str | None:
    """The short title of an unsealed challenge, else its title; None if both were redacted."""
    texts = (row.short_title, row.title)
    return next((one.text for one in texts if one is not None and one.text is not None), None)


def proposed(_: Challenge | None, event: ChallengeProposed, at: EventMetadata) -> Challenge:
    return Challenge(
        id=event.challenge,
        programme=event.programme,
        organisation=event.organisation,
        proposer=event.proposer,
        title=event.title,
        context=event.context,
        wish=event.wish,
        short_title=event.short_title,
        status="proposed",
        proposed_at=at.recorded_at,
    )


def admitted(row: Challenge, _: ChallengeAdmitted, __: EventMetadata) -> Challenge:
    return replace(row, status="admitted")


def declined(row: Challenge, _: ChallengeDeclined, __: EventMetadata) -> Challenge:
    return replace(row, status="declined")


def revised(row: Challenge, event: ChallengeRevised, _: EventMetadata) -> Challenge:
    return replace(
        row,
        title=event.title or row.title,
        context=event.context or row.context,
        wish=event.wish or row.wish,
        short_title=event.short_title or row.short_title,
    )


def put_on_ballot(row: Challenge, event: BallotOpened, _: EventMetadata) -> Challenge:
    return lifecycle.put_on_ballot(row, event.ballot)


def decided(row: Challenge, event: BallotCertified, _: EventMetadata) -> Challenge:
    return lifecycle.with_status(row, "selected" if row.id in event.selected else "not_selected")


def freed(row: Challenge, _: BallotVoided, __: EventMetadata) -> Challenge:
    return lifecycle.with_status(row, "admitted")


def chosen(row: Challenge, _: ChallengesChosen, __: EventMetadata) -> Challenge:
    return lifecycle.with_status(row, "selected")


def withdrawn(row: Challenge, event: ChallengeWithdrawn, _: EventMetadata) -> Challenge:
    """Withdraw the challenge; select the runner-up if it takes the seat."""
    if row.id != event.challenge:
        return lifecycle.with_status(row, "selected") if row.id == event.takes_the_seat else row
    return replace(lifecycle.withdrawn(row), runner_up=event.runner_up)


def recommissioned(row: Challenge, event: ChallengeRecommissioned, _: EventMetadata) -> Challenge:
    return replace(lifecycle.resumed(row), organisation=event.organisation, runner_up=None)


def team_formed(row: Challenge, event: TeamFormed, _: EventMetadata) -> Challenge:
    return lifecycle.with_team(row, event.team)


def changed(row: Challenge, event: TeamChallengeChanged, _: EventMetadata) -> Challenge:
    return (
        lifecycle.with_team(row, event.team) if row.id == event.challenge else lifecycle.without_team(row, event.team)
    )


def team_ended(row: Challenge, event: TeamMerged | TeamDissolved, _: EventMetadata) -> Challenge:
    return lifecycle.with_ended_team(row, event.team)


def advised(row: Challenge, event: AdviceDelivered, _: EventMetadata) -> Challenge:
    return lifecycle.advised(row, event.team, [(one.recommendation, one.version) for one in event.recommendations])


def answered(row: Challenge, event: FormalResponseGiven, _: EventMetadata) -> Challenge:
    return lifecycle.ended(row, event.recommendation, "rejected") if event.verdict == "rejected" else row


def closed(row: Challenge, event: RecommendationClosed, _: EventMetadata) -> Challenge:
    return lifecycle.ended(row, event.recommendation, "closed")


CHALLENGES = View(
    "challenges",
    Challenge,
    {
        ChallengeProposed: On(one_row("challenge"), proposed),
        ChallengeAdmitted: On(one_row("challenge"), admitted),
        ChallengeDeclined: On(one_row("challenge"), declined),
        ChallengeRevised: On(one_row("challenge"), revised),
        BallotOpened: On(row_per_id("challenge_ids"), put_on_ballot),
        BallotCertified: On(row_per_id("challenge_ids"), decided),
        BallotVoided: On(row_per_id("challenge_ids"), freed),
        ChallengesChosen: On(row_per_id("challenges"), chosen),
        ChallengeWithdrawn: On(row_per_field("challenge", "runner_up"), withdrawn),
        ChallengeRecommissioned: On(one_row("challenge"), recommissioned),
        TeamFormed: On(one_row("challenge"), team_formed),
        TeamChallengeChanged: On(row_per_field("challenge", "previous"), changed),
        TeamMerged: On(one_row("challenge"), team_ended),
        TeamDissolved: On(one_row("challenge"), team_ended),
        AdviceDelivered: On(one_row("challenge"), advised),
        FormalResponseGiven: On(one_row("challenge"), answered),
        RecommendationClosed: On(one_row("challenge"), closed),
    },
)

CHALLENGES_OF_PROGRAMME = ViewQuery(
    """
    -- The board of one programme; for contacts, only the challenges of their organisations ($5).
    select * from {challenges}
    where programme_id = $3 and key > $1 and ($4 or organisation_id = any($5))
    order by key limit $2
    """,
    CHALLENGES,
)

CHALLENGES_OF_ORGANISATION = ViewQuery(
    """
    -- The challenges of an organisation in all programmes, the newest first; $1 is the last one of the page before.
    select * from {challenges} where organisation_id = $3 and ($1 = '' or key < $1) order by key desc limit $2
    """,
    CHALLENGES,
)

CHALLENGES_OF_PROPOSER = ViewQuery(
    """
    -- The challenges that a person ($2) proposed in a programme ($1), at most $3.
    select * from {challenges} where programme_id = $1 and proposer_id = $2 order by key limit $3
    """,
    CHALLENGES,
)
