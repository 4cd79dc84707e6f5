"""The number of things that a CoP has found in its research, by kind. Derived from other views; nothing is stored."""

from msgspec import Struct

from projections.query import ViewQuery
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS
from projections.trips import TRIPS


class ResearchFigures(Struct, frozen=True, kw_only=True):
    """The sources, interviews held, insights, visits on itineraries, and stakeholders of a CoP."""

    sources: int
    interviews: int
    insights: int
    visits: int
    stakeholders: int


FIGURES_OF_TEAM = ViewQuery(
    """
    -- The number of things of each kind of a CoP ($1).
    select
      (select count(*) from {sources} where team_id = $1) as sources,
      (select count(*) from {interviews} where team_id = $1 and status = 'held') as interviews,
      (select count(*) from {insights} where team_id = $1) as insights,
      (select coalesce(sum(jsonb_array_length(itinerary)), 0) from {trips} where team_id = $1) as visits,
      (select count(*) from {stakeholders} where team_id = $1) as stakeholders
    """,
    SOURCES,
    INTERVIEWS,
    INSIGHTS,
    TRIPS,
    STAKEHOLDERS,
)
