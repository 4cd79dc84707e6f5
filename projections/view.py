"""Views: rows by key, folded from events. No IO: the projector and time travel load and store the rows."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from domain.foundation import Event

Row = TypeVar("Row", bound=Struct)


class CannotFold(Exception):
    """A view cannot fold an event. `because`: the class of the error, never its message, which may quote data."""

    def __init__(self, view: str, position: int, because: str) -> None:
        super().__init__(f"{view} cannot fold event {position}: {because}")
        self.view, self.position, self.because = view, position, because


class EventMetadata(NamedTuple):
    """Metadata of a recorded event. `occurred_at`: the time at which it happened, if somebody stated that (rule 26)."""

    position: int
    recorded_at: datetime
    actor: str = ""
    occurred_at: datetime | None = None

    @property
    def stated_at(self) -> datetime:
        """The time at which it happened, else that of recording. Never decides about a deadline, a quorum or an order."""
        return self.occurred_at or self.recorded_at


class On(NamedTuple):
    """The effect of one event type on a view. `keys`: of the rows that change; `fold`: the next row, None to delete it."""

    keys: Callable[[Any], Iterable[str]]
    fold: Callable[[Any, Any, EventMetadata], Any]


@dataclass(frozen=True, eq=False)
class View(Generic[Row]):
    """A table of `row`s and the effect of each event type on it; types that are not in `takes` have none.

    The key of a row is the id, or ids joined by `/`, in its fields `key`, the most specific first. Every event that changes the
    row concerns all these ids, so the events with those tags suffice to fold it (`tags_of`).
    """

    name: str
    row: type[Row]
    takes: Mapping[type[Event], On]
    key: tuple[str, ...] = ("id",)

    def key_of(self, row: Row) -> str:
        """The key of a row: its fields `key`, joined."""
        return "/".join(getattr(row, one) for one in self.key)


def tags_of(key: str) -> list[str]:
    """The tags of every event that changes the row of this key."""
    return key.split("/")


def fold_events(
    view: View[Row],
    events: Iterable[tuple[Event, EventMetadata]],
    rows: Mapping[str, Row] | None = None,
    *,
    only: Container[str] | None = None,
) -> dict[str, Row]:
    """Fold `events` into `rows`, and return the rows after them. The tables, rebuilds and time travel all use this.

    `only`: fold only the rows of these keys. Required if `events` are those of their tags, since other rows would be incomplete.
    Raises `CannotFold`.
    """
    now = dict(rows or {})
    for event, metadata in events:
        on = view.takes.get(type(event))
        if on is None:
            continue
        try:
            for key in on.keys(event):
                if only is not None and key not in only:
                    continue
                row = on.fold(now.get(key), event, metadata)
                if row is None:
                    now.pop(key, None)
                else:
                    now[key] = row
        except Exception as error:
            raise CannotFold(view.name, metadata.position, type(error).__name__) from error
    return now


def keys_of(view: View[Any], events: Iterable[tuple[Event, EventMetadata]]) -> set[str]:
    """The keys of the rows that these events change. Raises `CannotFold`."""
    found = set[str]()
    for event, metadata in events:
        try:
            found.update(view.takes[type(event)].keys(event))
        except Exception as error:
            raise CannotFold(view.name, metadata.position, type(error).__name__) from error
    return found


def one_row(*fields: str) -> Callable[[Event], list[str]]:
    """Keys: one row, by these fields of the event joined by `/`; none if one of the fields is None."""

    def keys(event: Event) -> list[str]:
        values = [getattr(event, one) for one in fields]
        return [] if None in values else ["/".join(values)]

    return keys


def ids(*fields: str) -> dict[str, str]:
    """The names of id fields in JSON and SQL, for `rename`: `team` becomes `team_id`, and `teams` becomes `team_ids`."""
    return {one: f"{one[:-1]}_ids" if one.endswith("s") else f"{one}_id" for one in fields}


def uid(name: str) -> str:
    """The UID of a calendar entry, which never changes (rule 15; RFC 5545 §3.8.4.7)."""
    return f"{name}@kring"


def row_per_id(field: str) -> Callable[[Event], list[str]]:
    """Keys: a row for each id in this field of the event."""

    def keys(event: Event) -> list[str]:
        return list(getattr(event, field))

    return keys


def row_per_field(*fields: str) -> Callable[[Event], list[str]]:
    """Keys: a row for the id in each of these fields that is not None."""

    def keys(event: Event) -> list[str]:
        return [one for one in (getattr(event, field) for field in fields) if one is not None]

    return keys
