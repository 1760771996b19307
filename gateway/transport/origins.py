"""Browser origins: one list for CORS, for cross-site requests and for sockets."""

import re
from collections.abc import Iterable

from gateway.transport.fields import Fields

_TOKENS = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~,\- ]{1,1000}")
_EXPOSED = "X-Client-Id, Retry-After"
_PREFLIGHT_SECONDS = "600"
_SCHEMES = {"ws": "http", "wss": "https"}


class Origins:
    """The origins whose pages may use the service beside its own."""

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._listed = frozenset(origin.rstrip("/").lower() for origin in listed)

    def admits(self, fields: Fields, scheme: str) -> bool:
        """Whether a request may be answered: no Origin, the service's own, or a listed one."""
        origin = fields.get(b"origin")
        if origin is None:
            return True
        own = f"{_SCHEMES.get(scheme, scheme)}://{fields.get(b'host') or ''}"
        return origin.lower() == own.lower() or origin.lower() in self._listed

    def answer_headers(self, fields: Fields) -> list[tuple[str, str]]:
        """The CORS headers of an answer to a request that was admitted."""
        if not self._listed:
            return []
        origin = fields.get(b"origin") or ""
        if origin.lower() not in self._listed:
            return [("vary", "Origin")]
        return [
            ("vary", "Origin"),
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", _EXPOSED),
        ]

    def preflight_headers(self, fields: Fields) -> list[tuple[str, str]]:
        """What a browser may send next, for an origin that was admitted."""
        asked = fields.get(b"access-control-request-headers") or ""
        allowed = asked if _TOKENS.fullmatch(asked) else "content-type"
        return [
            *self.answer_headers(fields),
            ("access-control-allow-methods", "GET, POST, OPTIONS"),
            ("access-control-allow-headers", allowed),
            ("access-control-max-age", _PREFLIGHT_SECONDS),
        ]
