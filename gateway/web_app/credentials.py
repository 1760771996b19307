"""Credentials in headers of requests and sockets, and new identifiers in headers of answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from gateway.services.identity.callers import Caller, Credentials

CLIENT_ID_HEADER = "X-Client-Id"
SECURE_COOKIE = "__Host-client"
PLAIN_COOKIE = "client"
COOKIE_LIFETIME_SECONDS = 400 * 24 * 60 * 60
"""Seconds; the maximum that browsers accept (RFC 6265bis)."""
SECURE_SCHEMES = frozenset({"https", "wss"})


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The origin of a request: its headers, its scheme, and the addresses it came from.

    ``network_address`` is the caller's, ``peer`` that of the connection: the caller's or a proxy's.
    """

    headers: Headers
    scheme: str
    peer: str
    network_address: str


@dataclass(frozen=True, slots=True)
class CredentialReader:
    """Reads callers' credentials, and writes their new identifiers.

    If ``strict``, as in production, only the cookie that other subdomains cannot set is read.
    """

    strict: bool = False
    trusted_proxies: tuple[str, ...] = ()

    def read_credentials(self, request_origin: RequestOrigin) -> Credentials:
        """The credentials of a request; the header has precedence over the cookie."""
        headers = request_origin.headers
        return Credentials(
            identifier=headers.get(CLIENT_ID_HEADER) or self._identifier_cookie(headers),
            authorization=headers.get("authorization"),
            network_address=request_origin.network_address,
        )

    def read_socket_credentials(
        self, request_origin: RequestOrigin, payload: Mapping[str, object]
    ) -> Credentials:
        """The credentials of a socket, in ``connection_init`` or else in its request's headers."""
        handshake = self.read_credentials(request_origin)
        return Credentials(
            identifier=_text_or_none(payload.get("clientId")) or handshake.identifier,
            authorization=_text_or_none(payload.get("authorization")) or handshake.authorization,
            network_address=request_origin.network_address,
        )

    def identifier_headers(
        self, caller: Caller, request_origin: RequestOrigin
    ) -> list[tuple[str, str]]:
        """The headers with a caller's new identifier; empty if it has none."""
        identifier = caller.client.new_identifier
        if identifier is None:
            return []
        name, secure = (
            (SECURE_COOKIE, "; Secure") if self._is_secure(request_origin) else (PLAIN_COOKIE, "")
        )
        cookie = (
            f"{name}={identifier}; Path=/; Max-Age={COOKIE_LIFETIME_SECONDS}; "
            f"HttpOnly; SameSite=Lax{secure}"
        )
        return [("Set-Cookie", cookie), (CLIENT_ID_HEADER, identifier)]

    def _identifier_cookie(self, headers: Headers) -> str | None:
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        if self.strict:
            return cookies.get(SECURE_COOKIE)
        return cookies.get(SECURE_COOKIE) or cookies.get(PLAIN_COOKIE)

    def _is_secure(self, request_origin: RequestOrigin) -> bool:
        """Whether the caller's connection is encrypted; a trusted proxy's header counts."""
        if self.strict or request_origin.scheme in SECURE_SCHEMES:
            return True
        forwarded_proto = request_origin.headers.get("x-forwarded-proto", "")
        return forwarded_proto.split(",")[0].strip() == "https" and self._is_trusted_proxy(
            request_origin.peer
        )

    def _is_trusted_proxy(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in ip_network(proxy) for proxy in self.trusted_proxies)


def socket_acknowledgement(caller: Caller) -> Mapping[str, object] | None:
    """The payload with a caller's new identifier, as a socket has no headers; None without one."""
    identifier = caller.client.new_identifier
    return None if identifier is None else {"clientId": identifier}


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
