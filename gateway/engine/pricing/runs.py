"""Strategies run on demand: each when its findings are first asked for, and once."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Self

from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.purchase import Purchase, PurchaseNode, build_nodes
from gateway.engine.pricing.strategies import Pipeline

# What the nodes are made of: where these change, every finding is about other nodes.
_TREE_FIELDS = frozenset({"items", "surcharges"})


class StrategyFailed(Exception):
    """A strategy that a figure needs did not succeed."""


class StrategyRun:
    """The findings of a pipeline about one purchase, as far as they were asked for."""

    def __init__(
        self,
        purchase: Purchase,
        pipeline: Pipeline,
        ledger: Ledger | None = None,
        completed: Iterable[str] = (),
    ) -> None:
        self.pipeline = pipeline
        self._ledger = ledger or Ledger(purchase, build_nodes(purchase))
        self._completed = set(completed)
        self._failed: dict[str, Exception] = {}

    @property
    def purchase(self) -> Purchase:
        """What is priced."""
        return self._ledger.purchase

    @property
    def nodes(self) -> tuple[PurchaseNode, ...]:
        """The tree, root first."""
        return self._ledger.nodes

    def ledger_after(self, stage: str) -> Ledger:
        """The ledger with at least the findings of ``stage``.

        Raises:
            StrategyFailed: one of the strategies it needs failed.

        """
        if stage not in self._completed:
            for name in self.pipeline.required_for(stage):
                self._run_strategy(name)
        return self._ledger

    def _run_strategy(self, name: str) -> None:
        if name in self._failed:
            raise StrategyFailed(name) from self._failed[name]
        if name in self._completed:
            return
        try:
            self._ledger = self.pipeline.by_name[name](self._ledger)
        except Exception as failure:
            # Whatever went wrong belongs to the figures that need this strategy alone.
            self._failed[name] = failure
            raise StrategyFailed(name) from failure
        self._completed.add(name)

    def with_purchase(self, purchase: Purchase) -> Self:
        """A run for ``purchase`` that keeps the findings which the change leaves valid."""
        changed = _changed_fields(self._ledger.purchase, purchase)
        still_valid = {
            name for name in self._completed if self.pipeline.is_unaffected_by(name, changed)
        }
        if changed & _TREE_FIELDS or not still_valid:
            return type(self)(purchase, self.pipeline)
        return type(self)(
            purchase, self.pipeline, replace(self._ledger, purchase=purchase), still_valid
        )


def _changed_fields(before: Purchase, after: Purchase) -> frozenset[str]:
    return frozenset(
        field.name
        for field in fields(Purchase)
        if getattr(before, field.name) != getattr(after, field.name)
    )
