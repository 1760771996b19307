"""Words between people who may not know each other, made harmless."""

import re
import unicodedata

LONGEST_MESSAGE = 1000
MOST_LINES = 20
LONGEST_NAME = 100

_SCHEME = re.compile(r"[\w+.-]*:/{2,}")
_OTHER_SCHEMES = re.compile(r"\b(?:mailto|javascript|data|tel|sms|vbscript|file):", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[\w-])[.\u3002\u2024\uff61](?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_EMOJI_JOINER = "\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless_message(text: str) -> str:
    """``text`` as plain lines: no control or direction characters, and no link that works."""
    lines = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    seen = "".join(each for each in lines if _visible(each))
    tidy = "\n".join(_BLANKS.sub(" ", line).strip() for line in _dead_links(seen).split("\n"))
    return _EMPTY_LINES.sub("\n\n", tidy).strip()


def harmless_name(text: str) -> str:
    """``text`` on one line, harmless in a message to a stranger, at most ``LONGEST_NAME`` long."""
    return " ".join(harmless_message(text).split())[:LONGEST_NAME].strip()


def _visible(character: str) -> bool:
    kept = character in {"\n", "\t", _EMOJI_JOINER}
    return kept or unicodedata.category(character) not in _INVISIBLE


def _dead_links(text: str) -> str:
    """``text`` with no scheme, and a space in what a mail program would take for a domain."""
    without = _OTHER_SCHEMES.sub("", _SCHEME.sub("", text))
    return _DOMAIN_DOT.sub(_spaced, without)


def _spaced(dot: re.Match[str]) -> str:
    """The dot with a space behind it, unless it stands in a number such as 3.50."""
    before, after = dot.string[dot.start() - 1], dot.string[dot.end()]
    return dot.group() if before.isdigit() and after.isdigit() else ". "


def message_fits(text: str) -> bool:
    """Whether ``text`` is within the limits of a gift's message."""
    return len(text) <= LONGEST_MESSAGE and text.count("\n") < MOST_LINES
