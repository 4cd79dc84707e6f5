"""Numbers of events by day under a tag, for looking back."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from service.store.log.log import Log

MAX_GROUPS = 20_000
"""Groups of which the newest are read: a programme of 400 people for ten years stays below."""

BY_DAY = """
-- The events under a tag ($1), counted by day in a time zone ($2) and by what decides who can read them: their type and their
-- tags, without those of people other than $3. The newest $4 groups.
--
-- The day of an event is the latest that the log has named so far, as stated or else recorded: so days follow each other as
-- positions do. A time after those of both following events does not count: what Kring did by itself in a history that was
-- entered afterwards has the time of entry.
with named as (
  select e.position, e.type, e.tags, coalesce(e.occurred_at, e.recorded_at) as at
  from keys_under($1) as k (key) join event_tags t on t.key = k.key join events e on e.position = t.position
  where $1 = any(e.tags)
), fitting as (
  select position, type, tags, least(at, greatest(lead(at) over log, lead(at, 2) over log)) as at
  from named window log as (order by position)
), placed as (
  select position, type, tags, (max(at) over (order by position) at time zone $2::text)::date as day from fitting
)
select day, type, readers.tags, count(*) as many, max(position) as last
from placed cross join lateral (
  select coalesce(array_agg(one.tag order by one.place), '{}') from unnest(tags) with ordinality as one (tag, place)
  where one.tag ~ '^(programme|team|challenge)_|^to:' or one.tag = $3
) as readers (tags)
group by day, type, readers.tags order by last desc limit $4
"""


class DayGroup(NamedTuple):
    """The events of one day that have the same readers. `tags`: those that decide this; `last`: the last position."""

    day: date
    type: str
    tags: Sequence[str]
    many: int
    last: int


async def count_by_day(log: Log, tag: str, zone: str, reader: str | None) -> list[DayGroup]:
    """The events under a tag by day in a time zone, and by who can read them, as far as it depends on the person `reader`."""
    return [DayGroup(*row) for row in await log.readers.fetch(BY_DAY, tag, zone, reader, MAX_GROUPS)]
