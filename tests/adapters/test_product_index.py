"""R110: lists made from the index of the catalogue agree with a calculation, on both databases."""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories.catalogue_changes import (
    KEPT_REVISIONS,
    MAX_CHANGED_PLACES,
    bump_revision,
)
from gateway.adapters.repositories.product_lists import ProductListsRepository
from gateway.engine.catalogue.collections import Collection as ProductCollection
from gateway.engine.catalogue.product_choices import ProductChooser
from gateway.engine.catalogue.product_index import CatalogueRows
from gateway.engine.catalogue.product_selections import (
    Facet,
    OptionCondition,
    ProductFilter,
    ProductSelection,
    ProductSort,
)
from gateway.engine.catalogue.products import Product, Stock, Variant
from gateway.services.catalogue.product_lists import (
    count_products,
    list_facets,
    list_products,
    prepare_lists,
)
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.product_lists import CatalogueChanges, CatalogueRevision, ProductLists
from gateway.services.product_index_cache import MAX_ROUNDS, ProductIndexCache
from gateway.services.product_list_cache import ProductListCache
from tests.adapters.plain_lists import PlainEntry, facets, listed_ids
from tests.adapters.test_product_lists import (
    make_catalogue,
    read_entries,
    save_catalogue,
    selections,
)
from tests.conftest import AnyDatabase, open_test_database

EVERYTHING = ProductSelection(ProductFilter("USD"))
SELECTIONS = (
    EVERYTHING,
    replace(EVERYTHING, filter=ProductFilter("USD", available=True), sort=ProductSort.PRICE_ASC),
    replace(EVERYTHING, filter=ProductFilter("USD", available=False, price_min=1)),
    replace(EVERYTHING, filter=ProductFilter("USD", price_max=450, vendors=("Potter", "potter"))),
    replace(
        EVERYTHING, filter=ProductFilter("EUR", options=(OptionCondition("Size", ("S", "M")),))
    ),
    replace(EVERYTHING, words=("blue",), sort=ProductSort.TITLE),
)


@dataclass(slots=True)
class Process:
    """What one process keeps of the catalogue."""

    database: AnyDatabase
    product_index_cache: ProductIndexCache = field(default_factory=ProductIndexCache)
    product_list_cache: ProductListCache = field(default_factory=ProductListCache)

    def forget_lists(self) -> None:
        """Let all lists be made anew from the index."""
        self.product_list_cache = ProductListCache()


async def list_ids(process: Process, selection: ProductSelection, size: int) -> list[str]:
    """The products of all pages."""
    ids: list[str] = []
    after = None
    while True:
        page = await list_products(selection, size, after, dependencies=process)
        ids += [edge.node.id for edge in page.edges]
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            return ids


async def assert_agrees(
    process: Process, entries: Sequence[PlainEntry], selection: ProductSelection, size: int
) -> None:
    ids = await list_ids(process, selection, size)
    assert ids == listed_ids(entries, selection)
    assert await count_products(selection, dependencies=process) == len(ids)
    expected = tuple(facet for facet in facets(entries, selection) if facet.values)
    assert await list_facets(selection, dependencies=process) == expected


async def load_index_facets(process: Process, selection: ProductSelection) -> tuple[Facet, ...]:
    """The facets of the process's index, which there must be."""
    async with process.database.read() as reading:
        lists = reading.product_lists
        revision = await lists.load_revision()
        index = await process.product_index_cache.load(revision, lists)
    assert index is not None
    return ProductChooser(index).list_facets(selection.filter)


def test_lists_of_the_index_agree_with_a_calculation(database_url: str, clock: ManualClock) -> None:
    """R110: filters, facets, sorting, search and paging."""
    with asyncio.Runner() as runner:
        database = runner.run(open_test_database(database_url, clock))
        entries = runner.run(save_catalogue(database, clock, make_catalogue(3)))
        process = Process(database)

        @settings(max_examples=100, deadline=None)
        @given(selections, st.sampled_from((3, 100)))
        def agree(selection: ProductSelection, size: int) -> None:
            process.forget_lists()
            runner.run(assert_agrees(process, entries, selection, size))

        agree()
        assert runner.run(load_index_facets(process, EVERYTHING))
        runner.run(database.close())


async def test_a_word_is_looked_up_once_whatever_is_sought_beside_it(
    database: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R110: until the catalogue changes."""
    entries = await save_catalogue(database, clock, make_catalogue(3))
    find_with_word, words_sought = ProductListsRepository.find_with_word, []

    async def record(lists: ProductListsRepository, word: str, *, in_title: bool = False) -> int:
        words_sought.append((word, in_title))
        return await find_with_word(lists, word, in_title=in_title)

    monkeypatch.setattr(ProductListsRepository, "find_with_word", record)
    process = Process(database)
    for words in (("blue", "mug"), ("mug",), ("mug", "blue"), ("blue", "zebra", "mug")):
        await assert_agrees(process, entries, replace(EVERYTHING, words=words), 100)
    everywhere = [word for word, in_title in words_sought if not in_title]
    assert everywhere == ["blue", "mug", "zebra"]
    in_titles = [word for word, in_title in words_sought if in_title]
    assert len(in_titles) == len(set(in_titles)) > 0


def test_the_index_follows_what_two_processes_change(database_url: str, clock: ManualClock) -> None:
    """R110: products saved again, prices, and what is sold out."""

    @settings(max_examples=12, deadline=None)
    @given(st.integers(0, 2**32))
    def agree(seed: int) -> None:
        runner.run(_assert_agrees_after_changes(processes, clock, seed))

    with asyncio.Runner() as runner:
        databases = [runner.run(open_test_database(database_url, clock)) for _ in range(2)]
        processes = [Process(database) for database in databases]
        agree()
        for database in databases:
            runner.run(database.close())


async def _assert_agrees_after_changes(
    processes: Sequence[Process], clock: ManualClock, seed: int
) -> None:
    random_numbers = random.Random(seed)  # noqa: S311 - no secret
    catalogue = make_catalogue(seed, 40)
    products = [product for product, _ in catalogue]
    saved_at = clock.now()
    for start in range(0, 40, 8):
        process = random_numbers.choice(processes)
        async with process.database.begin() as work:
            await work.catalogue.save(dict(catalogue[start : start + 8]), saved_at)
    sold = [variant for _, variants in catalogue for variant in variants]
    for _ in range(4):
        process = random_numbers.choice(processes)
        variant = random_numbers.choice(sold)
        async with process.database.begin() as work:
            match random_numbers.randrange(3):
                case 0:
                    await work.stock.reserve(variant.stock_demand(1))
                case 1:
                    await work.stock.release({variant.id: 1})
                case _:
                    await work.catalogue.save_prices(replace(variant, prices={"USD": 7}))
        entries = await read_entries(processes[0].database, products)
        for process in processes:
            for selection in SELECTIONS:
                await assert_agrees(process, entries, selection, 100)


MUG = Product("prd_mug", "mug", "Mug", "Potter", option_names=("Size",))
CUP = Product("prd_cup", "cup", "Cup", "Potter", option_names=("Size",))


def make_variant(product: Product, number: int, size: str) -> Variant:
    return Variant(
        f"var_{number}", product.id, "", "", {"USD": number}, stock=Stock(1), option_values=(size,)
    )


async def save_two(database: AnyDatabase, clock: ManualClock) -> None:
    async with database.begin() as work:
        await work.catalogue.save(
            {MUG: [make_variant(MUG, 1, "S"), make_variant(MUG, 2, "M")], CUP: []}, clock.now()
        )


def counts(listed: Sequence[Facet], name: str) -> dict[str, int]:
    return {
        value.value: value.count for facet in listed if facet.name == name for value in facet.values
    }


async def test_a_variant_that_goes_to_another_product_is_counted_there(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    process = Process(databases)
    await save_two(databases, clock)
    cheap = replace(EVERYTHING, filter=ProductFilter("USD", price_max=1))
    assert await list_ids(process, cheap, 9) == [MUG.id]
    async with databases.begin() as work:
        await work.catalogue.save({CUP: [make_variant(CUP, 1, "S")]}, clock.now())
    assert await list_ids(process, cheap, 9) == [CUP.id]
    assert counts(await list_facets(cheap, dependencies=process), "Size") == {"S": 1}


async def test_the_products_of_a_collection_are_chosen_and_counted(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    process = Process(databases)
    await save_two(databases, clock)
    async with databases.begin() as work:
        await work.collections.save([ListedCollection(ProductCollection("col_1", "c", "C"), 0)])
        await work.collections.pick_products({"col_1": [CUP.id]})
    in_collection = replace(
        EVERYTHING, collection_id="col_1", filter=ProductFilter("USD", vendors=("Potter",))
    )
    assert await list_ids(process, in_collection, 9) == [CUP.id]
    async with databases.begin() as work:
        await work.collections.pick_products({"col_1": [CUP.id, MUG.id]})
    assert await list_ids(process, in_collection, 9) == [CUP.id, MUG.id]
    with_words = replace(in_collection, words=("mug",))
    assert await list_ids(process, with_words, 9) == [MUG.id]
    facets = await list_facets(with_words, dependencies=process)
    assert counts(facets, "Size") == {"S": 1, "M": 1}


@pytest.mark.parametrize("change", ["by a release that tells nothing", "of very many", "long ago"])
async def test_where_it_is_not_known_what_changed_all_is_read_again(
    databases: AnyDatabase, clock: ManualClock, change: str
) -> None:
    process = Process(databases)
    await save_two(databases, clock)
    assert counts(await load_index_facets(process, EVERYTHING), "vendor") == {"Potter": 2}
    async with databases.begin() as work:
        await work.catalogue.save({replace(CUP, vendor="Smith"): []}, clock.now())
    async with databases.begin() as work:
        session = work.catalogue._session
        if change == "by a release that tells nothing":
            await bump_revision(session, (), content=True, availability=False)
            await bump_revision(
                session, range(MAX_CHANGED_PLACES + 1), content=True, availability=False
            )
            await bump_revision(session, (), content=True, availability=False)
        elif change == "of very many":
            await bump_revision(
                session, range(MAX_CHANGED_PLACES + 1), content=True, availability=True
            )
        else:
            for _ in range(KEPT_REVISIONS + 1):
                await bump_revision(session, (), content=True, availability=False)
    async with databases.read() as reading:
        revision = await reading.product_lists.load_revision()
        assert await reading.product_lists.load_changes(1) is None
        assert await reading.product_lists.load_changes(revision.number + 1) is None
        assert await reading.product_lists.load_changes(revision.number) == CatalogueChanges(
            revision.number, frozenset()
        )
    facets = await load_index_facets(process, EVERYTHING)
    assert counts(facets, "vendor") == {"Potter": 1, "Smith": 1}


class ChangingLists:
    """Lists of a catalogue that somebody else saves so many times while it is read."""

    def __init__(self, lists: ProductLists, saves: int) -> None:
        self._lists = lists
        self._revision = 1
        self._saves = saves
        self.reads: list[frozenset[int] | None] = []

    async def load_revision(self) -> CatalogueRevision:
        return CatalogueRevision(self._revision, 0)

    async def load_changes(self, number: int) -> CatalogueChanges | None:
        return CatalogueChanges(self._revision, frozenset({0} if number < self._revision else ()))

    async def load_rows(self, places: Collection[int] | None) -> CatalogueRows | None:
        self.reads.append(None if places is None else frozenset(places))
        if self._saves:
            self._saves -= 1
            self._revision += 1
        return await self._lists.load_rows(places)


@pytest.mark.parametrize(
    ("saves", "reads"),
    [
        (0, [None]),
        (1, [None, {0}]),
        (MAX_ROUNDS - 1, [None, *[{0}] * (MAX_ROUNDS - 1)]),
        (MAX_ROUNDS, [None, *[{0}] * (MAX_ROUNDS - 1)]),
    ],
)
async def test_an_index_is_given_only_if_nothing_was_saved_while_it_was_read(
    databases: AnyDatabase,
    clock: ManualClock,
    saves: int,
    reads: list[set[int] | None],
) -> None:
    await save_two(databases, clock)
    async with databases.read() as reading:
        lists = ChangingLists(reading.product_lists, saves)
        index = await ProductIndexCache().load(CatalogueRevision(1, 0), lists)  # type: ignore[arg-type]
    assert lists.reads == reads
    assert (index is None) is (saves == MAX_ROUNDS)


async def test_without_an_index_the_database_makes_the_lists(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R110: where there are more values than it takes."""
    monkeypatch.setattr("gateway.adapters.repositories.product_index_rows.MAX_VALUES", 1)
    entries = await save_catalogue(databases, clock, make_catalogue(4))
    process = Process(databases)
    for selection in SELECTIONS:
        await assert_agrees(process, entries, selection, 100)
    async with databases.read() as reading:
        revision = await reading.product_lists.load_revision()
        assert await process.product_index_cache.load(revision, reading.product_lists) is None


async def test_lists_that_were_prepared_read_only_what_has_changed(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R110: the first who asks for a list does not wait for the whole catalogue."""
    await save_two(databases, clock)
    process = Process(databases)
    await prepare_lists(dependencies=process)
    async with databases.begin() as work:
        await work.catalogue.save({replace(CUP, vendor="Smith"): []}, clock.now())
    monkeypatch.delattr("gateway.adapters.repositories.product_lists.load_all_rows")
    listed = await list_facets(EVERYTHING, dependencies=process)
    assert counts(listed, "vendor") == {"Potter": 1, "Smith": 1}
