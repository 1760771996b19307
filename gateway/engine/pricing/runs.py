"""Runs of a pipeline: each strategy runs once, when its results are first needed."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Self

from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.purchase import Purchase, PurchaseNode, build_nodes
from gateway.engine.pricing.strategies import Pipeline

_TREE_FIELDS = frozenset({"items", "surcharges"})
"""The fields that determine the nodes. A change of these makes all results invalid."""


class StrategyFailed(Exception):
    """A strategy that a figure needs has failed."""


class StrategyRun:
    """The results of a pipeline for one purchase, as far as they were needed."""

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
        """The purchase that is priced."""
        return self._ledger.purchase

    @property
    def nodes(self) -> tuple[PurchaseNode, ...]:
        """The nodes of the purchase, root first."""
        return self._ledger.nodes

    def ledger_after(self, stage: str) -> Ledger:
        """The ledger with at least the results of ``stage``.

        Raises:
            StrategyFailed: a strategy that the stage needs failed.

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
            # Any failure concerns only the figures that need this strategy.
            self._failed[name] = failure
            raise StrategyFailed(name) from failure
        self._completed.add(name)

    def with_purchase(self, purchase: Purchase) -> Self:
        """A run for ``purchase`` that keeps the results that the change does not affect."""
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
