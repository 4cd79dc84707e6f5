"""What a read may state in its query: how far the views must have come, as of when, which part of a list."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Meta, ValidationError, convert

from domain.foundation import Refusal, Text
from service.reading.options import LATEST, BadText, ListOptions, ReadOptions

POSITION = re.compile("0|[1-9][0-9]*")
TWO_PLACES = Text(en="stands beside after: hand in one of them", nl="staat naast after: geef een van beide op")
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Position = Annotated[int | None, QueryParameter(ge=0, le=LATEST)]
Cursor = Annotated[str, QueryParameter(max_length=200)]
AsOf = Annotated[str | None, QueryParameter(max_length=64)]


class AsOfNotOffered(Refusal):
    """Only what has a bounded scope can be shown as it was."""

    CODE = "as-of-not-offered"
    STATUS = 400
    TEXT = Text(en="This is shown as it is now only.", nl="Dit is alleen te zien zoals het nu is.")


def require_offered(request: Request[Any, Any, Any]) -> None:
    """Who asks for the past is never shown the present. Raises `AsOfNotOffered`."""
    if not request.scope["query_string"]:
        return
    asked_for = request.route_handler.parsed_fn_signature.parameters
    if "as_of" in request.query_params and not asked_for.keys() & OFFERING:
        raise AsOfNotOffered(field="as_of")


def reading(at_least: Position = None, as_of: AsOf = None) -> ReadOptions:
    """Read `at_least` and `as_of`. Raises `BadText`."""
    return ReadOptions(at_least, None if as_of is None else position_or_moment(as_of))


def listing(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None, as_of: AsOf = None) -> ListOptions:
    """Read which part of a list, and how. Raises `BadText`."""
    return current(cursor, limit, at_least)._replace(as_of=reading(at_least, as_of).as_of)


def current(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None) -> ListOptions:
    """Read which part of a list that is shown as it is now only, since nothing bounds it. Raises `BadText`."""
    return ListOptions(cursor, limit, at_least)


def position(text: str) -> int | None:
    """The position that a text names; None where it names none."""
    return int(text) if POSITION.fullmatch(text) and int(text) <= LATEST else None


def started_after(after: int | None, cursor: int | None) -> int:
    """The position after which to read, which has two names. Raises `BadText`."""
    if after is not None and cursor is not None:
        raise BadText("cursor", TWO_PLACES)
    return after or cursor or 0


def position_or_moment(text: str) -> int | datetime:
    """A position, or an RFC 3339 moment with offset. Raises `BadText`."""
    if (named := position(text)) is not None:
        return named
    try:
        return convert(text, Annotated[datetime, Meta(tz=True)]).astimezone(UTC)
    except (ValidationError, OverflowError):
        raise BadText(
            "as_of",
            Text(en="is neither a position nor a moment with offset", nl="is geen positie en geen tijdstip met offset"),
        ) from None


DEPENDENCIES = {
    "reading": Provide(reading, sync_to_thread=False),
    "listing": Provide(listing, sync_to_thread=False),
    "current": Provide(current, sync_to_thread=False),
}
"""By the names under which handlers ask for them."""

OFFERING = {"reading", "listing"}
"""Who asks for one of these shows how things were."""
