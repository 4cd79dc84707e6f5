"""What an organisation's dossier holds, counted: it is dense from 0, so an event's index is how many were told before it."""

from collections.abc import Sequence

from service.store.log.log import END, Log

TOLD_BEFORE = """
-- How many facts this audience was told up to and with a position.
select coalesce(sum(f.told), 0)::bigint from types_under($1) as k (type) cross join lateral (
  select count(*) as told from event_tags t where t.tag = $1 and t.type = k.type and t.position <= $2
) f
"""

INDEXES = """
-- The places of these positions ($2) in the dossier of an audience ($1), counted from 0.
select told.position, $3::bigint + told.place from (
  select t.position, row_number() over (order by t.position) as place from event_tags t
  join types_under($1) as k (type) on t.type = k.type
  where t.tag = $1 and t.position between $4 and $5
) told where told.position = any($2)
"""

CONCERNING = """
-- How many facts of each of these types ($2) concern the challenges and teams of which this audience ($1) was told that they
-- came about, in these programmes ($5; null: in all); up to and with a position ($4).
with own as (
  select distinct its.tag from event_tags t join events e using (position), unnest(e.tags) as its (tag)
  where t.tag = $1 and t.type = any($3) and its.tag ~ '^(challenge|team)_' and t.position <= $4
    and ($5::text[] is null or e.tags && $5)
)
select t.type, count(distinct t.position) from event_tags t join own using (tag)
where t.type = any($2) and t.position <= $4 group by t.type
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
