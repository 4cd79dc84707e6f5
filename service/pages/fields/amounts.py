"""Amounts of money in forms, as people write them: `12,50` in Dutch, `12.50` in English."""

import re
from decimal import Decimal

from babel.numbers import NumberFormatError, format_decimal, get_currency_name, get_currency_symbol, parse_decimal

from domain.currencies import MINOR_DIGITS
from domain.foundation import AMOUNT_AT_MOST, Currency, Language, Money, Refusal, Text
from projections.wording.formats import LOCALES

WRITTEN = re.compile(r"[0-9][0-9.,\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]*")
"""An amount without sign. Babel accepts more: exponents, underscores, digits of other scripts, `Infinity`."""
OFTEN_USED = ("EUR", "GBP", "USD", "CHF", "DKK", "NOK", "SEK", "PLN", "CZK", "HUF")
"""Currencies at the beginning of the list to choose from."""
EURO = Currency("EUR")


class NoAmount(Refusal):
    """A text that is no amount in the language of the page."""

    CODE = "no-amount"
    STATUS = 422
    TEXT = Text(
        en="This is no amount. Write it like 12.50, without a minus.",
        nl="Dit is geen bedrag. Schrijf het als 12,50, zonder min.",
    )


class TooPrecise(Refusal):
    """An amount with smaller parts than its currency has."""

    CODE = "too-precise"
    STATUS = 422
    TEXT = Text(
        en="An amount in {currency} has at most {digits:# decimal|# decimals}.",
        nl="Een bedrag in {currency} heeft hoogstens {digits:# decimaal|# decimalen}.",
    )


class AmountTooHigh(Refusal):
    """An amount that is higher than any price."""

    CODE = "amount-too-high"
    STATUS = 422
    TEXT = Text(en="This amount is too high.", nl="Dit bedrag is te hoog.")


class UnknownCurrency(Refusal):
    """A currency that is not, and since 2016 was not, legal tender."""

    CODE = "unknown-currency"
    STATUS = 422
    TEXT = Text(en="Choose a currency of the list.", nl="Kies een valuta uit de lijst.")


def amount_of(text: str, currency: Currency, language: Language, field: str) -> Money:
    """The amount that somebody wrote in this language. Raises `NoAmount`, `TooPrecise`, `AmountTooHigh`, `UnknownCurrency`."""
    digits = MINOR_DIGITS.get(currency)
    if digits is None:
        raise UnknownCurrency(field=field)
    minor = _decimal(text, currency, language, field).scaleb(digits)
    if minor > AMOUNT_AT_MOST:
        raise AmountTooHigh(field=field)
    if minor != int(minor):
        raise TooPrecise(field=field, currency=currency, digits=digits)
    return Money(int(minor), currency)


def written(amount: Money | None, language: Language) -> str:
    """An amount as people write it in a field: `12,50`; nothing for None."""
    if amount is None:
        return ""
    digits = MINOR_DIGITS.get(amount.currency, 2)
    pattern = f"0.{'0' * digits}" if digits else "0"
    return format_decimal(Decimal(amount.amount_minor).scaleb(-digits), pattern, LOCALES[language])


def currencies(language: Language) -> list[tuple[str, str]]:
    """The currencies to choose from, with their names: those in use around here first."""
    often = [*OFTEN_USED, *sorted(one for one in MINOR_DIGITS if one not in OFTEN_USED)]
    return [(one, f"{one} {get_currency_name(one, locale=LOCALES[language])}") for one in often]


def _decimal(text: str, currency: Currency, language: Language, field: str) -> Decimal:
    bare = text.strip()
    for sign in (currency, get_currency_symbol(currency, LOCALES[language])):
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    if not WRITTEN.fullmatch(bare):
        raise NoAmount(field=field)
    try:
        return parse_decimal(bare, LOCALES[language], strict=True)
    except NumberFormatError:
        raise NoAmount(field=field) from None
