"""Snapshots: the figures of a purchase as an order keeps them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.engine.money import Currency, Money
from gateway.engine.pricing.explanations import REFUSED_PROMOTION, Explanation
from gateway.engine.pricing.ledger import Adjustment
from gateway.engine.pricing.priced_purchase import PricedItem, PricedPurchase
from gateway.engine.pricing.purchase_details import Attribute, Calculator
from gateway.engine.pricing.tax_lines import TaxLine, TaxSummaryRow
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.tax.line_tax import TaxState


class TaxedTotal(Protocol):
    """An amount with and without tax. Each part is None while it is not known."""

    @property
    def net(self) -> Money | None:
        """The amount without tax."""

    @property
    def gross(self) -> Money | None:
        """The amount with tax."""

    @property
    def tax(self) -> Money | None:
        """The tax alone."""


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """A line with its figures as they were. ``line_id`` is the order's line; None for a part.

    ``depth`` is how deep it stands in the tree, once ``number_depths`` has numbered it.
    ``attributes`` are the buyer's words, which are stored sealed: empty until they are added.
    """

    reference: str
    variant_id: str | None
    name: str
    quantity: int
    unit_price: Money
    total: TaxedMoney
    discount: Money | None
    tax_lines: tuple[TaxLine, ...] | None
    tags: tuple[str, ...]
    components: tuple["ItemSnapshot", ...]
    reduced_from: TaxedMoney | None = None
    line_id: str | None = None
    depth: int = 0
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchaseSnapshot:
    """A purchase with its figures as they were when it was placed. No later rule changes them.

    ``calculated_by`` says who computed them, ``calculation_reference`` what a merchant's calculator
    calls its answer.
    """

    currency: Currency
    items: tuple[ItemSnapshot, ...]
    subtotal: TaxedMoney
    items_total: TaxedMoney
    discount_total: Money | None
    shipping_total: TaxedMoney
    shipping_name: str | None
    total: TaxedMoney
    due: Money | None
    tax_state: TaxState
    tax_summary: tuple[TaxSummaryRow, ...] | None
    adjustments: tuple[Adjustment, ...] | None
    tags: tuple[str, ...]
    explanations: tuple[Explanation, ...] | None
    tax_by_place: tuple[TaxSummaryRow, ...] | None = None
    tax_notes: tuple[str, ...] = ()
    calculated_by: Calculator = Calculator.TABLE
    calculation_reference: str | None = None

    @property
    def paid_by_stored_value(self) -> Money:
        """What stored value paid; zero where the total was not known."""
        gross, due = self.total.gross, self.due
        if gross is None or due is None:
            return Money(0, self.currency)
        rows = [each.amount.minor for each in self.adjustments or () if each.rounds_payable]
        return Money(gross.minor + sum(rows) - due.minor, self.currency)


def take_snapshot(priced: PricedPurchase) -> PurchaseSnapshot:
    """Compute every figure of ``priced`` now and return them as a snapshot.

    Promotions that do not apply leave nothing in it.

    Raises:
        StrategyFailed: a figure cannot be computed.

    """
    return PurchaseSnapshot(
        currency=priced.currency,
        items=_snapshot_items(priced.items),
        subtotal=priced.subtotal.to_taxed_money(),
        items_total=priced.items_total.to_taxed_money(),
        discount_total=priced.discount_total,
        shipping_total=priced.shipping_total.to_taxed_money(),
        shipping_name=priced.shipping_name,
        total=priced.total.to_taxed_money(),
        due=priced.due,
        tax_state=priced.tax_state,
        tax_summary=priced.tax_summary,
        adjustments=priced.adjustments,
        tags=priced.tags,
        explanations=tuple(
            explanation
            for explanation in priced.explanations
            if explanation.figure != REFUSED_PROMOTION
        ),
        tax_by_place=priced.tax_by_place,
        tax_notes=priced.tax_notes,
        calculated_by=priced.calculated_by,
        calculation_reference=priced.purchase.calculation_reference,
    )


def _snapshot_items(items: Iterable[PricedItem]) -> tuple[ItemSnapshot, ...]:
    return tuple(map(_snapshot_item, items))


def _snapshot_item(item: PricedItem) -> ItemSnapshot:
    original_total = item.reduced_from
    return ItemSnapshot(
        reference=item.reference,
        variant_id=item.variant_id,
        name=item.name,
        quantity=item.quantity,
        unit_price=item.unit_price,
        total=item.total.to_taxed_money(),
        discount=item.discount,
        tax_lines=item.tax_lines,
        tags=item.tags,
        components=_snapshot_items(item.components),
        reduced_from=None if original_total is None else original_total.to_taxed_money(),
        line_id=item.line_id,
    )


def number_depths(items: Iterable[ItemSnapshot], depth: int = 0) -> tuple[ItemSnapshot, ...]:
    """``items``, which stand at ``depth``, with how deep they and their parts stand."""
    return tuple(
        replace(item, depth=depth, components=number_depths(item.components, depth + 1))
        if item.components or item.depth != depth
        else item
        for item in items
    )


def walk_items(items: Iterable[ItemSnapshot]) -> Iterator[ItemSnapshot]:
    """``items`` and their parts, parents before their parts."""
    for item in items:
        yield item
        yield from walk_items(item.components)


def hide_destination(purchase: PurchaseSnapshot) -> PurchaseSnapshot:
    """Return ``purchase`` without figures that reveal the destination: tax names, shipping names.

    The sums stay, because a caller who may see the purchase may see its cost.
    """
    return replace(
        purchase,
        items=tuple(map(_hide_item_destination, purchase.items)),
        shipping_name=None if purchase.shipping_name is None else "",
        tax_summary=None,
        explanations=None,
        tax_by_place=None,
        tax_notes=(),
    )


def _hide_item_destination(item: ItemSnapshot) -> ItemSnapshot:
    return replace(
        item, tax_lines=None, components=tuple(map(_hide_item_destination, item.components))
    )
