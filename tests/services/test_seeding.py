"""The demonstration shop: what it must hold, and that it never comes twice."""

from datetime import date

from gateway.adapters.clocks import StandingClock
from gateway.adapters.ids import RandomIds
from gateway.adapters.rule_files import demo_rules, from_yaml
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.catalogue import Variant, Wanted, item
from gateway.engine.codes import StoredValue
from gateway.engine.discounts import PercentOff
from gateway.engine.tags import DIGITAL
from gateway.services.demo_shop import CURRENCIES
from gateway.services.seeding import seed

TODAY = date(2026, 11, 2)


async def seeded(database: SqliteDatabase, clock: StandingClock) -> bool:
    return await seed(demo_rules(), database=database, ids=RandomIds(), clock=clock)


async def listing(database: SqliteDatabase) -> list[tuple[Variant, ...]]:
    async with database.read() as reading:
        page = await reading.catalogue.page(100, None, "")
        ids = [each.product.id for each in page]
        variants = await reading.catalogue.variants_of(ids)
    return [variants[each] for each in ids]


async def test_what_the_demonstration_holds(database: SqliteDatabase, clock: StandingClock) -> None:
    assert await seeded(database, clock)
    shop = await listing(database)
    variants = [each for those in shop for each in those]
    assert len(variants) >= 24
    assert all(each.price(currency) for each in variants for currency in CURRENCIES)
    assert all(each.available is None for those in shop[:12] for each in those)
    assert {each.tax_category for each in variants} == {None, "food", "books"}
    assert [each.sku for each in variants if each.parts] == ["BREAKFAST"]
    assert "EBOOK" in [each.sku for each in variants if DIGITAL in each.tags]
    backorder = [each for each in variants if each.stock.backorder]
    assert [(each.available, each.days(1)) for each in backorder] == [(0, 14)]
    three = [each for each in variants if each.available == 3]
    assert [(each.sku, each.sells(3), each.sells(4)) for each in three] == [("PRINT", True, False)]


async def test_its_rules_and_codes(database: SqliteDatabase, clock: StandingClock) -> None:
    await seeded(database, clock)
    async with database.read() as reading:
        rules = await reading.rule_sets.in_force(TODAY)
        stored = await reading.stored_values.find(["STORED25"])
    assert rules is not None
    coupon = next(each for each in rules.rulebook.coupons if each.code == "SAVE10")
    assert isinstance(coupon.off, PercentOff)
    assert coupon.off.percent == 10
    assert stored == (StoredValue("STORED25", "USD", 2500),)


async def test_every_item_selects_a_table_there_is(
    database: SqliteDatabase, clock: StandingClock
) -> None:
    await seeded(database, clock)
    tables = demo_rules().rulebook.tax_tables
    for those in await listing(database):
        for variant in those:
            assert tables.selected(variant.tax_table).name
            assert item(Wanted(variant, 1), "USD", includes_tax=False).name == variant.title


async def test_it_comes_once(database: SqliteDatabase, clock: StandingClock) -> None:
    assert await seeded(database, clock)
    before = await listing(database)
    assert not await seeded(database, clock)
    assert await listing(database) == before


async def test_rules_that_are_there_stay(database: SqliteDatabase, clock: StandingClock) -> None:
    async with database.begin() as work:
        await work.rule_sets.add("rul_own", from_yaml("title: own"), TODAY, clock.now())
    assert await seeded(database, clock)
    async with database.read() as reading:
        rules = await reading.rule_sets.in_force(TODAY)
    assert rules is not None
    assert rules.id == "rul_own"
