"""Answers to ``calculate``: the taxes of a purchase by Stripe Tax, shipping by a list of one's own.

Stripe computes the tax of shipping out of what is shipped: each price of shipping is asked for.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from examples.stripe_tax.baskets import Basket, Unsupported, to_amount, to_minor
from examples.stripe_tax.records import Records
from examples.stripe_tax.stripe_api import StripeApi

CALCULATIONS_PATH = "/v1/tax/calculations"
MAX_SHIPPING_PRICES = 5
"""Each is a call, for which Stripe charges."""
ANSWERED_PARTS = frozenset({"tax", "shipping"})
RATE_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ShippingPrice:
    """A way to ship on a list of one's own; ``nets`` are prices without tax by currency."""

    id: str
    name: str
    countries: frozenset[str]
    nets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions. ``tax_codes`` are Stripe's by SKU; others have the account's default."""

    stripe: StripeApi
    records: Records
    tax_codes: Mapping[str, str]
    shipping_prices: Sequence[ShippingPrice] = ()

    async def answer(self, data: Mapping[str, Any]) -> dict[str, object]:
        """The answer to a ``calculate`` message.

        Raises:
            Unsupported: it asks for what this calculator does not know.
            StripeRefused: Stripe does not compute it, as with a wrong postal code.
            StripeAway: Stripe does not answer.

        """
        wants = set(data["wants"])
        if not wants <= ANSWERED_PARTS or "tax" not in wants:
            raise Unsupported(f"the parts {', '.join(sorted(wants))}")
        basket = Basket.from_question(data)
        ways = self._list_ways(basket) if "shipping" in wants else data.get("shipping", [])
        calculations = await self._calculate(basket, [to_minor(way["net"]) for way in ways])
        answer: dict[str, object] = {"tax": _list_taxes(basket, ways, calculations)}
        if "shipping" in wants:
            answer["shipping"] = ways
        ids = {shipping: calculation["id"] for shipping, calculation in calculations.items()}
        if ids:
            reference = next(iter(ids.values()))
            self.records.save_question(reference, basket, ids)
            answer["reference"] = reference
        return answer

    def _list_ways(self, basket: Basket) -> list[dict[str, str]]:
        ways = [
            {"id": price.id, "name": price.name, "net": price.nets[basket.currency]}
            for price in self.shipping_prices
            if basket.country in price.countries and basket.currency in price.nets
        ]
        if not ways:
            raise Unsupported("shipping that is on no list")
        return ways

    async def _calculate(
        self, basket: Basket, shipping_prices: Iterable[int]
    ) -> dict[int, dict[str, Any]]:
        """Stripe's calculations by their price of shipping; none where nothing costs anything."""
        prices = sorted(set(shipping_prices) or {0})
        if len(prices) > MAX_SHIPPING_PRICES:
            raise Unsupported(f"{len(prices)} prices of shipping")
        if not basket.sold:
            return {}
        calculations = await asyncio.gather(
            *(
                self.stripe.post(CALCULATIONS_PATH, basket.to_form(price, self.tax_codes))
                for price in prices
            )
        )
        return dict(zip(prices, calculations, strict=True))


def _list_taxes(
    basket: Basket,
    ways: Iterable[Mapping[str, str]],
    calculations: Mapping[int, Mapping[str, Any]],
) -> list[dict[str, str]]:
    items: dict[str, Mapping[str, Any]] = {}
    for calculation in calculations.values():
        items = {item["reference"]: item for item in calculation["line_items"]["data"]}
        if len(items) < len(basket.sold):
            raise Unsupported("lines that Stripe leaves out")
    taxes = [
        {"lineId": line.id, **tax}
        for line in basket.lines
        for tax in _read_taxes(items.get(line.id), basket.digits)
    ]
    for way in ways:
        calculation = calculations.get(to_minor(way["net"]), {})
        shipping_taxes = _read_taxes(calculation.get("shipping_cost"), basket.digits)
        taxes += [{"shippingId": way["id"], **tax} for tax in shipping_taxes]
    return taxes


def _read_taxes(item: Mapping[str, Any] | None, digits: int) -> list[dict[str, str]]:
    """The taxes of a line or of shipping, by jurisdiction; one of nothing where there are none."""
    total = 0 if item is None else item["amount_tax"]
    imposed = [
        part
        for part in (item or {}).get("tax_breakdown") or ()
        if part["tax_rate_details"] is not None and part["amount"]
    ]
    if item is None or total == 0:
        return [_tax("Tax", "0", 0, digits)]
    if sum(part["amount"] for part in imposed) != total:
        rate = (Decimal(100 * total) / item["amount"]).quantize(RATE_DIGITS)
        return [_tax("Tax", str(rate), total, digits)]
    return [
        _tax(
            f"{part['jurisdiction']['display_name']}: {part['tax_rate_details']['display_name']}",
            part["tax_rate_details"]["percentage_decimal"],
            part["amount"],
            digits,
        )
        for part in imposed
    ]


def _tax(name: str, rate_percent: str, minor: int, digits: int) -> dict[str, str]:
    return {"name": name, "ratePercent": rate_percent, "tax": to_amount(minor, digits)}
