"""Random ids from the operating system's random generator."""

import secrets

ID_LENGTH = 22
"""22 characters of 62 hold 130 bits. Letters and digits are valid in every URL."""
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class RandomIds:
    """Generates ids of 130 random bits in base 62 after a prefix that names their type."""

    def new(self, prefix: str) -> str:
        """``prefix``, an underscore and 22 letters or digits."""
        number = secrets.randbelow(len(ALPHABET) ** ID_LENGTH)
        return f"{prefix}_{_encode_base62(number)}"


def _encode_base62(number: int) -> str:
    digits = [number // len(ALPHABET) ** position % len(ALPHABET) for position in range(ID_LENGTH)]
    return "".join(ALPHABET[digit] for digit in reversed(digits))
