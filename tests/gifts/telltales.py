"""Finding what must not be told, in whatever spelling or wrapping it comes."""

import base64
import html
import quopri
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_plus

ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def spelled(*words: str) -> re.Pattern[str]:
    """``words`` in any case, one after the other, whatever stands between that is no word."""
    return re.compile(r"[\W_]{0,3}".join(map(re.escape, words)), re.IGNORECASE)


def told(text: str, telltales: Mapping[str, re.Pattern[str]]) -> set[str]:
    """The names of what ``text`` tells, plainly or wrapped up."""
    wrappings = "\n".join([text, *_unwrapped(text)])
    return {name for name, pattern in telltales.items() if pattern.search(wrappings)}


def _unwrapped(text: str) -> Iterator[str]:
    yield ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    yield unquote_plus(text)
    yield html.unescape(text)
    yield quopri.decodestring(text.encode()).decode(errors="replace")
    # Lines of Base64 belong together.
    for run in ENCODED.findall(text.replace("\r\n", "").replace("\n", "")):
        for start in range(4):
            yield _decoded(run[start:])


def _decoded(run: str) -> str:
    whole = run.replace("-", "+").replace("_", "/")[: len(run) // 4 * 4]
    return base64.b64decode(whole).decode("latin-1")
