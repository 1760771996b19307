"""The catalogue as it is kept, on SQLite and on Postgres."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.product_selections import ProductFilter, ProductSelection
from gateway.engine.catalogue.products import BundleComponent, Product, Stock, Variant
from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.validity import Validity
from gateway.services.ports.catalogue import Shortage
from tests.conftest import AnyDatabase

MUG = Product("prd_mug", "mug", "Mug", "Potter", "Holds coffee.")
COFFEE = Product("prd_coffee", "coffee", "Coffee 100%", "Rœstery")
BOX = Product("prd_box", "box", "Breakfast_box")

RED = Variant(
    "var_red",
    MUG.id,
    "MUG-RED",
    "Red mug",
    {"USD": 1200, "JPY": 1800},
    "exempt",
    "pottery",
    350,
    frozenset({"FRAGILE", "AGE_RESTRICTED"}),
    Stock(3, ships_in_days=1),
    discountable=False,
    compare_at_prices={"USD": 1500},
)
BLUE = Variant("var_blue", MUG.id, "MUG-BLUE", "Blue mug", {"USD": 1300}, stock=Stock(0))
BEANS = Variant(
    "var_beans", COFFEE.id, "BEANS", "Beans", {"USD": 900}, stock=Stock(1, backorder=True)
)
SET = Variant(
    "var_set",
    BOX.id,
    "SET",
    "Breakfast box",
    {"USD": 0},
    components=(BundleComponent(RED, 2, {"USD": 1000}), BundleComponent(BEANS, 1, {"USD": 800})),
)


@pytest.fixture
async def shop(databases: AnyDatabase, clock: ManualClock) -> AnyDatabase:
    """A database with three products."""
    async with databases.begin() as work:
        await work.catalogue.save({MUG: [RED, BLUE], COFFEE: [BEANS], BOX: [SET]}, clock.now())
    return databases


async def test_variants_are_found_whole_whatever_is_asked(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        variants = await reading.catalogue.load_variants(
            ["var_set", "var_red", "var_none", "var_red"]
        )
        assert variants == {"var_set": SET, "var_red": RED}
        assert await reading.catalogue.load_variants([]) == {}


async def test_the_variants_of_products_come_in_their_order(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        variants = await reading.catalogue.list_listed_variants([BOX.id, MUG.id, "prd_none"])
    assert variants == {MUG.id: (RED, BLUE), BOX.id: (SET,)}


async def test_products_by_id(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        assert await reading.catalogue.load_products([COFFEE.id, "x"]) == {COFFEE.id: COFFEE}
        assert not await reading.catalogue.is_empty()


async def test_pages_go_on_where_the_last_one_ended(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        first = await reading.catalogue.list_products(2, None)
        assert [each.product for each in first] == [MUG, COFFEE]
        second_page = await reading.catalogue.list_products(2, first[-1].position)
        assert [each.product for each in second_page] == [BOX]
        assert await reading.catalogue.list_products(2, second_page[-1].position) == ()


async def test_saving_again_replaces_and_unlists(shop: AnyDatabase, clock: ManualClock) -> None:
    renamed = replace(MUG, title="Cup")
    restocked = replace(BLUE, stock=Stock(9), prices={"EUR": 1})
    async with shop.begin() as work:
        await work.catalogue.save({renamed: [restocked]}, clock.now())
    async with shop.read() as reading:
        assert await reading.catalogue.list_listed_variants([MUG.id]) == {MUG.id: (restocked,)}
        unlisted = (await reading.catalogue.load_variants([RED.id]))[RED.id]
        assert (unlisted.listed, unlisted.can_sell(1)) == (False, False)
        first, *_ = await reading.catalogue.list_products(1, None)
        assert first.product == renamed
        lists = reading.product_lists
        selections = [
            ProductSelection(ProductFilter("USD"), words) for words in (("cup",), ("mug", "red"))
        ]
        cups, red_mugs = [await lists.list_positions(each, None, 9) for each in selections]
        assert [each.product_id for each in cups] == [MUG.id]
        assert red_mugs == ()


async def test_what_is_known_by_handle_and_sku(shop: AnyDatabase) -> None:
    async with shop.read() as reading:
        assert await reading.catalogue.find_ids_by_handle(["mug", "x"]) == {"mug": MUG.id}
        product_ids = await reading.catalogue.find_product_ids_by_sku(["BEANS", "x"])
        assert product_ids == {"BEANS": (COFFEE.id,)}


async def available(database: AnyDatabase, variant: Variant) -> int | None:
    async with database.read() as reading:
        return (await reading.catalogue.load_variants([variant.id]))[variant.id].stock.available


async def test_stock_is_taken_whole_or_not_at_all(shop: AnyDatabase) -> None:
    async with shop.begin() as work:
        assert await work.stock.reserve({RED.id: 2, BEANS.id: 5, SET.id: 100}) == ()
    assert [await available(shop, each) for each in (RED, BEANS, SET)] == [1, -4, None]
    async with shop.begin() as work:
        short = await work.stock.reserve({BEANS.id: 1, RED.id: 2, BLUE.id: 1})
    assert short == (Shortage(BLUE.id, 0), Shortage(RED.id, 1))
    assert [await available(shop, each) for each in (RED, BEANS)] == [1, -4]
    async with shop.begin() as work:
        await work.stock.release({RED.id: 2, BEANS.id: 5, SET.id: 100})
    assert [await available(shop, each) for each in (RED, BEANS, SET)] == [3, 1, None]


async def test_one_thing_is_taken_for_another_in_one_go(shop: AnyDatabase) -> None:
    """What is put back may be wanted again, by the same hand only."""
    async with shop.begin() as work:
        assert await work.stock.reserve({RED.id: 3}) == ()
        assert await work.stock.reserve({BLUE.id: 1}, {RED.id: 3}) == (Shortage(BLUE.id, 0),)
    assert await available(shop, RED) == 0
    async with shop.begin() as work:
        assert await work.stock.reserve({RED.id: 2, BEANS.id: 1}, {RED.id: 3}) == ()
    assert [await available(shop, each) for each in (RED, BEANS)] == [1, 0]


async def test_the_last_one_is_sold_once(shop: AnyDatabase) -> None:
    async def buy() -> bool:
        async with shop.begin() as work:
            return not await work.stock.reserve({RED.id: 1})

    sold = await asyncio.gather(*(buy() for _ in range(20)))
    assert sold.count(True) == 3
    assert await available(shop, RED) == 0


async def test_the_rules_of_a_day(databases: AnyDatabase, clock: ManualClock) -> None:
    async def add(id: str, first: date) -> int:
        source = from_yaml(f"title: {id}")
        async with databases.begin() as work:
            return await work.rule_sets.add(id, source, first, clock.now())

    async def title(day: date) -> tuple[int, str] | None:
        async with databases.read() as reading:
            rule_set = await reading.rule_sets.find_current(day)
            assert rule_set is await reading.rule_sets.find_current(day)
        return None if rule_set is None else (rule_set.version, rule_set.title)

    old, new = date(2026, 1, 1), date(2027, 1, 1)
    assert await title(old) is None
    assert await add("rul_old", old) == 1
    assert await add("rul_new", new) == 2
    assert await add("rul_corrected", old) == 3
    assert await title(date(2025, 12, 31)) is None
    assert await title(date(2026, 12, 31)) == (3, "rul_corrected")
    assert await title(new) == (2, "rul_new")


async def test_stored_value_is_spent_once(databases: AnyDatabase, clock: ManualClock) -> None:
    value = StoredValue("GIVEN", "USD", 2500, Validity(date(2026, 1, 1), date(2027, 1, 1)))
    async with databases.begin() as work:
        await work.stored_values.issue([value], clock.now())
        assert await work.stored_values.debit(" given", 2000)
        assert not await work.stored_values.debit("GIVEN", 501)
        await work.stored_values.issue([value], clock.now())
        assert await work.stored_values.find_many(["given", "x"]) == (replace(value, balance=500),)
        await work.stored_values.credit("GIVEN", 100)
        assert await work.stored_values.debit("GIVEN", 600)
        assert not await work.stored_values.debit("UNKNOWN", 0)


async def test_a_code_counts_once_until_its_order_is_undone(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    async with databases.begin() as work:
        uses = work.code_uses
        assert await uses.record("once", "pur_ada", "ord_1", clock.now())
        assert not await uses.record("ONCE", "pur_ada", "ord_2", clock.now())
        assert await uses.record("ONCE", "pur_bob", "ord_3", clock.now())
        assert await uses.find_used(["pur_ada", "other name"], ["once", "other"]) == frozenset(
            {"ONCE"}
        )
        assert await uses.find_used(["pur_ada", "other name"], ["other"]) == frozenset()
        await uses.reassign("ord_1", "ord_4")
        await uses.delete("ord_1")
        assert await uses.find_used(["pur_ada", "other name"], ["once", "other"]) == frozenset(
            {"ONCE"}
        )
        await uses.delete("ord_4")
        assert await uses.find_used(["pur_ada", "other name"], ["once", "other"]) == frozenset()
        assert await uses.find_used(["pur_bob"], ["once"]) == frozenset({"ONCE"})


async def test_bundles_of_any_depth_are_found_whole(shop: AnyDatabase, clock: ManualClock) -> None:
    hamper, feast = (
        Product("prd_hamper", "hamper", "Hamper"),
        Product("prd_feast", "feast", "Feast"),
    )
    basket = Variant(
        "var_basket",
        hamper.id,
        "",
        "Basket",
        {"USD": 100},
        components=(BundleComponent(SET, 1, {"USD": 0}), BundleComponent(RED, 3, {"USD": 900})),
    )
    table = Variant(
        "var_table",
        feast.id,
        "",
        "Table",
        {"USD": 0},
        components=(BundleComponent(basket, 2, {"USD": 90}), BundleComponent(SET, 1, {"USD": 5})),
    )
    async with shop.begin() as work:
        await work.catalogue.save({hamper: [basket], feast: [table]}, clock.now())
    async with shop.read() as reading:
        assert await reading.catalogue.load_variants([table.id, RED.id, SET.id]) == {
            table.id: table,
            RED.id: RED,
            SET.id: SET,
        }


async def test_a_bundle_that_contains_itself_is_not_sold(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    async with shop.begin() as work:
        looped = replace(SET, components=(BundleComponent(SET, 1, {"USD": 1000}),))
        await work.catalogue.save({BOX: [looped]}, clock.now())
    async with shop.read() as reading:
        [bundle] = (await reading.catalogue.load_variants([SET.id])).values()
    assert (bundle.price("USD"), bundle.can_sell(1)) == (None, False)


async def test_what_is_not_listed_is_sold_in_bundles_only(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Its variants are as they were where it is listed again."""
    hidden = replace(MUG, listed=False)
    async with databases.begin() as work:
        await work.catalogue.save({MUG: [RED, BLUE], COFFEE: [BEANS], BOX: [SET]}, clock.now())
        await work.catalogue.save({hidden: [RED, BLUE]}, clock.now())
    async with databases.read() as reading:
        variants = await reading.catalogue.load_variants([RED.id, SET.id])
    assert variants[RED.id] == replace(RED, product_listed=False)
    assert (RED.can_sell(1), variants[RED.id].can_sell(1)) == (True, False)
    assert variants[SET.id].can_sell(1)
    async with databases.begin() as work:
        await work.catalogue.save({MUG: [variants[RED.id], BLUE]}, clock.now())
    async with databases.read() as reading:
        assert await reading.catalogue.load_variants([RED.id]) == {RED.id: RED}
