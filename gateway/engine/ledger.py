"""A purchase's tree and what strategies have found out about it, column by column.

Each column is a tuple aligned with ``nodes``: position 0 is the whole purchase.
"""

from dataclasses import dataclass

from gateway.engine.levies import Levy, Taxed
from gateway.engine.shipping import ShippingChoice, Unshippable
from gateway.engine.tree import Node, Purchase
from gateway.engine.values import value


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A signed change of a price, minor units; negative for a discount.

    ``shares`` says how much of it each node bears, by position.
    """

    label: str
    minor: int
    code: str | None = None
    item_reference: str | None = None
    shares: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingFound:
    """The ways to ship that fit, the one taken, and why there is none where one is wanted."""

    choices: tuple[ShippingChoice, ...] = ()
    taken: ShippingChoice | None = None
    nodes: tuple[Node, ...] = ()
    amounts: tuple[int, ...] = ()
    problem: Unshippable | None = None


@dataclass(frozen=True, slots=True)
class Taxation:
    """The taxes of the nodes (None: not known), of shipping, and of each shipping choice."""

    levies: tuple[Levy | None, ...]
    nodes: tuple[Taxed | None, ...]
    shipping: tuple[Taxed | None, ...]
    choices: tuple[Taxed | None, ...]


@value
class Ledger:
    """What is known of a purchase so far; a strategy fills its columns and no other's."""

    purchase: Purchase
    nodes: tuple[Node, ...]
    tags: tuple[frozenset[str], ...] = ()
    place_tags: tuple[frozenset[str], ...] = ()
    prices: tuple[int, ...] = ()
    item_adjustments: tuple[Adjustment, ...] = ()
    reduced: tuple[int, ...] = ()
    order_adjustments: tuple[Adjustment, ...] = ()
    amounts: tuple[int, ...] = ()
    shipping: ShippingFound = ShippingFound()
    taxation: Taxation | None = None
    paid_by_stored_value: int | None = None
    due: int | None = None

    def tagged(self, tag: str) -> tuple[Node, ...]:
        """The nodes that have ``tag``, without the root."""
        tags = self.tags
        return tuple(node for node in self.nodes[1:] if tag in tags[node.position])

    @property
    def gross(self) -> int | None:
        """What everything costs with tax; None while a tax that is added is not known."""
        if self.taxation is None:
            return None
        nodes = (*self.nodes[1:], *self.shipping.nodes)
        amounts = (*self.amounts[1:], *self.shipping.amounts)
        found = (*self.taxation.nodes[1:], *self.taxation.shipping)
        total = 0
        for node, amount, each in zip(nodes, amounts, found, strict=True):
            if each is None and not node.includes_tax:
                return None
            total += amount if each is None else each.gross
        return total
