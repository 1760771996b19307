"""A purchase whose figures are computed when they are first read."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from gateway.engine.money import Currency, Money
from gateway.engine.pricing.explanations import Explanation, explain_figures
from gateway.engine.pricing.ledger import Adjustment, AdjustmentEntry, Ledger
from gateway.engine.pricing.node_totals import (
    GrandTotal,
    ItemsSubtotal,
    PricingRun,
    ShippingTotal,
    SubtreeTotal,
    UndiscountedTotal,
)
from gateway.engine.pricing.pipeline import (
    ORDER_DISCOUNTS,
    SHIPPING,
    STORED_VALUE,
    TAG,
    TOTALS,
    pipeline_for,
)
from gateway.engine.pricing.promotions import PromotionOutcome
from gateway.engine.pricing.purchase import (
    Item,
    NodeKind,
    Purchase,
    PurchaseNode,
    child_nodes,
    price_with_components,
)
from gateway.engine.pricing.purchase_details import Attribute, Calculator
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.pricing.strategies import Pipeline
from gateway.engine.pricing.tax_lines import (
    TaxLine,
    TaxSummaryRow,
    collect_reasons,
    keep_jurisdictions,
    merge_jurisdictions,
    merge_tax_lines,
    summarize_taxes,
    tax_lines,
)
from gateway.engine.pricing.totals import LazyTotal
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.tax.tax_tables import CustomerKind

ROUNDING_LABEL = "Rounding"
"""What the rounding of what is to pay is called."""


class PricedPurchase:
    """A described purchase whose figures are computed when they are read.

    Reading a figure runs only the strategies that it needs, each at most once. If a strategy fails,
    the figures that need it raise ``StrategyFailed``; all others are still available.
    """

    def __init__(self, purchase: Purchase, pipeline: Pipeline | None = None) -> None:
        self.purchase = purchase
        self._run = PricingRun(purchase, pipeline or pipeline_for(purchase))

    def ledger_after(self, stage: str) -> Ledger:
        """The ledger with at least the results of ``stage``.

        Raises:
            StrategyFailed: a strategy that the stage needs failed.

        """
        return self._run.ledger_after(stage)

    def with_purchase(self, purchase: Purchase) -> "PricedPurchase":
        """The priced ``purchase``, a changed form of this one; unaffected results are kept."""
        priced = PricedPurchase(purchase, self._run.pipeline)
        priced._run = self._run_for(purchase)
        return priced

    def _run_for(self, purchase: Purchase) -> PricingRun:
        """The run of ``purchase``, with the results that are still valid."""
        if bool(purchase.promotions) is not bool(self.purchase.promotions):
            return PricingRun(purchase, pipeline_for(purchase))
        return self._run.with_purchase(purchase)

    # -- the description: no strategy runs

    @property
    def currency(self) -> Currency:
        """The currency of all its amounts."""
        return self.purchase.currency

    @cached_property
    def items(self) -> tuple["PricedItem", ...]:
        """The lines of the purchase."""
        return _child_items(self._run, self._run.nodes[0])

    @property
    def all_items(self) -> tuple["PricedItem", ...]:
        """The lines and their parts, parents before their parts."""
        return tuple(walk_items(self.items))

    @property
    def calculated_by(self) -> Calculator:
        """Where shipping, tax and codes were computed."""
        return self.purchase.calculated_by

    # -- figures

    def items_tagged(self, tag: str) -> tuple["PricedItem", ...]:
        """The lines that have ``tag``."""
        tags = self.ledger_after(TAG).tags
        return tuple(item for item in self.items if tag in tags[item.position])

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the purchase, sorted."""
        return self._run.tags_of(self._run.nodes[0])

    @cached_property
    def subtotal(self) -> LazyTotal:
        """The items at their prices, before all discounts."""
        return ItemsSubtotal(self._run)

    @cached_property
    def items_total(self) -> LazyTotal:
        """The items and surcharges after all adjustments, without shipping."""
        return SubtreeTotal(self._run, self._run.nodes[0])

    @cached_property
    def shipping_total(self) -> LazyTotal:
        """Shipping after its discounts."""
        return ShippingTotal(self._run)

    @cached_property
    def total(self) -> LazyTotal:
        """Items, surcharges and shipping after all adjustments."""
        return GrandTotal(self._run)

    @property
    def shipping_name(self) -> str | None:
        """The name of the shipping; None if nothing is shipped."""
        nodes = self.ledger_after(SHIPPING).shipping.nodes
        return ", ".join(node.element.name for node in nodes if node.element) or None

    @property
    def due(self) -> Money | None:
        """The amount left to pay after stored value; None while the tax is not known."""
        due = self.ledger_after(TOTALS).due
        return None if due is None else self._run.money(due)

    @property
    def paid_by_stored_value(self) -> Money | None:
        """What stored value pays; None while the tax is not known."""
        paid = self.ledger_after(STORED_VALUE).paid_by_stored_value
        return None if paid is None else self._run.money(paid)

    @property
    def discount_total(self) -> Money:
        """The sum of all discounts on items: zero or negative, each in its item's own tax basis."""
        ledger = self.ledger_after(ORDER_DISCOUNTS)
        adjustments = (*ledger.item_adjustments, *ledger.order_adjustments)
        return self._run.money(sum(adjustment.minor for adjustment in adjustments))

    @property
    def promotion_outcomes(self) -> tuple[PromotionOutcome, ...]:
        """What each promotion took, or why it does not apply: those of goods, then of shipping."""
        if not self.purchase.promotions:
            return ()
        ledger = self.ledger_after(SHIPPING)
        return (*ledger.promotion_outcomes, *ledger.shipping.promotion_outcomes)

    @cached_property
    def adjustments(self) -> tuple["Adjustment", ...]:
        """The discounts of items, those of the order, and the surcharges, in that order.

        At last the rounding of what is to pay, where the market has a step for it.
        """
        ledger = self.ledger_after(ORDER_DISCOUNTS)
        surcharges = [
            AdjustmentEntry(node.element.name, ledger.amounts[node.position])
            for node in self._run.nodes
            if node.kind is NodeKind.SURCHARGE and node.element is not None
        ]
        entries = (*ledger.item_adjustments, *ledger.order_adjustments, *surcharges)
        return (
            tuple(
                Adjustment(
                    entry.code,
                    entry.label,
                    self._run.money(entry.minor),
                    entry.item_reference,
                    entry.line_id,
                )
                for entry in entries
            )
            + self._payable_rounding()
        )

    def _payable_rounding(self) -> tuple["Adjustment", ...]:
        """The rounding of what is to pay, as an adjustment; none where nothing is rounded."""
        if self.purchase.rounding.payable_step == 1:
            return ()
        minor = self.ledger_after(TOTALS).payable_rounding
        if not minor:
            return ()
        amount = self._run.money(minor)
        return (Adjustment(None, ROUNDING_LABEL, amount, None, rounds_payable=True),)

    @cached_property
    def tax_state(self) -> TaxState:
        """The least certain state of all taxes."""
        try:
            applicable_rates = self._run.tax_result.applicable_rates
        except StrategyFailed:
            return TaxState.FAILED
        states = {rates.state for rates in applicable_rates}
        for state in (TaxState.NEEDS_ADDRESS, TaxState.ESTIMATED):
            if state in states:
                return state
        return TaxState.FINAL

    @cached_property
    def tax_summary(self) -> tuple[TaxSummaryRow, ...] | None:
        """The taxes grouped by name and rate; None while one of them is not known."""
        rows = self._tax_rows
        return None if rows is None else merge_jurisdictions(rows)

    @property
    def tax_by_place(self) -> tuple[TaxSummaryRow, ...] | None:
        """The tax summary with jurisdictions where some share a name and rate; None if none do."""
        rows = self._tax_rows
        return None if rows is None else keep_jurisdictions(rows)

    @cached_property
    def _tax_rows(self) -> tuple[TaxSummaryRow, ...] | None:
        tax_result = self._run.tax_result
        taxed_amounts = (*tax_result.nodes[1:], *tax_result.shipping)
        return summarize_taxes(taxed_amounts, self.purchase.currency)

    @property
    def tax_notes(self) -> tuple[str, ...]:
        """What an invoice says of the tax of a business or an exempt customer; empty for others."""
        purchase = self.purchase
        if purchase.customer is CustomerKind.CONSUMER or self.tax_state is TaxState.FAILED:
            return ()
        return collect_reasons(item.tax_lines for item in self.items)

    @cached_property
    def explanations(self) -> tuple[Explanation, ...]:
        """The explanations of all figures."""
        return explain_figures(self.ledger_after(TOTALS))


class PricedItem:
    """A line of a priced purchase. Its figures include those of its components."""

    __slots__ = (
        "__weakref__",
        "_components",
        "_node",
        "_run",
        "_tags",
        "_tax_lines",
        "_total",
        "_unit_price",
        "item",
    )

    def __init__(self, run: PricingRun, node: PurchaseNode, item: Item) -> None:
        self._run = run
        self._node = node
        self.item = item
        self._components: tuple[PricedItem, ...] | None = None
        self._unit_price: Money | None = None
        self._total: LazyTotal | None = None
        self._tax_lines: tuple[TaxLine, ...] | None = None
        self._tags: tuple[str, ...] | None = None

    @property
    def position(self) -> int:
        """The position of the line among the nodes."""
        return self._node.position

    @property
    def reference(self) -> str:
        """The client's own reference, or the variant's id."""
        return self.item.reference

    @property
    def variant_id(self) -> str | None:
        """The id of the variant; None in a quote."""
        return self.item.variant_id

    @property
    def line_id(self) -> str | None:
        """The line's own id in a cart or an order; None in a quote, and for a component."""
        return self.item.line_id

    @property
    def depth(self) -> int:
        """How deep it stands in the tree: 0 for a line of the purchase."""
        return self._node.id.count(".")

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The buyer's words on the line."""
        return self.item.attributes

    @property
    def name(self) -> str:
        """The name of the item."""
        return self.item.name

    @property
    def quantity(self) -> int:
        """The quantity per unit of the bundle or purchase that contains it."""
        return self.item.quantity

    @property
    def unit_price(self) -> Money:
        """The price of one unit, in its own tax basis.

        For a variant it includes the components of a bundle, because a buyer sees one price. In a
        quote it is the price that the client stated for the item itself.
        """
        if self._unit_price is None:
            item = self.item
            price = item.unit_price if item.variant_id is None else price_with_components(item)
            self._unit_price = self._run.money(price)
        return self._unit_price

    @property
    def total(self) -> LazyTotal:
        """The total after all adjustments, with its components."""
        if self._total is None:
            self._total = SubtreeTotal(self._run, self._node)
        return self._total

    @property
    def discount(self) -> Money:
        """The discounts on the item and its components: zero or negative."""
        return self._run.discount_of(self._node)

    @property
    def reduced_from(self) -> LazyTotal | None:
        """The total without discounts and price reductions; None if nothing was reduced."""
        run, node_range = self._run, slice(self._node.position, self._node.end)
        if (
            run.undiscounted_amounts[node_range]
            == run.ledger_after(ORDER_DISCOUNTS).amounts[node_range]
        ):
            return None
        return UndiscountedTotal(run, self._node)

    @property
    def tax_lines(self) -> tuple[TaxLine, ...] | None:
        """The taxes of the item and its components by rate; None while one is not known."""
        if self._tax_lines is None:
            self._tax_lines = self._compute_tax_lines()
        return self._tax_lines

    def _compute_tax_lines(self) -> tuple[TaxLine, ...] | None:
        lines: list[TaxLine] = []
        for taxed_amount in self._run.taxes_of(self._node):
            if taxed_amount is None:
                return None
            lines += tax_lines(taxed_amount, self._run.purchase.currency)
        return merge_tax_lines(lines) if self._node.end - self._node.position > 1 else tuple(lines)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the item, sorted."""
        if self._tags is None:
            self._tags = self._run.tags_of(self._node)
        return self._tags

    @property
    def components(self) -> tuple["PricedItem", ...]:
        """The components of a bundle."""
        if self._components is None:
            self._components = _child_items(self._run, self._node)
        return self._components


def walk_items(items: Iterable[PricedItem]) -> Iterator[PricedItem]:
    """``items`` and their parts, parents before their parts."""
    for item in items:
        yield item
        yield from walk_items(item.components)


def _child_items(run: PricingRun, node: PurchaseNode) -> tuple[PricedItem, ...]:
    """The items directly below ``node``: lines of the purchase, or components of a bundle."""
    return tuple(
        PricedItem(run, child, child.item)
        for child in child_nodes(run.nodes, node)
        if child.item is not None
    )
