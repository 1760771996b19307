"""The products in collections, kept exact whenever products or rules are saved."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import bindparam, delete, select

from gateway.adapters.repositories.catalogue_rows import parse_texts, products
from gateway.adapters.repositories.collection_rows import COLLECTION, collections
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert, table
from gateway.adapters.tables.collections import (
    COLLECTION_HAS_RULE,
    CatalogueLockRow,
    CollectionProductRow,
)
from gateway.engine.catalogue.collections import (
    MAX_RULE_COLLECTIONS,
    Collection,
    ConditionKeys,
    condition_keys,
)
from gateway.engine.catalogue.products import Product

SCANNED_PRODUCTS = 1_000
"""Products that are looked at together when a rule has changed."""
RULES_LOCK, LIST_LOCK = "collection rules", "collection list"

locks = table(CatalogueLockRow)
collection_products = table(CollectionProductRow)

ADD_LOCK = Statement(insert(locks).on_conflict_do_nothing())
SELECT_LOCK = select(locks.c.name).where(locks.c.name == bindparam("name"))
LOCK: Statement[tuple[str]] = Statement(SELECT_LOCK.with_for_update())
LOCK_SHARED: Statement[tuple[str]] = Statement(SELECT_LOCK.with_for_update(read=True))
LIST_WITH_RULES = Statement(
    select(*COLLECTION.columns)
    .where(COLLECTION_HAS_RULE)
    .order_by(collections.c.place)
    .limit(bindparam("most"))
)
FIND_PLACES: Statement[tuple[str, int]] = Statement(
    select(products.c.id, products.c.place).where(in_list(products.c.id, "ids"))
)
SCAN_PRODUCTS: Statement[tuple[str, int, str, str, str]] = Statement(
    select(
        products.c.id,
        products.c.place,
        products.c.tags,
        products.c.product_type,
        products.c.vendor,
    )
    .where(products.c.place > bindparam("after"))
    .order_by(products.c.place)
    .limit(bindparam("most"))
)
ADD_PRODUCT = Statement(insert(collection_products).on_conflict_do_nothing())
DELETE_ALL = Statement(
    delete(collection_products).where(in_list(collection_products.c.collection_id, "collections"))
)
DELETE_PRODUCTS = Statement(
    delete(collection_products).where(
        in_list(collection_products.c.product_id, "products"),
        in_list(collection_products.c.collection_id, "collections"),
    )
)


async def lock_rules(session: SqlSession, *, shared: bool) -> None:
    """Lock the rules of all collections until the transaction ends, with ``shared`` for reading.

    A product that is saved while a rule changes would else be looked at by neither.
    """
    await session.execute(ADD_LOCK, name=RULES_LOCK)
    await session.fetch_all(LOCK_SHARED if shared else LOCK, name=RULES_LOCK)


async def lock_list(session: SqlSession) -> None:
    """Let nobody else add a collection until the transaction ends."""
    await session.execute(ADD_LOCK, name=LIST_LOCK)
    await session.fetch_all(LOCK, name=LIST_LOCK)


async def list_collections_with_rules(session: SqlSession) -> tuple[Collection, ...]:
    """The collections with a rule, one more than there may be at most."""
    rows = await session.fetch_all(LIST_WITH_RULES, most=MAX_RULE_COLLECTIONS + 1)
    return tuple(map(COLLECTION.value, rows))


async def apply_rules_to_products(session: SqlSession, saved: Iterable[Product]) -> None:
    """Let each product that was saved be in just the collections whose rules it meets."""
    await lock_rules(session, shared=True)
    with_rules = await list_collections_with_rules(session)
    saved_products = list(saved)
    if not with_rules or not saved_products:
        return
    ids = [product.id for product in saved_products]
    await session.execute(
        DELETE_PRODUCTS, products=ids, collections=[collection.id for collection in with_rules]
    )
    places = dict(await session.fetch_all(FIND_PLACES, ids=ids))
    rows = [
        row
        for product in saved_products
        for row in _membership_rows(
            product.id,
            places[product.id],
            condition_keys(
                tags=product.tags, product_type=product.product_type, vendor=product.vendor
            ),
            with_rules,
        )
    ]
    await session.execute_many(ADD_PRODUCT, rows)


async def apply_rules_to_catalogue(session: SqlSession, with_rules: Sequence[Collection]) -> None:
    """Let each of these collections have just the products that meet its rule."""
    await session.execute(DELETE_ALL, collections=[collection.id for collection in with_rules])
    after = -1
    while page := await session.fetch_all(SCAN_PRODUCTS, after=after, most=SCANNED_PRODUCTS):
        rows = [
            row
            for id, place, tags, product_type, vendor in page
            for row in _membership_rows(
                id,
                place,
                condition_keys(tags=parse_texts(tags), product_type=product_type, vendor=vendor),
                with_rules,
            )
        ]
        await session.execute_many(ADD_PRODUCT, rows)
        after = page[-1][1]


def _membership_rows(
    product_id: str, place: int, keys: ConditionKeys, with_rules: Sequence[Collection]
) -> Iterator[dict[str, SqlValue]]:
    for collection in with_rules:
        if collection.rule is not None and collection.rule.includes(keys):
            yield {"collection_id": collection.id, "product_id": product_id, "place": place}
