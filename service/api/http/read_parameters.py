"""What a read may state in its query: how far the views must have come, as of when, which part of a list."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar

from litestar import Request
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Meta, ValidationError, convert

from domain.foundation import SUFFIX, NotFound, Refusal, Text
from service.api.http.bodies import BadText

Item = TypeVar("Item")

LATEST = 2**53 - 1  # positions are integers of JSON
POSITION = re.compile("0|[1-9][0-9]*")
NO_PLACE = Text(en="is none of this list: hand in its `next`", nl="is geen plaats in deze lijst: geef `next` ervan op")
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


class Reading(NamedTuple):
    """How one thing is read: from views that have come to `at_least`, or as it was at a position or moment."""

    at_least: int | None = None
    as_of: int | datetime | None = None


class Listing(NamedTuple):
    """Which part of a list, and how it is read: at most `limit` rows after the key `cursor`."""

    cursor: str = ""
    limit: int = 50
    at_least: int | None = None
    as_of: int | datetime | None = None

    @property
    def reading(self) -> Reading:
        """How the list is read, and the thing of which it is one."""
        return Reading(self.at_least, self.as_of)


def require_offered(request: Request[Any, Any, Any]) -> None:
    """Who asks for the past is never shown the present. Raises `AsOfNotOffered`."""
    if not request.scope["query_string"]:
        return
    asked_for = request.route_handler.parsed_fn_signature.parameters
    if "as_of" in request.query_params and not asked_for.keys() & OFFERING:
        raise AsOfNotOffered(field="as_of")


def reading(at_least: Position = None, as_of: AsOf = None) -> Reading:
    """Read `at_least` and `as_of`. Raises `BadText`."""
    return Reading(at_least, None if as_of is None else position_or_moment(as_of))


def listing(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None, as_of: AsOf = None) -> Listing:
    """Read which part of a list, and how. Raises `BadText`."""
    return current(cursor, limit, at_least)._replace(as_of=reading(at_least, as_of).as_of)


def current(cursor: Cursor = "", limit: Limit = 50, at_least: Position = None) -> Listing:
    """Read which part of a list that is shown as it is now only, since nothing bounds it. Raises `BadText`."""
    return Listing(cursor, limit, at_least)


def position(text: str) -> int | None:
    """The position that a text names; None where it names none."""
    return int(text) if POSITION.fullmatch(text) and int(text) <= LATEST else None


def started_after(after: int | None, cursor: int | None) -> int:
    """The position after which to read, which has two names. Raises `BadText`."""
    if after is not None and cursor is not None:
        raise BadText("cursor", TWO_PLACES)
    return after or cursor or 0


def require_place(cursor: str, shape: re.Pattern[str]) -> None:
    """Raises `BadText` for a cursor that no list of this shape has given out."""
    if cursor and not shape.fullmatch(cursor):
        raise BadText("cursor", NO_PLACE)


@cache
def of_ids(kind: str) -> re.Pattern[str]:
    """The shape of a place in a list that is ordered by ids of one kind."""
    return re.compile(f"{kind}_{SUFFIX}")


def part_of(
    found: Sequence[Item], listing: Listing, place: Callable[[Item], str], shape: re.Pattern[str]
) -> tuple[list[Item], str | None]:
    """A part of a list that is whole in memory, in order of `place`: what stands after the cursor, and the next cursor.

    `shape`: what every place looks like. Raises `BadText`.
    """
    require_place(listing.cursor, shape)
    later = [one for one in found if place(one) > listing.cursor]
    shown = later[: listing.limit]
    return shown, place(shown[-1]) if len(later) > listing.limit else None


def only(found: Iterable[Item]) -> Item:
    """The one that was found. Raises `NotFound`."""
    for one in found:
        return one
    raise NotFound


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
