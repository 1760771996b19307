"""The simulated provider's pages: what a payer confirms, and every charge as JSON."""

from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.adapters.repositories.simulated_charges import Charge, ChargeStatus
from gateway.adapters.simulated_payments import SimulatedPayments

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def simulated_payment_routes(
    payments: SimulatedPayments,
    confirmed: Callable[[str], Awaitable[None]],
    *,
    lists_charges: bool,
) -> list[Route]:
    """The confirmation page, and the list of charges if it ``lists_charges``.

    ``confirmed`` is told the idempotency key of what a payer has just confirmed.
    """

    async def form(request: Request) -> Response:
        charge = await payments.pending(request.path_params["token"])
        if charge is None:
            return _gone()
        return _form(charge) if charge.status is ChargeStatus.PENDING else _done()

    async def confirm(request: Request) -> Response:
        charge = await payments.confirm(request.path_params["token"])
        if charge is None:
            return _gone()
        await confirmed(charge.idempotency_key)
        return _done()

    async def charges(_: Request) -> Response:
        return JSONResponse([_listed(charge) for charge in await payments.charges()])

    routes = [
        Route("/sim/3ds/{token}", form, methods=["GET"]),
        Route("/sim/3ds/{token}", confirm, methods=["POST"]),
    ]
    if lists_charges:
        routes.append(Route("/sim/charges", charges, methods=["GET"]))
    return routes


def _form(charge: Charge) -> Response:
    return _page(
        "Confirm your payment",
        f"<p>{escape(charge.currency)} {charge.amount_minor} (in minor units)</p>"
        '<form method="post"><button type="submit">Confirm</button></form>',
    )


def _done() -> Response:
    return _page("Payment confirmed", "<p>You can close this page.</p>")


def _gone() -> Response:
    gone = "<p>It is unknown, or has expired.</p>"
    return _page("Nothing to confirm", gone, HTTPStatus.NOT_FOUND)


def _page(title: str, body: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, HEADERS)


def _listed(charge: Charge) -> dict[str, str | int]:
    taken = charge.captured_minor
    return {
        "id": charge.id,
        "idempotencyKey": charge.idempotency_key,
        "amountMinor": charge.amount_minor if taken is None else taken,
        "currency": charge.currency,
        "status": charge.status,
    }
