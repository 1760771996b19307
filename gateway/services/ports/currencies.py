"""The currencies in use."""

from typing import Protocol

from gateway.engine.money import Currency


class Currencies(Protocol):
    """Look-up of currencies."""

    def find(self, code: str) -> Currency | None:
        """The currency of that ISO 4217 code; None where none is in use under it."""
