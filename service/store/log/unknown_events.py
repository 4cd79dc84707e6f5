"""Finds events of types that this program does not know, recorded by a newer version. They are reported and then ignored."""

from msgspec import Struct

from projections.event_types import by_topic
from service.store.database import Queries

UNKNOWN_TYPES = """
-- The types in the log that are not among these, each with its first position. One index lookup finds each type.
with recursive t as (
  (select type from events order by type limit 1)
  union all
  select (select e.type from events e where e.type > t.type order by e.type limit 1) from t where t.type is not null
)
select t.type, (select min(e.position) from events e where e.type = t.type) as first
from t where t.type is not null and t.type <> all ($1) order by first limit 50
"""


class UnknownEvents(Struct, frozen=True):
    """An event type that this program does not know, and the position of the first such event."""

    type: str
    position: int


async def unknown_events(database: Queries) -> list[UnknownEvents]:
    """The event types in the log that this program does not know, by first position; 50 at most."""
    return [UnknownEvents(*row) for row in await database.fetch(UNKNOWN_TYPES, list(by_topic()))]
