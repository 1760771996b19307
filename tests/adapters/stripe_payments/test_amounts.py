"""Amounts at Stripe: its minimums, its steps and its own ways of counting, for every currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency as IsoCurrency

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.stripe_payments.amounts import (
    HUNDREDFOLD_CURRENCIES,
    MAXIMUMS,
    MINIMUMS_MINOR,
    THREE_DECIMAL_CURRENCIES,
    UNCHARGED_CURRENCIES,
    WHOLE_CURRENCIES,
    find_amount_refusal,
    to_own_minor,
    to_provider_minor,
)
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import AmountRefusal

CURRENCIES = {
    currency.code: currency
    for code in (listed.code for listed in IsoCurrency)
    if (currency := IsoCurrencies().find(code)) is not None
}
STRIPE_ZERO_DECIMAL = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
"""docs.stripe.com/currencies; UGX, which it lists too, is one of its special cases."""

any_currency = st.sampled_from(sorted(CURRENCIES.values(), key=lambda currency: currency.code))
any_amount = st.builds(Money, st.integers(1, 10**14), any_currency)


def provider_digits(currency: Currency) -> int:
    """How many decimals Stripe's amounts of the currency have."""
    if currency.code in STRIPE_ZERO_DECIMAL:
        return 0
    return 3 if currency.code in THREE_DECIMAL_CURRENCIES else 2


@given(any_amount)
def test_what_is_charged_is_the_amount_exactly(amount: Money) -> None:
    """Whatever the currency, no unit is lost or won on the way, and nothing is rounded."""
    if find_amount_refusal(amount) is not None:
        return
    code = amount.currency.code
    provider_minor = to_provider_minor(amount.minor, code)
    assert provider_minor * 10**amount.currency.digits == amount.minor * 10 ** provider_digits(
        amount.currency
    )
    assert to_own_minor(provider_minor, code) == amount.minor


@given(any_amount)
def test_a_refusal_tells_what_would_be_charged(amount: Money) -> None:
    refusal = find_amount_refusal(amount)
    if refusal is None:
        return
    if refusal.minimum is not None:
        assert amount.minor < refusal.minimum.minor
        assert find_amount_refusal(refusal.minimum) is None
    elif refusal.step_minor is not None:
        assert amount.minor % refusal.step_minor
    else:
        code = amount.currency.code
        assert code in UNCHARGED_CURRENCIES or amount.minor > 99_999_999 // 100


def test_every_exception_is_a_currency_of_the_engine_s() -> None:
    named = {
        *HUNDREDFOLD_CURRENCIES,
        *MAXIMUMS,
        *MINIMUMS_MINOR,
        *STRIPE_ZERO_DECIMAL,
        *THREE_DECIMAL_CURRENCIES,
        *UNCHARGED_CURRENCIES,
        *WHOLE_CURRENCIES,
    }
    assert named - CURRENCIES.keys() == set()


def test_the_decimals_differ_where_the_exceptions_say_so_and_nowhere_else() -> None:
    different = {
        code
        for code, currency in CURRENCIES.items()
        if code not in UNCHARGED_CURRENCIES and provider_digits(currency) != currency.digits
    }
    assert different == {"ISK", "MGA", "UGX"}
    assert {CURRENCIES[code].digits for code in HUNDREDFOLD_CURRENCIES} == {0}
    assert {CURRENCIES[code].digits for code in WHOLE_CURRENCIES} == {2}
    assert {CURRENCIES[code].digits for code in THREE_DECIMAL_CURRENCIES} == {3}


@pytest.mark.parametrize(
    ("minor", "code", "refusal_parts"),
    [
        (49, "USD", (50, None)),
        (50, "USD", None),
        (29, "GBP", (30, None)),
        (30, "GBP", None),
        (17_499, "HUF", (17_500, None)),
        (49, "JPY", (50, None)),
        (1, "VND", None),
        (1234, "BHD", (None, 10)),
        (1230, "BHD", None),
        (1250, "MGA", (None, 100)),
        (1300, "MGA", None),
        (1, "ISK", None),
        (1000, "IRR", (None, None)),
        (1000, "LYD", (None, None)),
        (99_999_999, "USD", None),
        (100_000_000, "USD", (None, None)),
        (1_000_000, "ISK", (None, None)),
    ],
)
def test_what_is_refused(
    minor: int, code: str, refusal_parts: tuple[int | None, int | None] | None
) -> None:
    currency = CURRENCIES[code]
    expected = None
    if refusal_parts is not None:
        minimum_minor, step_minor = refusal_parts
        minimum = None if minimum_minor is None else Money(minimum_minor, currency)
        expected = AmountRefusal(minimum, step_minor)
    assert find_amount_refusal(Money(minor, currency)) == expected


def test_stripe_s_own_ways_of_counting() -> None:
    assert to_provider_minor(5, "ISK") == 500
    assert to_provider_minor(5, "UGX") == 500
    assert to_provider_minor(500, "MGA") == 5
    assert to_provider_minor(500, "JPY") == 500
    assert to_provider_minor(1045, "HUF") == 1045
    assert to_provider_minor(1045, "TWD") == 1045
