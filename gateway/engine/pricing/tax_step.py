"""The tax step: the rates of each node, and their taxes by the market's rounding policy."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.engine.money import round_fraction
from gateway.engine.pricing.ledger import Ledger, TaxResult
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    NodeKind,
    Purchase,
    PurchaseNode,
    RatesByGoods,
    RatesByTable,
    ShippingTax,
)
from gateway.engine.pricing.shipping import ShippingRate
from gateway.engine.pricing.stated_tax_step import has_stated_taxes, take_stated_taxes
from gateway.engine.pricing.tags import DIGITAL, SHIPPABLE, TAX_EXEMPT
from gateway.engine.tax.business_supplies import BusinessSupply
from gateway.engine.tax.charge_sharing import (
    ChargePart,
    ChargeTaxMethod,
    TaxableGoods,
    share_charge,
)
from gateway.engine.tax.line_tax import (
    ApplicableRates,
    NoTaxReason,
    TaxedAmount,
    TaxRate,
    TaxState,
    compute_tax,
    exact_denominator,
    join_taxed_amounts,
)
from gateway.engine.tax.rate_lookup import find_rates, find_shipping_rates
from gateway.engine.tax.rounding import RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import CustomerKind, PiecePrice, TaxQuery
from gateway.engine.tax.total_rounding import TaxableEntry, compute_total_tax

NodeRatesLookup = Callable[[PurchaseNode, int], ApplicableRates]
ChargeRatesLookup = Callable[[PurchaseNode], ApplicableRates]


def add_taxes(ledger: Ledger) -> Ledger:
    """Set the taxes of items, surcharges, shipping, and each shipping rate."""
    tax_result = compute_taxes(ledger, ledger.amounts)
    return replace(ledger, tax_result=tax_result)


def compute_taxes(ledger: Ledger, amounts: Sequence[int]) -> TaxResult:
    """The taxes if the nodes cost ``amounts``, in minor units."""
    by_table = _compute_by_table(ledger, amounts)
    if not has_stated_taxes(ledger.purchase):
        return by_table
    return take_stated_taxes(ledger, amounts, by_table)


def _compute_by_table(ledger: Ledger, amounts: Sequence[int]) -> TaxResult:
    node_rates = tuple(map(_node_rates_lookup(ledger), ledger.nodes[1:], amounts[1:]))
    shipping = ledger.shipping
    shipping_rates = tuple(_shipping_rates_lookup(ledger)(node) for node in shipping.nodes)
    entries = _TaxableNodes(
        (*ledger.nodes[1:], *shipping.nodes),
        (*amounts[1:], *shipping.amounts),
        tuple(node.includes_tax for node in (*ledger.nodes[1:], *shipping.nodes)),
        (*node_rates, *shipping_rates),
    )
    if not ledger.purchase.is_home:
        entries = _price_abroad(entries)
    goods: tuple[TaxableGoods, ...] = ()
    rounding = ledger.purchase.rounding
    if _has_charge_by_goods(ledger):
        goods = _list_goods(ledger, entries)
        taxed_amounts, rates = _tax_shared(entries, goods, ledger.purchase)
    else:
        taxed_amounts, rates = _tax_nodes(entries, rounding), entries.applicable_rates
    return TaxResult(
        applicable_rates=rates,
        nodes=(None, *taxed_amounts[: len(node_rates)]),
        shipping=taxed_amounts[len(node_rates) :],
        shipping_rates=_tax_shipping_rates(ledger, goods),
    )


@dataclass(frozen=True, slots=True)
class _TaxableNodes:
    """Nodes with what they cost and the rates that apply to them, in columns."""

    nodes: tuple[PurchaseNode, ...]
    costs: tuple[int, ...]
    includes_tax: tuple[bool, ...]
    applicable_rates: tuple[ApplicableRates, ...]


def _price_abroad(entries: _TaxableNodes) -> _TaxableNodes:
    """``entries``, of which prices with the taxes of home are net where other taxes apply.

    The net amount of a line is rounded half up, once. Where the rates are those of home, and where
    they are not known yet, it stays as it is.
    """
    if True not in entries.includes_tax or not any(
        node.item is not None and node.item.home_rates is not None for node in entries.nodes
    ):
        return entries
    costs, includes_tax = list(entries.costs), list(entries.includes_tax)
    for index, node in enumerate(entries.nodes):
        rates = entries.applicable_rates[index]
        home = None if node.item is None else node.item.home_rates
        if home is None or not rates.is_known or _are_same(home.rates, rates.rates):
            continue
        home_rates = ApplicableRates(home.rates)
        divisor = exact_denominator(home_rates, includes_tax=True)
        costs[index] = round_fraction(costs[index] * home_rates.denominator, divisor)
        includes_tax[index] = False
    return replace(entries, costs=tuple(costs), includes_tax=tuple(includes_tax))


def _are_same(home: Sequence[TaxRate], rates: Sequence[TaxRate]) -> bool:
    """Whether both come to the same for any amount, whatever they are called."""
    return [(rate.percent, rate.compound, rate.within_base) for rate in home] == [
        (rate.percent, rate.compound, rate.within_base) for rate in rates
    ]


def _has_charge_by_goods(ledger: Ledger) -> bool:
    """Whether a charge, or a shipping method that is offered, is taxed by the goods."""
    is_offered = bool(ledger.shipping.rates) and isinstance(
        ledger.purchase.shipping_tax.source, RatesByGoods
    )
    return (
        is_offered
        or any(isinstance(charge.tax_source, RatesByGoods) for charge in ledger.purchase.surcharges)
        or any(_charge_method(node) is not None for node in ledger.shipping.nodes)
    )


def _charge_method(node: PurchaseNode) -> ChargeTaxMethod | None:
    """How the node is taxed by the goods; None where it has rates of its own or of a table."""
    source = None if node.item is not None or node.element is None else node.element.tax_source
    return source.method if isinstance(source, RatesByGoods) else None


def _list_goods(ledger: Ledger, entries: _TaxableNodes) -> tuple[TaxableGoods, ...]:
    """The goods that a charge goes with: those that are shipped, else all."""
    goods = [index for index, node in enumerate(entries.nodes) if node.item is not None]
    shipped = [index for index in goods if SHIPPABLE in ledger.tags[entries.nodes[index].position]]
    return tuple(
        TaxableGoods(
            entries.costs[index],
            entries.includes_tax[index],
            entries.nodes[index].units,
            entries.applicable_rates[index],
        )
        for index in shipped or goods
    )


def _tax_shared(
    entries: _TaxableNodes, goods: Sequence[TaxableGoods], purchase: Purchase
) -> tuple[tuple[TaxedAmount | None, ...], tuple[ApplicableRates, ...]]:
    """The taxes of each node, and all rates, where charges are shared over the taxes of goods."""
    shares_by_node = tuple(_share_nodes(entries, goods, purchase.shipping_tax))
    shares = [
        (node, includes_tax, share)
        for node, includes_tax, node_shares in zip(
            entries.nodes, entries.includes_tax, shares_by_node, strict=True
        )
        for share in node_shares
    ]
    shared_entries = _TaxableNodes(
        tuple(node for node, _, _ in shares),
        tuple(share.amount for _, _, share in shares),
        tuple(includes_tax for _, includes_tax, _ in shares),
        tuple(share.applicable_rates for _, _, share in shares),
    )
    parts = iter(_tax_nodes(shared_entries, purchase.rounding))
    taxed_amounts = tuple(
        _join_parts([next(parts) for _ in node_shares]) for node_shares in shares_by_node
    )
    return taxed_amounts, shared_entries.applicable_rates


def _join_parts(parts: Sequence[TaxedAmount | None]) -> TaxedAmount | None:
    known_parts = [part for part in parts if part is not None]
    return join_taxed_amounts(known_parts) if len(known_parts) == len(parts) else None


def _share_nodes(
    entries: _TaxableNodes, goods: Sequence[TaxableGoods], shipping_tax: ShippingTax
) -> Iterator[tuple[ChargePart, ...]]:
    columns = zip(entries.nodes, entries.costs, entries.applicable_rates, strict=True)
    for node, cost, rates in columns:
        method = _charge_method(node)
        if method is None or not goods:
            yield (ChargePart(cost, rates),)
        else:
            shares = share_charge(cost, method, goods)
            is_shipping = node.kind is NodeKind.SHIPPING
            yield _estimate_shares(shares, shipping_tax) if is_shipping else shares


def _estimate_shares(
    shares: tuple[ChargePart, ...], shipping_tax: ShippingTax
) -> tuple[ChargePart, ...]:
    """``shares`` of shipping, estimates where it may be taxed otherwise."""
    return tuple(
        replace(share, applicable_rates=_estimate_rates(share.applicable_rates, shipping_tax))
        for share in shares
    )


def _estimate_rates(rates: ApplicableRates, shipping_tax: ShippingTax) -> ApplicableRates:
    """``rates`` of shipping, an estimate where it may be taxed otherwise."""
    if shipping_tax.is_certain or rates.state is not TaxState.FINAL:
        return rates
    return replace(rates, state=TaxState.ESTIMATED)


def _tax_nodes(entries: _TaxableNodes, rounding: RoundingPolicy) -> tuple[TaxedAmount | None, ...]:
    """The taxes of each node; None where its rates are not known yet."""
    costs, bases, applicable_rates = entries.costs, entries.includes_tax, entries.applicable_rates
    if rounding.level is not RoundingLevel.TOTAL:
        return tuple(
            compute_tax(cost, rates, rounding, includes_tax=includes_tax, units=node.units)
            if rates.is_known
            else None
            for node, cost, includes_tax, rates in zip(
                entries.nodes, costs, bases, applicable_rates, strict=True
            )
        )
    known_positions = [
        position for position, rates in enumerate(applicable_rates) if rates.is_known
    ]
    taxable_entries = [
        TaxableEntry(costs[position], bases[position], applicable_rates[position])
        for position in known_positions
    ]
    taxed_by_position = dict(
        zip(known_positions, compute_total_tax(taxable_entries, rounding), strict=True)
    )
    return tuple(taxed_by_position.get(position) for position in range(len(entries.nodes)))


def _tax_query(ledger: Ledger, position: int = 0) -> TaxQuery:
    """The question for the node at ``position``, which is a service where it is digital."""
    purchase = ledger.purchase
    if purchase.standing is None:
        return TaxQuery(purchase.destination, purchase.customer, purchase.on)
    supply = BusinessSupply(purchase.standing, DIGITAL in ledger.tags[position])
    customer = purchase.customer if purchase.standing.is_trusted else CustomerKind.CONSUMER
    return TaxQuery(purchase.destination, customer, purchase.on, supply)


def _node_rates_lookup(ledger: Ledger) -> NodeRatesLookup:
    """Return a function for a node's rates that asks the tables once for each kind of goods.

    It takes the node and what it costs, minor units: rules may go by the price of a piece.
    """
    tables, query = ledger.purchase.tax_tables, _tax_query(ledger)
    currency = ledger.purchase.currency.code
    has_prices = tables is not None and currency in tables.price_limits
    is_business = query.supply is not None
    rates_by_source: dict[
        RatesByTable | tuple[RatesByTable, PiecePrice | None], ApplicableRates
    ] = {}

    def find_node_rates(node: PurchaseNode, amount: int) -> ApplicableRates:
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
        price = None
        if has_prices and tables is not None and node.item is not None:
            price = tables.price_class(currency, amount, node.units)
        if is_business:
            node_query = _tax_query(ledger, 0 if node.item is None else node.position)
            return find_rates(tables, node_query, tax_source.table, tax_source.category, price)
        key = tax_source if price is None else (tax_source, price)
        if key not in rates_by_source:
            rates_by_source[key] = find_rates(
                tables, query, tax_source.table, tax_source.category, price
            )
        return rates_by_source[key]

    return find_node_rates


def _tax_source(priced: Item | ExtraCharge | None) -> FixedRates | RatesByTable:
    """Where the rates come from; the default table for what is then taxed by the goods."""
    source = RatesByTable() if priced is None else priced.tax_source
    return RatesByTable() if isinstance(source, RatesByGoods) else source


def _shipping_rates_lookup(ledger: Ledger) -> ChargeRatesLookup:
    table_rates: list[ApplicableRates] = []
    purchase = ledger.purchase

    def find_node_rates(node: PurchaseNode) -> ApplicableRates:
        tax_source = _tax_source(node.element)
        if isinstance(tax_source, FixedRates):
            return _estimate_rates(ApplicableRates(tax_source.rates), purchase.shipping_tax)
        if not table_rates:
            rates = find_shipping_rates(purchase.tax_tables, _tax_query(ledger))
            table_rates.append(_estimate_rates(rates, purchase.shipping_tax))
        return table_rates[0]

    return find_node_rates


def _tax_shipping_rates(
    ledger: Ledger, goods: Sequence[TaxableGoods]
) -> tuple[TaxedAmount | None, ...]:
    rates = ledger.shipping.rates
    if not rates:
        return ()
    purchase = ledger.purchase
    source = purchase.shipping_tax.source
    if goods and isinstance(source, RatesByGoods):
        return tuple(_tax_offer(rate, purchase, source.method, goods) for rate in rates)
    applicable_rates = (
        ApplicableRates(source.rates)
        if isinstance(source, FixedRates)
        else find_shipping_rates(purchase.tax_tables, _tax_query(ledger))
    )
    if not applicable_rates.is_known:
        return (None,) * len(rates)
    return tuple(
        compute_tax(
            rate.minor, applicable_rates, purchase.rounding, includes_tax=rate.method.includes_tax
        )
        for rate in rates
    )


def _tax_offer(
    rate: ShippingRate, purchase: Purchase, method: ChargeTaxMethod, goods: Sequence[TaxableGoods]
) -> TaxedAmount | None:
    """The tax of a shipping method that is offered, by the goods; None while it is not known."""
    shares = share_charge(rate.minor, method, goods)
    if not all(share.applicable_rates.is_known for share in shares):
        return None
    return join_taxed_amounts(
        [
            compute_tax(
                share.amount,
                share.applicable_rates,
                purchase.rounding,
                includes_tax=rate.method.includes_tax,
            )
            for share in shares
        ]
    )
