"""What the buyer sees: texts prepared from the figures, the same numbers to the minor unit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from gateway.engine import tags
from gateway.engine.actions import Action
from gateway.engine.levies import TaxState
from gateway.engine.money import Money
from gateway.engine.records import AnySum
from gateway.engine.shown import Shown, ShownItem, ShownOption, Standing
from gateway.engine.values import value


@value
class Line:
    """One row to show: a stable key, a label, a text, and what there is to add.

    ``struck`` is what the text would be without the reductions of the row.
    """

    key: str
    label: str
    text: str
    detail: str | None = None
    struck: str | None = None


@value
class Choice:
    """One of the ways to ship."""

    key: str
    label: str
    text: str
    detail: str | None
    selected: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """How the reader's locale writes amounts and percentages."""

    locale: str
    money: Callable[[Money], str]
    percent: Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Settled:
    """The standing of a purchase that is no cart: there is nothing to choose any more."""

    actions: tuple[Action, ...] = ()
    shipping_options: tuple[ShownOption, ...] = ()
    notices: tuple[str, ...] = ()


NOTHING_TO_DO = Settled()


class Texts:
    """The rows of one purchase for one locale, as far as they were asked for."""

    __slots__ = ("lines", "shipping", "totals")

    def __init__(self) -> None:
        self.lines: tuple[Line, ...] | None = None
        self.totals: tuple[Line, ...] | None = None
        self.shipping: tuple[Choice, ...] | None = None


class Display:
    """A purchase prepared for a reader of ``locale``: each part is made when it is first read.

    What made ``texts`` may keep them for the next reader of the same figures: they know nothing
    of the purchase that they were made of.
    """

    __slots__ = ("_purchase", "_standing", "_texts", "_writing")

    def __init__(
        self,
        purchase: Shown,
        writing: Writing,
        standing: Standing = NOTHING_TO_DO,
        texts: Texts | None = None,
    ) -> None:
        self._purchase = purchase
        self._writing = writing
        self._standing = standing
        self._texts = texts or Texts()

    @property
    def locale(self) -> str:
        """The locale that the texts are written for."""
        return self._writing.locale

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, in order."""
        found = self._texts.lines
        if found is None:
            found = tuple(_item_line(item, self._writing) for item in self._purchase.items)
            self._texts.lines = found
        return found

    @property
    def totals(self) -> tuple[Line, ...]:
        """From the subtotal to what is due, in the order in which they add up."""
        found = self._texts.totals
        if found is None:
            found = self._texts.totals = tuple(_totals(self._purchase, self._writing))
        return found

    @property
    def shipping(self) -> tuple[Choice, ...]:
        """The ways to ship; the one it is shipped by where there is nothing to choose from."""
        found = self._texts.shipping
        if found is None:
            offered = self._standing.shipping_options
            found = self._texts.shipping = _choices(self._purchase, offered, self._writing)
        return found

    @property
    def messages(self) -> tuple[str, ...]:
        """What else the buyer should know."""
        return (*_messages(self._purchase), *self._standing.notices)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done now."""
        return self._standing.actions


def _shown(total: AnySum) -> Money | None:
    """The side that is known; the gross one where both are."""
    return total.gross or total.net


def _text(value: Money | None, writing: Writing) -> str:
    return writing.money(value) if value is not None else "—"


def _item_line(item: ShownItem, writing: Writing) -> Line:
    label = f"{item.quantity} x {item.name}" if item.quantity != 1 else item.name
    shown = _shown(item.total)
    struck = _struck(item, shown)
    reduction = None if struck is None or shown is None else writing.money(struck - shown)
    return Line(
        item.reference,
        label,
        _text(shown, writing),
        _item_detail(item, reduction, writing),
        None if struck is None else writing.money(struck),
    )


def _struck(item: ShownItem, shown: Money | None) -> Money | None:
    """The same side of what the line is reduced from; None where that is no more."""
    before = item.reduced_from
    if before is None or shown is None:
        return None
    side = before.net if item.total.gross is None else before.gross
    # Where tax is rounded on the total, a line's share of it may take back a minor unit.
    return side if side is not None and side.minor > shown.minor else None


def _item_detail(item: ShownItem, reduction: str | None, writing: Writing) -> str | None:
    """The price of one, what is taken off the line, and the parts of a bundle."""
    details = [f"{writing.money(item.unit_price)} each"] if item.quantity != 1 else []
    if reduction is not None:
        details.append(f"reduced by {reduction}")
    if item.components:
        details.append("with " + ", ".join(part.name for part in item.components))
    return "; ".join(details) or None


def _choices(
    purchase: Shown, offered: Iterable[ShownOption], writing: Writing
) -> tuple[Choice, ...]:
    found = tuple(
        _choice(each.id, each.name, each.price, writing, selected=each.selected) for each in offered
    )
    name = purchase.shipping_name
    if found or name is None:
        return found
    return (
        _choice("shipping", name or "Shipping", purchase.shipping_total, writing, selected=True),
    )


def _choice(key: str, name: str, price: AnySum, writing: Writing, *, selected: bool) -> Choice:
    """A way to ship, priced like the row of shipping among the totals."""
    net, gross = price.net, price.gross
    taxed = net is not None and gross is not None and net != gross
    detail = f"{_text(gross, writing)} with tax" if taxed else None
    return Choice(key, name, _text(_own_side(price), writing), detail, selected)


def _totals(purchase: Shown, writing: Writing) -> Iterable[Line]:
    yield Line("subtotal", "Subtotal", _text(_own_side(purchase.subtotal), writing))
    for at, each in enumerate(purchase.adjustments or ()):
        key = f"adjustment.{each.code or each.item_reference or at}"
        yield Line(key, each.label, writing.money(each.amount), each.code)
    if purchase.shipping_name is not None:
        text = _text(_own_side(purchase.shipping_total), writing)
        # Whoever may not know how it is shipped sees what that costs.
        named = f"Shipping: {purchase.shipping_name}" if purchase.shipping_name else "Shipping"
        yield Line("shipping", named, text)
    yield from _tax_rows(purchase, writing)
    yield Line("total", "Total", _text(_shown(purchase.total), writing))
    yield from _payment_rows(purchase, writing)


def _own_side(total: AnySum) -> Money | None:
    """The net, before tax is added below it; the gross where prices include tax."""
    return total.net if total.net is not None else total.gross


def _tax_rows(purchase: Shown, writing: Writing) -> Iterable[Line]:
    for row in purchase.tax_by_place or purchase.tax_summary or ():
        key, label = f"tax.{row.name}.{row.rate_percent}", row.name
        if row.jurisdiction is not None:
            key, label = f"{key}.{row.jurisdiction}", f"{label} ({row.jurisdiction})"
        text = writing.money(row.tax)
        detail = f"on {writing.money(row.base)}"
        yield Line(key, f"{label} {writing.percent(row.rate_percent)}", text, detail)
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
