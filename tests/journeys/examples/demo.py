"""The demo played on a running service."""

# asyncpg is barely typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx

from domain.events.team import AssignmentRequested
from domain.foundation import AssignmentId, Selector, TokenRole
from service.store.log.types import RecordedEvent
from tests.conftest import Api
from workers.solving.assigning import solve

TOKENS = "access.token_issued"  # shown once, so that every run needs its own

Json = dict[str, Any]
ROLES: dict[str, TokenRole] = {"manager": "manager"}


@asynccontextmanager
async def solving(api: Api) -> AsyncGenerator[None]:
    """A worker that solves requests for teams as they arrive."""

    async def work() -> None:
        seen = 0
        query = api.kring.commands.mapper.query([Selector(types=[AssignmentRequested], tags=[])])
        while True:
            for one in (await api.kring.log.read(query, after=seen))[0]:
                event = api.kring.commands.mapper.decode(one)
                assert isinstance(event, AssignmentRequested)
                await solve(api.kring, AssignmentId(event.assignment))
                seen = one.position
            await asyncio.sleep(0.05)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def issuing(api: Api) -> Callable[[str, str | None, tuple[str, ...]], Any]:
    """Function that issues tokens as the operator."""
    return lambda role, person, organisations: api.token(ROLES[role], person, organisations)


async def recorded(api: Api) -> list[RecordedEvent]:
    return (await api.kring.log.read())[0]


def kinds(log: list[RecordedEvent]) -> Counter[str]:
    return Counter(one.type for one in log if one.type != TOKENS)


class Reader:
    """The public API as one person of the demo."""

    def __init__(self, client: httpx.AsyncClient, position: int) -> None:
        self.client, self.position = client, position

    async def get(self, path: str) -> Json:
        answer = await self.client.get(path, params={"at_least": self.position})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def all(self, path: str) -> list[Json]:
        answer = await self.client.get(path, params={"limit": 200, "at_least": self.position})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()["items"]

    async def status(self, path: str) -> int:
        return (await self.client.get(path, params={"at_least": self.position})).status_code


class PlayedDemo:
    """A played demo, read over HTTP as any of its people."""

    def __init__(self, api: Api, log: list[RecordedEvent], people: dict[str, Json], manager: Reader) -> None:
        self.api, self.log, self.people, self.manager = api, log, people, manager

    async def reader(self, name: str, role: TokenRole = "participant") -> Reader:
        return Reader(await self.api.as_(role, self.people[name]["id"]), self.log[-1].position)


async def reading(api: Api) -> PlayedDemo:
    log = await recorded(api)
    manager = Reader(await api.as_("manager"), log[-1].position)
    people = {one["name"]: one for one in await manager.all("/people")}
    return PlayedDemo(api, log, people, manager)


async def play_until(api: Api, playing: Callable[[], Coroutine[Any, Any, None]], position: int) -> None:
    """Play and kill it when the log reaches this position."""
    task = asyncio.create_task(playing())
    while not task.done() and (await api.kring.log.read(limit=1))[1] < position:  # noqa: ASYNC110  killed anywhere, not at an event
        await asyncio.sleep(0.005)
    assert not task.done(), "there was something left to interrupt"
    task.cancel()
    await asyncio.wait([task])


async def forget_commands(api: Api) -> None:
    """Delete idempotency keys as the server does after a day."""
    assert api.kring.config.owner_url is not None
    connection = await asyncpg.connect(api.kring.config.owner_url)
    try:
        await connection.execute("delete from commands")
    finally:
        await connection.close()
