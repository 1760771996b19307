"""The products in collections, kept exact whenever products or rules are saved."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import bindparam, delete, select

from gateway.adapters.repositories.catalogue_rows import parse_texts, products
from gateway.adapters.repositories.collection_rows import COLLECTION, collections, parse_rule
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert, table
from gateway.adapters.tables.collections import (
    COLLECTION_HAS_RULE,
    CatalogueLockRow,
    CollectionMembershipRow,
    CollectionProductRow,
)
from gateway.engine.catalogue.collections import (
    MAX_RULE_COLLECTIONS,
    Collection,
    CollectionRule,
    ConditionKeys,
    RuleIndex,
    condition_keys,
)
from gateway.engine.catalogue.products import Product

SCANNED_PRODUCTS = 1_000
"""Products that are looked at together when a rule has changed."""
MAX_PREPARED_RULES = 10_000
"""Rules of memberships that are prepared at one time."""
Member: TypeAlias = tuple[str, str]
"""The ids of a membership and of a product in it."""
RULES_LOCK, LIST_LOCK = "collection rules", "collection list"

locks = table(CatalogueLockRow)
collection_products = table(CollectionProductRow)
memberships = table(CollectionMembershipRow)

CONDITION_COLUMNS = [
    products.c.id,
    products.c.place,
    products.c.tags,
    products.c.product_type,
    products.c.vendor,
]
DROPPED_AT = 0
"""When a membership was touched last that is only to be deleted."""

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
LIST_RULES: Statement[tuple[str, str]] = Statement(
    select(collections.c.membership_id, collections.c.rule)
    .where(COLLECTION_HAS_RULE)
    .order_by(collections.c.place)
    .limit(bindparam("most"))
)
LIST_PREPARED_RULES: Statement[tuple[str, str]] = Statement(
    select(memberships.c.id, memberships.c.rule)
    .where(COLLECTION_HAS_RULE)
    .order_by(memberships.c.touched_at)
    .limit(bindparam("most"))
)
LOAD_MEMBERSHIPS: Statement[tuple[str, str]] = Statement(
    select(collections.c.id, collections.c.membership_id).where(in_list(collections.c.id, "ids"))
)
FIND_PLACES: Statement[tuple[str, int]] = Statement(
    select(products.c.id, products.c.place).where(in_list(products.c.id, "ids"))
)
SCAN_PRODUCTS: Statement[tuple[str, int, str, str, str]] = Statement(
    select(*CONDITION_COLUMNS)
    .where(products.c.place > bindparam("after"))
    .order_by(products.c.place)
    .limit(bindparam("most"))
)
ADD_PRODUCT = Statement(insert(collection_products).on_conflict_do_nothing())
DELETE_ALL = Statement(
    delete(collection_products).where(in_list(collection_products.c.membership_id, "memberships"))
)
LIST_MEMBERS: Statement[Member] = Statement(
    select(collection_products.c.membership_id, collection_products.c.product_id).where(
        in_list(collection_products.c.product_id, "products"),
        in_list(collection_products.c.membership_id, "memberships"),
    )
)
DELETE_PRODUCT = Statement(
    delete(collection_products).where(
        collection_products.c.membership_id == bindparam("membership_id"),
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


async def load_memberships(session: SqlSession, collection_ids: Iterable[str]) -> dict[str, str]:
    """The ids of the memberships that collections show, by collection id."""
    return dict(await session.fetch_all(LOAD_MEMBERSHIPS, ids=list(collection_ids)))


async def list_prepared_rules(session: SqlSession) -> list[tuple[str, str]]:
    """The ids of all memberships that are prepared by a rule, with the rules."""
    return await session.fetch_all(LIST_PREPARED_RULES, most=MAX_PREPARED_RULES)


async def apply_rules_to_products(session: SqlSession, saved: Iterable[Product]) -> None:
    """Let each product that was saved be where rules say: in collections, and in what they get."""
    await lock_rules(session, shared=True)
    rows = [
        *await session.fetch_all(LIST_RULES, most=MAX_RULE_COLLECTIONS + 1),
        *await list_prepared_rules(session),
    ]
    keys_by_id = {
        product.id: condition_keys(
            tags=product.tags, product_type=product.product_type, vendor=product.vendor
        )
        for product in saved
    }
    if rows and keys_by_id:
        rules = build_rule_index({id: parse_rule(text) for id, text in rows})
        places = dict(await session.fetch_all(FIND_PLACES, ids=list(keys_by_id)))
        due = match_products(keys_by_id, rules)
        await write_members(session, due, places, list(rules.rules))


async def apply_rules_to_catalogue(session: SqlSession, with_rules: Sequence[Collection]) -> None:
    """Let each of these collections have just the products that meet its rule."""
    shown_ids = await load_memberships(session, (collection.id for collection in with_rules))
    rules = build_rule_index(
        {shown_ids[collection.id]: collection.rule for collection in with_rules}
    )
    after = -1
    while page := await session.fetch_all(SCAN_PRODUCTS, after=after, most=SCANNED_PRODUCTS):
        keys_by_id = {id: read_condition_keys(*texts) for id, _, *texts in page}
        places = {id: place for id, place, *_ in page}
        due = match_products(keys_by_id, rules)
        await write_members(session, due, places, list(rules.rules))
        after = page[-1][1]


def read_condition_keys(tags: str, product_type: str, vendor: str) -> ConditionKeys:
    """What rules look at of a product, from the texts in ``CONDITION_COLUMNS``."""
    return condition_keys(tags=parse_texts(tags), product_type=product_type, vendor=vendor)


def build_rule_index(rules: Mapping[str, CollectionRule | None]) -> RuleIndex:
    """The index of the rules of memberships, by their ids."""
    return RuleIndex({id: rule for id, rule in rules.items() if rule is not None})


def match_products(
    keys_by_id: Mapping[str, ConditionKeys], rules: RuleIndex
) -> dict[str, Iterable[str]]:
    """The ids of the memberships that products belong to, by product id."""
    return {product_id: rules.matching_ids(keys) for product_id, keys in keys_by_id.items()}


async def write_members(
    session: SqlSession,
    due_ids: Mapping[str, Iterable[str]],
    places: Mapping[str, int],
    membership_ids: list[str],
) -> None:
    """Write what differs between where products are, among these memberships, and belong."""
    present: set[Member] = set(
        await session.fetch_all(LIST_MEMBERS, products=list(due_ids), memberships=membership_ids)
    )
    due = {
        (membership_id, product_id)
        for product_id, product_membership_ids in due_ids.items()
        for membership_id in product_membership_ids
    }
    await session.execute_many(DELETE_PRODUCT, map(member_row, sorted(present - due)))
    await session.execute_many(
        ADD_PRODUCT,
        [{**member_row(member), "place": places[member[1]]} for member in sorted(due - present)],
    )


def member_row(member: Member) -> dict[str, SqlValue]:
    """The parameters that name a product of a membership."""
    membership_id, product_id = member
    return {"membership_id": membership_id, "product_id": product_id}
