"""Pricing strategies: functions from a ledger to a ledger, and the order in which they run."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from gateway.engine.pricing.ledger import Ledger


class Strategy(Protocol):
    """A step of pricing, with the steps it depends on and the fields of ``Purchase`` it reads.

    A change of a field that is not in ``reads`` does not affect its results.
    """

    @property
    def name(self) -> str:
        """The step's name, unique in a pipeline."""

    @property
    def after(self) -> frozenset[str]:
        """The names of the steps whose results it uses."""

    @property
    def reads(self) -> frozenset[str]:
        """The fields of the purchase that the step itself reads."""

    def __call__(self, ledger: Ledger) -> Ledger:
        """Return ``ledger`` with the results of this step."""


class StrategyCycle(ValueError):
    """Strategies depend on each other in a cycle."""


class UnknownStrategy(LookupError):
    """A strategy depends on one that is missing."""


class Pipeline:
    """Strategies in an order in which each comes after those it depends on.

    Raises:
        StrategyCycle: there is no such order.
        UnknownStrategy: a strategy depends on one that is missing.

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
        """The strategies to run for the results of ``name``, in order; ``name`` is the last."""
        return self._required[name]

    def is_unaffected_by(self, name: str, changed: frozenset[str]) -> bool:
        """Whether the results of ``name`` stay valid if these fields of the purchase change."""
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
