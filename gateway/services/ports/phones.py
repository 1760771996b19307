"""The port of telephone numbers."""

from typing import Protocol


class PhoneNumbers(Protocol):
    """Parses telephone numbers by the world's numbering plans."""

    def to_e164(self, text: str, country: str) -> str | None:
        """``text`` as ``+`` and digits, dialled from ``country``; None if it is not a number."""
        ...
