"""The repository of lists of products."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select

from gateway.adapters.repositories.catalogue_changes import REVISION_ID, revisions
from gateway.adapters.repositories.product_list_statements import (
    DESCENDING,
    MIN_LARGE_COUNT,
    MIN_LARGE_LIST,
    PRICED,
    SORT_COLUMNS,
    TEXT_COLUMNS,
    available_facet_statement,
    count_statement,
    facet_statement,
    form_of,
    option_facet_statement,
    page_statement,
)
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement
from gateway.adapters.sql.word_search import search_expression
from gateway.engine.catalogue.product_orders import Phase, Position, list_phases
from gateway.engine.catalogue.product_selections import (
    AVAILABLE_FACET,
    FIXED_FACETS,
    Facet,
    FacetValue,
    ProductSelection,
)
from gateway.services.ports.product_lists import (
    MAX_OPTION_FACETS,
    CatalogueRevision,
    ProductPosition,
)

MAX_NUMBER = 2**63 - 1
PRODUCT_FACETS = FIXED_FACETS[1:]
"""Facets of products themselves, in order."""

LOAD_REVISION: Statement[tuple[int, int]] = Statement(
    select(revisions.c.content, revisions.c.availability).where(revisions.c.id == bindparam("id"))
)


class ProductListsRepository:
    """Pages, counts and facets of selections of products."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def load_revision(self) -> CatalogueRevision:
        """The present revision of the catalogue: while it stays, all lists do."""
        row = await self._session.fetch_one(LOAD_REVISION, id=REVISION_ID)
        return CatalogueRevision(*row) if row else CatalogueRevision(0, 0)

    async def list_positions(
        self, selection: ProductSelection, after: Position | None, limit: int, size: int = 0
    ) -> tuple[ProductPosition, ...]:
        """At most ``limit`` products of a selection after a position, in the selection's order.

        ``size`` is how many it has, if known: databases go about large lists in another way.
        """
        phases = list_phases(selection)
        form = form_of(selection, is_large=size >= MIN_LARGE_LIST)
        first_phase, keys = _split_position(after, phases)
        positions: list[ProductPosition] = []
        for index in range(first_phase, len(phases)):
            after_keys = keys if index == first_phase else None
            values = _phase_values(selection, phases[index], after_keys)
            statement = page_statement(form, phases[index])
            rows = await self._fetch_page(selection, phases[index], statement, most=limit, **values)
            prefix: Position = (index,) if len(phases) > 1 else ()
            positions += [
                ProductPosition(id, (*prefix, *_flip_signs(phases[index], columns)))
                for id, *columns in rows
            ]
            if len(positions) >= limit:
                break
            limit -= len(positions)
        return tuple(positions)

    async def _fetch_page(
        self, selection: ProductSelection, phase: Phase, statement: Statement, **values: SqlValue
    ) -> list[tuple[Any, ...]]:
        # An index has the whole catalogue in order; whatever else there is, is looked for.
        if selection.is_everything and phase is not Phase.WITHOUT_PRICE:
            return await self._session.fetch_all(statement, **values)
        return await self._session.fetch_long(statement, **values)

    async def count(self, selection: ProductSelection) -> int:
        """How many products a selection has."""
        statement = count_statement(form_of(selection))
        [(count,)] = await self._session.fetch_long(statement, **_values_of(selection))
        return count

    async def list_facets(self, selection: ProductSelection, size: int = 0) -> tuple[Facet, ...]:
        """The facets of a selection but that of what can be bought.

        Vendor, type and tag come first, then options by name; the values that most products have
        first, then by name.
        """
        conditional = selection.filter.facets
        rows = await self._fetch_facets(selection, [*conditional, AVAILABLE_FACET], size)
        for name in conditional:
            if name != AVAILABLE_FACET:
                rows += await self._fetch_facet(_without(selection, name), name, size)
        facets = [
            Facet(name, tuple(FacetValue(value, count) for _, value, count in group))
            for name, group in groupby(rows, key=lambda row: row[0])
        ]
        by_name = {facet.name: facet for facet in facets}
        options = sorted(name for name in by_name if name not in FIXED_FACETS)
        names = [*PRODUCT_FACETS, *options[:MAX_OPTION_FACETS]]
        return tuple(by_name[name] for name in names if name in by_name)

    async def load_available_facet(self, selection: ProductSelection) -> Facet:
        """How many products a selection has that can be bought now, and how many that cannot."""
        selection = _without(selection, AVAILABLE_FACET)
        statement = available_facet_statement(form_of(selection))
        rows = await self._session.fetch_long(statement, **_values_of(selection))
        counts = {bool(for_sale): count for for_sale, count in rows}
        return Facet(
            AVAILABLE_FACET,
            tuple(
                FacetValue("true" if for_sale else "false", counts[for_sale])
                for for_sale in (True, False)
                if for_sale in counts
            ),
        )

    async def _fetch_facets(
        self, selection: ProductSelection, excluded_names: Sequence[str], size: int
    ) -> list[tuple[str, str, int]]:
        """The counts of all facets without a condition."""
        form = form_of(selection, is_large=size >= MIN_LARGE_COUNT)
        values = _values_of(selection)
        if not form.has_variant_conditions:
            statement = facet_statement(form, excludes_names=True)
            return await self._session.fetch_long(statement, names=list(excluded_names), **values)
        names = [name for name in PRODUCT_FACETS if name not in excluded_names]
        return [
            *await self._session.fetch_long(
                facet_statement(form, excludes_names=False), names=names, **values
            ),
            *await self._session.fetch_long(
                option_facet_statement(form, excludes_names=True),
                names=list(excluded_names),
                **values,
            ),
        ]

    async def _fetch_facet(
        self, selection: ProductSelection, name: str, size: int
    ) -> list[tuple[str, str, int]]:
        form = form_of(selection, is_large=size >= MIN_LARGE_COUNT)
        make = (
            option_facet_statement
            if form.has_variant_conditions and name not in FIXED_FACETS
            else facet_statement
        )
        return await self._session.fetch_long(
            make(form, excludes_names=False), names=[name], **_values_of(selection)
        )


def _without(selection: ProductSelection, facet: str) -> ProductSelection:
    return replace(selection, filter=selection.filter.without(facet))


def _values_of(selection: ProductSelection) -> dict[str, SqlValue]:
    """The parameters of the conditions of a selection."""
    values: dict[str, SqlValue] = {}
    conditions = selection.filter
    for index, (name, texts) in enumerate(conditions.product_conditions):
        values |= {f"facet_{index}": name, f"values_{index}": list(texts)}
    for index, option in enumerate(conditions.options):
        values |= {f"option_{index}": option.facet, f"option_values_{index}": list(option.values)}
    if conditions.available is not None:
        values["available"] = conditions.available
    if conditions.has_price:
        values["currency"] = conditions.currency
    if conditions.price_min is not None:
        values["price_min"] = conditions.price_min
    if conditions.price_max is not None:
        values["price_max"] = conditions.price_max
    if selection.words is not None:
        values["words"] = search_expression(selection.words)
    if selection.collection_id is not None:
        values["collection"] = selection.collection_id
    return values


def _phase_values(
    selection: ProductSelection, phase: Phase, keys: Position | None
) -> dict[str, SqlValue]:
    """The parameters of a page of a phase, after the product with these keys."""
    values = _values_of(selection)
    if phase in PRICED or phase is Phase.WITHOUT_PRICE:
        values["currency"] = selection.filter.currency
    after = _first_keys(phase) if keys is None else _flip_signs(phase, keys)
    return values | {f"after_{number}": key for number, key in enumerate(after)}


def _split_position(after: Position | None, phases: Sequence[Phase]) -> tuple[int, Position | None]:
    """The number of the phase in which a position is, and its keys there."""
    if after is None or len(phases) == 1:
        return 0, after
    phase, *keys = after
    return int(phase), tuple(keys)


def _first_keys(phase: Phase) -> Position:
    """The keys before all products of a phase."""
    if phase in DESCENDING:
        return tuple(MAX_NUMBER for _ in SORT_COLUMNS[phase])
    return tuple("" if column in TEXT_COLUMNS else -MAX_NUMBER for column in SORT_COLUMNS[phase])


def _flip_signs(phase: Phase, keys: Iterable[int | str]) -> Position:
    """Keys as columns have them, or the other way round: positions always go upwards."""
    if phase not in DESCENDING:
        return tuple(keys)
    return tuple(-key for key in keys if isinstance(key, int))
