"""Allowed browser origins, for CORS, cross-site requests and sockets."""

import re
from collections.abc import Iterable

from gateway.transport.header_fields import HeaderFields
from gateway.transport.hosts import Hosts

_TOKENS = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~,\- ]{1,1000}")
_EXPOSED_HEADERS = "X-Client-Id, Retry-After"
_PREFLIGHT_SECONDS = "600"


class Origins:
    """The origins whose pages may use the service: those allowed and the service's ``hosts``."""

    def __init__(self, allowed: Iterable[str] = (), hosts: Hosts | None = None) -> None:
        self._hosts = hosts or Hosts()
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def allows(self, fields: HeaderFields) -> bool:
        """Whether the request has no Origin, the service's own or an allowed one."""
        origin = fields.get(b"origin")
        if origin is None or origin.lower() in self._allowed:
            return True
        return self._hosts.owns(origin, fields.get(b"host"))

    def answer_headers(self, fields: HeaderFields) -> list[tuple[str, str]]:
        """The CORS headers of an answer to a request that is allowed."""
        if not self._allowed:
            return []
        origin = fields.get(b"origin") or ""
        if origin.lower() not in self._allowed:
            return [("vary", "Origin")]
        return [
            ("vary", "Origin"),
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", _EXPOSED_HEADERS),
        ]

    def preflight_headers(self, fields: HeaderFields) -> list[tuple[str, str]]:
        """The CORS headers of an answer to a preflight request that is allowed."""
        requested_headers = fields.get(b"access-control-request-headers") or ""
        allowed = requested_headers if _TOKENS.fullmatch(requested_headers) else "content-type"
        return [
            *self.answer_headers(fields),
            ("access-control-allow-methods", "GET, POST, OPTIONS"),
            ("access-control-allow-headers", allowed),
            ("access-control-max-age", _PREFLIGHT_SECONDS),
        ]
