"""The check of short texts that people type, such as labels and nicknames."""

from gateway.engine.text.card_numbers import CARD_NUMBER_MESSAGE, looks_like_card_number
from gateway.engine.text.normalization import normalize_line
from gateway.engine.user_errors import ErrorCollector, InputPath

MAX_LABEL_LENGTH = 60
MAX_TYPED_LENGTH = 500
"""Characters; longer texts are refused unread."""


def check_text(text: str, path: InputPath, collector: ErrorCollector, *, max_length: int) -> str:
    """``text`` on one line; an error if it is too long or contains a card number."""
    if len(text) > MAX_TYPED_LENGTH or len(cleaned := normalize_line(text)) > max_length:
        collector.add(path, f"Give at most {max_length} characters.")
        return ""
    if looks_like_card_number(text):
        collector.add(path, CARD_NUMBER_MESSAGE)
        return ""
    return cleaned


def check_token(token: str, path: InputPath, collector: ErrorCollector, *, max_length: int) -> str:
    """``token`` of the payment provider; an error if it is too long or is a card number.

    Its random part may hold as many digits as a card number: it is one if it holds no letter.
    """
    prefix, _, random_part = token.strip().rpartition("_")
    is_random = prefix.isalpha() and any(map(str.isalpha, random_part))
    if is_random and len(token) <= max_length and token.isascii() and token.strip().isprintable():
        return token.strip()
    return check_text(token, path, collector, max_length=max_length)


def check_label(text: str, path: InputPath, collector: ErrorCollector) -> str:
    """``text`` as a label; an error if it is empty or not accepted as a short text."""
    error_count = len(collector.errors)
    label = check_text(text, path, collector, max_length=MAX_LABEL_LENGTH)
    if not label and len(collector.errors) == error_count:
        collector.add(path, f"Give a label of 1 to {MAX_LABEL_LENGTH} characters.")
    return label


def label_key(label: str) -> str:
    """The form in which two spellings of one label are equal; ``Straße`` is not ``Strasse``."""
    return normalize_line(label).lower()
