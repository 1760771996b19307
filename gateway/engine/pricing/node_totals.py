"""Costs, taxes and tags of nodes, read from the results of pricing."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from gateway.engine.money import Money
from gateway.engine.pricing import pipeline
from gateway.engine.pricing.ledger import TaxResult
from gateway.engine.pricing.purchase import NodeKind, PurchaseNode
from gateway.engine.pricing.runs import StrategyFailed, StrategyRun
from gateway.engine.pricing.tags import PRICE_CHANGED
from gateway.engine.pricing.tax_step import compute_taxes
from gateway.engine.pricing.totals import NO_COST, CostSum, LazyTotal
from gateway.engine.tax.line_tax import TaxedAmount


class PricingRun(StrategyRun):
    """A run of the pricing strategies, from which figures are read.

    It has no references to the figures that read it, so that these can be freed.
    """

    def money(self, minor: int) -> Money:
        """Return ``minor`` units of the purchase's currency."""
        return Money(minor, self.purchase.currency)

    def tags_of(self, node: PurchaseNode) -> tuple[str, ...]:
        """The tags of ``node``, sorted."""
        ledger = self.ledger_after(pipeline.PLACE)
        return tuple(sorted(ledger.tags[node.position] | ledger.place_tags[node.position]))

    @property
    def tax_result(self) -> TaxResult:
        """The taxes of all nodes and of shipping.

        Raises:
            StrategyFailed: a strategy that the taxes depend on failed.

        """
        result = self.ledger_after(pipeline.TAX).tax_result
        if result is None:
            raise StrategyFailed(pipeline.TAX)
        return result

    def taxes_of(self, node: PurchaseNode) -> tuple[TaxedAmount | None, ...]:
        """The taxes of ``node`` and all nodes below it."""
        return self.tax_result.nodes[node.position : node.end]

    def discount_of(self, node: PurchaseNode) -> Money:
        """The discounts on ``node`` and all nodes below it: zero or negative."""
        ledger = self.ledger_after(pipeline.ORDER_DISCOUNTS)
        node_range = slice(node.position, node.end)
        return self.money(sum(ledger.amounts[node_range]) - sum(ledger.prices[node_range]))

    @cached_property
    def undiscounted_amounts(self) -> tuple[int, ...]:
        """The cost of each node without discounts, at the price when it was added, in minor units.

        A price that has risen since then counts as it is now, so that no price increase is shown as
        a loss.
        """
        ledger = self.ledger_after(pipeline.ORDER_DISCOUNTS)
        if PRICE_CHANGED not in ledger.tags[0]:
            return ledger.prices
        return tuple(map(max, ledger.prices, map(_amount_when_added, ledger.nodes)))

    def taxes_for(self, amounts: tuple[int, ...]) -> TaxResult:
        """The taxes if the nodes cost ``amounts``, minor units; computed once for equal amounts."""
        ledger = self.ledger_after(pipeline.TAX)
        if amounts == ledger.amounts:
            return self.tax_result
        result = self._results_by_amounts.get(amounts)
        if result is None:
            result = self._results_by_amounts[amounts] = compute_taxes(ledger, amounts)
        return result

    @cached_property
    def _results_by_amounts(self) -> dict[tuple[int, ...], TaxResult]:
        return {}


def _amount_when_added(node: PurchaseNode) -> int:
    """The cost of the node when it was added, in minor units; zero if that is not known."""
    price = None if node.item is None else node.item.price_when_added
    return 0 if price is None else price * node.units


class NodeTotal(LazyTotal):
    """A total of some nodes of a run."""

    __slots__ = ("_run",)

    def __init__(self, run: PricingRun) -> None:
        super().__init__(run.purchase.currency)
        self._run = run


class ItemsSubtotal(NodeTotal):
    """The items at their prices, before all discounts."""

    __slots__ = ("_items",)

    def __init__(self, run: PricingRun) -> None:
        super().__init__(run)
        self._items = [node for node in run.nodes if node.kind is NodeKind.ITEM]

    def compute_costs(self) -> CostSum:
        """The sum of the prices."""
        prices = self._run.ledger_after(pipeline.PRICE).prices
        return sum_costs(self._items, [prices[node.position] for node in self._items])

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """The taxes as they would be without discounts."""
        result = self._run.taxes_for(self._run.ledger_after(pipeline.PRICE).prices)
        return [result.nodes[node.position] for node in self._items]


class TreeTotal(NodeTotal):
    """A total of a node and all nodes below it."""

    __slots__ = ("_node",)

    def __init__(self, run: PricingRun, node: PurchaseNode) -> None:
        super().__init__(run)
        self._node = node


class SubtreeTotal(TreeTotal):
    """A node and all nodes below it, after all discounts; without shipping."""

    __slots__ = ()

    def compute_costs(self) -> CostSum:
        """The sum of the costs after discounts."""
        node, ledger = self._node, self._run.ledger_after(pipeline.ORDER_DISCOUNTS)
        if node.position and node.end == node.position + 1:
            return NO_COST.plus(
                ledger.amounts[node.position],
                includes_tax=node.includes_tax,
                has_home_price=node.has_home_price,
            )
        return sum_costs(*_subtree_amounts(node, ledger.nodes, ledger.amounts))

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """The taxes of these nodes."""
        return _subtree_taxes(self._node, self._run.tax_result.nodes)


class UndiscountedTotal(TreeTotal):
    """A node and all nodes below it before all discounts, at the prices when they were added."""

    __slots__ = ()

    def compute_costs(self) -> CostSum:
        """The sum of the costs without discounts."""
        return sum_costs(
            *_subtree_amounts(self._node, self._run.nodes, self._run.undiscounted_amounts)
        )

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """The taxes as they would be at these costs."""
        return _subtree_taxes(self._node, self._run.taxes_for(self._run.undiscounted_amounts).nodes)


class ShippingTotal(NodeTotal):
    """Shipping after its discounts."""

    __slots__ = ()

    def compute_costs(self) -> CostSum:
        """The cost of shipping."""
        shipping = self._run.ledger_after(pipeline.SHIPPING).shipping
        return sum_costs(shipping.nodes, shipping.amounts)

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """The taxes of shipping."""
        return self._run.tax_result.shipping


class GrandTotal(NodeTotal):
    """All nodes and shipping, after all discounts."""

    __slots__ = ()

    def compute_costs(self) -> CostSum:
        """The sum of all costs."""
        ledger = self._run.ledger_after(pipeline.TOTALS)
        nodes, amounts = _subtree_amounts(ledger.nodes[0], ledger.nodes, ledger.amounts)
        shipping = ledger.shipping
        return sum_costs([*nodes, *shipping.nodes], [*amounts, *shipping.amounts])

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """All taxes."""
        result = self._run.tax_result
        return (*result.nodes[1:], *result.shipping)


class ShippingRateTotal(NodeTotal):
    """The price of one shipping rate, by its position among the rates that fit."""

    __slots__ = ("_position",)

    def __init__(self, run: PricingRun, position: int) -> None:
        super().__init__(run)
        self._position = position

    def compute_costs(self) -> CostSum:
        """The price of the rate."""
        rate = self._run.ledger_after(pipeline.SHIPPING).shipping.rates[self._position]
        return NO_COST.plus(
            rate.minor,
            includes_tax=rate.method.includes_tax,
            has_home_price=rate.method.stated_taxes is not None,
        )

    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """The tax of the rate."""
        return [self._run.tax_result.shipping_rates[self._position]]


def _subtree_amounts(
    node: PurchaseNode, nodes: Sequence[PurchaseNode], amounts: Sequence[int]
) -> tuple[Sequence[PurchaseNode], Sequence[int]]:
    """The nodes from ``node`` down, with their amounts; without the root, which has no amount."""
    start = max(1, node.position)
    return nodes[start : node.end], amounts[start : node.end]


def _subtree_taxes(
    node: PurchaseNode, taxes: Sequence[TaxedAmount | None]
) -> Sequence[TaxedAmount | None]:
    return taxes[max(1, node.position) : node.end]


def sum_costs(nodes: Sequence[PurchaseNode], amounts: Sequence[int]) -> CostSum:
    """The sum of ``amounts``, which are the costs of ``nodes`` in the same order."""
    tax_bases = {node.includes_tax for node in nodes}
    has_home_price = True in tax_bases and any(node.has_home_price for node in nodes)
    return CostSum(
        sum(amounts),
        some_with_tax=True in tax_bases,
        some_without_tax=False in tax_bases or has_home_price,
    )
