"""A purchase seen through its strategies: each runs when first asked for, and once."""

from collections.abc import Sequence
from functools import cached_property

from gateway.engine import stages
from gateway.engine.explaining import explanations
from gateway.engine.figures import (
    NOTHING,
    Costs,
    Explanation,
    PricedAdjustment,
    Sum,
    TaxLine,
    TaxRow,
    merged,
    tax_lines,
    tax_rows,
)
from gateway.engine.ledger import Adjustment, Ledger, Taxation
from gateway.engine.levies import Taxed, TaxState
from gateway.engine.money import Currency, Money
from gateway.engine.running import Run, StrategyFailed
from gateway.engine.strategies import Pipeline
from gateway.engine.taxing import tax_of
from gateway.engine.tree import Item, Node, NodeKind, Purchase, children


class PricedPurchase:
    """A described purchase whose figures come into being as they are read.

    Reading a figure runs the strategies it needs and no other, each at most once. A strategy that
    fails makes the figures that need it raise ``StrategyFailed``; the others answer.
    """

    def __init__(self, purchase: Purchase, pipeline: Pipeline = stages.STANDARD) -> None:
        self.purchase = purchase
        self._run = Run(purchase, pipeline)

    def at(self, stage: str) -> Ledger:
        """The ledger with at least the findings of ``stage``.

        Raises:
            StrategyFailed: one of the strategies it needs failed.

        """
        return self._run.at(stage)

    def revised(self, purchase: Purchase) -> "PricedPurchase":
        """``purchase``, a change of this one, keeping the findings that the change leaves valid."""
        revised = PricedPurchase(purchase, self._run.pipeline)
        revised._run = self._run.revised(purchase)
        return revised

    # -- what was described: nothing runs

    @property
    def currency(self) -> Currency:
        """The currency of all its amounts."""
        return self.purchase.currency

    @cached_property
    def items(self) -> tuple["PricedItem", ...]:
        """The lines of the purchase."""
        nodes = self._run.nodes
        return tuple(
            PricedItem(self, node, node.item)
            for node in children(nodes, nodes[0])
            if node.item is not None
        )

    def money(self, minor: int) -> Money:
        """``minor`` units of the purchase's currency."""
        return Money(minor, self.purchase.currency)

    # -- figures

    @property
    def tags(self) -> tuple[str, ...]:
        """What the purchase is, in words, sorted."""
        return self.tags_at(0)

    def tags_at(self, position: int) -> tuple[str, ...]:
        """What the node at ``position`` is, in words, sorted."""
        ledger = self.at(stages.PLACE)
        return tuple(sorted(ledger.tags[position] | ledger.place_tags[position]))

    @cached_property
    def subtotal(self) -> Sum:
        """Items at their prices, before every discount."""
        items = [node for node in self._nodes if node.kind is NodeKind.ITEM]
        return Sum(
            self.currency,
            lambda: _costs(items, self.at(stages.PRICE).prices),
            lambda: self._undiscounted(items),
        )

    def _undiscounted(self, items: Sequence[Node]) -> list[Taxed | None]:
        ledger = self.at(stages.TAX)
        discounted = ledger.prices != ledger.amounts
        found = tax_of(ledger, ledger.prices) if discounted else self._taxation
        return [found.nodes[node.position] for node in items]

    @cached_property
    def items_total(self) -> Sum:
        """Items after all adjustments, with surcharges, without shipping."""
        return self.sum_of(self._nodes)

    def sum_of(self, nodes: Sequence[Node]) -> Sum:
        """What ``nodes`` cost after all discounts."""
        return Sum(
            self.currency,
            lambda: _costs(nodes, self.at(stages.ORDER_DISCOUNTS).amounts),
            lambda: self._taxes(nodes),
        )

    @cached_property
    def shipping_total(self) -> Sum:
        """Shipping after its discounts."""
        return Sum(self.currency, self._shipping_costs, self._shipping_taxes)

    @cached_property
    def total(self) -> Sum:
        """Everything."""
        return Sum(
            self.currency,
            lambda: self._shipping_costs(_costs(self._nodes, self.at(stages.TOTALS).amounts)),
            lambda: [*self._taxes(self._nodes), *self._shipping_taxes()],
        )

    def _taxes(self, nodes: Sequence[Node]) -> list[Taxed | None]:
        found = self._taxation.nodes
        return [found[node.position] for node in nodes]

    def _shipping_costs(self, costs: Costs = NOTHING) -> Costs:
        """``costs`` with those of shipping."""
        shipping = self.at(stages.SHIPPING).shipping
        for node, minor in zip(shipping.nodes, shipping.amounts, strict=True):
            costs = costs.and_also(minor, includes_tax=node.includes_tax)
        return costs

    @property
    def shipping_name(self) -> str | None:
        """How it is shipped; None where nothing is."""
        nodes = self.at(stages.SHIPPING).shipping.nodes
        return ", ".join(node.priced.name for node in nodes if node.priced) or None

    def _shipping_taxes(self) -> tuple[Taxed | None, ...]:
        return self._taxation.shipping

    @property
    def due(self) -> Money | None:
        """What stored value leaves to pay; None while the tax is not known."""
        due = self.at(stages.TOTALS).due
        return None if due is None else self.money(due)

    @property
    def discount_total(self) -> Money:
        """All discounts on items: zero or negative, each in its item's own tax basis."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        found = (*ledger.item_adjustments, *ledger.order_adjustments)
        return self.money(sum(each.minor for each in found))

    @cached_property
    def adjustments(self) -> tuple["PricedAdjustment", ...]:
        """The discounts of items, those of the order, and the surcharges, in that order."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        surcharges = [
            Adjustment(node.priced.name, ledger.amounts[node.position])
            for node in self._nodes
            if node.kind is NodeKind.SURCHARGE and node.priced is not None
        ]
        found = (*ledger.item_adjustments, *ledger.order_adjustments, *surcharges)
        return tuple(
            PricedAdjustment(each.code, each.label, self.money(each.minor), each.item_reference)
            for each in found
        )

    @cached_property
    def tax_state(self) -> TaxState:
        """The least certain state of all taxes."""
        try:
            levies = self._taxation.levies
        except StrategyFailed:
            return TaxState.FAILED
        states = {levy.state for levy in levies if levy is not None}
        for state in (TaxState.NEEDS_ADDRESS, TaxState.ESTIMATED):
            if state in states:
                return state
        return TaxState.FINAL

    @cached_property
    def tax_summary(self) -> tuple[TaxRow, ...] | None:
        """The taxes grouped by name and rate; None while one of them is not known."""
        found = (*self._taxes(self._nodes), *self._shipping_taxes())
        return tax_rows(found, self.purchase.currency)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """How each figure came about."""
        return explanations(self.at(stages.TOTALS))

    @cached_property
    def _nodes(self) -> tuple[Node, ...]:
        return self._run.nodes[1:]

    def subtree(self, node: Node) -> tuple[Node, ...]:
        """``node`` and all nodes below it."""
        return self._run.nodes[node.position : node.end]

    def below(self, node: Node) -> tuple["PricedItem", ...]:
        """The parts directly below ``node``."""
        nodes = self._run.nodes
        return tuple(PricedItem(self, child, item_at(child)) for child in children(nodes, node))

    @property
    def _taxation(self) -> Taxation:
        found = self.at(stages.TAX).taxation
        if found is None:
            raise StrategyFailed(stages.TAX)
        return found

    def taxes_at(self, node: Node) -> tuple[Taxed | None, ...]:
        """The taxes of ``node`` and all nodes below it."""
        return self._taxation.nodes[node.position : node.end]

    def choice_tax(self, position: int) -> Taxed | None:
        """The tax of one way to ship, by its position among those that fit."""
        return self._taxation.choices[position]

    def discount_at(self, node: Node) -> Money:
        """What discounts take off ``node`` and all nodes below it: zero or negative."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        own = slice(node.position, node.end)
        return self.money(sum(ledger.amounts[own]) - sum(ledger.prices[own]))


def _costs(nodes: Sequence[Node], amounts: Sequence[int]) -> Costs:
    bases = {node.includes_tax for node in nodes}
    minor = sum([amounts[node.position] for node in nodes])
    return Costs(minor, some_with_tax=True in bases, some_without_tax=False in bases)


class PricedItem:
    """A line of a priced purchase; its figures include those of its parts."""

    __slots__ = (
        "_components",
        "_node",
        "_purchase",
        "_tags",
        "_tax_lines",
        "_total",
        "_unit_price",
        "item",
    )

    def __init__(self, purchase: PricedPurchase, node: Node, item: Item) -> None:
        self._purchase = purchase
        self._node = node
        self.item = item
        self._components: tuple[PricedItem, ...] | None = None
        self._unit_price: Money | None = None
        self._total: Sum | None = None
        self._tax_lines: tuple[TaxLine, ...] | None = None
        self._tags: tuple[str, ...] | None = None

    @property
    def reference(self) -> str:
        """The client's own reference, or the variant's id."""
        return self.item.reference

    @property
    def variant_id(self) -> str | None:
        """The variant it was bought as; None in a quote."""
        return self.item.variant_id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.item.name

    @property
    def quantity(self) -> int:
        """How many, per one of what holds it."""
        return self.item.quantity

    @property
    def unit_price(self) -> Money:
        """The price of one, in its own tax basis."""
        if self._unit_price is None:
            self._unit_price = self._purchase.money(self.item.unit_price)
        return self._unit_price

    @property
    def total(self) -> Sum:
        """After all adjustments, with its parts."""
        if self._total is None:
            self._total = self._purchase.sum_of(self._purchase.subtree(self._node))
        return self._total

    @property
    def discount(self) -> Money:
        """What discounts take off it and its parts: zero or negative."""
        return self._purchase.discount_at(self._node)

    @property
    def tax_lines(self) -> tuple[TaxLine, ...] | None:
        """Its taxes and those of its parts, rate by rate; None while one is not known."""
        if self._tax_lines is None:
            self._tax_lines = self._found_tax_lines()
        return self._tax_lines

    def _found_tax_lines(self) -> tuple[TaxLine, ...] | None:
        lines: list[TaxLine] = []
        for taxed in self._purchase.taxes_at(self._node):
            if taxed is None:
                return None
            lines += tax_lines(taxed, self._purchase.purchase.currency)
        return merged(lines) if self._node.end - self._node.position > 1 else tuple(lines)

    @property
    def tags(self) -> tuple[str, ...]:
        """What it is, in words, sorted."""
        if self._tags is None:
            self._tags = self._purchase.tags_at(self._node.position)
        return self._tags

    @property
    def components(self) -> tuple["PricedItem", ...]:
        """The parts of a bundle."""
        if self._components is None:
            self._components = self._purchase.below(self._node)
        return self._components


def item_at(node: Node) -> Item:
    """The item that ``node`` stands for."""
    if node.item is None:
        raise LookupError(f"{node.id or 'the root'} is no item")
    return node.item
