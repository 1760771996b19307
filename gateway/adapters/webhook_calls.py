"""Calls of URLs given by others: only public addresses, no redirects, signed bodies."""

import asyncio
import hmac
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from gateway.adapters.public_addresses import is_public_address

CALL_TIMEOUT_SECONDS = 10.0
"""A call fails after this time, from the address lookup to the headers of the answer."""
MAX_URL_LENGTH = 2000
"""A longer URL is not called."""
MAX_ADDRESSES = 2
"""Only so many addresses of a host are tried, one after the other."""
MAX_CONCURRENT_LOOKUPS = 4
"""Further address lookups wait for a free thread."""
SIGNATURE_TOLERANCE = timedelta(minutes=5)
"""A call that was signed longer ago, or as far in the future, may be a repetition by others."""
MAX_TIMESTAMP_LENGTH = 12


def sign_webhook(secret: str, id: str, sent_at: datetime, body: str) -> str:
    """The signature of ``body`` by the Standard Webhooks specification."""
    return str(Webhook(secret).sign(id, sent_at, body))


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether a call with ``body`` was signed with ``secret`` just now, by Standard Webhooks.

    ``headers`` are those of the call, by name in lower case.
    """
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    is_number = timestamp.isascii() and timestamp.isdigit()
    if not id or not is_number or len(timestamp) > MAX_TIMESTAMP_LENGTH:
        return False
    if abs(int(timestamp) - now.timestamp()) > SIGNATURE_TOLERANCE.total_seconds():
        return False
    try:
        signature = sign_webhook(
            secret, id, datetime.fromtimestamp(int(timestamp), UTC), body.decode()
        )
    except UnicodeDecodeError:
        return False
    # Several are sent while the sender changes its secret.
    return any(
        hmac.compare_digest(signature.encode(), candidate.encode())
        for candidate in headers.get("webhook-signature", "").split(" ")
    )


def _create_lookup_executor() -> ThreadPoolExecutor:
    # A separate pool, so that slow name servers do not occupy the threads of other work.
    return ThreadPoolExecutor(MAX_CONCURRENT_LOOKUPS, thread_name_prefix="lookup")


@dataclass(frozen=True, slots=True)
class PublicWebhookCalls:
    """HTTP calls to public addresses.

    A host is resolved once and the checked address is called, so that a changed DNS entry cannot
    lead elsewhere. ``allows_private`` allows plain HTTP and all addresses, for development.
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
        """Send ``body`` and return the status of the answer, whose body is not read.

        Raises:
            OSError: no answer within ``timeout_seconds``, or the URL may not be called.

        """
        async with asyncio.timeout(self.timeout_seconds) as call_timeout:
            addresses = await self._allowed_addresses(url)
            if not addresses:
                raise ConnectionRefusedError("no public address")
            seconds_left = (call_timeout.when() or 0.0) - asyncio.get_running_loop().time()
            request = self._build_request(httpx.URL(url), body, headers)
            return await self._send_to_first_reachable(request, addresses, seconds_left)

    def _build_request(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Request:
        """The request, still with the host instead of an address."""
        required_headers = {
            "host": url.netloc.decode("ascii"),
            # TLS proves one host only, so other hosts at this address must not use the connection.
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
        """The status from the first address that accepts a connection.

        Connecting and TLS have a shorter timeout of httpx, because httpx closes the connection
        after its own timeout, but not if it is cancelled during a handshake.
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
        """The addresses to call for ``url``; empty unless all addresses of its host are public."""
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
