"""The outcomes of mail jobs: of each, the last attempt that had ended by some time."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from service.store.database import Queries

RETENTION = timedelta(days=30)
"""Time for which jobs that are done or cancelled are kept, with their attempts."""

DELIVERIES = """
-- The last attempt at each of these jobs that had ended by then. Attempts that were given back or lost say nothing.
select j.key, j.state = 'failed' and j.settled_at <= $2, a.outcome, a.error, a.ended_at
from jobs j left join lateral (
  select outcome, error, ended_at from job_attempts a
  where a.key = j.key and a.ended_at <= $2 and a.outcome in ('done', 'failed', 'cancelled')
  order by a.number desc limit 1
) a on true
where j.key = any($1)
"""


class Delivery(Struct, frozen=True):
    """The delivery of one mail. `outcome` None: not tried yet. `given_up`: it is not tried any more. `error`: its class."""

    given_up: bool
    outcome: str | None
    error: str | None
    ended_at: datetime | None


async def deliveries(pool: Queries, keys: Collection[str], until: datetime) -> dict[str, Delivery]:
    """The deliveries of these jobs by key; jobs that do not exist, or not any more, are left out."""
    rows = await pool.fetch(DELIVERIES, sorted(keys), until)
    return {row[0]: Delivery(bool(row[1]), *row[2:]) for row in rows}
