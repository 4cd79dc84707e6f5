"""Events that a view or a reaction cannot take: somebody lets it try again, or skips the event and says why.

Both are kept for good, with who did it and when. A view's skip belongs to its definition: it lasts through a rebuild, and a
view that is defined anew tries the event again, since that may be what mends it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from projections.view import View
from service.store.database import Queries
from service.store.views.view_store import ASTRAY, ViewStore, definition

MAX_LISTED_EVENTS = 200

RETRY_VIEWS = """
-- Take these views up again where they stopped. What has folded facts that are gone stops at once again: kring rebuild.
update views.checkpoints set stopped_at = null, stopped_because = null
where definition = any($1) and stopped_at is not null returning view, position
"""

SKIP_OF_VIEW = """
-- Leave out the event at which a view stopped, if it stopped at one that stands in the log.
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
-- The reactor tries these events again; a reaction that had put too many aside goes on.
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
-- What was skipped by the views of these definitions and by reactions, the latest first.
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
    """An event that a view or a reaction leaves out: `because` it could not take it; `reason`: why somebody decided that."""

    kind: Literal["view", "reaction"]
    name: str
    position: int
    because: str
    reason: str
    skipped_by: str
    skipped_at: datetime


class Parked(Struct, frozen=True):
    """An event that a reaction could not take, and put aside; `again`: it is about to be tried again."""

    reaction: str
    position: int
    because: str
    parked_at: datetime
    again: bool


async def retry_views(views: ViewStore, names: Collection[str]) -> dict[str, int]:
    """Let the projector try these views again, those that are stopped; each with the last event that it took."""
    rows = await views.pool.fetch(RETRY_VIEWS, [definition(views.views[one]) for one in names])
    return {row[0]: row[1] for row in rows}


async def skip_of_view(views: ViewStore, name: str, reason: str, by: str) -> int | None:
    """Let a view leave out the event at which it stopped: its position, or None where it did not stop at an event."""
    return await views.pool.fetchval(SKIP_OF_VIEW, name, definition(views.views[name]), reason, by, ASTRAY)


async def skipped_by_view(database: Queries, view: View[Any]) -> frozenset[int]:
    """The positions that a view leaves out."""
    return frozenset(row[0] for row in await database.fetch(SKIPPED_OF_VIEW, view.name, definition(view)))


async def reactions(database: Queries) -> list[str]:
    """The names of all reactions that have begun."""
    return [row[0] for row in await database.fetch(NAMES_OF_REACTIONS)]


async def retry_reaction(database: Queries, name: str, position: int | None = None) -> list[int]:
    """Let the reactor try again what a reaction put aside, at one position or all; the positions."""
    return [row[0] for row in await database.fetch(RETRY_REACTION, name, position)]


async def skip_of_reaction(database: Queries, name: str, position: int | None, reason: str, by: str) -> list[int]:
    """Leave out what a reaction put aside, at one position or all; the positions."""
    return sorted(row[0] for row in await database.fetch(SKIP_OF_REACTION, name, position, reason, by))


async def skipped(views: ViewStore) -> list[Skipped]:
    """What views and reactions leave out, the latest first, 200 at most."""
    mine = [definition(view) for view in views.views.values()]
    return [Skipped(*row) for row in await views.pool.fetch(SKIPPED, mine, MAX_LISTED_EVENTS)]


async def parked(database: Queries) -> list[Parked]:
    """What reactions put aside and nobody has settled yet, 200 at most."""
    return [Parked(*row) for row in await database.fetch(PARKED, MAX_LISTED_EVENTS)]
