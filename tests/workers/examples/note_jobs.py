"""Jobs of the kind `note`, whose handler each test provides."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from service.clock_and_ids import new_uuid, now
from service.kring import Kring
from service.store.jobs import creating
from service.store.jobs.creating import Job
from tests.workers.examples.stage import Stage
from workers import engine
from workers.job_registry import JobClass, JobKind
from workers.jobs import queue
from workers.jobs.circuit_breaker import Breakers
from workers.jobs.queue import Claimed

Handler = Callable[[Kring, Claimed], Awaitable[None]]


class Cause:
    """Stands for the event that caused a job."""

    position = 7
    correlation_id = new_uuid()


async def write(stage: Stage, *numbers: int, kind: str = "note", due_in: timedelta = timedelta()) -> None:
    """Write jobs of a kind."""
    made = [(Job(kind, now() + due_in, {"number": str(number)}), Cause()) for number in numbers]
    await creating.write(stage.kring.log.pool, made)


def handle(monkeypatch: pytest.MonkeyPatch, handler: Handler, job_class: JobClass = "urgent") -> None:
    """Make workers handle only jobs of the kind `note`."""
    handle_kinds(monkeypatch, note=JobKind(handler, job_class))


def handle_kinds(monkeypatch: pytest.MonkeyPatch, **kinds: JobKind) -> None:
    """Make workers handle only these kinds."""

    def known(_: Breakers) -> dict[str, JobKind]:
        return kinds

    monkeypatch.setattr(engine, "job_kinds", known)


async def claim(stage: Stage, limit: int = 1, worker: str = "other") -> list[Claimed]:
    """Claim jobs of the kind `note`."""
    return await queue.claim(stage.kring.log.pool, ["note"], limit, worker)


async def expire_leases(stage: Stage) -> None:
    """Expire every lease now."""
    await stage.kring.log.pool.execute("update jobs set lease_until = now() where lease_until is not null")


async def attempts(stage: Stage, key: str) -> list[tuple[int, str | None, str | None]]:
    """Number, outcome and error of each attempt at a job."""
    found = await stage.kring.log.pool.fetch(
        "select number, outcome, error from job_attempts where key = $1 order by number", key
    )
    return [(row[0], row[1], row[2]) for row in found]
