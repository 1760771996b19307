"""Text messages by a service that takes them as JSON over HTTP."""

from http import HTTPStatus

import httpx

from gateway.adapters.http_answers import send_bounded_request
from gateway.services.ports.messages import Sms, UndeliverableMessage

TIMEOUT_SECONDS = 10.0  # seconds, in all
# Refusals that may be over the next time.
RETRYABLE_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


class HttpSmsSender:
    """POSTs ``{"to", "text"}`` to one address, the key as ``Idempotency-Key``.

    Of the answer the status is enough: its body is not read.
    """

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def send(self, sms: Sms) -> None:
        """Hand ``sms`` over; any 2xx answer means it was taken."""
        response = await send_bounded_request(
            self._client,
            "POST",
            self._url,
            timeout_seconds=TIMEOUT_SECONDS,
            max_bytes=0,
            json={"to": sms.to, "text": sms.text},
            headers={"Idempotency-Key": sms.key},
        )
        if response.is_client_error and response.status_code not in RETRYABLE_STATUSES:
            raise UndeliverableMessage(f"the SMS service refused with {response.status_code}")
        response.raise_for_status()
