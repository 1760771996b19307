"""The components of bundles, which may be bundles themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import delete, select

from gateway.adapters.repositories.catalogue_rows import (
    VARIANT_COLUMNS,
    VARIANTS_WITH_STOCK,
    component_rows,
    is_bundle,
    parse_prices,
    variant_from_row,
    variants,
)
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.tables.catalogue import BundleComponentRow
from gateway.engine.catalogue.products import BundleComponent, Variant

ComponentTuple: TypeAlias = tuple[Any, ...]
"""The bundle, the quantity and the prices in it, then the columns of the variant."""

bundle_components = table(BundleComponentRow)

LIST_COMPONENTS: Statement[ComponentTuple] = Statement(
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


async def load_components(
    session: SqlSession, bundle_ids: Sequence[str]
) -> dict[str, tuple[BundleComponent, ...]]:
    """The components of these bundles by bundle id, of any depth: a statement for each level."""
    rows_by_bundle: dict[str, Sequence[ComponentTuple]] = {}
    ids = list(bundle_ids)
    while ids:
        rows = await session.fetch_all(LIST_COMPONENTS, ids=ids)
        rows_by_bundle |= dict.fromkeys(ids, ())
        rows_by_bundle |= {
            bundle_id: tuple(group) for bundle_id, group in groupby(rows, key=lambda row: row[0])
        }
        # Each bundle once, however often it is in others: a loop ends, too.
        ids = sorted(
            {
                variant_row[0]
                for _, _, _, *variant_row in rows
                if is_bundle(tuple(variant_row)) and variant_row[0] not in rows_by_bundle
            }
        )
    builder = _ComponentBuilder(rows_by_bundle)
    return {id: components for id in bundle_ids if (components := builder.components(id))}


class _ComponentBuilder:
    """Builds the components of bundles, each once however often it is in others."""

    def __init__(self, rows_by_bundle: Mapping[str, Sequence[ComponentTuple]]) -> None:
        self._rows_by_bundle = rows_by_bundle
        self._components: dict[str, tuple[BundleComponent, ...]] = {}
        self._path: list[str] = []

    def components(self, bundle_id: str) -> tuple[BundleComponent, ...]:
        """The components of a bundle; none of a variant that is none."""
        components = self._components.get(bundle_id)
        if components is None:
            self._path.append(bundle_id)
            rows = self._rows_by_bundle.get(bundle_id, ())
            components = tuple(self._component(*row) for row in rows)
            self._path.pop()
            self._components[bundle_id] = components
        return components

    def _component(
        self,
        _bundle_id: str,
        quantity: int,
        prices: str,
        *columns: Any,  # noqa: ANN401 - those of a variant
    ) -> BundleComponent:
        variant = variant_from_row(columns)
        if variant.id in self._path:
            # What contains itself has no price, and so is not sold; no import makes such a bundle.
            return BundleComponent(replace(variant, prices={}, listed=False), quantity, {})
        variant = variant_from_row(columns, self.components(variant.id))
        return BundleComponent(variant, quantity, parse_prices(prices))


async def replace_components(session: SqlSession, saved_variants: Sequence[Variant]) -> None:
    """Replace the components of ``saved_variants``."""
    await session.execute(DELETE_COMPONENTS, ids=[variant.id for variant in saved_variants])
    await session.execute_many(ADD_COMPONENT, component_rows(saved_variants))
