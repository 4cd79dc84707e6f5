"""Options of a read: the position that views must have reached, the time as of which to read, and the page of a list."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from domain.foundation import SUFFIX, NotFound, Refusal, Text

Item = TypeVar("Item")

MAX_POSITION = 2**53 - 1
"""The largest integer that every JSON implementation represents exactly (RFC 8259 §6)."""
BODY = Text(en="The body", nl="De body")
"""The subject of a sentence about the body as a whole."""
NOT_A_CURSOR = Text(
    en="is not a cursor of this list: use its `next`", nl="is geen cursor van deze lijst: gebruik `next`"
)


class BadText(Refusal):
    """A field with an invalid value: its name, and what is wrong with it."""

    CODE = "invalid-field"
    STATUS = 422
    TEXT = Text(en="{field} {wrong}.", nl="{field} {wrong}.")

    def __init__(self, field: str, wrong: Text) -> None:
        """Make the refusal. `wrong`: a predicate that follows the name of the field; an empty `field` means the body."""
        Exception.__init__(self, f"{field} {wrong.en}")
        self.field = field or None
        subject = Text(field, field) if field else BODY
        self.values = {"field": subject, "wrong": wrong}
        self.sentence = Text(en=f"{subject.en} {wrong.en}.", nl=f"{subject.nl} {wrong.nl}.")


class Page(Struct, Generic[Item]):
    """A page of a list. `next`: the `cursor` of the following page; null at the end."""

    items: list[Item]
    next: str | None


class ReadOptions(NamedTuple):
    """Options of reading one resource: from views that have reached `at_least`, or as of a position or time."""

    at_least: int | None = None
    as_of: int | datetime | None = None


class ListOptions(NamedTuple):
    """Options of reading a list: at most `limit` rows after the key `cursor`, with the options of `ReadOptions`."""

    cursor: str = ""
    limit: int = 50
    at_least: int | None = None
    as_of: int | datetime | None = None

    @property
    def reading(self) -> ReadOptions:
        """The options for reading the resource to which the list belongs."""
        return ReadOptions(self.at_least, self.as_of)


def require_cursor(cursor: str, pattern: re.Pattern[str]) -> None:
    """Raises `BadText` for a cursor that does not have the shape of this list's keys."""
    if cursor and not pattern.fullmatch(cursor):
        raise BadText("cursor", NOT_A_CURSOR)


@cache
def id_pattern(kind: str) -> re.Pattern[str]:
    """The pattern of the keys of a list that is ordered by ids of one kind."""
    return re.compile(f"{kind}_{SUFFIX}")


def page_of(
    found: Sequence[Item], listing: ListOptions, key: Callable[[Item], str], pattern: re.Pattern[str]
) -> tuple[list[Item], str | None]:
    """A page of a list that is in memory in order of `key`: the items after the cursor, and the next cursor.

    `pattern`: of every key. Raises `BadText`.
    """
    require_cursor(listing.cursor, pattern)
    later = [one for one in found if key(one) > listing.cursor]
    shown = later[: listing.limit]
    return shown, key(shown[-1]) if len(later) > listing.limit else None


def only(found: Iterable[Item]) -> Item:
    """The first item. Raises `NotFound`."""
    for one in found:
        return one
    raise NotFound
