"""The repository of the products that collections are to have, or had."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Boolean, bindparam, delete, or_, select, update

from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.repositories.collection_products import (
    ADD_PRODUCT,
    CONDITION_COLUMNS,
    DELETE_PRODUCT,
    DROPPED_AT,
    LIST_PREPARED_RULES,
    MAX_PREPARED_RULES,
    SCAN_PRODUCTS,
    collection_products,
    list_prepared_rules,
    member_row,
    memberships,
    read_condition_keys,
    write_members,
)
from gateway.adapters.repositories.collection_rows import format_rule, parse_rule
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.engine.catalogue.collections import RuleIndex
from gateway.services.ports.collection_memberships import (
    ConditionTexts,
    PickedMember,
    PreparedMembership,
)

MAX_DROPPED_TOGETHER = 1_000

PREPARED = RowMapper(
    PreparedMembership,
    id=memberships.c.id,
    key=memberships.c.key,
    rule=From(parse_rule, memberships.c.rule),
    position=memberships.c.position,
    is_complete=From(bool, memberships.c.complete),
)
FIND = Statement(select(*PREPARED.columns).where(in_list(memberships.c.key, "keys")))
# Another import may have begun the same just before.
ADD = Statement(insert(memberships).on_conflict_do_nothing())
SAVE_PROGRESS = Statement(
    update(memberships)
    .values(
        position=bindparam("reached"),
        complete=or_(memberships.c.complete, bindparam("is_whole", type_=Boolean)),
        touched_at=bindparam("now"),
    )
    .where(memberships.c.id == bindparam("membership"), memberships.c.key.is_not(None))
)
FIND_PREPARED: Statement[tuple[str]] = Statement(
    select(memberships.c.id).where(in_list(memberships.c.id, "ids"), memberships.c.key.is_not(None))
)
LOAD_TEXTS: Statement[tuple[str, int, str, str, str]] = Statement(
    select(*CONDITION_COLUMNS).where(in_list(products.c.id, "ids"))
)
LIST_OUTDATED: Statement[tuple[str]] = Statement(
    select(memberships.c.id)
    .where(memberships.c.touched_at > DROPPED_AT, memberships.c.touched_at < bindparam("before"))
    .order_by(memberships.c.touched_at)
    .limit(bindparam("most"))
)
DROP = Statement(
    update(memberships)
    .values(key=None, rule=None, touched_at=DROPPED_AT)
    .where(in_list(memberships.c.id, "ids"))
)
LIST_DROPPED: Statement[tuple[str]] = Statement(
    select(memberships.c.id).where(memberships.c.touched_at == DROPPED_AT).limit(bindparam("most"))
)
LIST_PRODUCTS: Statement[tuple[str, str]] = Statement(
    select(collection_products.c.membership_id, collection_products.c.product_id)
    .where(in_list(collection_products.c.membership_id, "ids"))
    .limit(bindparam("most"))
)
DELETE = Statement(delete(memberships).where(in_list(memberships.c.id, "ids")))


class CollectionMembershipsRepository:
    """Memberships that no collection shows."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, keys: Sequence[str]) -> dict[str, PreparedMembership]:
        """What is prepared under these keys, by key."""
        rows = await self._session.fetch_all(FIND, keys=list(keys))
        return {membership.key: membership for membership in map(PREPARED.value, rows)}

    async def make_room(self, rule_count: int) -> None:
        """Drop what waits longest, until so many more can be prepared by rules."""
        while len(await list_prepared_rules(self._session)) + rule_count > MAX_PREPARED_RULES:
            await self._session.execute(
                DROP,
                ids=[
                    id
                    for id, _ in await self._session.fetch_all(
                        LIST_PREPARED_RULES, most=MAX_DROPPED_TOGETHER
                    )
                ],
            )

    async def drop(self, keys: Sequence[str]) -> None:
        """Let nobody show what waits under these keys: it is deleted with what is dropped."""
        waiting = await self.find(keys)
        await self._session.execute(DROP, ids=[membership.id for membership in waiting.values()])

    async def add(self, added: Iterable[PreparedMembership], now: datetime) -> None:
        """Begin to prepare memberships; lock the collections before."""
        await self._session.execute_many(
            ADD,
            [
                {
                    "id": membership.id,
                    "key": membership.key,
                    "rule": format_rule(membership.rule),
                    "position": membership.position,
                    "complete": membership.is_complete,
                    "touched_at": to_microseconds(now),
                }
                for membership in added
            ],
        )

    async def save_progress(self, prepared: Iterable[PreparedMembership], now: datetime) -> None:
        """Store how far memberships are prepared; what is complete stays so."""
        await self._session.execute_many(
            SAVE_PROGRESS,
            [
                {
                    "membership": membership.id,
                    "reached": membership.position,
                    "is_whole": membership.is_complete,
                    "now": to_microseconds(now),
                }
                for membership in prepared
            ],
        )

    async def list_condition_texts(
        self, limit: int, after_position: int
    ) -> tuple[ConditionTexts, ...]:
        """At most ``limit`` products after a position in the catalogue, in order."""
        rows = await self._session.fetch_all(SCAN_PRODUCTS, after=after_position, most=limit)
        return tuple(
            ConditionTexts(id, place, read_condition_keys(tags, product_type, vendor))
            for id, place, tags, product_type, vendor in rows
        )

    async def place_by_rules(
        self, matches: Sequence[tuple[ConditionTexts, Iterable[str]]], rules: RuleIndex
    ) -> None:
        """Let products be in just those prepared memberships of ``rules`` that stand beside them.

        Lock the collections before: a product that was changed meanwhile is looked at again.
        """
        prepared_ids = await self._list_prepared(rules.rules)
        rows = await self._session.fetch_all(
            LOAD_TEXTS, ids=[texts.product_id for texts, _ in matches]
        )
        keys_now = {
            id: read_condition_keys(tags, product_type, vendor)
            for id, _, tags, product_type, vendor in rows
        }
        due_ids = {
            texts.product_id: prepared_ids.intersection(
                membership_ids
                if keys_now[texts.product_id] == texts.keys
                else rules.matching_ids(keys_now[texts.product_id])
            )
            for texts, membership_ids in matches
        }
        places = {id: place for id, place, *_ in rows}
        await write_members(self._session, due_ids, places, sorted(prepared_ids))

    async def place_picked(self, members: Sequence[PickedMember]) -> None:
        """Add products to memberships that are still prepared."""
        prepared_ids = await self._list_prepared({member.membership_id for member in members})
        await self._session.execute_many(
            ADD_PRODUCT,
            [
                {
                    "membership_id": member.membership_id,
                    "product_id": member.product_id,
                    "place": member.position,
                }
                for member in members
                if member.membership_id in prepared_ids
            ],
        )

    async def _list_prepared(self, ids: Iterable[str]) -> set[str]:
        """Those of ``ids`` that no import has shown or dropped meanwhile."""
        return {id for (id,) in await self._session.fetch_all(FIND_PREPARED, ids=sorted(ids))}

    async def drop_outdated(self, before: datetime) -> None:
        """Drop what nobody has prepared further since ``before``; lock the collections first."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=MAX_DROPPED_TOGETHER
        )
        await self._session.execute(DROP, ids=[id for (id,) in rows])

    async def delete_dropped(self, limit: int) -> int:
        """Delete at most ``limit`` products of dropped memberships, and those that have none.

        Returns how many rows were deleted: 0 if nothing is left.
        """
        rows = await self._session.fetch_all(LIST_DROPPED, most=MAX_DROPPED_TOGETHER)
        ids = [id for (id,) in rows]
        members = await self._session.fetch_all(LIST_PRODUCTS, ids=ids, most=limit)
        await self._session.execute_many(DELETE_PRODUCT, map(member_row, members))
        if len(members) == limit:
            return limit
        await self._session.execute(DELETE, ids=ids)
        return len(members) + len(ids)
