"""Start the calculator by the environment; see docs/calculator-stripe-tax.md."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from examples.stripe_tax.bookings import Bookings
from examples.stripe_tax.questions import Questions, ShippingPrice
from examples.stripe_tax.records import Records
from examples.stripe_tax.service import CalculatorService
from examples.stripe_tax.stripe_api import StripeApi

STRIPE_TIMEOUT_SECONDS = 2.5
"""The gateway waits three seconds for a calculation."""


def read_tax_codes(path: str | None) -> dict[str, str]:
    """Stripe's tax codes by SKU, of a file like ``{"MUG": "txcd_99999999"}``."""
    return {} if path is None else dict(json.loads(Path(path).read_text(encoding="utf-8")))


def read_shipping_prices(path: str | None) -> tuple[ShippingPrice, ...]:
    """Ways to ship, of a file like the one in docs/calculator-stripe-tax.md."""
    if path is None:
        return ()
    return tuple(
        ShippingPrice(way["id"], way["name"], frozenset(way["countries"]), way["nets"])
        for way in json.loads(Path(path).read_text(encoding="utf-8"))
    )


def main() -> None:
    """Serve until stopped."""
    environment = os.environ
    http = httpx.AsyncClient(
        base_url=environment.get("STRIPE_API_URL", "https://api.stripe.com"),
        timeout=STRIPE_TIMEOUT_SECONDS,
    )
    stripe = StripeApi(http, environment["STRIPE_SECRET_KEY"])
    records = Records(environment.get("CALCULATOR_DATABASE", "calculator.sqlite"))
    tax_codes = read_tax_codes(environment.get("TAX_CODES"))
    shipping_prices = read_shipping_prices(environment.get("SHIPPING_PRICES"))
    service = CalculatorService(
        Questions(stripe, records, tax_codes, shipping_prices),
        Bookings(stripe, records, tax_codes),
        environment["MERCHANT_SECRET"],
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - Starlette's own
        yield
        await http.aclose()
        records.close()

    port = int(environment.get("PORT", "8010"))
    uvicorn.run(service.build_app(lifespan), host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
