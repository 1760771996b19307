"""A purchase's figures settled once and for all, as an order keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.engine.figures import Explanation, PricedAdjustment, TaxedMoney, TaxLine, TaxRow
from gateway.engine.levies import TaxState
from gateway.engine.money import Currency, Money
from gateway.engine.pricing import PricedItem, PricedPurchase


class AnySum(Protocol):
    """An amount with and without tax, settled or not yet."""

    @property
    def net(self) -> Money | None:
        """Without tax."""

    @property
    def gross(self) -> Money | None:
        """With tax."""

    @property
    def tax(self) -> Money | None:
        """The tax alone."""


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """A line with its figures as they were."""

    reference: str
    variant_id: str | None
    name: str
    quantity: int
    unit_price: Money
    total: TaxedMoney
    discount: Money | None
    tax_lines: tuple[TaxLine, ...] | None
    tags: tuple[str, ...]
    components: tuple["RecordedItem", ...]
    reduced_from: TaxedMoney | None = None


@dataclass(frozen=True, slots=True)
class RecordedPurchase:
    """A purchase with its figures as they were when it was placed: no later rule changes them."""

    currency: Currency
    items: tuple[RecordedItem, ...]
    subtotal: TaxedMoney
    items_total: TaxedMoney
    discount_total: Money | None
    shipping_total: TaxedMoney
    shipping_name: str | None
    total: TaxedMoney
    due: Money | None
    tax_state: TaxState
    tax_summary: tuple[TaxRow, ...] | None
    adjustments: tuple[PricedAdjustment, ...] | None
    tags: tuple[str, ...]
    explanations: tuple[Explanation, ...] | None
    tax_by_place: tuple[TaxRow, ...] | None = None


def recorded(priced: PricedPurchase) -> RecordedPurchase:
    """Every figure of ``priced``, computed now.

    Raises:
        StrategyFailed: a figure cannot be computed.

    """
    return RecordedPurchase(
        currency=priced.currency,
        items=_recorded_items(priced.items),
        subtotal=priced.subtotal.settled(),
        items_total=priced.items_total.settled(),
        discount_total=priced.discount_total,
        shipping_total=priced.shipping_total.settled(),
        shipping_name=priced.shipping_name,
        total=priced.total.settled(),
        due=priced.due,
        tax_state=priced.tax_state,
        tax_summary=priced.tax_summary,
        adjustments=priced.adjustments,
        tags=priced.tags,
        explanations=priced.explanations,
        tax_by_place=priced.tax_by_place,
    )


def _recorded_items(items: Iterable[PricedItem]) -> tuple[RecordedItem, ...]:
    return tuple(map(_recorded_item, items))


def _recorded_item(item: PricedItem) -> RecordedItem:
    before = item.reduced_from
    return RecordedItem(
        reference=item.reference,
        variant_id=item.variant_id,
        name=item.name,
        quantity=item.quantity,
        unit_price=item.unit_price,
        total=item.total.settled(),
        discount=item.discount,
        tax_lines=item.tax_lines,
        tags=item.tags,
        components=_recorded_items(item.components),
        reduced_from=None if before is None else before.settled(),
    )


def placeless(purchase: RecordedPurchase) -> RecordedPurchase:
    """``purchase`` without what tells where it goes: taxes by name and place, ways to ship.

    The sums stay: what it costs is no secret to whoever may see it.
    """
    return replace(
        purchase,
        items=tuple(map(_placeless_item, purchase.items)),
        shipping_name=None if purchase.shipping_name is None else "",
        tax_summary=None,
        explanations=None,
        tax_by_place=None,
    )


def _placeless_item(item: RecordedItem) -> RecordedItem:
    return replace(item, tax_lines=None, components=tuple(map(_placeless_item, item.components)))
