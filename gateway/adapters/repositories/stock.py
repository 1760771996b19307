"""The repository of stock."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BigInteger, bindparam, select, update

from gateway.adapters.repositories.catalogue_changes import note_stock_change
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, table
from gateway.adapters.tables.catalogue import StockRow
from gateway.engine.catalogue.products import Stock
from gateway.services.ports.catalogue import NO_QUANTITIES, Shortage

stock = table(StockRow)
STOCK = RowMapper(
    Stock,
    available=stock.c.available,
    backorder=From(bool, stock.c.backorder),
    ships_in_days=stock.c.ships_in_days,
    backorder_days=stock.c.backorder_days,
)

# Locked in the order of ids, so that two purchases of the same variants cannot deadlock.
LOCK_LIMITED: Statement[tuple[str, int, int, int]] = Statement(
    select(stock.c.variant_id, stock.c.available, stock.c.backorder, stock.c.bundled)
    .where(in_list(stock.c.variant_id, "ids"), stock.c.available.is_not(None))
    .order_by(stock.c.variant_id)
    .with_for_update()
)
FIND_AVAILABLE: Statement[tuple[str, int]] = Statement(
    select(stock.c.variant_id, stock.c.available).where(
        in_list(stock.c.variant_id, "ids"), stock.c.available.is_not(None)
    )
)
FIND_NEAR_BOUNDS: Statement[tuple[str, int, int]] = Statement(
    select(stock.c.variant_id, stock.c.available, stock.c.bundled).where(
        in_list(stock.c.variant_id, "ids"),
        stock.c.available.is_not(None),
        stock.c.backorder.is_(False),
    )
)
LOCK_ONE = Statement(
    select(*STOCK.columns).where(stock.c.variant_id == bindparam("id")).with_for_update()
)
ADD_QUANTITY = Statement(
    update(stock)
    .where(stock.c.variant_id == bindparam("id"), stock.c.available.is_not(None))
    .values(available=stock.c.available + bindparam("quantity", type_=BigInteger))
)


class StockRepository:
    """The available quantity of each variant."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def reserve(
        self, quantities: Mapping[str, int], returned: Mapping[str, int] = NO_QUANTITIES
    ) -> tuple[Shortage, ...]:
        """Reserve quantities by variant id, all or none; returns the shortages if there are any.

        ``returned`` are quantities that are released in the same step, before the others are
        reserved.
        """
        net_quantities = {
            variant_id: quantities.get(variant_id, 0) - returned.get(variant_id, 0)
            for variant_id in {**quantities, **returned}
        }
        limited_rows = await self._session.fetch_all(LOCK_LIMITED, ids=list(net_quantities))
        shortages = tuple(
            Shortage(variant_id, max(0, available))
            for variant_id, available, backorder, _ in limited_rows
            if 0 < net_quantities[variant_id] > available and not backorder
        )
        if not shortages and limited_rows:
            await self._add_quantities(
                {variant_id: -net_quantities[variant_id] for variant_id, *_ in limited_rows}
            )
            self._note_changes(
                (variant_id, available, available - net_quantities[variant_id], bundled)
                for variant_id, available, backorder, bundled in limited_rows
                if not backorder
            )
        return shortages

    async def find_available(self, variant_ids: Sequence[str]) -> dict[str, int]:
        """The available quantities by variant id; variants with unlimited stock are left out."""
        rows = await self._session.fetch_all(FIND_AVAILABLE, ids=list(variant_ids))
        return {variant_id: int(available) for variant_id, available in rows}

    async def release(self, returned: Mapping[str, int]) -> None:
        """Return quantities to stock, by variant id."""
        await self._add_and_note(
            {variant_id: returned[variant_id] for variant_id in sorted(returned)}
        )

    async def lock(self, variant_id: str) -> Stock | None:
        """The stock of a variant, locked until the transaction ends, or None."""
        row = await self._session.fetch_one(LOCK_ONE, id=variant_id)
        return None if row is None else STOCK.value(row)

    async def adjust(self, variant_id: str, by: int) -> None:
        """Change the available quantity of a variant by ``by``, up or down."""
        await self._add_and_note({variant_id: by})

    async def _add_and_note(self, quantities: Mapping[str, int]) -> None:
        await self._add_quantities(quantities)
        rows = await self._session.fetch_all(FIND_NEAR_BOUNDS, ids=list(quantities))
        self._note_changes(
            (variant_id, available - quantities[variant_id], available, bundled)
            for variant_id, available, bundled in rows
        )

    def _note_changes(self, changes: Iterable[tuple[str, int, int, int]]) -> None:
        """Note the variants of which something can be bought now that could not, or the reverse.

        A change is an id, the quantity before and after, and the most that a bundle takes.
        """
        changed_ids = [
            variant_id
            for variant_id, before, after, bundled in changes
            if before != after and min(before, after) < bundled and max(before, after) >= 1
        ]
        if changed_ids:
            note_stock_change(self._session, changed_ids)

    async def _add_quantities(self, quantities: Mapping[str, int]) -> None:
        rows: list[Mapping[str, SqlValue]] = [
            {"id": variant_id, "quantity": quantity} for variant_id, quantity in quantities.items()
        ]
        await self._session.execute_many(ADD_QUANTITY, rows)
