"""How the views come on: how far, how fast, what stopped them, and whether they tell what the log tells."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct

from projections.view import View
from service.store.database import Queries
from service.store.views import ViewStore, definition

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

RETRY = """
-- Take these views up again where they stopped. What has folded facts that are gone stops at once again: kring rebuild.
update views.checkpoints set stopped_at = null, stopped_because = null
where definition = any($1) and stopped_at is not null returning view, position
"""

CHECKED = (
    "update views.checkpoints set checked_at = clock_timestamp(), drifted = $3 where view = $1 and definition = $2"
)


class Progress(Struct, frozen=True, kw_only=True):
    """Where a view is.

    `position` is the last fact that it took, `behind` how many it has not, `seconds` how long the first of these waits.
    `rows` were written in `busy_seconds`, since its table was begun. `stopped_at`: the fact that it cannot take, and why.
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
    def facts_per_second(self) -> float | None:
        """How fast it goes through the log while it is at work."""
        return self.position / self.busy_seconds if self.busy_seconds else None

    @property
    def rows_per_second(self) -> float | None:
        """How fast it writes rows while it is at work."""
        return self.rows / self.busy_seconds if self.busy_seconds else None


async def progress(views: ViewStore, database: Queries | None = None) -> list[Progress]:
    """Each view of this program, by name."""
    mine = [definition(view) for view in views.views.values()]
    rows = await (database or views.pool).fetch(PROGRESS, mine)
    return [Progress(**dict(zip(Progress.__struct_fields__, row, strict=True))) for row in rows]


async def retry(views: ViewStore, names: Collection[str]) -> dict[str, int]:
    """Let the projector try these views again, those that are stopped; each with the last fact that it took."""
    rows = await views.pool.fetch(RETRY, [definition(views.views[one]) for one in names])
    return {row[0]: row[1] for row in rows}


async def note_check(views: ViewStore, view: View[Any], drifted: int) -> None:
    """Keep what a check found."""
    await views.pool.execute(CHECKED, view.name, definition(view), drifted)
