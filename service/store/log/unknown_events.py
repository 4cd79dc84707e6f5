"""Events of types that this program does not know: a newer one recorded them. It says so and goes on without them."""

from msgspec import Struct

from projections.event_types import by_topic
from service.store.database import Queries

UNKNOWN = """
-- The types in the log, each found by one look at the index, that are not among these; and where the first of each stands.
with recursive t as (
  (select type from events order by type limit 1)
  union all
  select (select e.type from events e where e.type > t.type order by e.type limit 1) from t where t.type is not null
)
select t.type, (select min(e.position) from events e where e.type = t.type) as first
from t where t.type is not null and t.type <> all ($1) order by first limit 50
"""


class UnknownEvents(Struct, frozen=True):
    """A type of events that this program does not know, and the position of the first of them."""

    type: str
    position: int


async def unknown_events(database: Queries) -> list[UnknownEvents]:
    """The types in the log that this program does not know, the earliest first, 50 at most."""
    return [UnknownEvents(*row) for row in await database.fetch(UNKNOWN, list(by_topic()))]
