"""R110: the index of the catalogue is the same, built at once or brought up to date."""

from array import array
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.catalogue.place_sets import (
    ChangedPlaces,
    ChosenPlaces,
    PlaceSet,
    count_union,
    pack_bits,
    pack_places,
    to_bits,
    to_flags,
    to_places,
    unite,
)
from gateway.engine.catalogue.product_index import (
    EMPTY_INDEX,
    CatalogueRows,
    PlaceTable,
    ProductIndex,
    ProductValue,
    VariantValue,
)
from gateway.engine.catalogue.variant_conditions import VariantValueKind

WIDTH = 300
places = st.sets(st.integers(0, WIDTH - 1), max_size=4) | st.sets(st.integers(0, WIDTH - 1))
"""Few, which are kept as a list, or many, which are kept as bits."""


def as_set(packed: PlaceSet) -> set[int]:
    return set(to_places(packed) if isinstance(packed, int) else packed)


def test_few_places_are_a_list_and_many_are_bits() -> None:
    assert pack_places([5, 299]) == array("I", [5, 299])
    assert pack_places([0, 3]) == 0b1001
    assert pack_bits(1 << 299) == array("I", [299])
    assert (pack_places([]), to_bits([]), to_places(0), to_flags(0b101)) == (
        array("I"),
        0,
        [],
        b"\1\0\1",
    )


@given(places, places)
def test_sets_of_places_are_what_sets_are(one: set[int], other: set[int]) -> None:
    sets = [pack_places(sorted(one)), pack_places(sorted(other))]
    chosen = ChosenPlaces(to_bits(other), WIDTH)
    assert to_places(unite(sets)) == sorted(one | other)
    assert count_union(sets) == len(one | other)
    assert chosen.count(sets[0]) == len(one & other)
    assert as_set(chosen.narrow(sets[0])) == one & other
    assert as_set(pack_bits(to_bits(one))) == one


@given(places, places, places)
def test_changed_places_are_replaced_in_a_set(
    before: set[int], changed: set[int], chosen: set[int]
) -> None:
    new = chosen & changed
    replaced = ChangedPlaces(changed).replace_in(pack_places(sorted(before)), sorted(new))
    assert as_set(replaced) == before - changed | new


PlainProduct = tuple[frozenset[tuple[str, str]], tuple[tuple[str, int, bool], ...]]
plain_products: st.SearchStrategy[PlainProduct] = st.tuples(
    st.frozensets(st.tuples(st.sampled_from(("vendor", "tag")), st.sampled_from("xyz"))),
    st.lists(
        st.tuples(st.sampled_from(("S", "M")), st.integers(1, 3), st.booleans()), max_size=3
    ).map(tuple),
)
catalogues = st.dictionaries(st.integers(0, 120), plain_products, max_size=12)


def make_rows(catalogue: Mapping[int, PlainProduct]) -> CatalogueRows:
    """The rows of a catalogue by place, of facets and then of variants' sizes, prices and stock."""
    facets: dict[tuple[str, str], list[int]] = {}
    variants: dict[tuple[VariantValueKind, str, str | int], list[int]] = {}
    for place, (values, own) in catalogue.items():
        for pair in values:
            facets.setdefault(pair, []).append(place)
        for index, (size, amount, is_sold) in enumerate(own):
            for key in (
                (VariantValueKind.OPTION, "Size", size),
                (VariantValueKind.PRICE, "USD", amount),
                (VariantValueKind.AVAILABLE, "", int(is_sold)),
            ):
                variants.setdefault(key, []).append((place << 16) + index)
    return CatalogueRows(
        list(catalogue),
        [ProductValue(*pair, numbers) for pair, numbers in facets.items()],
        [VariantValue(*key, numbers) for key, numbers in variants.items()],
    )


def contents(table: PlaceTable) -> dict[tuple[object, ...], set[int]]:
    return {
        (*key, value): as_set(packed)
        for key, values in table.items()
        for value, packed in values.items()
    }


@given(catalogues, st.lists(catalogues, max_size=3), st.sets(st.integers(0, 120), max_size=5))
def test_an_index_brought_up_to_date_is_as_one_built_anew(
    first: dict[int, PlainProduct], updates: list[dict[int, PlainProduct]], unlisted: set[int]
) -> None:
    index, catalogue = ProductIndex.build(make_rows(first)), dict(first)
    for update in updates:
        catalogue = {
            place: product for place, product in catalogue.items() if place not in unlisted
        } | update
        index = index.replace_products({*update, *unlisted}, make_rows(update))
    anew = ProductIndex.build(make_rows(catalogue))
    assert to_places(index.listed) == sorted(catalogue)
    assert contents(index.products) == contents(anew.products)
    layers = [contents(table) for table in index.layers]
    new_layers = [contents(table) for table in anew.layers]
    assert [table for table in layers if table] == [table for table in new_layers if table]
    assert index.value_count == anew.value_count


def test_an_index_of_nothing_has_nothing() -> None:
    assert (EMPTY_INDEX.listed, EMPTY_INDEX.value_count) == (0, 0)
