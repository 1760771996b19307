"""What an index of the catalogue is made of: read as a whole, or of the products that changed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, func, select

from gateway.adapters.repositories.catalogue_changes import availability, changes, variants
from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.repositories.collection_rows import SHOWN_MEMBERSHIP
from gateway.adapters.repositories.product_list_writing import (
    product_facets,
    variant_options,
    variant_prices,
)
from gateway.adapters.sql.joined_numbers import join_numbers, parse_numbers
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, table
from gateway.adapters.sql.word_search import matches_words
from gateway.adapters.tables.catalogue import PRODUCT_IS_LISTED
from gateway.adapters.tables.collections import CollectionProductRow
from gateway.adapters.tables.product_lists import PRODUCT_SEARCH
from gateway.engine.catalogue.place_sets import MAX_PLACE
from gateway.engine.catalogue.product_index import CatalogueRows, ProductValue, VariantValue
from gateway.engine.catalogue.variant_conditions import VariantValueKind

MAX_FEW_PLACES = 20
"""Changed products whose rows are read at once, without a pause for other work."""
MAX_VALUES = 200_000
"""Values of one kind; of catalogues that have more, databases make the lists."""

Rows: TypeAlias = list[tuple[Any, ...]]

collection_products = table(CollectionProductRow)


LISTED = select(join_numbers(products.c.place)).where(PRODUCT_IS_LISTED)
FACETS: Select[tuple[str, str, str]] = select(
    product_facets.c.name, product_facets.c.value, join_numbers(product_facets.c.place)
).group_by(product_facets.c.name, product_facets.c.value)
OPTIONS: Select[tuple[str, str, str]] = select(
    variant_options.c.name, variant_options.c.value, join_numbers(variant_options.c.number)
).group_by(variant_options.c.name, variant_options.c.value)
PRICES: Select[tuple[str, int, str]] = select(
    variant_prices.c.currency, variant_prices.c.amount, join_numbers(variant_prices.c.number)
).group_by(variant_prices.c.currency, variant_prices.c.amount)
AVAILABLE: Select[tuple[bool, str]] = (
    select(availability.c.for_sale, join_numbers(availability.c.number))
    .where(availability.c.for_sale.is_not(None))
    .group_by(availability.c.for_sale)
)
MOST: ColumnElement[int] = bindparam("most", type_=BigInteger)

FIND_LAST_PLACE: Statement[tuple[int | None]] = Statement(select(func.max(products.c.place)))
LOAD_LISTED = Statement(LISTED)
LOAD_FACETS = Statement(FACETS.limit(MOST))
LOAD_OPTIONS = Statement(OPTIONS.limit(MOST))
LOAD_PRICES = Statement(PRICES.limit(MOST))
LOAD_AVAILABLE = Statement(AVAILABLE)

FIND_VARIANTS: Statement[tuple[str, int]] = Statement(
    select(variants.c.id, variants.c.number)
    .join_from(products, variants, variants.c.product_id == products.c.id)
    .where(in_list(products.c.place, "places"), variants.c.number.is_not(None))
)
LOAD_LISTED_OF = Statement(LISTED.where(in_list(products.c.place, "places")))
LOAD_FACETS_OF = Statement(FACETS.where(in_list(product_facets.c.place, "places")))
LOAD_OPTIONS_OF = Statement(OPTIONS.where(in_list(variant_options.c.number, "numbers")))
LOAD_PRICES_OF = Statement(PRICES.where(in_list(variant_prices.c.number, "numbers")))
LOAD_AVAILABLE_OF = Statement(AVAILABLE.where(in_list(availability.c.variant_id, "ids")))

LOAD_CHANGES: Statement[tuple[int, int, int]] = Statement(
    select(changes.c.revision, changes.c.previous, changes.c.place)
    .where(changes.c.revision > bindparam("number"))
    .order_by(changes.c.revision, changes.c.place)
    .limit(MOST)
)

FIND_WITH_WORDS = Statement(
    select(join_numbers(PRODUCT_SEARCH.c.rowid)).where(
        matches_words(PRODUCT_SEARCH.c.words, "words")
    )
)
FIND_WITH_TITLE = Statement(
    select(join_numbers(PRODUCT_SEARCH.c.rowid)).where(
        matches_words(PRODUCT_SEARCH.c.title, "words")
    )
)
FIND_IN_COLLECTION = Statement(
    select(join_numbers(products.c.place))
    .join_from(collection_products, products, products.c.id == collection_products.c.product_id)
    .where(collection_products.c.membership_id == SHOWN_MEMBERSHIP)
)


@dataclass(frozen=True, slots=True)
class _LoadedRows:
    """The rows of each kind, before their texts are read."""

    listed: Rows
    facets: Rows
    options: Rows
    prices: Rows
    available: Rows

    def parse(self) -> CatalogueRows:
        return CatalogueRows(
            parse_numbers(self.listed[0][0]),
            [ProductValue(name, value, parse_numbers(text)) for name, value, text in self.facets],
            [
                *(
                    VariantValue(VariantValueKind.OPTION, name, value, parse_numbers(text))
                    for name, value, text in self.options
                ),
                *(
                    VariantValue(VariantValueKind.PRICE, currency, amount, parse_numbers(text))
                    for currency, amount, text in self.prices
                ),
                *(
                    VariantValue(VariantValueKind.AVAILABLE, "", int(for_sale), parse_numbers(text))
                    for for_sale, text in self.available
                ),
            ],
        )


async def load_all_rows(session: SqlSession) -> CatalogueRows | None:
    """What the index of the whole catalogue is made of; None if it is too much."""
    last_place = await session.fetch_one(FIND_LAST_PLACE)
    if last_place is not None and (last_place[0] or 0) > MAX_PLACE:
        return None
    loaded = _LoadedRows(
        await session.fetch_long(LOAD_LISTED),
        await session.fetch_long(LOAD_FACETS, most=MAX_VALUES + 1),
        await session.fetch_long(LOAD_OPTIONS, most=MAX_VALUES + 1),
        await session.fetch_long(LOAD_PRICES, most=MAX_VALUES + 1),
        await session.fetch_long(LOAD_AVAILABLE),
    )
    if max(map(len, (loaded.facets, loaded.options, loaded.prices))) > MAX_VALUES:
        return None
    return await asyncio.to_thread(loaded.parse)


async def load_rows_of(session: SqlSession, places: Collection[int]) -> CatalogueRows:
    """What the index is made of, of the products at ``places``."""
    listed_places = sorted(places)
    fetch = session.fetch_long if len(places) > MAX_FEW_PLACES else session.fetch_all
    variant_rows = await fetch(FIND_VARIANTS, places=listed_places)
    ids, numbers = [id for id, _ in variant_rows], [number for _, number in variant_rows]
    loaded = _LoadedRows(
        await fetch(LOAD_LISTED_OF, places=listed_places),
        await fetch(LOAD_FACETS_OF, places=listed_places),
        await fetch(LOAD_OPTIONS_OF, numbers=numbers),
        await fetch(LOAD_PRICES_OF, numbers=numbers),
        await fetch(LOAD_AVAILABLE_OF, ids=ids),
    )
    return await asyncio.to_thread(loaded.parse)
