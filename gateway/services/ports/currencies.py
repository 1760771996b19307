"""The port of currencies."""

from typing import Protocol

from gateway.engine.money import Currency


class Currencies(Protocol):
    """Look-up of currencies."""

    def find(self, code: str) -> Currency | None:
        """The currency with this ISO 4217 code; None if no currency in use has it."""
