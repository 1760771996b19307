"""Currencies of ISO 4217."""

from iso4217 import Currency as Listed

from gateway.engine.money import Currency


class IsoCurrencies:
    """The currencies with a minor unit in the list of ISO 4217."""

    def __init__(self) -> None:
        self._currencies_by_code = {
            iso_currency.code: Currency(iso_currency.code, iso_currency.exponent)
            for iso_currency in Listed
            if iso_currency.exponent is not None
        }

    def find(self, code: str) -> Currency | None:
        """The currency with that code; None for metals, test codes and unknown codes."""
        return self._currencies_by_code.get(code)
