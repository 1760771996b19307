"""The catalogue in tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import BigInteger, Boolean, bindparam, case, delete, func, select, update

from gateway.adapters.instants import microseconds
from gateway.adapters.repositories.catalogue_rows import (
    ProductTuple,
    VariantTuple,
    folded_words,
    is_bundle,
    part_rows,
    prices_of,
    product_of,
    product_row,
    stock_row,
    variant_of,
    variant_row,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Insert, Statement, Value, insert, table, within
from gateway.adapters.tables.catalogue import (
    LISTED,
    BundlePartRow,
    ProductRow,
    StockRow,
    VariantRow,
)
from gateway.engine.catalogue import Part, Product, Variant
from gateway.services.ports.catalogue import KnownVariant, ListedProduct, Restock

products = table(ProductRow)
variants = table(VariantRow)
stock = table(StockRow)
bundle_parts = table(BundlePartRow)

PRODUCT = [
    products.c.id,
    products.c.handle,
    products.c.title,
    products.c.vendor,
    products.c.description,
    products.c.listed,
]
PRODUCTS: Statement[ProductTuple] = Statement(select(*PRODUCT).where(within(products.c.id, "ids")))
PAGE = (
    select(products.c.place, *PRODUCT)
    .where(LISTED, products.c.place > bindparam("after"))
    .order_by(products.c.place)
    .limit(bindparam("count"))
)
LISTING: Statement[tuple[int, str, str, str, str, str, int]] = Statement(PAGE)
SEARCH: Statement[tuple[int, str, str, str, str, str, int]] = Statement(
    PAGE.where(products.c.words.like(bindparam("pattern"), escape="\\"))
)

VARIANT = [
    variants.c.id,
    variants.c.product_id,
    variants.c.sku,
    variants.c.title,
    variants.c.prices,
    variants.c.tax_table,
    variants.c.tax_category,
    variants.c.grams,
    variants.c.tags,
    variants.c.discountable,
    variants.c.listed,
    variants.c.bundle,
    stock.c.available,
    stock.c.backorder,
    stock.c.ships_in_days,
    stock.c.backorder_days,
    variants.c.options,
]
STOCKED = variants.join(stock, stock.c.variant_id == variants.c.id)
VARIANTS: Statement[VariantTuple] = Statement(
    select(*VARIANT).select_from(STOCKED).where(within(variants.c.id, "ids"))
)
VARIANTS_OF: Statement[VariantTuple] = Statement(
    select(*VARIANT)
    .select_from(STOCKED)
    .where(within(variants.c.product_id, "ids"), variants.c.listed)
    .order_by(variants.c.product_id, variants.c.place, variants.c.id)
)
ALL_VARIANTS_OF: Statement[VariantTuple] = Statement(
    select(*VARIANT)
    .select_from(STOCKED)
    .where(within(variants.c.product_id, "ids"))
    .order_by(variants.c.product_id, variants.c.place, variants.c.id)
)
PARTS = Statement(
    select(bundle_parts.c.bundle_id, bundle_parts.c.quantity, bundle_parts.c.prices, *VARIANT)
    .select_from(STOCKED.join(bundle_parts, bundle_parts.c.variant_id == variants.c.id))
    .where(within(bundle_parts.c.bundle_id, "ids"))
    .order_by(bundle_parts.c.bundle_id, bundle_parts.c.place)
)

FIRST: Statement[tuple[str]] = Statement(select(products.c.id).limit(1))
LAST_PLACE: Statement[tuple[int | None]] = Statement(select(func.max(products.c.place)))
BY_HANDLE: Statement[tuple[str, str]] = Statement(
    select(products.c.handle, products.c.id).where(within(products.c.handle, "handles"))
)
BY_SKU: Statement[tuple[str, str, str]] = Statement(
    select(variants.c.sku, variants.c.id, variants.c.product_id).where(
        within(variants.c.sku, "skus")
    )
)


def _replacing(into: Insert, key: str, kept: Iterable[str] = ()) -> Insert:
    """``into``, replacing the row with the same ``key`` but for the columns ``kept``."""
    columns = into.excluded
    changes = {each.name: each for each in columns if each.name not in {key, *kept}}
    return into.on_conflict_do_update(index_elements=[key], set_=changes)


SAVE_PRODUCT = Statement(_replacing(insert(products), "id", ["place", "created_at"]))
SAVE_VARIANT = Statement(_replacing(insert(variants), "id"))
SAVE_STOCK = Statement(_replacing(insert(stock), "variant_id"))
# As purchases do: in the order of the ids, so that an import and a purchase wait, no more.
LOCK_STOCK: Statement[tuple[str]] = Statement(
    select(stock.c.variant_id)
    .where(within(stock.c.variant_id, "ids"))
    .order_by(stock.c.variant_id)
    .with_for_update()
)
RESTOCK = Statement(
    update(stock)
    .values(
        backorder=bindparam("beyond", type_=Boolean),
        available=case(
            (bindparam("counted", type_=Boolean), bindparam("count", type_=BigInteger)),
            else_=stock.c.available,
        ),
    )
    .where(stock.c.variant_id == bindparam("id"))
)
DROP_PARTS = Statement(delete(bundle_parts).where(within(bundle_parts.c.bundle_id, "ids")))
ADD_PART = Statement(insert(bundle_parts))
UNLIST = Statement(
    update(variants)
    .where(within(variants.c.product_id, "products"), ~within(variants.c.id, "kept"))
    .values(listed=False)
)


class CatalogueRepository:
    """Products and variants."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def variants(self, ids: Sequence[str]) -> dict[str, Variant]:
        """The variants with these ids, whole; unknown ids are left out."""
        rows = await self._session.all(VARIANTS, ids=ids)
        return {each.id: each for each in await self._whole(rows)}

    async def variants_of(self, product_ids: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """The listed variants of these products, in their order; those without are left out."""
        return await self._grouped(await self._session.all(VARIANTS_OF, ids=product_ids))

    async def all_variants_of(self, product_ids: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """All variants of these products, listed or not, in their order."""
        return await self._grouped(await self._session.all(ALL_VARIANTS_OF, ids=product_ids))

    async def _grouped(self, rows: Sequence[VariantTuple]) -> dict[str, tuple[Variant, ...]]:
        grouped = groupby(await self._whole(rows), key=lambda each: each.product_id)
        return {product_id: tuple(each) for product_id, each in grouped}

    async def products(self, ids: Sequence[str]) -> dict[str, Product]:
        """The products with these ids; unknown ids are left out."""
        rows = await self._session.all(PRODUCTS, ids=ids)
        return {row[0]: product_of(row) for row in rows}

    async def page(self, count: int, after: int | None, words: str) -> tuple[ListedProduct, ...]:
        """At most ``count`` listed products after a place, in their order."""
        place = -1 if after is None else after
        if words:
            pattern = f"%{_escaped(folded_words(words))}%"
            rows = await self._session.all(SEARCH, count=count, after=place, pattern=pattern)
        else:
            rows = await self._session.all(LISTING, count=count, after=place)
        return tuple(ListedProduct(product_of(row[1:]), row[0]) for row in rows)

    async def empty(self) -> bool:
        """Whether there is no product at all."""
        return await self._session.one(FIRST) is None

    async def ids_by_handle(self, handles: Sequence[str]) -> dict[str, str]:
        """The ids of the products with these handles."""
        return dict(await self._session.all(BY_HANDLE, handles=handles))

    async def known_by_sku(self, skus: Sequence[str]) -> dict[str, KnownVariant]:
        """Whose these SKUs are; of one that several variants have, one of them."""
        rows = await self._session.all(BY_SKU, skus=skus)
        return {sku: KnownVariant(*known) for sku, *known in rows}

    async def holders(self, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the products of the variants that have these SKUs, once for each variant."""
        found: dict[str, tuple[str, ...]] = {}
        for sku, _, product_id in await self._session.all(BY_SKU, skus=list(dict.fromkeys(skus))):
            found[sku] = (*found.get(sku, ()), product_id)
        return found

    async def save(
        self,
        stocked: Mapping[Product, Sequence[Variant]],
        now: datetime,
        stock_of: Collection[str] | None = None,
    ) -> None:
        """Add or replace products with all their variants, and the stock of those told."""
        place = await self._next_place()
        await self._session.many(
            SAVE_PRODUCT,
            [
                product_row(product, those, place + nth, microseconds(now))
                for nth, (product, those) in enumerate(stocked.items())
            ],
        )
        await self._save_variants(stocked.values(), stock_of)
        kept = [variant.id for those in stocked.values() for variant in those]
        await self._session.run(UNLIST, products=[each.id for each in stocked], kept=kept)

    async def restock(self, changed: Mapping[str, Restock]) -> None:
        """Change the stock of variants; how much there is only where it is counted."""
        if not changed:
            return
        await self._session.all(LOCK_STOCK, ids=list(changed))
        rows: list[Mapping[str, Value]] = [
            {
                "id": id,
                "beyond": each.backorder,
                "counted": each.counted,
                "count": each.available,
            }
            for id, each in changed.items()
        ]
        await self._session.many(RESTOCK, rows)

    async def _save_variants(
        self, by_product: Iterable[Sequence[Variant]], stock_of: Collection[str] | None
    ) -> None:
        placed = [(place, each) for those in by_product for place, each in enumerate(those)]
        saved = [each for _, each in placed]
        await self._session.many(SAVE_VARIANT, [variant_row(each, at) for at, each in placed])
        counted = [each for each in saved if stock_of is None or each.id in stock_of]
        await self._session.many(SAVE_STOCK, map(stock_row, counted))
        await self._session.run(DROP_PARTS, ids=[each.id for each in saved])
        await self._session.many(ADD_PART, part_rows(saved))

    async def _next_place(self) -> int:
        row = await self._session.one(LAST_PLACE)
        return 0 if row is None or row[0] is None else row[0] + 1

    async def _whole(self, rows: Sequence[VariantTuple]) -> list[Variant]:
        """``rows`` as variants, the parts of bundles asked for at once, if there are any."""
        bundles = [row[0] for row in rows if is_bundle(row)]
        parts = await self._parts(bundles) if bundles else {}
        return [variant_of(row, parts.get(row[0], ())) for row in rows]

    async def _parts(self, bundles: Sequence[str]) -> dict[str, tuple[Part, ...]]:
        rows = await self._session.all(PARTS, ids=bundles)
        return {
            bundle: tuple(Part(variant_of(row[3:]), row[1], prices_of(row[2])) for row in those)
            for bundle, those in groupby(rows, key=lambda row: row[0])
        }


def _escaped(words: str) -> str:
    """``words`` in a LIKE pattern, where ``%`` and ``_`` would stand for anything."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
