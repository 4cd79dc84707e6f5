"""How views and reactions come on: how far, how fast, what stopped them, and whether views tell what the log tells."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from projections.view import View
from service.store.database import Queries
from service.store.views.view_store import ViewStore, definition

PROGRESS = """
-- How far each view of these definitions has come, and since when the next fact waits for it. One that is ahead, of a log that
-- was restored, is not behind; nor has a fact waited that was given the last one's time, since the clock ran back.
with h as (select coalesce(max(position), 0) as head from events)
select c.view, c.position, greatest(h.head - c.position, 0),
       greatest(extract(epoch from clock_timestamp() - e.recorded_at), 0)::float8,
       c.rows, c.busy_us / 1e6::float8, c.stopped_at, c.stopped_because, c.checked_at, c.drifted
from h cross join views.checkpoints c left join events e on e.position = c.position + 1
where c.definition = any($1) order by c.view
"""

REACTIONS = """
-- How far each reaction has come, and since when the next fact waits for it; and how many events it has put aside.
with h as (select coalesce(max(position), 0) as head from events)
select r.name, r.position, greatest(h.head - r.position, 0),
       greatest(extract(epoch from clock_timestamp() - e.recorded_at), 0)::float8, r.stopped_at, r.stopped_because,
       (select count(*) from parked_events p where p.reaction = r.name and p.state in ('parked', 'retry'))
from h cross join reactions r left join events e on e.position = r.position + 1 order by r.name
"""

CHECKED = (
    "update views.checkpoints set checked_at = clock_timestamp(), drifted = $3 where view = $1 and definition = $2"
)


class Progress(Struct, frozen=True, kw_only=True):
    """Where a view is.

    `position` is the last event that it took, `behind` how many it has not, `seconds` how long the first of these waits.
    `rows` were written in `busy_seconds`, since its table was begun. `stopped_at`: the event that it cannot take, and why.
    `drifted`: rows that the last check found to be other than the log tells.
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
        """How fast it goes through the log while it is at work."""
        return self.position / self.busy_seconds if self.busy_seconds else None

    @property
    def rows_per_second(self) -> float | None:
        """How fast it writes rows while it is at work."""
        return self.rows / self.busy_seconds if self.busy_seconds else None


async def progress(views: ViewStore) -> list[Progress]:
    """Each view of this program, by name."""
    mine = [definition(view) for view in views.views.values()]
    rows = await views.pool.fetch(PROGRESS, mine)
    return [Progress(**dict(zip(Progress.__struct_fields__, row, strict=True))) for row in rows]


class ReactionProgress(Struct, frozen=True):
    """Where a reaction is: as a view, and how many events it has put aside since it could not take them."""

    reaction: str
    position: int
    behind: int
    seconds: float
    stopped_at: int | None
    stopped_because: str | None
    parked: int


async def progress_of_reactions(database: Queries) -> list[ReactionProgress]:
    """Each reaction that has begun, by name."""
    return [ReactionProgress(*row) for row in await database.fetch(REACTIONS)]


async def note_check(views: ViewStore, view: View[Any], drifted: int) -> None:
    """Keep what a check found."""
    await views.pool.execute(CHECKED, view.name, definition(view), drifted)
