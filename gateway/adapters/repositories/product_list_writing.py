"""Writing what lists of products are made of, together with the products."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import BigInteger, bindparam, delete, func, select, update

from gateway.adapters.repositories.catalogue_changes import (
    availability,
    note_content_change,
    note_stock_change,
    variants,
)
from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.repositories.product_list_rows import (
    Row,
    product_facet_rows,
    product_price_rows,
    search_row,
    variant_option_rows,
    variant_price_rows,
)
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.word_search import word_vector
from gateway.adapters.tables.catalogue import StockRow
from gateway.adapters.tables.product_lists import (
    PRODUCT_SEARCH,
    ProductFacetRow,
    ProductPriceRow,
    VariantOptionRow,
    VariantPriceRow,
)
from gateway.engine.catalogue.product_index import VARIANT_BITS
from gateway.engine.catalogue.products import Product, Variant

stock = table(StockRow)
product_facets = table(ProductFacetRow)
product_prices = table(ProductPriceRow)
variant_options = table(VariantOptionRow)
variant_prices = table(VariantPriceRow)

FIND_PLACES: Statement[tuple[str, int]] = Statement(
    select(products.c.id, products.c.place).where(in_list(products.c.id, "ids"))
)
FIND_NUMBERS: Statement[tuple[str, str, int | None]] = Statement(
    select(variants.c.id, variants.c.product_id, variants.c.number).where(
        in_list(variants.c.product_id, "products")
    )
)
SAVE_NUMBER = Statement(
    update(variants)
    .where(variants.c.id == bindparam("id"))
    .values(number=bindparam("new_number", type_=BigInteger))
)
FIND_AVAILABILITY: Statement[tuple[str, int, bool | None]] = Statement(
    select(availability.c.variant_id, availability.c.number, availability.c.for_sale).where(
        in_list(availability.c.variant_id, "ids")
    )
)
ADD_AVAILABILITY = Statement(insert(availability).on_conflict_do_nothing())
RENUMBER_AVAILABILITY = Statement(
    update(availability)
    .where(availability.c.variant_id == bindparam("id"))
    .values(number=bindparam("new_number", type_=BigInteger))
)
RAISE_BUNDLED = Statement(
    update(stock)
    .where(
        stock.c.variant_id == bindparam("id"),
        stock.c.bundled < bindparam("quantity", type_=BigInteger),
    )
    .values(bundled=bindparam("quantity", type_=BigInteger))
)
DELETE_FACETS = Statement(delete(product_facets).where(in_list(product_facets.c.place, "places")))
DELETE_OPTIONS = Statement(
    delete(variant_options).where(in_list(variant_options.c.number, "numbers"))
)
DELETE_PRICES = Statement(delete(variant_prices).where(in_list(variant_prices.c.number, "numbers")))
DELETE_PRODUCT_PRICES = Statement(
    delete(product_prices).where(in_list(product_prices.c.place, "places"))
)
DELETE_WORDS = Statement(delete(PRODUCT_SEARCH).where(in_list(PRODUCT_SEARCH.c.rowid, "places")))
ADD_FACET = Statement(insert(product_facets))
ADD_OPTION = Statement(insert(variant_options))
ADD_PRICE = Statement(insert(variant_prices))
ADD_PRODUCT_PRICE = Statement(insert(product_prices))
ADD_WORDS = Statement(
    insert(PRODUCT_SEARCH).values(
        rowid=bindparam("rowid"), title=word_vector("title"), words=word_vector("words")
    )
)
# Two changes of one product's prices wait for each other, so that neither misses the other's.
LOCK_PRODUCT: Statement[tuple[int, bool, int | None]] = Statement(
    select(products.c.place, products.c.listed, variants.c.number)
    .join_from(variants, products, products.c.id == variants.c.product_id)
    .where(variants.c.id == bindparam("variant"), variants.c.listed)
    .with_for_update(of=products)
)
LIST_PRICE_RANGES: Statement[tuple[str, int, int]] = Statement(
    select(
        variant_prices.c.currency,
        func.min(variant_prices.c.amount),
        func.max(variant_prices.c.amount),
    )
    .where(
        in_list(
            variant_prices.c.number,
            "numbers",
        )
    )
    .group_by(variant_prices.c.currency)
)
LIST_LISTED_NUMBERS: Statement[tuple[int]] = Statement(
    select(variants.c.number).where(
        variants.c.product_id
        == select(variants.c.product_id)
        .where(variants.c.id == bindparam("variant"))
        .scalar_subquery(),
        variants.c.listed,
        variants.c.number.is_not(None),
    )
)


class ProductListWriter:
    """Writes the rows of saved products that lists are made of."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def write(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        unlisted_variant_ids: Collection[str],
    ) -> None:
        """Replace the rows of these products, whose variants and stock are written.

        Of variants that were there, and of bundles, it is computed at the end of the transaction
        whether they can be bought.
        """
        session = self._session
        places = dict(
            await session.fetch_all(
                FIND_PLACES, ids=[product.id for product in variants_by_product]
            )
        )
        old_numbers, numbers = await self._assign_numbers(variants_by_product, places)
        # Of a product that variants were taken from, too.
        note_content_change(session, places.values())
        note_content_change(session, {number >> VARIANT_BITS for number in old_numbers})
        await self._write_availability(variants_by_product, numbers, unlisted_variant_ids)
        await self._delete(list(places.values()), [*old_numbers, *numbers.values()])
        rows: dict[Statement, list[Row]] = {
            ADD_FACET: [], ADD_OPTION: [], ADD_PRICE: [], ADD_PRODUCT_PRICE: [], ADD_WORDS: [],
        }  # fmt: skip
        for product, product_variants in variants_by_product.items():
            if not product.listed:
                continue
            place, own = places[product.id], [each for each in product_variants if each.listed]
            rows[ADD_FACET] += product_facet_rows(product, own, place)
            rows[ADD_OPTION] += variant_option_rows(product, own, numbers)
            rows[ADD_PRICE] += variant_price_rows(own, numbers)
            rows[ADD_PRODUCT_PRICE] += product_price_rows(own, place)
            rows[ADD_WORDS].append(search_row(product, own, place))
        for statement, statement_rows in rows.items():
            await session.execute_many(statement, statement_rows)

    async def write_prices(self, variant: Variant) -> None:
        """Replace the prices of one variant, and the range of its product's."""
        session = self._session
        note_content_change(session)
        row = await session.fetch_one(LOCK_PRODUCT, variant=variant.id)
        if row is None or not row[1] or row[2] is None:
            return
        place, number = row[0], row[2]
        note_content_change(session, [place])
        await session.execute(DELETE_PRICES, numbers=[number])
        await session.execute_many(
            ADD_PRICE, list(variant_price_rows([variant], {variant.id: number}))
        )
        number_rows = await session.fetch_all(LIST_LISTED_NUMBERS, variant=variant.id)
        ranges = await session.fetch_all(
            LIST_PRICE_RANGES, numbers=[own_number for (own_number,) in number_rows]
        )
        await session.execute(DELETE_PRODUCT_PRICES, places=[place])
        await session.execute_many(
            ADD_PRODUCT_PRICE,
            [
                {"place": place, "currency": currency, "lowest": lowest, "highest": highest}
                for currency, lowest, highest in ranges
            ],
        )

    async def _assign_numbers(
        self, variants_by_product: Mapping[Product, Sequence[Variant]], places: Mapping[str, int]
    ) -> tuple[list[int], dict[str, int]]:
        """The numbers that variants of the products had, and those of the saved ones, by id."""
        rows = await self._session.fetch_all(FIND_NUMBERS, products=list(places))
        next_numbers = {id: place << VARIANT_BITS for id, place in places.items()}
        saved_numbers: dict[str, int] = {}
        old_numbers = [number for _, _, number in rows if number is not None]
        for variant_id, product_id, number in rows:
            if number is not None and number >> VARIANT_BITS == places[product_id]:
                saved_numbers[variant_id] = number
                next_numbers[product_id] = max(next_numbers[product_id], number + 1)
        new_numbers: dict[str, int] = {}
        for product, product_variants in variants_by_product.items():
            for variant in product_variants:
                if variant.id not in saved_numbers:
                    new_numbers[variant.id] = next_numbers[product.id]
                    next_numbers[product.id] += 1
        await self._session.execute_many(
            SAVE_NUMBER,
            [{"id": id, "new_number": number} for id, number in new_numbers.items()],
        )
        return old_numbers, saved_numbers | new_numbers

    async def _write_availability(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        numbers: Mapping[str, int],
        unlisted_variant_ids: Collection[str],
    ) -> None:
        session = self._session
        for_sale = {
            variant.id: variant.available_for_sale if product.listed and variant.listed else None
            for product, product_variants in variants_by_product.items()
            for variant in product_variants
        }
        rows = await session.fetch_all(FIND_AVAILABILITY, ids=list(for_sale))
        before = {id: (number, None if sold is None else bool(sold)) for id, number, sold in rows}
        await session.execute_many(
            ADD_AVAILABILITY,
            [
                {"variant_id": id, "number": numbers[id], "for_sale": sold}
                for id, sold in for_sale.items()
                if id not in before
            ],
        )
        await session.execute_many(
            RENUMBER_AVAILABILITY,
            [
                {"id": id, "new_number": numbers[id]}
                for id, (number, _) in sorted(before.items())
                if number != numbers[id]
            ],
        )
        bundles = [
            variant
            for product_variants in variants_by_product.values()
            for variant in product_variants
            if variant.components
        ]
        changed_ids = {id for id, (_, sold) in before.items() if sold != for_sale[id]}
        changed_ids.update(unlisted_variant_ids, (bundle.id for bundle in bundles))
        if changed_ids:
            note_stock_change(session, changed_ids)
        await self._raise_bundled(bundles)

    async def _raise_bundled(self, bundles: Sequence[Variant]) -> None:
        quantities: dict[str, int] = {}
        for bundle in bundles:
            for id, quantity in bundle.stock_demand(1).items():
                if id != bundle.id:
                    quantities[id] = max(quantities.get(id, 1), quantity)
        await self._session.execute_many(
            RAISE_BUNDLED,
            [
                {"id": id, "quantity": quantity}
                for id, quantity in sorted(quantities.items())
                if quantity > 1
            ],
        )

    async def _delete(self, places: list[int], numbers: list[int]) -> None:
        session = self._session
        await session.execute(DELETE_FACETS, places=places)
        await session.execute(DELETE_PRODUCT_PRICES, places=places)
        await session.execute(DELETE_WORDS, places=places)
        await session.execute(DELETE_OPTIONS, numbers=numbers)
        await session.execute(DELETE_PRICES, numbers=numbers)
