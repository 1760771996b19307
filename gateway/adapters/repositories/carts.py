"""Carts in tables."""

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
# Asked again of what was chosen: it may be changed or held meanwhile. The sum keeps a database from
# looking for it by this.
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
    """The carts, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, id: str) -> Cart | None:
        """The cart of that id."""
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
        """Keep a new cart."""
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
        """Keep a change, if the kept cart is at the version before and neither bought nor held."""
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
        """How many that are neither bought nor held, unchanged since before then, are deleted."""
        return await self._session.execute(PRUNE, before=to_microseconds(before), most=limit)

    async def find_displayed_due(self, id: str, version: int) -> DisplayedDue | None:
        """What the cart was last shown to leave to pay at that version, if that was noted."""
        row = await self._session.fetch_one(FIND_SHOWN_AMOUNT, cart_id=id, at_version=version)
        return None if row is None else DISPLAYED_DUE.value(row)

    async def save_displayed_due(self, id: str, version: int, displayed_due: DisplayedDue) -> None:
        """Note what the cart is shown to leave to pay, if it is still at that version."""
        await self._session.execute(
            SAVE_SHOWN_AMOUNT,
            cart_id=id,
            at_version=version,
            covered=displayed_due.covered,
            due=displayed_due.due,
        )

    async def lock_for_attempt(self, id: str, version: int, attempt_id: str) -> bool:
        """Whether the cart was at that version and free; it is the purchase's from now on."""
        row_count = await self._session.execute(
            LOCK_FOR_ATTEMPT, cart_id=id, at_version=version, attempt=attempt_id
        )
        return row_count == 1

    async def unlock(self, id: str, attempt_id: str) -> None:
        """Free the cart that the purchase held."""
        await self._session.execute(UNLOCK, cart_id=id, attempt=attempt_id)

    async def mark_purchased(self, id: str, attempt_id: str, order_id: str) -> None:
        """Note the order that the cart became; its version goes up by one."""
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
