"""Collections as they are kept, on SQLite and on Postgres."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.collections import (
    Collection,
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
    condition_keys,
)
from gateway.engine.catalogue.products import Image, Product, Variant
from gateway.services.catalogue.collection_preparation import delete_dropped_memberships
from gateway.services.ports.collections import ListedCollection
from tests.conftest import AnyDatabase

MUG = Product("prd_mug", "mug", "Mug", "Potter", tags=("Sale", "kitchen"), product_type="Mugs")
CUP = Product("prd_cup", "cup", "Cup", "Potter", tags=("kitchen",), product_type="Cups")
BOOK = Product("prd_book", "book", "Book", "Press", tags=("sale",), product_type="Books")
PICTURE = Image("https://pictures.example/kitchen.jpg", "A kitchen", 800, 600)
PICKED = Collection("col_picked", "picked", "Picked by hand", "What we like.", PICTURE)
SALE = Collection(
    "col_sale",
    "sale",
    "Sale",
    rule=CollectionRule(
        ConditionMatch.ANY,
        (
            CollectionCondition(ConditionField.TAG, ConditionRelation.EQUALS, "SALE"),
            CollectionCondition(ConditionField.VENDOR, ConditionRelation.STARTS_WITH, "x"),
        ),
    ),
)


def only_variant(product: Product) -> Variant:
    return Variant(f"var_{product.handle}", product.id, "", product.title, {"USD": 1000})


async def save_products(shop: AnyDatabase, clock: ManualClock, *products: Product) -> None:
    async with shop.begin() as work:
        await work.catalogue.save(
            {product: [only_variant(product)] for product in products}, clock.now()
        )


async def save_collections(shop: AnyDatabase, *collections: Collection) -> None:
    async with shop.begin() as work:
        await work.collections.lock()
        start = await work.collections.next_position()
        await work.collections.save(
            ListedCollection(collection, start + index)
            for index, collection in enumerate(collections)
        )
        await work.collections.apply_rules([each for each in collections if each.rule])


async def list_handles(shop: AnyDatabase, collection: Collection) -> list[str]:
    async with shop.read() as reading:
        listed = await reading.collections.list_products(collection.id, 100, None)
    return [each.product.handle for each in listed]


@pytest.fixture
async def shop(databases: AnyDatabase, clock: ManualClock) -> AnyDatabase:
    """A database with three products and two collections."""
    await save_products(databases, clock, MUG, CUP, BOOK)
    await save_collections(databases, PICKED, SALE)
    async with databases.begin() as work:
        await work.collections.pick_products({PICKED.id: [BOOK.id, MUG.id]})
    return databases


async def test_collections_are_found_whole(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        repository = reading.collections
        assert await repository.load(["col_sale", "col_none", "col_picked"]) == {
            PICKED.id: PICKED,
            SALE.id: SALE,
        }
        assert await repository.find_by_handle(["sale", "none"]) == {
            "sale": ListedCollection(SALE, 1)
        }
        assert await repository.find_by_title(["PICKED BY HAND", "none"]) == (PICKED,)
        assert await repository.list_with_rules() == (SALE,)
    async with shop.begin() as work:
        assert await work.collections.next_position() == 2


async def test_pages_of_collections_go_on_where_the_last_one_ended(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        first = await reading.collections.list_collections(1, None)
        assert [each.collection for each in first] == [PICKED]
        second = await reading.collections.list_collections(2, first[-1].position)
        assert [each.collection for each in second] == [SALE]
        assert await reading.collections.list_collections(2, second[-1].position) == ()


async def test_products_come_in_the_merchants_order_or_in_that_of_the_catalogue(
    shop: AnyDatabase,
) -> None:
    assert await list_handles(shop, PICKED) == ["book", "mug"]
    assert await list_handles(shop, SALE) == ["mug", "book"]
    async with shop.read() as reading:
        [first] = await reading.collections.list_products(PICKED.id, 1, None)
        [second] = await reading.collections.list_products(PICKED.id, 9, first.position)
        assert (first.product, second.product) == (BOOK, MUG)
        assert (await reading.collections.load_product_ids([PICKED.id]))[PICKED.id] == (
            BOOK.id,
            MUG.id,
        )
        assert await reading.collections.list_ids_of_products([MUG.id, CUP.id]) == {
            MUG.id: (PICKED.id, SALE.id)
        }


async def test_what_is_not_listed_is_not_shown_and_comes_back_to_its_place(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    await save_products(shop, clock, replace(BOOK, listed=False))
    assert (await list_handles(shop, PICKED), await list_handles(shop, SALE)) == (["mug"], ["mug"])
    await save_products(shop, clock, BOOK)
    assert (await list_handles(shop, PICKED), await list_handles(shop, SALE)) == (
        ["book", "mug"],
        ["mug", "book"],
    )


async def test_whoever_saves_a_product_puts_it_where_rules_say(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    await save_products(
        shop, clock, replace(MUG, tags=("kitchen",)), replace(CUP, vendor="XAVER"), BOOK
    )
    assert await list_handles(shop, SALE) == ["cup", "book"]
    assert await list_handles(shop, PICKED) == ["book", "mug"]


async def test_a_rule_that_changes_takes_other_products(shop: AnyDatabase) -> None:
    kitchen = CollectionCondition(ConditionField.TAG, ConditionRelation.EQUALS, "kitchen")
    await save_collections(shop, replace(SALE, rule=CollectionRule(ConditionMatch.ALL, (kitchen,))))
    assert await list_handles(shop, SALE) == ["mug", "cup"]


async def test_products_are_added_once_and_at_the_end(shop: AnyDatabase) -> None:
    async with shop.begin() as work:
        added = await work.collections.add_products({PICKED.id: [MUG.id, CUP.id, CUP.id]})
    assert added == {PICKED.id: 1}
    assert await list_handles(shop, PICKED) == ["book", "mug", "cup"]


async def test_what_is_deleted_is_gone(shop: AnyDatabase) -> None:
    async with shop.begin() as work:
        await work.collections.delete([PICKED.id])
    async with shop.read() as reading:
        assert await reading.collections.load([PICKED.id]) == {}
        assert await reading.collections.list_ids_of_products([BOOK.id]) == {BOOK.id: (SALE.id,)}


async def test_a_product_saved_while_a_rule_is_set_is_missed_by_neither(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await save_products(databases, clock, replace(MUG, tags=()), replace(BOOK, tags=()), CUP)
    await asyncio.gather(
        save_products(databases, clock, MUG),
        save_collections(databases, SALE),
        save_products(databases, clock, BOOK),
    )
    assert await list_handles(databases, SALE) == ["mug", "book"]


TEXTS = st.sampled_from(["", "a", "A", "ab", "ba", "b"])
PRODUCTS = st.lists(
    st.builds(
        lambda number, tags, kind, vendor: Product(
            f"prd_{number}", f"p{number}", f"P{number}", vendor, tags=tags, product_type=kind
        ),
        st.integers(0, 3),
        st.lists(TEXTS.filter(bool), max_size=2, unique=True).map(tuple),
        TEXTS,
        TEXTS,
    ),
    max_size=6,
)
RULES = st.builds(
    CollectionRule,
    st.sampled_from(ConditionMatch),
    st.lists(
        st.builds(
            CollectionCondition,
            st.sampled_from(ConditionField),
            st.sampled_from(ConditionRelation),
            TEXTS.filter(bool),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(st.one_of(PRODUCTS, RULES), min_size=1, max_size=5))
async def test_members_are_exact_after_any_history(
    databases: AnyDatabase, clock: ManualClock, history: Sequence[list[Product] | CollectionRule]
) -> None:
    async with databases.begin() as work:
        await work.collections.delete([SALE.id])
    await delete_dropped_memberships(databases)
    collection: Collection | None = None
    for step in history:
        if isinstance(step, CollectionRule):
            collection = replace(SALE, rule=step)
            await save_collections(databases, collection)
        else:
            await save_products(databases, clock, *{each.id: each for each in step}.values())
    async with databases.read() as reading:
        products = await reading.catalogue.load_products([f"prd_{number}" for number in range(4)])
        members = (await reading.collections.load_product_ids([SALE.id]))[SALE.id]
    assert set(members) == {
        each.id
        for each in products.values()
        if collection is not None
        and collection.rule is not None
        and collection.rule.includes(
            condition_keys(tags=each.tags, product_type=each.product_type, vendor=each.vendor)
        )
    }
