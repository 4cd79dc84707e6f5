"""Jobs that an event requires, and in particular the deadlines for which it requires none."""

from datetime import timedelta

from msgspec.structs import replace

from domain.events.announcements import AnnouncementMade
from domain.events.ballot import (
    BallotChallenge,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    VoteCast,
)
from domain.events.challenge import ChallengeWithdrawn
from domain.events.roles import TokenIssued
from domain.foundation import AnnouncementId, BallotId, ChallengeId, Code, Digest, PersonId, ProgrammeId, TokenId, Words
from projections.view import EventMetadata
from tests.workers.examples.stage import at
from workers import reactions
from workers.job_registry import job_kinds
from workers.jobs.circuit_breaker import Breakers

BALLOT, PROGRAMME = BallotId("ballot_1"), ProgrammeId("programme_1")
ANNA, BERT = PersonId("person_anna"), PersonId("person_bert")
DIGEST = Digest("x" * 43)
CLOSES = at("2016-11-01T12:00:00+01:00")
OPENED = BallotOpened(
    ballot=BALLOT,
    programme=PROGRAMME,
    challenges=(BallotChallenge(ChallengeId("challenge_1"), None, None, ()),),
    electorate=(ANNA, BERT),
    own=(),
    rule=Code("equal_shares/1"),
    seats=1,
    quorum_permille=500,
    secrecy=Code("named"),
    own_challenge=Code("disclosed"),
    tie_seed_commitment=DIGEST,
    ballot_key=DIGEST,
    closes_at=CLOSES,
)


def recorded(before: timedelta, position: int = 1) -> EventMetadata:
    return EventMetadata(position, CLOSES - before)


def token(person: PersonId | None) -> TokenIssued:
    return TokenIssued(
        token=TokenId("token_1"),
        role=Code("participant"),
        person=person,
        organisations=(),
        secret_digest=DIGEST,
        expires_at=CLOSES,
    )


def vote(*, own: bool) -> VoteCast:
    return VoteCast(ballot=BALLOT, programme=PROGRAMME, voter=ANNA, commitment=DIGEST, own=own)


def test_a_ballot_is_closed_at_its_deadline() -> None:
    (job,) = reactions.close_at_deadline(OPENED, recorded(timedelta(days=3)))
    assert (job.key, job.due_at) == ("close_ballot:ballot_1", CLOSES)


def test_electors_who_have_not_voted_are_reminded_a_day_before_the_close() -> None:
    jobs = reactions.mail_electors(OPENED, recorded(timedelta(days=3)))
    assert [(job.key, CLOSES - job.due_at) for job in jobs] == [
        ("mail_ballot_opened:ballot_1:person_anna", timedelta(days=3)),
        ("mail_ballot_opened:ballot_1:person_bert", timedelta(days=3)),
        ("mail_ballot_closing:ballot_1:person_anna", timedelta(days=1)),
        ("mail_ballot_closing:ballot_1:person_bert", timedelta(days=1)),
    ]


def test_rule_26_a_ballot_opened_less_than_a_day_before_its_close_reminds_nobody() -> None:
    jobs = reactions.mail_electors(OPENED, recorded(timedelta(hours=24)))
    assert {job.kind for job in jobs} == {"mail_ballot_opened"}


def test_rule_26_a_deadline_already_past_when_recorded_triggers_nothing() -> None:
    late = recorded(timedelta(0))
    assert reactions.close_at_deadline(OPENED, late) == []
    assert reactions.mail_electors(OPENED, late) == []
    assert reactions.mail_token_holder(token(ANNA), late) == []


def test_a_closed_ballot_is_counted_immediately() -> None:
    closed = BallotClosed(
        ballot=BALLOT,
        programme=PROGRAMME,
        organisations=(),
        cause=Code("by_hand"),
        turnout=0,
        papers_digest=DIGEST,
        roll=Words(""),
    )
    assert [job.key for job in reactions.count_ballot(closed, recorded(timedelta(0)))] == ["count_ballot:ballot_1"]


def test_the_key_of_a_void_ballot_is_destroyed() -> None:
    void = BallotVoided(ballot=BALLOT, programme=PROGRAMME, organisations=(), challenge_ids=(), cause=Code("manager"))
    assert [job.key for job in reactions.destroy_ballot_key(void, recorded(timedelta(0)))] == [
        "destroy_ballot_key:ballot_1"
    ]
    assert reactions.REACTIONS[0].on[BallotCounted] is reactions.destroy_ballot_key


def test_rule_3_electors_are_notified_of_every_paper_entered_by_someone_else() -> None:
    assert reactions.mail_voter(vote(own=True), recorded(timedelta(1))) == []
    first = reactions.mail_voter(vote(own=False), recorded(timedelta(1), 8))
    second = reactions.mail_voter(vote(own=False), recorded(timedelta(1), 9))
    assert [job.key for job in (*first, *second)] == [
        "mail_paper_entered:ballot_1:person_anna:8",
        "mail_paper_entered:ballot_1:person_anna:9",
    ]


def test_rule_22_voters_are_notified_of_struck_challenges_and_nothing_else() -> None:
    gone = ChallengeWithdrawn(
        challenge=ChallengeId("challenge_1"),
        programme=PROGRAMME,
        organisation=None,
        stage=Code("on_ballot"),
        ballot=BALLOT,
    )
    (job,) = reactions.mail_about_withdrawal(gone, recorded(timedelta(1)))
    assert job.key == "tell_of_withdrawal:ballot_1:challenge_1"
    assert reactions.mail_about_withdrawal(replace(gone, stage=Code("selected")), recorded(timedelta(1))) == []


def test_a_new_token_is_mailed_about_to_its_person() -> None:
    (job,) = reactions.mail_token_holder(token(ANNA), recorded(timedelta(1)))
    assert job.arguments == {"token": "token_1", "person": ANNA}
    assert reactions.mail_token_holder(token(None), recorded(timedelta(1))) == []


ANNOUNCED = AnnouncementMade(
    announcement=AnnouncementId("announcement_1"), programme=PROGRAMME, text=Words(digest=DIGEST), told=(ANNA, BERT)
)


def test_an_announcement_is_mailed_immediately_to_current_participants() -> None:
    jobs = reactions.mail_participants(ANNOUNCED, recorded(timedelta(1)))
    assert [(job.key, CLOSES - job.due_at) for job in jobs] == [
        ("mail_announcement:announcement_1:person_anna", timedelta(1)),
        ("mail_announcement:announcement_1:person_bert", timedelta(1)),
    ]


def test_every_kind_of_job_that_an_event_requires_has_a_handler() -> None:
    called_for = [
        *reactions.close_at_deadline(OPENED, recorded(timedelta(3))),
        *reactions.mail_electors(OPENED, recorded(timedelta(3))),
        *reactions.mail_voter(vote(own=False), recorded(timedelta(3))),
        *reactions.mail_token_holder(token(ANNA), recorded(timedelta(3))),
        *reactions.mail_participants(ANNOUNCED, recorded(timedelta(3))),
    ]
    assert {job.kind for job in called_for} <= job_kinds(Breakers()).keys()
    assert {
        "tell_of_withdrawal",
        "mail_challenge_struck",
        "count_ballot",
        "destroy_ballot_key",
        "solve_assignment",
        "mail_team_formed",
    } <= job_kinds(Breakers()).keys()
