"""What was read before is not sent again: every answer to a read has an entity tag (RFC 9110 §8.8.3), made of its bytes."""

import re
from hashlib import blake2b
from http import HTTPStatus

from litestar import HttpMethod, Router
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Message, Receive, Scope, Send

IF_NONE_MATCH = "If-None-Match"
TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
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

        async def tagging(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_kept(message):
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                start, message = _tagged(scope, start, message)
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, tagging)


def tag_reads(api: Router) -> None:
    """Wrap every read of this router, and nothing else: commands do not pass here."""
    for route in api.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if HttpMethod.GET in handler.http_methods:
                handler.middleware = [ETags]


def matches(stated: bytes, tag: bytes) -> bool:
    """Whether `If-None-Match` names this tag, or any (RFC 9110 §13.1.2): compared weakly, by what stands in the quotes."""
    return stated.strip() == b"*" or tag in TAG.findall(stated)


def _is_kept(start: HTTPResponseStartEvent) -> bool:
    return start["status"] == HTTPStatus.OK and all(name.lower() != b"cache-control" for name, _ in start["headers"])


def _tagged(
    scope: Scope, start: HTTPResponseStartEvent, body: HTTPResponseBodyEvent
) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
    """The answer with its tag; 304 and without content to whom has it already."""
    if body["more_body"]:
        return start, body
    tag = b'"%s"' % blake2b(body["body"], digest_size=16).hexdigest().encode()
    headers = [*start["headers"], *KEPT, (b"etag", tag)]
    stated = b", ".join(value for name, value in scope["headers"] if name == IF_NONE_MATCH.lower().encode())
    if not matches(stated, tag):
        return {**start, "headers": headers}, body
    told = [one for one in headers if one[0].lower() not in OF_CONTENT]
    return {**start, "status": HTTPStatus.NOT_MODIFIED, "headers": told}, {**body, "body": b""}
