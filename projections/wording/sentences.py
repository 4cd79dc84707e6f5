"""Events in words: the sentence that an event's `SUMMARY` makes of its fields, for one reader. Pure: names come opened.

`{field}` puts the field in words, `{field:count}` how many items it has, `{field:# item|# items}` the same with its noun.
A refusal is put into words in the same way.
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
from projections.wording.names import Name, called, kind_of
from projections.wording.vocabulary import word

HOME = "Europe/Amsterdam"

NOT_AVAILABLE = Text(en="[withheld]", nl="[niet beschikbaar]")
NOBODY_NAMED = Text(en="someone", nl="iemand")
NONE = Text(en="none", nl="geen")
YES, NO = Text(en="yes", nl="ja"), Text(en="no", nl="nee")
MOMENT = Text(en="{day}, {time}", nl="{day}, {time}")
TIME = Text(en="{time}", nl="{time} uur")
TIMES = Text(en="{first} to {last}", nl="{first} tot {last} uur")
HOURS = Text(en="{first} to {last}", nl="{first} tot {last}")
DAYS = Text(en="{first} to {last}", nl="{first} tot en met {last}")
ENDED_TWICE = re.compile(r"([.!?…]”)\.$")
"""A quotation that ends a sentence with its own full stop."""

LISTED_AT_MOST = 20


class SentenceStyle(NamedTuple):
    """For whom something is put into words: language, zone, and whose names they may read (None: everybody's).

    `names_zone`: times say in which zone they are, as it may not be the programme's. `pseudonyms`: people stand by their ids, and
    texts about people stay closed.
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
    """What happened, as this reader may read it. Texts and names in `names` that are still closed count as withheld."""
    style = in_zone_of(event, names, style)
    said = [_said(part, event, names, style) for part in _parts(style.says(event.SUMMARY))]
    text = ENDED_TWICE.sub(r"\1", "".join(said))
    begins_with_an_id = "_" in text.partition(" ")[0]
    return text if begins_with_an_id else text[:1].upper() + text[1:]


def refusal_in_words(refusal: Refusal, language: Language) -> str:
    """A refusal in words. Only a `CodeWord` among its events is looked up in the vocabulary (rule 31), a `Text` has both."""
    style, said = SentenceStyle(language), list[str]()
    for part in _parts(style.says(refusal.TEXT)):
        value = None if part.field is None else refusal.values[part.field]
        match value:
            case None:
                words = ""
            case _ if part.asks:
                words = _number(value, part.asks, language)
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
    """The same reader, told times in the zone of the programme in which the event stands, where that is known."""
    programme = names.get(getattr(event, "programme", None) or "")
    if not style.names_zone or programme is None or programme.zone is None:
        return style
    return style._replace(zone=programme.zone, names_zone=False)


def ids_in(event: Event) -> Iterator[str]:
    """The ids whose names the sentence of this event needs: that of the programme for its topics."""
    for value, hint in _leaves_in(event):
        if is_id(hint):
            yield str(value)
        elif hint is Key:
            yield from (one for one in (getattr(event, "programme", None),) if one is not None)


def texts_in(event: Event) -> Iterator[Sealed]:
    """The sealed texts that the sentence of this event quotes: what is sealed and not quoted stays closed."""
    return (value for value, _ in _leaves_in(event) if isinstance(value, Sealed))


def placeholders(text: str) -> list[tuple[str, str]]:
    """The fields that a wording names, each with what it asks of them (`""`, `count`, or the forms of a noun)."""
    return [(part.field, part.asks) for part in _parts(text) if part.field is not None]


class _Part(NamedTuple):
    literal: str
    field: str | None
    asks: str


@cache
def _parts(text: str) -> tuple[_Part, ...]:
    return tuple(_Part(literal, field, asks or "") for literal, field, asks, _ in Formatter().parse(text))


def _said(part: _Part, event: Event, names: Mapping[str, Name], style: SentenceStyle) -> str:
    if part.field is None:
        return part.literal
    value = getattr(event, part.field)
    if part.asks:
        return part.literal + _number(value, part.asks, style.language)
    hint = hint_of(type(event), part.field)
    if item_of(hint) is Key:
        return part.literal + _topics(value, names.get(getattr(event, "programme", "")), style)
    return part.literal + in_words(value, hint, names, style)


def _number(value: object, asks: str, language: Language) -> str:
    """A count: a number, or the items of a list; `asks`: `count`, or the forms of the noun."""
    assert isinstance(value, int | Sized), "only numbers and lists are counted"
    return counted(value if isinstance(value, int) else len(value), "#|#" if asks == "count" else asks, language)


def _topics(keys: tuple[Key, ...], programme: Name | None, style: SentenceStyle) -> str:
    """Topics by the titles that their programme gave them; by their keys where it is not known."""
    titles = {one.key: str(one.title) for one in (programme.topics if programme else ())}
    return listed([isolated(titles.get(one, one)) for one in keys], style)


def _leaves_in(event: Event) -> Iterator[tuple[object, object]]:
    for field in dict.fromkeys(field for field, asks in placeholders(event.SUMMARY.en + event.SUMMARY.nl) if not asks):
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
    """A value of an event in words; `hint`, its declared type, tells ids, fixed words and labels apart."""
    hint = present(hint)
    match value:
        case None:
            return style.says(NOBODY_NAMED if is_id(hint) else NONE)
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
            return moment(value, style)
        case date():
            return day(value, style.language)
        case bool():
            return style.says(YES if value else NO)
        case int():
            return str(value)


def _fields(value: Struct, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """What a struct says, field by field; digests say nothing to people."""
    told = [(getattr(value, one), present(hint_of(type(value), one))) for one in value.__struct_fields__]
    return " ".join(
        in_words(one, hint, names, style) for one, hint in told if one is not None and one != () and hint is not Digest
    )


def name(one: str, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """What this reader calls the thing of this id; whom they may not know by name is `a person`, or their id."""
    if style.pseudonyms and kind_of(one) == "person":
        return one
    row = names.get(one)
    if row is not None and row.personal is not None and not style.knows(one):
        names = {}
    return called(one, names, style.language)


def _sealed(text: Sealed, style: SentenceStyle) -> str:
    if text.text is None or (style.pseudonyms and isinstance(text, Personal)):
        return style.says(NOT_AVAILABLE)
    return isolated(" ".join(text.text.split()))


def listed(items: list[str], style: SentenceStyle, *, at_most: int = LISTED_AT_MOST) -> str:
    """Items joined as in a sentence: `a, b and c`; the rest of a very long list is counted."""
    if len(items) > at_most:
        items = [*items[:at_most], f"+{len(items) - at_most}"]
    if not items:
        return style.says(NONE)
    return joined(items, style.language)


def moment(at: datetime, style: SentenceStyle, pattern: Text = MOMENT) -> str:
    """A moment in the reader's zone, to the minute: `12 oktober 2016, 19:00 uur`. `pattern` joins `{day}` and `{time}`."""
    return _in_zone(_moment(at, style, pattern), style)


def _moment(at: datetime, style: SentenceStyle, pattern: Text = MOMENT) -> str:
    local = at.astimezone(ZoneInfo(style.zone))
    time = style.says(TIME).format(time=clock(local, style.language))
    return style.says(pattern).format(day=day(local.date(), style.language), time=time)


def _in_zone(said: str, style: SentenceStyle) -> str:
    return f"{said} ({style.zone})" if style.names_zone else said


def span(of: Span, style: SentenceStyle) -> str:
    """From when until when; what falls on one day names it once: `15 november 2016, 19:00 tot 21:30 uur`."""
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
        said = style.says(HOURS).format(first=_moment(starts, style), last=_moment(ends, style))
    else:
        times = style.says(TIMES).format(first=clock(first, style.language), last=clock(last, style.language))
        said = style.says(MOMENT).format(day=day(first.date(), style.language), time=times)
    return _in_zone(said, style)


# Types


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def hint_of(kind: type, field: str) -> object:
    """The declared type of a field, or of what a property gives."""
    declared = getattr(kind, field, None)
    if isinstance(declared, property):
        return get_type_hints(declared.fget).get("return")
    return _hints(kind).get(field)


def present(hint: object) -> object:
    """The type without `| None`."""
    options = [one for one in get_args(hint) if one is not type(None)]
    return options[0] if type(None) in get_args(hint) and len(options) == 1 else hint


def item_of(hint: object) -> object:
    """The declared type of what a tuple of any length holds."""
    return next(iter(get_args(hint)), None) if get_origin(hint) is tuple else None


def is_id(hint: object) -> bool:
    """One of foundation's ids, which all end so."""
    return getattr(present(hint), "__name__", "").endswith("Id")


def is_code(hint: object) -> bool:
    """A word of a fixed vocabulary."""
    return hint is Code or get_origin(hint) is Literal
