"""An index of the catalogue in memory: the products and variants that have each value.

It chooses the products of a selection and counts its facets as the database does, but for words and
collections, whose products are looked up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.engine.catalogue.place_sets import (
    ChangedPlaces,
    PlaceSet,
    pack_places,
    to_bits,
    unite,
)
from gateway.engine.catalogue.variant_conditions import (
    ConditionCache,
    IndexedValue,
    LayerBits,
    VariantCondition,
    VariantValueKind,
)

VARIANT_BITS = 16
"""Lower bits of a variant's number, which tell the variants of a product apart."""
_VARIANT_MASK = (1 << VARIANT_BITS) - 1


TableKey: TypeAlias = tuple[VariantValueKind | None, str]
"""What a value is of: a facet of products (without a kind), an option, a currency."""
PlaceTable: TypeAlias = Mapping[TableKey, Mapping[IndexedValue, PlaceSet]]
"""The products that have a value, by what the value is of."""


@dataclass(frozen=True, slots=True)
class ProductValue:
    """A value of a facet, and the places of products that have it, each once."""

    facet: str
    value: str
    places: Sequence[int]


@dataclass(frozen=True, slots=True)
class VariantValue:
    """A value that variants have, and their numbers, each once.

    ``name`` is an option's facet or a currency, and the value a text, an amount in minor units, or
    whether they can be bought (1 or 0; without a name).
    """

    kind: VariantValueKind
    name: str
    value: IndexedValue
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class CatalogueRows:
    """What an index is made of: the listed products, their values and those of variants."""

    listed: Sequence[int]
    product_values: Sequence[ProductValue]
    variant_values: Sequence[VariantValue]


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """The products that have each value.

    ``layers`` are of variants: the first variants of all products, the second ones, and so on, so
    that conditions hold for one variant together where they hold in one layer.
    """

    listed: int
    products: PlaceTable
    layers: tuple[PlaceTable, ...]
    _conditions: ConditionCache = field(
        default_factory=ConditionCache, init=False, repr=False, compare=False
    )

    @classmethod
    def build(cls, rows: CatalogueRows) -> "ProductIndex":
        """The index of the whole catalogue."""
        return EMPTY_INDEX.replace_products((), rows)

    def replace_products(self, places: Collection[int], rows: CatalogueRows) -> "ProductIndex":
        """The index in which the products at ``places`` have just the values of ``rows``."""
        changed = ChangedPlaces(places)
        products, layers = _product_places(rows.product_values), _layers(rows.variant_values)
        depth = max([len(self.layers), *(layer + 1 for layer in layers)])
        old_layers = [*self.layers, *({} for _ in range(depth - len(self.layers)))]
        listed = self.listed & ~to_bits(places) | to_bits(rows.listed)
        return ProductIndex(
            listed,
            _replace(self.products, products, changed),
            tuple(
                _replace(table, layers.get(number, {}), changed)
                for number, table in enumerate(old_layers)
            ),
        )

    def matching_variants(self, condition: VariantCondition) -> LayerBits:
        """The variants that meet ``condition``, by layer."""
        layers = self._conditions.find(condition)
        if layers is None:
            tables = self.variant_tables(condition.kind, condition.name)
            layers = tuple(
                unite([places for value, places in values.items() if condition.is_met_by(value)])
                for values in tables
            )
            self._conditions.keep(condition, layers)
        return layers

    def variant_tables(
        self, kind: VariantValueKind, name: str
    ) -> Iterator[Mapping[IndexedValue, PlaceSet]]:
        """The places whose variants have each value, by layer."""
        return (layer.get((kind, name), {}) for layer in self.layers)

    @property
    def value_count(self) -> int:
        """How many sets of products it keeps."""
        return sum(
            len(values) for table in (self.products, *self.layers) for values in table.values()
        )


EMPTY_INDEX = ProductIndex(0, {}, ())
"""The index of an empty catalogue."""

_NewPlaces: TypeAlias = Mapping[TableKey, Mapping[IndexedValue, Sequence[int]]]


def _product_places(values: Iterable[ProductValue]) -> _NewPlaces:
    tables: dict[TableKey, dict[IndexedValue, Sequence[int]]] = defaultdict(dict)
    for product_value in values:
        key = None, product_value.facet
        tables[key][product_value.value] = product_value.places
    return tables


def _layers(values: Iterable[VariantValue]) -> Mapping[int, _NewPlaces]:
    layers: dict[int, dict[TableKey, dict[IndexedValue, Sequence[int]]]] = {}
    for variant_value in values:
        key = variant_value.kind, variant_value.name
        places_by_layer: dict[int, list[int]] = defaultdict(list)
        for number in variant_value.numbers:
            places_by_layer[number & _VARIANT_MASK].append(number >> VARIANT_BITS)
        for layer, places in places_by_layer.items():
            table = layers.setdefault(layer, defaultdict(dict))
            table[key][variant_value.value] = places
    return layers


def _replace(table: PlaceTable, new_places: _NewPlaces, changed: ChangedPlaces) -> PlaceTable:
    replaced: dict[TableKey, Mapping[IndexedValue, PlaceSet]] = {}
    for key in (*table, *(key for key in new_places if key not in table)):
        values = _replace_values(table.get(key, {}), new_places.get(key, {}), changed)
        if values:
            replaced[key] = values
    return replaced


def _replace_values(
    values: Mapping[IndexedValue, PlaceSet],
    new_places: Mapping[IndexedValue, Sequence[int]],
    changed: ChangedPlaces,
) -> Mapping[IndexedValue, PlaceSet]:
    replaced: dict[IndexedValue, PlaceSet] = {}
    for value, places in values.items():
        replaced_places = changed.replace_in(places, new_places.get(value, ()))
        if replaced_places:
            replaced[value] = replaced_places
    for value, own_places in new_places.items():
        if value not in values:
            replaced[value] = pack_places(own_places)
    return replaced
