"""The page ``/pay``: card entry with the provider's own script, and confirmation with the bank.

What the page shows of a payment is fetched from the provider at each request. What a bank adds to
the address of the return page is not believed.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.engine.money import Money
from gateway.services.ports.currencies import Currencies
from gateway.services.ports.formats import LocaleFormats
from gateway.services.ports.payer_confirmations import PayerConfirmation, PayerConfirmations
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationResult,
    AuthorizationUnknown,
    DeclineReason,
)
from gateway.transport.static_pages import card_page_response
from gateway.web_app.request_bodies import read_or_refuse

PATH: Final = "/pay"
MAX_BODY_BYTES = 4096
BODY_TIMEOUT_SECONDS = 10.0
PAGE_LOCALE = "en"
"""The language of the page."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
_RETURN_PATH = re.compile(r"/(?!/)[\w./~%?=&-]{0,500}", re.ASCII)
"""A path on this host: whoever made the link cannot send the payer to another one."""
_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class PayPage:
    """The page and its requests.

    ``on_decided`` is called with the idempotency key of a payment that its payer has confirmed, or
    that came to nothing.
    """

    confirmations: PayerConfirmations
    publishable_key: str
    currencies: Currencies
    formats: LocaleFormats
    on_decided: Callable[[str], Awaitable[None]]

    async def show(self, _: Request) -> Response:
        """The page."""
        return card_page_response()

    async def describe(self, request: Request) -> Response:
        """What there is to confirm, as JSON, for the secret in the request's body."""
        body = await read_or_refuse(request, MAX_BODY_BYTES, BODY_TIMEOUT_SECONDS, _HEADERS)
        if isinstance(body, Response):
            return body
        token = _read_token(body)
        confirmation = None if token is None else await self.confirmations.find(token)
        if confirmation is None:
            return JSONResponse({"status": "unknown"}, HTTPStatus.NOT_FOUND, _HEADERS)
        state = _state_of(confirmation.result)
        status = HTTPStatus.GONE if state == "EXPIRED" else HTTPStatus.OK
        return JSONResponse(self._to_json(confirmation, state), status, _HEADERS)

    async def finish(self, request: Request) -> Response:
        """Continue the purchase after the bank's page, and lead back to the page."""
        token = request.query_params.get("payment", "")
        confirmation = (
            await self.confirmations.find(token) if _TOKEN.fullmatch(token) is not None else None
        )
        if confirmation is None:
            return card_page_response(HTTPStatus.NOT_FOUND, depth=1)
        if isinstance(confirmation.result, AuthorizationGranted | AuthorizationDeclined):
            await self.on_decided(confirmation.idempotency_key)
        if _state_of(confirmation.result) == "EXPIRED":
            return card_page_response(HTTPStatus.GONE, depth=1)
        return_path = request.query_params.get("return", "")
        query = f"?return={quote(return_path)}" if _RETURN_PATH.fullmatch(return_path) else ""
        # Relative: a proxy may serve the gateway under a path.
        return RedirectResponse(f"../pay{query}#{token}", HTTPStatus.SEE_OTHER, _HEADERS)

    def _to_json(self, confirmation: PayerConfirmation, state: str) -> dict[str, str | int | None]:
        result = confirmation.result
        is_open = isinstance(result, AuthorizationActionRequired)
        return {
            "state": state,
            "amountMinor": confirmation.amount_minor,
            "currency": confirmation.currency,
            "formatted": self._format_amount(confirmation),
            "publishableKey": self.publishable_key,
            "clientSecret": result.client_secret
            if isinstance(result, AuthorizationActionRequired)
            else None,
            "paymentMethod": confirmation.payment_method if is_open else None,
            "redirectUrl": confirmation.redirect_url if is_open else None,
        }

    def _format_amount(self, confirmation: PayerConfirmation) -> str | None:
        currency = self.currencies.find(confirmation.currency)
        if currency is None:
            return None
        return self.formats.format_money(Money(confirmation.amount_minor, currency), PAGE_LOCALE)


def pay_page_routes(page: PayPage) -> list[Route]:
    """Routes of the page."""
    return [
        Route(PATH, page.show, methods=["GET"]),
        Route(f"{PATH}/payment", page.describe, methods=["POST"]),
        Route(f"{PATH}/return", page.finish, methods=["GET"]),
    ]


def _read_token(body: bytes) -> str | None:
    """The secret in the body; None if it cannot be one."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    token = document.get("token") if isinstance(document, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) is not None else None


def _state_of(result: AuthorizationResult | None) -> str:
    """What the page tells apart; ``UNDECIDED`` while the provider does not say."""
    match result:
        case AuthorizationActionRequired():
            return "CONFIRMABLE"
        case AuthorizationGranted():
            return "CONFIRMED"
        case AuthorizationDeclined(reason=DeclineReason.AUTHENTICATION_EXPIRED) | None:
            return "EXPIRED"
        case AuthorizationDeclined():
            return "DECLINED"
        case AuthorizationUnknown():
            return "UNDECIDED"
