"""Currencies of ISO 4217."""

from collections.abc import Mapping
from functools import lru_cache

from iso4217 import Currency as Listed

from gateway.engine.money import Currency


class IsoCurrencies:
    """The currencies with a minor unit in the list of ISO 4217."""

    def find(self, code: str) -> Currency | None:
        """The currency with that code; None for metals, test codes and unknown codes."""
        return _currencies_by_code().get(code)


@lru_cache(maxsize=1)
def _currencies_by_code() -> Mapping[str, Currency]:
    return {
        iso_currency.code: Currency(iso_currency.code, iso_currency.exponent)
        for iso_currency in Listed
        if iso_currency.exponent is not None
    }
