"""What people watch: a read that goes on. Whoever accepts server-sent events is told the whole answer, and again when it differs.

The read itself is asked anew each time, with the caller's rights as they are then; so what is told is what a GET would tell.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, cast

from litestar import HttpMethod, Request, Router
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.foundation import Caller
from service.api.http.json_lines import in_one_line
from service.api.http.negotiation import JSON, negotiated
from service.api.http.streams import Streams
from service.auth.middleware import caller_of
from service.kring import Kring
from service.reading.reader import VIEWS_TIMEOUT_S, ViewsLag
from service.store.views.view_store import Lagging

EVENT_STREAM = "text/event-stream"
WATCHED = {"streams": (EVENT_STREAM,), "watched": True}
"""Marks a handler (`opt`) of something that people watch."""
HEARTBEAT = 15.0  # seconds of silence after which a comment tells that the connection lives
BREATH = 0.5  # seconds between two looks, however much happens meanwhile
HEADERS = [
    (b"content-type", EVENT_STREAM.encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization, Accept"),
    (b"x-accel-buffering", b"no"),
]


class Watched:
    """Wraps the handler of a read that can be watched. Other requests pass as they are; so do refusals of the first look."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer once, or go on answering until the client, its token or its right to see this is gone."""
        request = Request[Caller, Any, Any](cast("HTTPScope", scope))
        offered = (JSON,) if "as_of" in request.query_params else (JSON, EVENT_STREAM)
        if negotiated(request, offered) == JSON:
            await self.app(scope, receive, send)
            return
        watching = Watching(self.app, scope, request)
        try:
            first = await watching.look()
        except Lagging:
            raise ViewsLag from None
        if first.status != HTTPStatus.OK:
            await first.tell(send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": _event(first), "more_body": True})
        position, said = first.position, first.digest
        del first  # the stream may go on for hours, and the answer may be large
        gone = asyncio.create_task(_gone(receive), name="kring watcher")
        try:
            async with aclosing(watching.events(position, said, gone)) as events:
                async for one in events:
                    await send({"type": "http.response.body", "body": one, "more_body": True})
        finally:
            gone.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass
class Answer:
    """What the read says as of `position` at least."""

    position: int
    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        return next(one["status"] for one in self.messages if one["type"] == "http.response.start")

    @property
    def body(self) -> bytes:
        return b"".join(one["body"] for one in self.messages if one["type"] == "http.response.body")

    @property
    def digest(self) -> bytes:
        """What tells it from another answer, and is small."""
        return blake2b(self.body, digest_size=16).digest()

    async def tell(self, send: Send) -> None:
        """Pass it on as it is."""
        for one in self.messages:
            await send(one)


class Watching:
    """One client that watches one thing."""

    def __init__(self, app: ASGIApp, scope: Scope, request: Request[Caller, Any, Any]) -> None:
        self.app, self.scope, self.request = app, scope, request
        self.kring: Kring = request.app.state.kring
        self._streams: Streams = request.app.state.streams
        self._state = _copied(scope["state"])
        """Litestar notes there that an answer has begun: ours, before the next look begins another."""

    async def events(self, position: int, said: bytes, gone: asyncio.Task[None]) -> AsyncGenerator[bytes]:
        """Every answer that differs from the one before it, as server-sent events. `said`: the digest of the first one.

        Ends when the log was restored to an earlier state, like the feed: who comes again is told what is so now.
        """
        gone_back = self.kring.log.times_gone_back
        while not await _ends(gone, BREATH):
            beyond = asyncio.create_task(self.kring.log.wait_beyond(position, HEARTBEAT))
            await asyncio.wait({beyond, gone}, return_when=asyncio.FIRST_COMPLETED)
            moved = beyond.done() and beyond.result()
            beyond.cancel()
            if self.kring.log.times_gone_back != gone_back or not await self._still_known():
                return
            if not moved:
                if await self.kring.log.head() < position:  # lost before this process had seen what got lost
                    return
                yield b": still here\n\n"
                continue
            try:
                async with self._streams.looking:
                    now = await self.look()
            except Lagging:  # what was told before is not known to be wrong
                continue
            if now.status != HTTPStatus.OK:
                return
            position = now.position
            if now.digest != said:
                said = now.digest
                yield _event(now)
            del now

    async def look(self) -> Answer:
        """Ask the read once, of views that have come as far as the log. Raises `Lagging`."""
        answer = Answer(await self.kring.log.head())
        await self.kring.views.wait(answer.position, VIEWS_TIMEOUT_S)

        async def keep(message: Message) -> None:
            answer.messages.append(message)

        whole = [one for one in self.scope["headers"] if one[0] != b"if-none-match"]
        scope = {**self.scope, "headers": whole, "state": _copied(self._state)}
        await self.app(cast("Scope", scope), _nothing, keep)
        return answer

    async def _still_known(self) -> bool:
        """Whether the token is valid still; from now on the caller's rights are those of this moment."""
        caller = await caller_of(self.request)
        if caller is None:
            return False
        cast("dict[str, object]", self.scope)["user"] = caller
        return True


def watch_reads(api: Router) -> None:
    """Wrap every read of this router that is marked as `WATCHED`."""
    for route in api.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if HttpMethod.GET in handler.http_methods and handler.opt.get("watched"):
                handler.middleware = [*(handler.middleware or ()), Watched]


def _event(answer: Answer) -> bytes:
    return b"id: %d\nevent: changed\ndata: %s\n\n" % (answer.position, in_one_line(answer.body))


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: copy(value) for name, value in state.items()}


async def _ends(gone: asyncio.Task[None], seconds: float) -> bool:
    """Wait for so long, or until the client is gone; whether it is."""
    await asyncio.wait({gone}, timeout=seconds)
    return gone.done()


async def _gone(receive: Receive) -> None:
    """Wait until the client is."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing() -> Any:
    """A request without content."""
    return {"type": "http.request", "body": b"", "more_body": False}
