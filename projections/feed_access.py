"""Access to the feed inside a programme, by event type (docs/reference/roles.md).

In addition, organisations in the audience of an event can read it, and a manager's token without a person can read all events.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, TypeAlias

from domain.foundation import Event, TeamId

Reach: TypeAlias = Literal["programme", "team", "guides", "own"]
"""The readers inside a programme. `programme`: everybody in it. `team`: the members and facilitators of the event's teams.
`guides`: facilitators and managers. `own`: the people whom the event concerns, and facilitators and managers."""

REACH: Mapping[str, Reach] = {
    "access": "own",
    "advice": "team",
    "ballot": "programme",
    "challenge": "programme",
    "gathering": "team",
    "gathering.planned": "programme",
    "gathering.rescheduled": "programme",
    "gathering.cancelled": "programme",
    "gathering.held": "programme",
    "gathering.attendance_recorded": "guides",
    "gathering.attendance_corrected": "guides",
    "organisation": "own",
    "person": "own",
    "programme": "programme",
    "research": "team",
    "team": "programme",
    "team.assignment_adopted": "guides",
    "team.assignment_proposed": "guides",
    "team.comment_added": "team",
    "team.file_attached": "team",
    "team.preferences_ranked": "own",
    "team.work_shared": "team",
    "trail": "guides",
    "trip": "team",
    "words": "guides",
}
"""By subject, or by topic if that differs from its subject. Gatherings are visible like the programme's list of them."""


@cache
def reach_of(event: type[Event]) -> Reach:
    """The reach of an event type. Raises `KeyError` if the table lacks it."""
    subject = event.TOPIC.partition(".")[0]
    return REACH[event.TOPIC] if event.TOPIC in REACH else REACH[subject]


def teams_among(tags: Iterable[str]) -> list[TeamId]:
    """The teams that an event with these tags concerns."""
    return [TeamId(one) for one in tags if one.startswith("team_")]
