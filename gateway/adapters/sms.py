"""Text messages by a service that takes them as JSON over HTTP."""

from http import HTTPStatus

import httpx

from gateway.services.ports.messages import Sms, Unsendable

TIMEOUT = 10.0  # seconds
# Refusals that may be over the next time.
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


class HttpTexts:
    """POSTs ``{"to", "text"}`` to one address, the key as ``Idempotency-Key``."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def send(self, sms: Sms) -> None:
        """Hand ``sms`` over; any 2xx answer means it was taken."""
        answer = await self._client.post(
            self._url,
            json={"to": sms.to, "text": sms.text},
            headers={"Idempotency-Key": sms.key},
            timeout=TIMEOUT,
            follow_redirects=False,
        )
        if answer.is_client_error and answer.status_code not in PASSING:
            raise Unsendable(f"the SMS service refused with {answer.status_code}")
        answer.raise_for_status()
