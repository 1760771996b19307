"""The repository of the catalogue."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import BigInteger, Boolean, bindparam, case, func, select, update

from gateway.adapters.repositories.bundles import load_components, replace_components
from gateway.adapters.repositories.catalogue_changes import note_stock_change
from gateway.adapters.repositories.catalogue_rows import (
    LISTED_PRODUCT_COLUMNS,
    PRODUCT,
    VARIANT_COLUMNS,
    VARIANTS_WITH_STOCK,
    VariantTuple,
    format_prices,
    is_bundle,
    listed_product_from_row,
    product_from_row,
    product_row,
    products,
    stock,
    stock_row,
    variant_from_row,
    variant_row,
    variants,
)
from gateway.adapters.repositories.collection_products import apply_rules_to_products
from gateway.adapters.repositories.product_list_writing import ProductListWriter
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Insert, SqlValue, Statement, in_list, insert
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.catalogue import PRODUCT_IS_LISTED
from gateway.engine.catalogue.products import Product, Variant
from gateway.services.ports.catalogue import ListedProduct, StockUpdate

FIND_PRODUCTS = Statement(select(*PRODUCT.columns).where(in_list(products.c.id, "ids")))
LIST_PRODUCTS = Statement(
    select(*LISTED_PRODUCT_COLUMNS)
    .where(PRODUCT_IS_LISTED, products.c.place > bindparam("after"))
    .order_by(products.c.place)
    .limit(bindparam("count"))
)

FIND_VARIANTS: Statement[VariantTuple] = Statement(
    select(*VARIANT_COLUMNS).select_from(VARIANTS_WITH_STOCK).where(in_list(variants.c.id, "ids"))
)
LIST_LISTED_VARIANTS: Statement[VariantTuple] = Statement(
    select(*VARIANT_COLUMNS)
    .select_from(VARIANTS_WITH_STOCK)
    .where(in_list(variants.c.product_id, "ids"), variants.c.listed)
    .order_by(variants.c.product_id, variants.c.place, variants.c.id)
)
LIST_ALL_VARIANTS: Statement[VariantTuple] = Statement(
    select(*VARIANT_COLUMNS)
    .select_from(VARIANTS_WITH_STOCK)
    .where(in_list(variants.c.product_id, "ids"))
    .order_by(variants.c.product_id, variants.c.place, variants.c.id)
)
FIND_VARIANTS_BY_SKU: Statement[VariantTuple] = Statement(
    select(*VARIANT_COLUMNS).select_from(VARIANTS_WITH_STOCK).where(in_list(variants.c.sku, "skus"))
)

FIND_ANY_PRODUCT: Statement[tuple[str]] = Statement(select(products.c.id).limit(1))
FIND_LAST_PLACE: Statement[tuple[int | None]] = Statement(select(func.max(products.c.place)))
FIND_IDS_BY_HANDLE: Statement[tuple[str, str]] = Statement(
    select(products.c.handle, products.c.id).where(in_list(products.c.handle, "handles"))
)
FIND_PRODUCT_IDS_BY_SKU: Statement[tuple[str, str]] = Statement(
    select(variants.c.sku, variants.c.product_id).where(in_list(variants.c.sku, "skus"))
)


def _upsert(insertion: Insert, key: str, kept_columns: Iterable[str] = ()) -> Insert:
    """Let ``insertion`` replace a row with the same ``key``, except its ``kept_columns``."""
    columns = insertion.excluded
    changes = {column.name: column for column in columns if column.name not in {key, *kept_columns}}
    return insertion.on_conflict_do_update(index_elements=[key], set_=changes)


# An import reads whole variants before it writes them: a price is not changed in between.
LOCK_VARIANTS: Statement[tuple[str]] = Statement(
    select(variants.c.id)
    .where(in_list(variants.c.product_id, "products"))
    .order_by(variants.c.id)
    .with_for_update()
)
SAVE_PRICES = Statement(
    update(variants)
    .values(prices=bindparam("own"), compare_at_prices=bindparam("compared"))
    .where(variants.c.id == bindparam("variant"))
)
SAVE_PRODUCT = Statement(_upsert(insert(products), "id", ["place", "created_at"]))
SAVE_VARIANT = Statement(_upsert(insert(variants), "id", ["number"]))
SAVE_STOCK = Statement(_upsert(insert(stock), "variant_id", ["bundled"]))
# Locked in the order of ids, as by purchases, so that an import and a purchase cannot deadlock.
LOCK_STOCK: Statement[tuple[str]] = Statement(
    select(stock.c.variant_id)
    .where(in_list(stock.c.variant_id, "ids"))
    .order_by(stock.c.variant_id)
    .with_for_update()
)
RESTOCK = Statement(
    update(stock)
    .values(
        backorder=bindparam("beyond", type_=Boolean),
        ships_in_days=bindparam("days"),
        backorder_days=bindparam("late_days"),
        available=case(
            (bindparam("counted", type_=Boolean), bindparam("count", type_=BigInteger)),
            else_=stock.c.available,
        ),
    )
    .where(stock.c.variant_id == bindparam("id"))
)
UNLIST: Statement[tuple[str]] = Statement(
    update(variants)
    .where(
        in_list(variants.c.product_id, "products"),
        ~in_list(variants.c.id, "kept"),
        variants.c.listed,
    )
    .values(listed=False)
    .returning(variants.c.id)
)


class CatalogueRepository:
    """The products and variants of the catalogue."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def load_variants(self, ids: Sequence[str]) -> dict[str, Variant]:
        """The variants with these ids, by id; unknown ids are left out."""
        rows = await self._session.fetch_all(FIND_VARIANTS, ids=ids)
        return {variant.id: variant for variant in await self._build_variants(rows)}

    async def list_listed_variants(
        self, product_ids: Sequence[str]
    ) -> dict[str, tuple[Variant, ...]]:
        """The listed variants by product id, in order; products without any are left out."""
        return await self._group_by_product(
            await self._session.fetch_all(LIST_LISTED_VARIANTS, ids=product_ids)
        )

    async def list_all_variants(self, product_ids: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """All variants by product id, listed or not, in order."""
        return await self._group_by_product(
            await self._session.fetch_all(LIST_ALL_VARIANTS, ids=product_ids)
        )

    async def _group_by_product(
        self, rows: Sequence[VariantTuple]
    ) -> dict[str, tuple[Variant, ...]]:
        groups = groupby(await self._build_variants(rows), key=lambda group: group.product_id)
        return {product_id: tuple(group) for product_id, group in groups}

    async def load_products(self, ids: Sequence[str]) -> dict[str, Product]:
        """The products with these ids, by id; unknown ids are left out."""
        rows = await self._session.fetch_all(FIND_PRODUCTS, ids=ids)
        return {product.id: product for product in map(product_from_row, map(tuple, rows))}

    async def list_products(
        self, limit: int, after_position: int | None
    ) -> tuple[ListedProduct, ...]:
        """At most ``limit`` listed products after a position, in order."""
        after_place = -1 if after_position is None else after_position
        rows = await self._session.fetch_all(LIST_PRODUCTS, count=limit, after=after_place)
        return tuple(map(listed_product_from_row, rows))

    async def is_empty(self) -> bool:
        """Whether there are no products."""
        return await self._session.fetch_one(FIND_ANY_PRODUCT) is None

    async def find_ids_by_handle(self, handles: Sequence[str]) -> dict[str, str]:
        """The ids of the products with these handles, by handle."""
        return dict(await self._session.fetch_all(FIND_IDS_BY_HANDLE, handles=handles))

    async def find_product_ids_by_sku(self, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the products by SKU, once for each variant with the SKU."""
        product_ids_by_sku: dict[str, tuple[str, ...]] = {}
        for sku, product_id in await self._session.fetch_all(
            FIND_PRODUCT_IDS_BY_SKU, skus=list(dict.fromkeys(skus))
        ):
            product_ids_by_sku[sku] = (*product_ids_by_sku.get(sku, ()), product_id)
        return product_ids_by_sku

    async def find_variants_by_sku(self, skus: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """The variants by SKU, with their components; unknown SKUs are left out."""
        rows = await self._session.fetch_all(FIND_VARIANTS_BY_SKU, skus=list(dict.fromkeys(skus)))
        variants_by_sku: dict[str, tuple[Variant, ...]] = {}
        for variant in await self._build_variants(rows):
            variants_by_sku[variant.sku] = (*variants_by_sku.get(variant.sku, ()), variant)
        return variants_by_sku

    async def save(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        now: datetime,
        stocked_variant_ids: Collection[str] | None = None,
    ) -> None:
        """Add or replace products with all their variants, including stock.

        New products are listed last. Variants that are removed from a product are no longer listed.
        If ``stocked_variant_ids`` is given, only the stock of these variants is changed.
        """
        first_place = await self._next_place()
        await self._session.execute_many(
            SAVE_PRODUCT,
            [
                product_row(product, product_variants, first_place + index, to_microseconds(now))
                for index, (product, product_variants) in enumerate(variants_by_product.items())
            ],
        )
        await self._save_variants(variants_by_product, stocked_variant_ids)
        variant_ids = [
            variant.id
            for product_variants in variants_by_product.values()
            for variant in product_variants
        ]
        unlisted_rows = await self._session.fetch_all(
            UNLIST,
            products=[product_saved.id for product_saved in variants_by_product],
            kept=variant_ids,
        )
        await apply_rules_to_products(self._session, variants_by_product)
        await ProductListWriter(self._session).write(
            variants_by_product, [variant_id for (variant_id,) in unlisted_rows]
        )

    async def lock_variants(self, product_ids: Sequence[str]) -> None:
        """Lock the variants of these products until the transaction ends."""
        await self._session.fetch_all(LOCK_VARIANTS, products=list(product_ids))

    async def save_prices(self, variant: Variant) -> None:
        """Save the prices of an existing variant, and no other values of it."""
        await self._session.execute(
            SAVE_PRICES,
            variant=variant.id,
            own=format_prices(variant.prices),
            compared=format_prices(variant.compare_at_prices or {}),
        )
        await ProductListWriter(self._session).write_prices(variant)

    async def update_stock(self, updates: Mapping[str, StockUpdate]) -> None:
        """Change the stock of variants by id; the available number only if stock is tracked."""
        if not updates:
            return
        await self._session.fetch_all(LOCK_STOCK, ids=list(updates))
        rows: list[Mapping[str, SqlValue]] = [
            {
                "id": id,
                "beyond": restock.backorder,
                "days": restock.ships_in_days,
                "late_days": restock.backorder_days,
                "counted": restock.replaces_available,
                "count": restock.available,
            }
            for id, restock in updates.items()
        ]
        await self._session.execute_many(RESTOCK, rows)
        note_stock_change(self._session, updates)

    async def _save_variants(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        stock_of: Collection[str] | None,
    ) -> None:
        rows = [
            variant_row(variant, product, position)
            for product, product_variants in variants_by_product.items()
            for position, variant in enumerate(product_variants)
        ]
        await self._session.execute_many(SAVE_VARIANT, rows)
        saved_variants = [
            variant
            for product_variants in variants_by_product.values()
            for variant in product_variants
        ]
        variants_with_stock = [
            variant for variant in saved_variants if stock_of is None or variant.id in stock_of
        ]
        await self._session.execute_many(SAVE_STOCK, map(stock_row, variants_with_stock))
        await replace_components(self._session, saved_variants)

    async def _next_place(self) -> int:
        row = await self._session.fetch_one(FIND_LAST_PLACE)
        return 0 if row is None or row[0] is None else row[0] + 1

    async def _build_variants(self, rows: Sequence[VariantTuple]) -> list[Variant]:
        """Build variants from ``rows``; the components of all bundles are read by one statement."""
        bundle_ids = [row[0] for row in rows if is_bundle(row)]
        components = await load_components(self._session, bundle_ids) if bundle_ids else {}
        return [variant_from_row(row, components.get(row[0], ())) for row in rows]
