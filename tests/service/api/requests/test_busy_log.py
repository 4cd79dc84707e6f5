"""Commands that the log cannot take now are answered 503 with a Retry-After, and nothing is recorded."""

import asyncio

import httpx
import pytest

from service.store.log import writer as writer_module
from service.store.views.view_store import table
from tests.conftest import Api, Database
from tests.service.store.examples.log import holding_the_lock, session

FROM_THE_FUTURE = """
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select max(position) + 1, 'a.b', 1, '{}', '', sha256('blind'), 'a', 'v', gen_random_uuid(), gen_random_uuid(),
  clock_timestamp() + interval '1 minute'
from events
"""


FULL_DISK = """
create function full_disk() returns trigger language plpgsql as $$
begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
create trigger full_disk before insert on events for each row execute function full_disk();
"""


def require_retry_after(answer: httpx.Response, code: str = "too-busy") -> bool:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code == 503 and answer.json()["code"] == code and int(answer.headers["Retry-After"]) > 0


async def test_a_full_queue_answers_with_retry_after(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_QUEUED_APPENDS", 2)
    manager = await api.as_("manager")
    async with holding_the_lock(database.owner_url):
        requests = [asyncio.create_task(manager.post("/organisations", json={"name": f"Huis {n}"})) for n in range(12)]
        refused, _ = await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
    answers = await asyncio.gather(*requests)
    assert all(require_retry_after(one.result()) for one in refused)
    assert all(one.status_code == 201 or require_retry_after(one) for one in answers)
    assert await api.kring.log.head() == 1 + sum(one.status_code == 201 for one in answers)
    assert (await manager.post("/organisations", json={"name": "Huis"})).status_code == 201


async def test_a_full_disk_refuses_commands_until_there_is_room_again(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await api.as_("manager")
    head = await api.kring.log.head()
    monkeypatch.setattr(writer_module, "BATCH_TIMEOUT_S", 3.0)
    async with session(database.owner_url) as owner:
        await owner.execute(FULL_DISK)
        answers = await asyncio.gather(*(manager.post("/organisations", json={"name": f"Huis {n}"}) for n in range(5)))
        assert all(require_retry_after(one, "unavailable") for one in answers)
        assert await api.kring.log.head() == head
        await owner.execute("drop trigger full_disk on events")
    assert (await manager.post("/organisations", json={"name": "Huis"})).status_code == 201
    assert await api.kring.log.head() == head + 1


async def test_a_clock_set_back_answers_with_retry_after(api: Api, database: Database) -> None:
    manager = await api.as_("manager")
    async with session(database.owner_url) as owner:
        await owner.execute(FROM_THE_FUTURE)
    head = await api.kring.log.head()
    assert require_retry_after(await manager.post("/organisations", json={"name": "Huis"}), "unavailable")
    assert await api.kring.log.head() == head


READS_FAIL = """
-- What the server says to whoever asks for a view, instead of an answer.
create function views.fail_read() returns boolean language plpgsql stable as $$
begin raise exception 'injected' using errcode = 'CONDITION'; end $$;
alter table TABLE rename to kept;
create view TABLE as select * from views.kept where views.fail_read();
"""


@pytest.mark.parametrize(
    "error",
    [
        "disk_full",
        "out_of_memory",
        "too_many_connections",
        "io_error",
        "admin_shutdown",
        "query_canceled",
        "read_only_sql_transaction",
        "lock_not_available",
        "deadlock_detected",
        "connection_failure",
    ],
)
async def test_a_read_that_cannot_be_served_now_gets_503(api: Api, database: Database, error: str) -> None:
    manager = await api.as_("manager")
    assert (await manager.get("/organisations")).status_code == 200
    async with session(database.url) as service:
        name = table(api.kring.views.views["organisations"])
        await service.execute(READS_FAIL.replace("CONDITION", error).replace("TABLE", name))
    assert require_retry_after(await manager.get("/organisations"), "unavailable")
