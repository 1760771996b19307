"""How each figure of a purchase came about, in values and in sentences."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from gateway.engine.figures import Explanation, tax_lines
from gateway.engine.ledger import Adjustment, Ledger
from gateway.engine.levies import Taxed
from gateway.engine.money import Money
from gateway.engine.rounding import Rounding
from gateway.engine.tree import Node


def explanations(ledger: Ledger) -> tuple[Explanation, ...]:
    """The origin of every discount, shipping price and tax of ``ledger``, in that order."""
    return (*_discounts(ledger), *_shipping(ledger), *_taxes(ledger))


def rounding_text(rounding: Rounding) -> str:
    """The policy in a word each: ``HALF_UP per LINE, each rate, of the TAX``."""
    rates = "each rate" if rounding.per_rate else "all rates together"
    return f"{rounding.mode} per {rounding.level}, {rates}, of the {rounding.side}"


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f} %"


def _discounts(ledger: Ledger) -> Iterator[Explanation]:
    for each in (*ledger.item_adjustments, *ledger.order_adjustments):
        yield from _shares(ledger, each)


def _shares(ledger: Ledger, adjustment: Adjustment) -> Iterator[Explanation]:
    rule = adjustment.code or adjustment.label
    for position, minor in adjustment.shares:
        yield Explanation(
            figure="discount",
            target=_name(ledger.nodes[position]),
            rule=rule,
            rate_percent=None,
            base=_money(ledger, ledger.prices[position]),
            amount=_money(ledger, minor),
            rounding="HALF_UP, shares by largest remainder",
            text=f"{rule}: its share of {_money(ledger, adjustment.minor).amount}.",
        )


def _shipping(ledger: Ledger) -> Iterator[Explanation]:
    for node, minor in zip(ledger.shipping.nodes, ledger.shipping.amounts, strict=True):
        amount = _money(ledger, minor)
        yield Explanation(
            figure="shipping",
            target=None,
            rule=_name(node),
            rate_percent=None,
            base=_money(ledger, node.amount),
            amount=amount,
            rounding=None,
            text=f"{_name(node)} costs {amount.amount}.",
        )


def _taxes(ledger: Ledger) -> Iterator[Explanation]:
    if ledger.taxation is None:
        return
    taxed = (*ledger.taxation.nodes[1:], *ledger.taxation.shipping)
    nodes = (*ledger.nodes[1:], *ledger.shipping.nodes)
    for node, found in zip(nodes, taxed, strict=True):
        if found is None:
            text = "The tax is not known before the destination is."
            yield Explanation("tax", _name(node), None, None, None, None, None, text)
        else:
            yield from _tax(ledger, node, found)


def _tax(ledger: Ledger, node: Node, found: Taxed) -> Iterable[Explanation]:
    rounding = rounding_text(ledger.purchase.rounding)
    basis = "included in" if found.includes_tax else "added to"
    for line in tax_lines(found, ledger.purchase.currency):
        where = f" ({line.jurisdiction}, table {line.table})" if line.jurisdiction else ""
        why = f": {line.reason}" if line.reason else ""
        yield Explanation(
            figure="tax",
            target=_name(node),
            rule=line.name,
            rate_percent=line.rate_percent,
            base=line.base,
            amount=line.tax,
            rounding=rounding,
            text=f"{line.name} {_plain(line.rate_percent)}{where} of {line.base.amount}, "
            f"{basis} the price{why}.",
        )


def _name(node: Node) -> str:
    if node.item is not None:
        return node.item.reference
    return node.priced.name if node.priced is not None else ""


def _money(ledger: Ledger, minor: int) -> Money:
    return Money(minor, ledger.purchase.currency)
