"""Finding orders among all of the shop's, in tables."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    select,
    union_all,
    update,
)

from gateway.adapters.repositories.order_rows import ORDER, ORDERS
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert, table
from gateway.adapters.tables.order_search import OrderSearchKeyRow
from gateway.adapters.tables.orders import ORDER_IS_UNSEARCHABLE
from gateway.engine.orders.order import Order, OrderStatus
from gateway.services.ports.order_search import MAX_SEARCH_WORDS, SearchWord

KEYS = table(OrderSearchKeyRow)
unindexed_place = func.abs(ORDERS.c.place)
MAX_ORDER_PLACE = 2**63 - 1


def _has_word(number: int) -> ColumnElement[bool]:
    """Whether an order has the ``number``-th word."""
    numbered_orders = ORDERS.alias()
    by_key = select(KEYS.c.order_id).where(in_list(KEYS.c.key, f"keys_{number}"))
    by_number = select(numbered_orders.c.id).where(
        numbered_orders.c.number >= bindparam(f"lowest_{number}"),
        numbered_orders.c.number <= bindparam(f"highest_{number}"),
    )
    return ORDERS.c.id.in_(union_all(by_key, by_number))


ADD = Statement(insert(KEYS).on_conflict_do_nothing())
DELETE_OF_PURCHASER = Statement(
    delete(KEYS).where(
        KEYS.c.order_id.in_(
            select(ORDERS.c.id).where(ORDERS.c.purchaser_id == bindparam("purchaser_id"))
        )
    )
)
LIST_ALL = Statement(
    select(*ORDER.columns)
    .where(ORDERS.c.place < bindparam("before"))
    .order_by(ORDERS.c.place.desc())
    .limit(bindparam("most"))
)
LIST_BY_STATUS = Statement(
    select(*ORDER.columns)
    .where(ORDERS.c.status == bindparam("status"), ORDERS.c.place < bindparam("before"))
    .order_by(ORDERS.c.place.desc())
    .limit(bindparam("most"))
)
# One statement for any number of words: a search with fewer repeats its last one. The sum keeps the
# databases from walking all orders by place until enough of them have the words.
SEARCH = Statement(
    select(*ORDER.columns)
    .where(
        *map(_has_word, range(MAX_SEARCH_WORDS)),
        in_list(ORDERS.c.status, "statuses"),
        unindexed_place < bindparam("before"),
    )
    .order_by(unindexed_place.desc())
    .limit(bindparam("most"))
)
LIST_WITHOUT_KEYS: Statement[tuple[str]] = Statement(
    select(ORDERS.c.id)
    .where(ORDER_IS_UNSEARCHABLE)
    .order_by(ORDERS.c.place)
    .limit(bindparam("most"))
)
SET_SEARCHABLE = Statement(
    update(ORDERS).values(searchable=True).where(in_list(ORDERS.c.id, "ids"))
)


class OrderSearchRepository:
    """The keys that orders are found by, and the list of all orders."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, order_id: str, keys: Sequence[str]) -> None:
        """Let an order be found by ``keys``, beside those it has."""
        # Always in the same order, so that no two transactions wait for each other.
        await self._session.execute_many(
            ADD, [{"order_id": order_id, "key": key} for key in sorted(set(keys))]
        )

    async def delete_of_purchaser(self, purchaser_id: str) -> None:
        """Delete the keys of a purchaser's orders."""
        await self._session.execute(DELETE_OF_PURCHASER, purchaser_id=purchaser_id)

    async def list_orders(
        self, status: OrderStatus | None, before_position: int | None, limit: int
    ) -> tuple[Order, ...]:
        """Up to ``limit`` of all orders before a place, the latest first."""
        before = MAX_ORDER_PLACE if before_position is None else before_position
        if status is None:
            rows = await self._session.fetch_all(LIST_ALL, before=before, most=limit)
        else:
            rows = await self._session.fetch_all(
                LIST_BY_STATUS, status=status, before=before, most=limit
            )
        return tuple(map(ORDER.value, rows))

    async def find_orders(
        self,
        words: Sequence[SearchWord],
        status: OrderStatus | None,
        before_position: int | None,
        limit: int,
    ) -> tuple[Order, ...]:
        """Those that have every one of ``words``."""
        values: dict[str, SqlValue] = {}
        for number in range(MAX_SEARCH_WORDS):
            word = words[min(number, len(words) - 1)]
            values |= {
                f"keys_{number}": list(word.keys),
                f"lowest_{number}": word.lowest_number,
                f"highest_{number}": word.highest_number,
            }
        rows = await self._session.fetch_all(
            SEARCH,
            **values,
            statuses=[*OrderStatus] if status is None else [status],
            before=MAX_ORDER_PLACE if before_position is None else before_position,
            most=limit,
        )
        return tuple(map(ORDER.value, rows))

    async def list_without_keys(self, limit: int) -> tuple[str, ...]:
        """The ids of up to ``limit`` orders that nobody has given keys yet."""
        rows = await self._session.fetch_all(LIST_WITHOUT_KEYS, most=limit)
        return tuple(id for (id,) in rows)

    async def set_searchable(self, order_ids: Sequence[str]) -> None:
        """Keep that these orders have their keys."""
        await self._session.execute(SET_SEARCHABLE, ids=list(order_ids))
