"""Differences between two states of the same things, field by field. Pure: rows come folded, texts sealed or unsealed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from domain.foundation import Money, Sealed
from projections.wording.sentences import hint_of, is_id, item_of, present

NUMBERS = ("key", "number", "version")
"""Fields that distinguish the items of a list if no id does; the first of them that an item has."""

Path: TypeAlias = tuple[str | Struct, ...]
"""The path to a value in a row: field names, and for an item of a list the item itself, in its later state."""


class Changed(NamedTuple):
    """A changed value. `hint`: its declared type."""

    path: Path
    before: Any
    after: Any
    hint: object


class Relisted(NamedTuple):
    """A list with other items, or the same ones in another `order`. `hint`: the declared type of an item.

    The order of items that have an identity is ignored.
    """

    path: Path
    added: tuple[Any, ...]
    gone: tuple[Any, ...]
    order: tuple[Any, ...]
    hint: object


Change: TypeAlias = Changed | Relisted


class Difference(NamedTuple):
    """A thing that appeared (`before` None), is gone (`after` None), or has `changes`."""

    key: str
    before: Struct | None
    after: Struct | None
    changes: tuple[Change, ...] = ()


def differences(before: Mapping[str, Struct], after: Mapping[str, Struct]) -> list[Difference]:
    """The differences between the rows of one view, in order of key."""
    found: list[Difference] = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            found.append(Difference(key, was, now))
        elif changes := tuple(_within(was, now, ())):
            found.append(Difference(key, was, now, changes))
    return found


def values_in(difference: Difference) -> Iterator[tuple[Any, object]]:
    """Every single value that the wording of a difference uses, with its declared type, and the texts of the thing itself."""
    row = difference.after or difference.before
    for field in () if row is None else row.__struct_fields__:
        if isinstance(text := getattr(row, field), Sealed):
            yield text, None
    for change in difference.changes:
        for step in change.path:
            yield from () if isinstance(step, str) else _leaves(step, None)
        match change:
            case Changed(before=before, after=after):
                yield from (leaf for one in (before, after) for leaf in _leaves(one, change.hint))
            case Relisted(added=added, gone=gone, order=order):
                yield from (leaf for one in (*added, *gone, *order) for leaf in _leaves(one, change.hint))


def identity(thing: object) -> tuple[str, ...]:
    """The fields that distinguish an item of a list: its id, else all ids in it, else its number."""
    if not isinstance(thing, Struct):
        return ()
    fields = thing.__struct_fields__
    if "id" in fields:
        return ("id",)
    hints = {one: hint_of(type(thing), one) for one in fields}
    ids = tuple(one for one, hint in hints.items() if is_id(hint))
    return ids or tuple(one for one in NUMBERS if one in fields)[:1]


def _within(before: Struct, after: Struct, path: Path) -> Iterator[Change]:
    for field in before.__struct_fields__:
        hint = present(hint_of(type(before), field))
        yield from _between(getattr(before, field), getattr(after, field), hint, (*path, field))


def _between(before: Any, after: Any, hint: object, path: Path) -> Iterator[Change]:
    if before == after:
        return
    match before, after:
        case (None, ()) | ((), None):  # both mean that there is nothing
            return
        case tuple(), tuple():
            yield from _between_lists(before, after, item_of(hint), path)  # pyright: ignore[reportUnknownArgumentType]  of what the hint says
        case Struct(), Struct() if type(before) is type(after) and not isinstance(before, Money):
            yield from _within(before, after, path)
        case _:
            yield Changed(path, before, after, hint)


def _between_lists(before: Sequence[Any], after: Sequence[Any], hint: object, path: Path) -> Iterator[Change]:
    was, now = _by_identity(before), _by_identity(after)
    if was is None or now is None:
        gone, added = _without(before, after), _without(after, before)
        yield Relisted(path, added, gone, () if gone or added else tuple(after), hint)
        return
    gone = tuple(one for named, one in was.items() if named not in now)
    added = tuple(one for named, one in now.items() if named not in was)
    if gone or added:
        yield Relisted(path, added, gone, (), hint)
    for named in (one for one in now if one in was):
        yield from _between(was[named], now[named], hint, (*path, now[named]))


def _by_identity(things: Sequence[Any]) -> dict[tuple[Any, ...], Any] | None:
    """The items of a list by their identity; None if they have none, or not all a different one."""
    found = {tuple(getattr(one, field) for field in identity(one)): one for one in things}
    return found if len(found) == len(things) and () not in found else None


def _without(things: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    """The items that are in one list more often than in the other. Items with texts in them have no hash."""
    left, found = list(others), list[Any]()
    for one in things:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return tuple(found)


def _leaves(value: Any, hint: object) -> Iterator[tuple[Any, object]]:
    match value:
        case None:
            return
        case tuple():
            for one in value:  # pyright: ignore[reportUnknownVariableType]  of what the hint says
                yield from _leaves(one, item_of(hint))
        case Struct() if not isinstance(value, Money):
            for field in value.__struct_fields__:
                yield from _leaves(getattr(value, field), present(hint_of(type(value), field)))
        case _:
            yield value, hint
