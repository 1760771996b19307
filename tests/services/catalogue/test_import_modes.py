"""R111: dry runs, all or nothing, complete files, bundles, collections, interrupted imports."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.rules.files import from_yaml
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.catalogue.import_changes import NEW_PRODUCT, NOT_SOLD, ChangedCell
from gateway.engine.catalogue.product_rows import IgnoredCell
from gateway.engine.catalogue.products import Stock, Variant
from gateway.services.catalogue import product_import
from gateway.services.catalogue.import_report import ImportSummary
from gateway.services.catalogue.product_import import (
    ImportDependencies,
    ProductImportOptions,
    RowsRefused,
    import_products,
)
from tests.conftest import AnyDatabase
from tests.services.catalogue.imports import (
    EUR,
    USD,
    RecordedImport,
    import_text,
    load_listings,
    open_product_text,
)
from tests.shelves import CALIFORNIA
from tests.store import Store, require_order

PLAIN = ProductImportOptions(USD)
DRY = ProductImportOptions(USD, is_dry_run=True)
ALL_OR_NOTHING = ProductImportOptions(USD, all_or_nothing=True)
COMPLETE = ProductImportOptions(USD, completes=True)
SIZES = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Collection
shirt,Shirt,Size,S,S,10,Clothes
shirt,,,M,M,11,
cup,Cup,Title,Default Title,CUP,5,
"""


async def load_variants(database: AnyDatabase) -> dict[str, Variant]:
    """All listed variants of listed products by SKU."""
    listings = await load_listings(database)
    return {variant.sku: variant for _, variants in listings.values() for variant in variants}


# -- dry runs


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    dry = await import_text(databases, clock, SIZES, options=DRY)
    new = (ChangedCell(2, NEW_PRODUCT), ChangedCell(4, NEW_PRODUCT))
    assert (dry.summary, dry.changed_cells) == (ImportSummary(2, 3, 2, is_saved=False), new)
    assert await load_listings(databases) == {}
    async with databases.read() as reading:
        assert await reading.collections.list_collections(10, None) == ()
    saved = await import_text(databases, clock, SIZES)
    assert (saved.summary, saved.changed_cells) == (ImportSummary(2, 3, 2), new)
    before = await load_listings(databases)
    dearer = SIZES.replace("11", "12").replace("cup,Cup", "cup,Mug").replace(",Clothes", ",New")
    again = await import_text(databases, clock, dearer, options=DRY)
    changes = (
        ChangedCell(3, "Variant Price"),
        ChangedCell(2, "Collection"),
        ChangedCell(4, "Title"),
    )
    assert again.changed_cells == changes
    assert await load_listings(databases) == before
    assert (await import_text(databases, clock, dearer)).changed_cells == changes
    assert (await import_text(databases, clock, dearer, options=DRY)).changed_cells == ()


async def test_a_dry_run_refuses_what_an_import_refuses(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Bundles of components that are new in the same file among them."""
    text = (
        "Handle,Title,Variant SKU,Variant Price,Bundle Parts\n"
        "set,Set,SET,20,CUP*2;JUG\nbox,Box,BOX,20,SET;NONE\ncup,Cup,CUP,5,\njug,Jug,JUG,5,\n"
    )
    reasons = [(3, "Bundle Parts: no variant has the SKU 'NONE'")]
    assert (await import_text(databases, clock, text, options=DRY)).reasons == reasons
    assert await load_listings(databases) == {}
    assert (await import_text(databases, clock, text)).reasons == reasons
    assert list(await load_variants(databases)) == ["CUP", "JUG", "SET"]
    turned = (
        "Handle,Variant SKU,Bundle Parts\nset,SET,\njug,JUG,SET\n"  # what was a bundle is in one
    )
    dry = await import_text(databases, clock, turned, options=DRY)
    assert (dry.reasons, dry.columns) == ([], ["Bundle Parts"] * 2)
    assert (await import_text(databases, clock, turned)).reasons == []


# -- all or nothing


async def test_all_or_nothing(databases: AnyDatabase, clock: ManualClock) -> None:
    bad = SIZES + "mug,Mug,Title,Default Title,MUG,free,\n"
    refused = await import_text(databases, clock, bad, options=ALL_OR_NOTHING)
    assert refused.summary == ImportSummary(2, 3, 2, 1, is_saved=False)
    assert (refused.changed_cells, [line for line, _ in refused.reasons]) == ((), [5])
    assert await load_listings(databases) == {}
    good = await import_text(databases, clock, SIZES, options=ALL_OR_NOTHING)
    assert good.summary == ImportSummary(2, 3, 2)
    assert [step for step, _, _ in good.steps] == ["Checking"] * 2 + ["Saving"] * 2
    assert list(await load_listings(databases)) == ["shirt", "cup"]


async def test_all_or_nothing_where_the_catalogue_changes_meanwhile(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the check has found possible is refused then: nothing is kept."""
    await import_text(databases, clock, SIZES)
    check = product_import._import_all
    dearer = SIZES.replace("cup,Cup", "jug,Jug").replace("10", "12").replace("M,M", "XL,M")

    async def change_after_check(*arguments: object, **options: object) -> ImportSummary:
        summary = await check(*arguments, **options)  # type: ignore[arg-type]
        if not summary.is_saved:
            await import_text(databases, clock, "Handle,Option1 Value,SKU,Price\nshirt,XL,L,1\n")
        return summary

    monkeypatch.setattr(product_import, "_import_all", change_after_check)
    with pytest.raises(RowsRefused):
        await import_text(databases, clock, dearer, options=ALL_OR_NOTHING)
    listings = await load_listings(databases)
    assert list(listings) == ["shirt", "cup"]
    assert [variant.price("USD") for variant in listings["shirt"][1]] == [1000, 1100, 100]


# -- complete files


async def test_complete_files(databases: AnyDatabase, clock: ManualClock) -> None:
    """What the file does not name of its products is sold no longer; other products stay."""
    await import_text(databases, clock, SIZES)
    partial = "Handle,Option1 Value,Variant Price\nshirt,M,12\n"
    assert (await import_text(databases, clock, partial)).columns == ["Variant Price"]
    assert sorted(await load_variants(databases)) == ["CUP", "M", "S"]
    report = await import_text(databases, clock, partial, options=COMPLETE)
    assert report.changed_cells == (ChangedCell(2, NOT_SOLD),)
    assert sorted(await load_variants(databases)) == ["CUP", "M"]
    assert (await import_text(databases, clock, partial, options=COMPLETE)).changed_cells == ()


async def test_a_file_about_products_only(databases: AnyDatabase, clock: ManualClock) -> None:
    """Titles and tags are changed whatever variants there are, in a complete file, too."""
    await import_text(databases, clock, SIZES)
    before = await load_variants(databases)
    for header in ("Handle,Title,Tags", "Handle,Title,Tags,Variant Price,Option1 Value"):
        text = f"{header}\nshirt,Blouse,{len(header)}\ncup,Mug,{len(header)}\n"
        report = await import_text(databases, clock, text, options=COMPLETE)
        assert (report.reasons, set(report.columns)) in (
            ([], {"Title", "Tags"}),
            ([], {"Tags"}),
        )
    after = await load_variants(databases)
    assert [after[sku].title for sku in ("S", "M", "CUP")] == ["Blouse, S", "Blouse, M", "Mug"]
    assert {sku: each.prices for sku, each in after.items()} == {
        sku: each.prices for sku, each in before.items()
    }
    new = await import_text(databases, clock, "Handle,Title\njug,Jug\n")
    assert new.reasons == [(2, "Variant Price is missing")]


# -- bundles, tax tables, days to ship


FURNITURE = """Handle,Title,Variant SKU,Variant Price,Bundle Parts,Ships In Days,Backorder Days
set,Dining set,SET,100,TABLE@300; CHAIR*4@80,,
house,Whole house,HOUSE,50,SET*2; LAMP,,
table,Table,TABLE,400,,3,30
chair,Chair,CHAIR,99,,1,20
lamp,Lamp,LAMP,30,,,
"""


async def test_bundles_of_bundles_by_sku(databases: AnyDatabase, clock: ManualClock) -> None:
    report = await import_text(databases, clock, FURNITURE)
    assert (report.reasons, report.summary) == ([], ImportSummary(5, 5, 5))
    variants = await load_variants(databases)
    house, dining_set = variants["HOUSE"], variants["SET"]
    assert dining_set.price("USD") == 10000 + 30000 + 4 * 8000
    assert house.price("USD") == 5000 + 2 * (30000 + 4 * 8000)
    assert house.stock_demand(1) == {
        house.id: 1,
        dining_set.id: 2,
        variants["TABLE"].id: 2,
        variants["CHAIR"].id: 8,
        variants["LAMP"].id: 1,
    }
    assert (dining_set.days_to_ship(1), variants["CHAIR"].stock) == (3, Stock(None, False, 1, 20))  # noqa: FBT003
    assert (await import_text(databases, clock, FURNITURE)).changed_cells == ()
    cheaper = FURNITURE.replace("CHAIR*4@80", "CHAIR*6@70")
    assert (await import_text(databases, clock, cheaper)).changed_cells == (
        ChangedCell(2, "Bundle Parts"),
    )
    variants = await load_variants(databases)
    assert [each.quantity for each in variants["SET"].components] == [1, 6]
    in_euros = await import_text(databases, clock, FURNITURE, EUR)
    assert "Bundle Parts" in in_euros.columns
    prices = (await load_variants(databases))["SET"].components[1].prices
    assert prices == {"USD": 7000, "EUR": 8000}
    loose = await import_text(databases, clock, "Handle,SKU,Bundle Parts\nset,SET,\n")
    assert loose.changed_cells == (ChangedCell(2, "Bundle Parts"),)
    assert (await load_variants(databases))["SET"].components == ()


async def test_days_to_ship_are_changed_without_the_stock(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    stocked = FURNITURE.replace("Backorder Days", "Backorder Days,Variant Inventory Qty")
    await import_text(databases, clock, stocked.replace("1,20", "1,20,7"))
    later = "Handle,Backorder Days,Variant Inventory Qty\nchair,40,5\n"
    assert (await import_text(databases, clock, later)).columns == ["Backorder Days"]
    assert (await load_variants(databases))["CHAIR"].stock == Stock(7, False, 1, 40)  # noqa: FBT003


async def test_loops_of_bundles_are_refused_and_others_imported(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await import_text(databases, clock, FURNITURE)
    before = await load_variants(databases)
    text = (
        "Handle,Title,SKU,Price,Bundle Parts\n"
        "a,A,A,1,B\nb,B,B,1,A*2\nlamp,Lamp,LAMP,35,HOUSE\nc,C,C,1,LAMP\nrug,Rug,RUG,9,\n"
    )
    report = await import_text(databases, clock, text)
    loop = "Bundle Parts: bundles that contain each other: "
    assert report.reasons == [
        (2, f"{loop}A > B > A"),
        (3, f"{loop}B > A > B"),
        (4, f"{loop}LAMP > LAMP"),
        (5, f"{loop}LAMP > LAMP"),
    ]
    variants = await load_variants(databases)
    assert variants.keys() - before.keys() == {"RUG"}
    assert {sku: variants[sku] for sku in before} == before


async def test_a_pack_of_the_same_product(databases: AnyDatabase, clock: ManualClock) -> None:
    """And a product that a refused bundle belongs to is refused whole, with what needs it."""
    text = (
        "Handle,Title,Option1 Name,Option1 Value,SKU,Price,Bundle Parts\n"
        "tea,Tea,Pack,One,T1,5,\ntea,,,Six,T6,25,T1*6\n"
        "nut,Nut,Pack,One,N1,5,\nnut,,,Six,N6,25,N1*6;NONE\nmix,Mix,,,MIX,9,N1;T1\n"
    )
    report = await import_text(databases, clock, text)
    missing = "Bundle Parts: no variant has the SKU "
    assert report.reasons == [(5, f"{missing}'NONE'"), (6, f"{missing}'N1'")]
    variants = await load_variants(databases)
    assert sorted(variants) == ["T1", "T6"]
    assert variants["T6"].components[0].variant == variants["T1"]


async def test_tax_tables_are_those_of_the_rules(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    text = "Handle,Title,Variant Price,Tax Table\nmug,Mug,1,Exempt\n"
    report = await import_text(databases, clock, text)
    reason = "Tax Table 'Exempt' is no alternate table: the rules have no alternate table"
    assert report.reasons == [(2, reason)]
    rules = from_yaml("tax: {default: {rules: []}, alternates: {exempt: {standalone: true}}}")
    async with databases.begin() as work:
        await work.rule_sets.add("rul_1", rules, clock.now().date(), clock.now())
    assert (await import_text(databases, clock, text)).reasons == []
    _, (mug,) = (await load_listings(databases))["mug"]
    assert mug.tax_table == "exempt"
    emptied = await import_text(databases, clock, text.replace("Exempt", ""))
    assert emptied.columns == ["Tax Table"]


# -- collections


async def test_products_are_put_into_collections(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await import_text(databases, clock, SIZES)
    listings = await load_listings(databases)
    shirt, cup = listings["shirt"][0].id, listings["cup"][0].id
    async with databases.read() as reading:
        (clothes,) = await reading.collections.find_by_title(["Clothes"])
        assert (await reading.collections.load_product_ids([clothes.id]))[clothes.id] == (shirt,)
    both = "Handle,Collection\nshirt,CLOTHES\ncup,Clothes\n"
    assert (await import_text(databases, clock, both)).changed_cells == (
        ChangedCell(3, "Collection"),
    )
    async with databases.read() as reading:
        assert (await reading.collections.load_product_ids([clothes.id]))[clothes.id] == (
            shirt,
            cup,
        )
    # An empty cell takes a product out of none.
    emptied = await import_text(databases, clock, "Handle,Collection\nshirt,\n")
    assert emptied.changed_cells == ()


# -- files in disorder


async def test_rows_of_a_product_may_stand_apart(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    header, small, medium, cup = SIZES.splitlines()
    await import_text(databases, clock, f"{header}\n{small}\n{cup}\n{medium}")
    listings = await load_listings(databases)
    assert [variant.sku for variant in listings["shirt"][1]] == ["S", "M"]


# -- interrupted, and beside purchases


def many_products(count: int, price: int) -> str:
    rows = (f"p{number},P{number},SKU-{number},{price}\n" for number in range(count))
    return f"Handle,Title,Variant SKU,Variant Price\n{''.join(rows)}"


class Interrupted(Exception):
    """The import ends here."""


async def test_an_interrupted_import_is_completed_by_another(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Batches that were saved stay whole, and are left as they are."""

    class Interrupting(RecordedImport):
        def show_progress(self, step: str, done: int, total: int) -> None:
            super().show_progress(step, done, total)
            if done >= 400:
                raise Interrupted

    with pytest.raises(Interrupted):
        await import_products(
            open_product_text(many_products(900, 5)),
            PLAIN,
            dependencies=ImportDependencies(databases, RandomIds(), clock, Nh3HtmlSanitizer()),
            recorder=Interrupting(),
        )
    saved = await import_text(databases, clock, many_products(900, 5), options=DRY)
    assert (saved.summary.products, saved.summary.changed_products) == (900, 500)
    assert (await import_text(databases, clock, many_products(900, 5))).columns == (
        [NEW_PRODUCT] * 500
    )
    assert (await import_text(databases, clock, many_products(900, 5))).columns == []


async def test_purchases_go_on_during_an_import(databases: AnyDatabase, clock: ManualClock) -> None:
    """Each waits for a batch at most, and none fails."""
    store = await Store.open(databases, clock)
    stocked = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\nmug,Mug,MUG-7,10,99\n"
    await import_text(databases, clock, stocked)
    _, (mug,) = (await load_listings(databases))["mug"]
    carts = [await store.create_cart([(mug, 1)], CALIFORNIA) for _ in range(6)]
    importing = asyncio.create_task(import_text(databases, clock, many_products(3_000, 5)))
    were_running = []
    for cart in carts:
        outcome = await store.check_out_as_guest(cart, expected_total=Decimal(99))
        assert require_order(outcome).status == "OPEN"
        were_running.append(not importing.done())
    assert were_running[0]
    report = await importing
    assert report.summary == ImportSummary(3000, 3000, 3000)
    _, (sold,) = (await load_listings(databases))["mug"]
    assert sold == replace(mug, stock=Stock(93))


async def test_what_is_not_above_the_price_is_kept_and_told(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    text = "Handle,Title,Price,Compare-at price\nmug,Mug,10,{}\n"
    report = await import_text(databases, clock, text.format(10))
    reason = "it is not above the price, so that it is kept and not shown"
    assert report.ignored_cells == (IgnoredCell(2, "Variant Compare At Price", reason),)
    assert (await import_text(databases, clock, text.format(12))).ignored_cells == ()
    _, (mug,) = (await load_listings(databases))["mug"]
    assert mug.compare_at_price("USD") == 1200
    emptied = await import_text(databases, clock, text.format(""))
    assert emptied.columns == ["Variant Compare At Price"]
