"""The demonstration shop: what it must hold, and that it never comes twice."""

from datetime import date

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.demo.assets import demo_assets
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.rules.files import demo_rules, from_yaml
from gateway.engine.catalogue.products import Variant, VariantQuantity, build_item
from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.pricing.discounts import PercentOff
from gateway.engine.pricing.tags import DIGITAL
from gateway.services.demo.listings import CURRENCIES
from gateway.services.demo.seeding import seed_demo_products

TODAY = date(2026, 11, 2)


async def seed_shop(database: SqliteDatabase, clock: ManualClock) -> bool:
    return await seed_demo_products(
        demo_rules(), demo_assets(), database=database, ids=RandomIds(), clock=clock
    )


async def list_variants(database: SqliteDatabase) -> list[tuple[Variant, ...]]:
    async with database.read() as reading:
        page = await reading.catalogue.list_products(100, None)
        ids = [each.product.id for each in page]
        variants = await reading.catalogue.list_listed_variants(ids)
    return [variants[each] for each in ids]


async def test_what_the_demonstration_holds(database: SqliteDatabase, clock: ManualClock) -> None:
    assert await seed_shop(database, clock)
    shop = await list_variants(database)
    variants = [each for those in shop for each in those]
    assert len(variants) >= 24
    assert all(each.price(currency) for each in variants for currency in CURRENCIES)
    assert all(each.available is None for those in shop[:12] for each in those)
    assert {each.tax_category for each in variants} == {None, "food", "books"}
    assert [each.sku for each in variants if each.components] == ["BREAKFAST"]
    assert "EBOOK" in [each.sku for each in variants if DIGITAL in each.tags]
    backorder = [each for each in variants if each.stock.backorder]
    assert [(each.available, each.days_to_ship(1)) for each in backorder] == [(0, 14)]
    three = [each for each in variants if each.available == 3]
    assert [(each.sku, each.can_sell(3), each.can_sell(4)) for each in three] == [
        ("PRINT", True, False)
    ]


async def test_its_rules_and_codes(database: SqliteDatabase, clock: ManualClock) -> None:
    await seed_shop(database, clock)
    async with database.read() as reading:
        rules = await reading.rule_sets.find_current(TODAY)
        stored = await reading.stored_values.find_many(["STORED25"])
    assert rules is not None
    coupon = next(each for each in rules.rulebook.coupons if each.code == "SAVE10")
    assert isinstance(coupon.off, PercentOff)
    assert coupon.off.percent == 10
    assert stored == (StoredValue("STORED25", "USD", 2500),)


async def test_every_item_selects_a_table_there_is(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    await seed_shop(database, clock)
    tables = demo_rules().rulebook.tax_tables
    for those in await list_variants(database):
        for variant in those:
            assert tables.table(variant.tax_table).name
            assert (
                build_item(VariantQuantity(variant, 1), "USD", includes_tax=False).name
                == variant.title
            )


async def test_it_comes_once(database: SqliteDatabase, clock: ManualClock) -> None:
    assert await seed_shop(database, clock)
    before = await list_variants(database)
    assert not await seed_shop(database, clock)
    assert await list_variants(database) == before


async def test_rules_that_are_there_stay(database: SqliteDatabase, clock: ManualClock) -> None:
    async with database.begin() as work:
        await work.rule_sets.add("rul_own", from_yaml("title: own"), TODAY, clock.now())
    assert await seed_shop(database, clock)
    async with database.read() as reading:
        rules = await reading.rule_sets.find_current(TODAY)
    assert rules is not None
    assert rules.id == "rul_own"
