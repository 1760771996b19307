"""What display reads of a purchase: its figures, lazily computed or recorded, and its standing."""

from collections.abc import Sequence
from typing import Protocol

from gateway.engine.display.actions import DisplayAction
from gateway.engine.money import Money
from gateway.engine.pricing.ledger import Adjustment
from gateway.engine.pricing.snapshots import TaxedTotal
from gateway.engine.pricing.tax_lines import TaxSummaryRow
from gateway.engine.tax.line_tax import TaxState


class DisplayedItem(Protocol):
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
    def total(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def reduced_from(self) -> TaxedTotal | None: ...  # noqa: D102
    @property
    def components(self) -> "Sequence[DisplayedItem]": ...  # noqa: D102


class DisplayedShippingOption(Protocol):
    """What display reads of a way to ship."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def price(self) -> TaxedTotal: ...  # noqa: D102
    @property
    def selected(self) -> bool: ...  # noqa: D102


class DisplayState(Protocol):
    """What display reads beside the figures."""

    @property
    def actions(self) -> tuple[DisplayAction, ...]:
        """What can be done now."""
        ...

    @property
    def shipping_options(self) -> Sequence[DisplayedShippingOption]:
        """The ways to ship that there are to choose from."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What else the buyer should know."""
        ...


class DisplayedPurchase(Protocol):
    """What display reads of a purchase."""

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
    def tags(self) -> tuple[str, ...]: ...  # noqa: D102
