"""Cleaning of texts that givers and recipients write to each other."""

import re
import unicodedata

MAX_MESSAGE_LENGTH = 2_000
"""A longer message, in characters, is refused."""
MAX_MESSAGE_LINES = 20
"""A message with more lines is refused."""
MAX_NAME_LENGTH = 200
"""A longer name is cut, in characters."""

_URL_SCHEME = re.compile(r"[\w+.-]*:/{2,}")
_OTHER_SCHEMES = re.compile(r"\b(?:mailto|javascript|data|tel|sms|vbscript|file):", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[\w-])[.\u3002\u2024\uff61](?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_DOTTED_NUMBERS = re.compile(r"\d+(?:\.\d+){2,}")
_EMOJI_JOINER = "\u200d"
_NON_JOINING_CHARACTERS = "\\x00-\\x7f\u3002\u2024\uff61"
"""Next to these characters an emoji joiner has no effect, but it would hide a domain from the
search for domains.
"""
_LOOSE_JOINERS = re.compile(
    f"(?<=[{_NON_JOINING_CHARACTERS}]){_EMOJI_JOINER}+|{_EMOJI_JOINER}+(?=[{_NON_JOINING_CHARACTERS}])"
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def sanitize_message(text: str) -> str:
    """Return ``text`` without control and direction characters and without working links.

    A text that is already clean is returned unchanged.
    """
    while (cleaned_text := _clean_once(text)) != text:
        text = cleaned_text
    return text


def _clean_once(text: str) -> str:
    normalized_text = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible_text = _LOOSE_JOINERS.sub(
        "", "".join(character for character in normalized_text if _is_visible(character))
    )
    tidy_text = "\n".join(
        _BLANKS.sub(" ", line).strip() for line in _break_links(visible_text).split("\n")
    )
    return _EMPTY_LINES.sub("\n\n", tidy_text).strip()


def sanitize_name(text: str) -> str:
    """Return ``text`` as one clean line of at most ``MAX_NAME_LENGTH`` characters."""
    return sanitize_line(text)[:MAX_NAME_LENGTH].strip()


def sanitize_line(text: str) -> str:
    """Return ``text`` as one line without control and direction characters and working links."""
    return " ".join(sanitize_message(text).split())


def _is_visible(character: str) -> bool:
    is_allowed = character in {"\n", "\t", _EMOJI_JOINER}
    return is_allowed or unicodedata.category(character) not in _INVISIBLE


def _break_links(text: str) -> str:
    """Return ``text`` without URL schemes, and with a space inside anything like a domain."""
    without_schemes = _OTHER_SCHEMES.sub("", _URL_SCHEME.sub("", text))
    without_numbers = _DOTTED_NUMBERS.sub(
        lambda found: found.group().replace(".", ". "), without_schemes
    )
    return _DOMAIN_DOT.sub(_space_after_dot, without_numbers)


def _space_after_dot(dot: re.Match[str]) -> str:
    """Return the dot with a space after it; the dot alone inside a number such as 3.50."""
    previous, following = dot.string[dot.start() - 1], dot.string[dot.end()]
    return dot.group() if previous.isdigit() and following.isdigit() else ". "


def fits_message_limits(text: str) -> bool:
    """Whether ``text`` is within the limits of characters and lines of a gift's message."""
    return len(text) <= MAX_MESSAGE_LENGTH and text.count("\n") < MAX_MESSAGE_LINES
