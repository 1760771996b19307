"""Taxes as the merchant's calculator stated them, in the place of those by the tables."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.engine.pricing.ledger import Ledger, TaxResult
from gateway.engine.pricing.purchase import Purchase, PurchaseNode
from gateway.engine.tax.line_tax import TaxedAmount
from gateway.engine.tax.rounding import RoundingPolicy
from gateway.engine.tax.stated_taxes import StatedTax, apply_stated_rates, state_taxes


def has_stated_taxes(purchase: Purchase) -> bool:
    """Whether the merchant's calculator computed taxes of ``purchase``."""
    return (
        any(item.stated_taxes is not None for item in purchase.items)
        or any(method.stated_taxes is not None for method in purchase.methods)
        or any(charge.stated_taxes is not None for charge in purchase.shipping)
    )


def take_stated_taxes(ledger: Ledger, amounts: Sequence[int], by_table: TaxResult) -> TaxResult:
    """The taxes if the nodes cost ``amounts``, minor units: as stated, else ``by_table``.

    What a price that includes tax is without it, the tables tell. Of an amount that differs from
    what the purchase costs, the tax is by the stated rates.
    """
    nodes = list(by_table.nodes)
    position = 1
    while position < len(ledger.nodes):
        node = ledger.nodes[position]
        span = slice(position, node.end)
        taxes = None if node.item is None else node.item.stated_taxes
        line_amounts = amounts[span]
        nets = _net_amounts(ledger.nodes[span], line_amounts, by_table.nodes[span])
        if taxes is not None and nets is not None:
            is_charged = tuple(line_amounts) == ledger.amounts[span]
            nodes[span] = (
                state_taxes(nets, taxes)
                if is_charged
                else _tax_nets(ledger, ledger.nodes[span], nets, taxes)
            )
        position = node.end
    shipping = tuple(
        _state_charge(node, taxed, ledger.purchase.rounding)
        for node, taxed in zip(ledger.shipping.nodes, by_table.shipping, strict=True)
    )
    shipping_rates = tuple(
        taxed
        if taxed is None or rate.method.stated_taxes is None
        else _tax_charge(taxed.net, rate.method.stated_taxes, ledger.purchase.rounding)
        for rate, taxed in zip(ledger.shipping.rates, by_table.shipping_rates, strict=True)
    )
    known_rates = [taxed.applicable_rates for taxed in (*nodes[1:], *shipping) if taxed is not None]
    unknown_rates = [rates for rates in by_table.applicable_rates if not rates.is_known]
    if len(known_rates) == len(nodes) - 1 + len(shipping):
        unknown_rates = []
    return replace(
        by_table,
        applicable_rates=(*known_rates, *unknown_rates),
        nodes=tuple(nodes),
        shipping=shipping,
        shipping_rates=shipping_rates,
    )


def _net_amounts(
    nodes: Sequence[PurchaseNode], amounts: Sequence[int], taxed: Sequence[TaxedAmount | None]
) -> list[int] | None:
    """``amounts`` without tax, minor units; None while that is not known of one."""
    nets = []
    for node, amount, taxed_amount in zip(nodes, amounts, taxed, strict=True):
        if taxed_amount is not None:
            nets.append(taxed_amount.net)
        elif node.includes_tax:
            return None
        else:
            nets.append(amount)
    return nets


def _tax_nets(
    ledger: Ledger,
    nodes: Sequence[PurchaseNode],
    nets: Sequence[int],
    taxes: Sequence[StatedTax],
) -> tuple[TaxedAmount, ...]:
    rounding = ledger.purchase.rounding
    return tuple(
        apply_stated_rates(net, taxes, rounding, node.units)
        for node, net in zip(nodes, nets, strict=True)
    )


def _state_charge(
    node: PurchaseNode, taxed: TaxedAmount | None, rounding: RoundingPolicy
) -> TaxedAmount | None:
    taxes = None if node.element is None else node.element.stated_taxes
    return taxed if taxed is None or taxes is None else _tax_charge(taxed.net, taxes, rounding)


def _tax_charge(net: int, taxes: Sequence[StatedTax], rounding: RoundingPolicy) -> TaxedAmount:
    """Shipping with its stated taxes; with none where a promotion has made it free."""
    if net == 0:
        return apply_stated_rates(net, taxes, rounding, 1)
    [taxed] = state_taxes([net], taxes)
    return taxed
