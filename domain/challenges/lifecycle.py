"""How far a challenge has come: its states, and what leads from one to the next ('States').

Commands and the challenge board both go by this, each from the events that they take.
"""

from collections.abc import Iterable
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BallotId, RecommendationId, TeamId

ChallengeStatus = Literal[
    "proposed",
    "admitted",
    "declined",
    "withdrawn",
    "on_ballot",
    "selected",
    "not_selected",
    "in_progress",
    "advised",
    "closed",
]

FREE: frozenset[ChallengeStatus] = frozenset({"admitted", "not_selected"})
"""What may stand on a ballot: what was not selected may stand on a later one."""


OUTSIDE = {"ballot": "ballot_id", "teams": "team_ids", "ended_teams": "ended_team_ids"}
"""How fields that hold ids are called where the board shows them."""


class Delivered(Struct, frozen=True, rename={"team": "team_id", "recommendation": "recommendation_id"}):
    """A recommendation of a delivered advice, in its version, and how it ended.

    `closed` ends it for good; `rejected` ends the version alone. One without a response has not ended, however late it is:
    the response may still come.
    """

    team: TeamId
    recommendation: RecommendationId
    version: int
    ended: Literal["rejected", "closed"] | None = None


class Course(Struct, frozen=True, kw_only=True, rename=OUTSIDE):
    """Where a challenge stands.

    `ballot`: the last one on which it stood. `teams`: those that work on it, or did to the end; `ended_teams`: those among them
    that merged or were dissolved.
    """

    status: ChallengeStatus = "proposed"
    ballot: BallotId | None = None
    teams: tuple[TeamId, ...] = ()
    ended_teams: tuple[TeamId, ...] = ()
    delivered: tuple[Delivered, ...] = ()

    @property
    def going_on(self) -> tuple[TeamId, ...]:
        """The teams that work on it."""
        return tuple(one for one in self.teams if one not in self.ended_teams)


C = TypeVar("C", bound=Course)


def came_to(course: C, status: ChallengeStatus) -> C:
    """Decided on: whatever is said of a withdrawn challenge, it stays withdrawn."""
    return course if course.status == "withdrawn" else replace(course, status=status)


def put_on_ballot(course: C, ballot: BallotId) -> C:
    """It stands on a ballot."""
    return replace(course, status="on_ballot", ballot=ballot)


def withdrawn(course: C) -> C:
    """It was taken back; a team that works on it is still there."""
    return replace(course, status="withdrawn")


def taken_up(course: C, team: TeamId) -> C:
    """A team works on it."""
    return replace(course, status="in_progress", teams=(*course.teams, team))


def given_up(course: C, team: TeamId) -> C:
    """A team works on something else from here on."""
    return replace(course, teams=tuple(one for one in course.teams if one != team))


def lost(course: C, team: TeamId) -> C:
    """A team merged or was dissolved: with the last one the challenge is closed."""
    return followed_up(replace(course, ended_teams=(*course.ended_teams, team)))


def goes_on(course: C) -> C:
    """A withdrawn challenge goes on for another commissioner."""
    return followed_up(replace(course, status="in_progress"))


def advised(course: C, team: TeamId, stated: Iterable[tuple[RecommendationId, int]]) -> C:
    """A team delivered these recommendations, each in a version.

    A later version takes the place of the team's earlier one; what was closed, or rejected as it is, stays so.
    """
    before = {one.recommendation: one for one in course.delivered}
    others = [one for one in course.delivered if one.team != team]
    new = [_carried(before.get(one), Delivered(team, one, version)) for one, version in stated]
    return followed_up(came_to(replace(course, delivered=(*others, *new)), "advised"))


def _carried(before: Delivered | None, now: Delivered) -> Delivered:
    stays = before is not None and (before.ended == "closed" or before.version == now.version)
    return replace(now, ended=before.ended) if before and stays else now


def ended(course: C, recommendation: RecommendationId, how: Literal["rejected", "closed"]) -> C:
    """A recommendation that was delivered has come to its end."""
    now = tuple(replace(one, ended=how) if one.recommendation == recommendation else one for one in course.delivered)
    return followed_up(replace(course, delivered=now))


def followed_up(course: C) -> C:
    """Closed when no team goes on, or once each that does has delivered and every recommendation has ended."""
    if not course.going_on:
        return came_to(course, "closed")
    if not course.delivered:
        return course
    done = {*course.going_on} <= {one.team for one in course.delivered} and all(one.ended for one in course.delivered)
    return came_to(course, "closed" if done else "advised")
