"""Choosing the products of a selection from an index, and counting its facets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, reduce
from operator import and_, or_

from gateway.engine.catalogue.place_sets import ChosenPlaces, PlaceSet, count_union, unite
from gateway.engine.catalogue.product_index import ProductIndex
from gateway.engine.catalogue.product_selections import (
    AVAILABLE_FACET,
    FIXED_FACETS,
    Facet,
    FacetValue,
    ProductFilter,
)
from gateway.engine.catalogue.variant_conditions import (
    IndexedValue,
    VariantValueKind,
    variant_conditions,
)

MAX_FACET_VALUES = 100
"""Values of one facet: those that most products have."""
MAX_OPTION_FACETS = 30
"""Facets of options, the first by their names."""
PRODUCT_FACETS = FIXED_FACETS[1:]
"""Facets of products themselves, in order."""


class Choice:
    """What conditions leave: the products that meet their own, and the variants in each layer.

    ``layers`` is None without conditions on variants.
    """

    def __init__(self, own: int, layers: tuple[int, ...] | None, width: int) -> None:
        self.layers = layers
        self._own = own
        self._width = width

    @cached_property
    def products(self) -> ChosenPlaces:
        """The products."""
        if self.layers is None:
            return ChosenPlaces(self._own, self._width)
        return ChosenPlaces(reduce(or_, self.layers, 0), self._width)

    @cached_property
    def variants(self) -> tuple[ChosenPlaces, ...]:
        """The places whose variants are left, by layer."""
        return tuple(ChosenPlaces(bits, self._width) for bits in self.layers or ())


class ProductChooser:
    """Chooses among the products of an index; what several facets ask for is computed once.

    Only products at the places ``within`` are chosen, if that is said.
    """

    def __init__(self, index: ProductIndex, within: int | None = None) -> None:
        self._index = index
        self._within = index.listed if within is None else index.listed & within
        self._width = index.listed.bit_length()
        self._choices: dict[ProductFilter, Choice] = {}

    def choose(self, conditions: ProductFilter) -> Choice:
        """What the conditions leave."""
        choice = self._choices.get(conditions)
        if choice is None:
            choice = self._choices[conditions] = self._choose(conditions)
        return choice

    def list_facets(self, conditions: ProductFilter) -> tuple[Facet, ...]:
        """The facets of the products that the conditions leave.

        What can be bought, vendor, type and tag come first, then options by name; the values that
        most products have first, then by name.
        """
        available = self._available_facet(conditions)
        facets = {name: self._count_facet(name, conditions) for name in self._facet_names()}
        options = sorted(name for name in facets if name not in FIXED_FACETS and facets[name])
        names = [*PRODUCT_FACETS, *options[:MAX_OPTION_FACETS]]
        others = tuple(Facet(name, facets[name]) for name in names if facets.get(name))
        return (available, *others) if available.values else others

    def _available_facet(self, conditions: ProductFilter) -> Facet:
        """How many products can be bought that the others leave, and how many cannot."""
        choice = self.choose(conditions.without(AVAILABLE_FACET))
        sets = _sets_by_value(self._index.variant_tables(VariantValueKind.AVAILABLE, ""))
        counts = {value: _count(sets, choice, value) for value in (1, 0)}
        return Facet(
            AVAILABLE_FACET,
            tuple(
                FacetValue("true" if value else "false", count)
                for value, count in counts.items()
                if count
            ),
        )

    def _choose(self, conditions: ProductFilter) -> Choice:
        own = self._within
        for facet, texts in conditions.product_conditions:
            values = self._index.products.get((None, facet), {})
            own &= unite([values[text] for text in set(texts) if text in values])
        layers = [
            self._index.matching_variants(condition) for condition in variant_conditions(conditions)
        ]
        if not layers:
            return Choice(own, None, self._width)
        variants = tuple(reduce(and_, bits, own) for bits in zip(*layers, strict=True))
        return Choice(own, variants, self._width)

    def _facet_names(self) -> list[str]:
        return [name for _, name in self._index.products]

    def _count_facet(self, name: str, conditions: ProductFilter) -> tuple[FacetValue, ...]:
        choice = self.choose(conditions.without(name))
        counts: Iterable[tuple[IndexedValue, int]]
        if choice.layers is None or name in FIXED_FACETS:
            chosen = choice.products
            values = self._index.products[None, name]
            counts = [(value, chosen.count(places)) for value, places in values.items()]
        else:
            sets = _sets_by_value(self._index.variant_tables(VariantValueKind.OPTION, name))
            counts = [(value, _count(sets, choice, value)) for value in sets]
        ranked = sorted((-count, str(value)) for value, count in counts if count)
        return tuple(FacetValue(value, -count) for count, value in ranked[:MAX_FACET_VALUES])


_Sets = Mapping[IndexedValue, list[tuple[int, PlaceSet]]]


def _sets_by_value(tables: Iterable[Mapping[IndexedValue, PlaceSet]]) -> _Sets:
    """The sets of each value, with the numbers of their layers."""
    sets: dict[IndexedValue, list[tuple[int, PlaceSet]]] = defaultdict(list)
    for layer, values in enumerate(tables):
        for value, places in values.items():
            sets[value].append((layer, places))
    return sets


def _count(sets: _Sets, choice: Choice, value: IndexedValue) -> int:
    """How many products have a variant that has the value and is left."""
    narrowed: list[PlaceSet] = []
    for layer, places in sets.get(value, ()):
        chosen = choice.products if choice.layers is None else choice.variants[layer]
        narrowed.append(chosen.narrow(places))
    return count_union(narrowed)
