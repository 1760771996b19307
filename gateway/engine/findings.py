"""What strategies found out about a purchase, read as costs, taxes and tags of its nodes."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from gateway.engine import stages
from gateway.engine.figures import NOTHING, Costs, Sum
from gateway.engine.ledger import Taxation
from gateway.engine.levies import Taxed
from gateway.engine.money import Money
from gateway.engine.running import Run, StrategyFailed
from gateway.engine.tags import PRICE_CHANGED
from gateway.engine.taxing import tax_of
from gateway.engine.tree import Node, NodeKind


class Findings(Run):
    """A run of the strategies, from which figures are read.

    It knows nothing of the figures that are made of it: they go when their last reader does.
    """

    def money(self, minor: int) -> Money:
        """``minor`` units of the purchase's currency."""
        return Money(minor, self.purchase.currency)

    def tags_of(self, node: Node) -> tuple[str, ...]:
        """What ``node`` is, in words, sorted."""
        ledger = self.at(stages.PLACE)
        return tuple(sorted(ledger.tags[node.position] | ledger.place_tags[node.position]))

    @property
    def taxation(self) -> Taxation:
        """The taxes.

        Raises:
            StrategyFailed: one of the strategies that find them failed.

        """
        found = self.at(stages.TAX).taxation
        if found is None:
            raise StrategyFailed(stages.TAX)
        return found

    def taxes_at(self, node: Node) -> tuple[Taxed | None, ...]:
        """The taxes of ``node`` and all nodes below it."""
        return self.taxation.nodes[node.position : node.end]

    def discount_at(self, node: Node) -> Money:
        """What discounts take off ``node`` and all nodes below it: zero or negative."""
        ledger = self.at(stages.ORDER_DISCOUNTS)
        own = slice(node.position, node.end)
        return self.money(sum(ledger.amounts[own]) - sum(ledger.prices[own]))

    @cached_property
    def unreduced(self) -> tuple[int, ...]:
        """What each node would cost without discounts, at the price it had when it was chosen.

        Minor units. A price that has risen since counts as it is: nobody is told of a loss by it.
        """
        ledger = self.at(stages.ORDER_DISCOUNTS)
        if PRICE_CHANGED not in ledger.tags[0]:
            return ledger.prices
        return tuple(map(max, ledger.prices, map(_when_chosen, ledger.nodes)))

    def taxation_of(self, amounts: tuple[int, ...]) -> Taxation:
        """What the taxes would be if the nodes cost ``amounts``; found once for each of these."""
        ledger = self.at(stages.TAX)
        if amounts == ledger.amounts:
            return self.taxation
        found = self._supposed.get(amounts)
        if found is None:
            found = self._supposed[amounts] = tax_of(ledger, amounts)
        return found

    @cached_property
    def _supposed(self) -> dict[tuple[int, ...], Taxation]:
        return {}


def _when_chosen(node: Node) -> int:
    """What it cost when it was chosen, minor units; zero where that is not known."""
    chosen = None if node.item is None else node.item.price_when_added
    return 0 if chosen is None else chosen * node.units


class Found(Sum):
    """A sum of what was found out about some nodes."""

    __slots__ = ("_found",)

    def __init__(self, found: Findings) -> None:
        super().__init__(found.purchase.currency)
        self._found = found


class Subtotal(Found):
    """Items at their prices, before every discount."""

    __slots__ = ("_items",)

    def __init__(self, found: Findings) -> None:
        super().__init__(found)
        self._items = [node for node in found.nodes if node.kind is NodeKind.ITEM]

    def find_costs(self) -> Costs:
        """What they cost together."""
        prices = self._found.at(stages.PRICE).prices
        return costs(self._items, [prices[node.position] for node in self._items])

    def find_taxes(self) -> Iterable[Taxed | None]:
        """What their taxes were without discounts."""
        taxes = self._found.taxation_of(self._found.at(stages.PRICE).prices)
        return [taxes.nodes[node.position] for node in self._items]


class Below(Found):
    """A sum over a node and all nodes below it."""

    __slots__ = ("_node",)

    def __init__(self, found: Findings, node: Node) -> None:
        super().__init__(found)
        self._node = node


class Subtree(Below):
    """A node and all nodes below it, after all discounts; without shipping."""

    __slots__ = ()

    def find_costs(self) -> Costs:
        """What they cost together."""
        node, ledger = self._node, self._found.at(stages.ORDER_DISCOUNTS)
        if node.position and node.end == node.position + 1:
            return NOTHING.and_also(ledger.amounts[node.position], includes_tax=node.includes_tax)
        return costs(*_priced(node, ledger.nodes, ledger.amounts))

    def find_taxes(self) -> Iterable[Taxed | None]:
        """Their taxes."""
        return _below(self._node, self._found.taxation.nodes)


class Unreduced(Below):
    """A node and all nodes below it, before all discounts, at the prices they were chosen for."""

    __slots__ = ()

    def find_costs(self) -> Costs:
        """What they would cost together."""
        return costs(*_priced(self._node, self._found.nodes, self._found.unreduced))

    def find_taxes(self) -> Iterable[Taxed | None]:
        """What their taxes would be."""
        return _below(self._node, self._found.taxation_of(self._found.unreduced).nodes)


class Shipping(Found):
    """Shipping after its discounts."""

    __slots__ = ()

    def find_costs(self) -> Costs:
        """What it costs."""
        shipping = self._found.at(stages.SHIPPING).shipping
        return costs(shipping.nodes, shipping.amounts)

    def find_taxes(self) -> Iterable[Taxed | None]:
        """Its taxes."""
        return self._found.taxation.shipping


class Everything(Found):
    """All nodes and shipping, after all discounts."""

    __slots__ = ()

    def find_costs(self) -> Costs:
        """What all cost together."""
        ledger = self._found.at(stages.TOTALS)
        nodes, amounts = _priced(ledger.nodes[0], ledger.nodes, ledger.amounts)
        shipping = ledger.shipping
        return costs([*nodes, *shipping.nodes], [*amounts, *shipping.amounts])

    def find_taxes(self) -> Iterable[Taxed | None]:
        """All taxes."""
        taxation = self._found.taxation
        return (*taxation.nodes[1:], *taxation.shipping)


class OneChoice(Found):
    """One way to ship, by its position among those that fit."""

    __slots__ = ("_position",)

    def __init__(self, found: Findings, position: int) -> None:
        super().__init__(found)
        self._position = position

    def find_costs(self) -> Costs:
        """What it costs."""
        choice = self._found.at(stages.SHIPPING).shipping.choices[self._position]
        return NOTHING.and_also(choice.minor, includes_tax=choice.method.includes_tax)

    def find_taxes(self) -> Iterable[Taxed | None]:
        """Its taxes."""
        return [self._found.taxation.choices[self._position]]


def _priced(
    node: Node, nodes: Sequence[Node], amounts: Sequence[int]
) -> tuple[Sequence[Node], Sequence[int]]:
    """``node`` and all nodes below it with their amounts; the root has none of its own."""
    start = max(1, node.position)
    return nodes[start : node.end], amounts[start : node.end]


def _below(node: Node, found: Sequence[Taxed | None]) -> Sequence[Taxed | None]:
    return found[max(1, node.position) : node.end]


def costs(nodes: Sequence[Node], amounts: Sequence[int]) -> Costs:
    """What ``nodes`` cost together, each its own of ``amounts``."""
    bases = {node.includes_tax for node in nodes}
    return Costs(sum(amounts), some_with_tax=True in bases, some_without_tax=False in bases)
