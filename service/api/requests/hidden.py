"""Callers cannot distinguish a missing resource from a hidden one, not even by the time that the answer takes.

Deciding that a resource is hidden takes longer than not finding it: its events and the caller's roles are read. So every 404 is
delayed until a multiple of `limits.not_found_ms` after the request arrived.
"""

import asyncio
from http import HTTPStatus

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service.kring import Kring


class HoldNotFound:
    """Middleware around every route of the API and its authentication."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; delay a 404."""
        clock = asyncio.get_running_loop().time
        began = clock()

        async def holding(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.NOT_FOUND:
                kring: Kring = scope["litestar_app"].state.kring
                await hold(remaining(clock() - began, kring.config.limits.not_found_ms / 1000))
            await send(message)

        await self.app(scope, receive, holding)


def remaining(elapsed_s: float, step_s: float) -> float:
    """The time in seconds from `elapsed_s` until the next multiple of `step_s`."""
    return step_s - elapsed_s % step_s


async def hold(seconds: float) -> None:
    """Wait; tests replace this."""
    await asyncio.sleep(seconds)
