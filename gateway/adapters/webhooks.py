"""Calling URLs that others name: public addresses only, no redirects, signed bodies."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

TIMEOUT = 10.0
"""Seconds an endpoint may take."""
LONGEST_URL = 2000


def signature(secret: str, id: str, at: datetime, body: str) -> str:
    """The signature of ``body`` as Standard Webhooks define it."""
    return str(Webhook(secret).sign(id, at, body))


@dataclass(frozen=True, slots=True)
class PublicCalls:
    """HTTP calls to public addresses.

    The address that was checked is the one that is called, whatever its name resolves to a moment
    later. ``private``: allow plain HTTP to any address, for development.
    """

    client: httpx.AsyncClient
    private: bool = False

    async def acceptable(self, url: str) -> bool:
        """Whether ``url`` may be called."""
        return await self._address(url) is not None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; raises ``OSError`` where there is none."""
        address = await self._address(url)
        if address is None:
            raise ConnectionRefusedError("no public address")
        parts = urlsplit(url)
        pinned = httpx.URL(url).copy_with(host=address)
        try:
            response = await self.client.post(
                pinned,
                content=body,
                headers={**headers, "host": parts.netloc.rpartition("@")[2]},
                timeout=TIMEOUT,
                follow_redirects=False,
                extensions={"sni_hostname": parts.hostname or ""},
            )
        except httpx.HTTPError as failure:
            raise ConnectionError(type(failure).__name__) from None
        return response.status_code

    async def _address(self, url: str) -> str | None:
        """The address to call for ``url``, if every one its name has is public."""
        if len(url) > LONGEST_URL:
            return None
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return None
        schemes = {"https", "http"} if self.private else {"https"}
        if parts.scheme not in schemes or not parts.hostname or parts.username:
            return None
        return await self._resolved(parts.hostname, port)

    async def _resolved(self, host: str, port: int) -> str | None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return None
        addresses = [str(each[4][0]) for each in found]
        public = all(ipaddress.ip_address(each).is_global for each in addresses)
        return addresses[0] if addresses and (public or self.private) else None
