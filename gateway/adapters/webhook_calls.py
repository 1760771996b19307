"""Calling URLs that others name: public addresses only, no redirects, signed bodies."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from gateway.adapters.public_addresses import is_public_address

CALL_TIMEOUT_SECONDS = 10.0
"""What a call may take in all: finding the address, connecting, TLS, the answer's headers."""
MAX_URL_LENGTH = 2000
MAX_ADDRESSES = 2
"""Addresses of one name that are tried in turn."""
MAX_CONCURRENT_LOOKUPS = 4


def sign_webhook(secret: str, id: str, sent_at: datetime, body: str) -> str:
    """The signature of ``body`` as Standard Webhooks define it."""
    return str(Webhook(secret).sign(id, sent_at, body))


def _create_lookup_executor() -> ThreadPoolExecutor:
    # Their own: names of slow servers must not take the threads that others wait for.
    return ThreadPoolExecutor(MAX_CONCURRENT_LOOKUPS, thread_name_prefix="lookup")


@dataclass(frozen=True, slots=True)
class PublicWebhookCalls:
    """HTTP calls to public addresses.

    The address that was checked is the one that is called, whatever its name resolves to a moment
    later. ``allows_private``: allow plain HTTP to any address, for development.
    """

    client: httpx.AsyncClient
    allows_private: bool = False
    timeout_seconds: float = CALL_TIMEOUT_SECONDS
    _lookup_executor: ThreadPoolExecutor = field(
        default_factory=_create_lookup_executor, repr=False
    )

    async def is_allowed(self, url: str) -> bool:
        """Whether ``url`` may be called."""
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return bool(await self._allowed_addresses(url))
        except TimeoutError:
            return False

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, whose body is not read.

        Raises:
            OSError: there was none, or not within ``timeout_seconds``; the URL may not be called.

        """
        async with asyncio.timeout(self.timeout_seconds) as call_timeout:
            addresses = await self._allowed_addresses(url)
            if not addresses:
                raise ConnectionRefusedError("no public address")
            seconds_left = (call_timeout.when() or 0.0) - asyncio.get_running_loop().time()
            request = self._build_request(httpx.URL(url), body, headers)
            return await self._send_to_first_reachable(request, addresses, seconds_left)

    def _build_request(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Request:
        """The request, its address yet to be put in."""
        required_headers = {
            "host": url.netloc.decode("ascii"),
            # A connection belongs to one name: another one at this address has not proved itself.
            "connection": "close",
            "accept-encoding": "identity",
        }
        tls_extensions = {"sni_hostname": url.raw_host.decode("ascii")}
        return self.client.build_request(
            "POST",
            url,
            content=body,
            headers={**headers, **required_headers},
            extensions=tls_extensions,
        )

    async def _send_to_first_reachable(
        self, request: httpx.Request, addresses: tuple[str, ...], timeout_seconds: float
    ) -> int:
        """The status from the first address that lets itself be connected to.

        Connecting and TLS end before ``timeout_seconds`` are over: httpx closes what its own
        time-out cuts, not what is cancelled from outside during a handshake.
        """
        connect_seconds = timeout_seconds * 0.4 / len(addresses)
        timeout = httpx.Timeout(timeout_seconds, connect=connect_seconds).as_dict()
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            request.extensions = {**request.extensions, "timeout": timeout}
            try:
                response = await self.client.send(request, stream=True, follow_redirects=False)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.HTTPError as error:
                raise ConnectionError(type(error).__name__) from None
            await response.aclose()
            return response.status_code
        raise ConnectionError("it cannot be connected to")

    async def _allowed_addresses(self, url: str) -> tuple[str, ...]:
        """The addresses to call for ``url``; none unless every one its name has is public."""
        if len(url) > MAX_URL_LENGTH:
            return ()
        try:
            parsed_url, url_parts = httpx.URL(url), urlsplit(url)
            port = url_parts.port or (443 if url_parts.scheme == "https" else 80)
        except (ValueError, httpx.InvalidURL):
            return ()
        schemes = {"https", "http"} if self.allows_private else {"https"}
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
