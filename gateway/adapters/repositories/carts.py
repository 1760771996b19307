"""Carts in tables."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, bindparam, delete, select, update

from gateway.adapters.instants import microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, Value, chosen, insert, table
from gateway.adapters.tables.carts import CART_FREE, CartRow
from gateway.engine.bargains import Shown
from gateway.engine.carts import Cart, CartLine
from gateway.engine.money import Currency
from gateway.engine.places import Destination
from gateway.services.ports.database import Stale

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
_CONTENT = ("lines", "country", "region", "postal_code", "city", "codes", "method_id")
ADD = Statement(insert(CARTS).values({column.name: bindparam(column.name) for column in CARTS.c}))
SAVE = Statement(
    update(CARTS)
    .values({name: bindparam(name) for name in (*_CONTENT, "version", "changed_at")})
    .where(
        CARTS.c.id == bindparam("cart_id"),
        CARTS.c.version == bindparam("earlier"),
        CARTS.c.attempt_id.is_(None),
        CARTS.c.order_id.is_(None),
    )
)
AT_VERSION = (CARTS.c.id == bindparam("cart_id"), CARTS.c.version == bindparam("at_version"))
SHOWN: Statement[tuple[int, int | None]] = Statement(
    select(CARTS.c.shown_covered, CARTS.c.shown_due).where(
        *AT_VERSION, CARTS.c.shown_version == CARTS.c.version
    )
)
SHOW = Statement(
    update(CARTS)
    .values(
        shown_version=CARTS.c.version,
        shown_covered=bindparam("covered", type_=BigInteger),
        shown_due=bindparam("due", type_=BigInteger),
    )
    .where(*AT_VERSION)
)
HOLD = Statement(
    update(CARTS)
    .values(attempt_id=bindparam("attempt"))
    .where(
        CARTS.c.id == bindparam("cart_id"),
        CARTS.c.version == bindparam("at_version"),
        CARTS.c.attempt_id.is_(None),
        CARTS.c.order_id.is_(None),
    )
)
HELD = (CARTS.c.id == bindparam("cart_id"), CARTS.c.attempt_id == bindparam("attempt"))
LET_GO = Statement(update(CARTS).values(attempt_id=None).where(*HELD))
UNCHANGED = (
    select(CARTS.c.id)
    .where(CART_FREE, CARTS.c.changed_at < bindparam("before"))
    .order_by(CARTS.c.changed_at)
    .limit(bindparam("most"))
)
# Asked again of what was chosen: it may be changed or held meanwhile. The sum keeps a database from
# looking for it by this.
STILL = CARTS.c.changed_at + 0 < bindparam("before", type_=BigInteger)
PRUNE = Statement(delete(CARTS).where(chosen(CARTS.c.id, UNCHANGED), CART_FREE, STILL))
BOUGHT = Statement(
    update(CARTS)
    .values(attempt_id=None, order_id=bindparam("order"), version=CARTS.c.version + 1)
    .where(*HELD)
)


class CartRepository:
    """The carts, each a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, id: str) -> Cart | None:
        """The cart of that id."""
        row = await self._session.one(FIND, id=id)
        if row is None:
            return None
        version, code, digits, lines, country, region, postal, city, codes, *rest = row
        method_id, attempt_id, order_id = rest
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
        await self._session.run(
            ADD,
            id=cart.id,
            version=cart.version,
            currency=cart.currency.code,
            digits=cart.currency.digits,
            attempt_id=cart.attempt_id,
            order_id=cart.order_id,
            changed_at=microseconds(now),
            shown_version=None,
            shown_covered=None,
            shown_due=None,
            **_content(cart),
        )

    async def save(self, cart: Cart, now: datetime) -> None:
        """Keep a change, if the kept cart is at the version before and neither bought nor held."""
        values = _content(cart)
        written = await self._session.run(
            SAVE,
            cart_id=cart.id,
            version=cart.version,
            earlier=cart.version - 1,
            changed_at=microseconds(now),
            **values,
        )
        if not written:
            raise Stale(cart.id)

    async def prune(self, before: datetime, most: int) -> int:
        """How many that are neither bought nor held, unchanged since before then, are deleted."""
        return await self._session.run(PRUNE, before=microseconds(before), most=most)

    async def shown(self, id: str, version: int) -> Shown | None:
        """What the cart was last shown to leave to pay at that version, if that was noted."""
        row = await self._session.one(SHOWN, cart_id=id, at_version=version)
        return None if row is None else Shown(*row)

    async def show(self, id: str, version: int, shown: Shown) -> None:
        """Note what the cart is shown to leave to pay, if it is still at that version."""
        await self._session.run(
            SHOW, cart_id=id, at_version=version, covered=shown.covered, due=shown.due
        )

    async def hold(self, id: str, version: int, attempt_id: str) -> bool:
        """Whether the cart was at that version and free; it is the purchase's from now on."""
        held = await self._session.run(HOLD, cart_id=id, at_version=version, attempt=attempt_id)
        return held == 1

    async def let_go(self, id: str, attempt_id: str) -> None:
        """Free the cart that the purchase held."""
        await self._session.run(LET_GO, cart_id=id, attempt=attempt_id)

    async def bought(self, id: str, attempt_id: str, order_id: str) -> None:
        """Note the order that the cart became; its version goes up by one."""
        await self._session.run(BOUGHT, cart_id=id, attempt=attempt_id, order=order_id)


def _content(cart: Cart) -> Mapping[str, Value]:
    to = cart.destination
    lines = [[line.variant_id, line.quantity, line.price_when_added] for line in cart.lines]
    return {
        "lines": orjson.dumps(lines).decode(),
        "country": to.country if to else None,
        "region": to.region if to else None,
        "postal_code": to.postal_code if to else None,
        "city": to.city if to else None,
        "codes": orjson.dumps(cart.codes).decode(),
        "method_id": cart.method_id,
    }
