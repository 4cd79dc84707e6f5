"""Reactions: which events require which jobs. Pure functions: the reactor reads the events and writes the jobs.

Rule 26: an event requires no timer or mail about a time that had passed when it was recorded.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from domain.events.announcements import AnnouncementMade
from domain.events.ballot import BallotClosed, BallotCounted, BallotOpened, BallotVoided, VoteCast
from domain.events.challenge import ChallengeWithdrawn
from domain.events.invitations import InvitationResent, InvitationsReleased
from domain.events.redaction import WordsRedacted
from domain.events.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    TokenIssued,
)
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
from projections.derived.invitations import Appointing
from projections.view import EventMetadata
from service.reading.invitations import invitation_job
from service.store.jobs.creating import Job

REMIND_BEFORE_CLOSE = timedelta(hours=24)


class Reaction(NamedTuple):
    """The jobs that event types require. Its progress is stored under its name; a new reaction starts at the log's head."""

    name: str
    on: Mapping[type[Event], Callable[[Any, EventMetadata], list[Job]]]


def close_at_deadline(event: BallotOpened, at: EventMetadata) -> list[Job]:
    """Close the ballot at its deadline, unless somebody closes it before (rule 4)."""
    return _if_ahead(at, event.closes_at, [Job("close_ballot", event.closes_at, {"ballot": event.ballot})])


def count_ballot(event: BallotClosed, at: EventMetadata) -> list[Job]:
    """Count a ballot as soon as it is closed."""
    return [Job("count_ballot", at.recorded_at, {"ballot": event.ballot})]


def destroy_ballot_key(event: BallotCounted | BallotVoided, at: EventMetadata) -> list[Job]:
    """Destroy a ballot's key once its papers need not be opened any more."""
    return [Job("destroy_ballot_key", at.recorded_at, {"ballot": event.ballot})]


def solve_assignment(event: AssignmentRequested, at: EventMetadata) -> list[Job]:
    """Solve a team assignment in a worker, since it may take a while."""
    return [Job("solve_assignment", at.recorded_at, {"assignment": event.assignment})]


def withhold_text(event: WordsRedacted, at: EventMetadata) -> list[Job]:
    """Delete a redacted text, even if the process that redacted it has died."""
    return [Job("withhold_words", at.recorded_at, {"position": str(event.position), "field": event.field})]


def mail_electors(event: BallotOpened, at: EventMetadata) -> list[Job]:
    """Mail every elector now, and a day before the close those who have not voted yet."""
    reminder = event.closes_at - REMIND_BEFORE_CLOSE
    opened = [_mail("ballot_opened", at.recorded_at, ballot=event.ballot, person=one) for one in event.electorate]
    closing = [_mail("ballot_closing", reminder, ballot=event.ballot, person=one) for one in event.electorate]
    return [*_if_ahead(at, event.closes_at, opened), *_if_ahead(at, reminder, closing)]


def mail_voter(event: VoteCast, at: EventMetadata) -> list[Job]:
    """Mail an elector each time somebody else enters a paper for them (rule 3)."""
    if event.own:
        return []
    return [_mail("paper_entered", at.recorded_at, ballot=event.ballot, person=event.voter, event=str(at.position))]


def mail_about_withdrawal(event: ChallengeWithdrawn, at: EventMetadata) -> list[Job]:
    """Mail the electors when a challenge is struck from their ballot (rule 22); the job reads who they are."""
    if event.stage != "on_ballot" or event.ballot is None:
        return []
    return [Job("tell_of_withdrawal", at.recorded_at, {"ballot": event.ballot, "challenge": event.challenge})]


def mail_members(event: TeamFormed, at: EventMetadata) -> list[Job]:
    """Mail every member of a new CoP."""
    return [_mail("team_formed", at.recorded_at, team=event.team, person=one) for one in event.members]


def mail_participants(event: AnnouncementMade, at: EventMetadata) -> list[Job]:
    """Mail everybody who was a participant when the announcement was made."""
    return [_mail("announcement", at.recorded_at, announcement=event.announcement, person=one) for one in event.told]


def check_size(event: MemberLeft | MemberTransferred, at: EventMetadata) -> list[Job]:
    """Alert facilitators and managers if the CoP is now below the minimum size (rule 10)."""
    return [Job("alert_of_small_team", at.recorded_at, {"team": event.team, "event": str(at.position)})]


def check_size_after_waiver(event: WaiverGranted, at: EventMetadata) -> list[Job]:
    """Alert them the day after a waiver expires, at noon UTC, if the CoP is still too small (rule 10)."""
    due_at = datetime.combine(event.until + timedelta(days=1), time(12), UTC)
    job = Job("alert_of_small_team", due_at, {"team": event.team, "event": str(at.position)})
    return _if_ahead(at, due_at, [job])


def mail_commissioners(event: TeamMerged | TeamDissolved, at: EventMetadata) -> list[Job]:
    """Mail the commissioners of the challenge of a CoP that has ended (rule 10)."""
    if event.organisation is None:
        return []
    about: dict[str, str] = {"team": event.team, "challenge": event.challenge, "organisation": event.organisation}
    return [Job("tell_commissioner", at.recorded_at, about)]


def mail_about_merge(event: TeamMerged, at: EventMetadata) -> list[Job]:
    """Mail the members and commissioners of a CoP that merged into another."""
    return [*mail_merged_members(event, at), *mail_commissioners(event, at)]


def mail_merged_members(event: TeamMerged, at: EventMetadata) -> list[Job]:
    """Mail every member of a CoP that merged into another."""
    return [_mail("team_merged", at.recorded_at, team=event.team, into=event.into, person=one) for one in event.members]


def mail_new_member(event: MemberJoined | MemberTransferred, at: EventMetadata) -> list[Job]:
    """Mail a new member of a CoP about its members and its challenge."""
    team = event.to_team if isinstance(event, MemberTransferred) else event.team
    return [_mail("team_joined", at.recorded_at, team=team, person=event.person, event=str(at.position))]


def mail_token_holder(event: TokenIssued, at: EventMetadata) -> list[Job]:
    """Mail a person for whom a token was issued (decision 0008)."""
    if event.person is None:
        return []
    return _if_ahead(
        at, event.expires_at, [_mail("token_issued", at.recorded_at, token=event.token, person=event.person)]
    )


def invite(event: Appointing, at: EventMetadata) -> list[Job]:
    """Invite a person to their role; the job finds out whether that is held back (rule 36). Nobody invites themselves."""
    if at.actor == event.person:
        return []
    about = event.contact if isinstance(event, ContactAppointed) and event.programme is None else event.programme
    assert about is not None, "a role is one in a programme, or that of a contact"
    jobs = [invitation_job(about, event.person, at.position, at.recorded_at)]
    until = event.until if isinstance(event, FacilitatorAssigned) else None
    return jobs if until is None else _if_ahead(at, until, jobs)


def invite_held(event: InvitationsReleased, at: EventMetadata) -> list[Job]:
    """Invite everybody whose invitation was held back (rule 36)."""
    return [invitation_job(event.programme, one, at.position, at.recorded_at) for one in event.people]


def invite_again(event: InvitationResent, at: EventMetadata) -> list[Job]:
    """Send an invitation again (rule 36)."""
    about = event.programme or event.contact
    assert about is not None, "an invitation is to a programme, or that of a contact"
    return [invitation_job(about, event.person, at.position, at.recorded_at)]


def _mail(template: str, due_at: datetime, **arguments: str) -> Job:
    return Job(f"mail_{template}", due_at, arguments)


def _if_ahead(at: EventMetadata, time_: datetime, jobs: list[Job]) -> list[Job]:
    """The jobs, if `time_`, which they are about, was still ahead when the event was recorded (rule 26)."""
    return jobs if time_ > at.recorded_at else []


REACTIONS = (
    Reaction(
        "ballots",
        {
            BallotOpened: close_at_deadline,
            BallotClosed: count_ballot,
            BallotCounted: destroy_ballot_key,
            BallotVoided: destroy_ballot_key,
        },
    ),
    Reaction("assignments", {AssignmentRequested: solve_assignment}),
    Reaction(
        "team_sizes", {MemberLeft: check_size, MemberTransferred: check_size, WaiverGranted: check_size_after_waiver}
    ),
    Reaction("redactions", {WordsRedacted: withhold_text}),
    Reaction(
        "mails",
        {
            BallotOpened: mail_electors,
            VoteCast: mail_voter,
            ChallengeWithdrawn: mail_about_withdrawal,
            TeamFormed: mail_members,
            AnnouncementMade: mail_participants,
            TeamMerged: mail_about_merge,
            TeamDissolved: mail_commissioners,
            MemberJoined: mail_new_member,
            MemberTransferred: mail_new_member,
            TokenIssued: mail_token_holder,
            ManagerAppointed: invite,
            ParticipantEnrolled: invite,
            FacilitatorAssigned: invite,
            ContactAppointed: invite,
            InvitationsReleased: invite_held,
            InvitationResent: invite_again,
        },
    ),
)
