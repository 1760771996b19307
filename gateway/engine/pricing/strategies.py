"""Strategies: functions from a ledger to one that knows more, and the order they run in."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from gateway.engine.pricing.ledger import Ledger


class Strategy(Protocol):
    """A step of pricing: which other steps it builds on and what of the purchase it looks at.

    ``reads`` names fields of ``Purchase``: a change of another field leaves its findings valid.
    """

    @property
    def name(self) -> str:
        """The step's name, unique in a pipeline."""

    @property
    def after(self) -> frozenset[str]:
        """The names of the steps whose findings it uses."""

    @property
    def reads(self) -> frozenset[str]:
        """The fields of the purchase it looks at itself."""

    def __call__(self, ledger: Ledger) -> Ledger:
        """``ledger`` with this step's findings."""


class StrategyCycle(ValueError):
    """Strategies wait for one another."""


class UnknownStrategy(LookupError):
    """A strategy builds on one that is not there."""


class Pipeline:
    """Strategies in an order in which each comes after those it builds on.

    Raises:
        StrategyCycle: there is no such order.
        UnknownStrategy: one builds on a strategy that is not there.

    """

    def __init__(self, strategies: Iterable[Strategy]) -> None:
        self.by_name = {strategy.name: strategy for strategy in strategies}
        self.order = _sort_strategies(self.by_name)
        self._required = self._closures()
        self._reads = {
            name: frozenset().union(*(self.by_name[each].reads for each in required))
            for name, required in self._required.items()
        }

    def _closures(self) -> dict[str, tuple[str, ...]]:
        required: dict[str, set[str]] = {}
        for name in self.order:
            before = (required[each] for each in self.by_name[name].after)
            required[name] = {name}.union(*before)
        return {
            name: tuple(each for each in self.order if each in names)
            for name, names in required.items()
        }

    def required_for(self, name: str) -> tuple[str, ...]:
        """The strategies to run for the findings of ``name``, in order, itself the last."""
        return self._required[name]

    def is_unaffected_by(self, name: str, changed: frozenset[str]) -> bool:
        """Whether a change of those fields of a purchase leaves the findings of ``name`` valid."""
        return not self._reads[name] & changed


def _sort_strategies(strategies: dict[str, Strategy]) -> tuple[str, ...]:
    for strategy in strategies.values():
        missing = strategy.after - strategies.keys()
        if missing:
            raise UnknownStrategy(f"{strategy.name} builds on {sorted(missing)}")
    graph = {name: sorted(strategy.after) for name, strategy in strategies.items()}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        raise StrategyCycle(" -> ".join(cycle.args[1])) from cycle
