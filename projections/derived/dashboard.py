"""The dashboard of a programme: the number of things in each state. Derived from other views; nothing is stored."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.foundation import Code, Label, ProgrammeId
from projections.ballots import BALLOTS
from projections.challenges import CHALLENGES
from projections.commitments import COMMITMENTS
from projections.gatherings import GATHERINGS
from projections.programmes import PARTICIPANTS
from projections.query import ViewQuery
from projections.recommendations import RECOMMENDATIONS
from projections.teams import TEAMS
from projections.trips import BOOKINGS, TRIPS


class StatusCount(Struct, frozen=True):
    """The number of things of a kind that have this status."""

    kind: Literal[
        "participant", "challenge", "ballot", "team", "gathering", "trip", "booking", "recommendation", "commitment"
    ]
    status: Code
    count: int


class Overdue(Struct, frozen=True):
    """The number of overdue things of a kind."""

    kind: Literal["gathering", "response", "commitment"]
    count: int


class Dashboard(Struct, frozen=True, kw_only=True):
    """The numbers of a programme, and of what is late in it. Kinds and statuses without things are left out."""

    id: ProgrammeId
    status: Literal["open", "concluded"]
    name: Label
    edition: Label
    counts: list[StatusCount]
    late: list[Overdue]
    at: datetime


COUNTS = ViewQuery(
    """
    -- The number of things in this programme ($1), by kind and status.
    select 'participant' as kind, status, count(*) as count from {participants} where programme_id = $1 group by status
    union all
    select 'challenge', status, count(*) from {challenges} where programme_id = $1 group by status
    union all
    select 'ballot', status, count(*) from {ballots} where programme_id = $1 group by status
    union all
    select 'team', status, count(*) from {teams} where programme_id = $1 group by status
    union all
    select 'gathering', status, count(*) from {gatherings} where programme_id = $1 group by status
    union all
    select 'trip', status, count(*) from {trips} where programme_id = $1 group by status
    union all
    select 'booking', status, count(*) from {bookings} where programme_id = $1 group by status
    union all
    select 'recommendation', status, count(*) from {recommendations} where programme_id = $1 group by status
    union all
    select 'commitment', status, count(*) from {commitments} where programme_id = $1 group by status
    order by 1, 2
    """,
    PARTICIPANTS,
    CHALLENGES,
    BALLOTS,
    TEAMS,
    GATHERINGS,
    TRIPS,
    BOOKINGS,
    RECOMMENDATIONS,
    COMMITMENTS,
)

LATE = ViewQuery(
    """
    -- The number of things in this programme ($1) that were due before $2 and are not done.
    select 'gathering' as kind, count(*) as count from {gatherings}
    where programme_id = $1 and status in ('planned', 'rescheduled') and ends_at < $2
    union all
    select 'response', count(*) from {recommendations}
    where programme_id = $1 and response_due_at < $2 and response is null
    union all
    select 'commitment', count(*) from {commitments}
    where programme_id = $1 and status = 'open' and due_on < ($2::timestamptz at time zone $3)::date
    order by 1
    """,
    GATHERINGS,
    RECOMMENDATIONS,
    COMMITMENTS,
)
