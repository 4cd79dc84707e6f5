"""The course of a challenge: its states, and the steps between them ('States').

Commands and the view of the challenge board both use this, each from the events that they read.
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
"""The states in which a challenge may be on a ballot: one that was not selected may be on a later one."""


OUTSIDE = {"ballot": "ballot_id", "teams": "team_ids", "ended_teams": "ended_team_ids"}
"""The names, outside, of fields that hold ids."""


class Delivered(Struct, frozen=True, rename={"team": "team_id", "recommendation": "recommendation_id"}):
    """A recommendation of a delivered advice, in its version, and its end.

    `closed` ends it for good; `rejected` ends the version alone. One without a response has not ended, however late it is:
    the response may still come.
    """

    team: TeamId
    recommendation: RecommendationId
    version: int
    ended: Literal["rejected", "closed"] | None = None


class Course(Struct, frozen=True, kw_only=True, rename=OUTSIDE):
    """The progress of a challenge: its state, and what led to it.

    `ballot`: the last one that it was on. `teams`: those that work on it, or did to the end; `ended_teams`: those among them
    that merged or were dissolved.
    """

    status: ChallengeStatus = "proposed"
    ballot: BallotId | None = None
    teams: tuple[TeamId, ...] = ()
    ended_teams: tuple[TeamId, ...] = ()
    delivered: tuple[Delivered, ...] = ()

    @property
    def active_teams(self) -> tuple[TeamId, ...]:
        """The teams that work on it now."""
        return tuple(one for one in self.teams if one not in self.ended_teams)


C = TypeVar("C", bound=Course)


def with_status(course: C, status: ChallengeStatus) -> C:
    """Give it another status; a withdrawn challenge stays withdrawn."""
    return course if course.status == "withdrawn" else replace(course, status=status)


def put_on_ballot(course: C, ballot: BallotId) -> C:
    """Put it on a ballot."""
    return replace(course, status="on_ballot", ballot=ballot)


def withdrawn(course: C) -> C:
    """Withdraw it; teams that work on it stay."""
    return replace(course, status="withdrawn")


def with_team(course: C, team: TeamId) -> C:
    """Add a team that works on it."""
    return replace(course, status="in_progress", teams=(*course.teams, team))


def without_team(course: C, team: TeamId) -> C:
    """Remove a team that works on another challenge from now on."""
    return replace(course, teams=tuple(one for one in course.teams if one != team))


def with_ended_team(course: C, team: TeamId) -> C:
    """Note that a team merged or was dissolved; without active teams the challenge is closed."""
    return closed_if_done(replace(course, ended_teams=(*course.ended_teams, team)))


def resumed(course: C) -> C:
    """Resume a withdrawn challenge for another commissioner."""
    return closed_if_done(replace(course, status="in_progress"))


def advised(course: C, team: TeamId, stated: Iterable[tuple[RecommendationId, int]]) -> C:
    """Note the recommendations that a team delivered, each in a version.

    They replace the team's earlier ones; one that was closed, or rejected in the same version, stays so.
    """
    before = {one.recommendation: one for one in course.delivered}
    others = [one for one in course.delivered if one.team != team]
    new = [_carried(before.get(one), Delivered(team, one, version)) for one, version in stated]
    return closed_if_done(with_status(replace(course, delivered=(*others, *new)), "advised"))


def _carried(before: Delivered | None, now: Delivered) -> Delivered:
    stays = before is not None and (before.ended == "closed" or before.version == now.version)
    return replace(now, ended=before.ended) if before and stays else now


def ended(course: C, recommendation: RecommendationId, how: Literal["rejected", "closed"]) -> C:
    """Note that a delivered recommendation has ended."""
    now = tuple(replace(one, ended=how) if one.recommendation == recommendation else one for one in course.delivered)
    return closed_if_done(replace(course, delivered=now))


def closed_if_done(course: C) -> C:
    """Close it if no team is active, or if all active teams have delivered and every recommendation has ended."""
    if not course.active_teams:
        return with_status(course, "closed")
    if not course.delivered:
        return course
    done = {*course.active_teams} <= {one.team for one in course.delivered} and all(
        one.ended for one in course.delivered
    )
    return with_status(course, "closed" if done else "advised")
