"""Bundles from a file: parts by SKU at any depth, no loops, bounded (R111)."""

import pytest

from gateway.engine.catalogue.bundle_building import (
    MAX_BUNDLE_COMPONENTS,
    MAX_BUNDLE_DEPTH,
    BundleDraft,
    build_bundles,
)
from gateway.engine.catalogue.bundle_cells import (
    FileComponent,
    parse_component_skus,
    parse_components,
)
from gateway.engine.catalogue.product_cells import FileRow, InvalidCell
from gateway.engine.catalogue.products import BundleComponent, Variant
from gateway.engine.money import Currency

USD = Currency("USD", 2)


def variant(sku: str, *components: BundleComponent) -> Variant:
    return Variant(f"id-{sku}", "p", sku, sku, {"USD": 100}, components=components)


def draft(line_number: int, sku: str, *components: str) -> BundleDraft:
    return BundleDraft(
        line_number,
        f"h-{sku}",
        variant(sku),
        tuple(map(FileComponent, components)),
    )


def build(
    *drafts: BundleDraft, stored: tuple[Variant, ...] = ()
) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """The parts of each bundle by SKU, and the reasons of refusals by line."""
    variants = [*stored, *(each.variant for each in drafts)]
    built = build_bundles(drafts, {each.sku: [each] for each in variants}, "USD")
    return (
        {
            each.sku: [component.variant.sku for component in each.components]
            for each in built.variants.values()
        },
        [(row.line_number, row.reason) for row in built.rejected],
    )


# -- cells


def test_parts_have_quantities_and_prices() -> None:
    row = FileRow(2, {"Bundle Parts": " CUP*2; SAUCER @ 1.50;; A*B*3@0 ;T@X"})
    assert parse_components(row, USD) == (
        FileComponent("CUP", 2, 0),
        FileComponent("SAUCER", 1, 150),
        FileComponent("A*B", 3, 0),
        FileComponent("T@X"),
    )
    assert list(parse_component_skus(row)) == ["CUP", "SAUCER", "A*B", "T@X"]
    assert (parse_components(FileRow(2, {}), USD), list(parse_component_skus(FileRow(2, {})))) == (
        None,
        [],
    )
    assert parse_components(FileRow(2, {"Bundle Parts": ""}), USD) == ()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("A*0", "Bundle Parts 'A*0': a quantity is from 1 to 1000"),
        ("A*1001", "Bundle Parts 'A*1001': a quantity is from 1 to 1000"),
        ("A@1.005", "Bundle Parts '1.005' is too precise: USD has 2 decimals"),
        ("A;A*2", "Bundle Parts names 'A' twice"),
        ("x" * 256, "Bundle Parts 'xxx"),
        (";".join(f"S{number}" for number in range(101)), "Bundle Parts has more than 100 parts"),
    ],
)
def test_parts_that_cannot_be(cell: str, reason: str) -> None:
    with pytest.raises(InvalidCell) as raised:
        parse_components(FileRow(2, {"Bundle Parts": cell}), USD)
    assert str(raised.value)[: len(reason)] == reason


# -- building


def test_bundles_of_bundles_whatever_their_order() -> None:
    drafts = (draft(2, "TABLE", "SET"), draft(3, "SET", "CUP", "JUG"))
    for order in (drafts, drafts[::-1]):
        components, rejected = build(*order, stored=(variant("CUP"), variant("JUG")))
        assert (components, rejected) == ({"TABLE": ["SET"], "SET": ["CUP", "JUG"]}, [])
    stored = {each.sku: [each] for each in (variant("CUP"), variant("JUG"))}
    stored |= {each.variant.sku: [each.variant] for each in drafts}
    table = build_bundles(drafts, stored, "USD").variants["id-TABLE"]
    (service,) = table.components
    assert [each.variant.sku for each in service.variant.components] == ["CUP", "JUG"]


def test_prices_of_parts_in_other_currencies_stay() -> None:
    cup = variant("CUP")
    before = variant("SET", BundleComponent(cup, 4, {"EUR": 90, "USD": 80}))
    changed = BundleDraft(2, "set", before, (FileComponent("CUP", 2, 100),))
    built = build_bundles([changed], {"CUP": [cup]}, "USD")
    assert built.variants["id-SET"].components == (
        BundleComponent(cup, 2, {"EUR": 90, "USD": 100}),
    )


def test_parts_that_are_not_there_or_several() -> None:
    both = {"CUP": [variant("CUP"), variant("CUP2")]}
    built = build_bundles([draft(2, "SET", "CUP"), draft(3, "BOX", "NONE")], both, "USD")
    assert [(row.line_number, row.handle, row.reason) for row in built.rejected] == [
        (2, "h-SET", "Bundle Parts: several variants have the SKU 'CUP'"),
        (3, "h-BOX", "Bundle Parts: no variant has the SKU 'NONE'"),
    ]


def test_a_bundle_with_a_refused_part_is_refused() -> None:
    components, rejected = build(draft(2, "A", "B"), draft(3, "B", "NONE"), draft(4, "C", "A"))
    assert (components, rejected) == (
        {},
        [
            (2, "Bundle Parts: its part 'B' is refused"),
            (3, "Bundle Parts: no variant has the SKU 'NONE'"),
            (4, "Bundle Parts: its part 'A' is refused"),
        ],
    )


def test_loops_are_refused_and_named() -> None:
    loop = "Bundle Parts: bundles that contain each other: "
    assert build(draft(2, "A", "A")) == ({}, [(2, f"{loop}A > A")])
    assert build(draft(2, "A", "B"), draft(3, "B", "A"), draft(4, "C", "A")) == (
        {},
        [(2, f"{loop}A > B > A"), (3, f"{loop}B > A > B"), (4, f"{loop}A > B > A")],
    )


def test_a_loop_through_a_bundle_that_is_there_already() -> None:
    box = variant("BOX", BundleComponent(variant("A"), 1, {}))
    components, rejected = build(draft(2, "A", "BOX"), stored=(box,))
    assert (components, rejected) == (
        {},
        [(2, "Bundle Parts: bundles that contain each other: A > A")],
    )


def test_chains_are_bounded() -> None:
    depth = MAX_BUNDLE_DEPTH
    chain = [draft(number, f"B{number}", f"B{number - 1}") for number in range(1, depth + 4)]
    components, rejected = build(*reversed(chain), stored=(variant("B0"),))
    assert len(components) == depth
    assert rejected[0] == (
        depth + 1,
        f"Bundle Parts: {depth + 1} levels of bundles in bundles; at most {depth} are possible",
    )
    assert [line_number for line_number, _ in rejected] == [depth + 1, depth + 2, depth + 3]


def test_bundles_that_grow_with_each_level_are_bounded() -> None:
    """Ten parts, of ten parts, of ten components: counted without making them."""
    items = tuple(variant(f"I{number}") for number in range(10))
    level = [draft(number, f"L1-{number}", *(each.sku for each in items)) for number in range(10)]
    second = draft(20, "L2", *(each.variant.sku for each in level))
    third = draft(21, "L3", "L2", *(each.variant.sku for each in level))
    fourth = [draft(30 + each, f"L4-{each}", "L3", "L2") for each in range(9)]
    components, rejected = build(*level, second, third, *fourth, stored=items)
    assert len(components["L2"]) == 10
    assert rejected == []
    top = draft(40, "TOP", *(each.variant.sku for each in fourth))
    _, rejected = build(*level, second, third, *fourth, top, stored=items)
    most = f"at most {MAX_BUNDLE_COMPONENTS} are possible"
    assert rejected == [(40, f"Bundle Parts: 3006 components at all levels; {most}")]
