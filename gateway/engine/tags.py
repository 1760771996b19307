"""What a node is, said in words that strategies act by."""

from collections.abc import Iterable
from functools import lru_cache

from gateway.engine.tree import Charge, Item, Node, NodeKind, Purchase, Rates

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

# Derived anew from the loaded values each time, whatever the values say.
_DERIVED = frozenset(
    {TAXABLE, SHIPPABLE, DISCOUNTABLE, DISCOUNTED, PRICE_CHANGED, NEEDS_ADDRESS, OVERSIZE}
)
# A purchase has these if one of its items has, and the others only if all have.
_ANY = frozenset(
    {TAXABLE, SHIPPABLE, OVERSIZE, GIFT, DISCOUNTABLE, DISCOUNTED, BACKORDER}
    | {AGE_RESTRICTED, PRICE_CHANGED, ERROR}
)
_ALL = frozenset({TAX_EXEMPT, DIGITAL})

# Carriers' usual limit for one person to lift; heavier goods travel as freight.
OVERSIZE_GRAMS = 30_000

UNTAXED = Rates(())

Tags = frozenset[str]


def tags_of(purchase: Purchase, nodes: Iterable[Node]) -> tuple[Tags, ...]:
    """The tags of each node: the root's from its items', the others' from what they describe."""
    _, *below = nodes
    found = [_node_tags(node) for node in below]
    items = [tags for node, tags in zip(below, found, strict=True) if node.kind is NodeKind.ITEM]
    return (_root_tags(purchase, items), *found)


def _root_tags(purchase: Purchase, items: list[Tags]) -> Tags:
    some = frozenset().union(*items) & _ANY
    every = frozenset.intersection(*items) & _ALL if items else frozenset()
    return some | every | ({DISCOUNTED} if purchase.discounts else frozenset())


def _node_tags(node: Node) -> Tags:
    if node.item is not None:
        return item_tags(node.item)
    return charge_tags(node.priced) if isinstance(node.priced, Charge) else frozenset()


def charge_tags(charge: Charge) -> Tags:
    """The tags of a surcharge or a shipping price."""
    tags = {TAX_EXEMPT if charge.taxation == UNTAXED else TAXABLE}
    if charge.discount is not None:
        tags.add(DISCOUNTED)
    return frozenset(tags)


def item_tags(item: Item) -> Tags:
    """The tags of an item: those given with it, less the derived ones, and the derived ones."""
    return _item_tags(
        item.tags,
        untaxed=item.taxation == UNTAXED,
        discounted=item.discount is not None,
        heavy=item.grams > OVERSIZE_GRAMS,
        changed=item.price_when_added not in (None, item.unit_price),
    )


# Most lines of most purchases are alike in this.
@lru_cache(maxsize=1024)
def _item_tags(given: Tags, *, untaxed: bool, discounted: bool, heavy: bool, changed: bool) -> Tags:
    exempt = untaxed or TAX_EXEMPT in given
    derived = {
        TAX_EXEMPT: exempt,
        TAXABLE: not exempt,
        SHIPPABLE: DIGITAL not in given,
        DISCOUNTABLE: NOT_DISCOUNTABLE not in given,
        DISCOUNTED: discounted,
        OVERSIZE: heavy or OVERSIZE in given,
        PRICE_CHANGED: changed,
    }
    return (given - _DERIVED) | {tag for tag, holds in derived.items() if holds}
