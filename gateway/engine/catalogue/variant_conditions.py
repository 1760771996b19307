"""Conditions on variants, and which variants of an index meet them."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TypeAlias

from gateway.engine.catalogue.product_selections import ProductFilter

MAX_KEPT_BYTES = 4 * 2**20
"""What an index keeps of conditions: 100 of 100,000 products with three variants each."""

IndexedValue: TypeAlias = str | int

LayerBits: TypeAlias = tuple[int, ...]
"""The bits of the places whose variants meet a condition, by layer."""


class VariantValueKind(StrEnum):
    """What variants are chosen by."""

    OPTION = "OPTION"
    PRICE = "PRICE"
    AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class VariantCondition:
    """A value that a variant must have: one of ``values``, else an amount in minor units.

    ``name`` is an option's facet or a currency. ``low`` and ``high`` are among the amounts that
    meet it; None is no bound.
    """

    kind: VariantValueKind
    name: str
    values: frozenset[IndexedValue] | None = None
    low: int | None = None
    high: int | None = None

    def is_met_by(self, value: IndexedValue) -> bool:
        """Whether a variant with ``value`` meets it."""
        if self.values is not None:
            return value in self.values
        return (
            isinstance(value, int)
            and (self.low is None or self.low <= value)
            and (self.high is None or value <= self.high)
        )


def variant_conditions(filter: ProductFilter) -> Iterator[VariantCondition]:
    """The conditions on variants in a filter, all of which one variant must meet."""
    for option in filter.options:
        yield VariantCondition(VariantValueKind.OPTION, option.facet, frozenset(option.values))
    if filter.available is not None:
        yield VariantCondition(VariantValueKind.AVAILABLE, "", frozenset({int(filter.available)}))
    if filter.has_price:
        yield VariantCondition(
            VariantValueKind.PRICE, filter.currency, low=filter.price_min, high=filter.price_max
        )


class ConditionCache:
    """Which variants of one index meet the conditions that were asked for last.

    Filters differ, but many name the same price or colour. Threads may use it together.
    """

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._layers: OrderedDict[VariantCondition, LayerBits] = OrderedDict()
        self._lock = Lock()

    def find(self, condition: VariantCondition) -> LayerBits | None:
        """The variants that meet ``condition``; None if that is not kept."""
        with self._lock:
            layers = self._layers.get(condition)
            if layers is not None:
                self._layers.move_to_end(condition)
            return layers

    def keep(self, condition: VariantCondition, layers: LayerBits) -> None:
        """Keep that ``layers`` meet ``condition``; what was asked for longest ago goes."""
        with self._lock:
            if condition in self._layers:
                return
            self._layers[condition] = layers
            self._bytes += _byte_count(layers)
            while self._bytes > self._max_bytes:
                _, oldest_layers = self._layers.popitem(last=False)
                self._bytes -= _byte_count(oldest_layers)


def _byte_count(layers: LayerBits) -> int:
    return sum(bits.bit_length() // 8 + 1 for bits in layers)
