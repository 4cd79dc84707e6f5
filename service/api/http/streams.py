"""Streams: answers that go on for as long as a client listens. One process keeps so many of them, and so many of one token."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from litestar import HttpMethod, Request, Router
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from domain.foundation import Caller, Refusal, Text
from service.api.http.negotiation import JSON, negotiated
from service.config import Limits

MAX_LOOKS = 8
"""Watchers that read again at the same moment: a change wakes all of them, and requests are served in between."""


class TooManyStreams(Refusal):
    """This token has as many streams open as one may have."""

    CODE = "too-many-streams"
    STATUS = 429
    TEXT = Text(
        en="You follow too many things at once. Close some of them, and try again.",
        nl="Je volgt te veel dingen tegelijk. Sluit er een paar en probeer het opnieuw.",
    )


class StreamsFull(Refusal):
    """This process keeps as many streams open as it can."""

    CODE = "streams-full"
    STATUS = 503
    TEXT = Text(
        en="Too many people follow along at the moment. Try again.",
        nl="Er kijken nu te veel mensen mee. Probeer het opnieuw.",
    )


class Streams:
    """The streams that one process has open, by token."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()
        self.looking = asyncio.Semaphore(MAX_LOOKS)

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open.total()

    @contextmanager
    def opened(self, token: str) -> Generator[None]:
        """One more while the body runs. Raises `TooManyStreams`, `StreamsFull`."""
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


class Counted:
    """Wraps the handler of a read that can be a stream, and counts those who ask for one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, if there is room. Raises `TooManyStreams`, `StreamsFull`."""
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
    for route in api.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if HttpMethod.GET in handler.http_methods and handler.opt.get("streams"):
                handler.middleware = [Counted, *(handler.middleware or ())]
