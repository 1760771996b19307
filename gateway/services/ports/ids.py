"""New identifiers as use cases see them."""

from typing import Protocol


class IdGenerator(Protocol):
    """A source of identifiers nobody can guess."""

    def new(self, prefix: str) -> str:
        """``prefix`` (``"crt"``), an underscore, and at least 128 random bits: ``"crt_6fQ…"``."""
        ...
