"""The repository of carts."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_selection, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.carts import CART_IS_EDITABLE, CartRow
from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine
from gateway.engine.checkout.checks import DisplayedDue
from gateway.engine.money import Currency
from gateway.services.ports.database import VersionConflict

CARTS = table(CartRow)

FIND = Statement(
    select(
        CARTS.c.version,
        CARTS.c.currency,
        CARTS.c.digits,
        CARTS.c.lines,
        CARTS.c.country,
        CARTS.c.region,
        CARTS.c.postal_code,
        CARTS.c.city,
        CARTS.c.codes,
        CARTS.c.method_id,
        CARTS.c.attempt_id,
        CARTS.c.order_id,
    ).where(CARTS.c.id == bindparam("id"))
)
CONTENT_COLUMNS = ("lines", "country", "region", "postal_code", "city", "codes", "method_id")
ADD = Statement(insert(CARTS).values({column.name: bindparam(column.name) for column in CARTS.c}))
SAVE = Statement(
    update(CARTS)
    .values({name: bindparam(name) for name in (*CONTENT_COLUMNS, "version", "changed_at")})
    .where(
        CARTS.c.id == bindparam("cart_id"),
        CARTS.c.version == bindparam("earlier"),
        CARTS.c.attempt_id.is_(None),
        CARTS.c.order_id.is_(None),
    )
)
IS_AT_VERSION = (CARTS.c.id == bindparam("cart_id"), CARTS.c.version == bindparam("at_version"))
DISPLAYED_DUE = RowMapper(
    DisplayedDue,
    covered=From(None, CARTS.c.shown_covered),
    due=From(None, CARTS.c.shown_due),
)
FIND_SHOWN_AMOUNT = Statement(
    select(*DISPLAYED_DUE.columns).where(*IS_AT_VERSION, CARTS.c.shown_version == CARTS.c.version)
)
SAVE_SHOWN_AMOUNT = Statement(
    update(CARTS)
    .values(
        shown_version=CARTS.c.version,
        shown_covered=bindparam("covered", type_=BigInteger),
        shown_due=bindparam("due", type_=BigInteger),
    )
    .where(*IS_AT_VERSION)
)
LOCK_FOR_ATTEMPT = Statement(
    update(CARTS)
    .values(attempt_id=bindparam("attempt"))
    .where(
        CARTS.c.id == bindparam("cart_id"),
        CARTS.c.version == bindparam("at_version"),
        CARTS.c.attempt_id.is_(None),
        CARTS.c.order_id.is_(None),
    )
)
IS_LOCKED_FOR_ATTEMPT = (
    CARTS.c.id == bindparam("cart_id"),
    CARTS.c.attempt_id == bindparam("attempt"),
)
UNLOCK = Statement(update(CARTS).values(attempt_id=None).where(*IS_LOCKED_FOR_ATTEMPT))
UNCHANGED_IDS = (
    select(CARTS.c.id)
    .where(CART_IS_EDITABLE, CARTS.c.changed_at < bindparam("before"))
    .order_by(CARTS.c.changed_at)
    .limit(bindparam("most"))
)
# Tested again for the selected rows, which may have been changed or locked since. The sum prevents
# the database from using an index on this column.
IS_STILL_UNCHANGED = CARTS.c.changed_at + 0 < bindparam("before", type_=BigInteger)
PRUNE = Statement(
    delete(CARTS).where(
        in_selection(CARTS.c.id, UNCHANGED_IDS), CART_IS_EDITABLE, IS_STILL_UNCHANGED
    )
)
MARK_PURCHASED = Statement(
    update(CARTS)
    .values(attempt_id=None, order_id=bindparam("order"), version=CARTS.c.version + 1)
    .where(*IS_LOCKED_FOR_ATTEMPT)
)


class CartsRepository:
    """The carts, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, id: str) -> Cart | None:
        """The cart of this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        if row is None:
            return None
        version, code, digits, lines, country, region, postal, city, codes, *more_columns = row
        method_id, attempt_id, order_id = more_columns
        return Cart(
            id=id,
            version=version,
            currency=Currency(code, digits),
            lines=tuple(CartLine(*line) for line in orjson.loads(lines)),
            destination=Destination(country, region, postal, city) if country else None,
            codes=tuple(orjson.loads(codes)),
            method_id=method_id,
            attempt_id=attempt_id,
            order_id=order_id,
        )

    async def add(self, cart: Cart, now: datetime) -> None:
        """Add a new cart."""
        await self._session.execute(
            ADD,
            id=cart.id,
            version=cart.version,
            currency=cart.currency.code,
            digits=cart.currency.digits,
            attempt_id=cart.attempt_id,
            order_id=cart.order_id,
            changed_at=to_microseconds(now),
            shown_version=None,
            shown_covered=None,
            shown_due=None,
            **_content_values(cart),
        )

    async def save(self, cart: Cart, now: datetime) -> None:
        """Save a changed cart, whose ``version`` must be one above the stored one.

        Raises ``VersionConflict`` if it is not.
        """
        values = _content_values(cart)
        row_count = await self._session.execute(
            SAVE,
            cart_id=cart.id,
            version=cart.version,
            earlier=cart.version - 1,
            changed_at=to_microseconds(now),
            **values,
        )
        if not row_count:
            raise VersionConflict(cart.id)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` carts that are neither purchased nor locked.

        Their last change was before ``before``. Returns how many were deleted.
        """
        return await self._session.execute(PRUNE, before=to_microseconds(before), most=limit)

    async def find_displayed_due(self, id: str, version: int) -> DisplayedDue | None:
        """The amount due that was last shown for the cart at this version, if it was saved."""
        row = await self._session.fetch_one(FIND_SHOWN_AMOUNT, cart_id=id, at_version=version)
        return None if row is None else DISPLAYED_DUE.value(row)

    async def save_displayed_due(self, id: str, version: int, displayed_due: DisplayedDue) -> None:
        """Save the amount due that is shown for the cart, if it still has this version."""
        await self._session.execute(
            SAVE_SHOWN_AMOUNT,
            cart_id=id,
            at_version=version,
            covered=displayed_due.covered,
            due=displayed_due.due,
        )

    async def lock_for_attempt(self, id: str, version: int, attempt_id: str) -> bool:
        """Lock the cart for an attempt; returns False if it is locked or has another version."""
        row_count = await self._session.execute(
            LOCK_FOR_ATTEMPT, cart_id=id, at_version=version, attempt=attempt_id
        )
        return row_count == 1

    async def unlock(self, id: str, attempt_id: str) -> None:
        """Unlock the cart that was locked for the attempt."""
        await self._session.execute(UNLOCK, cart_id=id, attempt=attempt_id)

    async def mark_purchased(self, id: str, attempt_id: str, order_id: str) -> None:
        """Save the order that the cart became, with the next version."""
        await self._session.execute(MARK_PURCHASED, cart_id=id, attempt=attempt_id, order=order_id)


def _content_values(cart: Cart) -> Mapping[str, SqlValue]:
    destination = cart.destination
    lines = [[line.variant_id, line.quantity, line.price_when_added] for line in cart.lines]
    return {
        "lines": orjson.dumps(lines).decode(),
        "country": destination.country if destination else None,
        "region": destination.region if destination else None,
        "postal_code": destination.postal_code if destination else None,
        "city": destination.city if destination else None,
        "codes": orjson.dumps(cart.codes).decode(),
        "method_id": cart.method_id,
    }
