"""Days of a trip in words."""

from datetime import date

from babel.dates import format_date, format_interval

from domain.foundation import Language
from projections.wording.formats import LOCALES, day

THIN = "\N{THIN SPACE}"


def days(starts: date, ends: date, language: Language, *, weekdays: bool = False) -> str:
    """First and last day: `16–17 februari 2017`, or `donderdag 16 – vrijdag 17 februari 2017`."""
    locale, name = LOCALES[language], "EEEE " if weekdays else ""
    last = format_date(ends, f"{name}d MMMM y", locale) if weekdays else day(ends, language)
    if starts == ends:
        return last
    if starts.year != ends.year:
        return f"{format_date(starts, f'{name}d MMMM y', locale)} – {last}"
    if starts.month != ends.month:
        return f"{format_date(starts, f'{name}d MMMM', locale)} – {last}"
    first = format_date(starts, f"{name}d", locale)
    return f"{first} – {last}" if weekdays else f"{first}–{last}"


def short_days(starts: date, ends: date, language: Language) -> str:
    """First and last day without their year: `16–17 feb`, `31 dec – 1 jan`."""
    between = "" if starts.month == ends.month else " "
    return format_interval(starts, ends, "MMMd", locale=LOCALES[language]).replace(THIN, between)
