"""Strategies run on demand: each when its findings are first asked for, and once."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Self

from gateway.engine.ledger import Ledger
from gateway.engine.strategies import Pipeline
from gateway.engine.tree import Node, Purchase, nodes_of

# What the nodes are made of: where these change, every finding is about other nodes.
_TREE = frozenset({"items", "surcharges"})


class StrategyFailed(Exception):
    """A strategy that a figure needs did not succeed."""


class Run:
    """The findings of a pipeline about one purchase, as far as they were asked for."""

    def __init__(
        self,
        purchase: Purchase,
        pipeline: Pipeline,
        known: Ledger | None = None,
        done: Iterable[str] = (),
    ) -> None:
        self.pipeline = pipeline
        self._ledger = known or Ledger(purchase, nodes_of(purchase))
        self._done = set(done)
        self._failed: dict[str, Exception] = {}

    @property
    def purchase(self) -> Purchase:
        """What is priced."""
        return self._ledger.purchase

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The tree, root first."""
        return self._ledger.nodes

    def at(self, stage: str) -> Ledger:
        """The ledger with at least the findings of ``stage``.

        Raises:
            StrategyFailed: one of the strategies it needs failed.

        """
        if stage not in self._done:
            for name in self.pipeline.needed(stage):
                self._find(name)
        return self._ledger

    def _find(self, name: str) -> None:
        if name in self._failed:
            raise StrategyFailed(name) from self._failed[name]
        if name in self._done:
            return
        try:
            self._ledger = self.pipeline.by_name[name](self._ledger)
        except Exception as failure:
            # Whatever went wrong belongs to the figures that need this strategy alone.
            self._failed[name] = failure
            raise StrategyFailed(name) from failure
        self._done.add(name)

    def revised(self, purchase: Purchase) -> Self:
        """A run for ``purchase`` that keeps the findings which the change leaves valid."""
        changed = _changed(self._ledger.purchase, purchase)
        kept = {name for name in self._done if self.pipeline.unaffected(name, changed)}
        if changed & _TREE or not kept:
            return type(self)(purchase, self.pipeline)
        return type(self)(purchase, self.pipeline, replace(self._ledger, purchase=purchase), kept)


def _changed(before: Purchase, after: Purchase) -> frozenset[str]:
    return frozenset(
        field.name
        for field in fields(Purchase)
        if getattr(before, field.name) != getattr(after, field.name)
    )
