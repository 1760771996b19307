"""Language tags of BCP 47."""

import re

MAX_TAG_LENGTH = 35
"""Characters (RFC 5646, section 4.4.1)."""
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SCRIPT_LENGTH, _REGION_LENGTH = 4, 2


def normalize_language_tag(text: str) -> str | None:
    """``text`` in the usual case (``zh-Hant-TW``); None if it is not a language tag."""
    tag = text.strip().replace("_", "-")
    if len(tag) > MAX_TAG_LENGTH or LANGUAGE_TAG.fullmatch(tag) is None:
        return None
    language, *subtags = tag.split("-")
    return "-".join((language.lower(), *_in_usual_case(subtags)))


def _in_usual_case(subtags: list[str]) -> list[str]:
    """Scripts with a capital, regions in capitals, the others in lower case (RFC 5646, 2.1.1).

    After a subtag of one character no others are regions or scripts.
    """
    result: list[str] = []
    is_extension = False
    for subtag in subtags:
        is_extension = is_extension or len(subtag) == 1
        if not is_extension and len(subtag) == _REGION_LENGTH:
            result.append(subtag.upper())
        elif not is_extension and len(subtag) == _SCRIPT_LENGTH and subtag.isalpha():
            result.append(subtag.capitalize())
        else:
            result.append(subtag.lower())
    return result
