"""What headers say of who is calling, and what the answer's headers hand over to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from gateway.services.identity.callers import Caller, Credentials

HEADER = "X-Client-Id"
SECURE_COOKIE = "__Host-client"
PLAIN_COOKIE = "client"
COOKIE_LIFE = 400 * 24 * 60 * 60
"""Seconds; browsers keep no cookie longer (RFC 6265bis)."""
SECURE_SCHEMES = frozenset({"https", "wss"})


@dataclass(frozen=True, slots=True)
class Approach:
    """How a request reached us: its headers, its scheme, and the address it came from.

    ``network_address`` is the caller's own, ``peer`` that of whoever opened the connection: the
    caller, or a proxy.
    """

    headers: Headers
    scheme: str
    peer: str
    network_address: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """Reads what callers present, and writes what they are given.

    ``strict``: in production, only what a neighbouring site cannot set is read.
    """

    strict: bool = False
    trusted_proxies: tuple[str, ...] = ()

    def credentials(self, approach: Approach) -> Credentials:
        """What a request presents; of several identifiers the header's wins."""
        headers = approach.headers
        return Credentials(
            identifier=headers.get(HEADER) or self._cookie(headers),
            authorization=headers.get("authorization"),
            network_address=approach.network_address,
        )

    def socket_credentials(self, approach: Approach, payload: Mapping[str, object]) -> Credentials:
        """What a socket presents in ``connection_init``, else in the headers it was opened with."""
        opened = self.credentials(approach)
        return Credentials(
            identifier=_text(payload.get("clientId")) or opened.identifier,
            authorization=_text(payload.get("authorization")) or opened.authorization,
            network_address=approach.network_address,
        )

    def handed_over(self, caller: Caller, approach: Approach) -> list[tuple[str, str]]:
        """The headers that give a caller a new identifier; none where they have one."""
        secret = caller.client.issued
        if secret is None:
            return []
        name, secure = (
            (SECURE_COOKIE, "; Secure") if self._is_secure(approach) else (PLAIN_COOKIE, "")
        )
        cookie = f"{name}={secret}; Path=/; Max-Age={COOKIE_LIFE}; HttpOnly; SameSite=Lax{secure}"
        return [("Set-Cookie", cookie), (HEADER, secret)]

    def _cookie(self, headers: Headers) -> str | None:
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        if self.strict:
            return cookies.get(SECURE_COOKIE)
        return cookies.get(SECURE_COOKIE) or cookies.get(PLAIN_COOKIE)

    def _is_secure(self, approach: Approach) -> bool:
        """Whether the caller's own connection is encrypted, as far as a trusted voice tells."""
        if self.strict or approach.scheme in SECURE_SCHEMES:
            return True
        told = approach.headers.get("x-forwarded-proto", "")
        return told.split(",")[0].strip() == "https" and self._trusts(approach.peer)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in ip_network(each) for each in self.trusted_proxies)


def acknowledgement(caller: Caller) -> Mapping[str, object] | None:
    """What tells a socket's holder their new identifier: a socket has no headers to carry it."""
    secret = caller.client.issued
    return None if secret is None else {"clientId": secret}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
