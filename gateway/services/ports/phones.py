"""Telephone numbers as use cases see them."""

from typing import Protocol


class PhoneNumbers(Protocol):
    """The world's numbering plans."""

    def to_e164(self, text: str, country: str) -> str | None:
        """``text`` as ``+`` and digits, dialled from ``country``; nothing if it is no number."""
        ...
