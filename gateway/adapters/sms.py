"""Text messages by a service that takes them as JSON over HTTP."""

from http import HTTPStatus

import httpx

from gateway.adapters.bounded_answers import bounded_answer
from gateway.services.ports.messages import Sms, Unsendable

TIMEOUT = 10.0  # seconds, in all
# Refusals that may be over the next time.
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


class HttpTexts:
    """POSTs ``{"to", "text"}`` to one address, the key as ``Idempotency-Key``.

    Of the answer the status is enough: its body is not read.
    """

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def send(self, sms: Sms) -> None:
        """Hand ``sms`` over; any 2xx answer means it was taken."""
        answer = await bounded_answer(
            self._client,
            "POST",
            self._url,
            seconds=TIMEOUT,
            max_bytes=0,
            json={"to": sms.to, "text": sms.text},
            headers={"Idempotency-Key": sms.key},
        )
        if answer.is_client_error and answer.status_code not in PASSING:
            raise Unsendable(f"the SMS service refused with {answer.status_code}")
        answer.raise_for_status()
