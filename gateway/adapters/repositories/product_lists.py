"""The repository of lists of products."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select

from gateway.adapters.repositories.catalogue_changes import REVISION_ID, revisions
from gateway.adapters.repositories.product_index_rows import (
    FIND_IN_COLLECTION,
    FIND_WITH_TITLE,
    FIND_WITH_WORDS,
    LOAD_CHANGES,
    load_all_rows,
    load_rows_of,
)
from gateway.adapters.repositories.product_list_statements import (
    DESCENDING,
    MIN_LARGE_COUNT,
    MIN_LARGE_LIST,
    PRICED,
    SORT_COLUMNS,
    TEXT_COLUMNS,
    SelectionForm,
    available_facet_statement,
    count_statement,
    facet_statement,
    form_of,
    option_facet_statement,
    page_statement,
)
from gateway.adapters.sql.joined_numbers import parse_numbers
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement
from gateway.adapters.sql.word_search import search_expression
from gateway.engine.catalogue.place_sets import to_bits, to_flags, to_places
from gateway.engine.catalogue.product_choices import MAX_OPTION_FACETS, PRODUCT_FACETS
from gateway.engine.catalogue.product_index import CatalogueRows
from gateway.engine.catalogue.product_orders import SEARCH_PHASES, Phase, Position, list_phases
from gateway.engine.catalogue.product_selections import (
    AVAILABLE_FACET,
    FIXED_FACETS,
    Facet,
    FacetValue,
    ProductSelection,
)
from gateway.services.ports.product_lists import (
    CatalogueChanges,
    CatalogueRevision,
    ProductPosition,
)

MAX_NUMBER = 2**63 - 1
MAX_CHANGES = 20_000
"""More changed products are read no faster than all."""

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
        self,
        selection: ProductSelection,
        after: Position | None,
        limit: int,
        size: int = 0,
        places: Mapping[Phase, int] | None = None,
    ) -> tuple[ProductPosition, ...]:
        """At most ``limit`` products of a selection after a position, in the selection's order.

        ``size`` is how many it has, if known: databases go about large lists in another way.
        ``places`` are the bits of those of all its products, by phase, if they are known.
        """
        phases = list_phases(selection)
        first_phase, keys = _split_position(after, phases)
        positions: list[ProductPosition] = []
        for index in range(first_phase, len(phases)):
            after_keys = keys if index == first_phase else None
            phase = phases[index]
            form, conditions = (
                (form_of(selection, is_large=size >= MIN_LARGE_LIST), _values_of(selection))
                if places is None
                else _conditions_of_places(places[phase])
            )
            values = conditions | _phase_values(selection, phase, after_keys, form)
            statement = page_statement(form, phase)
            rows = await self._fetch_page(selection, phase, statement, most=limit, **values)
            prefix: Position = (index,) if len(phases) > 1 else ()
            positions += [
                ProductPosition(id, (*prefix, *_flip_signs(phase, columns)))
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

    async def load_changes(self, number: int) -> CatalogueChanges | None:
        """Which products have changed since the revision ``number``; None if nobody knows."""
        present = (await self.load_revision()).number
        if present < number:
            return None  # a backup was restored
        rows = await self._session.fetch_all(LOAD_CHANGES, number=number, most=MAX_CHANGES + 1)
        steps = {revision: revision - previous for revision, previous, _ in rows}
        last = max(steps, default=number)
        if len(rows) > MAX_CHANGES or last < present or sum(steps.values()) != last - number:
            return None
        return CatalogueChanges(last, frozenset(place for _, _, place in rows if place >= 0))

    async def load_rows(self, places: Collection[int] | None) -> CatalogueRows | None:
        """What an index is made of, of the products at ``places`` or of all.

        None if it is too much.
        """
        if places is None:
            return await load_all_rows(self._session)
        return await load_rows_of(self._session, places)

    async def find_with_word(self, word: str, *, in_title: bool = False) -> int:
        """The bits of the places of products with a word that begins so, anywhere or in titles."""
        statement = FIND_WITH_TITLE if in_title else FIND_WITH_WORDS
        [(text,)] = await self._session.fetch_long(statement, words=search_expression((word,)))
        return await asyncio.to_thread(_read_bits, text)

    async def find_in_collection(self, collection_id: str) -> int:
        """The bits of the places of products in a collection, listed or not."""
        [(text,)] = await self._session.fetch_long(FIND_IN_COLLECTION, collection=collection_id)
        return await asyncio.to_thread(_read_bits, text)

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
    selection: ProductSelection, phase: Phase, keys: Position | None, form: SelectionForm
) -> dict[str, SqlValue]:
    """The parameters of a page of a phase, after the product with these keys."""
    values: dict[str, SqlValue] = {}
    if phase in SEARCH_PHASES and selection.words is not None and not form.places:
        values["words"] = search_expression(selection.words)
    if phase is Phase.COLLECTION and selection.collection_id is not None:
        values["collection"] = selection.collection_id
    if phase in PRICED or phase is Phase.WITHOUT_PRICE:
        values["currency"] = selection.filter.currency
    after = _first_keys(phase) if keys is None else _flip_signs(phase, keys)
    return values | {f"after_{number}": key for number, key in enumerate(after)}


def _conditions_of_places(bits: int) -> tuple[SelectionForm, dict[str, SqlValue]]:
    """The form of a selection whose products are at these places, and its parameters."""
    if bits.bit_count() >= MIN_LARGE_LIST:
        return SelectionForm(places=True, is_large=True), {"places": to_flags(bits)}
    return SelectionForm(places=True), {"places": to_places(bits)}


def _read_bits(text: str | None) -> int:
    return to_bits(parse_numbers(text))


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
