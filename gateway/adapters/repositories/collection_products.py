"""The products in collections, kept exact whenever products or rules are saved."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

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
    RuleIndex,
    condition_keys,
)
from gateway.engine.catalogue.products import Product

SCANNED_PRODUCTS = 1_000
"""Products that are looked at together when a rule has changed."""
Membership: TypeAlias = tuple[str, str]
"""The ids of a collection and of a product in it."""
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
LIST_MEMBERSHIPS: Statement[Membership] = Statement(
    select(collection_products.c.collection_id, collection_products.c.product_id).where(
        in_list(collection_products.c.product_id, "products"),
        in_list(collection_products.c.collection_id, "collections"),
    )
)
DELETE_PRODUCT = Statement(
    delete(collection_products).where(
        collection_products.c.collection_id == bindparam("collection_id"),
        collection_products.c.product_id == bindparam("product_id"),
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
    keys_by_id = {
        product.id: condition_keys(
            tags=product.tags, product_type=product.product_type, vendor=product.vendor
        )
        for product in saved
    }
    if with_rules and keys_by_id:
        places = dict(await session.fetch_all(FIND_PLACES, ids=list(keys_by_id)))
        await _apply_rules(session, keys_by_id, places, _index_rules(with_rules))


async def apply_rules_to_catalogue(session: SqlSession, with_rules: Sequence[Collection]) -> None:
    """Let each of these collections have just the products that meet its rule."""
    rules = _index_rules(with_rules)
    after = -1
    while page := await session.fetch_all(SCAN_PRODUCTS, after=after, most=SCANNED_PRODUCTS):
        keys_by_id = {
            id: condition_keys(tags=parse_texts(tags), product_type=product_type, vendor=vendor)
            for id, _, tags, product_type, vendor in page
        }
        places = {id: place for id, place, *_ in page}
        await _apply_rules(session, keys_by_id, places, rules)
        after = page[-1][1]


def _index_rules(with_rules: Sequence[Collection]) -> RuleIndex:
    return RuleIndex({each.id: each.rule for each in with_rules if each.rule is not None})


async def _apply_rules(
    session: SqlSession,
    keys_by_id: Mapping[str, ConditionKeys],
    places: Mapping[str, int],
    rules: RuleIndex,
) -> None:
    """Write what differs between the collections that products are in and those they belong to."""
    present: set[Membership] = set(
        await session.fetch_all(
            LIST_MEMBERSHIPS,
            products=list(keys_by_id),
            collections=list(rules.rules),
        )
    )
    due = {
        (collection_id, product_id)
        for product_id, keys in keys_by_id.items()
        for collection_id in rules.matching_ids(keys)
    }
    await session.execute_many(DELETE_PRODUCT, map(_membership_row, sorted(present - due)))
    await session.execute_many(
        ADD_PRODUCT,
        [
            {**_membership_row(membership), "place": places[membership[1]]}
            for membership in sorted(due - present)
        ],
    )


def _membership_row(membership: Membership) -> dict[str, SqlValue]:
    collection_id, product_id = membership
    return {"collection_id": collection_id, "product_id": product_id}
