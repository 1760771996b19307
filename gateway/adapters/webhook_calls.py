"""Calls of URLs given by others: only public addresses, no redirects, signed bodies."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from standardwebhooks.webhooks import Webhook

from gateway.adapters.public_calls import PublicHosts, PublicRequest, send_request

CALL_TIMEOUT_SECONDS = 10.0
"""A call fails after this time, from the address lookup to the headers of the answer."""
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


@dataclass(frozen=True, slots=True)
class PublicWebhookCalls:
    """HTTP calls to public addresses.

    ``allows_private`` allows plain HTTP and all addresses, for development.
    """

    client: httpx.AsyncClient
    allows_private: InitVar[bool] = False
    timeout_seconds: float = CALL_TIMEOUT_SECONDS
    hosts: PublicHosts = field(init=False)

    def __post_init__(self, allows_private: bool) -> None:
        object.__setattr__(self, "hosts", PublicHosts(allows_private=allows_private))

    async def is_allowed(self, url: str) -> bool:
        """Whether ``url`` may be called."""
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return bool(await self.hosts.find_addresses(url))
        except TimeoutError:
            return False

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send ``body`` and return the status of the answer, whose body is not read.

        Raises:
            OSError: no answer within ``timeout_seconds``, or the URL may not be called.

        """
        async with asyncio.timeout(self.timeout_seconds) as call_timeout:
            addresses = await self.hosts.find_addresses(url)
            if not addresses:
                raise ConnectionRefusedError("no public address")
            seconds_left = (call_timeout.when() or 0.0) - asyncio.get_running_loop().time()
            request = PublicRequest("POST", url, addresses, headers, body)
            response = await send_request(self.client, request, seconds_left)
            await response.aclose()
            return response.status_code
