"""Currencies of ISO 4217."""

from iso4217 import Currency as Listed

from gateway.engine.money import Currency


class IsoCurrencies:
    """The currencies that the standard's list gives a minor unit."""

    def __init__(self) -> None:
        self._listed = {
            listed.code: Currency(listed.code, listed.exponent)
            for listed in Listed
            if listed.exponent is not None
        }

    def find(self, code: str) -> Currency | None:
        """The currency of that code; None for metals, test codes and unknown ones."""
        return self._listed.get(code)
