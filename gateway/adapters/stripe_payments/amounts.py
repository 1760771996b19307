"""What amounts Stripe charges, and how it counts them.

The source is docs.stripe.com/currencies. The codes in ``UNCHARGED_CURRENCIES`` are from general
knowledge: what Stripe does not charge besides, it refuses when it is asked.
"""

from types import MappingProxyType

from gateway.engine.money import Money
from gateway.services.ports.payments import AmountRefusal

THREE_DECIMAL_CURRENCIES = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Currencies whose amounts have three decimals, the last of which must be 0."""
THREE_DECIMAL_STEP_MINOR = 10
HUNDREDFOLD_CURRENCIES = frozenset({"ISK", "UGX"})
"""Currencies without decimals, whose amounts Stripe wants with two: 5 ISK are 500."""
WHOLE_CURRENCIES = frozenset({"MGA"})
"""Currencies with two decimals by ISO 4217, of which Stripe charges whole units: 5.00 MGA are 5."""
UNITS_PER_WHOLE = 100
MINIMUMS_MINOR = MappingProxyType(
    {
        "AED": 200,
        "AUD": 50,
        "BRL": 50,
        "CAD": 50,
        "CHF": 50,
        "CZK": 1500,
        "DKK": 250,
        "EUR": 50,
        "GBP": 30,
        "HKD": 400,
        "HUF": 17500,
        "INR": 50,
        "JPY": 50,
        "MXN": 1000,
        "MYR": 200,
        "NOK": 300,
        "NZD": 50,
        "PLN": 200,
        "RON": 200,
        "SEK": 300,
        "SGD": 50,
        "THB": 1000,
        "USD": 50,
    }
)
"""The least that is charged, in minor units, for accounts that are paid out in the currency.

Accounts that are paid out in another one must reach its minimum after conversion, at a rate that
nobody knows beforehand: then Stripe refuses.
"""
USUAL_MAXIMUM = 99_999_999
"""The most that is charged, in Stripe's units."""
MAXIMUMS = MappingProxyType(
    {
        "COP": 9_999_999_999_999,
        "HUF": 9_999_999_999_999,
        "IDR": 999_999_999_999,
        "INR": 999_999_999,
        "JPY": 9_999_999_999_999,
        "LBP": 99_999_999_999_999,
    }
)
UNCHARGED_CURRENCIES = frozenset(
    {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"}
    | {"CUP", "IRR", "KPW", "SDG", "SSP", "SYP"}
    | {"IQD", "LYD"}
)
"""Units of account, currencies under embargo, and those of three decimals that Stripe lacks."""


def find_amount_refusal(amount: Money) -> AmountRefusal | None:
    """Why Stripe charges no ``amount``; None if it does, as far as is known before."""
    code = amount.currency.code
    if code in UNCHARGED_CURRENCIES:
        return AmountRefusal()
    minimum_minor, step_minor = MINIMUMS_MINOR.get(code), find_step_minor(code)
    if minimum_minor is not None and amount.minor < minimum_minor:
        return AmountRefusal(Money(minimum_minor, amount.currency), step_minor)
    if not fits_step(amount):
        return AmountRefusal(step_minor=step_minor)
    if to_provider_minor(amount.minor, code) > MAXIMUMS.get(code, USUAL_MAXIMUM):
        return AmountRefusal()
    return None


def find_step_minor(code: str) -> int | None:
    """What amounts of the currency have to be a multiple of, in minor units."""
    if code in THREE_DECIMAL_CURRENCIES:
        return THREE_DECIMAL_STEP_MINOR
    return UNITS_PER_WHOLE if code in WHOLE_CURRENCIES else None


def fits_step(amount: Money) -> bool:
    """Whether Stripe can take or give back exactly ``amount``."""
    step_minor = find_step_minor(amount.currency.code)
    return step_minor is None or amount.minor % step_minor == 0


def to_provider_minor(minor: int, code: str) -> int:
    """The amount of ``minor`` units as Stripe counts it; it must fit the currency's step."""
    if code in HUNDREDFOLD_CURRENCIES:
        return minor * UNITS_PER_WHOLE
    return minor // UNITS_PER_WHOLE if code in WHOLE_CURRENCIES else minor


def to_own_minor(provider_minor: int, code: str) -> int:
    """The minor units of what Stripe counts as ``provider_minor``."""
    if code in HUNDREDFOLD_CURRENCIES:
        return provider_minor // UNITS_PER_WHOLE
    return provider_minor * UNITS_PER_WHOLE if code in WHOLE_CURRENCIES else provider_minor
