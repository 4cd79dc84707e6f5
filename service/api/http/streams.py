"""Streams: answers that last as long as a client listens. Their number is limited, per process and per token."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from litestar import Request, Router
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from domain.foundation import Caller, Refusal, Text
from service.api.http.negotiation import JSON, negotiated
from service.api.http.routes import read_handlers
from service.config import Limits

MAX_CONCURRENT_READS = 8
"""Watchers that read again at the same time: a change wakes all of them, and other requests must be served in between."""


class TooManyStreams(Refusal):
    """This token has the maximum number of streams open."""

    CODE = "too-many-streams"
    STATUS = 429
    TEXT = Text(
        en="You have too many streams open. Close some of them and try again.",
        nl="Je hebt te veel streams open. Sluit er een paar en probeer het opnieuw.",
    )


class StreamsFull(Refusal):
    """This process has the maximum number of streams open."""

    CODE = "streams-full"
    STATUS = 503
    TEXT = Text(
        en="Too many streams are open at the moment. Try again.",
        nl="Er zijn op dit moment te veel streams open. Probeer het opnieuw.",
    )


class Streams:
    """The streams that one process has open, by token."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()
        self.read_slots = asyncio.Semaphore(MAX_CONCURRENT_READS)

    @property
    def open(self) -> int:
        """The number of open streams."""
        return self._open.total()

    @contextmanager
    def opened(self, token: str) -> Generator[None]:
        """Count one more stream while the body of the `with` runs. Raises `TooManyStreams`, `StreamsFull`."""
        if self._open[token] >= self._limits.streams_per_caller:
            raise TooManyStreams
        if self.open >= self._limits.streams:
            raise StreamsFull
        self._open[token] += 1
        try:
            yield
        finally:
            self._open[token] -= 1
            if not self._open[token]:
                del self._open[token]


class StreamLimit:
    """Middleware around the handler of a read that can be a stream; limits the number of streams."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless there are too many streams. Raises `TooManyStreams`, `StreamsFull`."""
        request = Request[Caller, Any, Any](cast("HTTPScope", scope))
        streamed = request.route_handler.opt["streams"]
        if negotiated(request, (JSON, *streamed)) not in streamed:
            await self.app(scope, receive, send)
            return
        streams: Streams = request.app.state.streams
        with streams.opened(request.user.via):
            await self.app(scope, receive, send)


def count_streams(api: Router) -> None:
    """Wrap every read of this router that can be a stream."""
    for handler in read_handlers(api):
        if handler.opt.get("streams"):
            handler.middleware = [StreamLimit, *(handler.middleware or ())]
