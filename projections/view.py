"""What a view is: rows by key, folded from facts. No IO: the projector and time travel bring the rows and take them away."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from domain.foundation import Fact

Row = TypeVar("Row", bound=Struct)


class CannotFold(Exception):
    """A view did not take a fact: which view, where, and the kind of error, without its content."""

    def __init__(self, view: str, position: int, because: str) -> None:
        super().__init__(f"{view} cannot take the fact at {position}: {because}")
        self.view, self.position, self.because = view, position, because


class Moment(NamedTuple):
    """Where and when a fact stands in the log, who did it, and when it happened if somebody stated that (rule 26)."""

    position: int
    recorded_at: datetime
    actor: str = ""
    occurred_at: datetime | None = None

    @property
    def stated_at(self) -> datetime:
        """When it happened, as far as anyone said; never for a deadline, a quorum or an order."""
        return self.occurred_at or self.recorded_at


class On(NamedTuple):
    """What one kind of fact does to a view: which rows it touches, and the next state of each (`None`: the row goes)."""

    keys: Callable[[Any], Iterable[str]]
    fold: Callable[[Any, Any, Moment], Any]


@dataclass(frozen=True, eq=False)
class View(Generic[Row]):
    """A table of `row`s and what each kind of fact does to it; a kind that is not in `takes` does nothing.

    A row's key is the id, or ids joined by `/`, in its fields `key`, the most specific first. Every fact that touches the row
    concerns them all, so that the row can be told from the facts under those tags alone (`tags_of`).
    """

    name: str
    row: type[Row]
    takes: Mapping[type[Fact], On]
    key: tuple[str, ...] = ("id",)

    def key_of(self, row: Row) -> str:
        """The key of a row: its fields `key`, joined."""
        return "/".join(getattr(row, one) for one in self.key)


def tags_of(key: str) -> list[str]:
    """The tags under which every fact stands that a row of this key rests on."""
    return key.split("/")


def replay(
    view: View[Row],
    facts: Iterable[tuple[Fact, Moment]],
    rows: Mapping[str, Row] | None = None,
    *,
    only: Container[str] | None = None,
) -> dict[str, Row]:
    """The rows after `facts`: all that live tables, rebuilds and time travel ever do, differing only in where rows live.

    `only` these keys, where the facts are those under their tags: other rows that they touch too are not whole.
    """
    now = dict(rows or {})
    for fact, moment in facts:
        on = view.takes.get(type(fact))
        if on is None:
            continue
        try:
            for key in on.keys(fact):
                if only is not None and key not in only:
                    continue
                row = on.fold(now.get(key), fact, moment)
                if row is None:
                    now.pop(key, None)
                else:
                    now[key] = row
        except Exception as error:
            raise CannotFold(view.name, moment.position, type(error).__name__) from error
    return now


def keys_of(view: View[Any], facts: Iterable[tuple[Fact, Moment]]) -> set[str]:
    """The keys of the rows that these facts touch. Raises `CannotFold`."""
    found = set[str]()
    for fact, moment in facts:
        try:
            found.update(view.takes[type(fact)].keys(fact))
        except Exception as error:
            raise CannotFold(view.name, moment.position, type(error).__name__) from error
    return found


def its(*fields: str) -> Callable[[Fact], list[str]]:
    """Keys: one row, named by these fields of the fact joined by `/`; none where one of them is None."""

    def keys(fact: Fact) -> list[str]:
        values = [getattr(fact, one) for one in fields]
        return [] if None in values else ["/".join(values)]

    return keys


def ids(*fields: str) -> dict[str, str]:
    """How fields that hold ids are called outside, for `rename`: `team` is `team_id` there, and `teams` is `team_ids`."""
    return {one: f"{one[:-1]}_ids" if one.endswith("s") else f"{one}_id" for one in fields}


def uid(name: str) -> str:
    """A calendar's name for something: the same for ever (rule 15; RFC 5545 §3.8.4.7)."""
    return f"{name}@kring"


def each(field: str) -> Callable[[Fact], list[str]]:
    """Keys: one row for each id in this field of the fact."""

    def keys(fact: Fact) -> list[str]:
        return list(getattr(fact, field))

    return keys


def both(*fields: str) -> Callable[[Fact], list[str]]:
    """Keys: one row for the id in each of these fields, where it is not None."""

    def keys(fact: Fact) -> list[str]:
        return [one for one in (getattr(fact, field) for field in fields) if one is not None]

    return keys
