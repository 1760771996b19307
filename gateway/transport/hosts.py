"""Check of the Host header against the names of the service.

The check prevents DNS rebinding: the page of an attacker can reach a service behind a firewall if
the attacker's host name resolves to the service, but its requests carry that name as Host.
Malformed hosts are refused by RFC 9112 3.2, foreign ones by RFC 9110 15.5.20.
"""

import re
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.transport.content_negotiation import JSON
from gateway.transport.errors import Code, RequestRefused
from gateway.transport.responses import raw_headers, send_reply

_AUTHORITY = re.compile(
    r"(?:(?P<name>(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})|\[(?P<v6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{0,5}))?",
)
_MAX_PORT = 65_535
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case (IPv6 in its shortest form) and its port; None if no port is given."""

    host: str
    port: int | None

    @property
    def is_loopback(self) -> bool:
        """Whether it is the name or an address of this machine."""
        address = self.address
        if address is not None:
            return address.is_loopback
        return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The IP address of the host; None if the host is a name."""
        try:
            return IPv6Address(self.host) if ":" in self.host else IPv4Address(self.host)
        except AddressValueError:
            return None

    @property
    def is_local(self) -> bool:
        """Whether it is an IP address or a name that does not exist in public DNS."""
        return (
            self.address is not None or "." not in self.host or self.host.endswith(_LOCAL_SUFFIXES)
        )


@lru_cache(maxsize=1_024)
def parse_authority(text: str) -> Authority | None:
    """Parse HOST or HOST:PORT (RFC 3986 3.2); None if ``text`` is neither."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or int(match["port"] or 0) > _MAX_PORT:
        return None
    port = int(match["port"]) if match["port"] else None
    if match["v6"] is None:
        host = match["name"].lower().removesuffix(".")
        return Authority(host, port) if host else None
    try:
        address = IPv6Address(match["v6"])
    except AddressValueError:
        return None
    return Authority(str(address.ipv4_mapped or address), port)


def authority_of(url: str) -> tuple[Authority, int] | None:
    """The authority of ``url`` and its port or default port; None if it is no http or https URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    authority_of_url = parse_authority(parts.netloc)
    if authority_of_url is None or parts.scheme not in _DEFAULT_PORTS:
        return None
    return authority_of_url, authority_of_url.port or _DEFAULT_PORTS[parts.scheme]


class Hosts:
    """The hosts of the service: those of ``urls`` and ``names``, and the loopback names.

    An entry of ``names`` without a port stands for all ports. With ``local``, for development, all
    IP addresses and names outside of public DNS are also accepted.
    """

    def __init__(
        self, urls: Iterable[str] = (), names: Iterable[str] = (), *, local: bool = False
    ) -> None:
        own_urls = list(urls)
        self._origins = {origin for url in own_urls if (origin := _origin(url)) is not None}
        url_authorities = [
            own_authority for url in own_urls if (own_authority := authority_of(url)) is not None
        ]
        self._exact: set[tuple[str, int | None]] = {
            (own_authority.host, port) for own_authority, port in url_authorities
        }
        self._exact |= {(own_authority.host, None) for own_authority, _ in url_authorities}
        listed_authorities = [
            named_authority
            for name in names
            if (named_authority := parse_authority(name)) is not None
        ]
        self._exact |= {
            (named_authority.host, named_authority.port)
            for named_authority in listed_authorities
            if named_authority.port is not None
        }
        self._any_port = {
            named_authority.host
            for named_authority in listed_authorities
            if named_authority.port is None
        }
        self._local = local
        # Clients send the same host each time, so the result is cached.
        self._status = lru_cache(maxsize=1_024)(self._status_of)

    def check(self, scope: Scope) -> None:
        """Check the Host of a request.

        Raises:
            RequestRefused: status 400 if it is missing, repeated or malformed, 421 if foreign.

        """
        values = [value for name, value in scope["headers"] if name == b"host"]
        if not values and scope.get("http_version", "1.1") in ("1.0", "0.9"):
            return  # HTTP/1.0 does not require a Host, and no browser uses it
        status = self._status(values[0]) if len(values) == 1 else HTTPStatus.BAD_REQUEST
        if status == HTTPStatus.BAD_REQUEST:
            sent_text = _describe_values(values)
            message = f"One Host such as shop.example or shop.example:8000, not {sent_text}."
            raise RequestRefused(status, Code.BAD_REQUEST, message)
        if status == HTTPStatus.MISDIRECTED_REQUEST:
            message = "This host is not served here. Its operator can name it in HOSTS."
            raise RequestRefused(status, Code.MISDIRECTED_REQUEST, message)

    def _status_of(self, value: bytes) -> HTTPStatus:
        host_authority = parse_authority(value.decode("latin-1"))
        if host_authority is None:
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.OK if self.serves(host_authority) else HTTPStatus.MISDIRECTED_REQUEST

    def serves(self, host_authority: Authority) -> bool:
        """Whether requests to ``host_authority`` are answered."""
        return (
            self.trusts(host_authority)
            or host_authority.host in self._any_port
            or (host_authority.host, host_authority.port) in self._exact
        )

    def trusts(self, host_authority: Authority) -> bool:
        """Whether pages at ``host_authority`` are always the service's own."""
        return host_authority.is_loopback or (self._local and host_authority.is_local)

    def owns(self, origin: str, host: str | None) -> bool:
        """Whether ``origin`` belongs to the service's own pages.

        It does if it is the origin of one of ``urls``, or equal to ``host`` and trusted.
        """
        if _origin(origin) in self._origins:
            return True
        parts = authority_of(origin)
        host_authority = parse_authority(host) if host is not None else None
        if parts is None or host_authority is None or not self.trusts(host_authority):
            return False
        origin_authority, port = parts
        default = _DEFAULT_PORTS[urlsplit(origin).scheme]
        return origin_authority.host == host_authority.host and port == (
            host_authority.port or default
        )


def _origin(url: str) -> tuple[str, str, int] | None:
    url_authority = authority_of(url)
    return (
        None
        if url_authority is None
        else (urlsplit(url).scheme, url_authority[0].host, url_authority[1])
    )


def _describe_values(values: list[bytes]) -> str:
    return {0: "none", 1: "one that is malformed"}.get(len(values), str(len(values)))


class KnownHostsMiddleware:
    """ASGI middleware that refuses requests to hosts other than ``hosts``.

    ``exempt_paths``, such as those of health checks, are answered for every well-formed host.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, exempt_paths: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = hosts
        self._exempt_paths = frozenset(exempt_paths)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass on requests to this service and refuse all others."""
        try:
            self._hosts.check(scope)
        except RequestRefused as refused:
            exempt = refused.status == HTTPStatus.MISDIRECTED_REQUEST
            if not (exempt and scope["path"] in self._exempt_paths):
                return send_refusal(refused, scope, send)
        return self._app(scope, receive, send)


async def send_refusal(refused: RequestRefused, scope: Scope, send: Send) -> None:
    """Answer an HTTP request or a WebSocket handshake with ``refused``."""
    body = orjson.dumps({"errors": refused.to_errors()})
    if scope["type"] == "http":
        await send_reply(send, refused.status, body, JSON, refused.headers)
        return
    extensions: Mapping[str, object] = scope.get("extensions") or {}
    if "websocket.http.response" not in extensions:
        await send({"type": "websocket.close", "code": 4403, "reason": refused.code})
        return
    headers = [*raw_headers(JSON, refused.headers), (b"content-length", b"%d" % len(body))]
    start = {"type": "websocket.http.response.start", "status": refused.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})
