"""Under which names the service answers: the Host of a request, judged before anything else.

A page of a stranger reaches a service behind a firewall once its name leads there (DNS rebinding);
its requests then carry that name as Host. RFC 9112 3.2 has malformed ones refused, RFC 9110 15.5.20
those that are meant for somebody else.
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

from gateway.transport.errors import Code, Refused
from gateway.transport.media import JSON
from gateway.transport.replies import raw_headers, send_reply

_AUTHORITY = re.compile(
    r"(?:(?P<name>(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})|\[(?P<v6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{0,5}))?",
)
_MAX_PORT = 65_535
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_ONLY_LOCAL = (".localhost", ".local", ".internal", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case, an IPv6 address in its shortest form, and a port where one is named."""

    host: str
    port: int | None

    @property
    def loopback(self) -> bool:
        """Whether it is this machine, by its name or an address."""
        address = self.address
        if address is not None:
            return address.is_loopback
        return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address that the host is; none where it is a name."""
        try:
            return IPv6Address(self.host) if ":" in self.host else IPv4Address(self.host)
        except AddressValueError:
            return None

    @property
    def local(self) -> bool:
        """Whether no stranger can make it lead anywhere: an address, or no name of public DNS."""
        return self.address is not None or "." not in self.host or self.host.endswith(_ONLY_LOCAL)


@lru_cache(maxsize=1_024)
def authority(text: str) -> Authority | None:
    """``text`` as HOST or HOST:PORT (RFC 3986 3.2); None where it is neither."""
    found = _AUTHORITY.fullmatch(text)
    if found is None or int(found["port"] or 0) > _MAX_PORT:
        return None
    port = int(found["port"]) if found["port"] else None
    if found["v6"] is None:
        host = found["name"].lower().removesuffix(".")
        return Authority(host, port) if host else None
    try:
        address = IPv6Address(found["v6"])
    except AddressValueError:
        return None
    return Authority(str(address.ipv4_mapped or address), port)


def of_url(url: str) -> tuple[Authority, int] | None:
    """The authority of ``url`` and the port that it comes to; None where it is no web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = authority(parts.netloc)
    if found is None or parts.scheme not in _PORTS:
        return None
    return found, found.port or _PORTS[parts.scheme]


class Hosts:
    """The names that requests may be sent to: those of ``urls``, ``names`` and the loopback's.

    A name of ``names`` without a port stands for all of its ports. ``local``: those, too, that no
    stranger can make lead here, for development.
    """

    def __init__(
        self, urls: Iterable[str] = (), names: Iterable[str] = (), *, local: bool = False
    ) -> None:
        known = list(urls)
        self._origins = {origin for url in known if (origin := _origin(url)) is not None}
        found = [each for url in known if (each := of_url(url)) is not None]
        self._exact: set[tuple[str, int | None]] = {(each.host, port) for each, port in found}
        self._exact |= {(each.host, None) for each, _ in found}
        listed = [named for name in names if (named := authority(name)) is not None]
        self._exact |= {(named.host, named.port) for named in listed if named.port is not None}
        self._any_port = {named.host for named in listed if named.port is None}
        self._local = local
        # Clients keep to one name: it is judged once.
        self._status = lru_cache(maxsize=1_024)(self._judged)

    def check(self, scope: Scope) -> None:
        """Judge the Host of a request.

        Raises:
            Refused: 400 where there is none, more than one or no host; 421 where it is another's.

        """
        values = [value for name, value in scope["headers"] if name == b"host"]
        if not values and scope.get("http_version", "1.1") in ("1.0", "0.9"):
            return  # no browser speaks it, and its requests need not have one
        status = self._status(values[0]) if len(values) == 1 else HTTPStatus.BAD_REQUEST
        if status == HTTPStatus.BAD_REQUEST:
            message = f"One Host such as shop.example or shop.example:8000, not {_counted(values)}."
            raise Refused(status, Code.BAD_REQUEST, message)
        if status == HTTPStatus.MISDIRECTED_REQUEST:
            message = "This host is not served here. Its operator can name it in HOSTS."
            raise Refused(status, Code.MISDIRECTED_REQUEST, message)

    def _judged(self, value: bytes) -> HTTPStatus:
        found = authority(value.decode("latin-1"))
        if found is None:
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.OK if self.serve(found) else HTTPStatus.MISDIRECTED_REQUEST

    def serve(self, asked: Authority) -> bool:
        """Whether requests to ``asked`` are answered."""
        return (
            self.trusts(asked)
            or asked.host in self._any_port
            or (asked.host, asked.port) in self._exact
        )

    def trusts(self, asked: Authority) -> bool:
        """Whether a page at ``asked`` is the service's own if it was asked by that name."""
        return asked.loopback or (self._local and asked.local)

    def owns(self, origin: str, host: str | None) -> bool:
        """Whether ``origin`` is that of the service's own pages.

        It is one of ``urls``; or where the request was sent to, under a name that is trusted.
        """
        if _origin(origin) in self._origins:
            return True
        parts = of_url(origin)
        asked = authority(host) if host is not None else None
        if parts is None or asked is None or not self.trusts(asked):
            return False
        found, port = parts
        default = _PORTS[urlsplit(origin).scheme]
        return found.host == asked.host and port == (asked.port or default)


def _origin(url: str) -> tuple[str, str, int] | None:
    found = of_url(url)
    return None if found is None else (urlsplit(url).scheme, found[0].host, found[1])


def _counted(values: list[bytes]) -> str:
    return {0: "none", 1: "one that is malformed"}.get(len(values), str(len(values)))


class KnownHosts:
    """An application that answers under the names of ``hosts`` alone.

    ``anywhere`` are paths asked by whoever watches over it, by whatever name; not by none.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, anywhere: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = hosts
        self._anywhere = frozenset(anywhere)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass on what is addressed to this service, and refuse the rest."""
        try:
            self._hosts.check(scope)
        except Refused as refused:
            exempt = refused.status == HTTPStatus.MISDIRECTED_REQUEST
            if not (exempt and scope["path"] in self._anywhere):
                return refuse(refused, scope, send)
        return self._app(scope, receive, send)


async def refuse(refused: Refused, scope: Scope, send: Send) -> None:
    """Answer ``refused`` to a request, or to the handshake of a socket."""
    body = orjson.dumps({"errors": refused.formatted()})
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
