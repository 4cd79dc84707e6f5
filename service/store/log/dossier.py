"""Positions in an organisation's dossier: its visible events, counted from 0. An event's index is the number before it."""

from collections.abc import Sequence

from service.store.log.log import MAX_POSITION, Log

COUNT_VISIBLE = """
-- The number of events visible to this audience, up to and including a position.
select count(*) from keys_under($1) as k (key)
join event_tags t on t.key = k.key and t.position <= $2
join events e on e.position = t.position and $1 = any(e.tags)
"""

INDEXES = """
-- The indexes of these positions ($2) in the dossier of an audience ($1).
select visible.position, $3::bigint + visible.place from (
  select t.position, row_number() over (order by t.position) as place from keys_under($1) as k (key)
  join event_tags t on t.key = k.key and t.position between $4 and $5
  join events e on e.position = t.position and $1 = any(e.tags)
) visible where visible.position = any($2)
"""

COUNT_CONCERNING = """
-- The number of events per type ($2), up to and including a position ($4), that concern challenges and teams of which an event
-- of certain types ($3: those with which they begin) is visible to this audience ($1). In these programmes ($5; null: in all).
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


async def count_visible(log: Log, audience: str, position: int) -> int:
    """The number of events visible to `audience` (`to:organisation_…`) up to and including `position`."""
    return await log.pool.fetchval(COUNT_VISIBLE, audience, position)


async def indexes_of(log: Log, audience: str, positions: Sequence[int]) -> dict[int, int]:
    """The index in the dossier of `audience` of each of these positions, without those that are not in it."""
    if not positions:
        return {}
    before = await count_visible(log, audience, min(positions) - 1)
    bounds = (before - 1, min(positions), max(positions))
    return {row[0]: row[1] for row in await log.pool.fetch(INDEXES, audience, list(positions), *bounds)}


async def count_concerning(
    log: Log,
    audience: str,
    types: Sequence[str],
    beginnings: Sequence[str],
    *,
    programmes: Sequence[str] | None = None,
    until: int | None = None,
) -> dict[str, int]:
    """The number of events of each of `types` that concern challenges and teams of `audience`.

    Those are the challenges and teams in the events of types `beginnings` that are visible to it.
    """
    last = MAX_POSITION if until is None else until
    found = await log.pool.fetch(COUNT_CONCERNING, audience, list(types), list(beginnings), last, programmes)
    return {row[0]: row[1] for row in found}
