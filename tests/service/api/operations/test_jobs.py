"""Jobs over HTTP: visibility, retries of failed jobs, and cancellation."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id, new_uuid, now
from service.store.jobs import creating, progress
from service.store.jobs.control import MAX_STORED_INTERVENTIONS
from service.store.jobs.creating import Job
from tests.conftest import Api
from tests.service.api.examples.programme import made, programme
from workers.jobs import queue
from workers.jobs.queue import Claimed

pytestmark = pytest.mark.own_kring  # all jobs are listed

KEYS = [f"note:{number}" for number in range(4)]


@pytest.fixture
async def here(api: Api) -> str:
    """A programme with four jobs; one more belongs to no programme."""
    pool, about = api.kring.log.pool, await opened(api)
    head = await api.kring.log.head()
    await progress.beat(pool, "worker", "mail", ["note"])
    await progress.beat(pool, "worker", "urgent", ["close"])

    class Cause:
        position = head
        correlation_id = new_uuid()

    made_of = [Job("note", now(), {"number": str(number)}) for number in range(4)]
    await creating.write(pool, [(job, Cause()) for job in [*made_of, Job("close", now(), {"ballot": "1"})]])
    await pool.execute("update jobs set programme = $1 where kind = 'note'", about)
    await pool.execute("update jobs set programme = null where kind = 'close'")
    return about


async def opened(api: Api) -> str:
    """A new programme without people."""
    boss = await api.as_("manager")
    return made(await boss.post("/programmes", json={"name": "Leergang", "edition": "2016"}))["id"]


async def fail(api: Api, key: str, *, last: bool = True) -> None:
    """Make the next attempt at a job fail."""
    pool = api.kring.log.pool
    if last:
        await pool.execute("update jobs set max_attempts = attempts + 1 where key = $1", key)
    await pool.execute("update jobs set due_at = now() + interval '1 hour' where key <> $1 and state = 'due'", key)
    (claimed,) = await claim(api)
    assert claimed.key == key
    assert await queue.failed(pool, claimed, "ValueError", timedelta(hours=1))


async def claim(api: Api) -> list[Claimed]:
    return await queue.claim(api.kring.log.pool, ["note", "close"], 1, "worker")


async def manager_of(api: Api, programme: str) -> httpx.AsyncClient:
    """A manager of only this programme."""
    boss = await api.as_("manager")
    body = {"name": "Baas", "email": f"{new_id('x')}@example.org"}
    person = made(await boss.post("/people", json=body))["id"]
    made(await boss.post(f"/programmes/{programme}/managers", json={"person_id": person}))
    return await api.as_("manager", person)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in made(answer, 200)["items"]]


async def test_managers_see_jobs_of_their_programmes_and_operators_see_all(api: Api, here: str) -> None:
    boss, manager = await api.as_("manager"), await manager_of(api, here)
    assert set(KEYS) < set(ids(await boss.get("/jobs")))
    assert ids(await manager.get("/jobs", params={"kind": "note"})) == KEYS
    assert "close:1" not in ids(await manager.get("/jobs"))
    assert (await manager.get("/jobs/close:1")).status_code == 404
    found = made(await manager.get("/jobs/note:1"), 200)
    expected = {"status": "due", "programme_id": here, "job_class": "mail", "attempts": 0, "attempts_left": 16}
    assert found.items() >= expected.items()


async def test_other_callers_see_no_jobs(api: Api, here: str) -> None:
    elsewhere = await manager_of(api, await opened(api))
    assert set(KEYS).isdisjoint(ids(await elsewhere.get("/jobs")))
    setting = await programme(api, participants=1, challenges=0)
    refused(await setting.people[0].get("/jobs"), 403, "not-allowed")
    for client in (elsewhere, setting.people[0]):
        refused(await client.get("/jobs/note:1"), 404, "not-found")
        refused(await client.post("/jobs/note:1/retry"), 404, "not-found")
        refused(await client.post("/jobs/note:1/cancellation", json={"reason": "Weg"}), 404, "not-found")
    assert made(await (await manager_of(api, here)).get("/jobs/note:1"), 200)["interventions"] == []


async def test_jobs_are_listed_by_page_and_by_status(api: Api, here: str) -> None:
    manager = await manager_of(api, here)
    first = made(await manager.get("/jobs", params={"kind": "note", "limit": 3}), 200)
    assert first["next"] == KEYS[2]
    last = made(await manager.get("/jobs", params={"kind": "note", "limit": 3, "cursor": first["next"]}), 200)
    assert ([one["id"] for one in last["items"]], last["next"]) == (KEYS[3:], None)
    await fail(api, KEYS[1])
    await api.kring.log.pool.execute("update jobs set due_at = now() where key = $1", KEYS[2])
    await claim(api)
    assert ids(await manager.get("/jobs", params={"status": "failed"})) == [KEYS[1]]
    assert ids(await manager.get("/jobs", params={"status": "running"})) == [KEYS[2]]
    refused(await manager.get("/jobs", params={"status": "lost"}), 422, "invalid")


async def test_retrying_a_failed_job_records_who_and_why(api: Api, here: str) -> None:
    manager = await manager_of(api, here)
    refused(await manager.post("/jobs/note:1/retry"), 409, "job-not-retryable")
    await fail(api, "note:1")
    failed = made(await manager.get("/jobs/note:1"), 200)
    assert (failed["status"], failed["last_error"], failed["attempts_left"]) == ("failed", "ValueError", 0)
    again = made(await manager.post("/jobs/note:1/retry", json={"reason": "De server van Anna is terug."}), 200)
    assert (again["status"], again["attempts"], again["attempts_left"]) == ("due", 1, 16)
    (done,) = again["interventions"]
    me = made(await manager.get("/me"), 200)
    assert (done["action"], done["actor"], done["via"]) == ("retry", me["person"]["id"], me["id"])
    assert done["reason"] == "De server van Anna is terug."
    (claimed,) = await claim(api)
    assert (claimed.key, claimed.attempt, claimed.is_last) == ("note:1", 2, False)
    assert await queue.done(api.kring.log.pool, claimed)
    outcomes = [(one["number"], one["outcome"]) for one in made(await manager.get("/jobs/note:1"), 200)["history"]]
    assert outcomes == [(1, "failed"), (2, "done")]
    rows = await api.kring.log.pool.fetch("select job_interventions::text from job_interventions")
    assert "Anna" not in str(rows), "what people type is sealed"


async def test_a_job_waiting_for_its_retry_can_be_retried_immediately(api: Api, here: str) -> None:
    manager = await manager_of(api, here)
    await fail(api, "note:1", last=False)
    assert made(await manager.get("/jobs/note:1"), 200)["status"] == "due"
    assert await claim(api) == []
    made(await manager.post("/jobs/note:1/retry"), 200)
    assert [one.key for one in await claim(api)] == ["note:1"]


async def test_a_cancelled_job_does_not_run_and_its_worker_cannot_complete_it(api: Api, here: str) -> None:
    manager, pool = await manager_of(api, here), api.kring.log.pool
    refused(await manager.post("/jobs/note:0/cancellation"), 422, "reason-missing")
    await pool.execute("update jobs set due_at = now() - interval '1 hour' where key = 'note:0'")
    (claimed,) = await claim(api)
    cancelled = made(await manager.post("/jobs/note:0/cancellation", json={"reason": "Verkeerde lijst"}), 200)
    assert (cancelled["status"], cancelled["history"][0]["outcome"]) == ("cancelled", "cancelled")
    assert await queue.renew(pool, [(claimed.key, claimed.attempt)]) == set()
    assert not await queue.done(pool, claimed)
    refused(await manager.post("/jobs/note:0/cancellation", json={"reason": "Nog eens"}), 409, "job-over")
    again = made(await manager.post("/jobs/note:0/retry"), 200)
    assert [one["action"] for one in again["interventions"]] == ["cancel", "retry"]


async def test_a_job_required_by_a_rule_cannot_be_cancelled(api: Api, here: str) -> None:
    boss = await api.as_("manager")
    refused(await boss.post("/jobs/close:1/cancellation", json={"reason": "Liever niet"}), 409, "job-required")
    await api.kring.log.pool.execute("update job_workers set seen_at = now() - interval '9 days'")
    await progress.delete_old(api.kring.log.pool)
    refused(await boss.post("/jobs/close:1/cancellation", json={"reason": "Liever niet"}), 409, "job-required")


async def test_rule_24_an_intervention_sent_twice_has_one_effect(api: Api, here: str) -> None:
    manager, key = await manager_of(api, here), {"Idempotency-Key": "eens"}
    await fail(api, "note:1")
    first = made(await manager.post("/jobs/note:1/retry", headers=key), 200)
    (claimed,) = await claim(api)
    await queue.done(api.kring.log.pool, claimed)
    again = made(await manager.post("/jobs/note:1/retry", headers=key), 200)
    assert again["interventions"] == first["interventions"]
    assert again["status"] == "done", "as the job is now"
    other: dict[str, Any] = {"headers": key, "json": {"reason": "Anders"}}
    refused(await manager.post("/jobs/note:1/retry", **other), 422, "idempotency-key-reused")


async def test_at_most_a_hundred_interventions_of_a_job_are_retained(api: Api, here: str) -> None:
    await api.kring.log.pool.execute(
        "insert into job_interventions (key, number, action, at, actor, via) "
        "select 'note:1', n, 'retry', now(), 'a', 'b' from generate_series(1, $1) n",
        MAX_STORED_INTERVENTIONS + 5,
    )
    manager = await manager_of(api, here)
    await fail(api, "note:1")
    retained = made(await manager.post("/jobs/note:1/retry"), 200)["interventions"]
    assert len(retained) == MAX_STORED_INTERVENTIONS
