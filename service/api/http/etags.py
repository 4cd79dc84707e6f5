"""Entity tags (RFC 9110 §8.8.3) of all answers to reads, computed from their bytes, so that an unchanged answer is not resent."""

from hashlib import blake2b
from http import HTTPStatus
from typing import Any, cast

from litestar import Request, Router
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
from service.api.http.routes import etag_of, joined_header, read_handlers

CONTENT_HEADERS = {b"content-type", b"content-length"}
CACHE_HEADERS = [(b"cache-control", b"private, no-cache"), (b"vary", b"Authorization, Accept, Accept-Language")]
"""An answer may be cached for its caller only, and must be revalidated each time."""


class ETags:
    """Middleware around the handler of a read. Streams, problems and answers with a Cache-Control of their own pass unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold back the start of an answer until its content is there to compute the tag from."""
        start: HTTPResponseStartEvent | None = None
        holds_if_match = True

        async def tagging(message: Message) -> None:
            nonlocal start, holds_if_match
            if not holds_if_match:
                return
            if message["type"] == "http.response.start" and _is_cacheable(message):
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                start, message = _tagged(scope, start, message)
                holds_if_match = holds(joined_header(scope, IF_MATCH), None, etag_of(start))
                if not holds_if_match:
                    return
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, tagging)
        if not holds_if_match:
            request = Request[Any, Any, Any](cast("HTTPScope", scope))
            await language_of(request)
            problem = of_refusal(request, PreconditionFailed())
            await problem.to_asgi_response(None, request)(scope, receive, send)  # pyright: ignore[reportUnknownMemberType]  of any request


def tag_reads(api: Router) -> None:
    """Wrap every read of this router."""
    for handler in read_handlers(api):
        handler.middleware = [ETags]


def _is_cacheable(start: HTTPResponseStartEvent) -> bool:
    return start["status"] == HTTPStatus.OK and all(name.lower() != b"cache-control" for name, _ in start["headers"])


def _tagged(
    scope: Scope, start: HTTPResponseStartEvent, body: HTTPResponseBodyEvent
) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
    """The answer with its tag; 304 without content if the client has it already."""
    if body["more_body"]:
        return start, body
    tag = f'"{blake2b(body["body"], digest_size=16).hexdigest()}"'
    headers = [*start["headers"], *CACHE_HEADERS, (b"etag", tag.encode())]
    if holds(None, joined_header(scope, IF_NONE_MATCH), tag):
        return {**start, "headers": headers}, body
    headers = [one for one in headers if one[0].lower() not in CONTENT_HEADERS]
    return {**start, "status": HTTPStatus.NOT_MODIFIED, "headers": headers}, {**body, "body": b""}
