"""The display of a purchase: formatted texts with exactly the amounts of its figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.display.actions import DisplayAction
from gateway.engine.display.adjustment_amounts import adjustment_amounts
from gateway.engine.display.item_amounts import (
    amount_of_one,
    are_stated_with_tax,
    shown_amount,
    struck_amount,
)
from gateway.engine.display.protocols import (
    DisplayedItem,
    DisplayedPurchase,
    DisplayedShippingOption,
    DisplayState,
)
from gateway.engine.money import Money
from gateway.engine.pricing import tags
from gateway.engine.pricing.snapshots import TaxedTotal
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.values import value_object


@value_object
class DisplayLine:
    """One row to show: a stable key, a label, a text, and an optional detail.

    ``struck`` is the text without the reductions of the row; None if nothing was reduced.
    """

    key: str
    label: str
    text: str
    detail: str | None = None
    struck: str | None = None


@value_object
class DisplayChoice:
    """One shipping option to show."""

    key: str
    label: str
    text: str
    detail: str | None
    selected: bool


@dataclass(frozen=True, slots=True)
class LocaleFormat:
    """The functions that format amounts and percentages for a locale."""

    nearest_locale: str
    format_money: Callable[[Money], str]
    format_percent: Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class ClosedState:
    """The display state of a purchase that is not a cart: no actions and no choices."""

    actions: tuple[DisplayAction, ...] = ()
    shipping_options: tuple[DisplayedShippingOption, ...] = ()
    notices: tuple[str, ...] = ()


CLOSED_STATE = ClosedState()


class DisplayCache:
    """The formatted rows of one purchase for one locale, as far as they were read."""

    __slots__ = ("lines", "shipping", "totals")

    def __init__(self) -> None:
        self.lines: tuple[DisplayLine, ...] | None = None
        self.totals: tuple[DisplayLine, ...] | None = None
        self.shipping: tuple[DisplayChoice, ...] | None = None


class PurchaseDisplay:
    """A purchase formatted for one locale. Each part is formatted when it is first read.

    The ``cache`` has no reference to the purchase, so that it can be used again for another
    purchase with the same figures.
    """

    __slots__ = ("_cache", "_locale_format", "_purchase", "_state")

    def __init__(
        self,
        purchase: DisplayedPurchase,
        locale_format: LocaleFormat,
        state: DisplayState = CLOSED_STATE,
        cache: DisplayCache | None = None,
    ) -> None:
        self._purchase = purchase
        self._locale_format = locale_format
        self._state = state
        self._cache = cache or DisplayCache()

    @property
    def locale(self) -> str:
        """The locale of the texts."""
        return self._locale_format.nearest_locale

    @property
    def lines(self) -> tuple[DisplayLine, ...]:
        """The rows of the items, in order."""
        lines = self._cache.lines
        if lines is None:
            lines = self._cache.lines = _item_lines(self._purchase.items, self._locale_format)
        return lines

    @property
    def totals(self) -> tuple[DisplayLine, ...]:
        """The rows from the subtotal to the amount due, in the order in which they add up."""
        totals = self._cache.totals
        if totals is None:
            totals = self._cache.totals = tuple(_total_lines(self._purchase, self._locale_format))
        return totals

    @property
    def shipping(self) -> tuple[DisplayChoice, ...]:
        """The shipping options; without options, the shipping of the purchase."""
        choices = self._cache.shipping
        if choices is None:
            options = self._state.shipping_options
            choices = self._cache.shipping = _shipping_choices(
                self._purchase, options, self._locale_format
            )
        return choices

    @property
    def messages(self) -> tuple[str, ...]:
        """Further messages for the buyer."""
        return (*_messages(self._purchase), *self._state.notices)

    @property
    def actions(self) -> tuple[DisplayAction, ...]:
        """The actions that are possible now."""
        return self._state.actions


def _format_amount(amount: Money | None, locale_format: LocaleFormat) -> str:
    return locale_format.format_money(amount) if amount is not None else "—"


def _item_lines(
    items: Sequence[DisplayedItem], locale_format: LocaleFormat
) -> tuple[DisplayLine, ...]:
    """The rows of ``items``: their keys are their references, of a further line its own id."""
    keys: set[str] = set()
    lines = []
    with_tax = are_stated_with_tax(items)
    for item in items:
        key = item.line_id or item.reference if item.reference in keys else item.reference
        keys.add(key)
        lines.append(_item_line(key, item, locale_format, with_tax=with_tax))
    return tuple(lines)


def _item_line(
    key: str, item: DisplayedItem, locale_format: LocaleFormat, *, with_tax: bool
) -> DisplayLine:
    label = f"{item.quantity} x {item.name}" if item.quantity != 1 else item.name
    amount = shown_amount(item.total, with_tax=with_tax)
    struck = struck_amount(item, amount, with_tax=with_tax)
    reduction = (
        None if struck is None or amount is None else locale_format.format_money(struck - amount)
    )
    return DisplayLine(
        key,
        label,
        _format_amount(amount, locale_format),
        _item_detail(item, amount_of_one(item, amount, struck), reduction, locale_format),
        None if struck is None else locale_format.format_money(struck),
    )


def _item_detail(
    item: DisplayedItem,
    single_amount: Money | None,
    reduction: str | None,
    locale_format: LocaleFormat,
) -> str | None:
    """The price of one, the reduction of the line, a bundle's components, the buyer's words."""
    details = []
    if single_amount is not None:
        details.append(f"{locale_format.format_money(single_amount)} each")
    if reduction is not None:
        details.append(f"reduced by {reduction}")
    if item.components:
        details.append("with " + ", ".join(component.name for component in item.components))
    details += [f"{attribute.key}: {attribute.value}" for attribute in item.attributes]
    return "; ".join(details) or None


def _shipping_choices(
    purchase: DisplayedPurchase,
    options: Iterable[DisplayedShippingOption],
    locale_format: LocaleFormat,
) -> tuple[DisplayChoice, ...]:
    choices = tuple(
        _shipping_choice(
            option.id, option.name, option.price, locale_format, selected=option.selected
        )
        for option in options
    )
    name = purchase.shipping_name
    if choices or name is None:
        return choices
    return (
        _shipping_choice(
            "shipping", name or "Shipping", purchase.shipping_total, locale_format, selected=True
        ),
    )


def _shipping_choice(
    key: str, name: str, price: TaxedTotal, locale_format: LocaleFormat, *, selected: bool
) -> DisplayChoice:
    """A shipping option with its price on the same side as in the totals."""
    net, gross = price.net, price.gross
    has_added_tax = net is not None and gross is not None and net != gross
    detail = f"{_format_amount(gross, locale_format)} with tax" if has_added_tax else None
    return DisplayChoice(
        key,
        name,
        _format_amount(shown_amount(price, with_tax=False), locale_format),
        detail,
        selected,
    )


def _total_lines(purchase: DisplayedPurchase, locale_format: LocaleFormat) -> Iterable[DisplayLine]:
    yield DisplayLine(
        "subtotal",
        _subtotal_label(purchase),
        _format_amount(shown_amount(purchase.subtotal, with_tax=False), locale_format),
    )
    for index, (adjustment, amount) in enumerate(adjustment_amounts(purchase)):
        key = f"adjustment.{adjustment.code or adjustment.item_reference or index}"
        yield DisplayLine(
            key, adjustment.label, locale_format.format_money(amount), adjustment.code
        )
    if purchase.shipping_name is not None:
        text = _format_amount(shown_amount(purchase.shipping_total, with_tax=False), locale_format)
        # The name is empty for a caller who may see the cost of shipping only.
        label = f"Shipping: {purchase.shipping_name}" if purchase.shipping_name else "Shipping"
        yield DisplayLine("shipping", label, text)
    yield from _tax_lines(purchase, locale_format)
    yield DisplayLine(
        "total",
        _total_label(purchase),
        _format_amount(shown_amount(purchase.total, with_tax=True), locale_format),
    )
    yield from _payment_lines(purchase, locale_format)


def _subtotal_label(purchase: DisplayedPurchase) -> str:
    """What the subtotal is: below lines with tax it says that it is without."""
    subtotal = purchase.subtotal
    if subtotal.net is None or not are_stated_with_tax(purchase.items):
        return "Subtotal"
    return "Subtotal" if subtotal.gross in {None, subtotal.net} else "Subtotal before tax"


def _total_label(purchase: DisplayedPurchase) -> str:
    """What the total is as long as tax, and perhaps shipping, are not known."""
    awaits_shipping = _awaits_shipping(purchase)
    match purchase.tax_state:
        case TaxState.FINAL:
            return "Total"
        case TaxState.ESTIMATED:
            return "Estimated total"
        case TaxState.NEEDS_ADDRESS if purchase.total.gross is not None:
            # The tax is in the prices, though nobody knows yet how much of them it is.
            return "Total before shipping" if awaits_shipping else "Estimated total"
        case TaxState.NEEDS_ADDRESS if awaits_shipping:
            return "Total before shipping and tax"
        case _:
            return "Total before tax"


def _awaits_shipping(purchase: DisplayedPurchase) -> bool:
    """Whether something is to be shipped, and nobody knows yet how."""
    return purchase.shipping_name is None and tags.NEEDS_ADDRESS in purchase.tags


def _tax_lines(purchase: DisplayedPurchase, locale_format: LocaleFormat) -> Iterable[DisplayLine]:
    """A row for each rate, or one of all tax: never both, so that the rows add up to the total."""
    tax_rows = purchase.tax_by_place or purchase.tax_summary or ()
    estimated = "estimated" if purchase.tax_state is TaxState.ESTIMATED else None
    for row in tax_rows:
        key, label = f"tax.{row.name}.{row.rate_percent}", row.name
        if row.jurisdiction is not None:
            key, label = f"{key}.{row.jurisdiction}", f"{label} ({row.jurisdiction})"
        text = locale_format.format_money(row.tax)
        base = f"on {locale_format.format_money(row.base)}"
        detail = base if estimated is None else f"{base}, {estimated}"
        yield DisplayLine(
            key, f"{label} {locale_format.format_percent(row.rate_percent)}", text, detail
        )
    tax = purchase.total.tax
    if tax is None:
        yield DisplayLine("tax", "Tax", "—", "known once the destination is")
    elif not tax_rows:
        yield DisplayLine("tax", "Tax", locale_format.format_money(tax), estimated)


def _payment_lines(
    purchase: DisplayedPurchase, locale_format: LocaleFormat
) -> Iterable[DisplayLine]:
    due, gross = purchase.due, purchase.total.gross
    if due is None or gross is None or due == gross:
        return
    paid = due - gross
    rounding = next((line for line in purchase.adjustments or () if line.rounds_payable), None)
    if rounding is not None:
        paid -= rounding.amount
    if paid.minor:
        yield DisplayLine("storedValue", "Stored value", locale_format.format_money(paid))
    if rounding is not None:
        text = locale_format.format_money(rounding.amount)
        yield DisplayLine("rounding", rounding.label, text)
    yield DisplayLine("due", "Due", locale_format.format_money(due))


_TAG_MESSAGES = {
    tags.PRICE_CHANGED: "A price has changed since you added the item.",
    tags.BACKORDER: "An item is on back-order and ships later.",
    tags.AGE_RESTRICTED: "An item may be sold to adults only.",
    tags.ERROR: "An item cannot be bought as it is.",
}


def _messages(purchase: DisplayedPurchase) -> Iterable[str]:
    if purchase.tax_state is TaxState.ESTIMATED:
        yield "The tax is an estimate until the full address is known."
    yield from (f"Tax: {note}." for note in purchase.tax_notes)
    if tags.NEEDS_ADDRESS in purchase.tags:
        yield from _place_messages(purchase)
    yield from (text for tag, text in _TAG_MESSAGES.items() if tag in purchase.tags)


def _place_messages(purchase: DisplayedPurchase) -> Iterable[str]:
    """What is seen once the destination is known; nothing where all is known without."""
    figures = ["shipping"] if _awaits_shipping(purchase) else []
    if purchase.tax_state is TaxState.NEEDS_ADDRESS:
        figures.append("tax")
    if figures:
        yield f"Tell us where it goes to see {' and '.join(figures)}."
