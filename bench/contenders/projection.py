"""The library's `ProjectionRunner` on its own PostgreSQL recorders: it counts every event in a row of one view, with tracking.

`python -m bench.contenders.projection URL EVENTS` creates this number of events and prints the runner's events per second.
"""

# psycopg is installed by `make bench`, not for `make check`:
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import sys
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

EVENTS_PER_AGGREGATE = 200
TIMEOUT_S = 600.0

CREATE: Any = SQL("create table if not exists counted (id uuid primary key, events bigint not null)")
COUNT = SQL("insert into counted values (%s, 1) on conflict (id) do update set events = counted.events + 1")


class Thing(Aggregate):
    @event("Done")
    def do(self) -> None: ...


class Things(Application[UUID]):
    """The application that records the events."""


class Counted(PostgresTrackingRecorder):
    """One row per thing, written with the event's position, in one transaction per event as in the library."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sql_create_statements.append(CREATE)

    def count(self, thing: UUID, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(COUNT, (thing,))


class Counting(Projection[Counted]):
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.view.count(domain_event.originator_id, tracking)


def environment(url: str) -> dict[str, str]:
    at = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": at.path.lstrip("/"),
        "POSTGRES_HOST": at.hostname or "",
        "POSTGRES_PORT": str(at.port or 5432),
        "POSTGRES_USER": at.username or "",
        "POSTGRES_PASSWORD": at.password or "",
    }


def main(url: str, events: int) -> None:
    env = environment(url)
    things = Things(env)
    for _ in range(events // EVENTS_PER_AGGREGATE):
        thing = Thing()
        for _ in range(EVENTS_PER_AGGREGATE - 1):
            thing.do()
        things.save(thing)
    last = things.recorder.max_notification_id()
    things.close()
    began = time.perf_counter()
    with ProjectionRunner(application_class=Things, projection_class=Counting, view_class=Counted, env=env) as runner:
        runner.wait(last, timeout=TIMEOUT_S)
        print((events // EVENTS_PER_AGGREGATE) * EVENTS_PER_AGGREGATE / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
