"""Stripe's API, as far as it is needed: forms that are posted, and what became of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

TRY_AGAIN_STATUSES = frozenset({409, 429})


class StripeRefused(Exception):
    """Stripe refuses a request, and would refuse it again."""


class StripeAway(Exception):
    """Stripe does not answer now, or not in time."""


@dataclass(frozen=True, slots=True)
class StripeApi:
    """An account by its secret key; ``http`` knows the address and how long to wait."""

    http: httpx.AsyncClient
    secret_key: str = field(repr=False)

    async def post(
        self, path: str, form: Mapping[str, object], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """The object that is made by ``form``; with one key it is made once.

        Raises:
            StripeRefused: Stripe refuses it; the message is what Stripe says.
            StripeAway: there is no answer, or one that asks for patience.

        """
        headers = {} if idempotency_key is None else {"idempotency-key": idempotency_key}
        fields = dict(_flatten("", form))
        return await self._send(self.http.build_request("POST", path, data=fields, headers=headers))

    async def list_all(self, page: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All members of a list of which ``page`` is the first page.

        Raises:
            StripeRefused: Stripe refuses a request.
            StripeAway: there is no answer, or one that asks for patience.

        """
        members = list(page["data"])
        while page["has_more"]:
            place = {"limit": "100", "starting_after": members[-1]["id"]}
            page = await self._send(self.http.build_request("GET", page["url"], params=place))
            members += page["data"]
        return members

    async def _send(self, request: httpx.Request) -> dict[str, Any]:
        try:
            response = await self.http.send(request, auth=(self.secret_key, ""))
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StripeAway(type(error).__name__) from None
        status = response.status_code
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in TRY_AGAIN_STATUSES:
            raise StripeAway(f"status {status}")
        if status != httpx.codes.OK:
            raise StripeRefused(answer.get("error", {}).get("message", f"status {status}"))
        return dict(answer)


def _flatten(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The fields of a form, with brackets in their names, as Stripe takes them."""
    match value:
        case Mapping():
            for key, member in value.items():
                yield from _flatten(f"{name}[{key}]" if name else str(key), member)
        case list():
            for index, member in enumerate(value):
                yield from _flatten(f"{name}[{index}]", member)
        case _:
            yield name, str(value)
