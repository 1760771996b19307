"""The tax step: the rates for each taxable node, and the taxes under the market's rounding."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.engine.ledger import Ledger, Taxation
from gateway.engine.levies import Levy, Reason, Taxed, taxed
from gateway.engine.rounding import Rounding, RoundingLevel
from gateway.engine.tags import TAX_EXEMPT
from gateway.engine.taxes import Question, levy_for, shipping_levy
from gateway.engine.together import Entry, taxed_together
from gateway.engine.tree import ByTable, Charge, Item, Node, Rates

LevyOf = Callable[[Node], Levy]


def tax(ledger: Ledger) -> Ledger:
    """The taxes of items and surcharges, then of shipping and of each way to ship."""
    found = tax_of(ledger, ledger.amounts)
    return replace(ledger, taxation=found)


def tax_of(ledger: Ledger, amounts: Sequence[int]) -> Taxation:
    """The taxes if the nodes cost ``amounts``: what they do, or did before every discount."""
    levies = tuple(map(_levies(ledger), ledger.nodes[1:]))
    shipping = ledger.shipping
    on_shipping = tuple(_shipping_levies(ledger)(node) for node in shipping.nodes)
    nodes = (*ledger.nodes[1:], *shipping.nodes)
    costs = (*amounts[1:], *shipping.amounts)
    found = _taxed(nodes, costs, (*levies, *on_shipping), ledger.purchase.rounding)
    return Taxation(
        levies=(None, *levies, *on_shipping),
        nodes=(None, *found[: len(levies)]),
        shipping=found[len(levies) :],
        choices=_taxed_choices(ledger),
    )


def _taxed(
    nodes: Sequence[Node], costs: Sequence[int], levies: Sequence[Levy], rounding: Rounding
) -> tuple[Taxed | None, ...]:
    """Each node's taxes, None where its rates are not known yet."""
    if rounding.level is not RoundingLevel.TOTAL:
        return tuple(
            taxed(cost, levy, rounding, includes_tax=node.includes_tax, units=node.units)
            if levy.known
            else None
            for node, cost, levy in zip(nodes, costs, levies, strict=True)
        )
    known = [at for at, levy in enumerate(levies) if levy.known]
    entries = [Entry(costs[at], nodes[at].includes_tax, levies[at]) for at in known]
    found = dict(zip(known, taxed_together(entries, rounding), strict=True))
    return tuple(found.get(at) for at in range(len(nodes)))


def _question(ledger: Ledger) -> Question:
    purchase = ledger.purchase
    return Question(purchase.destination, purchase.customer, purchase.on)


def _levies(ledger: Ledger) -> LevyOf:
    """A look-up of a node's rates that asks the tables once for each kind of goods."""
    tables, question = ledger.purchase.tax_tables, _question(ledger)
    answers: dict[ByTable, Levy] = {}

    def levy(node: Node) -> Levy:
        if TAX_EXEMPT in ledger.tags[node.position]:
            given = node.priced is not None and node.priced.taxation == Rates(())
            return Levy((), reason=None if given else Reason.EXEMPT_ITEM)
        taxation = _taxation(node.priced)
        if isinstance(taxation, Rates):
            return Levy(taxation.rates)
        if taxation not in answers:
            answers[taxation] = levy_for(tables, question, taxation.table, taxation.category)
        return answers[taxation]

    return levy


def _taxation(priced: Item | Charge | None) -> Rates | ByTable:
    return ByTable() if priced is None else priced.taxation


def _shipping_levies(ledger: Ledger) -> LevyOf:
    by_tables: list[Levy] = []

    def levy(node: Node) -> Levy:
        taxation = _taxation(node.priced)
        if isinstance(taxation, Rates):
            return Levy(taxation.rates)
        if not by_tables:
            by_tables.append(shipping_levy(ledger.purchase.tax_tables, _question(ledger)))
        return by_tables[0]

    return levy


def _taxed_choices(ledger: Ledger) -> tuple[Taxed | None, ...]:
    offered = ledger.shipping.choices
    if not offered:
        return ()
    purchase = ledger.purchase
    levy = shipping_levy(purchase.tax_tables, _question(ledger))
    if not levy.known:
        return (None,) * len(offered)
    return tuple(
        taxed(each.minor, levy, purchase.rounding, includes_tax=each.method.includes_tax)
        for each in offered
    )
