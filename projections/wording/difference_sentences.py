"""Differences between two states, in words: a line for each thing and each field. Pure: names and texts come unsealed."""

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
from projections.wording.names import MAX_TITLE_LENGTH, Name, shortened
from projections.wording.sentences import (
    NONE,
    NOT_AVAILABLE,
    SentenceStyle,
    date_and_time,
    hint_of,
    in_words,
    is_id,
    item_of,
    present,
)
from projections.wording.sentences import name as name_of
from projections.wording.vocabulary import word

MAX_THINGS = 50
"""Things of one view that are listed; the others are counted."""
MAX_LINES = 40
"""Lines about the changes of one thing; the others are counted."""
MAX_LISTED = 20
"""Items of a list in one line; the others are counted."""
CHARACTERS_BEFORE_CHANGE = 24
"""Characters of two long texts that are shown before the first difference."""

HEADING = Text(
    en="What differs between fact {after} and fact {until} (+ new, − gone, ~ changed)",
    nl="Wat er verschilt tussen feit {after} en feit {until} (+ nieuw, − weg, ~ gewijzigd)",
)
NO_DIFFERENCE = Text(
    en="Nothing differs between fact {after} and fact {until}.",
    nl="Er verschilt niets tussen feit {after} en feit {until}.",
)
COUNTED = Text(en="{new} new, {gone} gone, {changed} changed.", nl="{new} nieuw, {gone} weg, {changed} gewijzigd.")
MORE = Text(en="and {count} more", nl="en nog {count}")
REORDERED = Text(en="in another order: {items}", nl="in een andere volgorde: {items}")
REWRITTEN = Text(en="rewritten {reason}", nl="herschreven {reason}")
NOT_SHOWN = Text(en="[not shown here]", nl="[hier niet getoond]")


class DifferenceContext(NamedTuple):
    """The context in which differences are worded: the reader's style, the names, and the tag of the subject (`scope`).

    `quoted`: the digests of the texts that its history quotes; no other texts are shown.
    """

    style: SentenceStyle
    names: Mapping[str, Name]
    scope: str
    quoted: Container[str | None]


def in_lines(
    by_view: Mapping[str, Sequence[Difference]], after: int, until: int, context: DifferenceContext
) -> Iterator[str]:
    """The differences between the states after two events: a heading for each view, then each thing with its fields."""
    says, everything = context.style.says, [one for found in by_view.values() for one in found]
    if not everything:
        yield says(NO_DIFFERENCE).format(after=after, until=until)
        return
    yield says(HEADING).format(after=after, until=until)
    for view, found in by_view.items():
        if found:
            yield f"{view_in_words(view, context.style.language)}:"
        for one in found[:MAX_THINGS]:
            yield from _thing(one, context)
        yield from _more(found, MAX_THINGS, "  ", context)
    new, gone = sum(one.before is None for one in everything), sum(one.after is None for one in everything)
    yield says(COUNTED).format(new=new, gone=gone, changed=len(everything) - new - gone)


def _thing(one: Difference, context: DifferenceContext) -> Iterator[str]:
    """A line for a thing, with its status if it is new or gone, then one for each changed field."""
    sign = "+" if one.before is None else "−" if one.after is None else "~"
    status = "" if one.changes else _status(one.after or one.before, context)
    first, *_ = tags = tags_of(one.key)
    ids = "/".join(tag for tag in tags if tag != context.scope) or first
    yield f"  {sign} {_thing_name(first, one.after or one.before, context)}{status} · {ids}"
    lines = [
        f"      {_path_in_words(change.path, context)}: {said}"
        for change in one.changes
        for said in _change(change, context)
    ]
    yield from lines[:MAX_LINES]
    yield from _more(lines, MAX_LINES, "      ", context)


def _thing_name(one: str, row: Struct | None, context: DifferenceContext) -> str:
    """The name of a thing; without a name, its kind and its own text if that is readable."""
    called = name_of(one, context.names, context.style)
    own = _own_text(row) if called == name_of(one, {}, context.style) else None
    return f"{called} {own}" if own else called


def _more(things: Sequence[Any], at_most: int, margin: str, context: DifferenceContext) -> Iterator[str]:
    if len(things) > at_most:
        yield f"{margin}… {context.style.says(MORE).format(count=len(things) - at_most)}"


def _status(row: Struct | None, context: DifferenceContext) -> str:
    status: Code | None = getattr(row, "status", None)
    return "" if status is None else f" ({word(status, context.style.language)})"


def _path_in_words(path: Path, context: DifferenceContext) -> str:
    language = context.style.language
    return " > ".join(
        field_in_words(one, language) if isinstance(one, str) else _name_in_list(one, context) for one in path
    )


def _change(change: Change, context: DifferenceContext) -> Iterator[str]:
    """The change of a value or a list: one line, or a line for each item that has fields of its own."""
    match change:
        case Relisted(order=(_, *_)):
            yield context.style.says(REORDERED).format(items=_several(change.order, change.hint, context))
        case Relisted():
            parts = [(sign, some) for sign, some in (("+", change.added), ("−", change.gone)) if some]
            if any(isinstance(one, Struct) and not isinstance(one, Money) for _, some in parts for one in some):
                yield from (f"{sign} {_value(one, change.hint, context)}" for sign, some in parts for one in some)
            else:
                yield "; ".join(f"{sign} {_several(some, change.hint, context)}" for sign, some in parts)
        case Changed(before=Sealed() as before, after=Sealed() as after):
            yield _texts(before, after, context)
        case Changed(before=datetime() as before, after=datetime() as after):
            yield _times(before, after, context)
        case Changed():
            yield " → ".join(_value(one, change.hint, context) for one in (change.before, change.after))


def _several(things: Sequence[Any], hint: object, context: DifferenceContext) -> str:
    """The items of a list; equal wordings once, with their number, and the end of a long list counted."""
    wordings = Counter(_value(one, hint, context) for one in things)
    said = [one if times == 1 else f"{one} ×{times}" for one, times in wordings.items()]
    more = [context.style.says(MORE).format(count=len(said) - MAX_LISTED)] if len(said) > MAX_LISTED else []
    return ", ".join([*said[:MAX_LISTED], *more])


def _value(value: Any, hint: object, context: DifferenceContext) -> str:
    match value:
        case None | ():
            return context.style.says(NONE)
        case tuple():
            return _several(value, item_of(present(hint)), context)  # pyright: ignore[reportUnknownArgumentType]  of what the hint says
        case Sealed():
            return _text(value, context)
        case Struct() if not isinstance(value, Money):
            return _thing_in_list(value, context)
        case str() if is_id(hint) or value.startswith(("person_", "token_")):  # an actor may also be a job
            return _named(value, context)
        case _:
            return in_words(value, hint, context.names, context.style)


def _named(one: str, context: DifferenceContext) -> str:
    """The name of a thing; without a name, its kind and id."""
    called = name_of(one, context.names, context.style)
    return called if one in context.names else f"{called} {one}"


def _times(before: datetime, after: datetime, context: DifferenceContext) -> str:
    """Two times; within the same minute only their time of day, to the microsecond."""
    was, now = (date_and_time(one, context.style) for one in (before, after))
    if was == now:
        was, now = (f"{one.astimezone(ZoneInfo(context.style.zone)):%H:%M:%S.%f}" for one in (before, after))
    return f"{was} → {now}"


def _text(text: Sealed, context: DifferenceContext) -> str:
    return f"“{isolated(shortened(text.text))}”" if text.text is not None else _why_hidden(text, context)


def _texts(before: Sealed, after: Sealed, context: DifferenceContext) -> str:
    """Two texts; if they are long, from shortly before the first difference."""
    if before.text is None and after.text is None:
        return context.style.says(REWRITTEN).format(reason=_why_hidden(after, context))
    if before.text is None or after.text is None:
        return f"{_text(before, context)} → {_text(after, context)}"
    was, now = (" ".join(one.split()) for one in (before.text, after.text))
    alike = next(
        (at for at, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), min(len(was), len(now))
    )
    skipped = max(0, alike - CHARACTERS_BEFORE_CHANGE) if max(len(was), len(now)) > MAX_TITLE_LENGTH else 0
    lead = "…" if skipped else ""
    return " → ".join(f"“{lead}{isolated(shortened(one[skipped:]))}”" for one in (was, now))


def _why_hidden(text: Sealed, context: DifferenceContext) -> str:
    """The reason why a text is not shown: it cannot be unsealed, or the history does not quote it."""
    return context.style.says(NOT_AVAILABLE if text.digest in context.quoted else NOT_SHOWN)


def _thing_in_list(thing: Struct, context: DifferenceContext) -> str:
    """A thing in a list: its name, and in brackets the fields that add something."""
    name = _name_in_list(thing, context)
    fields = ", ".join(_other_fields(thing, name, context))
    return f"{name} ({fields})" if name and fields else name or fields


def _name_in_list(thing: Struct, context: DifferenceContext) -> str:
    """The name of a thing in a list: its number, the things that its ids name, or its own text; empty if it has none."""
    named = [(one, getattr(thing, one)) for one in identity(thing)]
    ids = [value for field, value in named if is_id(hint_of(type(thing), field))]
    if named and not ids:
        return " ".join(f"{field_in_words(field, context.style.language)} {value}" for field, value in named)
    own = None if any(one in context.names for one in ids) else _own_text(thing)
    return own or ", ".join(_named(one, context) for one in ids)


def _own_text(thing: Struct | None) -> str | None:
    texts = () if thing is None else (getattr(thing, one) for one in thing.__struct_fields__)
    return next((f"“{isolated(shortened(one.text))}”" for one in texts if isinstance(one, Sealed) and one.text), None)


def _other_fields(thing: Struct, name: str, context: DifferenceContext) -> Iterator[str]:
    """The fields of a thing beside its name, without empty, default, large and unreadable ones."""
    for field in fields_of(thing):
        value, hint = getattr(thing, field.name), present(hint_of(type(thing), field.name))
        large = isinstance(value, tuple) or (isinstance(value, Struct) and not isinstance(value, Money))
        plain = value is None or (field.default is not NODEFAULT and value == field.default)
        unreadable = isinstance(value, Sealed) and value.text is None
        if large or plain or unreadable or hint is Digest or field.name in {*identity(thing), "uid"}:
            continue
        said = _value(value, hint, context)
        if said != name or not isinstance(value, Sealed):
            yield f"{field_in_words(field.name, context.style.language)}: {said}"
