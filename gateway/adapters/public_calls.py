"""HTTP requests to URLs given by others: to public addresses only, each of which was checked.

A host is resolved once and the checked address is called, so that a changed DNS entry cannot lead
elsewhere.
"""

import asyncio
import socket
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from gateway.adapters.public_addresses import is_public_address

MAX_URL_LENGTH = 2000
"""A longer URL is not called."""
MAX_ADDRESSES = 2
"""Only so many addresses of a host are tried, one after the other."""
MAX_CONCURRENT_LOOKUPS = 4
"""Further address lookups wait for a free thread."""
WEB_SCHEMES = frozenset({"https", "http"})
SECURE_SCHEMES = frozenset({"https"})


def _create_lookup_executor() -> ThreadPoolExecutor:
    # A separate pool, so that slow name servers do not occupy the threads of other work.
    return ThreadPoolExecutor(MAX_CONCURRENT_LOOKUPS, thread_name_prefix="lookup")


@dataclass(frozen=True, slots=True)
class PublicHosts:
    """Finds the addresses that a URL may be called at.

    ``allows_private`` allows plain HTTP and all addresses, for development.
    """

    schemes: Collection[str] = SECURE_SCHEMES
    allows_private: bool = False
    _lookup_executor: ThreadPoolExecutor = field(
        default_factory=_create_lookup_executor, repr=False
    )

    async def find_addresses(self, url: str) -> tuple[str, ...]:
        """The addresses to call for ``url``; empty unless all addresses of its host are public."""
        if len(url) > MAX_URL_LENGTH:
            return ()
        try:
            parsed_url, url_parts = httpx.URL(url), urlsplit(url)
            port = url_parts.port or (443 if url_parts.scheme == "https" else 80)
        except (ValueError, httpx.InvalidURL):
            return ()
        schemes = WEB_SCHEMES if self.allows_private else self.schemes
        if parsed_url.scheme not in schemes or not parsed_url.raw_host or "@" in url_parts.netloc:
            return ()
        return await self._resolve(parsed_url.raw_host.decode("ascii"), port)

    async def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            addresses = await loop.run_in_executor(self._lookup_executor, _look_up, host, port)
        except (OSError, UnicodeError):
            return ()
        if not self.allows_private and not all(map(is_public_address, addresses)):
            return ()
        return addresses[:MAX_ADDRESSES]


def _look_up(host: str, port: int) -> tuple[str, ...]:
    socket_addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(socket_address[4][0]) for socket_address in socket_addresses))


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """A request to a host at one of its ``addresses``."""

    method: str
    url: str
    addresses: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes = b""


async def send_request(
    client: httpx.AsyncClient, public_request: PublicRequest, timeout_seconds: float
) -> httpx.Response:
    """The answer from the first address that accepts a connection; its body is not read yet.

    Connecting and TLS have a shorter timeout of httpx, because httpx closes the connection after
    its own timeout, but not if it is cancelled during a handshake.

    Raises:
        ConnectionError: no address answers.

    """
    request = _build_request(client, public_request)
    connect_seconds = timeout_seconds * 0.4 / len(public_request.addresses)
    timeout = httpx.Timeout(timeout_seconds, connect=connect_seconds).as_dict()
    for address in public_request.addresses:
        request.url = request.url.copy_with(host=address)
        request.extensions = {**request.extensions, "timeout": timeout}
        try:
            return await client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
        # httpx reads where a redirection leads although it does not follow it.
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(type(error).__name__) from None
    raise ConnectionError("it cannot be connected to")


def _build_request(client: httpx.AsyncClient, public_request: PublicRequest) -> httpx.Request:
    """The request, still with the host instead of an address."""
    url = httpx.URL(public_request.url)
    required_headers = {
        "host": url.netloc.decode("ascii"),
        # TLS proves one host only, so other hosts at this address must not use the connection.
        "connection": "close",
        "accept-encoding": "identity",
    }
    tls_extensions = {"sni_hostname": url.raw_host.decode("ascii")}
    return client.build_request(
        public_request.method,
        url,
        content=public_request.body or None,
        headers={**public_request.headers, **required_headers},
        extensions=tls_extensions,
    )
