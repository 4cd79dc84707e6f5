"""The parts of request bodies: what every command may state, bounded texts, moments."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar, cast

from msgspec import Meta, Struct
from msgspec.structs import asdict, force_setattr

from domain.currencies import MINOR_DIGITS
from domain.foundation import ONE_LINE, Money, Refusal, Text
from domain.visible_text import is_text
from service.reading.options import BadText

Item = TypeVar("Item")

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Unicode's category Cc but tab, line feed and carriage return."""
NOTHING = Text(en="holds nothing that can be read", nl="bevat niets leesbaars")
EARLIEST, LATEST = 2000, 2100  # years
CONTROL_CHARACTER = Text(en="contains a control character", nl="bevat een stuurteken")
OUT_OF_BOUNDS = Text(
    en=f"lies before {EARLIEST} or after {LATEST}", nl=f"ligt voor het jaar {EARLIEST} of na het jaar {LATEST}"
)
NO_CURRENCY = Text(en="is not a currency of ISO 4217", nl="is geen valuta van ISO 4217")

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Prose = Annotated[str, Meta(min_length=1, max_length=20_000)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+@[^\x00-\x1f\x7f]+(?![\s\S])")]
"""The look of an address; whether mail can be sent to it is decided where it is looked up (`service.addresses`)."""
Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_+/-]+(?![\\s\\S])")]
At = Annotated[datetime, Meta(tz=True)]


class Body(Struct, kw_only=True, forbid_unknown_fields=True):
    """What any command may state beside what it asks: why, and when it really happened (rule 26)."""

    reason: Prose | None = None
    occurred_at: At | None = None


class NotAsDeclared(BadText):
    """A body or header that is not of the declared shape."""

    CODE = "invalid"


class NoText(Refusal):
    """Rule 30: white space and invisible characters alone are no text: not a name, not a title, not a reason."""

    CODE = "no-text"
    STATUS = 422
    TEXT = Text(
        en="There is nothing to read here but white space.", nl="Hier is niets te lezen, behalve misschien witruimte."
    )


class NoMailAddress(Refusal):
    """A mail can be sent to every address that is accepted (decision 0040)."""

    CODE = "no-mail-address"
    STATUS = 422
    TEXT = Text(
        en="No mail can be sent to this address. Write it as in name@example.org; before the @ only letters from a to z, "
        "digits and signs.",
        nl="Naar dit adres kan geen e-mail worden gestuurd. Schrijf het als naam@example.org; vóór de @ alleen letters van a "
        "tot z, cijfers en tekens.",
    )


def check(body: Struct | None) -> None:
    """Raises `BadText` for a control character (but tabs and line ends in texts), a year out of bounds, an unknown currency.

    Raises `NoText` where nothing can be read.
    """
    if (fault := _fault(body)) is not None:
        path, wrong = fault
        if wrong == NOTHING:
            raise NoText(field=".".join(reversed(path)))
        raise BadText(".".join(reversed(path)), wrong)


def to_utc(value: object) -> object:
    """The same value with every moment in UTC, in place for structs: an answer shows what the log and the views hold."""
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
    """The first value that is wrong: where it stands, from the inside out, and what is wrong with it."""
    match value:
        case str() if CONTROL.search(value):
            return [], CONTROL_CHARACTER
        case str():
            return None if is_text(value) else ([], NOTHING)
        case date():
            return None if EARLIEST <= value.year <= LATEST else ([], OUT_OF_BOUNDS)
        case Money() if value.currency not in MINOR_DIGITS:
            return (["currency"], NO_CURRENCY)
        case Struct():
            return _fault_among(asdict(value).items())
        case list() | tuple():
            return _fault_among((str(number), one) for number, one in enumerate(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  any item
        case dict():  # what others define, as CSL-JSON: it may hold texts that are empty
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
