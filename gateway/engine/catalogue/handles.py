"""Handles: the names of products and collections in addresses of pages."""

import re
import unicodedata

from gateway.engine.text.normalization import JOINERS

FORBIDDEN_IN_HANDLE = re.compile(r"[\s/?#%\\\x00-\x1f\x7f]")
"""Characters that an address cannot hold, or in which they have a meaning."""
STEPS = frozenset({".", ".."})
"""Browsers leave them out of addresses: pages of such names cannot be reached."""


def explain_bad_handle(handle: str) -> str:
    """Why ``handle`` can be no name in addresses; empty if it can."""
    if FORBIDDEN_IN_HANDLE.search(handle):
        return "must not hold blanks, slashes, or any of ? # % \\"
    if handle in STEPS:
        return "must not be . or .., which browsers leave out of addresses"
    if any(map(_is_hidden, handle)):
        return "must not hold characters that nobody sees"
    return ""


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf"} and character not in JOINERS
