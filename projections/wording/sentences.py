"""Events in words: the sentence that an event's `SUMMARY` makes of its fields, for one reader. Pure: names come unsealed.

`{field}` is the field in words, `{field:count}` its number of items, `{field:# item|# items}` that number with a noun.
Refusals are worded in the same way.
"""

import re
from collections.abc import Iterator, Mapping, Sized
from datetime import date, datetime
from functools import cache
from string import Formatter
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.foundation import Code, CodeWord, Digest, Event, Key, Language, Money, Personal, Refusal, Sealed, Span, Text
from projections.wording.bidi import isolated
from projections.wording.formats import clock, counted, day, joined, money
from projections.wording.names import Name, display_name, kind_of
from projections.wording.vocabulary import word

HOME = "Europe/Amsterdam"

NOT_AVAILABLE = Text(en="[withheld]", nl="[niet beschikbaar]")
SOMEONE = Text(en="someone", nl="iemand")
NONE = Text(en="none", nl="geen")
YES, NO = Text(en="yes", nl="ja"), Text(en="no", nl="nee")
DATE_AND_TIME = Text(en="{day}, {time}", nl="{day}, {time}")
TIME = Text(en="{time}", nl="{time} uur")
TIMES = Text(en="{first} to {last}", nl="{first} tot {last} uur")
HOURS = Text(en="{first} to {last}", nl="{first} tot {last}")
DAYS = Text(en="{first} to {last}", nl="{first} tot en met {last}")
DOUBLE_FULL_STOP = re.compile(r"([.!?…]”)\.$")
"""The end of a sentence after a quotation that has its own full stop."""

MAX_LISTED = 20
"""Items of a list in a sentence; the others are counted."""


class SentenceStyle(NamedTuple):
    """The style of sentences for one reader. `named`: the people whose names they may read; None: everybody.

    `names_zone`: times name their zone, which may not be the programme's. `pseudonyms`: people are shown by their ids, and texts
    about people are withheld.
    """

    language: Language
    zone: str = HOME
    names_zone: bool = True
    named: frozenset[str] | None = None
    pseudonyms: bool = False

    def knows(self, one: str) -> bool:
        """Whether this reader may read the name of this person."""
        return not self.pseudonyms and (self.named is None or one in self.named)

    def says(self, text: Text) -> str:
        """The wording in the reader's language."""
        return text.in_language(self.language)


# Sentences


def sentence(event: Event, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """The event in words, as far as this reader may read it. Texts and names that are still sealed count as withheld."""
    style = in_zone_of(event, names, style)
    said = [_said(part, event, names, style) for part in _parts(style.says(event.SUMMARY))]
    text = DOUBLE_FULL_STOP.sub(r"\1", "".join(said))
    begins_with_an_id = "_" in text.partition(" ")[0]
    return text if begins_with_an_id else text[:1].upper() + text[1:]


def refusal_in_words(refusal: Refusal, language: Language) -> str:
    """A refusal in words. Of its values, a `CodeWord` is looked up in the vocabulary (rule 31); a `Text` has both languages."""
    style, said = SentenceStyle(language), list[str]()
    for part in _parts(style.says(refusal.TEXT)):
        value = None if part.field is None else refusal.values[part.field]
        match value:
            case None:
                words = ""
            case _ if part.spec:
                words = _number(value, part.spec, language)
            case CodeWord():
                words = word(value, language)
            case Text():
                words = style.says(value)
            case str():
                words = isolated(value)
            case Money() | datetime() | date() | int():
                words = _figure(value, style)
            case _:
                words = str(value)
        said.append(part.literal + words)
    return "".join(said)


def in_zone_of(event: Event, names: Mapping[str, Name], style: SentenceStyle) -> SentenceStyle:
    """The style with times in the time zone of the event's programme, if that is known."""
    programme = names.get(getattr(event, "programme", None) or "")
    if not style.names_zone or programme is None or programme.zone is None:
        return style
    return style._replace(zone=programme.zone, names_zone=False)


def ids_in(event: Event) -> Iterator[str]:
    """The ids whose names the sentence of this event needs; topics need that of the programme."""
    for value, hint in _leaves_in(event):
        if is_id(hint):
            yield str(value)
        elif hint is Key:
            yield from (one for one in (getattr(event, "programme", None),) if one is not None)


def texts_in(event: Event) -> Iterator[Sealed]:
    """The sealed texts that the sentence of this event quotes; others need not be unsealed."""
    return (value for value, _ in _leaves_in(event) if isinstance(value, Sealed))


def placeholders(text: str) -> list[tuple[str, str]]:
    """The fields in a wording, each with its format specification: empty, `count`, or the forms of a noun."""
    return [(part.field, part.spec) for part in _parts(text) if part.field is not None]


class _Part(NamedTuple):
    literal: str
    field: str | None
    spec: str


@cache
def _parts(text: str) -> tuple[_Part, ...]:
    return tuple(_Part(literal, field, spec or "") for literal, field, spec, _ in Formatter().parse(text))


def _said(part: _Part, event: Event, names: Mapping[str, Name], style: SentenceStyle) -> str:
    if part.field is None:
        return part.literal
    value = getattr(event, part.field)
    if part.spec:
        return part.literal + _number(value, part.spec, style.language)
    hint = hint_of(type(event), part.field)
    if item_of(hint) is Key:
        return part.literal + _topics(value, names.get(getattr(event, "programme", "")), style)
    return part.literal + in_words(value, hint, names, style)


def _number(value: object, spec: str, language: Language) -> str:
    """The value of a number, or the number of items of a list. `spec`: `count`, or the forms of the noun."""
    assert isinstance(value, int | Sized), "only numbers and lists are counted"
    return counted(value if isinstance(value, int) else len(value), "#|#" if spec == "count" else spec, language)


def _topics(keys: tuple[Key, ...], programme: Name | None, style: SentenceStyle) -> str:
    """Topics by their titles in the programme, or by their keys if that is not known."""
    titles = {one.key: str(one.title) for one in (programme.topics if programme else ())}
    return listed([isolated(titles.get(one, one)) for one in keys], style)


def _leaves_in(event: Event) -> Iterator[tuple[object, object]]:
    for field in dict.fromkeys(field for field, spec in placeholders(event.SUMMARY.en + event.SUMMARY.nl) if not spec):
        yield from _leaves(getattr(event, field), hint_of(type(event), field))


def _leaves(value: Any, hint: object) -> Iterator[tuple[object, object]]:
    hint = present(hint)
    if isinstance(value, tuple):
        for one in value:  # pyright: ignore[reportUnknownVariableType]  a tuple of what the hint says
            yield from _leaves(one, item_of(hint))
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _leaves(getattr(value, name), hint_of(type(value), name))
    elif value is not None:
        yield value, hint


# Values


def in_words(value: Any, hint: object, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """A value of an event in words. `hint`: its declared type, which distinguishes ids, fixed words and labels."""
    hint = present(hint)
    match value:
        case None:
            return style.says(SOMEONE if is_id(hint) else NONE)
        case tuple():
            return listed([in_words(one, item_of(hint), names, style) for one in value], style)  # pyright: ignore[reportUnknownVariableType]  of what the hint says
        case Money() | Sealed() | Span() | datetime() | date() | int():
            return _figure(value, style)
        case Struct():
            return _fields(value, names, style)
        case _ if is_id(hint):
            return name(str(value), names, style)
        case _ if is_code(hint):
            return word(value, style.language)
        case _:
            return isolated(str(value))


def _figure(value: Money | Sealed | Span | date | int, style: SentenceStyle) -> str:
    match value:
        case Money():
            return money(value, style.language)
        case Sealed():
            return _sealed(value, style)
        case Span():
            return span(value, style)
        case datetime():
            return date_and_time(value, style)
        case date():
            return day(value, style.language)
        case bool():
            return style.says(YES if value else NO)
        case int():
            return str(value)


def _fields(value: Struct, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """A struct in words, field by field, without digests."""
    fields = [(getattr(value, one), present(hint_of(type(value), one))) for one in value.__struct_fields__]
    return " ".join(
        in_words(one, hint, names, style)
        for one, hint in fields
        if one is not None and one != () and hint is not Digest
    )


def name(one: str, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """The name of a thing for this reader. People whose names they may not read are "a person", or their id."""
    if style.pseudonyms and kind_of(one) == "person":
        return one
    row = names.get(one)
    if row is not None and row.personal is not None and not style.knows(one):
        names = {}
    return display_name(one, names, style.language)


def _sealed(text: Sealed, style: SentenceStyle) -> str:
    if text.text is None or (style.pseudonyms and isinstance(text, Personal)):
        return style.says(NOT_AVAILABLE)
    return isolated(" ".join(text.text.split()))


def listed(items: list[str], style: SentenceStyle, *, at_most: int = MAX_LISTED) -> str:
    """Items joined by "and": `a, b and c`. Items beyond `at_most` are counted."""
    if len(items) > at_most:
        items = [*items[:at_most], f"+{len(items) - at_most}"]
    if not items:
        return style.says(NONE)
    return joined(items, style.language)


def date_and_time(at: datetime, style: SentenceStyle, pattern: Text = DATE_AND_TIME) -> str:
    """A time in the reader's zone, to the minute: `12 oktober 2016, 19.00 uur`. `pattern`: joins `{day}` and `{time}`."""
    return _in_zone(_local_date_and_time(at, style, pattern), style)


def _local_date_and_time(at: datetime, style: SentenceStyle, pattern: Text = DATE_AND_TIME) -> str:
    local = at.astimezone(ZoneInfo(style.zone))
    time = style.says(TIME).format(time=clock(local, style.language))
    return style.says(pattern).format(day=day(local.date(), style.language), time=time)


def _in_zone(said: str, style: SentenceStyle) -> str:
    return f"{said} ({style.zone})" if style.names_zone else said


def span(of: Span, style: SentenceStyle) -> str:
    """A period in words. A single day is named once: `15 november 2016, 19:00 tot 21:30 uur`."""
    match of.starts, of.ends:
        case (datetime() as starts, datetime() as ends):
            return _hours(starts, ends, style)
        case starts, ends:
            first, last = day(starts, style.language), day(ends, style.language)
            return first if first == last else style.says(DAYS).format(first=first, last=last)


def _hours(starts: datetime, ends: datetime, style: SentenceStyle) -> str:
    there = ZoneInfo(style.zone)
    first, last = starts.astimezone(there), ends.astimezone(there)
    if first.date() != last.date():
        said = style.says(HOURS).format(
            first=_local_date_and_time(starts, style), last=_local_date_and_time(ends, style)
        )
    else:
        times = style.says(TIMES).format(first=clock(first, style.language), last=clock(last, style.language))
        said = style.says(DATE_AND_TIME).format(day=day(first.date(), style.language), time=times)
    return _in_zone(said, style)


# Types


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def hint_of(kind: type, field: str) -> object:
    """The declared type of a field or property."""
    declared = getattr(kind, field, None)
    if isinstance(declared, property):
        return get_type_hints(declared.fget).get("return")
    return _hints(kind).get(field)


def present(hint: object) -> object:
    """The type without `| None`."""
    options = [one for one in get_args(hint) if one is not type(None)]
    return options[0] if type(None) in get_args(hint) and len(options) == 1 else hint


def item_of(hint: object) -> object:
    """The declared type of the items of a tuple of any length; None for other types."""
    return next(iter(get_args(hint)), None) if get_origin(hint) is tuple else None


def is_id(hint: object) -> bool:
    """Whether this is the type of an id: the names of all those types end in `Id`."""
    return getattr(present(hint), "__name__", "").endswith("Id")


def is_code(hint: object) -> bool:
    """Whether this is the type of a fixed word."""
    return hint is Code or get_origin(hint) is Literal
