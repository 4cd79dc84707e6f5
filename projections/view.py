"""What a view is: rows by key, folded from events. No IO: the projector and time travel bring the rows and take them away."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from domain.foundation import Event

Row = TypeVar("Row", bound=Struct)


class CannotFold(Exception):
    """A view did not take an event: which view, where, and the kind of error, without its content."""

    def __init__(self, view: str, position: int, because: str) -> None:
        super().__init__(f"{view} cannot take the fact at {position}: {because}")
        self.view, self.position, self.because = view, position, because


class EventMetadata(NamedTuple):
    """Where and when an event stands in the log, who did it, and when it happened if somebody stated that (rule 26)."""

    position: int
    recorded_at: datetime
    actor: str = ""
    occurred_at: datetime | None = None

    @property
    def stated_at(self) -> datetime:
        """When it happened, as far as anyone said; never for a deadline, a quorum or an order."""
        return self.occurred_at or self.recorded_at


class On(NamedTuple):
    """What one kind of event does to a view: which rows it touches, and the next state of each (`None`: the row goes)."""

    keys: Callable[[Any], Iterable[str]]
    fold: Callable[[Any, Any, EventMetadata], Any]


@dataclass(frozen=True, eq=False)
class View(Generic[Row]):
    """A table of `row`s and what each kind of event does to it; a kind that is not in `takes` does nothing.

    A row's key is the id, or ids joined by `/`, in its fields `key`, the most specific first. Every event that touches the row
    concerns them all, so that the row can be told from the events under those tags alone (`tags_of`).
    """

    name: str
    row: type[Row]
    takes: Mapping[type[Event], On]
    key: tuple[str, ...] = ("id",)

    def key_of(self, row: Row) -> str:
        """The key of a row: its fields `key`, joined."""
        return "/".join(getattr(row, one) for one in self.key)


def tags_of(key: str) -> list[str]:
    """The tags under which every event stands that a row of this key rests on."""
    return key.split("/")


def replay(
    view: View[Row],
    events: Iterable[tuple[Event, EventMetadata]],
    rows: Mapping[str, Row] | None = None,
    *,
    only: Container[str] | None = None,
) -> dict[str, Row]:
    """The rows after `events`: all that live tables, rebuilds and time travel ever do, differing only in where rows live.

    `only` these keys, where the events are those under their tags: other rows that they touch too are not whole.
    """
    now = dict(rows or {})
    for event, moment in events:
        on = view.takes.get(type(event))
        if on is None:
            continue
        try:
            for key in on.keys(event):
                if only is not None and key not in only:
                    continue
                row = on.fold(now.get(key), event, moment)
                if row is None:
                    now.pop(key, None)
                else:
                    now[key] = row
        except Exception as error:
            raise CannotFold(view.name, moment.position, type(error).__name__) from error
    return now


def keys_of(view: View[Any], events: Iterable[tuple[Event, EventMetadata]]) -> set[str]:
    """The keys of the rows that these events touch. Raises `CannotFold`."""
    found = set[str]()
    for event, moment in events:
        try:
            found.update(view.takes[type(event)].keys(event))
        except Exception as error:
            raise CannotFold(view.name, moment.position, type(error).__name__) from error
    return found


def its(*fields: str) -> Callable[[Event], list[str]]:
    """Keys: one row, named by these fields of the event joined by `/`; none where one of them is None."""

    def keys(event: Event) -> list[str]:
        values = [getattr(event, one) for one in fields]
        return [] if None in values else ["/".join(values)]

    return keys


def ids(*fields: str) -> dict[str, str]:
    """How fields that hold ids are called outside, for `rename`: `team` is `team_id` there, and `teams` is `team_ids`."""
    return {one: f"{one[:-1]}_ids" if one.endswith("s") else f"{one}_id" for one in fields}


def uid(name: str) -> str:
    """A calendar's name for something: the same for ever (rule 15; RFC 5545 §3.8.4.7)."""
    return f"{name}@kring"


def each(field: str) -> Callable[[Event], list[str]]:
    """Keys: one row for each id in this field of the event."""

    def keys(event: Event) -> list[str]:
        return list(getattr(event, field))

    return keys


def both(*fields: str) -> Callable[[Event], list[str]]:
    """Keys: one row for the id in each of these fields, where it is not None."""

    def keys(event: Event) -> list[str]:
        return [one for one in (getattr(event, field) for field in fields) if one is not None]

    return keys
