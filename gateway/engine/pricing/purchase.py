"""What is bought, described before any figure is known, and its nodes in tree order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.pricing.discounts import AmountOff, Discount, OrderDiscount, PercentOff
from gateway.engine.pricing.shipping import ShippingMethod
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.rounding import DEFAULT_ROUNDING, RoundingPolicy
from gateway.engine.tax.tax_tables import CustomerKind, TaxTables
from gateway.engine.values import value_object


@dataclass(frozen=True, slots=True)
class FixedRates:
    """The rates that are known to apply, in order; none at all: untaxed."""

    rates: tuple[TaxRate, ...]


@value_object
class RatesByTable:
    """Taxed by the tables: the alternate called ``table`` (None: the default), by category."""

    table: str | None = None
    category: str | None = None


TaxSource: TypeAlias = FixedRates | RatesByTable


@value_object
class Item:
    """A line: so many of something at a unit price (minor units), with the parts of a bundle.

    ``quantity`` counts per one of the item that holds it; ``grams`` is the weight of one;
    ``price_when_added`` is what it cost when the buyer chose it, minor units.
    """

    reference: str
    name: str
    unit_price: int
    quantity: int = 1
    includes_tax: bool = False
    tax_source: TaxSource = RatesByTable()
    discount: Discount | None = None
    tags: frozenset[str] = frozenset()
    components: tuple["Item", ...] = ()
    grams: int = 0
    price_when_added: int | None = None
    variant_id: str | None = None


def price_with_components(item: Item) -> int:
    """What one of ``item`` costs with all its parts, minor units."""
    return item.unit_price + sum(
        component.quantity * price_with_components(component) for component in item.components
    )


@value_object
class ExtraCharge:
    """A named amount (minor units) beside the items: a declared shipping price, a surcharge."""

    name: str
    amount: int
    includes_tax: bool = False
    tax_source: TaxSource = RatesByTable()
    discount: AmountOff | PercentOff | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """Everything that its figures depend on; equal descriptions have equal figures.

    Shipping is either declared (``shipping``) or offered (``methods``, of which ``method_id`` is
    the buyer's choice). ``stored_value`` is what can be paid with, minor units.
    """

    currency: Currency
    items: tuple[Item, ...]
    on: date
    rounding: RoundingPolicy = DEFAULT_ROUNDING
    discounts: tuple[OrderDiscount, ...] = ()
    surcharges: tuple[ExtraCharge, ...] = ()
    shipping: tuple[ExtraCharge, ...] = ()
    methods: tuple[ShippingMethod, ...] = ()
    method_id: str | None = None
    stored_value: int | None = None
    destination: Destination | None = None
    tax_tables: TaxTables | None = None
    customer: CustomerKind = CustomerKind.CONSUMER


class NodeKind(StrEnum):
    """What a node of the tree is."""

    PURCHASE = "PURCHASE"
    ITEM = "ITEM"
    SURCHARGE = "SURCHARGE"
    SHIPPING = "SHIPPING"


@value_object
class PurchaseNode:
    """A node: its id is the path to it (``0.1`` is the second part of the first item).

    Its subtree is the nodes ``position .. end - 1``. ``units`` is how many of it the whole
    purchase holds, ``amount`` their price in minor units. ``element`` carries the tax basis.
    """

    id: str
    kind: NodeKind
    position: int
    end: int
    units: int
    amount: int
    element: Item | ExtraCharge | None = None
    item: Item | None = None

    @property
    def includes_tax(self) -> bool:
        """Whether its price includes tax."""
        return self.element is not None and self.element.includes_tax


def build_nodes(purchase: Purchase) -> tuple[PurchaseNode, ...]:
    """The root, its items depth first, and its surcharges: each node before those below it."""
    descendants: list[PurchaseNode] = []
    for index, item in enumerate(purchase.items):
        descendants += _item_nodes(str(index), item, len(descendants) + 1, 1)
    start = len(descendants) + 1
    descendants += charge_nodes(NodeKind.SURCHARGE, purchase.surcharges, start)
    root = PurchaseNode("", NodeKind.PURCHASE, 0, len(descendants) + 1, 1, 0)
    return (root, *descendants)


def _item_nodes(path: str, item: Item, position: int, parent_units: int) -> list[PurchaseNode]:
    units = item.quantity * parent_units
    descendants: list[PurchaseNode] = []
    for index, component in enumerate(item.components):
        descendants += _item_nodes(
            f"{path}.{index}", component, position + 1 + len(descendants), units
        )
    end = position + 1 + len(descendants)
    amount = item.unit_price * units
    return [
        PurchaseNode(path, NodeKind.ITEM, position, end, units, amount, item, item),
        *descendants,
    ]


def charge_nodes(kind: NodeKind, charges: Iterable[ExtraCharge], start: int) -> list[PurchaseNode]:
    """The nodes of ``charges``, from position ``start`` on."""
    return [
        PurchaseNode(
            f"{kind.lower()}.{index}", kind, position, position + 1, 1, charge.amount, charge
        )
        for index, (position, charge) in enumerate(enumerate(charges, start))
    ]


def child_nodes(nodes: tuple[PurchaseNode, ...], node: PurchaseNode) -> Iterator[PurchaseNode]:
    """The nodes directly below ``node``."""
    position = node.position + 1
    while position < node.end:
        yield nodes[position]
        position = nodes[position].end
