"""The operator's own endpoints by HTTP: signed bodies, no redirects, little of the answer read."""

import asyncio
from dataclasses import dataclass, field

import httpx

from gateway.adapters.webhook_calls import sign_webhook
from gateway.services.ports.clock import Clock
from gateway.services.ports.operator_endpoints import EndpointAnswer

CALL_TIMEOUT_SECONDS = 10.0
"""A call fails after this time, from the address lookup to the end of what is read."""
MAX_ANSWER_BYTES = 4096
"""Only so many bytes of an answer are read, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class HttpOperatorEndpoint:
    """The endpoint at ``url``; its calls are signed with ``secret`` by Standard Webhooks."""

    url: str
    secret: str = field(repr=False)
    client: httpx.AsyncClient
    clock: Clock
    timeout_seconds: float = CALL_TIMEOUT_SECONDS
    max_answer_bytes: int = MAX_ANSWER_BYTES

    async def call(self, id: str, body: str) -> EndpointAnswer:
        """The answer to ``body``.

        Raises:
            OSError: no answer within ``timeout_seconds``.

        """
        now = self.clock.now()
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": sign_webhook(self.secret, id, now, body),
        }
        try:
            async with (
                asyncio.timeout(self.timeout_seconds),
                self.client.stream(
                    "POST",
                    self.url,
                    content=body.encode(),
                    headers=headers,
                    follow_redirects=False,
                    timeout=self.timeout_seconds,
                ) as response,
            ):
                return EndpointAnswer(
                    response.status_code,
                    await _read_start(response, self.max_answer_bytes),
                    response.headers.get("cache-control", ""),
                )
        # httpx reads where a redirection leads although it does not follow it.
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(type(error).__name__) from None


async def _read_start(response: httpx.Response, max_bytes: int) -> bytes:
    """The first bytes of the body, as they came: what is compressed is not unpacked."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) >= max_bytes:
            break
    return bytes(content[:max_bytes])
