"""The progress of views and reactions: position, speed, what stopped them, and whether views agree with the log."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from projections.view import View
from service.store.database import Queries
from service.store.views.view_store import ViewStore, definition

PROGRESS = """
-- The position of each view of these definitions, and how long the next event has waited for it. A view that is ahead of a
-- restored log is not behind. Nor has an event waited that got the time of the one before it because the clock was set back.
with h as (select coalesce(max(position), 0) as head from events)
select c.view, c.position, greatest(h.head - c.position, 0),
       greatest(extract(epoch from clock_timestamp() - e.recorded_at), 0)::float8,
       c.rows, c.busy_us / 1e6::float8, c.stopped_at, c.stopped_because, c.checked_at, c.drifted
from h cross join views.checkpoints c left join events e on e.position = c.position + 1
where c.definition = any($1) order by c.view
"""

REACTIONS = """
-- The position of each reaction, how long the next event has waited for it, and the number of events that it has parked.
with h as (select coalesce(max(position), 0) as head from events)
select r.name, r.position, greatest(h.head - r.position, 0),
       greatest(extract(epoch from clock_timestamp() - e.recorded_at), 0)::float8, r.stopped_at, r.stopped_because,
       (select count(*) from parked_events p where p.reaction = r.name and p.state in ('parked', 'retry'))
from h cross join reactions r left join events e on e.position = r.position + 1 order by r.name
"""

RECORD_CHECK = (
    "update views.checkpoints set checked_at = clock_timestamp(), drifted = $3 where view = $1 and definition = $2"
)


class Progress(Struct, frozen=True, kw_only=True):
    """The progress of a view.

    `position`: the last event that it folded. `behind`: the number of events after it, the first of which has waited for
    `seconds`. `rows`: written in `busy_seconds` since the table was created. `stopped_at`: the event that it could not fold.
    `drifted`: rows that differed from the log at the last check.
    """

    view: str
    position: int
    behind: int
    seconds: float
    rows: int
    busy_seconds: float
    stopped_at: int | None
    stopped_because: str | None
    checked_at: datetime | None
    drifted: int | None

    @property
    def events_per_second(self) -> float | None:
        """Its speed in the log while it works."""
        return self.position / self.busy_seconds if self.busy_seconds else None

    @property
    def rows_per_second(self) -> float | None:
        """Its speed of writing rows while it works."""
        return self.rows / self.busy_seconds if self.busy_seconds else None


async def progress(views: ViewStore) -> list[Progress]:
    """The progress of each view of this program, by name."""
    mine = [definition(view) for view in views.views.values()]
    rows = await views.pool.fetch(PROGRESS, mine)
    return [Progress(**dict(zip(Progress.__struct_fields__, row, strict=True))) for row in rows]


class ReactionProgress(Struct, frozen=True):
    """The progress of a reaction; see `Progress`. `parked`: the number of events that it could not take and parked."""

    reaction: str
    position: int
    behind: int
    seconds: float
    stopped_at: int | None
    stopped_because: str | None
    parked: int


async def progress_of_reactions(database: Queries) -> list[ReactionProgress]:
    """The progress of each reaction that has started, by name."""
    return [ReactionProgress(*row) for row in await database.fetch(REACTIONS)]


async def record_check(views: ViewStore, view: View[Any], drifted: int) -> None:
    """Store the result of a check."""
    await views.pool.execute(RECORD_CHECK, view.name, definition(view), drifted)
