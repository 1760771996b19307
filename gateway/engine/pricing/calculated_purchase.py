"""Purchases with the answers of a merchant's calculator, and what it is asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.engine.addresses.address import Destination
from gateway.engine.pricing.calculations import (
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationLine,
    CalculationOutcome,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.pipeline import SHIPPING, TAX
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Item, Purchase, PurchaseNode, child_nodes
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.pricing.tags import SHIPPABLE
from gateway.engine.tax.stated_taxes import StatedTax


def apply_outcome(purchase: Purchase, outcome: CalculationOutcome) -> Purchase:
    """``purchase`` shipped and taxed as a calculator says, as far as it was asked.

    Its codes are applied where codes are, by ``apply_codes``.
    """
    calculation = outcome.calculation
    if calculation is None:
        return replace(purchase, calculated_by=outcome.calculator)
    return replace(
        _apply_calculation(purchase, calculation),
        calculated_by=outcome.calculator,
        calculation_reference=calculation.reference,
    )


def _apply_calculation(purchase: Purchase, calculation: Calculation) -> Purchase:
    if calculation.shipping is not None and not purchase.shipping:
        purchase = replace(
            purchase,
            methods=tuple(
                ShippingMethod(method.id, method.name, FlatPrice(method.minor))
                for method in calculation.shipping
            ),
            must_ship=True,
        )
    if calculation.line_taxes is None:
        return purchase
    line_taxes = _taxes_by_id(calculation.line_taxes)
    shipping_taxes = _taxes_by_id(calculation.shipping_taxes)
    return replace(
        purchase,
        items=tuple(
            _with_taxes(item, line_taxes.get(line_key(item, index)))
            for index, item in enumerate(purchase.items)
        ),
        methods=tuple(
            replace(method, stated_taxes=shipping_taxes.get(method.id, ()))
            for method in purchase.methods
        ),
    )


def _taxes_by_id(taxes: Sequence[CalculatedTaxes]) -> Mapping[str, tuple[StatedTax, ...]]:
    return {stated.id: stated.taxes for stated in taxes}


def _with_taxes(item: Item, taxes: tuple[StatedTax, ...] | None) -> Item:
    """``item`` with ``taxes``, of which its components bear shares; as it is where it has none."""
    if taxes is None:
        return item
    components = tuple(_with_taxes(component, ()) for component in item.components)
    return replace(item, stated_taxes=taxes, components=components)


def without_stated_taxes(item: Item) -> Item:
    """``item`` taxed by its own source again: a calculator's answer is for one purchase only."""
    if item.stated_taxes is None:
        return item
    components = tuple(map(without_stated_taxes, item.components))
    return replace(item, stated_taxes=None, components=components)


def line_key(item: Item, index: int) -> str:
    """What a calculator knows the ``index``-th line of a purchase by."""
    return item.line_id or str(index + 1)


def build_request(
    priced: PricedPurchase,
    parts: frozenset[CalculationPart],
    skus: Mapping[str, str],
    *,
    tax_id: str | None = None,
    codes: tuple[str, ...] = (),
    order_number: str | None = None,
) -> CalculationRequest:
    """What is asked of ``priced``, which the tables have priced as far as they are needed.

    ``skus`` are those of the variants on sale, by id: other lines are not asked for. Shipping is
    asked for where something is shipped.

    Raises:
        StrategyFailed: what the lines cost without tax cannot be computed.

    """
    purchase = priced.purchase
    if CalculationPart.SHIPPING in parts and (purchase.shipping or not _is_shipped(priced)):
        parts -= {CalculationPart.SHIPPING}
    ledger = priced.ledger_after(SHIPPING)
    if _has_tax_in_prices(ledger):
        ledger = priced.ledger_after(TAX)
    needs_prices = CalculationPart.TAX in parts and CalculationPart.SHIPPING not in parts
    return CalculationRequest(
        currency=purchase.currency,
        parts=parts,
        lines=tuple(
            CalculationLine(
                line_key(item, index), skus[item.variant_id], item.quantity, _net_of(ledger, node)
            )
            for index, (item, node) in enumerate(
                zip(purchase.items, child_nodes(ledger.nodes, ledger.nodes[0]), strict=False)
            )
            if item.variant_id is not None and item.variant_id in skus
        ),
        destination=anonymous_destination(purchase.destination),
        customer=purchase.customer,
        tax_id=tax_id,
        codes=codes if CalculationPart.CODES in parts else (),
        shipping=_offered_shipping(ledger) if needs_prices else (),
        order_number=order_number,
    )


def _is_shipped(priced: PricedPurchase) -> bool:
    tags = priced.ledger_after(SHIPPING).tags
    nodes = priced.ledger_after(SHIPPING).nodes
    return any(node.item is not None and SHIPPABLE in tags[node.position] for node in nodes)


def _has_tax_in_prices(ledger: Ledger) -> bool:
    return any(node.item is not None and node.includes_tax for node in ledger.nodes) or any(
        method.includes_tax for method in ledger.purchase.methods
    )


def _net_of(ledger: Ledger, node: PurchaseNode) -> int:
    """What the line at ``node`` costs with its components, without tax, in minor units."""
    return sum(
        ledger.amounts[position]
        if ledger.tax_result is None or (taxed := ledger.tax_result.nodes[position]) is None
        else taxed.net
        for position in range(node.position, node.end)
    )


def _offered_shipping(ledger: Ledger) -> tuple[CalculatedShipping, ...]:
    rates = ledger.shipping.rates
    taxes = (None,) * len(rates) if ledger.tax_result is None else ledger.tax_result.shipping_rates
    return tuple(
        CalculatedShipping(
            rate.method.id, rate.method.name, rate.minor if taxed is None else taxed.net
        )
        for rate, taxed in zip(rates, taxes, strict=True)
    )


def anonymous_destination(destination: Destination | None) -> Destination | None:
    """``destination`` as far as a calculator learns it: without its city (R85)."""
    if destination is None:
        return None
    return Destination(destination.country, destination.region, destination.postal_code)
