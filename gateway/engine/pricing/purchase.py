"""The description of a purchase, before pricing, and its nodes in tree order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.pricing.discounts import AmountOff, Discount, OrderDiscount, PercentOff
from gateway.engine.pricing.promotions import Promotion, UsedUpPromotion
from gateway.engine.pricing.purchase_details import Attribute, Calculator
from gateway.engine.pricing.shipping import ShippingMethod
from gateway.engine.tax.business_supplies import BusinessStanding
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.rounding import DEFAULT_ROUNDING, RoundingPolicy
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.engine.tax.tax_tables import CustomerKind, TaxTables
from gateway.engine.values import value_object


@dataclass(frozen=True, slots=True)
class FixedRates:
    """Tax rates that are stated directly, in order. Without rates the item is untaxed."""

    rates: tuple[TaxRate, ...]


@value_object
class RatesByTable:
    """Tax rates from the tax tables: the alternate ``table`` (None: the default), by category."""

    table: str | None = None
    category: str | None = None


@value_object
class RatesByGoods:
    """Tax rates of a charge by the goods that it goes with."""

    method: ChargeTaxMethod


TaxSource: TypeAlias = FixedRates | RatesByTable
ChargeTaxSource: TypeAlias = TaxSource | RatesByGoods


@value_object
class ShippingTax:
    """How shipping that is offered is taxed, and whether the destination tells that for certain."""

    source: ChargeTaxSource = RatesByTable()
    is_certain: bool = True


TAXED_BY_TABLE = ShippingTax()
"""Shipping is taxed by the default table."""


@value_object
class Item:
    """A line: a quantity of something at a unit price (minor units), with components of a bundle.

    ``quantity`` counts per unit of the item that contains it. ``grams`` is the weight of one unit.
    ``price_when_added`` is the unit price when the buyer added it, in minor units. ``line_id`` is
    the id of the cart's or the order's line, ``attributes`` the buyer's words on it. ``home_rates``
    are in a price that includes tax at home: elsewhere its net amount is kept. ``scope_keys`` are
    what promotions select it by. ``stated_taxes`` are those of the whole line with its components
    where the merchant's calculator computed them; None: by ``tax_source``.
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
    line_id: str | None = None
    attributes: tuple[Attribute, ...] = ()
    home_rates: FixedRates | None = None
    scope_keys: frozenset[str] = frozenset()
    stated_taxes: tuple[StatedTax, ...] | None = None


def price_with_components(item: Item) -> int:
    """The price of one unit of ``item`` with all its components, in minor units."""
    return item.unit_price + sum(
        component.quantity * price_with_components(component) for component in item.components
    )


@value_object
class ExtraCharge:
    """A named amount (minor units) beside the items: a stated shipping price or a surcharge.

    ``stated_taxes`` are its taxes where the merchant's calculator computed them; None: by
    ``tax_source``.
    """

    name: str
    amount: int
    includes_tax: bool = False
    tax_source: ChargeTaxSource = RatesByTable()
    discount: AmountOff | PercentOff | None = None
    stated_taxes: tuple[StatedTax, ...] | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """All that the figures of a purchase depend on. Equal descriptions have equal figures.

    Shipping is either stated (``shipping``) or offered (``methods``, where ``method_id`` is the
    buyer's choice) and taxed by ``shipping_tax``. ``stored_value`` is the amount that can be paid
    with stored value, in minor units; None without such a code. ``on`` is the day whose rules
    apply. ``is_home``: it goes where prices with the taxes of home hold as they are.
    ``promotions`` are tried in their order, but for those that are used up; ``customer_groups`` are
    those of the rules that the buyer is in. ``customer`` is who the tables are asked for;
    ``standing`` is that of a business with a tax id. ``must_ship``: goods that are shipped need one
    of ``methods``, also where there are none. ``calculated_by`` and ``calculation_reference`` say
    who computed it, and what a merchant's calculator calls its answer.
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
    shipping_tax: ShippingTax = TAXED_BY_TABLE
    stored_value: int | None = None
    destination: Destination | None = None
    tax_tables: TaxTables | None = None
    customer: CustomerKind = CustomerKind.CONSUMER
    is_home: bool = False
    promotions: tuple[Promotion, ...] = ()
    used_up_promotions: tuple[UsedUpPromotion, ...] = ()
    standing: BusinessStanding | None = None
    customer_groups: frozenset[str] = frozenset()
    must_ship: bool = False
    calculated_by: Calculator = Calculator.TABLE
    calculation_reference: str | None = None


class NodeKind(StrEnum):
    """The kind of a node."""

    PURCHASE = "PURCHASE"
    ITEM = "ITEM"
    SURCHARGE = "SURCHARGE"
    SHIPPING = "SHIPPING"


@value_object
class PurchaseNode:
    """A node. Its id is the path to it: ``0.1`` is the second component of the first item.

    Its subtree is the nodes ``position`` to ``end - 1``. ``units`` is its number of units in the
    whole purchase, ``amount`` their price in minor units. ``element`` says whether the price
    includes tax.
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

    @property
    def has_home_price(self) -> bool:
        """Whether its price includes taxes that may not be those that apply: of home, of tables."""
        if self.element is None:
            return False
        return self.element.stated_taxes is not None or (
            self.item is not None and self.item.home_rates is not None
        )


def charge_tax_source(method: ChargeTaxMethod) -> ChargeTaxSource:
    """Where a charge without rates of its own takes them from."""
    return RatesByTable() if method is ChargeTaxMethod.TABLE else RatesByGoods(method)


def build_nodes(purchase: Purchase) -> tuple[PurchaseNode, ...]:
    """The root, its items depth first, then its surcharges. A node comes before those below it."""
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
    """The nodes of ``charges``, with positions from ``start``."""
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
