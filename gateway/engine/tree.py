"""What is bought, described before any figure is known, and its nodes in tree order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.discounts import AmountOff, Discount, OrderDiscount, PercentOff
from gateway.engine.levies import TaxRate
from gateway.engine.money import Currency
from gateway.engine.places import Destination
from gateway.engine.rounding import DEFAULT_ROUNDING, Rounding
from gateway.engine.shipping import ShippingMethod
from gateway.engine.taxes import CustomerKind, TaxTables
from gateway.engine.values import value


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates that are known to apply, in order; none at all: untaxed."""

    rates: tuple[TaxRate, ...]


@value
class ByTable:
    """Taxed by the tables: the alternate called ``table`` (None: the default), by category."""

    table: str | None = None
    category: str | None = None


Taxation: TypeAlias = Rates | ByTable


@value
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
    taxation: Taxation = ByTable()
    discount: Discount | None = None
    tags: frozenset[str] = frozenset()
    components: tuple["Item", ...] = ()
    grams: int = 0
    price_when_added: int | None = None
    variant_id: str | None = None


def price_with_parts(item: Item) -> int:
    """What one of ``item`` costs with all its parts, minor units."""
    return item.unit_price + sum(part.quantity * price_with_parts(part) for part in item.components)


@value
class Charge:
    """A named amount (minor units) beside the items: a declared shipping price, a surcharge."""

    name: str
    amount: int
    includes_tax: bool = False
    taxation: Taxation = ByTable()
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
    rounding: Rounding = DEFAULT_ROUNDING
    discounts: tuple[OrderDiscount, ...] = ()
    surcharges: tuple[Charge, ...] = ()
    shipping: tuple[Charge, ...] = ()
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


@value
class Node:
    """A node: its id is the path to it (``0.1`` is the second part of the first item).

    Its subtree is the nodes ``position .. end - 1``. ``units`` is how many of it the whole
    purchase holds, ``amount`` their price in minor units. ``priced`` carries the tax basis.
    """

    id: str
    kind: NodeKind
    position: int
    end: int
    units: int
    amount: int
    priced: Item | Charge | None = None
    item: Item | None = None

    @property
    def includes_tax(self) -> bool:
        """Whether its price includes tax."""
        return self.priced is not None and self.priced.includes_tax


def nodes_of(purchase: Purchase) -> tuple[Node, ...]:
    """The root, its items depth first, and its surcharges: each node before those below it."""
    below: list[Node] = []
    for index, item in enumerate(purchase.items):
        below += _item_nodes(str(index), item, len(below) + 1, 1)
    start = len(below) + 1
    below += charge_nodes(NodeKind.SURCHARGE, purchase.surcharges, start)
    root = Node("", NodeKind.PURCHASE, 0, len(below) + 1, 1, 0)
    return (root, *below)


def _item_nodes(path: str, item: Item, position: int, holders: int) -> list[Node]:
    units = item.quantity * holders
    below: list[Node] = []
    for index, component in enumerate(item.components):
        below += _item_nodes(f"{path}.{index}", component, position + 1 + len(below), units)
    end = position + 1 + len(below)
    amount = item.unit_price * units
    return [Node(path, NodeKind.ITEM, position, end, units, amount, item, item), *below]


def charge_nodes(kind: NodeKind, charges: Iterable[Charge], start: int) -> list[Node]:
    """The nodes of ``charges``, from position ``start`` on."""
    return [
        Node(f"{kind.lower()}.{index}", kind, position, position + 1, 1, charge.amount, charge)
        for index, (position, charge) in enumerate(enumerate(charges, start))
    ]


def children(nodes: tuple[Node, ...], node: Node) -> Iterator[Node]:
    """The nodes directly below ``node``."""
    position = node.position + 1
    while position < node.end:
        yield nodes[position]
        position = nodes[position].end
