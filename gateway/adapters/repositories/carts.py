"""The repository of carts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Delete, Select, bindparam, delete, select, update

from gateway.adapters.sql.index_conditions import IndexCondition
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_selection, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.carts import (
    CART_IS_EDITABLE,
    CART_IS_NOT_BOUGHT,
    CART_IS_OF_CLIENT,
    CART_IS_UNCLAIMED,
    CartRow,
)
from gateway.adapters.tables.orders import OrderRow
from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine, CartOwner
from gateway.engine.checkout.checks import DisplayedDue
from gateway.engine.money import Currency
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, TaxCustomer
from gateway.services.ports.database import VersionConflict

CARTS = table(CartRow)
ORDERS = table(OrderRow)
CUSTOMER_ADAPTER = TypeAdapter(TaxCustomer)

SELECT_CART = select(
    CARTS.c.id,
    CARTS.c.version,
    CARTS.c.currency,
    CARTS.c.digits,
    CARTS.c.lines,
    CARTS.c.line_details,
    CARTS.c.country,
    CARTS.c.region,
    CARTS.c.postal_code,
    CARTS.c.city,
    CARTS.c.codes,
    CARTS.c.method_id,
    CARTS.c.attempt_id,
    CARTS.c.order_id,
    CARTS.c.note,
    CARTS.c.attributes,
    CARTS.c.purchaser_id,
    CARTS.c.client_id,
    CARTS.c.customer,
)
FIND = Statement(SELECT_CART.where(CARTS.c.id == bindparam("cart_id")))
FIND_FOR_UPDATE = Statement(SELECT_CART.where(CARTS.c.id == bindparam("cart_id")).with_for_update())
IS_OF_PURCHASER = (CARTS.c.purchaser_id == bindparam("owner"), CART_IS_NOT_BOUGHT)
IS_OF_CLIENT = (CARTS.c.client_id == bindparam("owner"), CART_IS_NOT_BOUGHT)
FIND_OF_PURCHASER = Statement(SELECT_CART.where(*IS_OF_PURCHASER))
FIND_OF_CLIENT = Statement(SELECT_CART.where(*IS_OF_CLIENT))
FIND_OF_PURCHASER_FOR_UPDATE = Statement(SELECT_CART.where(*IS_OF_PURCHASER).with_for_update())
FIND_OF_CLIENT_FOR_UPDATE = Statement(SELECT_CART.where(*IS_OF_CLIENT).with_for_update())
CONTENT_COLUMNS = (
    *("lines", "line_details", "country", "region", "postal_code", "city", "codes", "method_id"),
    *("note", "attributes", "purchaser_id", "client_id", "customer"),
)
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
# Tested again for the selected rows, which may have been changed or locked since. The sum prevents
# the database from using an index on this column.
IS_STILL_UNCHANGED = CARTS.c.changed_at + 0 < bindparam("before", type_=BigInteger)


def _delete_outdated(condition: IndexCondition) -> Delete:
    """The deletion of ``most`` carts that meet ``condition``, the longest unchanged first."""
    unchanged_ids = (
        select(CARTS.c.id)
        .where(condition, CARTS.c.changed_at < bindparam("before"))
        .order_by(CARTS.c.changed_at)
        .limit(bindparam("most"))
    )
    return delete(CARTS).where(
        in_selection(CARTS.c.id, unchanged_ids), condition, IS_STILL_UNCHANGED
    )


def _latest(condition: IndexCondition) -> Select[tuple[Any, ...]]:
    """The ``most`` carts that meet ``condition``, the last changed first."""
    newest_first = SELECT_CART.where(condition).order_by(CARTS.c.changed_at.desc())
    return newest_first.limit(bindparam("most"))


LIST_LATEST_UNCLAIMED = Statement(_latest(CART_IS_UNCLAIMED))
LIST_LATEST_OF_CLIENTS = Statement(_latest(CART_IS_OF_CLIENT))
PRUNE_UNCLAIMED = Statement(_delete_outdated(CART_IS_UNCLAIMED))
PRUNE_OF_CLIENTS = Statement(_delete_outdated(CART_IS_OF_CLIENT))
DELETE = Statement(delete(CARTS).where(CARTS.c.id == bindparam("cart_id"), CART_IS_EDITABLE))
DELETE_OF_PURCHASER = Statement(delete(CARTS).where(CARTS.c.purchaser_id == bindparam("purchaser")))
DELETE_BOUGHT_BY = Statement(
    delete(CARTS).where(
        in_selection(
            CARTS.c.order_id,
            select(ORDERS.c.id).where(ORDERS.c.purchaser_id == bindparam("purchaser")),
        )
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
        row = await self._session.fetch_one(FIND, cart_id=id)
        return None if row is None else _cart_from_row(row)

    async def find_for_update(self, id: str) -> Cart | None:
        """The same, locked until the transaction ends."""
        row = await self._session.fetch_one(FIND_FOR_UPDATE, cart_id=id)
        return None if row is None else _cart_from_row(row)

    async def find_of(self, owner: CartOwner) -> Cart | None:
        """The cart of ``owner`` that is not bought yet, or None."""
        statement = FIND_OF_CLIENT if owner.purchaser_id is None else FIND_OF_PURCHASER
        row = await self._session.fetch_one(statement, owner=owner.id)
        return None if row is None else _cart_from_row(row)

    async def find_of_for_update(self, owner: CartOwner) -> Cart | None:
        """The same, locked until the transaction ends."""
        is_client = owner.purchaser_id is None
        statement = FIND_OF_CLIENT_FOR_UPDATE if is_client else FIND_OF_PURCHASER_FOR_UPDATE
        row = await self._session.fetch_one(statement, owner=owner.id)
        return None if row is None else _cart_from_row(row)

    async def list_latest(self, limit: int) -> tuple[Cart, ...]:
        """The carts without a purchaser that changed last: ``limit`` unclaimed, as many claimed."""
        unclaimed = await self._session.fetch_all(LIST_LATEST_UNCLAIMED, most=limit)
        of_clients = await self._session.fetch_all(LIST_LATEST_OF_CLIENTS, most=limit)
        return tuple(map(_cart_from_row, (*unclaimed, *of_clients)))

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

    async def delete(self, id: str) -> None:
        """Delete a cart that is neither purchased nor locked."""
        await self._session.execute(DELETE, cart_id=id)

    async def delete_of_purchaser(self, purchaser_id: str) -> None:
        """Delete the carts that the purchaser claimed or bought."""
        await self._session.execute(DELETE_OF_PURCHASER, purchaser=purchaser_id)
        await self._session.execute(DELETE_BOUGHT_BY, purchaser=purchaser_id)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` carts that nobody claimed and that are not purchased nor locked.

        Their last change was before ``before``. Returns how many were deleted.
        """
        return await self._session.execute(
            PRUNE_UNCLAIMED, before=to_microseconds(before), most=limit
        )

    async def prune_of_clients(self, before: datetime, limit: int) -> int:
        """The same for carts that clients claimed."""
        return await self._session.execute(
            PRUNE_OF_CLIENTS, before=to_microseconds(before), most=limit
        )

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


def _cart_from_row(row: tuple[Any, ...]) -> Cart:
    """The cart that was read as ``SELECT_CART``."""
    id, version, code, digits, lines, line_details, country, region, postal, city, *more = row
    codes, method_id, attempt_id, order_id, note, attributes, *owner, customer = more
    purchaser_id, client_id = owner
    return Cart(
        id=id,
        version=version,
        currency=Currency(code, digits),
        # A purchase changes the version, and nothing else.
        lines=_decode_lines(id, version - (order_id is not None), lines, line_details),
        destination=Destination(country, region, postal, city) if country else None,
        codes=tuple(orjson.loads(codes)),
        method_id=method_id,
        attempt_id=attempt_id,
        order_id=order_id,
        note=note,
        attributes=() if attributes is None else _decode_attributes(orjson.loads(attributes)),
        purchaser_id=purchaser_id,
        client_id=client_id,
        customer=CONSUMER if customer is None else CUSTOMER_ADAPTER.validate_json(customer),
    )


def _decode_lines(
    cart_id: str, version: int, text: str, details_text: str | None
) -> tuple[CartLine, ...]:
    """The lines, which were saved at ``version``."""
    rows = orjson.loads(text)
    saved_at, ids, marks = (None, (), ()) if details_text is None else orjson.loads(details_text)
    if saved_at != version:
        return _lines_of_earlier_version(cart_id, rows, ids, marks)
    lines = [
        CartLine(variant_id, quantity, price, id)
        for (variant_id, quantity, price), id in zip(rows, ids, strict=True)
    ]
    for index, _, pairs in marks:
        lines[index] = replace(lines[index], attributes=_decode_attributes(pairs))
    return tuple(lines)


def _lines_of_earlier_version(
    cart_id: str, rows: list[Any], ids: Sequence[str], marks: Sequence[Any]
) -> tuple[CartLine, ...]:
    """Lines that an earlier version of the gateway saved, which knows no ids and no attributes.

    Those that were there stay with the first line of their variant.
    """
    suffix = cart_id.rpartition("_")[2]
    remaining_marks = {variant_id: (ids[index], pairs) for index, variant_id, pairs in marks[::-1]}
    lines = []
    for index, (variant_id, quantity, price) in enumerate(rows):
        id, pairs = remaining_marks.pop(variant_id, (f"crl_{suffix}{index}", ()))
        lines.append(CartLine(variant_id, quantity, price, id, _decode_attributes(pairs)))
    return tuple(lines)


def _decode_attributes(pairs: Iterable[Sequence[str]]) -> tuple[Attribute, ...]:
    return tuple(Attribute(key, value) for key, value in pairs)


def _encode_attributes(attributes: Iterable[Attribute]) -> list[list[str]]:
    return [[attribute.key, attribute.value] for attribute in attributes]


def _content_values(cart: Cart) -> Mapping[str, SqlValue]:
    destination = cart.destination
    lines = [[line.variant_id, line.quantity, line.price_when_added] for line in cart.lines]
    marks = [
        (index, line.variant_id, _encode_attributes(line.attributes))
        for index, line in enumerate(cart.lines)
        if line.attributes
    ]
    details = (cart.version, [line.id for line in cart.lines], marks)
    attributes = _encode_attributes(cart.attributes)
    return {
        "lines": orjson.dumps(lines).decode(),
        "line_details": orjson.dumps(details).decode(),
        "country": destination.country if destination else None,
        "region": destination.region if destination else None,
        "postal_code": destination.postal_code if destination else None,
        "city": destination.city if destination else None,
        "codes": orjson.dumps(cart.codes).decode(),
        "method_id": cart.method_id,
        "note": cart.note,
        "attributes": orjson.dumps(attributes).decode() if attributes else None,
        "purchaser_id": cart.purchaser_id,
        "client_id": cart.client_id,
        "customer": None
        if cart.customer == CONSUMER
        else CUSTOMER_ADAPTER.dump_json(cart.customer).decode(),
    }
