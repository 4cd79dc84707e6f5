"""What differs between two states, in words: a line for each thing and each field. Pure: names and texts come opened."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields as fields_of

from domain.foundation import Code, Digest, Money, Sealed, Text
from projections.view import tags_of
from projections.wording.bidi import isolated
from projections.wording.differences import Change, Changed, Difference, Path, Relisted, identity
from projections.wording.field_names import field_in_words, view_in_words
from projections.wording.names import TITLE_AT_MOST, Name, shortened
from projections.wording.sentences import (
    NONE,
    NOT_AVAILABLE,
    SentenceStyle,
    hint_of,
    in_words,
    is_id,
    item_of,
    moment,
    present,
)
from projections.wording.sentences import name as name_of
from projections.wording.vocabulary import word

THINGS_AT_MOST = 50
"""Things of one view that are told; the others are counted."""
LINES_AT_MOST = 40
"""Lines of what changed in one thing."""
LISTED_AT_MOST = 20
BEFORE_A_CHANGE = 24
"""Characters of two long texts that are shown before they part."""

BETWEEN = Text(
    en="What differs between fact {after} and fact {until} (+ new, − gone, ~ changed)",
    nl="Wat er verschilt tussen feit {after} en feit {until} (+ nieuw, − weg, ~ gewijzigd)",
)
NOTHING = Text(
    en="Nothing differs between fact {after} and fact {until}.",
    nl="Er verschilt niets tussen feit {after} en feit {until}.",
)
COUNTED = Text(en="{new} new, {gone} gone, {changed} changed.", nl="{new} nieuw, {gone} weg, {changed} gewijzigd.")
MORE = Text(en="and {count} more", nl="en nog {count}")
REORDERED = Text(en="in another order: {items}", nl="in een andere volgorde: {items}")
REWRITTEN = Text(en="written anew {shut}", nl="opnieuw geschreven {shut}")
NOT_TOLD = Text(en="[not told here]", nl="[hier niet verteld]")


class Telling(NamedTuple):
    """For whom, with which names, of what (`scope`), and which texts its history quotes, by digest: no others are told."""

    style: SentenceStyle
    names: Mapping[str, Name]
    scope: str
    quoted: Container[str | None]


def in_lines(of: Mapping[str, Sequence[Difference]], after: int, until: int, telling: Telling) -> Iterator[str]:
    """What differs between the states after two events, by view: under what the view is called, each thing with its fields."""
    says, everything = telling.style.says, [one for found in of.values() for one in found]
    if not everything:
        yield says(NOTHING).format(after=after, until=until)
        return
    yield says(BETWEEN).format(after=after, until=until)
    for view, found in of.items():
        if found:
            yield f"{view_in_words(view, telling.style.language)}:"
        for one in found[:THINGS_AT_MOST]:
            yield from _thing(one, telling)
        yield from _more(found, THINGS_AT_MOST, "  ", telling)
    new, gone = sum(one.before is None for one in everything), sum(one.after is None for one in everything)
    yield says(COUNTED).format(new=new, gone=gone, changed=len(everything) - new - gone)


def _thing(one: Difference, telling: Telling) -> Iterator[str]:
    """A line for a thing, with its status where it appeared or is gone, and those for each field that changed."""
    sign = "+" if one.before is None else "−" if one.after is None else "~"
    status = "" if one.changes else _status(one.after or one.before, telling)
    first, *_ = tags = tags_of(one.key)
    ids = "/".join(tag for tag in tags if tag != telling.scope) or first
    yield f"  {sign} {_thing_called(first, one.after or one.before, telling)}{status} · {ids}"
    lines = [
        f"      {_way(change.path, telling)}: {said}" for change in one.changes for said in _change(change, telling)
    ]
    yield from lines[:LINES_AT_MOST]
    yield from _more(lines, LINES_AT_MOST, "      ", telling)


def _thing_called(one: str, row: Struct | None, telling: Telling) -> str:
    """What a thing is called, or its kind and its own text, where that is told."""
    called = name_of(one, telling.names, telling.style)
    own = _own_text(row) if called == name_of(one, {}, telling.style) else None
    return f"{called} {own}" if own else called


def _more(things: Sequence[Any], at_most: int, margin: str, telling: Telling) -> Iterator[str]:
    if len(things) > at_most:
        yield f"{margin}… {telling.style.says(MORE).format(count=len(things) - at_most)}"


def _status(row: Struct | None, telling: Telling) -> str:
    status: Code | None = getattr(row, "status", None)
    return "" if status is None else f" ({word(status, telling.style.language)})"


def _way(path: Path, telling: Telling) -> str:
    language = telling.style.language
    return " > ".join(field_in_words(one, language) if isinstance(one, str) else _called(one, telling) for one in path)


def _change(change: Change, telling: Telling) -> Iterator[str]:
    """What became of a value, or of a list: a line, or one for each thing with fields of its own."""
    match change:
        case Relisted(order=(_, *_)):
            yield telling.style.says(REORDERED).format(items=_several(change.order, change.hint, telling))
        case Relisted():
            parts = [(sign, some) for sign, some in (("+", change.added), ("−", change.gone)) if some]
            if any(isinstance(one, Struct) and not isinstance(one, Money) for _, some in parts for one in some):
                yield from (f"{sign} {_value(one, change.hint, telling)}" for sign, some in parts for one in some)
            else:
                yield "; ".join(f"{sign} {_several(some, change.hint, telling)}" for sign, some in parts)
        case Changed(before=Sealed() as before, after=Sealed() as after):
            yield _texts(before, after, telling)
        case Changed(before=datetime() as before, after=datetime() as after):
            yield _moments(before, after, telling)
        case Changed():
            yield " → ".join(_value(one, change.hint, telling) for one in (change.before, change.after))


def _several(things: Sequence[Any], hint: object, telling: Telling) -> str:
    """Things of a list, those that read alike once; the rest of a long one is counted."""
    told = Counter(_value(one, hint, telling) for one in things)
    said = [one if times == 1 else f"{one} ×{times}" for one, times in told.items()]
    more = [telling.style.says(MORE).format(count=len(said) - LISTED_AT_MOST)] if len(said) > LISTED_AT_MOST else []
    return ", ".join([*said[:LISTED_AT_MOST], *more])


def _value(value: Any, hint: object, telling: Telling) -> str:
    match value:
        case None | ():
            return telling.style.says(NONE)
        case tuple():
            return _several(value, item_of(present(hint)), telling)  # pyright: ignore[reportUnknownArgumentType]  of what the hint says
        case Sealed():
            return _text(value, telling)
        case Struct() if not isinstance(value, Money):
            return _whole(value, telling)
        case str() if is_id(hint) or value.startswith(
            ("person_", "token_")
        ):  # who acted stands where a job may stand too
            return _named(value, telling)
        case _:
            return in_words(value, hint, telling.names, telling.style)


def _named(one: str, telling: Telling) -> str:
    """What a thing is called; the nameless are told apart by their ids."""
    called = name_of(one, telling.names, telling.style)
    return called if one in telling.names else f"{called} {one}"


def _moments(before: datetime, after: datetime, telling: Telling) -> str:
    """Two moments; by the clock alone, and as exactly as they are kept, where they fall into the same minute."""
    was, now = (moment(one, telling.style) for one in (before, after))
    if was == now:
        was, now = (f"{one.astimezone(ZoneInfo(telling.style.zone)):%H:%M:%S.%f}" for one in (before, after))
    return f"{was} → {now}"


def _text(text: Sealed, telling: Telling) -> str:
    return f"“{isolated(shortened(text.text))}”" if text.text is not None else _shut(text, telling)


def _texts(before: Sealed, after: Sealed, telling: Telling) -> str:
    """Two texts; of long ones the part where they differ."""
    if before.text is None and after.text is None:
        return telling.style.says(REWRITTEN).format(shut=_shut(after, telling))
    if before.text is None or after.text is None:
        return f"{_text(before, telling)} → {_text(after, telling)}"
    was, now = (" ".join(one.split()) for one in (before.text, after.text))
    alike = next(
        (at for at, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), min(len(was), len(now))
    )
    skipped = max(0, alike - BEFORE_A_CHANGE) if max(len(was), len(now)) > TITLE_AT_MOST else 0
    lead = "…" if skipped else ""
    return " → ".join(f"“{lead}{isolated(shortened(one[skipped:]))}”" for one in (was, now))


def _shut(text: Sealed, telling: Telling) -> str:
    """Why a text is not told: it cannot be opened, or the history does not quote it."""
    return telling.style.says(NOT_AVAILABLE if text.digest in telling.quoted else NOT_TOLD)


def _whole(thing: Struct, telling: Telling) -> str:
    """A thing in a list by what it is called, and what else it says that is told here and goes without saying."""
    called = _called(thing, telling)
    told = ", ".join(_said(thing, called, telling))
    return f"{called} ({told})" if called and told else called or told


def _called(thing: Struct, telling: Telling) -> str:
    """What a thing in a list is called: by its number, by the things that it names, or else by its own text; or nothing."""
    named = [(one, getattr(thing, one)) for one in identity(thing)]
    ids = [value for field, value in named if is_id(hint_of(type(thing), field))]
    if named and not ids:
        return " ".join(f"{field_in_words(field, telling.style.language)} {value}" for field, value in named)
    own = None if any(one in telling.names for one in ids) else _own_text(thing)
    return own or ", ".join(_named(one, telling) for one in ids)


def _own_text(thing: Struct | None) -> str | None:
    texts = () if thing is None else (getattr(thing, one) for one in thing.__struct_fields__)
    return next((f"“{isolated(shortened(one.text))}”" for one in texts if isinstance(one, Sealed) and one.text), None)


def _said(thing: Struct, called: str, telling: Telling) -> Iterator[str]:
    """What a thing says beside how it is called: not what it does not have, what is large, or what says nothing to people."""
    for field in fields_of(thing):
        value, hint = getattr(thing, field.name), present(hint_of(type(thing), field.name))
        large = isinstance(value, tuple) or (isinstance(value, Struct) and not isinstance(value, Money))
        plain = value is None or (field.default is not NODEFAULT and value == field.default)
        shut = isinstance(value, Sealed) and value.text is None
        if large or plain or shut or hint is Digest or field.name in {*identity(thing), "uid"}:
            continue
        said = _value(value, hint, telling)
        if said != called or not isinstance(value, Sealed):
            yield f"{field_in_words(field.name, telling.style.language)}: {said}"
