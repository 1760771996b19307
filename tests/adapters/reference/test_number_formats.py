from decimal import Decimal
from itertools import cycle

import pytest
from babel.core import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.reference.number_formats import CldrFormats
from gateway.engine.money import Currency, Money

USD, JPY, BHD, CLF = Currency("USD", 2), Currency("JPY", 0), Currency("BHD", 3), Currency("CLF", 4)
FORMATS = CldrFormats()
MINOR = (0, 5, -5, 1999, -100000, 123456789012)


def by_babel(value: Money, locale: str) -> str:
    pattern = Locale.parse(locale, sep="-").currency_formats["standard"].pattern
    digits = value.currency.digits
    exact = ";".join(
        part.replace(".00", "." + "0" * digits if digits else "") for part in pattern.split(";")
    )
    return format_currency(
        value.amount,
        value.currency.code,
        format=exact,
        locale=Locale.parse(locale, sep="-"),
        currency_digits=False,
    )


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (123456789, USD, "en-US", "$1,234,567.89"),
        (-999, USD, "en-US", "-$9.99"),
        (123456, USD, "de-AT", "$\xa01.234,56"),
        (123456789, USD, "hi-IN", "$12,34,567.89"),
        (1500, JPY, "ja-JP", "￥1,500"),
        (1, BHD, "en-US", "BHD0.001"),
    ],
)
def test_amounts_are_written_as_the_locale_does(
    minor: int, currency: Currency, locale: str, text: str
) -> None:
    assert FORMATS.format_money(Money(minor, currency), locale) == text


def test_every_locale_is_written_as_babel_writes_it() -> None:
    currencies = cycle((USD, JPY, BHD, CLF))
    for identifier in locale_identifiers():
        locale, currency = identifier.replace("_", "-"), next(currencies)
        for minor in MINOR:
            value = Money(minor, currency)
            assert FORMATS.format_money(value, locale) == by_babel(value, locale), locale


@given(st.integers(-(10**15), 10**15), st.sampled_from(["en-US", "de-DE", "hi-IN", "ar-EG"]))
def test_every_amount_is_written_as_babel_writes_it(minor: int, locale: str) -> None:
    value = Money(minor, USD)
    assert FORMATS.format_money(value, locale) == by_babel(value, locale)


def test_percentages_keep_their_decimals() -> None:
    assert FORMATS.format_percent(Decimal("8.875"), "en-US") == "8.875%"
    assert FORMATS.format_percent(Decimal("25.5"), "de-DE") == "25,5\xa0%"


@pytest.mark.parametrize("tag", ["", "\0", "x" * 36, "de-" * 50_000, "\ud800", "-"])
def test_what_is_no_tag_means_the_default(tag: str) -> None:
    """R98: an unknown language is no mistake, however it is written."""
    assert FORMATS.nearest_locale(tag) == "en-US"
