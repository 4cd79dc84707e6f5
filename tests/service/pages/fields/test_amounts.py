"""Amounts in forms, as people write them."""

import pytest

from domain.currencies import MINOR_DIGITS
from domain.foundation import AMOUNT_AT_MOST, Currency, Language, Money, Refusal
from service.pages.fields.amounts import (
    AmountTooHigh,
    NoAmount,
    TooPrecise,
    UnknownCurrency,
    amount_of,
    currencies,
    written,
)

EURO = Currency("EUR")


@pytest.mark.parametrize(
    ("text", "language", "currency", "minor"),
    [
        ("12,50", "nl", "EUR", 1250),
        ("12.50", "en", "EUR", 1250),
        (" € 12,50 ", "nl", "EUR", 1250),
        ("EUR 12,5", "nl", "EUR", 1250),
        ("£12.5", "en", "GBP", 1250),
        ("1.250", "nl", "EUR", 125_000),
        ("1.250,05", "nl", "EUR", 125_005),
        ("1,250.05", "en", "EUR", 125_005),
        ("12", "nl", "EUR", 1200),
        ("1200", "nl", "JPY", 1200),
        ("1,234", "nl", "BHD", 1234),
        ("0", "nl", "EUR", 0),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, language: Language, currency: str, minor: int) -> None:
    assert amount_of(text, Currency(currency), language, "amount") == Money(minor, Currency(currency))


@pytest.mark.parametrize(
    ("text", "language", "currency", "refusal"),
    [
        ("12.50", "nl", "EUR", NoAmount),
        ("12,50", "en", "EUR", NoAmount),
        ("-3", "nl", "EUR", NoAmount),
        ("1e5", "nl", "EUR", NoAmount),
        ("NaN", "nl", "EUR", NoAmount),
        ("Infinity", "en", "EUR", NoAmount),
        ("1_000", "en", "EUR", NoAmount),
        ("١٢", "nl", "EUR", NoAmount),
        (",5", "nl", "EUR", NoAmount),
        ("twaalf", "nl", "EUR", NoAmount),
        ("12,50,1", "nl", "EUR", NoAmount),
        ("12,505", "nl", "EUR", TooPrecise),
        ("12,50", "nl", "JPY", TooPrecise),
        ("9" * 30, "nl", "EUR", AmountTooHigh),
        ("12,50", "nl", "XYZ", UnknownCurrency),
    ],
)
def test_anything_else_is_refused_beside_its_field(
    text: str, language: Language, currency: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        amount_of(text, Currency(currency), language, "amount")
    assert refused.value.field == "amount"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_written_amount_is_read_back(language: Language) -> None:
    for currency in ("EUR", "JPY", "BHD"):
        for minor in (0, 5, 1250, 125_005, AMOUNT_AT_MOST):
            amount = Money(minor, Currency(currency))
            assert amount_of(written(amount, language), amount.currency, language, "amount") == amount
    assert written(None, language) == ""


def test_every_currency_can_be_chosen_the_usual_ones_first() -> None:
    offered = currencies("nl")
    assert offered[0] == ("EUR", "EUR Euro")
    assert {one for one, _ in offered} == set(MINOR_DIGITS)
