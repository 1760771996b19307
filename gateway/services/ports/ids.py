"""The port of new identifiers."""

from typing import Protocol


class IdGenerator(Protocol):
    """Makes identifiers that cannot be guessed."""

    def new(self, prefix: str) -> str:
        """``prefix`` (``"crt"``), an underscore, and at least 128 random bits: ``"crt_6fQ…"``."""
        ...
