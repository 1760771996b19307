"""Words between people who may not know each other, made harmless."""

import re
import unicodedata

LONGEST_MESSAGE = 2_000
MOST_LINES = 20
LONGEST_NAME = 100

_SCHEME = re.compile(r"[\w+.-]*:/{2,}")
_OTHER_SCHEMES = re.compile(r"\b(?:mailto|javascript|data|tel|sms|vbscript|file):", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[\w-])[.\u3002\u2024\uff61](?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_NUMBERS = re.compile(r"\d+(?:\.\d+){2,}")
_EMOJI_JOINER = "\u200d"
# Beside these it joins nothing, and would hide a domain from what finds domains.
_BESIDE = "\\x00-\\x7f\u3002\u2024\uff61"
_LOOSE_JOINERS = re.compile(f"(?<=[{_BESIDE}]){_EMOJI_JOINER}+|{_EMOJI_JOINER}+(?=[{_BESIDE}])")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless_message(text: str) -> str:
    """``text`` as plain lines: no control or direction characters, and no link that works.

    What is harmless already stays as it is.
    """
    while (cleaner := _cleaned(text)) != text:
        text = cleaner
    return text


def _cleaned(text: str) -> str:
    lines = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    seen = _LOOSE_JOINERS.sub("", "".join(each for each in lines if _visible(each)))
    tidy = "\n".join(_BLANKS.sub(" ", line).strip() for line in _dead_links(seen).split("\n"))
    return _EMPTY_LINES.sub("\n\n", tidy).strip()


def harmless_name(text: str) -> str:
    """``text`` on one line, harmless in a message to a stranger, at most ``LONGEST_NAME`` long."""
    return harmless_line(text)[:LONGEST_NAME].strip()


def harmless_line(text: str) -> str:
    """``text`` on one line, without control or direction characters and links."""
    return " ".join(harmless_message(text).split())


def _visible(character: str) -> bool:
    kept = character in {"\n", "\t", _EMOJI_JOINER}
    return kept or unicodedata.category(character) not in _INVISIBLE


def _dead_links(text: str) -> str:
    """``text`` with no scheme, and a space in what a mail program would take for a domain."""
    without = _OTHER_SCHEMES.sub("", _SCHEME.sub("", text))
    addresses = _NUMBERS.sub(lambda found: found.group().replace(".", ". "), without)
    return _DOMAIN_DOT.sub(_spaced, addresses)


def _spaced(dot: re.Match[str]) -> str:
    """The dot with a space behind it, unless it stands in a number such as 3.50."""
    before, after = dot.string[dot.start() - 1], dot.string[dot.end()]
    return dot.group() if before.isdigit() and after.isdigit() else ". "


def message_fits(text: str) -> bool:
    """Whether ``text`` is within the limits of a gift's message."""
    return len(text) <= LONGEST_MESSAGE and text.count("\n") < MOST_LINES
