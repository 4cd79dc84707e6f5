"""Which events call for which jobs. Pure: the reactor reads the events and writes the jobs.

Rule 26: no timer and no mail goes out for a moment that had passed when the event was recorded.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from domain.events.announcements import AnnouncementMade
from domain.events.ballot import BallotClosed, BallotCounted, BallotOpened, BallotVoided, VoteCast
from domain.events.challenge import ChallengeWithdrawn
from domain.events.redaction import WordsRedacted
from domain.events.roles import TokenIssued
from domain.events.team import (
    AssignmentRequested,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import Event
from projections.view import EventMetadata
from workers.jobs.queue import Job

REMINDER = timedelta(hours=24)  # before a ballot closes


class Reaction(NamedTuple):
    """What events call for. Its name stands for how far it has come: a new one begins with what is recorded from then on."""

    name: str
    on: Mapping[type[Event], Callable[[Any, EventMetadata], list[Job]]]


def close_at_the_deadline(event: BallotOpened, at: EventMetadata) -> list[Job]:
    """Rule 4: the timer closes what nobody closed by hand."""
    return _ahead(at, event.closes_at, [Job("close_ballot", event.closes_at, {"ballot": event.ballot})])


def count(event: BallotClosed, at: EventMetadata) -> list[Job]:
    """What is closed is counted without anyone asking."""
    return [Job("count_ballot", at.recorded_at, {"ballot": event.ballot})]


def destroy_key(event: BallotCounted | BallotVoided, at: EventMetadata) -> list[Job]:
    """No paper is opened after the count, nor after a ballot without a result."""
    return [Job("destroy_ballot_key", at.recorded_at, {"ballot": event.ballot})]


def solve(event: AssignmentRequested, at: EventMetadata) -> list[Job]:
    """Teams are solved by a worker, since it may take a while."""
    return [Job("solve_assignment", at.recorded_at, {"assignment": event.assignment})]


def withhold(event: WordsRedacted, at: EventMetadata) -> list[Job]:
    """A text is purged even if the process that redacted it died before."""
    return [Job("withhold_words", at.recorded_at, {"position": str(event.position), "field": event.field})]


def tell_electors(event: BallotOpened, at: EventMetadata) -> list[Job]:
    """A mail to every elector, and another to who has not voted a day before the close."""
    reminder = event.closes_at - REMINDER
    opened = [_mail("ballot_opened", at.recorded_at, ballot=event.ballot, person=one) for one in event.electorate]
    closing = [_mail("ballot_closing", reminder, ballot=event.ballot, person=one) for one in event.electorate]
    return [*_ahead(at, event.closes_at, opened), *_ahead(at, reminder, closing)]


def tell_elector(event: VoteCast, at: EventMetadata) -> list[Job]:
    """Rule 3: of a paper that someone else enters the elector is told, each time."""
    if event.own:
        return []
    return [_mail("paper_entered", at.recorded_at, ballot=event.ballot, person=event.voter, event=str(at.position))]


def tell_of_withdrawal(event: ChallengeWithdrawn, at: EventMetadata) -> list[Job]:
    """Rule 22: the voters are told what is struck from their ballot; who they are, the ballot's opening says."""
    if event.stage != "on_ballot" or event.ballot is None:
        return []
    return [Job("tell_of_withdrawal", at.recorded_at, {"ballot": event.ballot, "challenge": event.challenge})]


def tell_members(event: TeamFormed, at: EventMetadata) -> list[Job]:
    """A mail to every member of a new CoP."""
    return [_mail("team_formed", at.recorded_at, team=event.team, person=one) for one in event.members]


def tell_participants(event: AnnouncementMade, at: EventMetadata) -> list[Job]:
    """A mail to everybody who took part when it was said."""
    return [_mail("announcement", at.recorded_at, announcement=event.announcement, person=one) for one in event.told]


def look_at_size(event: MemberLeft | MemberTransferred, at: EventMetadata) -> list[Job]:
    """Rule 10: below the minimum there is an alert; who guides is told, if the team is too small by then."""
    return [Job("alert_of_small_team", at.recorded_at, {"team": event.team, "event": str(at.position)})]


def look_after_waiver(event: WaiverGranted, at: EventMetadata) -> list[Job]:
    """Rule 10: a waiver has its day; who guides is told the day after it, at noon UTC, if the team is too small still."""
    over = datetime.combine(event.until + timedelta(days=1), time(12), UTC)
    job = Job("alert_of_small_team", over, {"team": event.team, "event": str(at.position)})
    return _ahead(at, over, [job])


def tell_commissioner(event: TeamMerged | TeamDissolved, at: EventMetadata) -> list[Job]:
    """Rule 10: who commissioned the challenge of a CoP that ended is told."""
    if event.organisation is None:
        return []
    about: dict[str, str] = {"team": event.team, "challenge": event.challenge, "organisation": event.organisation}
    return [Job("tell_commissioner", at.recorded_at, about)]


def tell_of_team(event: TeamMerged, at: EventMetadata) -> list[Job]:
    """Mails to everybody whom it concerns that a CoP went up in another."""
    return [*tell_merged(event, at), *tell_commissioner(event, at)]


def tell_merged(event: TeamMerged, at: EventMetadata) -> list[Job]:
    """A mail to every member of a CoP that went up in another."""
    return [_mail("team_merged", at.recorded_at, team=event.team, into=event.into, person=one) for one in event.members]


def tell_newcomer(event: MemberJoined | MemberTransferred, at: EventMetadata) -> list[Job]:
    """A mail to who comes to a CoP: with whom they work, on what."""
    team = event.to_team if isinstance(event, MemberTransferred) else event.team
    return [_mail("team_joined", at.recorded_at, team=team, person=event.person, event=str(at.position))]


def tell_holder(event: TokenIssued, at: EventMetadata) -> list[Job]:
    """Issuing a token for a person is told to that person (decision 0008)."""
    if event.person is None:
        return []
    return _ahead(at, event.expires_at, [_mail("token_issued", at.recorded_at, token=event.token, person=event.person)])


def _mail(letter: str, due_at: datetime, **arguments: str) -> Job:
    return Job(f"mail_{letter}", due_at, arguments)


def _ahead(at: EventMetadata, moment: datetime, jobs: list[Job]) -> list[Job]:
    """The jobs, if the moment that they are about lay ahead when the event was recorded (rule 26)."""
    return jobs if moment > at.recorded_at else []


REACTIONS = (
    Reaction(
        "ballots",
        {
            BallotOpened: close_at_the_deadline,
            BallotClosed: count,
            BallotCounted: destroy_key,
            BallotVoided: destroy_key,
        },
    ),
    Reaction("assignments", {AssignmentRequested: solve}),
    Reaction(
        "team_sizes", {MemberLeft: look_at_size, MemberTransferred: look_at_size, WaiverGranted: look_after_waiver}
    ),
    Reaction("redactions", {WordsRedacted: withhold}),
    Reaction(
        "mails",
        {
            BallotOpened: tell_electors,
            VoteCast: tell_elector,
            ChallengeWithdrawn: tell_of_withdrawal,
            TeamFormed: tell_members,
            AnnouncementMade: tell_participants,
            TeamMerged: tell_of_team,
            TeamDissolved: tell_commissioner,
            MemberJoined: tell_newcomer,
            MemberTransferred: tell_newcomer,
            TokenIssued: tell_holder,
        },
    ),
)
