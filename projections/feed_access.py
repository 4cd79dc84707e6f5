"""Who inside a programme reads an event as it stands in the log: docs/reference/roles.md for the feed.

Whoever is told an event by its audience reads it as well; a manager's token without a person reads everything.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, TypeAlias

from domain.foundation import Event, TeamId

Reach: TypeAlias = Literal["programme", "team", "guides", "own"]
"""`programme`: everybody in it. `team`: the members of its teams, and who guides them. `guides`: facilitators and managers.
`own`: the people whom it concerns, and the guides of its programme."""

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
"""By subject, or by topic where that differs from its subject. A gathering is seen in its programme as its list is."""


@cache
def reach_of(event: type[Event]) -> Reach:
    """Who inside its programme reads events of this kind. Raises `KeyError` where the table does not say."""
    subject = event.TOPIC.partition(".")[0]
    return REACH[event.TOPIC] if event.TOPIC in REACH else REACH[subject]


def teams_among(tags: Iterable[str]) -> list[TeamId]:
    """The teams that an event with these tags concerns."""
    return [TeamId(one) for one in tags if one.startswith("team_")]
