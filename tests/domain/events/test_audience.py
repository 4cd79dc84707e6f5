"""The audience of every event, compared with the table in docs/reference/audience.md."""

from fnmatch import fnmatchcase

import pytest

from domain.foundation import Event, Nobody
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
