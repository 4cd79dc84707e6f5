"""Creation of jobs: by workers for events, and by the service for requests that record none."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from service.store.database import Queries
from service.store.log.types import Cause

WRITE = """
-- Create jobs; a job that exists already stays as it is.
insert into jobs (key, kind, arguments, position, correlation_id, due_at, programme)
select n.*, (
  select t.tag from events e, unnest(e.tags) t (tag) where e.position = n.position and t.tag like 'programme\\_%' limit 1
)
from unnest($1::text[], $2::text[], $3::jsonb[], $4::bigint[], $5::uuid[], $6::timestamptz[])
  as n (key, kind, arguments, position, correlation_id, due_at)
on conflict (key) do nothing
"""


class NoEvent(NamedTuple):
    """The cause of a job that no event requires: before the first event, so that the job belongs to no programme."""

    correlation_id: UUID
    position: int = 0


class Job(Struct, frozen=True):
    """Work that is due at `due_at`. `arguments`: only ids, by name; with the kind they form its key."""

    kind: str
    due_at: datetime
    arguments: dict[str, str]

    @property
    def key(self) -> str:
        return ":".join([self.kind, *self.arguments.values()])


async def write(connection: Queries, jobs: Sequence[tuple[Job, Cause]]) -> None:
    """Create jobs, each with the event that requires it, in the transaction of `connection`."""
    if not jobs:
        return
    await connection.execute(
        WRITE,
        [job.key for job, _ in jobs],
        [job.kind for job, _ in jobs],
        [msgspec.json.encode(job.arguments).decode() for job, _ in jobs],
        [cause.position for _, cause in jobs],
        [cause.correlation_id for _, cause in jobs],
        [job.due_at for job, _ in jobs],
    )
