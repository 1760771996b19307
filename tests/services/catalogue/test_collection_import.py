"""Importing collections: the whole file or nothing, and nothing twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.engine.catalogue.collections import (
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.engine.catalogue.products import Product, Variant
from gateway.services.catalogue import collection_import
from gateway.services.catalogue.collection_import import (
    CollectionChange,
    CollectionChangeKind,
    CollectionEntry,
    CollectionsImported,
    CollectionsRefused,
)
from gateway.services.catalogue.collection_placement import (
    CollectionPlacement,
    put_into_collections,
)
from tests.conftest import AnyDatabase

HANDLES = ("mug", "cup", "book")
POTTER = CollectionRule(
    ConditionMatch.ALL,
    (CollectionCondition(ConditionField.VENDOR, ConditionRelation.EQUALS, "potter"),),
)
KITCHEN = CollectionEntry("kitchen", "Kitchen", product_handles=("cup", "mug"))
POTTERY = CollectionEntry("pottery", "Pottery", rule=POTTER)
ADDED, CHANGED = CollectionChangeKind.ADDED, CollectionChangeKind.CHANGED
UNCHANGED, REMOVED = CollectionChangeKind.UNCHANGED, CollectionChangeKind.REMOVED


@pytest.fixture
async def shop(databases: AnyDatabase, clock: ManualClock) -> AnyDatabase:
    """A database with three products, two of them the potter's."""
    async with databases.begin() as work:
        await work.catalogue.save(
            {
                Product(f"prd_{handle}", handle, handle.title(), vendor): [
                    Variant(f"var_{handle}", f"prd_{handle}", "", handle, {"USD": 100})
                ]
                for handle, vendor in zip(HANDLES, ("Potter", "Potter", "Press"), strict=True)
            },
            clock.now(),
        )
    return databases


async def import_entries(
    shop: AnyDatabase, *entries: CollectionEntry, complete: bool = False, dry_run: bool = False
) -> Sequence[CollectionChange] | CollectionsRefused:
    outcome = await collection_import.import_collections(
        entries, database=shop, ids=RandomIds(), complete=complete, dry_run=dry_run
    )
    return outcome.changes if isinstance(outcome, CollectionsImported) else outcome


async def list_all(shop: AnyDatabase) -> dict[str, list[str]]:
    """The handles of the products by those of the collections, all in order."""
    async with shop.read() as reading:
        listed = await reading.collections.list_collections(100, None)
        product_ids = await reading.collections.load_product_ids(
            each.collection.id for each in listed
        )
    return {
        each.collection.handle: [id.removeprefix("prd_") for id in product_ids[each.collection.id]]
        for each in listed
    }


async def test_a_file_is_imported_and_comes_again_without_a_change(shop: AnyDatabase) -> None:
    assert await import_entries(shop, KITCHEN, POTTERY) == (
        CollectionChange("kitchen", ADDED, 0, 2),
        CollectionChange("pottery", ADDED, 0, 2),
    )
    assert await list_all(shop) == {"kitchen": ["cup", "mug"], "pottery": ["mug", "cup"]}
    assert await import_entries(shop, KITCHEN, POTTERY) == (
        CollectionChange("kitchen", UNCHANGED, 2, 2),
        CollectionChange("pottery", UNCHANGED, 2, 2),
    )


async def test_collections_stand_in_the_order_of_the_file(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN, POTTERY)
    new = CollectionEntry("new", "New")
    assert [each.kind for each in await _changes(shop, POTTERY, new, KITCHEN)] == [
        CHANGED,
        ADDED,
        CHANGED,
    ]
    assert list(await list_all(shop)) == ["pottery", "new", "kitchen"]


async def _changes(shop: AnyDatabase, *entries: CollectionEntry) -> Sequence[CollectionChange]:
    changes = await import_entries(shop, *entries)
    assert not isinstance(changes, CollectionsRefused)
    return changes


async def test_a_collection_keeps_its_id_and_changes_its_kind(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN)
    async with shop.read() as reading:
        before = (await reading.collections.find_by_handle(["kitchen"]))["kitchen"].collection
    by_rule = replace(KITCHEN, title="All pots", product_handles=None, rule=POTTER)
    assert await import_entries(shop, by_rule) == (CollectionChange("kitchen", CHANGED, 2, 2),)
    assert await list_all(shop) == {"kitchen": ["mug", "cup"]}
    async with shop.read() as reading:
        after = (await reading.collections.find_by_handle(["kitchen"]))["kitchen"].collection
    assert after == replace(before, title="All pots", rule=POTTER)
    by_hand = replace(KITCHEN, product_handles=None)
    assert await import_entries(shop, by_hand) == (CollectionChange("kitchen", CHANGED, 2, 0),)
    assert await list_all(shop) == {"kitchen": []}


async def test_products_that_a_file_does_not_name_stay(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN)
    renamed = replace(KITCHEN, title="The kitchen", product_handles=None)
    assert await import_entries(shop, renamed) == (CollectionChange("kitchen", CHANGED, 2, 2),)
    assert await list_all(shop) == {"kitchen": ["cup", "mug"]}


async def test_unknown_products_are_named_and_nothing_is_imported(shop: AnyDatabase) -> None:
    wrong = replace(KITCHEN, product_handles=("mug", "none", "cup", "Mug"))
    assert await import_entries(shop, POTTERY, wrong) == CollectionsRefused(
        (
            "collections[2].products[2]: no product has the handle none",
            "collections[2].products[4]: no product has the handle Mug",
        )
    )
    assert await list_all(shop) == {}


async def test_only_a_complete_file_removes_collections(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN, POTTERY)
    assert await import_entries(shop, POTTERY) == (CollectionChange("pottery", UNCHANGED, 2, 2),)
    assert list(await list_all(shop)) == ["kitchen", "pottery"]
    assert await import_entries(shop, POTTERY, complete=True) == (
        CollectionChange("pottery", UNCHANGED, 2, 2),
        CollectionChange("kitchen", REMOVED, 2, 0),
    )
    assert list(await list_all(shop)) == ["pottery"]


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN)
    before = await list_all(shop)
    assert await import_entries(shop, POTTERY, complete=True, dry_run=True) == (
        CollectionChange("pottery", ADDED, 0, 2),
        CollectionChange("kitchen", REMOVED, 2, 0),
    )
    assert await list_all(shop) == before


async def test_there_are_only_so_many_rules(
    shop: AnyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_import, "MAX_RULE_COLLECTIONS", 1)
    await import_entries(shop, POTTERY)
    another = replace(POTTERY, handle="pots")
    assert await import_entries(shop, another) == CollectionsRefused(
        ("collections: at most 1 collections have a rule; these are 2 with those that are there",)
    )
    assert await import_entries(shop, another, complete=True) == (
        CollectionChange("pots", ADDED, 0, 2),
        CollectionChange("pottery", REMOVED, 2, 0),
    )


async def place(shop: AnyDatabase, **product_handles: Sequence[str]) -> CollectionPlacement:
    async with shop.begin() as work:
        return await put_into_collections(
            {
                name.replace("_", " "): [f"prd_{handle}" for handle in handles]
                for name, handles in product_handles.items()
            },
            work=work,
            ids=RandomIds(),
        )


async def test_products_are_put_into_the_collections_that_they_name(shop: AnyDatabase) -> None:
    await import_entries(shop, KITCHEN, POTTERY)
    assert await place(
        shop, Kitchen=["book", "cup"], pottery=["book"], Für_Kinder=["mug"]
    ) == CollectionPlacement(("Für Kinder",), {"Kitchen": 1, "Für Kinder": 1}, ("Pottery",))
    assert await list_all(shop) == {
        "kitchen": ["cup", "mug", "book"],
        "pottery": ["mug", "cup"],
        "fur-kinder": ["mug"],
    }


async def test_two_imports_make_a_collection_once(shop: AnyDatabase) -> None:
    placements = await asyncio.gather(
        place(shop, Summer=["mug"], Winter=["cup"]), place(shop, Winter=["book"], Summer=["cup"])
    )
    assert sorted(len(each.new_titles) for each in placements) == [0, 2]
    collections = await list_all(shop)
    assert {handle: sorted(products) for handle, products in collections.items()} == {
        "summer": ["cup", "mug"],
        "winter": ["book", "cup"],
    }


async def test_a_title_names_the_same_collection_whatever_its_case(shop: AnyDatabase) -> None:
    await place(shop, Summer=["mug"])
    assert await place(shop, SUMMER=["mug", "cup"]) == CollectionPlacement((), {"Summer": 1})


async def test_two_titles_never_share_a_handle(shop: AnyDatabase) -> None:
    async with shop.begin() as work:
        placement = await put_into_collections(
            {"A & B": ["prd_mug"], "A, B": ["prd_cup"], "!": ["prd_book"]},
            work=work,
            ids=RandomIds(),
        )
    assert placement.new_titles == ("A & B", "A, B", "!")
    assert await list_all(shop) == {"a-b": ["mug"], "a-b-2": ["cup"], "collection": ["book"]}
