"""Explanations of the figures of a purchase, as values and as sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.money import Money
from gateway.engine.pricing.ledger import AdjustmentEntry, Ledger
from gateway.engine.pricing.promotions import FreeShipping
from gateway.engine.pricing.purchase import NodeKind, PurchaseNode, RatesByGoods
from gateway.engine.pricing.tax_lines import tax_lines
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import TaxedAmount
from gateway.engine.tax.rounding import RoundingPolicy

_METHOD_TEXTS = {
    ChargeTaxMethod.PRO_RATA: "shared over the goods that it goes with by net value",
    ChargeTaxMethod.HIGHEST_RATE: "by the highest rate of the goods that it goes with",
    ChargeTaxMethod.LARGEST_SHARE: "by the largest share of the goods that it goes with",
}

REFUSED_PROMOTION = "promotion"
"""The figure of an explanation why a promotion does not apply."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a figure was computed. ``target`` is the reference of its line; None for the order."""

    figure: str
    target: str | None
    rule: str | None
    rate_percent: Decimal | None
    base: Money | None
    amount: Money | None
    rounding: str | None
    text: str


def explain_figures(ledger: Ledger) -> tuple[Explanation, ...]:
    """The explanations of the figures of ``ledger``.

    Discounts, surcharges, shipping prices, promotions that take nothing off goods, taxes and the
    rounding of what is to pay, in that order.
    """
    return (
        *_explain_discounts(ledger),
        *_explain_surcharges(ledger),
        *_explain_shipping(ledger),
        *_explain_promotions(ledger),
        *_explain_taxes(ledger),
        *_explain_payable_rounding(ledger),
    )


def describe_rounding(rounding: RoundingPolicy) -> str:
    """The rounding policy in words: ``HALF_UP per LINE, each rate, of the TAX``."""
    rates = "each rate" if rounding.per_rate else "all rates together"
    return f"{rounding.mode} per {rounding.level}, {rates}, of the {rounding.side}"


def _format_percent(percent: Decimal) -> str:
    return f"{percent.normalize():f} %"


def _explain_discounts(ledger: Ledger) -> Iterator[Explanation]:
    for adjustment in (*ledger.item_adjustments, *ledger.order_adjustments):
        yield from _explain_shares(ledger, adjustment)


def _explain_shares(ledger: Ledger, adjustment: AdjustmentEntry) -> Iterator[Explanation]:
    rule = adjustment.promotion or adjustment.code or adjustment.label
    for position, minor in adjustment.shares:
        yield Explanation(
            figure="discount",
            target=_node_name(ledger.nodes[position]),
            rule=rule,
            rate_percent=None,
            base=_money(ledger, ledger.prices[position]),
            amount=_money(ledger, minor),
            rounding="HALF_UP, shares by largest remainder",
            text=_share_text(ledger, adjustment, position, minor),
        )


def _explain_surcharges(ledger: Ledger) -> Iterator[Explanation]:
    for node in ledger.nodes:
        if node.kind is NodeKind.SURCHARGE:
            yield _explain_charge("surcharge", ledger, node, ledger.amounts[node.position])


def _share_text(ledger: Ledger, adjustment: AdjustmentEntry, position: int, minor: int) -> str:
    if adjustment.promotion is not None:
        line_number = int(ledger.nodes[position].id.partition(".")[0]) + 1
        return f"{_money(ledger, minor).amount} of {adjustment.promotion} on line {line_number}."
    rule = adjustment.code or adjustment.label
    return f"{rule}: its share of {_money(ledger, adjustment.minor).amount}."


def _explain_promotions(ledger: Ledger) -> Iterator[Explanation]:
    """Yield why promotions do not apply, and what those of shipping took."""
    for outcome in (*ledger.promotion_outcomes, *ledger.shipping.promotion_outcomes):
        name = outcome.promotion.name
        if outcome.reason is not None:
            text = f"{name} does not apply: {outcome.reason}."
            yield Explanation(REFUSED_PROMOTION, None, name, None, None, None, None, text)
        elif isinstance(outcome.promotion.off, FreeShipping):
            amount = _money(ledger, -outcome.amount_off)
            text = f"{amount.amount} of {name} on shipping."
            base = _money(ledger, outcome.amount_off)
            yield Explanation("discount", None, name, None, base, amount, None, text)


def _explain_shipping(ledger: Ledger) -> Iterator[Explanation]:
    for node, minor in zip(ledger.shipping.nodes, ledger.shipping.amounts, strict=True):
        yield _explain_charge("shipping", ledger, node, minor)


def _explain_charge(figure: str, ledger: Ledger, node: PurchaseNode, minor: int) -> Explanation:
    amount = _money(ledger, minor)
    return Explanation(
        figure=figure,
        target=None,
        rule=_node_name(node),
        rate_percent=None,
        base=_money(ledger, node.amount),
        amount=amount,
        rounding=None,
        text=f"{_node_name(node)} costs {amount.amount}.",
    )


def _explain_taxes(ledger: Ledger) -> Iterator[Explanation]:
    if ledger.tax_result is None:
        return
    taxed_amounts = (*ledger.tax_result.nodes[1:], *ledger.tax_result.shipping)
    nodes = (*ledger.nodes[1:], *ledger.shipping.nodes)
    costs = (*ledger.amounts[1:], *ledger.shipping.amounts)
    for node, cost, taxed_amount in zip(nodes, costs, taxed_amounts, strict=True):
        if taxed_amount is not None and taxed_amount.includes_tax is not node.includes_tax:
            yield _explain_net_price(ledger, node, cost, taxed_amount)
        if taxed_amount is None:
            text = "The tax is not known before the destination is."
            yield Explanation("tax", _node_name(node), None, None, None, None, None, text)
        else:
            yield from _explain_tax(ledger, node, taxed_amount)


def _explain_net_price(
    ledger: Ledger, node: PurchaseNode, cost: int, taxed_amount: TaxedAmount
) -> Explanation:
    """What a price that includes tax is without it: abroad, and for the shop's own calculator."""
    base, amount = (_money(ledger, minor) for minor in (cost, taxed_amount.amount))
    is_abroad = node.item is not None and node.item.home_rates is not None
    is_abroad = is_abroad and not ledger.purchase.is_home
    taxes = "the taxes of home" if is_abroad else "the taxes of the shop's tables"
    return Explanation(
        figure="price",
        target=_node_name(node),
        rule=None,
        rate_percent=None,
        base=base,
        amount=amount,
        rounding="HALF_UP per LINE" if is_abroad else describe_rounding(ledger.purchase.rounding),
        text=f"{base.amount} with {taxes} is {amount.amount} without them.",
    )


def _explain_tax(
    ledger: Ledger, node: PurchaseNode, taxed_amount: TaxedAmount
) -> Iterable[Explanation]:
    is_stated = node.element is not None and node.element.stated_taxes is not None
    rounding = None if is_stated else describe_rounding(ledger.purchase.rounding)
    basis = f"{'included in' if taxed_amount.includes_tax else 'added to'} the price"
    source = None if node.item is not None or node.element is None else node.element.tax_source
    if isinstance(source, RatesByGoods) and any(each.item is not None for each in ledger.nodes):
        basis = f"{basis}, {_METHOD_TEXTS[source.method]}"
    if is_stated:
        basis = f"{basis}, as the shop's calculator states"
    parts_of_base = {
        (rate.name, rate.percent)
        for part in taxed_amount.parts or (taxed_amount,)
        for rate in part.applicable_rates.rates
        if rate.within_base
    }
    for line in tax_lines(taxed_amount, ledger.purchase.currency):
        jurisdiction_text = (
            f" ({line.jurisdiction}, table {line.table})" if line.jurisdiction else ""
        )
        is_part = (line.name, line.rate_percent) in parts_of_base
        base_text = ", of which it is a part" if is_part else ""
        reason_text = f": {line.reason}" if line.reason else ""
        yield Explanation(
            figure="tax",
            target=_node_name(node),
            rule=line.name,
            rate_percent=line.rate_percent,
            base=line.base,
            amount=line.tax,
            rounding=rounding,
            text=f"{line.name} {_format_percent(line.rate_percent)}{jurisdiction_text} "
            f"of {line.base.amount}{base_text}, {basis}{reason_text}.",
        )


def _explain_payable_rounding(ledger: Ledger) -> Iterator[Explanation]:
    if ledger.due is None or not ledger.payable_rounding:
        return
    rounding = ledger.purchase.rounding
    step = _money(ledger, rounding.payable_step).amount
    base = _money(ledger, ledger.due - ledger.payable_rounding)
    yield Explanation(
        figure="rounding",
        target=None,
        rule=None,
        rate_percent=None,
        base=base,
        amount=_money(ledger, ledger.payable_rounding),
        rounding=f"{rounding.mode} to a multiple of {step}",
        text=f"{base.amount} is rounded to a multiple of {step}; no tax is taken of the "
        "difference.",
    )


def _node_name(node: PurchaseNode) -> str:
    if node.item is not None:
        return node.item.reference
    return node.element.name if node.element is not None else ""


def _money(ledger: Ledger, minor: int) -> Money:
    return Money(minor, ledger.purchase.currency)
