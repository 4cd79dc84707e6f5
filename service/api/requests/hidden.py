"""Callers cannot distinguish a missing resource from a hidden one, not even by how long the answer takes.

To find out that something is hidden takes more than to find nothing: its events, and the caller's roles. So the answer 404 is
held until a multiple of some milliseconds after the request came, whichever route it is.
"""

import asyncio
from http import HTTPStatus

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service.kring import Kring


class HoldNotFound:
    """Wraps every route of the API, its authentication included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; hold a 404."""
        clock = asyncio.get_running_loop().time
        began = clock()

        async def holding(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.NOT_FOUND:
                kring: Kring = scope["litestar_app"].state.kring
                await hold(left(clock() - began, kring.config.limits.not_found_ms / 1000))
            await send(message)

        await self.app(scope, receive, holding)


def left(elapsed_s: float, step_s: float) -> float:
    """The seconds from `elapsed_s` until the next multiple of `step_s`."""
    return step_s - elapsed_s % step_s


async def hold(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)
