"""A purchase seen through its strategies: each runs when first asked for, and once."""

from functools import cached_property

from gateway.engine import stages
from gateway.engine.explaining import explanations
from gateway.engine.figures import (
    Explanation,
    PricedAdjustment,
    Sum,
    TaxLine,
    TaxRow,
    merged,
    summary,
    tax_lines,
    tax_rows,
    told_apart,
)
from gateway.engine.findings import Everything, Findings, Shipping, Subtotal, Subtree, Unreduced
from gateway.engine.ledger import Adjustment, Ledger
from gateway.engine.levies import TaxState
from gateway.engine.money import Currency, Money
from gateway.engine.running import StrategyFailed
from gateway.engine.strategies import Pipeline
from gateway.engine.tree import Item, Node, NodeKind, Purchase, children, price_with_parts


class PricedPurchase:
    """A described purchase whose figures come into being as they are read.

    Reading a figure runs the strategies it needs and no other, each at most once. A strategy that
    fails makes the figures that need it raise ``StrategyFailed``; the others answer.
    """

    def __init__(self, purchase: Purchase, pipeline: Pipeline = stages.STANDARD) -> None:
        self.purchase = purchase
        self._found = Findings(purchase, pipeline)

    def at(self, stage: str) -> Ledger:
        """The ledger with at least the findings of ``stage``.

        Raises:
            StrategyFailed: one of the strategies it needs failed.

        """
        return self._found.at(stage)

    def revised(self, purchase: Purchase) -> "PricedPurchase":
        """``purchase``, a change of this one, keeping the findings that the change leaves valid."""
        revised = PricedPurchase(purchase, self._found.pipeline)
        revised._found = self._found.revised(purchase)
        return revised

    # -- what was described: nothing runs

    @property
    def currency(self) -> Currency:
        """The currency of all its amounts."""
        return self.purchase.currency

    @cached_property
    def items(self) -> tuple["PricedItem", ...]:
        """The lines of the purchase."""
        return _items_below(self._found, self._found.nodes[0])

    # -- figures

    def tagged(self, tag: str) -> tuple["PricedItem", ...]:
        """The lines that have ``tag``, by what they were described as."""
        tags = self.at(stages.TAG).tags
        return tuple(item for item in self.items if tag in tags[item.position])

    @property
    def tags(self) -> tuple[str, ...]:
        """What the purchase is, in words, sorted."""
        return self._found.tags_of(self._found.nodes[0])

    @cached_property
    def subtotal(self) -> Sum:
        """Items at their prices, before every discount."""
        return Subtotal(self._found)

    @cached_property
    def items_total(self) -> Sum:
        """Items after all adjustments, with surcharges, without shipping."""
        return Subtree(self._found, self._found.nodes[0])

    @cached_property
    def shipping_total(self) -> Sum:
        """Shipping after its discounts."""
        return Shipping(self._found)

    @cached_property
    def total(self) -> Sum:
        """Everything."""
        return Everything(self._found)

    @property
    def shipping_name(self) -> str | None:
        """How it is shipped; None where nothing is."""
        nodes = self.at(stages.SHIPPING).shipping.nodes
        return ", ".join(node.priced.name for node in nodes if node.priced) or None

    @property
    def due(self) -> Money | None:
        """What stored value leaves to pay; None while the tax is not known."""
        due = self.at(stages.TOTALS).due
        return None if due is None else self._found.money(due)

    @property
    def discount_total(self) -> Money:
        """All discounts on items: zero or negative, each in its item's own tax basis."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        found = (*ledger.item_adjustments, *ledger.order_adjustments)
        return self._found.money(sum(each.minor for each in found))

    @cached_property
    def adjustments(self) -> tuple["PricedAdjustment", ...]:
        """The discounts of items, those of the order, and the surcharges, in that order."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        surcharges = [
            Adjustment(node.priced.name, ledger.amounts[node.position])
            for node in self._found.nodes
            if node.kind is NodeKind.SURCHARGE and node.priced is not None
        ]
        found = (*ledger.item_adjustments, *ledger.order_adjustments, *surcharges)
        return tuple(
            PricedAdjustment(
                each.code, each.label, self._found.money(each.minor), each.item_reference
            )
            for each in found
        )

    @cached_property
    def tax_state(self) -> TaxState:
        """The least certain state of all taxes."""
        try:
            levies = self._found.taxation.levies
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
        rows = self._tax_rows
        return None if rows is None else summary(rows)

    @property
    def tax_by_place(self) -> tuple[TaxRow, ...] | None:
        """The same with those of several jurisdictions told apart; None where there are none."""
        rows = self._tax_rows
        return None if rows is None else told_apart(rows)

    @cached_property
    def _tax_rows(self) -> tuple[TaxRow, ...] | None:
        taxation = self._found.taxation
        found = (*taxation.nodes[1:], *taxation.shipping)
        return tax_rows(found, self.purchase.currency)

    @cached_property
    def explanations(self) -> tuple[Explanation, ...]:
        """How each figure came about."""
        return explanations(self.at(stages.TOTALS))


class PricedItem:
    """A line of a priced purchase; its figures include those of its parts."""

    __slots__ = (
        "_components",
        "_found",
        "_node",
        "_tags",
        "_tax_lines",
        "_total",
        "_unit_price",
        "item",
    )

    def __init__(self, found: Findings, node: Node, item: Item) -> None:
        self._found = found
        self._node = node
        self.item = item
        self._components: tuple[PricedItem, ...] | None = None
        self._unit_price: Money | None = None
        self._total: Sum | None = None
        self._tax_lines: tuple[TaxLine, ...] | None = None
        self._tags: tuple[str, ...] | None = None

    @property
    def position(self) -> int:
        """Where it stands in the tree."""
        return self._node.position

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
        """The price of one, in its own tax basis: with its parts where it was bought as a bundle.

        What is bought has one price to its buyer; who describes a line gave it a price of its own.
        """
        if self._unit_price is None:
            item = self.item
            own = item.unit_price if item.variant_id is None else price_with_parts(item)
            self._unit_price = self._found.money(own)
        return self._unit_price

    @property
    def total(self) -> Sum:
        """After all adjustments, with its parts."""
        if self._total is None:
            self._total = Subtree(self._found, self._node)
        return self._total

    @property
    def discount(self) -> Money:
        """What discounts take off it and its parts: zero or negative."""
        return self._found.discount_at(self._node)

    @property
    def reduced_from(self) -> Sum | None:
        """What it would cost without discounts and falls of its price; None where nothing fell."""
        found, own = self._found, slice(self._node.position, self._node.end)
        if found.unreduced[own] == found.at(stages.ORDER_DISCOUNTS).amounts[own]:
            return None
        return Unreduced(found, self._node)

    @property
    def tax_lines(self) -> tuple[TaxLine, ...] | None:
        """Its taxes and those of its parts, rate by rate; None while one is not known."""
        if self._tax_lines is None:
            self._tax_lines = self._found_tax_lines()
        return self._tax_lines

    def _found_tax_lines(self) -> tuple[TaxLine, ...] | None:
        lines: list[TaxLine] = []
        for taxed in self._found.taxes_at(self._node):
            if taxed is None:
                return None
            lines += tax_lines(taxed, self._found.purchase.currency)
        return merged(lines) if self._node.end - self._node.position > 1 else tuple(lines)

    @property
    def tags(self) -> tuple[str, ...]:
        """What it is, in words, sorted."""
        if self._tags is None:
            self._tags = self._found.tags_of(self._node)
        return self._tags

    @property
    def components(self) -> tuple["PricedItem", ...]:
        """The parts of a bundle."""
        if self._components is None:
            self._components = _items_below(self._found, self._node)
        return self._components


def _items_below(found: Findings, node: Node) -> tuple[PricedItem, ...]:
    """The items directly below ``node``: lines of the purchase, or parts of a bundle."""
    return tuple(
        PricedItem(found, child, child.item)
        for child in children(found.nodes, node)
        if child.item is not None
    )
