"""Lists of products calculated from the whole catalogue, without any database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.product_choices import MAX_FACET_VALUES
from gateway.engine.catalogue.product_selections import (
    AVAILABLE_FACET,
    FIXED_FACETS,
    Facet,
    FacetValue,
    ProductSelection,
    ProductSort,
    option_facet,
)
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.text.search_words import text_words
from gateway.engine.text.sort_keys import title_sort_key


@dataclass(frozen=True)
class PlainEntry:
    """A product with all its variants, its place, and when it was added (a number)."""

    product: Product
    variants: tuple[Variant, ...]
    place: int
    created_at: int

    @property
    def sold(self) -> tuple[Variant, ...]:
        return tuple(variant for variant in self.variants if variant.listed)

    def options(self, variant: Variant) -> set[tuple[str, str]]:
        return {
            (option_facet(option.name), option.value)
            for option in self.product.selected_options(variant)
            if option.value
        }

    def has_words(self, words: Iterable[str], *, in_title: bool = False) -> bool:
        product = self.product
        texts = [product.title]
        if not in_title:
            texts += [product.vendor, product.product_type, *product.tags, product.description]
            for variant in self.sold:
                texts += [variant.sku, *variant.option_values]
        own_words = text_words(texts)
        return all(any(own.startswith(word) for own in own_words) for word in words)

    def amounts(self, currency: str) -> list[int]:
        prices = [variant.price(currency) for variant in self.sold]
        return [price for price in prices if price is not None]


def meets(entry: PlainEntry, selection: ProductSelection) -> bool:
    product, conditions = entry.product, selection.filter
    if not product.listed:
        return False
    if selection.words is not None and not entry.has_words(selection.words):
        return False
    # What a product lacks is no value of it.
    if conditions.vendors and not ({product.vendor} - {""}) & set(conditions.vendors):
        return False
    if conditions.types and not ({product.product_type} - {""}) & set(conditions.types):
        return False
    if conditions.tags and not set(product.tags) & set(conditions.tags):
        return False
    has_variant_conditions = (
        conditions.options or conditions.available is not None or conditions.has_price
    )
    return not has_variant_conditions or bool(matching_variants(entry, selection))


def matching_variants(entry: PlainEntry, selection: ProductSelection) -> list[Variant]:
    return [variant for variant in entry.sold if variant_meets(entry, variant, selection)]


def variant_meets(entry: PlainEntry, variant: Variant, selection: ProductSelection) -> bool:
    conditions, options = selection.filter, entry.options(variant)
    price = variant.price(conditions.currency)
    low, high = conditions.price_min, conditions.price_max
    return (
        all(
            any((option.facet, value) in options for value in option.values)
            for option in conditions.options
        )
        and (conditions.available is None or conditions.available == variant.available_for_sale)
        and (not conditions.has_price or price is not None)
        and (low is None or (price or 0) >= low)
        and (high is None or (price or 0) <= high)
    )


def listed_ids(entries: Iterable[PlainEntry], selection: ProductSelection) -> list[str]:
    """The ids of the products of a selection in its order."""
    chosen = [entry for entry in entries if meets(entry, selection)]
    return [entry.product.id for entry in sorted(chosen, key=lambda each: key(each, selection))]


def key(entry: PlainEntry, selection: ProductSelection) -> tuple[int | str, ...]:
    title = title_sort_key(entry.product.title)
    amounts = entry.amounts(selection.filter.currency)
    match selection.sort:
        case ProductSort.TITLE:
            return title, entry.place
        case ProductSort.NEWEST:
            return -entry.created_at, -entry.place
        case ProductSort.PRICE_ASC:
            return (0, min(amounts), entry.place) if amounts else (1, entry.place)
        case ProductSort.PRICE_DESC:
            return (0, -max(amounts), -entry.place) if amounts else (1, entry.place)
    if selection.words is None:
        return (entry.place,)
    return 1 - entry.has_words(selection.words, in_title=True), title, entry.place


def facet_pairs(entry: PlainEntry, selection: ProductSelection) -> set[tuple[str, str]]:
    """The values of a product that the other conditions leave."""
    product = entry.product
    pairs: set[tuple[str, str]] = set()
    for name, values in (
        ("vendor", [product.vendor]),
        ("type", [product.product_type]),
        ("tag", list(product.tags)),
    ):
        without_facet = replace(selection, filter=selection.filter.without(name))
        if meets(entry, without_facet):
            pairs |= {(name, value) for value in values if value}
    for variant in entry.sold:
        for name, value in entry.options(variant):
            without_facet = replace(selection, filter=selection.filter.without(name))
            if meets(entry, without_facet) and variant_meets(entry, variant, without_facet):
                pairs.add((name, value))
        without_facet = replace(selection, filter=selection.filter.without(AVAILABLE_FACET))
        if meets(entry, without_facet) and variant_meets(entry, variant, without_facet):
            pairs.add((AVAILABLE_FACET, "true" if variant.available_for_sale else "false"))
    return pairs


def facets(entries: Sequence[PlainEntry], selection: ProductSelection) -> tuple[Facet, ...]:
    """The facets of a selection, that of what can be bought first."""
    counts: dict[str, dict[str, int]] = {AVAILABLE_FACET: {}}
    for entry in entries:
        for name, value in facet_pairs(entry, selection):
            values = counts.setdefault(name, {})
            values[value] = values.get(value, 0) + 1
    names = [name for name in FIXED_FACETS if name in counts]
    names += sorted(counts.keys() - set(FIXED_FACETS))
    return tuple(
        Facet(
            name,
            tuple(
                FacetValue(value, count)
                for value, count in sorted(
                    counts[name].items(),
                    key=lambda pair: (
                        (pair[0] == "false",)
                        if name == AVAILABLE_FACET
                        else (-pair[1], pair[0].encode())
                    ),
                )
            )[:MAX_FACET_VALUES],
        )
        for name in names
    )
