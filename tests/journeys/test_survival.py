"""Kill -9 during a storm of commands: acknowledged commands survive and repeats have one effect."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest

from tests.journeys.examples.kring import TIMEOUT_S, RunningKring, running_kring

SENDERS, EACH = 12, 40
KILLED_AFTER = (60, 200)  # acknowledgements: early and late in the storm
RETRY_PAUSE_S = 0.05

ORGANISATIONS = (
    "select data->>'organisation' as id, data->>'name' as name "
    "from legible_events where type = 'organisation.registered'"
)
GAPS = "select max(position) - count(*) as gaps from events"
DOUBLES = "select command_id from events group by command_id having count(*) > 1"

Acknowledged = dict[str, str]
"""Id in the answer, by the organisation's name."""


@pytest.fixture(scope="module")
async def kring() -> AsyncGenerator[RunningKring]:
    async with running_kring() as running:
        yield running


class Storm:
    """Concurrent senders that register organisations, each with its own key, and repeat unanswered commands."""

    def __init__(self, client: httpx.AsyncClient, prefix: str) -> None:
        self.client, self.prefix = client, prefix
        self.acknowledged: Acknowledged = {}
        self.unanswered: set[str] = set()
        self.came = asyncio.Condition()

    async def blow(self) -> None:
        await asyncio.gather(*(self._send(sender) for sender in range(SENDERS)))

    async def until(self, count: int) -> None:
        async with self.came:
            await self.came.wait_for(lambda: len(self.acknowledged) >= count)

    async def _send(self, sender: int) -> None:
        for number in range(EACH):
            name = f"{self.prefix} {sender}-{number}"
            while (made := await self.register(name)) is None:
                self.unanswered.add(name)
                await asyncio.sleep(RETRY_PAUSE_S)
            async with self.came:
                self.acknowledged[name] = made
                self.came.notify_all()

    async def register(self, name: str) -> str | None:
        """Organisation id, or None if there was no answer or it asked to retry."""
        try:
            answer = await self.client.post("/organisations", json={"name": name}, headers={"Idempotency-Key": name})
        except httpx.TransportError:
            return None
        if answer.status_code == 201:
            return answer.json()["id"]
        assert answer.status_code in {409, 503}, answer.text
        if answer.status_code == 409:
            assert answer.json()["code"] == "in-flight", answer.text
        return None


async def registered(kring: RunningKring) -> dict[str, list[str]]:
    """Ids of the organisations in the log, by name."""
    found: dict[str, list[str]] = {}
    for row in await kring.ask(ORGANISATIONS):
        found.setdefault(row["name"], []).append(row["id"])
    return found


@pytest.mark.parametrize(
    ("name", "victim"),
    [
        ("service", "service.cli serve"),
        ("database", "bin/postgres"),
    ],
)
async def test_after_kill_9_every_acknowledged_command_is_recorded_exactly_once(
    kring: RunningKring, name: str, victim: str
) -> None:
    async with kring.client(await kring.token("manager")) as client:
        storm = Storm(client, name)
        service = kring.part("service.cli serve").pid
        async with asyncio.timeout(TIMEOUT_S):
            blowing = asyncio.create_task(storm.blow())
            for count in KILLED_AFTER:
                await storm.until(count)
                kring.part(victim).kill()
                before = dict(storm.acknowledged)
                await storm.until(len(before) + SENDERS + 1)  # which a sender sent after the kill
                in_log = await registered(kring)
                assert {one: in_log.get(one) for one in before} == {one: [id_] for one, id_ in before.items()}
            await blowing
        assert storm.unanswered, "the kill hit nobody"
        assert (kring.part("service.cli serve").pid == service) is (name == "database")
        in_log = {one: ids for one, ids in (await registered(kring)).items() if one.startswith(name)}
        assert in_log == {one: [id_] for one, id_ in storm.acknowledged.items()}
        assert len(in_log) == SENDERS * EACH
        assert {one: await storm.register(one) for one in storm.unanswered} == {
            one: storm.acknowledged[one] for one in storm.unanswered
        }
    assert [row["gaps"] for row in await kring.ask(GAPS)] == [0]
    assert await kring.ask(DOUBLES) == []
