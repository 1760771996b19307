"""R110: conditions on variants, and what an index keeps of them."""

import pytest

from gateway.engine.catalogue.product_index import CatalogueRows, ProductIndex, VariantValue
from gateway.engine.catalogue.product_selections import OptionCondition, ProductFilter
from gateway.engine.catalogue.variant_conditions import (
    ConditionCache,
    IndexedValue,
    VariantCondition,
    VariantValueKind,
    variant_conditions,
)

PRICE, OPTION, AVAILABLE = (
    VariantValueKind.PRICE,
    VariantValueKind.OPTION,
    VariantValueKind.AVAILABLE,
)
CHEAP, DEAR = VariantCondition(PRICE, "USD", high=9), VariantCondition(PRICE, "USD", low=10)
SMALL = VariantCondition(OPTION, "Size", frozenset({"S"}))


def test_a_filter_has_a_condition_for_each_thing_that_a_variant_must_have() -> None:
    sizes = OptionCondition("Size", ("S", "M"))
    filter = ProductFilter("USD", available=True, price_min=5, options=(sizes,), tags=("new",))
    assert list(variant_conditions(filter)) == [
        VariantCondition(OPTION, "Size", frozenset({"S", "M"})),
        VariantCondition(AVAILABLE, "", frozenset({1})),
        VariantCondition(PRICE, "USD", low=5),
    ]
    assert list(variant_conditions(ProductFilter("USD", vendors=("Potter",)))) == []


@pytest.mark.parametrize(
    ("condition", "value", "is_met"),
    [
        (CHEAP, 9, True),
        (CHEAP, 10, False),
        (DEAR, 9, False),
        (DEAR, 10, True),
        (DEAR, "10", False),
        (SMALL, "S", True),
        (SMALL, "s", False),
        (VariantCondition(PRICE, "USD"), 0, True),
        (VariantCondition(AVAILABLE, "", frozenset({0})), 0, True),
        (VariantCondition(AVAILABLE, "", frozenset({0})), 1, False),
    ],
)
def test_a_value_meets_a_condition(
    condition: VariantCondition, value: IndexedValue, *, is_met: bool
) -> None:
    assert condition.is_met_by(value) is is_met


def make_rows(amounts_by_number: dict[int, int]) -> CatalogueRows:
    return CatalogueRows(
        [number >> 16 for number in amounts_by_number],
        [],
        [
            VariantValue(PRICE, "USD", amount, [number])
            for number, amount in amounts_by_number.items()
        ],
    )


def test_an_index_finds_the_variants_of_a_condition_once() -> None:
    index = ProductIndex.build(make_rows({0: 5, (1 << 16) + 1: 7, 2 << 16: 12}))
    matching = index.matching_variants(CHEAP)
    assert matching == (0b001, 0b010)
    assert index.matching_variants(VariantCondition(PRICE, "USD", high=9)) is matching
    assert index.matching_variants(DEAR) == (0b100, 0)


def test_a_changed_index_finds_them_anew() -> None:
    index = ProductIndex.build(make_rows({0: 5, 1 << 16: 7}))
    assert index.matching_variants(CHEAP) == (0b11,)
    changed = index.replace_products({0}, make_rows({0: 20}))
    assert changed.matching_variants(CHEAP) == (0b10,)
    assert index.matching_variants(CHEAP) == (0b11,)


def test_what_was_asked_for_longest_ago_goes() -> None:
    cache = ConditionCache(max_bytes=4)
    cache.keep(CHEAP, (1, 1))
    cache.keep(DEAR, (2, 2))
    assert cache.find(CHEAP) == (1, 1)
    cache.keep(SMALL, (4, 4))
    assert cache.find(DEAR) is None
    assert (cache.find(CHEAP), cache.find(SMALL)) == ((1, 1), (4, 4))


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache = ConditionCache(max_bytes=4)
    cache.keep(CHEAP, (1 << 100,))
    assert cache.find(CHEAP) is None
    cache.keep(CHEAP, (1,))
    cache.keep(CHEAP, (1,))
    cache.keep(DEAR, (1,))
    cache.keep(SMALL, (1, 1))
    assert cache.find(CHEAP) == cache.find(DEAR) == (1,)
