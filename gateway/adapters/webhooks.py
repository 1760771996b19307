"""Calling URLs that others name: public addresses only, no redirects, signed bodies."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from gateway.adapters.public_addresses import is_public

CALL_SECONDS = 10.0
"""What a call may take in all: finding the address, connecting, TLS, the answer's headers."""
MAX_URL_LENGTH = 2000
MAX_ADDRESSES = 2
"""Addresses of one name that are tried in turn."""
MAX_LOOKUPS_AT_ONCE = 4


def signature(secret: str, id: str, at: datetime, body: str) -> str:
    """The signature of ``body`` as Standard Webhooks define it."""
    return str(Webhook(secret).sign(id, at, body))


def _lookups() -> ThreadPoolExecutor:
    # Their own: names of slow servers must not take the threads that others wait for.
    return ThreadPoolExecutor(MAX_LOOKUPS_AT_ONCE, thread_name_prefix="lookup")


@dataclass(frozen=True, slots=True)
class PublicCalls:
    """HTTP calls to public addresses.

    The address that was checked is the one that is called, whatever its name resolves to a moment
    later. ``private``: allow plain HTTP to any address, for development.
    """

    client: httpx.AsyncClient
    private: bool = False
    seconds: float = CALL_SECONDS
    _threads: ThreadPoolExecutor = field(default_factory=_lookups, repr=False)

    async def acceptable(self, url: str) -> bool:
        """Whether ``url`` may be called."""
        try:
            async with asyncio.timeout(self.seconds):
                return bool(await self._addresses(url))
        except TimeoutError:
            return False

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, whose body is not read.

        Raises:
            OSError: there was none, or not within ``seconds``; the URL may not be called.

        """
        async with asyncio.timeout(self.seconds) as whole:
            addresses = await self._addresses(url)
            if not addresses:
                raise ConnectionRefusedError("no public address")
            left = (whole.when() or 0.0) - asyncio.get_running_loop().time()
            request = self._request(httpx.URL(url), body, headers)
            return await self._answered(request, addresses, left)

    def _request(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Request:
        """The request, its address yet to be put in."""
        own = {
            "host": url.netloc.decode("ascii"),
            # A connection belongs to one name: another one at this address has not proved itself.
            "connection": "close",
            "accept-encoding": "identity",
        }
        named = {"sni_hostname": url.raw_host.decode("ascii")}
        return self.client.build_request(
            "POST", url, content=body, headers={**headers, **own}, extensions=named
        )

    async def _answered(
        self, request: httpx.Request, addresses: tuple[str, ...], seconds: float
    ) -> int:
        """The status from the first address that lets itself be connected to.

        Connecting and TLS end before ``seconds`` are over: httpx closes what its own time-out
        cuts, not what is cancelled from outside during a handshake.
        """
        connect = seconds * 0.4 / len(addresses)
        timeout = httpx.Timeout(seconds, connect=connect).as_dict()
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            request.extensions = {**request.extensions, "timeout": timeout}
            try:
                answer = await self.client.send(request, stream=True, follow_redirects=False)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.HTTPError as failure:
                raise ConnectionError(type(failure).__name__) from None
            await answer.aclose()
            return answer.status_code
        raise ConnectionError("it cannot be connected to")

    async def _addresses(self, url: str) -> tuple[str, ...]:
        """The addresses to call for ``url``; none unless every one its name has is public."""
        if len(url) > MAX_URL_LENGTH:
            return ()
        try:
            parsed, parts = httpx.URL(url), urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except (ValueError, httpx.InvalidURL):
            return ()
        schemes = {"https", "http"} if self.private else {"https"}
        if parsed.scheme not in schemes or not parsed.raw_host or "@" in parts.netloc:
            return ()
        return await self._resolved(parsed.raw_host.decode("ascii"), port)

    async def _resolved(self, host: str, port: int) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _looked_up, host, port)
        except (OSError, UnicodeError):
            return ()
        if not self.private and not all(map(is_public, found)):
            return ()
        return found[:MAX_ADDRESSES]


def _looked_up(host: str, port: int) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))
