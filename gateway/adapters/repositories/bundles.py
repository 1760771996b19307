"""Variants with their stock, and the components of bundles at all levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from sqlalchemy import delete, select

from gateway.adapters.repositories.catalogue_rows import (
    VariantTuple,
    component_rows,
    is_bundle,
    parse_prices,
    variant_from_row,
)
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.tables.catalogue import BundleComponentRow, StockRow, VariantRow
from gateway.engine.catalogue.products import BundleComponent, Variant

variants = table(VariantRow)
stock = table(StockRow)
bundle_components = table(BundleComponentRow)

VARIANT_COLUMNS = [
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
    variants.c.option_values,
    variants.c.compare_at_prices,
    variants.c.barcode,
    variants.c.image,
]
VARIANTS_WITH_STOCK = variants.join(stock, stock.c.variant_id == variants.c.id)
LIST_COMPONENTS = Statement(
    select(
        bundle_components.c.bundle_id,
        bundle_components.c.quantity,
        bundle_components.c.prices,
        *VARIANT_COLUMNS,
    )
    .select_from(
        VARIANTS_WITH_STOCK.join(bundle_components, bundle_components.c.variant_id == variants.c.id)
    )
    .where(in_list(bundle_components.c.bundle_id, "ids"))
    .order_by(bundle_components.c.bundle_id, bundle_components.c.place)
)
DELETE_COMPONENTS = Statement(
    delete(bundle_components).where(in_list(bundle_components.c.bundle_id, "ids"))
)
ADD_COMPONENT = Statement(insert(bundle_components))


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component of a bundle as it is read: its variant, quantity and prices."""

    variant: VariantTuple
    quantity: int
    prices: str


ComponentsByBundle: TypeAlias = Mapping[str, Sequence[ComponentRow]]


async def load_components(
    session: SqlSession, bundle_ids: Sequence[str]
) -> dict[str, tuple[BundleComponent, ...]]:
    """The components by bundle, and theirs: one statement for each level of bundles in bundles."""
    rows_by_bundle: dict[str, Sequence[ComponentRow]] = {}
    ids = set(bundle_ids)
    while ids:
        rows = await session.fetch_all(LIST_COMPONENTS, ids=sorted(ids))
        rows_by_bundle |= dict.fromkeys(ids, ())
        for bundle_id, group in groupby(rows, key=lambda row: row[0]):
            rows_by_bundle[bundle_id] = [ComponentRow(row[3:], row[1], row[2]) for row in group]
        ids = {row[3] for row in rows if is_bundle(row[3:])} - rows_by_bundle.keys()
    components: dict[str, tuple[BundleComponent, ...]] = {}
    for bundle_id in bundle_ids:
        _build_components(bundle_id, rows_by_bundle, components)
    return components


def _build_components(
    bundle_id: str,
    rows_by_bundle: ComponentsByBundle,
    components: dict[str, tuple[BundleComponent, ...]],
) -> tuple[BundleComponent, ...]:
    """Build the components of a bundle at all levels into ``components``, by bundle."""
    if bundle_id not in components:
        # A bundle inside itself, which no import allows, has no components there.
        components[bundle_id] = ()
        components[bundle_id] = tuple(
            BundleComponent(
                variant_from_row(
                    row.variant, _build_components(row.variant[0], rows_by_bundle, components)
                ),
                row.quantity,
                parse_prices(row.prices),
            )
            for row in rows_by_bundle.get(bundle_id, ())
        )
    return components[bundle_id]


async def replace_components(session: SqlSession, saved_variants: Sequence[Variant]) -> None:
    """Replace the components of ``saved_variants``."""
    await session.execute(DELETE_COMPONENTS, ids=[variant.id for variant in saved_variants])
    await session.execute_many(ADD_COMPONENT, component_rows(saved_variants))
