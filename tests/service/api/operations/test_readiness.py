"""The readiness check names what keeps this installation from recording, and the remedy."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.operations.health import Health, health
from service.cli import doctor_checks
from service.cli.doctor_checks import check_servers
from service.clock_and_ids import now
from service.sealing.keys import KeyStore
from service.store.log.writer import Writer
from tests.conftest import Api, Database
from tests.service.store.examples.log import an_append, session
from tests.service.store.examples.log_clock import SECOND

pytestmark = pytest.mark.own_kring  # it is made to fail

FROM_THE_FUTURE = """
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select max(position) + 1, 'a.b', 1, '{}', '', sha256('blind'), 'a', 'v', gen_random_uuid(), gen_random_uuid(),
  clock_timestamp() + $1
from events
"""


def why(found: Health, name: str) -> str:
    """Problem of a part; empty if there is none."""
    return next(one.why or "" for one in found.parts if one.name == name)


async def test_a_clock_set_back_is_reported_with_the_time_when_writing_resumes(api: Api, database: Database) -> None:
    manager = await api.as_("manager")
    async with session(database.owner_url) as owner:
        await owner.execute(FROM_THE_FUTURE, 3_600 * SECOND)
        latest = await owner.fetchval("select recorded_at from events order by position desc limit 1")
    assert (await manager.post("/organisations", json={"name": "Huis"})).status_code == 503
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{api.url}/health/ready")
    assert answer.status_code == 503
    said: dict[str, Any] = next(one for one in answer.json()["parts"] if one["name"] == "clock")
    assert not said["ok"]
    assert "s behind the last event" in said["why"]
    assert f"{latest:%Y-%m-%d %H:%M:%S} UTC" in said["why"]
    findings = [one async for one in check_servers(api.kring, running=False)]
    clock = next(one for one in findings if one.about == "clock")
    assert (clock.level, "NTP" in (clock.advice or "")) == ("error", True)


async def test_a_clock_difference_of_a_second_is_tolerated(api: Api, database: Database) -> None:
    await api.as_("manager")
    async with session(database.owner_url) as owner:
        await owner.execute(FROM_THE_FUTURE, SECOND)
    assert why(await health(api.kring), "clock") == ""
    assert await api.kring.log.append(an_append())


@pytest.mark.parametrize(("ahead", "said"), [(60, "60 s ahead of"), (-60, "60 s behind")])
async def test_the_doctor_reports_differing_clocks_before_one_is_set_back(
    api: Api, monkeypatch: pytest.MonkeyPatch, ahead: int, said: str
) -> None:
    monkeypatch.setattr(doctor_checks, "now", lambda: now() - ahead * SECOND)
    finding = next(
        one for one in [one async for one in check_servers(api.kring, running=False)] if one.about == "database clock"
    )
    assert finding.level == "error"
    assert said in finding.found


async def test_a_detached_key_store_is_reported(api: Api, tmp_path: Path) -> None:
    await api.as_("manager")
    folder = api.kring.config.keys
    folder.rename(tmp_path / "unmounted")
    folder.mkdir()
    assert "KeysMissing" in why(await health(api.kring), "key store")
    folder.rmdir()
    KeyStore(folder)
    assert "OtherKeys" in why(await health(api.kring), "key store")


async def test_no_new_keys_are_used_while_the_key_store_is_missing(api: Api, tmp_path: Path) -> None:
    manager = await api.as_("manager")
    folder = api.kring.config.keys
    folder.rename(tmp_path / "unmounted")
    folder.mkdir()
    body = {"name": "Sanne Jansen", "email": "sanne@example.org", "language": "nl"}
    refused = await manager.post("/people", json=body)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable"), refused.text
    assert list(folder.iterdir()) == []
    folder.rmdir()
    (tmp_path / "unmounted").rename(folder)
    assert (await manager.post("/people", json=body)).status_code == 201


async def test_a_service_whose_writer_fails_is_not_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = await api.as_("manager")

    async def fails(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(Writer, "process", fails)
    refused = await manager.post("/organisations", json={"name": "Huis"}, headers={"Idempotency-Key": "once"})
    assert (refused.status_code, refused.json()["code"]) == (503, "outcome-unknown")
    assert why(await health(api.kring), "service") == "its writer failed lately (KeyError)"
    monkeypatch.undo()
    again = await manager.post("/organisations", json={"name": "Huis"}, headers={"Idempotency-Key": "once"})
    assert again.status_code == 201, "not in flight any more"
