"""What an organisation's dossier holds, counted: it is dense from 0, so an event's index is how many were told before it."""

from collections.abc import Sequence

from service.store.log.log import END, Log

TOLD_BEFORE = """
-- How many facts this audience was told up to and with a position.
select count(*) from keys_under($1) as k (key)
join event_tags t on t.key = k.key and t.position <= $2
join events e on e.position = t.position and $1 = any(e.tags)
"""

INDEXES = """
-- The places of these positions ($2) in the dossier of an audience ($1), counted from 0.
select told.position, $3::bigint + told.place from (
  select t.position, row_number() over (order by t.position) as place from keys_under($1) as k (key)
  join event_tags t on t.key = k.key and t.position between $4 and $5
  join events e on e.position = t.position and $1 = any(e.tags)
) told where told.position = any($2)
"""

CONCERNING = """
-- How many facts of each of these types ($2) concern the challenges and teams of which this audience ($1) was told that they
-- came about, in these programmes ($5; null: in all); up to and with a position ($4).
with own as (
  select distinct its.tag from unnest($3::text[]) as beginning (type)
  join event_tags t on t.key = tag_key($1, beginning.type) and t.position <= $4
  join events e on e.position = t.position and e.type = beginning.type and $1 = any(e.tags), unnest(e.tags) as its (tag)
  where its.tag ~ '^(challenge|team)_' and ($5::text[] is null or e.tags && $5)
)
select e.type, count(distinct e.position) from own cross join unnest($2::text[]) as wanted (type)
join event_tags t on t.key = tag_key(own.tag, wanted.type) and t.position <= $4
join events e on e.position = t.position and e.type = wanted.type and own.tag = any(e.tags)
group by e.type
"""


async def told_before(log: Log, audience: str, position: int) -> int:
    """The number of events told to `audience` (`to:organisation_…`) up to and with `position`."""
    return await log.pool.fetchval(TOLD_BEFORE, audience, position)


async def indexes_of(log: Log, audience: str, positions: Sequence[int]) -> dict[int, int]:
    """The index in the dossier of `audience` of each of these positions that stands in it."""
    if not positions:
        return {}
    before = await told_before(log, audience, min(positions) - 1)
    bounds = (before - 1, min(positions), max(positions))
    return {row[0]: row[1] for row in await log.pool.fetch(INDEXES, audience, list(positions), *bounds)}


async def concerning(
    log: Log,
    audience: str,
    types: Sequence[str],
    beginnings: Sequence[str],
    *,
    programmes: Sequence[str] | None = None,
    until: int | None = None,
) -> dict[str, int]:
    """How many events of `types` concern the challenges and teams of `audience`: those in what it was told of `beginnings`."""
    last = END if until is None else until
    found = await log.pool.fetch(CONCERNING, audience, list(types), list(beginnings), last, programmes)
    return {row[0]: row[1] for row in found}
