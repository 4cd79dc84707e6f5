"""Parts of request bodies: the fields of every command, bounded texts and times."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar, cast

from msgspec import Meta, Struct
from msgspec.structs import asdict, force_setattr

from domain.currencies import MINOR_DIGITS
from domain.foundation import ONE_LINE, Money, Refusal, Text, Words
from domain.visible_text import is_text
from service.api.http.validation_words import TWICE
from service.reading.options import BadText

Item = TypeVar("Item")

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Unicode's category Cc but tab, line feed and carriage return."""
NO_TEXT = Text(en="holds nothing that can be read", nl="bevat niets leesbaars")
MIN_YEAR, MAX_YEAR = 2000, 2100
"""Bounds of every date and time in a body."""
CONTROL_CHARACTER = Text(en="contains a control character", nl="bevat een stuurteken")
OUT_OF_BOUNDS = Text(
    en=f"lies before {MIN_YEAR} or after {MAX_YEAR}",
    nl=f"ligt voor het jaar {MIN_YEAR} of na het jaar {MAX_YEAR}",
)
NO_CURRENCY = Text(en="is not a currency of ISO 4217", nl="is geen valuta van ISO 4217")

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
ShortTitle = Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]
Prose = Annotated[str, Meta(min_length=1, max_length=20_000)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+@[^\x00-\x1f\x7f]+(?![\s\S])")]
"""The look of an address; whether mail can be sent to it is decided where it is looked up (`service.addresses`)."""
Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_+/-]+(?![\\s\\S])")]
At = Annotated[datetime, Meta(tz=True)]


class Body(Struct, kw_only=True, forbid_unknown_fields=True):
    """The fields that every command may have: a reason, and the time at which it happened (rule 26)."""

    reason: Prose | None = None
    occurred_at: At | None = None


class NotAsDeclared(BadText):
    """A body or header that does not have the declared shape."""

    CODE = "invalid"


class NoText(Refusal):
    """Rule 30: a text of white space and invisible characters only."""

    CODE = "no-text"
    STATUS = 422
    TEXT = Text(en="This text contains only white space.", nl="Deze tekst bestaat alleen uit witruimte.")


class NoMailAddress(Refusal):
    """An address to which no mail can be sent (decision 0040)."""

    CODE = "no-mail-address"
    STATUS = 422
    TEXT = Text(
        en="No mail can be sent to this address. Write it like name@example.org, with only letters from a to z, digits and "
        "signs before the @.",
        nl="Naar dit adres kan geen e-mail worden gestuurd. Schrijf het als naam@example.org, met vóór de @ alleen letters van "
        "a tot z, cijfers en tekens.",
    )


def check(body: Struct | None) -> None:
    """Check the values of a body.

    Raises `BadText` for a control character other than tabs and line ends, a year out of bounds or an unknown currency, and
    `NoText` for a text without visible characters.
    """
    if (fault := _fault(body)) is not None:
        path, wrong = fault
        if wrong == NO_TEXT:
            raise NoText(field=".".join(reversed(path)))
        raise BadText(".".join(reversed(path)), wrong)


def require_distinct(field: str, values: Sequence[object], twice: Text = TWICE) -> None:
    """Raises `BadText` if a value occurs more than once. `twice`: the predicate that says so."""
    if len(set(values)) != len(values):
        raise BadText(field, twice)


def words(text: str | None) -> Words | None:
    """The text to be sealed, if there is one."""
    return None if text is None else Words(text)


def to_utc(value: object) -> object:
    """The same value with every time in UTC, changed in place in structs, so that an answer shows the values of the log."""
    match value:
        case datetime():
            return value.astimezone(UTC)
        case tuple():
            return tuple(to_utc(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  any item
        case Struct():
            for name, part in asdict(value).items():
                if (moved := to_utc(part)) is not part:
                    force_setattr(value, name, moved)
            return value
        case _:
            return value


def _fault(value: object) -> tuple[list[str], Text] | None:
    """The first invalid value: its path, from the inside out, and what is wrong with it."""
    match value:
        case str() if CONTROL.search(value):
            return [], CONTROL_CHARACTER
        case str():
            return None if is_text(value) else ([], NO_TEXT)
        case date():
            return None if MIN_YEAR <= value.year <= MAX_YEAR else ([], OUT_OF_BOUNDS)
        case Money() if value.currency not in MINOR_DIGITS:
            return (["currency"], NO_CURRENCY)
        case Struct():
            return _fault_among(asdict(value).items())
        case list() | tuple():
            return _fault_among((str(number), one) for number, one in enumerate(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  any item
        case dict():  # a format of others, such as CSL-JSON, in which texts may be empty
            parts = cast("dict[object, object]", value).items()
            return _fault_among((str(name), one) for name, one in parts if one != "")
        case _:
            return None


def _fault_among(parts: Iterable[tuple[str, object]]) -> tuple[list[str], Text] | None:
    for name, part in parts:
        if part is not None and (fault := _fault(part)) is not None:
            fault[0].append(name)
            return fault
    return None
