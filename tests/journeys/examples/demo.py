"""The demo played on a running service."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from domain.events.team import AssignmentRequested
from domain.foundation import AssignmentId, Selector, TokenRole
from tests.conftest import Api
from workers.solving.assigning import solve

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
