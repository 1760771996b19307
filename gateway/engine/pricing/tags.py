"""Tags of nodes, which pricing strategies look at."""

from collections.abc import Iterable
from functools import lru_cache

from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    NodeKind,
    Purchase,
    PurchaseNode,
)

TAXABLE = "TAXABLE"
TAX_EXEMPT = "TAX_EXEMPT"
SHIPPABLE = "SHIPPABLE"
DIGITAL = "DIGITAL"
OVERSIZE = "OVERSIZE"
GIFT = "GIFT"
DISCOUNTABLE = "DISCOUNTABLE"
NOT_DISCOUNTABLE = "NOT_DISCOUNTABLE"
DISCOUNTED = "DISCOUNTED"
BACKORDER = "BACKORDER"
AGE_RESTRICTED = "AGE_RESTRICTED"
PRICE_CHANGED = "PRICE_CHANGED"
NEEDS_ADDRESS = "NEEDS_ADDRESS"
ERROR = "ERROR"

_DERIVED = frozenset(
    {TAXABLE, SHIPPABLE, DISCOUNTABLE, DISCOUNTED, PRICE_CHANGED, NEEDS_ADDRESS, OVERSIZE}
)
"""These tags are always derived from the values; the same tags in the input are ignored."""
_ANY = frozenset(
    {TAXABLE, SHIPPABLE, OVERSIZE, GIFT, DISCOUNTABLE, DISCOUNTED, BACKORDER}
    | {AGE_RESTRICTED, PRICE_CHANGED, ERROR}
)
_ALL = frozenset({TAX_EXEMPT, DIGITAL})
"""A purchase has a tag of _ANY if one of its items has it, and a tag of _ALL if all have it."""

OVERSIZE_GRAMS = 30_000
"""Goods that are heavier, in grams, are tagged OVERSIZE: the usual limit for one person to lift.

Heavier goods travel as freight.
"""

UNTAXED = FixedRates(())

TagSet = frozenset[str]


def derive_tags(purchase: Purchase, nodes: Iterable[PurchaseNode]) -> tuple[TagSet, ...]:
    """The tags of each node. Those of the root are derived from the tags of the items."""
    _, *inner_nodes = nodes
    node_tags = [_node_tags(node) for node in inner_nodes]
    items = [
        tags
        for node, tags in zip(inner_nodes, node_tags, strict=True)
        if node.kind is NodeKind.ITEM
    ]
    return (_root_tags(purchase, items), *node_tags)


def _root_tags(purchase: Purchase, items: list[TagSet]) -> TagSet:
    tags_of_some = frozenset().union(*items) & _ANY
    tags_of_all = frozenset.intersection(*items) & _ALL if items else frozenset()
    return tags_of_some | tags_of_all | ({DISCOUNTED} if purchase.discounts else frozenset())


def _node_tags(node: PurchaseNode) -> TagSet:
    if node.item is not None:
        return item_tags(node.item)
    return charge_tags(node.element) if isinstance(node.element, ExtraCharge) else frozenset()


def charge_tags(charge: ExtraCharge) -> TagSet:
    """The tags of a surcharge or a shipping price."""
    tags = {TAX_EXEMPT if charge.tax_source == UNTAXED else TAXABLE}
    if charge.discount is not None:
        tags.add(DISCOUNTED)
    return frozenset(tags)


def item_tags(item: Item) -> TagSet:
    """The tags of an item: its stated tags without derivable ones, and the derived tags."""
    return _item_tags(
        item.tags,
        untaxed=item.tax_source == UNTAXED,
        discounted=item.discount is not None,
        heavy=item.grams > OVERSIZE_GRAMS,
        changed=item.price_when_added not in (None, item.unit_price),
    )


# Most lines have the same values, so that most calls are answered by the cache.
@lru_cache(maxsize=1024)
def _item_tags(
    declared: TagSet, *, untaxed: bool, discounted: bool, heavy: bool, changed: bool
) -> TagSet:
    exempt = untaxed or TAX_EXEMPT in declared
    derived = {
        TAX_EXEMPT: exempt,
        TAXABLE: not exempt,
        SHIPPABLE: DIGITAL not in declared,
        DISCOUNTABLE: NOT_DISCOUNTABLE not in declared,
        DISCOUNTED: discounted,
        OVERSIZE: heavy or OVERSIZE in declared,
        PRICE_CHANGED: changed,
    }
    return (declared - _DERIVED) | {tag for tag, applies in derived.items() if applies}
