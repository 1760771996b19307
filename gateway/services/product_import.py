"""Importing products: each whole or not at all, and all of a file in one transaction.

A file changes what its columns name and nothing else. Stock is counted by the orders: of variants
that are there it is set only where the import is told to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from gateway.engine.catalogue import Product, Variant
from gateway.engine.money import Currency
from gateway.engine.product_cells import Line
from gateway.engine.product_changes import ChangedCell, changes
from gateway.engine.product_lines import DraftProduct, IgnoredCell, RefusedLine, drafts
from gateway.engine.product_matching import Conditions, Merged, Present, merged, shared_skus
from gateway.services.ports.catalogue import Catalogue, Restock
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import Ids

AT_ONCE = 500
"""Products saved by one round of statements."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How much was taken, what of it changed something, and what was refused or ignored."""

    products: int = 0
    variants: int = 0
    refused: tuple[RefusedLine, ...] = ()
    changed: tuple[ChangedCell, ...] = ()
    ignored: tuple[IgnoredCell, ...] = ()

    def joined(self, more: "ImportReport") -> "ImportReport":
        """Both together, each list by lines."""
        return ImportReport(
            self.products + more.products,
            self.variants + more.variants,
            tuple(sorted((*self.refused, *more.refused), key=lambda each: each.number)),
            (*self.changed, *more.changed),
            (*self.ignored, *more.ignored),
        )


@dataclass(frozen=True, slots=True)
class Importing:
    """An import on its way: the catalogue, how the file is taken, and what becomes of stock."""

    catalogue: Catalogue
    ids: Ids
    conditions: Conditions
    repeated: frozenset[str]
    restocks: dict[str, Restock] = field(default_factory=dict)


async def import_products(
    lines: Iterable[Line],
    currency: Currency,
    *,
    database: Database,
    ids: Ids,
    clock: Clock,
    saved: Callable[[int, int], None],
    sets_stock: bool = False,
    ignored: Sequence[IgnoredCell] = (),
) -> ImportReport:
    """Add or update the products of ``lines``, by their handles, SKUs and options.

    ``saved`` is told how many products are done, of how many; ``ignored`` is what reading the file
    left aside. Without ``sets_stock`` the stock of variants that are there is left alone.
    """
    found = drafts(lines, currency)
    report = ImportReport(refused=found.refused, ignored=(*ignored, *found.ignored))
    done = 0
    on = Conditions(currency.code, sets_stock)
    repeated = shared_skus(found.products, {}, {})
    async with database.begin() as work:
        importing = Importing(work.catalogue, ids, on, repeated)
        for some in _batches(found.products):
            report = report.joined(await _imported(some, importing, clock))
            done += len(some)
            saved(done, len(found.products))
        # At the end and in one order: purchases wait for these rows, and this for theirs.
        await work.catalogue.restock(importing.restocks)
    return replace(report, ignored=tuple(sorted(report.ignored, key=lambda each: each.number)))


def _batches(products: Sequence[DraftProduct]) -> Iterator[tuple[DraftProduct, ...]]:
    remaining = iter(products)
    while some := tuple(islice(remaining, AT_ONCE)):
        yield some


async def _imported(
    some: Sequence[DraftProduct], importing: Importing, clock: Clock
) -> ImportReport:
    present, shared = await _present(some, importing.catalogue)
    on = replace(importing.conditions, shared=importing.repeated | shared)
    report = ImportReport()
    saving: dict[Product, tuple[Variant, ...]] = {}
    for draft in some:
        was = present.get(draft.handle)
        made = merged(draft, was, on)
        report = _noted(report, draft, was, made)
        if not made.refused and (was is None or changes(draft, was, made)):
            product, variants = _with_ids(made, importing.ids)
            saving[product] = variants
            importing.restocks.update(_restocks(made, sets=on.sets_stock))
    if saving:
        known = {each.id for was in present.values() for each in was.variants}
        new = {each.id for those in saving.values() for each in those} - known
        await importing.catalogue.save(saving, clock.now(), stock_of=new)
    return report


def _noted(
    report: ImportReport, draft: DraftProduct, was: Present | None, made: Merged
) -> ImportReport:
    if made.refused:
        return report.joined(ImportReport(refused=made.refused))
    changed = changes(draft, was, made)
    return report.joined(ImportReport(1, len(draft.variants), (), changed, made.ignored))


async def _present(
    some: Sequence[DraftProduct], catalogue: Catalogue
) -> tuple[Mapping[str, Present], frozenset[str]]:
    """The products that are there, by their handles; and the SKUs that are not of one variant."""
    ids = await catalogue.ids_by_handle([each.handle for each in some])
    products = await catalogue.products(list(ids.values()))
    variants = await catalogue.all_variants_of(list(ids.values()))
    holders = await catalogue.holders(
        [row.sku for draft in some for row in draft.variants if row.sku]
    )
    present = {handle: Present(products[id], variants.get(id, ())) for handle, id in ids.items()}
    return present, shared_skus(some, ids, holders)


def _with_ids(made: Merged, ids: Ids) -> tuple[Product, tuple[Variant, ...]]:
    product = made.product if made.product.id else replace(made.product, id=ids.new("prd"))
    return product, tuple(
        each.variant
        if each.variant.id
        else replace(each.variant, id=ids.new("var"), product_id=product.id)
        for each in made.matched
    )


def _restocks(made: Merged, *, sets: bool) -> Iterator[tuple[str, Restock]]:
    """What changes of the stock of variants that are there."""
    for each in made.matched:
        was, now = each.before, each.variant.stock
        if was is not None and was.stock != now:
            counted = sets and was.stock.available != now.available
            yield was.id, Restock(now.backorder, counted, now.available)
