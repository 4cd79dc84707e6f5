"""Options of a read: how far the views must have come, as of when, which part of a list; and the parts of lists."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from domain.foundation import SUFFIX, NotFound, Refusal, Text

Item = TypeVar("Item")

LATEST = 2**53 - 1  # positions are integers of JSON
BODY = Text(en="The body", nl="Het bericht")
"""The subject of a sentence about the whole of what was sent."""
NO_PLACE = Text(en="is none of this list: hand in its `next`", nl="is geen plaats in deze lijst: geef `next` ervan op")


class BadText(Refusal):
    """A field whose value cannot be taken: its name, and what is wrong with it."""

    CODE = "invalid-field"
    STATUS = 422
    TEXT = Text(en="{field} {wrong}.", nl="{field} {wrong}.")

    def __init__(self, field: str, wrong: Text) -> None:
        """Take what is wrong as a predicate, which follows the name of the field; without a field it is said of the body."""
        Exception.__init__(self, f"{field} {wrong.en}")
        self.field = field or None
        subject = Text(field, field) if field else BODY
        self.events = {"field": subject, "wrong": wrong}
        self.sentence = Text(en=f"{subject.en} {wrong.en}.", nl=f"{subject.nl} {wrong.nl}.")


class Page(Struct, Generic[Item]):
    """A part of a list. `next`: hand it in as `cursor` for the following part; None at the end."""

    items: list[Item]
    next: str | None


class ReadOptions(NamedTuple):
    """Options of reading one thing: from views that have come to `at_least`, or as it was at a position or moment."""

    at_least: int | None = None
    as_of: int | datetime | None = None


class ListOptions(NamedTuple):
    """Options of reading a list: at most `limit` rows after the key `cursor`, and how they are read."""

    cursor: str = ""
    limit: int = 50
    at_least: int | None = None
    as_of: int | datetime | None = None

    @property
    def reading(self) -> ReadOptions:
        """How the list is read, and the thing of which it is one."""
        return ReadOptions(self.at_least, self.as_of)


def require_place(cursor: str, shape: re.Pattern[str]) -> None:
    """Raises `BadText` for a cursor that no list of this shape has given out."""
    if cursor and not shape.fullmatch(cursor):
        raise BadText("cursor", NO_PLACE)


@cache
def of_ids(kind: str) -> re.Pattern[str]:
    """The shape of a place in a list that is ordered by ids of one kind."""
    return re.compile(f"{kind}_{SUFFIX}")


def part_of(
    found: Sequence[Item], listing: ListOptions, place: Callable[[Item], str], shape: re.Pattern[str]
) -> tuple[list[Item], str | None]:
    """A part of a list that is whole in memory, in order of `place`: the items after the cursor, and the next cursor.

    `shape`: the shape of every place. Raises `BadText`.
    """
    require_place(listing.cursor, shape)
    later = [one for one in found if place(one) > listing.cursor]
    shown = later[: listing.limit]
    return shown, place(shown[-1]) if len(later) > listing.limit else None


def only(found: Iterable[Item]) -> Item:
    """The first item. Raises `NotFound`."""
    for one in found:
        return one
    raise NotFound
