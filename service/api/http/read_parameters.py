"""Query parameters of reads: the position that views must have reached, the time as of which to read, the page of a list."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Meta, ValidationError, convert

from domain.foundation import Refusal, Text
from service.reading.options import MAX_POSITION, BadText, ListOptions, ReadOptions

POSITION = re.compile("0|[1-9][0-9]*")
TWO_CURSORS = Text(
    en="cannot be combined with after: send one of them", nl="kan niet samen met after: stuur een van beide"
)
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Position = Annotated[int | None, QueryParameter(ge=0, le=MAX_POSITION)]
Cursor = Annotated[str, QueryParameter(max_length=200)]
AsOf = Annotated[str | None, QueryParameter(max_length=64)]


class AsOfNotOffered(Refusal):
    """The route cannot show the past: only reads with a bounded scope can."""

    CODE = "as-of-not-offered"
    STATUS = 400
    TEXT = Text(en="This can only be shown as it is now.", nl="Dit is alleen te zien zoals het nu is.")


def require_offered(request: Request[Any, Any, Any]) -> None:
    """Raises `AsOfNotOffered` for `as_of` on a route that can only show the present."""
    if not request.scope["query_string"]:
        return
    declared = request.route_handler.parsed_fn_signature.parameters
    if "as_of" in request.query_params and not declared.keys() & WITH_AS_OF:
        raise AsOfNotOffered(field="as_of")


def reading(at_least: Position = None, as_of: AsOf = None) -> ReadOptions:
    """The options from `at_least` and `as_of`. Raises `BadText`."""
    return ReadOptions(at_least, None if as_of is None else position_or_time(as_of))


def listing(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None, as_of: AsOf = None) -> ListOptions:
    """The options for a page of a list. Raises `BadText`."""
    return current(cursor, limit, at_least)._replace(as_of=reading(at_least, as_of).as_of)


def current(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None) -> ListOptions:
    """The options for a page of an unbounded list, which can only be shown as it is now. Raises `BadText`."""
    return ListOptions(cursor, limit, at_least)


def position(text: str) -> int | None:
    """The position that a text names; None if it names none."""
    return int(text) if POSITION.fullmatch(text) and int(text) <= MAX_POSITION else None


def started_after(after: int | None, cursor: int | None) -> int:
    """The position after which to read: `after` or `cursor`. Raises `BadText` if there are both."""
    if after is not None and cursor is not None:
        raise BadText("cursor", TWO_CURSORS)
    return after or cursor or 0


def position_or_time(text: str) -> int | datetime:
    """A position, or an RFC 3339 time with offset. Raises `BadText`."""
    if (named := position(text)) is not None:
        return named
    try:
        return convert(text, Annotated[datetime, Meta(tz=True)]).astimezone(UTC)
    except (ValidationError, OverflowError):
        raise BadText(
            "as_of",
            Text(en="is neither a position nor a time with offset", nl="is geen positie en geen tijdstip met offset"),
        ) from None


DEPENDENCIES = {
    "reading": Provide(reading, sync_to_thread=False),
    "listing": Provide(listing, sync_to_thread=False),
    "current": Provide(current, sync_to_thread=False),
}
"""The dependencies of handlers, by parameter name."""

WITH_AS_OF = {"reading", "listing"}
"""The dependencies that offer `as_of`."""
