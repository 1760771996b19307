"""Identifiers from the operating system's randomness."""

import secrets

# 22 characters of 62 hold 130 bits; letters and digits survive a double click and any URL.
LENGTH = 22
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class RandomIds:
    """Identifiers of 130 random bits in base 62, behind a prefix that names their type."""

    def new(self, prefix: str) -> str:
        """``prefix``, an underscore and 22 letters or digits."""
        number = secrets.randbelow(len(ALPHABET) ** LENGTH)
        return f"{prefix}_{_base62(number)}"


def _base62(number: int) -> str:
    digits = [number // len(ALPHABET) ** place % len(ALPHABET) for place in range(LENGTH)]
    return "".join(ALPHABET[digit] for digit in reversed(digits))
