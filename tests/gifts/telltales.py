"""Finding what must not be told, in whatever spelling or wrapping it comes."""

import base64
import html
import quopri
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_plus

ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def spelling_pattern(*words: str) -> re.Pattern[str]:
    """``words`` in any case, one after the other, whatever stands between that is no word."""
    return re.compile(r"[\W_]{0,3}".join(map(re.escape, words)), re.IGNORECASE)


def find_telltales(text: str, telltales: Mapping[str, re.Pattern[str]]) -> set[str]:
    """The names of what ``text`` tells, plainly or wrapped up."""
    wrappings = "\n".join([text, *_decode_variants(text)])
    return {name for name, pattern in telltales.items() if pattern.search(wrappings)}


def _decode_variants(text: str) -> Iterator[str]:
    yield ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    yield unquote_plus(text)
    yield html.unescape(text)
    yield quopri.decodestring(text.encode()).decode(errors="replace")
    # Lines of Base64 belong together.
    for run in ENCODED.findall(text.replace("\r\n", "").replace("\n", "")):
        for start in range(4):
            yield _decode_base64(run[start:])


def _decode_base64(run: str) -> str:
    complete_groups = run.replace("-", "+").replace("_", "/")[: len(run) // 4 * 4]
    return base64.b64decode(complete_groups).decode("latin-1")
