"""HEAD for every GET (RFC 9110 §9.3.2): the same answer without its content."""

import asyncio
from typing import cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Wraps the application before it looks for a route. Other requests pass unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a GET, send its headers, and stop it where its content would begin, since a stream may never end."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def headers_alone(message: Message) -> None:
            if answered.is_set():
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            answered.set()

        read = cast("Scope", {**scope, "method": "GET"})
        reading = asyncio.create_task(self._read(read, receive, headers_alone), name="kring head")
        ended = asyncio.create_task(answered.wait(), name="kring head answered")
        try:
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading
        finally:
            reading.cancel()
            ended.cancel()
            await asyncio.wait({reading, ended})

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
