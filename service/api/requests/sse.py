"""Reads that can be watched: a client that accepts server-sent events gets the answer, and again each time that it changes.

The read is repeated each time with the caller's rights at that time, so an event holds what a GET would answer.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, cast

from litestar import Request, Router
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.foundation import Caller
from service.api.http.json_lines import in_one_line
from service.api.http.negotiation import JSON, negotiated
from service.api.http.routes import no_content, read_handlers
from service.api.http.streams import Streams
from service.auth.middleware import caller_of
from service.kring import Kring
from service.reading.reader import VIEWS_TIMEOUT_S, ViewsLag
from service.store.views.view_store import Lagging

EVENT_STREAM = "text/event-stream"
WATCHED = {"streams": (EVENT_STREAM,), "watched": True}
"""Option (`opt`) of a handler whose read can be watched."""
HEARTBEAT_S = 15.0
"""Silence after which a comment shows that the connection is alive."""
MIN_READ_INTERVAL_S = 0.5
"""Time between two reads, however many events there are."""
HEADERS = [
    (b"content-type", EVENT_STREAM.encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization, Accept"),
    (b"x-accel-buffering", b"no"),
]


class Watchable:
    """Middleware for a read that can be watched. Other requests pass unchanged, and so does a refusal of the first read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer once, or stream answers until the client disconnects, its token ends or it may not read this any more."""
        request = Request[Caller, Any, Any](cast("HTTPScope", scope))
        offered = (JSON,) if "as_of" in request.query_params else (JSON, EVENT_STREAM)
        if negotiated(request, offered) == JSON:
            await self.app(scope, receive, send)
            return
        watching = Watcher(self.app, scope, request)
        try:
            first = await watching.read()
        except Lagging:
            raise ViewsLag from None
        if first.status != HTTPStatus.OK:
            await first.send_to(send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": _event(first), "more_body": True})
        position, last_digest = first.position, first.digest
        del first  # the stream may go on for hours, and the answer may be large
        disconnected = asyncio.create_task(_disconnection(receive), name="kring watcher")
        try:
            async with aclosing(watching.events(position, last_digest, disconnected)) as events:
                async for one in events:
                    await send({"type": "http.response.body", "body": one, "more_body": True})
        finally:
            disconnected.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass
class Answer:
    """The answer of a read, as of `position` at least."""

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
        """A short digest that distinguishes it from other answers."""
        return blake2b(self.body, digest_size=16).digest()

    async def send_to(self, send: Send) -> None:
        """Pass the answer on unchanged."""
        for one in self.messages:
            await send(one)


class Watcher:
    """One client that watches one resource."""

    def __init__(self, app: ASGIApp, scope: Scope, request: Request[Caller, Any, Any]) -> None:
        self.app, self.scope, self.request = app, scope, request
        self.kring: Kring = request.app.state.kring
        self._streams: Streams = request.app.state.streams
        self._state = _copied(scope["state"])
        """A copy, because Litestar notes in the state that an answer has begun, and each read begins one."""

    async def events(
        self, position: int, last_digest: bytes, disconnected: asyncio.Task[None]
    ) -> AsyncGenerator[bytes]:
        """Every answer that differs from the one before it, as server-sent events. `last_digest`: of the first answer.

        Ends when the log is restored to an earlier state, like the feed; a client that reconnects gets the current answer.
        """
        restored = self.kring.log.times_restored
        while not await _ends(disconnected, MIN_READ_INTERVAL_S):
            beyond = asyncio.create_task(self.kring.log.wait_beyond(position, HEARTBEAT_S))
            await asyncio.wait({beyond, disconnected}, return_when=asyncio.FIRST_COMPLETED)
            moved = beyond.done() and beyond.result()
            beyond.cancel()
            if self.kring.log.times_restored != restored or not await self._still_known():
                return
            if not moved:
                if await self.kring.log.head() < position:  # restored, and this process had not read what was lost
                    return
                yield b": still here\n\n"
                continue
            try:
                async with self._streams.read_slots:
                    now = await self.read()
            except Lagging:  # the last answer may still be right
                continue
            if now.status != HTTPStatus.OK:
                return
            position = now.position
            if now.digest != last_digest:
                last_digest = now.digest
                yield _event(now)
            del now

    async def read(self) -> Answer:
        """Read once, from views that have reached the head of the log. Raises `Lagging`."""
        answer = Answer(await self.kring.log.head())
        await self.kring.views.wait(answer.position, VIEWS_TIMEOUT_S)

        async def keep(message: Message) -> None:
            answer.messages.append(message)

        headers = [one for one in self.scope["headers"] if one[0] != b"if-none-match"]
        scope = {**self.scope, "headers": headers, "state": _copied(self._state)}
        await self.app(cast("Scope", scope), no_content, keep)
        return answer

    async def _still_known(self) -> bool:
        """Whether the token is still valid; if it is, the next read has the caller's current rights."""
        caller = await caller_of(self.request)
        if caller is None:
            return False
        cast("dict[str, object]", self.scope)["user"] = caller
        return True


def watch_reads(api: Router) -> None:
    """Wrap every read of this router that is marked as `WATCHED`."""
    for handler in read_handlers(api):
        if handler.opt.get("watched"):
            handler.middleware = [*(handler.middleware or ()), Watchable]


def _event(answer: Answer) -> bytes:
    return b"id: %d\nevent: changed\ndata: %s\n\n" % (answer.position, in_one_line(answer.body))


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: copy(value) for name, value in state.items()}


async def _ends(disconnected: asyncio.Task[None], seconds: float) -> bool:
    """Wait this long, or until the client disconnects; return whether it did."""
    await asyncio.wait({disconnected}, timeout=seconds)
    return disconnected.done()


async def _disconnection(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass
