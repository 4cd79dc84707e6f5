"""Dates, times, amounts, counts and lists as people write them, by CLDR (Babel). Pure.

English is British: `25 October 2026`, `a, b and c`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from domain.currencies import MINOR_DIGITS
from domain.foundation import Language, Money, Text

LOCALES: dict[Language, Locale] = {"nl": Locale("nl"), "en": Locale("en", "GB")}
WITH_SYMBOL = frozenset({"EUR", "GBP", "USD"})
"""Currencies with an unambiguous symbol in CLDR; all others are shown by their code."""


CLOCK = Text(en="HH:mm", nl="H.mm")
"""A time of day as a CLDR pattern. CLDR's own for Dutch is that of timetables, `09:30`; in sentences it is `9.30 uur`."""


def day(on: date, language: Language) -> str:
    """A date: `12 oktober 2016`."""
    return format_date(on, "long", LOCALES[language])


def clock(at: datetime, language: Language) -> str:
    """The time of day of a local time, to the minute; with its offset if clocks show that time twice on this day."""
    time = format_time(at, CLOCK.in_language(language), locale=LOCALES[language])
    return f"{time} ({get_timezone_gmt(at, locale=LOCALES[language])})" if is_doubled(at) else time


def is_doubled(at: datetime) -> bool:
    """Whether clocks in the zone of `at` show this time twice, because they are put back (PEP 495)."""
    return isinstance(at.tzinfo, ZoneInfo) and at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


def money(amount: Money, language: Language) -> str:
    """An amount: `€ 1.255,50` in Dutch, `€1,255.50` in English, `OMR 123.456`; with no-break spaces."""
    digits = MINOR_DIGITS.get(amount.currency, 2)
    value = Decimal(amount.amount_minor).scaleb(-digits)
    if amount.currency in WITH_SYMBOL:
        return format_currency(value, amount.currency, locale=LOCALES[language])
    pattern = "¤¤\N{NO-BREAK SPACE}#,##0" + ("." + "0" * digits if digits else "")
    return format_currency(value, amount.currency, pattern, LOCALES[language], currency_digits=False)


def counted(number: int, forms: str, language: Language) -> str:
    """A number with its noun in the right form: of `# option|# options`, `1 option` or `1,200 options`."""
    locale = LOCALES[language]
    categories = [
        one for one in ("zero", "one", "two", "few", "many", "other") if one in {*locale.plural_form.tags, "other"}
    ]
    form = dict(zip(categories, forms.split("|"), strict=True))[locale.plural_form(number)]
    return form.replace("#", grouped(number, language))


def language_named(code: str | None) -> Language | None:
    """The language of this code; None if Kring has no texts in it."""
    return next((one for one in LOCALES if code == one), None)


def autonym(language: Language) -> str:
    """The name of a language in itself: `Nederlands`."""
    return Locale(language).get_language_name(language) or language


def grouped(number: int, language: Language) -> str:
    """A whole number with grouped digits: `1.200` in Dutch, `1,200` in English."""
    return format_decimal(number, locale=LOCALES[language])


def joined(items: Sequence[str], language: Language) -> str:
    """Items joined by "and": `a, b and c`."""
    return format_list(items, "standard", LOCALES[language])


def either(items: Sequence[str], language: Language) -> str:
    """Items joined by "or": `a, b or c`."""
    return format_list(items, "or", LOCALES[language])
