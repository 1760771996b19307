"""Lines of orders: what each purchase added, at the price it was bought at."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from gateway.engine.pricing.purchase import ExtraCharge, FixedRates, Item
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.engine.tax.business_supplies import BusinessStanding
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.values import value_object


@value_object
class DraftLine:
    """A line of an order to be: what it is priced as, and what one of it takes from stock.

    ``demand`` counts by variant id, the parts of a bundle included; ``ships_in`` is the time until
    it is expected to leave. ``order_line_id`` is the id of the order's line to be, where something
    was asked about it by that id; None: it gets one when it is placed.
    """

    item: Item
    demand: tuple[tuple[str, int], ...]
    ships_in: timedelta
    order_line_id: str | None = None

    @property
    def quantity(self) -> int:
        """How many are ordered."""
        return self.item.quantity


@value_object
class OrderLine:
    """A line of an order. Each purchase keeps lines of its own, also of a variant that is there.

    ``item`` has the price that it was bought at, and how many are ordered now. ``demand`` is what
    one of it takes from stock, by variant id. ``ships_at`` is when it is expected to leave.
    ``purchase_id`` is None for a line from before purchases were told apart. ``clicked``: whether a
    one-click button bought it, on the client ``client_id``. ``scheduled`` of it are in parcels.
    ``has_attributes``: whether the buyer wanted something written on it, which is stored sealed.
    """

    id: str
    item: Item
    demand: tuple[tuple[str, int], ...]
    ships_at: datetime
    purchase_id: str | None = None
    client_id: str | None = None
    clicked: bool = False
    scheduled: int = 0
    has_attributes: bool = False

    @property
    def variant_id(self) -> str:
        """The variant that was bought."""
        return self.item.variant_id or self.item.reference

    @property
    def quantity(self) -> int:
        """How many are ordered."""
        return self.item.quantity

    @property
    def open_quantity(self) -> int:
        """How many are in no parcel yet."""
        return self.item.quantity - self.scheduled

    def with_quantity(self, quantity: int) -> "OrderLine":
        """The same line with another quantity."""
        return replace(self, item=replace(self.item, quantity=quantity))

    def with_scheduled(self, scheduled: int) -> "OrderLine":
        """The same line with so many in parcels."""
        return replace(self, scheduled=scheduled)


@value_object
class OrderTerms:
    """By what an order is priced again when it changes.

    ``on`` is the day whose rules hold; ``codes`` are its discount codes; ``method_id`` is the
    shipping method that the buyer selected, None the cheapest one; ``stored_value`` is what stored
    value has paid, minor units. ``shipping`` is what its shipping costs where no method decides it,
    ``fees`` what is charged beside its goods where no rules decide it.
    ``promotions`` are those whose uses are counted that it was bought with, ``customer_groups``
    those that its buyer was in, by name. ``customer`` and ``standing`` say how its buyer is taxed.
    """

    on: date
    codes: tuple[str, ...] = ()
    method_id: str | None = None
    stored_value: int = 0
    shipping: tuple[ExtraCharge, ...] | None = None
    fees: tuple[ExtraCharge, ...] | None = None
    promotions: tuple[str, ...] = ()
    customer: CustomerKind = CustomerKind.CONSUMER
    standing: BusinessStanding | None = None
    customer_groups: tuple[str, ...] = ()


def total_demand(lines: Iterable[DraftLine | OrderLine]) -> tuple[tuple[str, int], ...]:
    """What all of ``lines`` take from stock, by variant id in the order they first appear."""
    demand: dict[str, int] = {}
    for line in lines:
        for variant_id, count in line.demand:
            demand[variant_id] = demand.get(variant_id, 0) + count * line.quantity
    return tuple(demand.items())


def lines_from_figures(
    order_id: str, items: Iterable[ItemSnapshot], ships_at: datetime
) -> tuple[OrderLine, ...]:
    """The lines of an order from before lines were kept, as far as its figures tell them.

    Their taxes are the rates that they were charged with.
    """
    suffix = order_id.rpartition("_")[2]
    return tuple(
        OrderLine(
            id=f"orl_{suffix}{index}",
            item=_item_from_snapshot(item),
            demand=tuple(_snapshot_demand(item, 1).items()),
            ships_at=ships_at,
        )
        for index, item in enumerate(items)
    )


def _item_from_snapshot(item: ItemSnapshot) -> Item:
    rates = tuple(
        TaxRate(line.name, line.rate_percent, jurisdiction=line.jurisdiction, table=line.table)
        for line in item.tax_lines or ()
    )
    # The price of a bundle is that of the whole here: its parts have no prices of their own.
    return Item(
        reference=item.reference,
        name=item.name,
        unit_price=item.unit_price.minor,
        quantity=item.quantity,
        includes_tax=_includes_tax(item),
        tax_source=FixedRates(rates),
        tags=frozenset(item.tags),
        components=tuple(
            replace(_item_from_snapshot(component), unit_price=0) for component in item.components
        ),
        variant_id=item.variant_id,
    )


def _includes_tax(item: ItemSnapshot) -> bool:
    total, discount = item.total, item.discount
    if total.gross is None or discount is None:
        return False
    return item.unit_price.minor * item.quantity + discount.minor == total.gross.minor


def _snapshot_demand(item: ItemSnapshot, count: int) -> dict[str, int]:
    demand = {item.variant_id or item.reference: count}
    for component in item.components:
        for variant_id, component_count in _snapshot_demand(
            component, count * component.quantity
        ).items():
            demand[variant_id] = demand.get(variant_id, 0) + component_count
    return demand
