"""The steps of pricing: what each finds out, in the order of their dependencies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.engine import tags
from gateway.engine.discounts import (
    AmountOff,
    AmountOffEach,
    Discount,
    OrderDiscount,
    PercentOff,
    reduction,
    shared_reduction,
)
from gateway.engine.ledger import Adjustment, Ledger, ShippingFound
from gateway.engine.shipping import Parcel, Unshippable, choices, chosen
from gateway.engine.strategies import Pipeline
from gateway.engine.taxing import tax
from gateway.engine.tree import Charge, Node, NodeKind, charge_nodes

TAG, PLACE, PRICE = "tag", "place", "price"
ITEM_DISCOUNTS, ORDER_DISCOUNTS = "item discounts", "order discounts"
SHIPPING, TAX, STORED_VALUE, TOTALS = "shipping", "tax", "stored value", "totals"


@dataclass(frozen=True, slots=True)
class Step:
    """A strategy as a value: its name, what it builds on and looks at, and its work."""

    name: str
    work: Callable[[Ledger], Ledger]
    after: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()

    def __call__(self, ledger: Ledger) -> Ledger:
        """``ledger`` with this step's findings."""
        return self.work(ledger)


def tag(ledger: Ledger) -> Ledger:
    """What each node is, from the values it was described with."""
    return replace(ledger, tags=tags.tags_of(ledger.purchase, ledger.nodes))


def place(ledger: Ledger) -> Ledger:
    """Which nodes wait for a destination: shippable ones without one, and then the purchase."""
    waiting = ledger.purchase.destination is None and any(
        node.item is not None for node in ledger.tagged(tags.SHIPPABLE)
    )
    missing = frozenset({tags.NEEDS_ADDRESS}) if waiting else frozenset()
    found = tuple(missing if tags.SHIPPABLE in own else frozenset[str]() for own in ledger.tags[1:])
    return replace(ledger, place_tags=(missing, *found))


def price(ledger: Ledger) -> Ledger:
    """Each node's own price in its own tax basis; parts of a bundle have theirs."""
    return replace(ledger, prices=(0, *(node.amount for node in ledger.nodes[1:])))


def discount_items(ledger: Ledger) -> Ledger:
    """Reductions that belong to one item or surcharge, at most all of it."""
    reduced = list(ledger.prices)
    adjustments = []
    for node in ledger.tagged(tags.DISCOUNTED):
        off = _own_reduction(node, reduced[node.position])
        reduced[node.position] -= off
        if node.item is not None and node.item.discount is not None:
            adjustments.append(_item_adjustment(node, node.item.discount, off))
    return replace(ledger, reduced=tuple(reduced), item_adjustments=tuple(adjustments))


def _own_reduction(node: Node, amount: int) -> int:
    discount = node.priced.discount if node.priced is not None else None
    if discount is None:
        return 0
    if amount < 0:
        return -reduction(discount, -amount, node.units)
    return reduction(discount, amount, node.units)


def _item_adjustment(node: Node, discount: Discount, off: int) -> Adjustment:
    reference = node.item.reference if node.item else None
    return Adjustment(
        label=discount_label(discount),
        minor=-off,
        item_reference=reference,
        shares=((node.position, -off),),
    )


def discount_label(discount: Discount) -> str:
    """A plain name for ``discount``."""
    match discount:
        case PercentOff(percent):
            return f"{percent.normalize():f} % off"
        case AmountOffEach():
            return "Amount off each"
        case AmountOff():
            return "Amount off"


def discount_order(ledger: Ledger) -> Ledger:
    """Reductions of the order, one after the other, shared by the discountable items."""
    amounts = list(ledger.reduced)
    positions = [
        node.position for node in ledger.tagged(tags.DISCOUNTABLE) if node.kind is NodeKind.ITEM
    ]
    adjustments = [_shared(each, amounts, positions) for each in ledger.purchase.discounts]
    return replace(ledger, amounts=tuple(amounts), order_adjustments=tuple(adjustments))


def _shared(discount: OrderDiscount, amounts: list[int], positions: Sequence[int]) -> Adjustment:
    shares = shared_reduction(discount.discount, [amounts[position] for position in positions])
    for position, share in zip(positions, shares, strict=True):
        amounts[position] -= share
    borne = tuple((at, -share) for at, share in zip(positions, shares, strict=True) if share)
    return Adjustment(discount.label, -sum(shares), discount.code, None, borne)


def ship(ledger: Ledger) -> Ledger:
    """The declared shipping, or the methods that fit the shippable items and the one taken."""
    purchase = ledger.purchase
    if purchase.shipping or not purchase.methods:
        return replace(ledger, shipping=_shipping_of(ledger, purchase.shipping))
    shippable = [node for node in ledger.tagged(tags.SHIPPABLE) if node.item is not None]
    if not shippable:
        return replace(ledger, shipping=ShippingFound())
    return replace(ledger, shipping=_offered(ledger, shippable))


def _shipping_of(ledger: Ledger, charges: Sequence[Charge]) -> ShippingFound:
    nodes = tuple(charge_nodes(NodeKind.SHIPPING, charges, len(ledger.nodes)))
    amounts = tuple(node.amount - _own_reduction(node, node.amount) for node in nodes)
    return ShippingFound(nodes=nodes, amounts=amounts)


def _offered(ledger: Ledger, shippable: Sequence[Node]) -> ShippingFound:
    purchase = ledger.purchase
    offered = choices(purchase.methods, _parcel(ledger, shippable))
    taken = chosen(offered, purchase.method_id)
    if taken is None:
        known = purchase.destination is not None
        problem = Unshippable.NO_METHOD_FITS if known else Unshippable.NEEDS_ADDRESS
        return ShippingFound(problem=problem)
    charge = Charge(taken.method.name, taken.minor, taken.method.includes_tax)
    return replace(_shipping_of(ledger, [charge]), choices=offered, taken=taken)


def _parcel(ledger: Ledger, shippable: Sequence[Node]) -> Parcel:
    return Parcel(
        grams=sum(node.item.grams * node.units for node in shippable if node.item),
        worth=sum(ledger.amounts[node.position] for node in shippable),
        oversize=any(tags.OVERSIZE in ledger.tags[node.position] for node in shippable),
        destination=ledger.purchase.destination,
    )


def redeem(ledger: Ledger) -> Ledger:
    """What stored value pays: a payment, so it changes no tax; never more than is due."""
    stored = ledger.purchase.stored_value
    gross = ledger.gross
    if stored is None or gross is None:
        return replace(ledger, paid_by_stored_value=0 if stored is None else None)
    return replace(ledger, paid_by_stored_value=max(0, min(stored, gross)))


def total(ledger: Ledger) -> Ledger:
    """What is left to pay; None while the tax is not known."""
    gross, paid = ledger.gross, ledger.paid_by_stored_value
    return replace(ledger, due=None if gross is None or paid is None else gross - paid)


def _fields(*names: str) -> frozenset[str]:
    return frozenset(names)


STANDARD_STEPS = (
    Step(TAG, tag, reads=_fields("items", "surcharges", "discounts")),
    Step(PLACE, place, _fields(TAG), _fields("destination")),
    Step(PRICE, price, _fields(TAG)),
    Step(ITEM_DISCOUNTS, discount_items, _fields(PRICE)),
    Step(ORDER_DISCOUNTS, discount_order, _fields(ITEM_DISCOUNTS), _fields("discounts")),
    Step(
        SHIPPING,
        ship,
        _fields(ORDER_DISCOUNTS),
        _fields("shipping", "methods", "method_id", "destination"),
    ),
    Step(
        TAX,
        tax,
        _fields(SHIPPING),
        _fields("tax_tables", "rounding", "on", "customer", "destination", "currency"),
    ),
    Step(STORED_VALUE, redeem, _fields(TAX), _fields("stored_value")),
    Step(TOTALS, total, _fields(STORED_VALUE)),
)

STANDARD = Pipeline(STANDARD_STEPS)
