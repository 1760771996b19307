"""The tax step: the rates of each node, and their taxes by the market's rounding policy."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.engine.pricing.ledger import Ledger, TaxResult
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    PurchaseNode,
    RatesByTable,
)
from gateway.engine.pricing.tags import TAX_EXEMPT
from gateway.engine.tax.line_tax import ApplicableRates, NoTaxReason, TaxedAmount, compute_tax
from gateway.engine.tax.rounding import RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import TaxQuery, find_rates, find_shipping_rates
from gateway.engine.tax.total_rounding import TaxableEntry, compute_total_tax

NodeRatesLookup = Callable[[PurchaseNode], ApplicableRates]


def add_taxes(ledger: Ledger) -> Ledger:
    """Set the taxes of items, surcharges, shipping, and each shipping rate."""
    tax_result = compute_taxes(ledger, ledger.amounts)
    return replace(ledger, tax_result=tax_result)


def compute_taxes(ledger: Ledger, amounts: Sequence[int]) -> TaxResult:
    """The taxes if the nodes cost ``amounts``, in minor units."""
    node_rates = tuple(map(_node_rates_lookup(ledger), ledger.nodes[1:]))
    shipping = ledger.shipping
    shipping_rates = tuple(_shipping_rates_lookup(ledger)(node) for node in shipping.nodes)
    nodes = (*ledger.nodes[1:], *shipping.nodes)
    costs = (*amounts[1:], *shipping.amounts)
    taxed_amounts = _tax_nodes(
        nodes, costs, (*node_rates, *shipping_rates), ledger.purchase.rounding
    )
    return TaxResult(
        applicable_rates=(None, *node_rates, *shipping_rates),
        nodes=(None, *taxed_amounts[: len(node_rates)]),
        shipping=taxed_amounts[len(node_rates) :],
        shipping_rates=_tax_shipping_rates(ledger),
    )


def _tax_nodes(
    nodes: Sequence[PurchaseNode],
    costs: Sequence[int],
    applicable_rates: Sequence[ApplicableRates],
    rounding: RoundingPolicy,
) -> tuple[TaxedAmount | None, ...]:
    """The taxes of each node; None where its rates are not known yet."""
    if rounding.level is not RoundingLevel.TOTAL:
        return tuple(
            compute_tax(cost, rates, rounding, includes_tax=node.includes_tax, units=node.units)
            if rates.is_known
            else None
            for node, cost, rates in zip(nodes, costs, applicable_rates, strict=True)
        )
    known_positions = [
        position for position, rates in enumerate(applicable_rates) if rates.is_known
    ]
    entries = [
        TaxableEntry(costs[position], nodes[position].includes_tax, applicable_rates[position])
        for position in known_positions
    ]
    taxed_by_position = dict(
        zip(known_positions, compute_total_tax(entries, rounding), strict=True)
    )
    return tuple(taxed_by_position.get(position) for position in range(len(nodes)))


def _tax_query(ledger: Ledger) -> TaxQuery:
    purchase = ledger.purchase
    return TaxQuery(purchase.destination, purchase.customer, purchase.on)


def _node_rates_lookup(ledger: Ledger) -> NodeRatesLookup:
    """Return a function for a node's rates that asks the tables once for each kind of goods."""
    tables, query = ledger.purchase.tax_tables, _tax_query(ledger)
    rates_by_source: dict[RatesByTable, ApplicableRates] = {}

    def find_node_rates(node: PurchaseNode) -> ApplicableRates:
        if TAX_EXEMPT in ledger.tags[node.position]:
            is_declared_untaxed = (
                node.element is not None and node.element.tax_source == FixedRates(())
            )
            return ApplicableRates(
                (), reason=None if is_declared_untaxed else NoTaxReason.EXEMPT_ITEM
            )
        tax_source = _tax_source(node.element)
        if isinstance(tax_source, FixedRates):
            return ApplicableRates(tax_source.rates)
        if tax_source not in rates_by_source:
            rates_by_source[tax_source] = find_rates(
                tables, query, tax_source.table, tax_source.category
            )
        return rates_by_source[tax_source]

    return find_node_rates


def _tax_source(priced: Item | ExtraCharge | None) -> FixedRates | RatesByTable:
    return RatesByTable() if priced is None else priced.tax_source


def _shipping_rates_lookup(ledger: Ledger) -> NodeRatesLookup:
    table_rates: list[ApplicableRates] = []

    def find_node_rates(node: PurchaseNode) -> ApplicableRates:
        tax_source = _tax_source(node.element)
        if isinstance(tax_source, FixedRates):
            return ApplicableRates(tax_source.rates)
        if not table_rates:
            table_rates.append(find_shipping_rates(ledger.purchase.tax_tables, _tax_query(ledger)))
        return table_rates[0]

    return find_node_rates


def _tax_shipping_rates(ledger: Ledger) -> tuple[TaxedAmount | None, ...]:
    rates = ledger.shipping.rates
    if not rates:
        return ()
    purchase = ledger.purchase
    applicable_rates = find_shipping_rates(purchase.tax_tables, _tax_query(ledger))
    if not applicable_rates.is_known:
        return (None,) * len(rates)
    return tuple(
        compute_tax(
            rate.minor, applicable_rates, purchase.rounding, includes_tax=rate.method.includes_tax
        )
        for rate in rates
    )
