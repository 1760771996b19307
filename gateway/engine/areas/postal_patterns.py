"""Patterns of postal codes: one code, a prefix or a range; and the codes that match them.

British codes are compared by their two parts. The space ends the outward code, so that ``SE1 *``
does not match SE10, and ``KW15-KW17`` is a range of districts. In other countries the first part
has a fixed length, and a pattern of that length matches all codes with that first part.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.engine.addresses.postal_codes import clean_postal_code, compact_postal_code

OUTWARD_CODE_COUNTRIES = frozenset({"GB", "GG", "IM", "JE"})
"""Countries with codes of Royal Mail: an outward code of two to four characters, then an inward
code of three.
"""
_FULL_CODE = re.compile(r"([A-Z]{1,2})(\d)(\d|[A-Z])?(\d[A-Z]{2})")
_DISTRICT = re.compile(r"([A-Z]{1,2})(\d)(\d|[A-Z])?")
_AREA = re.compile(r"[A-Z]{1,2}")
_INWARD = re.compile(r"\d?[A-Z]{0,2}")
_UNDISTRICTED = re.compile(r"GIR0AA|BFPO\d{1,4}")
"""Codes of Great Britain without a district: of a former bank, and of the forces' post."""

FIRST_PART_LENGTHS = {
    "BM": 2, "BR": 5, "CA": 3, "CZ": 3, "GR": 3, "IE": 3, "IR": 5, "JP": 3, "KY": 3, "LB": 4,
    "MT": 3, "NL": 4, "PL": 2, "PT": 4, "SE": 3, "SK": 3, "SO": 2,
}  # fmt: skip
"""The number of characters in the first part of codes that have two parts.

Source: Universal Postal Union, "Postal addressing systems in member countries".
"""
_DASHED_PART_LENGTHS = {
    "BR": (5, 3),
    "IR": (5, 5),
    "JP": (3, 4),
    "KY": (3, 4),
    "PL": (2, 3),
    "PT": (4, 3),
}
"""The lengths of both parts where a dash joins them. They tell a single code from a range."""
_PATTERN_FORM = re.compile(r"[0-9A-Z][0-9A-Z -]*")


class MalformedPattern(ValueError):
    """A text that is not a postal pattern."""


@dataclass(frozen=True, slots=True)
class PostalKeySpan:
    """All postal keys from ``first`` to ``last``.

    A key is compared by as many characters as ``first`` has. With ``exact_length`` it must have
    exactly that length.
    """

    first: str
    last: str
    exact_length: bool = False

    def includes(self, key: str) -> bool:
        """Whether ``key`` is in the span."""
        length = len(self.first)
        if self.exact_length and len(key) != length:
            return False
        return self.first <= key[:length] <= self.last

    def covers(self, other: "PostalKeySpan") -> bool:
        """Whether every key of ``other`` is in this span."""
        length = len(self.first)
        if len(other.first) < length:
            return False
        if self.exact_length and not (other.exact_length and len(other.first) == length):
            return False
        return self.first <= other.first[:length] and other.last[:length] <= self.last

    def overlaps(self, other: "PostalKeySpan") -> bool:
        """Whether a key can be in both spans."""
        if self.exact_length and other.exact_length and len(self.first) != len(other.first):
            return False
        length = min(len(self.first), len(other.first))
        return (
            self.first[:length] <= other.last[:length]
            and other.first[:length] <= self.last[:length]
        )


@dataclass(frozen=True, slots=True)
class PostalPattern:
    """A postal pattern as the spans of the keys that it matches.

    ``ends`` are the codes, or beginnings of codes, in its text, without separators. ``partial``:
    they may be beginnings of codes.
    """

    spans: tuple[PostalKeySpan, ...]
    ends: tuple[str, ...]
    partial: bool = False

    def matches(self, key: str) -> bool:
        """Whether the postal code with this key matches the pattern."""
        return any(span.includes(key) for span in self.spans)


@lru_cache(maxsize=4_096)
def postal_code_key(country: str, code: str) -> str:
    """Return the form of ``code`` in which patterns of its country compare it."""
    compact_code = compact_postal_code(code)
    return _british_key(compact_code) if country in OUTWARD_CODE_COUNTRIES else compact_code


def _british_key(code: str) -> str:
    """Return area, district and inward code in fixed columns; fewer columns for a partial code."""
    if full := _FULL_CODE.fullmatch(code):
        return _district_key(full[1], full[2], full[3]) + full[4]
    if district := _DISTRICT.fullmatch(code):
        return _district_key(district[1], district[2], district[3])
    return code if _AREA.fullmatch(code) else f"~{code}"


def _district_key(area: str, first: str, second: str | None) -> str:
    """Return two columns for the area's letters, two for the number, one for a letter after it."""
    if second and second.isdigit():
        return f"{area:<2}{first}{second} "
    return f"{area:<2}0{first}{second or ' '}"


@lru_cache(maxsize=16_384)
def parse_postal_pattern(country: str, text: str) -> PostalPattern:
    """Return the postal pattern that ``text`` describes.

    Raises:
        MalformedPattern: ``text`` is not a code, a prefix with one ``*`` at its end, or a range
            whose ends have the same form and are in order.

    """
    has_wildcard = text.rstrip().endswith("*")
    body = text.rstrip().removesuffix("*")
    # A space before the wildcard means that the part is complete.
    plain = clean_postal_code(body) + (" " if has_wildcard and body.endswith((" ", "-")) else "")
    if not _PATTERN_FORM.fullmatch(plain) or not plain.isascii():
        raise _malformed_pattern(text)
    if has_wildcard:
        return _prefix_pattern(country, plain, text)
    ends = _parse_range_ends(country, plain)
    return (
        _single_code_pattern(country, plain, text)
        if ends is None
        else _range_pattern(country, ends, text)
    )


def _malformed_pattern(text: str, reason: str = "not a postal pattern") -> MalformedPattern:
    return MalformedPattern(f"{reason}: {text!r}")


def _prefix_pattern(country: str, plain: str, text: str) -> PostalPattern:
    body = compact_postal_code(plain)
    if country not in OUTWARD_CODE_COUNTRIES:
        return PostalPattern((PostalKeySpan(body, body),), (body,), partial=True)
    outward, space, inward = plain.replace("-", " ").partition(" ")
    if space:
        return _district_prefix_pattern(outward, compact_postal_code(inward), text)
    return PostalPattern(_outward_spans(body, text), (body,), partial=True)


def _district_prefix_pattern(outward: str, inward: str, text: str) -> PostalPattern:
    district = _DISTRICT.fullmatch(outward)
    if district is None or not _INWARD.fullmatch(inward):
        raise _malformed_pattern(text, "no outward code before the space")
    key = _district_key(district[1], district[2], district[3]) + inward
    example_code = outward + inward + "1AA"[len(inward) :]
    return PostalPattern((PostalKeySpan(key, key),), (example_code,), partial=True)


def _outward_spans(body: str, text: str) -> tuple[PostalKeySpan, ...]:
    """The spans of all outward codes with a prefix: ``SE1`` begins SE1, SE1P and SE10 to SE19."""
    undistricted = tuple(
        PostalKeySpan(f"~{body}", f"~{body}")
        for name in ("GIR", "BFPO")
        if name.startswith(body[:4])
    )
    if _AREA.fullmatch(body):
        return (PostalKeySpan(body, body), *undistricted)
    if body.startswith(("GIR", "BFPO")):
        return undistricted
    district = _DISTRICT.fullmatch(body)
    if district is None:
        raise _malformed_pattern(text, "an outward code ends with a space")
    area, first, second = district.groups()
    if second:
        key = _district_key(area, first, second)
        return (PostalKeySpan(key, key),)
    number = f"{area:<2}0{first}"
    return PostalKeySpan(number, number), PostalKeySpan(f"{area:<2}{first}0", f"{area:<2}{first}9")


def _parse_range_ends(country: str, plain: str) -> tuple[str, str] | None:
    """The two ends of the range in ``plain``; None if it is not a range."""
    dashes = [index for index, character in enumerate(plain) if character == "-"]
    if len(dashes) % 2 == 0:
        return None
    index = dashes[len(dashes) // 2]
    first, last = compact_postal_code(plain[:index]), compact_postal_code(plain[index + 1 :])
    if len(dashes) == 1 and _DASHED_PART_LENGTHS.get(country) == (len(first), len(last)):
        return None
    if country in OUTWARD_CODE_COUNTRIES:
        return (first, last) if _DISTRICT.fullmatch(last) or _FULL_CODE.fullmatch(last) else None
    return (first, last) if len(first) == len(last) else None


def _range_pattern(country: str, ends: tuple[str, str], text: str) -> PostalPattern:
    if country in OUTWARD_CODE_COUNTRIES:
        return _district_range_pattern(ends, text)
    first, last = ends
    if first > last:
        raise _malformed_pattern(text, "a range ends before it begins")
    partial = FIRST_PART_LENGTHS.get(country) == len(first)
    return PostalPattern((PostalKeySpan(first, last, exact_length=not partial),), ends, partial)


def _district_range_pattern(ends: tuple[str, str], text: str) -> PostalPattern:
    first, last = (_open_key(end, text) for end in ends)
    if first[:2] != last[:2] or len(first) != len(last):
        raise _malformed_pattern(text, "both ends of a range are of one area")
    if first > last:
        raise _malformed_pattern(text, "a range ends before it begins")
    return PostalPattern((PostalKeySpan(first, last),), ends, partial=True)


def _open_key(code: str, text: str) -> str:
    """The key of a code or district. A district without a letter includes all its letters."""
    if not (_FULL_CODE.fullmatch(code) or _DISTRICT.fullmatch(code)):
        raise _malformed_pattern(text, "a range goes from one district or code to another")
    return _british_key(code).rstrip()


def _single_code_pattern(country: str, plain: str, text: str) -> PostalPattern:
    code = compact_postal_code(plain)
    if country not in OUTWARD_CODE_COUNTRIES:
        partial = FIRST_PART_LENGTHS.get(country) == len(code)
        return PostalPattern(
            (PostalKeySpan(code, code, exact_length=not partial),), (code,), partial
        )
    if _UNDISTRICTED.fullmatch(code):
        return PostalPattern((PostalKeySpan(f"~{code}", f"~{code}", exact_length=True),), (code,))
    if _AREA.fullmatch(code):
        raise _malformed_pattern(
            text, f"codes of an area are written {code}*, so this is no pattern"
        )
    key = _open_key(code, text)
    return PostalPattern(
        (PostalKeySpan(key, key),), (code,), partial=bool(_DISTRICT.fullmatch(code))
    )
