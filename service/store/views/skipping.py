"""Events that a view or a reaction cannot take: an operator retries them, or skips them with a reason.

A skip is stored for good, with its time and the person. A view's skip belongs to its definition: it survives a rebuild, but a
view with a new definition tries the event again, since that may have fixed it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from projections.view import View
from service.store.database import Queries
from service.store.views.view_store import DIVERGED, ViewStore, definition

MAX_LISTED_EVENTS = 200

RETRY_VIEWS = """
-- Restart these views where they stopped. A view that has folded events which are gone stops again at once: kring rebuild.
update views.checkpoints set stopped_at = null, stopped_because = null
where definition = any($1) and stopped_at is not null returning view, position
"""

SKIP_OF_VIEW = """
-- Skip the event at which a view stopped, if it stopped at an event that is in the log.
with stopped as (
  update views.checkpoints c set stopped_at = null, stopped_because = null
  from (
    select view, definition, stopped_at, stopped_because from views.checkpoints
    where view = $1 and definition = $2 and stopped_at > position and stopped_because <> $5 for update
  ) was
  where (c.view, c.definition) = (was.view, was.definition) returning was.*
)
insert into skipped_events (view, definition, position, because, reason, skipped_by)
select view, definition, stopped_at, stopped_because, $3, $4 from stopped returning position
"""

SKIPPED_OF_VIEW = """
select position from skipped_events where view = $1 and definition = $2 and in_log(position, mark)
"""

NAMES_OF_REACTIONS = "select name from reactions order by name"

RETRY_REACTION = """
-- Let the reactor retry these events. A reaction that stopped because it had parked too many continues.
with again as (
  update parked_events set state = 'retry' where reaction = $1 and state = 'parked' and ($2::bigint is null or position = $2)
  returning position
), going_on as (
  update reactions set stopped_at = null, stopped_because = null where name = $1 and stopped_at is not null
)
select position from again order by position
"""

SKIP_OF_REACTION = """
update parked_events set state = 'skipped', reason = $3, settled_by = $4, settled_at = clock_timestamp()
where reaction = $1 and state in ('parked', 'retry') and ($2::bigint is null or position = $2) returning position
"""

SKIPPED = """
-- The events that the views of these definitions and the reactions skip, the latest skip first.
select * from (
  select 'view', view, position, because, reason, skipped_by, skipped_at from skipped_events
  where definition = any($1) and in_log(position, mark)
  union all
  select 'reaction', reaction, position, because, reason, settled_by, settled_at from parked_events
  where state = 'skipped' and in_log(position, mark)
) s (kind, name, position, because, reason, skipped_by, skipped_at)
order by skipped_at desc limit $2
"""

PARKED = """
select reaction, position, because, parked_at, state = 'retry' from parked_events where state in ('parked', 'retry')
order by reaction, position limit $1
"""


class Skipped(Struct, frozen=True):
    """An event that a view or a reaction skips. `because`: the error; `reason`: given by the operator who skipped it."""

    kind: Literal["view", "reaction"]
    name: str
    position: int
    because: str
    reason: str
    skipped_by: str
    skipped_at: datetime


class Parked(Struct, frozen=True):
    """An event that a reaction could not take and parked. `again`: it will be retried."""

    reaction: str
    position: int
    because: str
    parked_at: datetime
    again: bool


async def retry_views(views: ViewStore, names: Collection[str]) -> dict[str, int]:
    """Restart those of these views that are stopped; return them with the position of the last event that they folded."""
    rows = await views.pool.fetch(RETRY_VIEWS, [definition(views.views[one]) for one in names])
    return {row[0]: row[1] for row in rows}


async def skip_of_view(views: ViewStore, name: str, reason: str, by: str) -> int | None:
    """Skip the event at which a view stopped. Return its position, or None if the view did not stop at an event."""
    return await views.pool.fetchval(SKIP_OF_VIEW, name, definition(views.views[name]), reason, by, DIVERGED)


async def skipped_by_view(database: Queries, view: View[Any]) -> frozenset[int]:
    """The positions that a view skips."""
    return frozenset(row[0] for row in await database.fetch(SKIPPED_OF_VIEW, view.name, definition(view)))


async def reactions(database: Queries) -> list[str]:
    """The names of all reactions that have started."""
    return [row[0] for row in await database.fetch(NAMES_OF_REACTIONS)]


async def retry_reaction(database: Queries, name: str, position: int | None = None) -> list[int]:
    """Make the reactor retry the event that a reaction parked at this position, or all; return the positions."""
    return [row[0] for row in await database.fetch(RETRY_REACTION, name, position)]


async def skip_of_reaction(database: Queries, name: str, position: int | None, reason: str, by: str) -> list[int]:
    """Skip the event that a reaction parked at this position, or all; return the positions."""
    return sorted(row[0] for row in await database.fetch(SKIP_OF_REACTION, name, position, reason, by))


async def skipped(views: ViewStore) -> list[Skipped]:
    """The events that views and reactions skip, the latest skip first, 200 at most."""
    mine = [definition(view) for view in views.views.values()]
    return [Skipped(*row) for row in await views.pool.fetch(SKIPPED, mine, MAX_LISTED_EVENTS)]


async def parked(database: Queries) -> list[Parked]:
    """The parked events that were neither retried with success nor skipped yet, 200 at most."""
    return [Parked(*row) for row in await database.fetch(PARKED, MAX_LISTED_EVENTS)]
