"""The repository of collections."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from sqlalchemy import bindparam, delete, func, select, update

from gateway.adapters.repositories.catalogue_changes import note_content_change
from gateway.adapters.repositories.catalogue_rows import PRODUCT, products
from gateway.adapters.repositories.collection_products import (
    ADD_PRODUCT,
    DELETE_ALL,
    DROPPED_AT,
    apply_rules_to_catalogue,
    collection_products,
    list_collections_with_rules,
    load_memberships,
    lock_list,
    lock_rules,
    memberships,
)
from gateway.adapters.repositories.collection_rows import (
    COLLECTION,
    LISTED_COLLECTION,
    SHOWN_MEMBERSHIP,
    collection_row,
    collections,
)
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert
from gateway.adapters.tables.catalogue import PRODUCT_IS_LISTED
from gateway.engine.catalogue.collections import Collection, condition_key
from gateway.services.ports.catalogue import ListedProduct
from gateway.services.ports.collections import ListedCollection

COLLECTIONS_PER_BATCH = 100
"""Collections whose products are read together."""
PRODUCT_IN_COLLECTION = RowMapper(
    ListedProduct, position=From(None, collection_products.c.place), product=PRODUCT
)

COUNTED_PRODUCTS = (
    select(func.count())
    .select_from(collection_products)
    .where(collection_products.c.membership_id == collections.c.membership_id)
    .scalar_subquery()
)

FIND = Statement(select(*COLLECTION.columns).where(in_list(collections.c.id, "ids")))
FIND_BY_HANDLE = Statement(
    select(*LISTED_COLLECTION.columns).where(in_list(collections.c.handle, "handles"))
)
FIND_BY_TITLE = Statement(
    select(*LISTED_COLLECTION.columns).where(in_list(collections.c.title_key, "titles"))
)
LIST_PAGE = Statement(
    select(*LISTED_COLLECTION.columns)
    .where(collections.c.place > bindparam("after"))
    .order_by(collections.c.place)
    .limit(bindparam("most"))
)
FIND_LAST_PLACE: Statement[tuple[int | None]] = Statement(select(func.max(collections.c.place)))
LIST_IDS_OF_PRODUCTS: Statement[tuple[str, str]] = Statement(
    select(collection_products.c.product_id, collections.c.id)
    .join_from(
        collection_products,
        collections,
        collections.c.membership_id == collection_products.c.membership_id,
    )
    .where(in_list(collection_products.c.product_id, "products"))
    .order_by(collection_products.c.product_id, collections.c.place)
)
LIST_PRODUCTS = Statement(
    select(*PRODUCT_IN_COLLECTION.columns)
    .join_from(collection_products, products, products.c.id == collection_products.c.product_id)
    .where(
        PRODUCT_IS_LISTED,
        collection_products.c.membership_id == SHOWN_MEMBERSHIP,
        collection_products.c.place > bindparam("after"),
    )
    .order_by(collection_products.c.place)
    .limit(bindparam("most"))
)
LOAD_PRODUCT_IDS: Statement[tuple[str, int, str]] = Statement(
    select(
        collection_products.c.membership_id,
        collection_products.c.place,
        collection_products.c.product_id,
    ).where(in_list(collection_products.c.membership_id, "ids"))
)
COUNT_PRODUCTS: Statement[tuple[str, int]] = Statement(
    select(collections.c.id, COUNTED_PRODUCTS).where(in_list(collections.c.id, "ids"))
)
FIXED = frozenset({"id", "membership_id"})
"""What stays of a collection that is saved again."""
SAVE_INSERTION = insert(collections)
SAVE = Statement(
    SAVE_INSERTION.on_conflict_do_update(
        index_elements=["id"],
        set_={
            column.name: column for column in SAVE_INSERTION.excluded if column.name not in FIXED
        },
    )
)
# In the order of ids, so that two product imports cannot wait for each other.
LOCK_SOME: Statement[tuple[str]] = Statement(
    select(collections.c.id)
    .where(in_list(collections.c.id, "ids"))
    .order_by(collections.c.id)
    .with_for_update()
)
SHOW_MEMBERSHIP = Statement(
    update(collections)
    .values(membership_id=bindparam("shown"))
    .where(collections.c.id == bindparam("collection"))
)
DROP_MEMBERSHIP = Statement(insert(memberships))
DELETE_PREPARED = Statement(delete(memberships).where(in_list(memberships.c.id, "ids")))
DELETE = Statement(delete(collections).where(in_list(collections.c.id, "ids")))


class CollectionsRepository:
    """The collections, and the products in them."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def load(self, ids: Sequence[str]) -> dict[str, Collection]:
        """The collections with these ids, by id; unknown ids are left out."""
        rows = await self._session.fetch_all(FIND, ids=list(ids))
        return {collection.id: collection for collection in map(COLLECTION.value, rows)}

    async def find_by_handle(self, handles: Sequence[str]) -> dict[str, ListedCollection]:
        """The collections with these handles, by handle."""
        rows = await self._session.fetch_all(FIND_BY_HANDLE, handles=list(handles))
        return {listed.collection.handle: listed for listed in map(LISTED_COLLECTION.value, rows)}

    async def find_by_title(self, titles: Sequence[str]) -> tuple[Collection, ...]:
        """The collections with these titles, without regard to case, in order."""
        keys = list(dict.fromkeys(map(condition_key, titles)))
        rows = await self._session.fetch_all(FIND_BY_TITLE, titles=keys)
        listed = sorted(map(LISTED_COLLECTION.value, rows), key=lambda each: each.position)
        return tuple(each.collection for each in listed)

    async def list_collections(
        self, limit: int, after_position: int | None
    ) -> tuple[ListedCollection, ...]:
        """At most ``limit`` collections after a position, in order."""
        after = -1 if after_position is None else after_position
        rows = await self._session.fetch_all(LIST_PAGE, after=after, most=limit)
        return tuple(map(LISTED_COLLECTION.value, rows))

    async def list_ids_of_products(self, product_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the collections that the products are in, in order, by product id."""
        rows = await self._session.fetch_all(LIST_IDS_OF_PRODUCTS, products=list(product_ids))
        return {
            product_id: tuple(collection_id for _, collection_id in group)
            for product_id, group in groupby(rows, key=lambda row: row[0])
        }

    async def list_products(
        self, collection_id: str, limit: int, after_position: int | None
    ) -> tuple[ListedProduct, ...]:
        """At most ``limit`` listed products of a collection, after a position in it, in order."""
        after = -1 if after_position is None else after_position
        rows = await self._session.fetch_all(
            LIST_PRODUCTS, collection=collection_id, after=after, most=limit
        )
        return tuple(map(PRODUCT_IN_COLLECTION.value, rows))

    async def load_product_ids(self, collection_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The ids of all products of collections, listed or not, in order, by collection id."""
        nothing: dict[str, tuple[str, ...]] = dict.fromkeys(collection_ids, ())
        shown_ids = await load_memberships(self._session, nothing)
        ids = list(shown_ids.values())
        members: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(ids), COLLECTIONS_PER_BATCH):
            rows = await self._session.fetch_all(
                LOAD_PRODUCT_IDS, ids=ids[start : start + COLLECTIONS_PER_BATCH]
            )
            for membership_id, group in groupby(sorted(rows), key=lambda row: row[0]):
                members[membership_id] = tuple(product_id for _, _, product_id in group)
        return nothing | {
            id: members.get(membership_id, ()) for id, membership_id in shown_ids.items()
        }

    async def count_products(self, collection_ids: Sequence[str]) -> dict[str, int]:
        """How many products collections have, listed or not, by collection id."""
        return dict(await self._session.fetch_all(COUNT_PRODUCTS, ids=list(collection_ids)))

    async def lock(self) -> None:
        """Let nobody else change collections or save products until the transaction ends."""
        await lock_rules(self._session, shared=False)

    async def next_position(self) -> int:
        """A position after all collections; nobody else adds one until the transaction ends."""
        await lock_list(self._session)
        row = await self._session.fetch_one(FIND_LAST_PLACE)
        return 0 if row is None or row[0] is None else row[0] + 1

    async def list_with_rules(self) -> tuple[Collection, ...]:
        """The collections with a rule, in order, one more than there may be at most."""
        return await list_collections_with_rules(self._session)

    async def save(self, listed: Iterable[ListedCollection]) -> None:
        """Add or replace collections at their positions; their products stay as they are."""
        await self._session.execute_many(SAVE, map(collection_row, listed))

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete collections, which their products then are no longer in.

        The rows of these are deleted later, some at a time.
        """
        note_content_change(self._session)
        await self._drop_memberships(ids)
        await self._session.execute(DELETE, ids=list(ids))

    async def show_memberships(self, membership_ids: Mapping[str, str]) -> None:
        """Let collections have the products that were prepared, by collection id, all at once.

        What they had before is deleted later, some at a time.
        """
        note_content_change(self._session)
        await self._session.fetch_all(LOCK_SOME, ids=list(membership_ids))
        await self._session.execute(DELETE_PREPARED, ids=list(membership_ids.values()))
        await self._drop_memberships(membership_ids)
        await self._session.execute_many(
            SHOW_MEMBERSHIP,
            [
                {"collection": collection_id, "shown": membership_id}
                for collection_id, membership_id in membership_ids.items()
            ],
        )

    async def _drop_memberships(self, collection_ids: Iterable[str]) -> None:
        """Leave the products that collections have now to be deleted."""
        shown_ids = await load_memberships(self._session, collection_ids)
        dropped = {
            "key": None,
            "rule": None,
            "position": 0,
            "complete": True,
            "touched_at": DROPPED_AT,
        }
        await self._session.execute_many(
            DROP_MEMBERSHIP, [{"id": id, **dropped} for id in shown_ids.values()]
        )

    async def pick_products(self, product_ids: Mapping[str, Sequence[str]]) -> None:
        """Let collections have just these products, in this order, by collection id."""
        note_content_change(self._session)
        shown_ids = await load_memberships(self._session, product_ids)
        await self._session.execute(DELETE_ALL, memberships=list(shown_ids.values()))
        await self._add((shown_ids[id], 0, picked_ids) for id, picked_ids in product_ids.items())

    async def add_products(self, product_ids: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """Add products to the ends of collections, by collection id; those in them stay.

        Returns the numbers of products that were added; a collection that is gone gets none.
        """
        note_content_change(self._session)
        await self._session.fetch_all(LOCK_SOME, ids=list(product_ids))
        shown_ids = await load_memberships(self._session, product_ids)
        present = await self.load_product_ids(product_ids)
        additions, added_counts = [], {}
        for collection_id, membership_id in sorted(shown_ids.items()):
            ids = product_ids[collection_id]
            present_ids = set(present[collection_id])
            new_ids = [id for id in dict.fromkeys(ids) if id not in present_ids]
            additions.append((membership_id, len(present_ids), new_ids))
            added_counts[collection_id] = len(new_ids)
        await self._add(additions)
        return added_counts

    async def apply_rules(self, with_rules: Sequence[Collection]) -> None:
        """Let collections have just the products that meet their rules."""
        if with_rules:
            note_content_change(self._session)
            await apply_rules_to_catalogue(self._session, with_rules)

    async def _add(self, additions: Iterable[tuple[str, int, Sequence[str]]]) -> None:
        """Add products: ids of memberships, first places in them, and ids of products."""
        await self._session.execute_many(
            ADD_PRODUCT,
            [
                {"membership_id": membership_id, "product_id": product_id, "place": place + index}
                for membership_id, place, product_ids in additions
                for index, product_id in enumerate(product_ids)
            ],
        )
