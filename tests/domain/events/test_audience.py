"""The audience of every event, compared with docs/reference/audience.md and with the reach of the event."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest

from domain.events.sharing import CommentAdded
from domain.foundation import Event, Nobody, Reach, Text
from projections.event_types import events
from tests.samples import sample_event

COMMISSIONERS = ("organisations",)
"""Every organisation that commissioned a challenge, or the challenge of a team, in the event."""
COMMISSIONER = ("organisation",)
"""The organisation that commissioned the challenge, or the challenge of the team."""
ITSELF = ("organisation",)
"""The organisation that the event is about."""
EMPLOYER = ("organisation",)
"""The organisation that sent the participant."""

AUDIENCES = {
    "challenge.proposed": COMMISSIONER,
    "challenge.revised": COMMISSIONER,
    "challenge.question_asked": COMMISSIONER,
    "challenge.question_answered": COMMISSIONER,
    "challenge.admitted": COMMISSIONER,
    "challenge.declined": COMMISSIONER,
    "challenge.withdrawn": COMMISSIONERS,
    "challenge.recommissioned": COMMISSIONERS,
    "ballot.opened": COMMISSIONERS,
    "ballot.closed": COMMISSIONERS,
    "ballot.counted": COMMISSIONERS,
    "ballot.certified": COMMISSIONERS,
    "ballot.voided": COMMISSIONERS,
    "programme.challenges_chosen": COMMISSIONERS,
    "team.formed": COMMISSIONER,
    "team.member_joined": COMMISSIONER,
    "team.member_left": COMMISSIONER,
    "team.member_transferred": COMMISSIONERS,
    "team.merged": COMMISSIONERS,
    "team.challenge_changed": COMMISSIONERS,
    "team.dissolved": COMMISSIONER,
    "team.work_shared": COMMISSIONER,
    "gathering.planned": COMMISSIONERS,
    "gathering.rescheduled": COMMISSIONERS,
    "gathering.cancelled": COMMISSIONERS,
    "gathering.held": COMMISSIONERS,
    "gathering.holding_corrected": COMMISSIONERS,
    "trip.date_fixed": COMMISSIONER,
    "trip.booked": COMMISSIONER,
    "trip.completed": COMMISSIONER,
    "trip.cancelled": COMMISSIONER,
    "advice.presented": COMMISSIONER,
    "advice.delivered": COMMISSIONER,
    "advice.formal_response_given": COMMISSIONER,
    "advice.commitment_*": COMMISSIONER,
    "advice.rejoinder_added": COMMISSIONER,
    "advice.progress_reported": COMMISSIONER,
    "advice.recommendation_closed": COMMISSIONER,
    "organisation.*": ITSELF,
    "trail.brought_in": ITSELF,
    "programme.participant_enrolled": EMPLOYER,
    "programme.participant_moved": ("organisations",),
    "programme.participant_withdrew": EMPLOYER,
}
"""The complete table: an event type or pattern, and the field with its audience. All other events have none."""


@pytest.mark.parametrize("event", events(), ids=lambda event: event.TOPIC)
def test_an_event_has_the_audience_in_the_table(event: type[Event]) -> None:
    rows = [fields for topic, fields in AUDIENCES.items() if fnmatchcase(event.TOPIC, topic)]
    assert len(rows) <= 1
    assert (() if isinstance(event.AUDIENCE, Nobody) else event.AUDIENCE) == (rows[0] if rows else ())


@pytest.mark.parametrize("event", events(), ids=lambda event: event.TOPIC)
def test_the_audience_tags_name_exactly_the_organisations_of_the_audience(event: type[Event]) -> None:
    sampled = sample_event(event)
    audience_tags = {one for one in sampled.tags() if one.startswith("to:")}
    if isinstance(event.AUDIENCE, Nobody):
        assert audience_tags == set()
        return
    (field,) = event.AUDIENCE
    value: str | tuple[str, ...] = getattr(sampled, field)
    assert audience_tags == {f"to:{one}" for one in ((value,) if isinstance(value, str) else value)}


# Inside the programme

NARROWER: Mapping[Reach, frozenset[Reach]] = {
    "programme": frozenset({"programme", "team", "guides", "own"}),
    "team": frozenset({"team", "guides", "own"}),
    "guides": frozenset({"guides"}),
    "own": frozenset({"own"}),
}
"""The reaches that are no wider than each."""

WIDEST: Mapping[Reach, frozenset[str]] = {
    "programme": frozenset(
        {
            "an organisation can only see events about its own challenges and people",
            "announcements stay inside the programme",
            "everybody who can see the event can see that the text is unreadable",
            "facilitation is the programme's own business",
            "management is the programme's own business",
            "organisations can see turnout and result, not who votes",
            "organisations can see with the count how many recused themselves, not who",
            "the composition of teams is the programme's own business; organisations can see each team formed",
            "the curriculum is the programme's own",
            "the planning is the programme's own",
            "the staffing of a CoP is the programme's own business",
        }
    ),
    "team": frozenset(
        {
            "a team's research is its own until it is shared, or cited in an advice that is presented",
            "availability is between the members",
            "bookings are the CoP's own",
            "comments stay inside the team",
            "debts between members are private to them",
            "drafts are the team's own; organisations can see what is presented",
            "guests are a matter of the CoP and of those invited",
            "minutes stay among the participants of the gathering",
            "the itinerary is the CoP's own",
            "the map holds the team's judgement of people, which no organisation can see",
            "until its date is fixed a trip is the CoP's own",
            "verdicts of members belong to the team until the advice is presented",
        }
    ),
    "guides": frozenset(
        {
            "attendance is no business of employers",
            "invitations are between the programme and those whom it invites",
        }
    ),
    "own": frozenset(
        {
            "a person's details belong to no organisation",
            "access is between the person and Kring",
            "access is between the person and Kring; the person gets a mail",
            "preferences are private to the participant and those who compose the teams",
        }
    ),
}
"""Reasons why no organisation can read an event, by the widest reach that agrees with them."""


def contradicts(event: type[Event]) -> bool:
    """Whether more people can read the event in the feed than the reason of its audience admits."""
    assert isinstance(event.AUDIENCE, Nobody)
    agreeing = [NARROWER[reach] for reach, reasons in WIDEST.items() if event.AUDIENCE.because in reasons]
    assert len(agreeing) == 1, "add the reason to WIDEST"
    return event.REACH not in agreeing[0]


@pytest.mark.parametrize("event", events(), ids=lambda event: event.TOPIC)
def test_the_reach_of_an_event_agrees_with_its_audience(event: type[Event]) -> None:
    assert event.REACH in NARROWER
    if isinstance(event.AUDIENCE, Nobody):
        assert not contradicts(event)


@pytest.mark.parametrize("event", [one for one in events() if one.REACH == "team"], ids=lambda event: event.TOPIC)
def test_an_event_that_a_team_reads_names_the_team(event: type[Event]) -> None:
    assert [one for one in sample_event(event).tags() if one.startswith("team_")]


def test_every_listed_reason_is_the_reason_of_an_event() -> None:
    given = {one.AUDIENCE.because for one in events() if isinstance(one.AUDIENCE, Nobody)}
    assert {reason for reasons in WIDEST.values() for reason in reasons} == given


def test_a_reach_beyond_the_team_contradicts_an_audience_inside_it() -> None:
    class PinnedBeyondTheTeam(Event, frozen=True, kw_only=True):
        TAGS = ()
        AUDIENCE = Nobody(because="comments stay inside the team")
        REACH = "programme"
        SUMMARY = Text(en="", nl="")

    assert contradicts(PinnedBeyondTheTeam)


def test_an_event_without_a_reach_of_its_own_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="REACH"):

        class CommentPinned(CommentAdded, frozen=True, kw_only=True):  # pyright: ignore[reportUnusedClass]
            TOPIC = "team.comment_pinned"
            AUDIENCE = Nobody(because="comments stay inside the team")


def test_an_event_without_an_audience_of_its_own_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="AUDIENCE"):

        class CommentPinned(CommentAdded, frozen=True, kw_only=True):  # pyright: ignore[reportUnusedClass]
            TOPIC = "team.comment_pinned"
            REACH = "team"
