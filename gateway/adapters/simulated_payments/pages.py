"""Pages of the simulated provider: the confirmation page and the list of charges as JSON."""

import re
from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.adapters.repositories.simulated_charges import SimulatedCharge, SimulatedChargeStatus
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_RETURN_PATH = re.compile(r"/(?!/)[\w./~%-]{0,500}", re.ASCII)
"""A path on this host: whoever made the link cannot send the payer to another one."""


def simulated_payment_routes(
    payments: SimulatedPaymentProvider,
    on_confirmed: Callable[[str], Awaitable[None]],
    *,
    lists_charges: bool,
) -> list[Route]:
    """Routes of the confirmation page and, with ``lists_charges``, of the list of charges.

    ``on_confirmed`` is called with the idempotency key of a charge that a payer has confirmed.
    """

    async def form(request: Request) -> Response:
        charge = await payments.find_confirmable(request.path_params["token"])
        if charge is None:
            return _not_found_page()
        return_path = _return_path(request)
        return (
            _confirmation_form(charge, return_path)
            if charge.status is SimulatedChargeStatus.PENDING
            else _confirmed_page(return_path)
        )

    async def confirm(request: Request) -> Response:
        charge = await payments.confirm(request.path_params["token"])
        if charge is None:
            return _not_found_page()
        await on_confirmed(charge.idempotency_key)
        return_path = _return_path(request)
        if return_path is None:
            return _confirmed_page(None)
        return RedirectResponse(return_path, HTTPStatus.SEE_OTHER, HEADERS)

    async def charges(_: Request) -> Response:
        return JSONResponse([_charge_to_json(charge) for charge in await payments.list_charges()])

    routes = [
        Route("/sim/3ds/{token}", form, methods=["GET"]),
        Route("/sim/3ds/{token}", confirm, methods=["POST"]),
    ]
    if lists_charges:
        routes.append(Route("/sim/charges", charges, methods=["GET"]))
    return routes


def _return_path(request: Request) -> str | None:
    """The page of this host that the payer comes from; None where there is none."""
    path = request.query_params.get("return", "")
    return path if _RETURN_PATH.fullmatch(path) else None


def _confirmation_form(charge: SimulatedCharge, return_path: str | None) -> Response:
    return _html_page(
        "Confirm your payment",
        f"<p>{escape(charge.currency)} {charge.amount_minor} (in minor units)</p>"
        '<form method="post"><button type="submit">Confirm</button></form>'
        + _return_link(return_path, "Go back without confirming"),
    )


def _confirmed_page(return_path: str | None) -> Response:
    body = "<p>You can close this page.</p>" + _return_link(return_path, "Go back")
    return _html_page("Payment confirmed", body)


def _return_link(return_path: str | None, text: str) -> str:
    return "" if return_path is None else f'<p><a href="{escape(return_path)}">{text}</a></p>'


def _not_found_page() -> Response:
    body = "<p>It is unknown, or has expired.</p>"
    return _html_page("Nothing to confirm", body, HTTPStatus.NOT_FOUND)


def _html_page(title: str, body: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, HEADERS)


def _charge_to_json(charge: SimulatedCharge) -> dict[str, str | int]:
    is_taken = charge.status in {SimulatedChargeStatus.CAPTURED, SimulatedChargeStatus.REFUNDED}
    return {
        "id": charge.id,
        "idempotencyKey": charge.idempotency_key,
        "amountMinor": charge.captured_minor if is_taken else charge.amount_minor,
        "currency": charge.currency,
        "status": charge.status,
        "capturedMinor": charge.captured_minor,
        "refundedMinor": charge.refunded_minor,
    }
