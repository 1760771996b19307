"""Importing products: each whole or not at all, and all of a file in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from gateway.engine.catalogue import Product, Variant
from gateway.engine.money import Currency
from gateway.engine.product_lines import DraftProduct, DraftVariant, Line, RefusedLine, drafts
from gateway.services.ports.catalogue import Catalogue, KnownVariant
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import Ids

AT_ONCE = 500
"""Products saved by one round of statements."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How much was imported, and the rows that were not."""

    products: int
    variants: int
    refused: tuple[RefusedLine, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue holds of some products already."""

    products: Mapping[str, str]
    skus: Mapping[str, KnownVariant]
    variants: Mapping[str, Variant]


async def import_products(
    lines: Iterable[Line],
    currency: Currency,
    *,
    database: Database,
    ids: Ids,
    clock: Clock,
    saved: Callable[[int, int], None],
) -> ImportReport:
    """Add or update the products of ``lines``, by their handles and SKUs.

    ``saved`` is told how many products are done, of how many.
    """
    found = drafts(lines, currency)
    refused = list(found.refused)
    products = variants = done = 0
    async with database.begin() as work:
        for some in _batches(found.products):
            known = await _known(some, work.catalogue)
            usable, others = _sorted_out(some, known)
            refused += others
            stocked = dict(_stocked(draft, known, currency, ids) for draft in usable)
            await _save(stocked, work.catalogue, clock.now())
            products += len(stocked)
            variants += sum(map(len, stocked.values()))
            done += len(some)
            saved(done, len(found.products))
    refused.sort(key=lambda each: each.number)
    return ImportReport(products, variants, tuple(refused))


def _batches(products: Sequence[DraftProduct]) -> Iterator[tuple[DraftProduct, ...]]:
    remaining = iter(products)
    while some := tuple(islice(remaining, AT_ONCE)):
        yield some


async def _known(products: Sequence[DraftProduct], catalogue: Catalogue) -> Known:
    skus = await catalogue.known_by_sku(
        [variant.sku for product in products for variant in product.variants]
    )
    return Known(
        products=await catalogue.ids_by_handle([each.handle for each in products]),
        skus=skus,
        variants=await catalogue.variants([each.variant_id for each in skus.values()]),
    )


async def _save(
    stocked: Mapping[Product, Sequence[Variant]], catalogue: Catalogue, now: datetime
) -> None:
    if stocked:
        await catalogue.save(stocked, now)


def _sorted_out(
    products: Iterable[DraftProduct], known: Known
) -> tuple[list[DraftProduct], list[RefusedLine]]:
    """The products that can be saved, and the lines whose SKU is another product's."""
    usable: list[DraftProduct] = []
    refused: list[RefusedLine] = []
    for product in products:
        taken = [each for each in product.variants if _is_taken(product, each, known)]
        refused += [
            RefusedLine(each.line, product.handle, f"the SKU {each.sku} is another product's")
            for each in taken
        ]
        if not taken:
            usable.append(product)
    return usable, refused


def _is_taken(product: DraftProduct, variant: DraftVariant, known: Known) -> bool:
    owner = known.skus.get(variant.sku)
    return owner is not None and owner.product_id != known.products.get(product.handle)


def _stocked(
    draft: DraftProduct, known: Known, currency: Currency, ids: Ids
) -> tuple[Product, tuple[Variant, ...]]:
    product = Product(
        id=known.products.get(draft.handle) or ids.new("prd"),
        handle=draft.handle,
        title=draft.title,
        vendor=draft.vendor,
        description=draft.description,
        listed=draft.listed,
    )
    return product, tuple(
        _variant(each, _present(each, product, known, ids), draft.category, currency)
        for each in draft.variants
    )


def _present(draft: DraftVariant, product: Product, known: Known, ids: Ids) -> Variant:
    """The variant as it is known, or a new one."""
    owner = known.skus.get(draft.sku)
    if owner is not None:
        return known.variants[owner.variant_id]
    return Variant(ids.new("var"), product.id, draft.sku, draft.title, {})


def _variant(
    draft: DraftVariant, present: Variant, category: str | None, currency: Currency
) -> Variant:
    """``present`` as the file has it; what a file does not tell stays as it is."""
    stock = replace(draft.stock, ships_in_days=present.stock.ships_in_days)
    return replace(
        present,
        title=draft.title,
        prices={**present.prices, currency.code: draft.price},
        tax_category=category,
        grams=draft.grams,
        tags=draft.tags,
        stock=replace(stock, backorder_days=present.stock.backorder_days),
        listed=True,
    )
