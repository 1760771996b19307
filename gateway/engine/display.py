"""What the buyer sees: texts prepared from the figures, the same numbers to the minor unit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from gateway.engine import tags
from gateway.engine.figures import PricedAdjustment, TaxLine, TaxRow
from gateway.engine.levies import TaxState
from gateway.engine.money import Money
from gateway.engine.records import AnySum
from gateway.engine.values import value


class ShownItem(Protocol):
    """What display reads of a line."""

    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def quantity(self) -> int: ...  # noqa: D102
    @property
    def unit_price(self) -> Money: ...  # noqa: D102
    @property
    def total(self) -> AnySum: ...  # noqa: D102
    @property
    def discount(self) -> Money | None: ...  # noqa: D102
    @property
    def tax_lines(self) -> tuple[TaxLine, ...] | None: ...  # noqa: D102
    @property
    def tags(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def components(self) -> "Sequence[ShownItem]": ...  # noqa: D102


class Shown(Protocol):
    """What display reads of a purchase: its figures, lazily computed or recorded."""

    @property
    def items(self) -> Sequence[ShownItem]: ...  # noqa: D102
    @property
    def subtotal(self) -> AnySum: ...  # noqa: D102
    @property
    def items_total(self) -> AnySum: ...  # noqa: D102
    @property
    def shipping_total(self) -> AnySum: ...  # noqa: D102
    @property
    def shipping_name(self) -> str | None: ...  # noqa: D102
    @property
    def total(self) -> AnySum: ...  # noqa: D102
    @property
    def due(self) -> Money | None: ...  # noqa: D102
    @property
    def tax_state(self) -> TaxState: ...  # noqa: D102
    @property
    def tax_summary(self) -> tuple[TaxRow, ...] | None: ...  # noqa: D102
    @property
    def adjustments(self) -> tuple[PricedAdjustment, ...] | None: ...  # noqa: D102
    @property
    def tags(self) -> tuple[str, ...]: ...  # noqa: D102


@value
class Line:
    """One row to show: a stable key, a label, a text, and what there is to add."""

    key: str
    label: str
    text: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Display:
    """A purchase prepared for a reader of ``locale``: rows in the order they are shown."""

    locale: str
    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """How the reader's locale writes amounts and percentages."""

    locale: str
    money: Callable[[Money], str]
    percent: Callable[[Decimal], str]


def display(purchase: Shown, writing: Writing, notices: Iterable[str] = ()) -> Display:
    """``purchase`` as ``writing`` shows it; ``notices`` are what else the buyer should know."""
    return Display(
        writing.locale,
        tuple(_item_line(item, writing) for item in purchase.items),
        tuple(_totals(purchase, writing)),
        (*_messages(purchase), *notices),
    )


def _shown(total: AnySum, writing: Writing) -> str:
    """The side that is known; the gross one where both are."""
    value = total.gross or total.net
    return writing.money(value) if value is not None else "—"


def _item_line(item: ShownItem, writing: Writing) -> Line:
    label = f"{item.quantity} x {item.name}" if item.quantity != 1 else item.name
    return Line(item.reference, label, _shown(item.total, writing), _item_detail(item, writing))


def _item_detail(item: ShownItem, writing: Writing) -> str | None:
    """The price before discounts (to strike through) and the parts of a bundle."""
    details = [f"{writing.money(item.unit_price)} each"] if item.quantity != 1 else []
    discount = item.discount
    if discount is not None and discount.minor:
        details.append(f"reduced by {writing.money(-discount)}")
    if item.components:
        details.append("with " + ", ".join(part.name for part in item.components))
    return "; ".join(details) or None


def _totals(purchase: Shown, writing: Writing) -> Iterable[Line]:
    yield Line("subtotal", "Subtotal", _own_side(purchase.subtotal, writing))
    for at, each in enumerate(purchase.adjustments or ()):
        key = f"adjustment.{each.code or each.item_reference or at}"
        yield Line(key, each.label, writing.money(each.amount), each.code)
    if purchase.shipping_name is not None:
        text = _own_side(purchase.shipping_total, writing)
        yield Line("shipping", f"Shipping: {purchase.shipping_name}", text)
    yield from _tax_rows(purchase, writing)
    yield Line("total", "Total", _shown(purchase.total, writing))
    yield from _payment_rows(purchase, writing)


def _own_side(total: AnySum, writing: Writing) -> str:
    """The net, before tax is added below it; the gross where prices include tax."""
    value = total.net if total.net is not None else total.gross
    return writing.money(value) if value is not None else "—"


def _tax_rows(purchase: Shown, writing: Writing) -> Iterable[Line]:
    for row in purchase.tax_summary or ():
        rate = writing.percent(row.rate_percent)
        detail = f"on {writing.money(row.base)}"
        yield Line(
            f"tax.{row.name}.{row.rate_percent}",
            f"{row.name} {rate}",
            writing.money(row.tax),
            detail,
        )
    tax = purchase.total.tax
    if tax is None:
        yield Line("tax", "Tax", "—", "known once the destination is")
    else:
        sure = purchase.tax_state is not TaxState.ESTIMATED
        yield Line("tax", "Tax", writing.money(tax), None if sure else "estimated")


def _payment_rows(purchase: Shown, writing: Writing) -> Iterable[Line]:
    due, gross = purchase.due, purchase.total.gross
    if due is None or gross is None or due == gross:
        return
    yield Line("storedValue", "Stored value", writing.money(due - gross))
    yield Line("due", "Due", writing.money(due))


_MESSAGES = {
    tags.NEEDS_ADDRESS: "Tell us where it goes to see shipping and tax.",
    tags.PRICE_CHANGED: "A price has changed since you added the item.",
    tags.BACKORDER: "An item is on back-order and ships later.",
    tags.AGE_RESTRICTED: "An item may be sold to adults only.",
    tags.ERROR: "An item cannot be bought as it is.",
}


def _messages(purchase: Shown) -> Iterable[str]:
    if purchase.tax_state is TaxState.ESTIMATED:
        yield "The tax is an estimate until the full address is known."
    yield from (text for tag, text in _MESSAGES.items() if tag in purchase.tags)
