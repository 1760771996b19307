"""Sending of SMS by a service that accepts JSON over HTTP."""

from http import HTTPStatus

import httpx

from gateway.adapters.http_answers import send_bounded_request
from gateway.services.ports.messages import Sms, UndeliverableMessage

TIMEOUT_SECONDS = 10.0  # for the whole exchange; after it sending has failed
RETRYABLE_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals after which a later attempt may succeed."""


class HttpSmsSender:
    """POSTs ``{"to", "text"}`` to a URL, with the key as header ``Idempotency-Key``.

    Only the status of the answer is used.
    """

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def send(self, sms: Sms) -> None:
        """Hand ``sms`` to the service, which accepts it by any 2xx status."""
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
