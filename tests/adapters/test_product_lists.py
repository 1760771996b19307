"""R110: lists of products agree with a calculation over the whole catalogue, on both databases."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.adapters.migrations import configuration
from gateway.engine.catalogue.product_orders import Position
from gateway.engine.catalogue.product_selections import (
    OptionCondition,
    ProductFilter,
    ProductSelection,
    ProductSort,
)
from gateway.engine.catalogue.products import BundleComponent, Product, Stock, Variant
from gateway.engine.text.search_words import search_words
from gateway.services.ports.catalogue import StockUpdate
from gateway.services.ports.product_lists import CatalogueRevision
from tests.adapters.plain_lists import PlainEntry, facets, listed_ids
from tests.adapters.test_migrations import run_statements
from tests.conftest import AnyDatabase, open_test_database

TITLES = (
    "Blue Mug", "blue mugs", "MUG, blue", "Mug", "Café crème", "CAFE", "Æble", "Zebra-Tasse",
    "蓝色杯子", "10 Cups", "🎁 Box", "Levi's", "Straße", "_", "Blau",
)  # fmt: skip
VENDORS = ("Potter", "potter", "Rœstery & Söhne", "")
TYPES = ("Cup", "Glass", "")
TAGS = ("summer", "Sale", "new blue", "été")
SIZES = ("S", "M", "L", "")
COLORS = ("blue", "red", "Bleu ciel")
OPTION_NAMES = (("Size",), ("Size", "Color"), ("vendor",), ("option:vendor", "Color"), ())
QUERIES = (
    "mug", "MU", "mug blue", "blue mug", "b", "cafe creme", "sohne", "roe", "杯", "色杯", "🎁",
    "levi's", "levi", "strasse", "sku-1", "kettle", "10", "été", "a b c d e f", '"blue" OR *mug*',
    "NEAR(mug) -blue", "x" * 200,
)  # fmt: skip


def make_catalogue(seed: int, count: int = 60) -> list[tuple[Product, tuple[Variant, ...]]]:
    """A catalogue in which about everything occurs that lists depend on."""
    random_numbers = random.Random(seed)  # noqa: S311 - no secret
    choose = random_numbers.choice
    catalogue: list[tuple[Product, tuple[Variant, ...]]] = []
    for index in range(count):
        names = choose(OPTION_NAMES)
        product = Product(
            f"prd_{index:03}",
            f"handle-{index}",
            choose(TITLES),
            choose(VENDORS),
            choose(("", "A kettle's best friend", "rot & blau")),
            listed=random_numbers.random() > 0.1,
            product_type=choose(TYPES),
            tags=tuple(random_numbers.sample(TAGS, random_numbers.randrange(3))),
            option_names=names,
        )
        variants = [
            Variant(
                f"var_{index:03}_{number}",
                product.id,
                choose(("", f"SKU-{index}")),
                product.title,
                choose(({"USD": 100 * number}, {"USD": 500, "EUR": 450}, {"EUR": 300}, {})),
                stock=choose((Stock(), Stock(0), Stock(2), Stock(5), Stock(0, backorder=True))),
                listed=random_numbers.random() > 0.1,
                option_values=tuple(choose(COLORS if name == "Color" else SIZES) for name in names),
            )
            for number in range(random_numbers.randrange(4))
        ]
        earlier = [variant for _, those in catalogue for variant in those if not variant.components]
        if variants and len(earlier) > 3 and random_numbers.random() < 0.2:
            components = tuple(
                BundleComponent(variant, random_numbers.randrange(1, 4), {"USD": 70})
                for variant in random_numbers.sample(earlier, 2)
            )
            variants[0] = replace(variants[0], components=components)
        catalogue.append((product, tuple(variants)))
    return catalogue


async def save_catalogue(
    database: AnyDatabase,
    clock: ManualClock,
    catalogue: Sequence[tuple[Product, Sequence[Variant]]],
) -> list[PlainEntry]:
    """Save the products, the later ones in second transactions, a day later each."""
    entries = []
    for start in range(0, len(catalogue), 20):
        part = catalogue[start : start + 20]
        async with database.begin() as work:
            await work.catalogue.save(dict(part), clock.now())
        entries += [
            PlainEntry(product, tuple(variants), start + index, start // 20)
            for index, (product, variants) in enumerate(part)
        ]
        clock.advance(timedelta(days=1))
    return entries


options = st.builds(
    OptionCondition,
    st.sampled_from(("Size", "Color", "vendor", "option:vendor", "none")),
    st.lists(st.sampled_from((*SIZES, *COLORS)), min_size=1, max_size=3).map(tuple),
)
filters = st.builds(
    ProductFilter,
    st.sampled_from(("USD", "EUR", "JPY")),
    st.sampled_from((None, None, True, False)),
    st.sampled_from((None, None, 0, 100, 450, 2**63 - 1)),
    st.sampled_from((None, None, 0, 100, 450, -1)),
    st.lists(st.sampled_from(VENDORS), max_size=2).map(tuple),
    st.lists(st.sampled_from(TYPES), max_size=2).map(tuple),
    st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    st.lists(options, max_size=2).map(tuple),
)
selections = st.builds(
    ProductSelection,
    filters | st.builds(ProductFilter, st.sampled_from(("USD", "EUR", "JPY"))),
    st.none() | st.sampled_from(QUERIES).map(search_words),
    st.sampled_from(ProductSort),
)


async def assert_agrees(
    database: AnyDatabase,
    entries: Sequence[PlainEntry],
    selection: ProductSelection,
    page_size: int,
    size: int = 0,
) -> None:
    async with database.read() as reading:
        lists = reading.product_lists
        ids: list[str] = []
        after: Position | None = None
        while page := await lists.list_positions(selection, after, page_size, size):
            ids += [each.product_id for each in page]
            assert [each.position for each in page] == sorted(each.position for each in page)
            after = page[-1].position
        assert ids == listed_ids(entries, selection)
        assert await lists.count(selection) == len(ids)
        assert (
            await lists.load_available_facet(selection),
            *await lists.list_facets(selection, size),
        ) == facets(entries, selection)


def test_lists_agree_with_a_calculation(database_url: str, clock: ManualClock) -> None:
    """R110: filters, facets, sorting, search and paging."""
    with asyncio.Runner() as runner:
        database = runner.run(open_test_database(database_url, clock))
        entries = runner.run(save_catalogue(database, clock, make_catalogue(1)))

        @settings(max_examples=100, deadline=None)
        @given(selections, st.sampled_from((1, 7, 100)), st.sampled_from((0, 10**6)))
        def agree(selection: ProductSelection, page_size: int, size: int) -> None:
            runner.run(assert_agrees(database, entries, selection, page_size, size))

        agree()
        runner.run(database.close())


EVERYTHING = ProductSelection(ProductFilter("USD"))
NARROW = (
    EVERYTHING,
    replace(EVERYTHING, filter=ProductFilter("USD", available=True), sort=ProductSort.PRICE_ASC),
    replace(EVERYTHING, filter=ProductFilter("USD", available=False, price_min=1)),
    replace(EVERYTHING, words=("blue",), sort=ProductSort.TITLE),
)


def test_lists_agree_after_changes(database_url: str, clock: ManualClock) -> None:
    """R110: whatever was saved again, bought or given back since."""

    @settings(max_examples=12, deadline=None)
    @given(st.integers(0, 2**32))
    def agree(seed: int) -> None:
        runner.run(_assert_agrees_after_changes(database, clock, seed))

    with asyncio.Runner() as runner:
        database = runner.run(open_test_database(database_url, clock))
        agree()
        runner.run(database.close())


async def _assert_agrees_after_changes(
    database: AnyDatabase, clock: ManualClock, seed: int
) -> None:
    """Change the same forty products in another way for each seed."""
    random_numbers = random.Random(seed)  # noqa: S311 - no secret
    choose = random_numbers.choice
    catalogue = make_catalogue(seed, 40)
    clock_before = clock.now()
    async with database.begin() as work:
        await work.catalogue.save(dict(catalogue), clock_before)
    sold = [variant for _, variants in catalogue for variant in variants]
    for _ in range(6):
        chosen = random_numbers.sample(sold, 2)
        async with database.begin() as work:
            match random_numbers.randrange(4):
                case 0:
                    demand: dict[str, int] = {}
                    for variant in chosen:
                        for id, quantity in variant.stock_demand(1).items():
                            demand[id] = demand.get(id, 0) + quantity
                    await work.stock.reserve(demand)
                case 1:
                    await work.stock.release({variant.id: 1 for variant in chosen})
                case 2:
                    await work.stock.adjust(chosen[0].id, random_numbers.randrange(-2, 3))
                case _:
                    backorder = choose((False, True))
                    update = StockUpdate(backorder, 0, 9, replaces_available=True, available=1)
                    await work.catalogue.update_stock({chosen[0].id: update})
    async with database.begin() as work:
        priced = replace(random_numbers.choice(sold), prices={"USD": 7, "EUR": 9})
        await work.catalogue.save_prices(priced)
    entries = await read_entries(database, [product for product, _ in catalogue])
    for selection in NARROW:
        await assert_agrees(database, entries, selection, 100)


async def read_entries(database: AnyDatabase, products: Sequence[Product]) -> list[PlainEntry]:
    """What the database has of the products themselves; ten are always saved at one moment."""
    async with database.read() as reading:
        ids = [product.id for product in products]
        saved: Mapping[str, tuple[Variant, ...]] = await reading.catalogue.list_all_variants(ids)
    return [
        PlainEntry(product, saved.get(product.id, ()), index, 0)
        for index, product in enumerate(products)
    ]


async def test_the_revision_counts_what_changes_lists(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    mug = Product("prd_mug", "mug", "Mug")
    few = Variant("var_few", mug.id, "FEW", "Few", {"USD": 100}, stock=Stock(3))
    box = Variant(
        "var_box", mug.id, "BOX", "Box", {"USD": 100},
        components=(BundleComponent(few, 2, {"USD": 50}),),
    )  # fmt: skip

    async def revision() -> CatalogueRevision:
        async with databases.read() as reading:
            return await reading.product_lists.load_revision()

    assert await revision() == CatalogueRevision(0, 0)
    async with databases.begin() as work:
        await work.catalogue.save({mug: [few, box]}, clock.now())
    assert await revision() == CatalogueRevision(1, 0)
    async with databases.begin() as work:
        await work.catalogue.save_prices(replace(few, prices={"USD": 200}))
    assert await revision() == CatalogueRevision(2, 0)
    for quantity, availability in ((1, 0), (1, 1), (1, 2)):  # 2: a box, 1: no box, 0: none
        async with databases.begin() as work:
            assert await work.stock.reserve({few.id: quantity}) == ()
        assert await revision() == CatalogueRevision(2, availability)
    async with databases.begin() as work:
        await work.stock.release({few.id: 9})
    assert await revision() == CatalogueRevision(2, 3)
    async with databases.begin() as work:
        await work.stock.reserve({few.id: 5})
        await work.stock.adjust(few.id, 40)
    assert await revision() == CatalogueRevision(2, 3)


async def test_nothing_is_noted_of_a_change_that_is_taken_back(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    mug = Product("prd_mug", "mug", "Mug")

    async def save_and_fail() -> None:
        async with databases.begin() as work:
            await work.catalogue.save({mug: []}, clock.now())
            raise LookupError

    with pytest.raises(LookupError):
        await save_and_fail()
    async with databases.read() as reading:
        assert await reading.product_lists.load_revision() == CatalogueRevision(0, 0)
        assert await reading.product_lists.count(EVERYTHING) == 0


async def test_two_components_that_come_back_at_once_make_the_bundle_sold(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Each transaction would else see only its own component."""
    mug = Product("prd_mug", "mug", "Mug")
    first = Variant("var_1", mug.id, "1", "1", {"USD": 1}, stock=Stock(0))
    second = Variant("var_2", mug.id, "2", "2", {"USD": 1}, stock=Stock(0))
    both = Variant(
        "var_3", mug.id, "3", "3", {"USD": 1},
        components=(BundleComponent(first, 1, {"USD": 1}), BundleComponent(second, 1, {"USD": 1})),
    )  # fmt: skip
    async with databases.begin() as work:
        await work.catalogue.save({mug: [first, second, both]}, clock.now())

    async def give_back(variant_id: str) -> None:
        async with databases.begin() as work:
            await work.stock.release({variant_id: 1})

    await asyncio.gather(give_back(first.id), give_back(second.id))
    async with databases.read() as reading:
        facet = await reading.product_lists.load_available_facet(EVERYTHING)
        sold = replace(EVERYTHING, filter=ProductFilter("USD", available=False))
        assert await reading.product_lists.count(sold) == 0
    assert [(value.value, value.count) for value in facet.values] == [("true", 1)]


MADE_ROWS = (
    "SELECT id, title_key FROM products ORDER BY id",
    "SELECT id, number FROM variants ORDER BY id",
    "SELECT variant_id, bundled FROM stock ORDER BY variant_id",
    "SELECT variant_id, number, for_sale FROM variant_availability ORDER BY variant_id",
    "SELECT name, value, place FROM product_facets ORDER BY place, name, value",
    "SELECT name, value, number FROM variant_options ORDER BY number, name, value",
    "SELECT number, currency, amount FROM variant_prices ORDER BY number, currency",
    "SELECT place, currency, lowest, highest FROM product_prices ORDER BY place, currency",
    "SELECT rowid, CAST(title AS TEXT), CAST(words AS TEXT) FROM product_search ORDER BY rowid",
)


def test_the_migration_makes_what_saving_makes(database_url: str, clock: ManualClock) -> None:
    """R110: products from before are in all lists."""

    async def fill() -> None:
        database = await open_test_database(database_url, clock)
        await save_catalogue(database, clock, make_catalogue(2, 40))
        await database.close()

    def read() -> list[list[tuple[object, ...]]]:
        return [run_statements(database_url, statement) for statement in MADE_ROWS]

    asyncio.run(fill())
    saved = read()
    assert all(saved)
    config = configuration(database_url)
    try:
        command.downgrade(config, "0024")
    finally:
        command.upgrade(config, "head")
    assert read() == saved
