"""What was read before is not sent again: every answer to a read has an entity tag (RFC 9110 §8.8.3), made of its bytes."""

from hashlib import blake2b
from http import HTTPStatus
from typing import Any, cast

from litestar import HttpMethod, Request, Router
from litestar.routes import HTTPRoute
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from service.api.http.negotiation import language_of
from service.api.http.preconditions import IF_MATCH, IF_NONE_MATCH, PreconditionFailed, holds
from service.api.http.problems import of_refusal

OF_CONTENT = {b"content-type", b"content-length"}
KEPT = [(b"cache-control", b"private, no-cache"), (b"vary", b"Authorization, Accept, Accept-Language")]
"""Whoever keeps an answer keeps it for this caller alone, and asks each time whether it is still so."""


class ETags:
    """Wraps the handler of a read. Streams, problems, and answers that say themselves how they may be kept pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold back the beginning of an answer until there is its content to tag."""
        start: HTTPResponseStartEvent | None = None
        presumed = True

        async def tagging(message: Message) -> None:
            nonlocal start, presumed
            if not presumed:
                return
            if message["type"] == "http.response.start" and _is_kept(message):
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                start, message = _tagged(scope, start, message)
                presumed = holds(_stated(scope, IF_MATCH), None, _tag_of(start))
                if not presumed:
                    return
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, tagging)
        if not presumed:
            request = Request[Any, Any, Any](cast("HTTPScope", scope))
            await language_of(request)
            problem = of_refusal(request, PreconditionFailed())
            await problem.to_asgi_response(None, request)(scope, receive, send)  # pyright: ignore[reportUnknownMemberType]  of any request


def tag_reads(api: Router) -> None:
    """Wrap every read of this router, and nothing else: commands do not pass here."""
    for route in api.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if HttpMethod.GET in handler.http_methods:
                handler.middleware = [ETags]


def _is_kept(start: HTTPResponseStartEvent) -> bool:
    return start["status"] == HTTPStatus.OK and all(name.lower() != b"cache-control" for name, _ in start["headers"])


def _tagged(
    scope: Scope, start: HTTPResponseStartEvent, body: HTTPResponseBodyEvent
) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
    """The answer with its tag; 304 and without content to whom has it already."""
    if body["more_body"]:
        return start, body
    tag = f'"{blake2b(body["body"], digest_size=16).hexdigest()}"'
    headers = [*start["headers"], *KEPT, (b"etag", tag.encode())]
    if holds(None, _stated(scope, IF_NONE_MATCH), tag):
        return {**start, "headers": headers}, body
    told = [one for one in headers if one[0].lower() not in OF_CONTENT]
    return {**start, "status": HTTPStatus.NOT_MODIFIED, "headers": told}, {**body, "body": b""}


def _tag_of(start: HTTPResponseStartEvent) -> str | None:
    return next((value.decode() for name, value in start["headers"] if name == b"etag"), None)


def _stated(scope: Scope, name: str) -> str | None:
    """A header that is a list, whole; None without it."""
    lines = [value.decode("latin-1") for header, value in scope["headers"] if header == name.lower().encode()]
    return ", ".join(lines) if lines else None
