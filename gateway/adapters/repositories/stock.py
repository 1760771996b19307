"""Stock in tables."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, bindparam, select, update

from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, Value, table, within
from gateway.adapters.tables.catalogue import StockRow
from gateway.services.ports.catalogue import NOTHING, Shortage

stock = table(StockRow)

# In the order of their ids: two purchases of the same things wait for one another, no more.
LIMITED: Statement[tuple[str, int, int]] = Statement(
    select(stock.c.variant_id, stock.c.available, stock.c.backorder)
    .where(within(stock.c.variant_id, "ids"), stock.c.available.is_not(None))
    .order_by(stock.c.variant_id)
    .with_for_update()
)
ADD = Statement(
    update(stock)
    .where(stock.c.variant_id == bindparam("id"), stock.c.available.is_not(None))
    .values(available=stock.c.available + bindparam("quantity", type_=BigInteger))
)


class StockRepository:
    """How many of each variant are there."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def reserve(
        self, wanted: Mapping[str, int], returned: Mapping[str, int] = NOTHING
    ) -> tuple[Shortage, ...]:
        """Take so many of each variant id, or nothing at all: then what is short."""
        taken = {
            each: wanted.get(each, 0) - returned.get(each, 0) for each in {**wanted, **returned}
        }
        limited = await self._session.all(LIMITED, ids=list(taken))
        short = tuple(
            Shortage(variant_id, max(0, available))
            for variant_id, available, backorder in limited
            if 0 < taken[variant_id] > available and not backorder
        )
        if not short and limited:
            await self._add({each: -taken[each] for each, _, _ in limited})
        return short

    async def release(self, returned: Mapping[str, int]) -> None:
        """Put so many of each variant id back."""
        await self._add({each: returned[each] for each in sorted(returned)})

    async def _add(self, quantities: Mapping[str, int]) -> None:
        rows: list[Mapping[str, Value]] = [
            {"id": each, "quantity": quantity} for each, quantity in quantities.items()
        ]
        await self._session.many(ADD, rows)
