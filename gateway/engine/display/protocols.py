"""Protocols of the purchases that can be displayed: priced carts and recorded orders."""

from collections.abc import Sequence
from typing import Protocol

from gateway.engine.display.actions import DisplayAction
from gateway.engine.money import Money
from gateway.engine.pricing.ledger import Adjustment
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.pricing.snapshots import TaxedTotal
from gateway.engine.pricing.tax_lines import TaxSummaryRow
from gateway.engine.tax.line_tax import TaxState


class DisplayedItem(Protocol):
    """A line as the display reads it."""

    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def quantity(self) -> int: ...  # noqa: D102
    @property
    def unit_price(self) -> Money: ...  # noqa: D102
    @property
    def total(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def discount(self) -> Money | None: ...  # noqa: D102
    @property
    def reduced_from(self) -> TaxedTotal | None: ...  # noqa: D102
    @property
    def components(self) -> "Sequence[DisplayedItem]": ...  # noqa: D102
    @property
    def line_id(self) -> str | None: ...  # noqa: D102
    @property
    def attributes(self) -> Sequence[Attribute]: ...  # noqa: D102


class DisplayedShippingOption(Protocol):
    """A shipping option as the display reads it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def price(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def selected(self) -> bool: ...  # noqa: D102


class DisplayState(Protocol):
    """Actions, shipping options and notices: all that the display shows besides figures."""

    @property
    def actions(self) -> tuple[DisplayAction, ...]:
        """The actions that are possible now."""
        ...

    @property
    def shipping_options(self) -> Sequence[DisplayedShippingOption]:
        """The shipping options from which the buyer can choose."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """Further messages for the buyer."""
        ...


class DisplayedPurchase(Protocol):
    """A purchase as the display reads it."""

    @property
    def items(self) -> Sequence[DisplayedItem]: ...  # noqa: D102
    @property
    def subtotal(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def items_total(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def shipping_total(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def shipping_name(self) -> str | None: ...  # noqa: D102
    @property
    def total(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def due(self) -> Money | None: ...  # noqa: D102
    @property
    def tax_state(self) -> TaxState: ...  # noqa: D102
    @property
    def tax_summary(self) -> tuple[TaxSummaryRow, ...] | None: ...  # noqa: D102
    @property
    def tax_by_place(self) -> tuple[TaxSummaryRow, ...] | None: ...  # noqa: D102
    @property
    def adjustments(self) -> tuple[Adjustment, ...] | None: ...  # noqa: D102
    @property
    def tax_notes(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def tags(self) -> tuple[str, ...]: ...  # noqa: D102
