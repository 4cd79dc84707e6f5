"""Routes and requests of Litestar, for the middleware and for requests that the API makes to itself."""

from collections.abc import Iterator
from typing import Any

from litestar import HttpMethod, Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import HTTPResponseStartEvent, Scope


def read_handlers(router: Router) -> Iterator[HTTPRouteHandler]:
    """The handlers of all reads of a router."""
    for route in router.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if HttpMethod.GET in handler.http_methods:
                yield handler


async def no_content() -> Any:
    """The `receive` of a request without content."""
    return {"type": "http.request", "body": b"", "more_body": False}


def joined_header(scope: Scope, name: str) -> str | None:
    """All lines of a header that is a list, joined (RFC 9110 §5.3); None without it."""
    lines = [value.decode("latin-1") for header, value in scope["headers"] if header == name.lower().encode()]
    return ", ".join(lines) if lines else None


def etag_of(start: HTTPResponseStartEvent) -> str | None:
    """The entity tag of an answer; None if it has none."""
    return next((value.decode("latin-1") for name, value in start["headers"] if name.lower() == b"etag"), None)
