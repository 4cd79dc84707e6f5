"""Facts in words: the sentence that a fact's `AUDIT` makes of its fields, for one reader. Pure: names come opened.

`{field}` puts the field in words, `{field:count}` how many items it has.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from string import Formatter
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.foundation import Code, Digest, Fact, Money, Personal, Sealed, Span, Text
from projections.names import Language, Name, called, kind_of
from projections.vocabulary import word

HOME = "Europe/Amsterdam"

NOT_AVAILABLE = Text(en="[withheld]", nl="[niet beschikbaar]")
NOBODY_NAMED = Text(en="someone", nl="iemand")
NONE = Text(en="none", nl="geen")
AND = Text(en="and", nl="en")
YES, NO = Text(en="yes", nl="ja"), Text(en="no", nl="nee")
UNTIL = Text(en=" to ", nl=" tot ")
HOURS = Text(en="{first} to {last}", nl="{first} tot {last}")
DAYS = Text(en="{first} to {last}", nl="{first} tot en met {last}")
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
MINOR_DIGITS = {"JPY": 0, "ISK": 0, "KRW": 0, "KWD": 3, "BHD": 3}
"""ISO 4217 currencies whose minor unit is not a hundredth."""

MONTHS = Text(
    en="January February March April May June July August September October November December",
    nl="januari februari maart april mei juni juli augustus september oktober november december",
)

ENDED_TWICE = re.compile(r"([.!?…]”)\.$")
"""A quotation that ends a sentence with its own full stop."""

LISTED_AT_MOST = 20


class Reader(NamedTuple):
    """For whom something is put into words: language, zone, and whose names they may read (None: everybody's).

    `pseudonyms`: people stand by their ids, and texts about people stay closed.
    """

    language: Language
    zone: str = HOME
    named: frozenset[str] | None = None
    pseudonyms: bool = False

    def knows(self, one: str) -> bool:
        """Whether this reader may read the name of this person."""
        return not self.pseudonyms and (self.named is None or one in self.named)

    def says(self, text: Text) -> str:
        """The wording in the reader's language."""
        return text.nl if self.language == "nl" else text.en


# Sentences


def sentence(fact: Fact, names: Mapping[str, Name], reader: Reader) -> str:
    """What happened, as this reader may read it. Texts and names in `names` that are still closed count as withheld."""
    said = [_said(part, fact, names, reader) for part in _parts(reader.says(fact.AUDIT))]
    text = ENDED_TWICE.sub(r"\1", "".join(said))
    begins_with_an_id = "_" in text.partition(" ")[0]
    return text if begins_with_an_id else text[:1].upper() + text[1:]


def ids_in(fact: Fact) -> Iterator[str]:
    """The ids whose names the sentence of this fact needs."""
    return (str(value) for value, hint in _leaves_in(fact) if is_id(hint))


def texts_in(fact: Fact) -> Iterator[Sealed]:
    """The sealed texts that the sentence of this fact quotes: what is sealed and not quoted stays closed."""
    return (value for value, _ in _leaves_in(fact) if isinstance(value, Sealed))


def placeholders(text: str) -> list[tuple[str, str]]:
    """The fields that a wording names, each with what it asks of them (`""` or `count`)."""
    return [(part.field, part.asks) for part in _parts(text) if part.field is not None]


class _Part(NamedTuple):
    literal: str
    field: str | None
    asks: str


@cache
def _parts(text: str) -> tuple[_Part, ...]:
    return tuple(_Part(literal, field, asks or "") for literal, field, asks, _ in Formatter().parse(text))


def _said(part: _Part, fact: Fact, names: Mapping[str, Name], reader: Reader) -> str:
    if part.field is None:
        return part.literal
    value = getattr(fact, part.field)
    if part.asks == "count":
        return f"{part.literal}{len(value)}"
    return part.literal + in_words(value, hint_of(type(fact), part.field), names, reader)


def _leaves_in(fact: Fact) -> Iterator[tuple[object, object]]:
    for field in dict.fromkeys(field for field, asks in placeholders(fact.AUDIT.en + fact.AUDIT.nl) if asks != "count"):
        yield from _leaves(getattr(fact, field), hint_of(type(fact), field))


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


def in_words(value: Any, hint: object, names: Mapping[str, Name], reader: Reader) -> str:
    """A value of a fact in words; `hint`, its declared type, tells ids, fixed words and labels apart."""
    hint = present(hint)
    match value:
        case None:
            return reader.says(NOBODY_NAMED if is_id(hint) else NONE)
        case tuple():
            return listed([in_words(one, item_of(hint), names, reader) for one in value], reader)  # pyright: ignore[reportUnknownVariableType]  of what the hint says
        case Money() | Sealed() | Span() | datetime() | date() | int():
            return _figure(value, reader)
        case Struct():
            return _fields(value, names, reader)
        case _ if is_id(hint):
            return name(str(value), names, reader)
        case _:
            return word(str(value), reader.language) if is_code(hint) else str(value)


def _figure(value: Money | Sealed | Span | date | int, reader: Reader) -> str:
    match value:
        case Money():
            return money(value, reader.language)
        case Sealed():
            return _sealed(value, reader)
        case Span():
            return span(value, reader)
        case datetime():
            return moment(value, reader)
        case date():
            return day(value, reader.language)
        case bool():
            return reader.says(YES if value else NO)
        case int():
            return str(value)


def _fields(value: Struct, names: Mapping[str, Name], reader: Reader) -> str:
    """What a struct says, field by field; digests say nothing to people."""
    told = [(getattr(value, one), present(hint_of(type(value), one))) for one in value.__struct_fields__]
    return " ".join(
        in_words(one, hint, names, reader) for one, hint in told if one is not None and one != () and hint is not Digest
    )


def name(one: str, names: Mapping[str, Name], reader: Reader) -> str:
    """What this reader calls the thing of this id; whom they may not know by name is `a person`, or their id."""
    if reader.pseudonyms and kind_of(one) == "person":
        return one
    row = names.get(one)
    if row is not None and row.personal is not None and not reader.knows(one):
        names = {}
    return called(one, names, reader.language)


def _sealed(text: Sealed, reader: Reader) -> str:
    if text.text is None or (reader.pseudonyms and isinstance(text, Personal)):
        return reader.says(NOT_AVAILABLE)
    return " ".join(text.text.split())


def listed(items: list[str], reader: Reader, *, at_most: int = LISTED_AT_MOST) -> str:
    """Items joined as in a sentence: `a, b and c`; the rest of a very long list is counted."""
    if len(items) > at_most:
        items = [*items[:at_most], f"+{len(items) - at_most}"]
    if not items:
        return reader.says(NONE)
    *most, last = items
    return f"{', '.join(most)} {reader.says(AND)} {last}" if most else last


def day(on: date, language: Language) -> str:
    """A date: `12 oktober 2016`."""
    months = (MONTHS.nl if language == "nl" else MONTHS.en).split()
    return f"{on.day} {months[on.month - 1]} {on.year}"


def moment(at: datetime, reader: Reader) -> str:
    """A moment in the reader's zone, to the minute."""
    return f"{day(at.astimezone(ZoneInfo(reader.zone)).date(), reader.language)}, {_clock(at, reader=reader)}"


def _clock(*moments: datetime, reader: Reader) -> str:
    """The time of day, or from when until when: `19.00 tot 21.30 uur`."""
    written = "%H.%M" if reader.language == "nl" else "%H:%M"
    said = reader.says(UNTIL).join(f"{one.astimezone(ZoneInfo(reader.zone)):{written}}" for one in moments)
    return f"{said} uur" if reader.language == "nl" else said


def span(of: Span, reader: Reader) -> str:
    """From when until when; what falls on one day names it once: `15 november 2016, 19.00 tot 21.30 uur`."""
    match of.starts, of.ends:
        case (datetime() as starts, datetime() as ends):
            return _hours(starts, ends, reader)
        case starts, ends:
            first, last = day(starts, reader.language), day(ends, reader.language)
            return first if first == last else reader.says(DAYS).format(first=first, last=last)


def _hours(starts: datetime, ends: datetime, reader: Reader) -> str:
    there = ZoneInfo(reader.zone)
    if starts.astimezone(there).date() == ends.astimezone(there).date():
        return f"{day(starts.astimezone(there).date(), reader.language)}, {_clock(starts, ends, reader=reader)}"
    return reader.says(HOURS).format(first=moment(starts, reader), last=moment(ends, reader))


def money(amount: Money, language: Language) -> str:
    """An amount as people write it: `€ 1.255,50` in Dutch, `€1,255.50` in English; no-break space."""
    digits = MINOR_DIGITS.get(amount.currency, 2)
    whole, minor = divmod(amount.amount_minor, 10**digits)
    figures = f"{whole:,}" + (f".{minor:0{digits}}" if digits else "")
    symbol = SYMBOLS.get(amount.currency, amount.currency)
    if language == "nl":
        return f"{symbol}\N{NO-BREAK SPACE}{figures.translate(str.maketrans(',.', '.,'))}"
    return f"{symbol}{figures}" if amount.currency in SYMBOLS else f"{symbol}\N{NO-BREAK SPACE}{figures}"


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
