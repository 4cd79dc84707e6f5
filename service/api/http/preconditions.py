"""Preconditions of commands (RFC 9110 §13): `If-Match` and `If-None-Match`, checked as part of the command's decision.

A command acts on the resource of its path or, if that cannot be read, on the nearest one above it that can: a POST to
`/challenges/{challenge}/revision` on `/challenges/{challenge}`. The tag that is compared is the one that a GET of that
resource would give the same caller. It is read after the command has loaded its events. The append then depends on every
event of the resource as well as on the command's own boundary, so the resource cannot change between comparison and append.
"""

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, cast

from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope

from domain.foundation import SUFFIX, Refusal, Selector, Text
from service.api.http.routes import etag_of, no_content
from service.commands import Precondition

IF_MATCH: Final = "If-Match"
IF_NONE_MATCH: Final = "If-None-Match"
TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
ID = re.compile(f"[a-z_]+_{SUFFIX}")
OF_THE_COMMAND = {
    b"accept",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"idempotency-key",
    b"if-match",
    b"if-none-match",
    b"last-event-id",
    b"transfer-encoding",
}
"""Headers of the command that do not apply to the read of the resource."""


class PreconditionFailed(Refusal):
    """The precondition of the request does not hold (RFC 9110 §15.5.13)."""

    CODE = "precondition-failed"
    STATUS = 412
    TEXT = Text(
        en="This was changed in the meantime. Look at it again first.",
        nl="Dit is intussen gewijzigd. Bekijk het eerst opnieuw.",
    )


def holds(if_match: str | None, if_none_match: str | None, tag: str | None) -> bool:
    """Whether the preconditions hold for a resource with this tag; None: there is no resource, or it has no tag.

    `If-Match` is compared strongly, so a weak tag never matches; `If-None-Match` weakly (RFC 9110 §8.8.3.2).
    """
    if if_match is not None and not (tag is not None and (_any(if_match) or tag in _tags(if_match, weak=False))):
        return False
    return if_none_match is None or tag is None or not (_any(if_none_match) or tag in _tags(if_none_match, weak=True))


def precondition(request: Request[Any, Any, Any], ready: Callable[[int], Awaitable[object]]) -> Precondition | None:
    """The precondition of a command, if it has one. `ready`: waits until the views have reached a position."""
    if_match, if_none_match = request.headers.get(IF_MATCH), request.headers.get(IF_NONE_MATCH)
    if if_match is None and if_none_match is None:
        return None
    path = target(request)

    async def check(head: int) -> None:
        await ready(head)
        if not holds(if_match, if_none_match, await _tag_of(request, path)):
            raise PreconditionFailed

    ids = [one for one in path.split("/") if ID.fullmatch(one)]
    return Precondition([Selector(types=[], tags=ids[-1:])], check)


def target(request: Request[Any, Any, Any]) -> str:
    """The path of the resource that a command changes."""
    scope = cast("dict[str, str]", request.scope)
    readable: frozenset[str] = request.app.state.readable_paths
    parts = scope["path_template"].rstrip("/").split("/")
    depth = next((n for n in range(len(parts), 0, -1) if _shape("/".join(parts[:n])) in readable), 0)
    return "/".join(scope["path"].rstrip("/").split("/")[:depth])


def readable_paths(app: Litestar) -> frozenset[str]:
    """The paths of this application that answer a GET, their parameters without names."""
    routes = (one for one in app.routes if isinstance(one, HTTPRoute))
    return frozenset(_shape(one.path_format) for one in routes if "GET" in one.methods)


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


async def _tag_of(request: Request[Any, Any, Any], path: str) -> str | None:
    """The tag that a GET of this path would give the same caller; None if it would give none."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    headers = [one for one in request.scope["headers"] if one[0].lower() not in OF_THE_COMMAND]
    scope: dict[str, Any] = {
        **request.scope,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "state": {},
    }
    await request.app(cast("Scope", scope), no_content, keep)
    start = next(one for one in messages if one["type"] == "http.response.start")
    if start["status"] != HTTPStatus.OK:
        return None
    return etag_of(start)


def _any(stated: str) -> bool:
    return stated.strip() == "*"


def _tags(stated: str, *, weak: bool) -> set[str]:
    return {tag for weakness, tag in TAG.findall(stated) if weak or not weakness}
