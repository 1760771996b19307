"""What goes, and what stays, when an account is erased."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, bindparam, delete, func, null, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, in_selection, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.carts import CLIENT_HAS_CART, CartRow
from gateway.adapters.tables.identity import (
    CLIENT_HAS_PURCHASER,
    AddressRow,
    ClientPurchaserRow,
    ClientRow,
    OneClickGrantRow,
    PaymentMethodRow,
    ProviderAccountRow,
    PurchaserRow,
    SessionRow,
    SignInCodeRow,
)
from gateway.adapters.tables.kept_invoices import KeptInvoiceRow
from gateway.adapters.tables.keys import ApiKeyRow
from gateway.adapters.tables.orders import OrderRow
from gateway.adapters.tables.refunds import ReturnRow
from gateway.adapters.tables.shipments import ShipmentLineRow, ShipmentRow
from gateway.services.ports.account_erasures import InvoiceRecord

orders = table(OrderRow)
carts = table(CartRow)
shipments = table(ShipmentRow)
shipment_lines = table(ShipmentLineRow)
returns = table(ReturnRow)
purchasers = table(PurchaserRow)
addresses = table(AddressRow)
payment_methods = table(PaymentMethodRow)
grants = table(OneClickGrantRow)
sessions = table(SessionRow)
accounts = table(ProviderAccountRow)
clients = table(ClientRow)
client_purchasers = table(ClientPurchaserRow)
api_keys = table(ApiKeyRow)
sign_in_codes = table(SignInCodeRow)
invoices = table(KeptInvoiceRow)

PURCHASER = bindparam("purchaser", type_=String)
own_order_ids = select(orders.c.id).where(orders.c.purchaser_id == PURCHASER)

# The subject of what was sealed becomes the row's own id, for which there is no key.
DETACH_SHIPMENTS = Statement(
    update(shipments)
    .values(
        purchaser_id=null(),
        subject=shipments.c.id,
        sealed=b"",
        carrier=null(),
        tracking_number=null(),
        version=shipments.c.version + 1,
    )
    .where(
        shipments.c.id.in_(
            select(shipment_lines.c.shipment_id).where(shipment_lines.c.order_id.in_(own_order_ids))
        )
    )
)
DETACH_RETURNS = Statement(
    update(returns)
    .values(subject=null(), sealed=null(), version=returns.c.version + 1)
    .where(returns.c.order_id.in_(own_order_ids))
)
DETACH_ORDERS = Statement(
    update(orders)
    .values(
        purchaser_id=null(),
        client_id=null(),
        destination_key=null(),
        subject=orders.c.id,
        sealed=b"",
        tracking=null(),
        version=orders.c.version + 1,
    )
    .where(orders.c.purchaser_id == PURCHASER)
)
DELETE_GRANTS = Statement(delete(grants).where(grants.c.purchaser_id == PURCHASER))
DELETE_ADDRESSES = Statement(delete(addresses).where(addresses.c.purchaser_id == PURCHASER))
DELETE_METHODS = Statement(
    delete(payment_methods).where(payment_methods.c.purchaser_id == PURCHASER)
)
DELETE_SESSIONS = Statement(delete(sessions).where(sessions.c.purchaser_id == PURCHASER))
DELETE_ACCOUNTS = Statement(delete(accounts).where(accounts.c.purchaser_id == PURCHASER))
DELETE_SEEN = Statement(
    delete(client_purchasers).where(client_purchasers.c.purchaser_id == PURCHASER)
)
DELETE_CARTS_OF_DEVICES = Statement(
    delete(carts).where(
        in_selection(
            carts.c.client_id,
            select(clients.c.id).where(clients.c.purchaser_id == PURCHASER, CLIENT_HAS_PURCHASER),
        ),
        carts.c.attempt_id.is_(None),
        CLIENT_HAS_CART,
    )
)
UNMAP_CLIENTS = Statement(
    update(clients)
    .values(purchaser_id=null(), changed_at=bindparam("now"))
    .where(clients.c.purchaser_id == PURCHASER, CLIENT_HAS_PURCHASER)
)
REVOKE_KEYS = Statement(
    update(api_keys)
    .values(purchaser_id=null(), revoked_at=func.coalesce(api_keys.c.revoked_at, bindparam("now")))
    .where(api_keys.c.purchaser_id == PURCHASER)
)
DELETE_PURCHASER = Statement(delete(purchasers).where(purchasers.c.id == PURCHASER))

LIST_CODES: Statement[tuple[str]] = Statement(
    select(sign_in_codes.c.id).where(in_list(sign_in_codes.c.email_index, "emails"))
)
DELETE_CODES = Statement(delete(sign_in_codes).where(in_list(sign_in_codes.c.id, "ids")))

INVOICE = RowMapper(
    InvoiceRecord,
    id=invoices.c.id,
    number=invoices.c.number,
    placed_at=From(from_microseconds, invoices.c.placed_at),
    sealed=invoices.c.sealed,
)
ADD_INVOICE = Statement(insert(invoices).on_conflict_do_nothing())
FIND_INVOICE = Statement(
    select(*INVOICE.columns).where(invoices.c.number == bindparam("number")).limit(1)
)
LIST_OLD_INVOICES: Statement[tuple[str]] = Statement(
    select(invoices.c.id)
    .where(invoices.c.placed_at < bindparam("before"))
    .order_by(invoices.c.placed_at, invoices.c.id)
    .limit(bindparam("most"))
)
DELETE_INVOICES = Statement(delete(invoices).where(in_list(invoices.c.id, "ids")))


class AccountErasuresRepository:
    """Deletes accounts, and keeps what must stay of them."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def detach_orders(self, purchaser_id: str) -> None:
        """Leave the purchaser's orders, parcels and returns without a person."""
        for statement in (DETACH_SHIPMENTS, DETACH_RETURNS, DETACH_ORDERS):
            await self._session.execute(statement, purchaser=purchaser_id)

    async def delete_account(self, purchaser_id: str, now: datetime) -> None:
        """Delete the purchaser with all that is kept for them; revokes API keys that they pay."""
        for statement in (
            DELETE_GRANTS,
            DELETE_ADDRESSES,
            DELETE_METHODS,
            DELETE_SESSIONS,
            DELETE_ACCOUNTS,
            DELETE_SEEN,
            DELETE_CARTS_OF_DEVICES,
        ):
            await self._session.execute(statement, purchaser=purchaser_id)
        for statement in (UNMAP_CLIENTS, REVOKE_KEYS):
            await self._session.execute(statement, purchaser=purchaser_id, now=to_microseconds(now))
        await self._session.execute(DELETE_PURCHASER, purchaser=purchaser_id)

    async def delete_codes(self, email_indexes: Sequence[str]) -> tuple[str, ...]:
        """Delete the sign-in codes of an e-mail address; returns their ids."""
        rows = await self._session.fetch_all(LIST_CODES, emails=list(email_indexes))
        ids = [id for (id,) in rows]
        await self._session.execute(DELETE_CODES, ids=ids)
        return tuple(ids)

    async def keep_invoice(self, invoice: InvoiceRecord) -> None:
        """Keep an invoice, unless it is kept already."""
        await self._session.execute(
            ADD_INVOICE,
            id=invoice.id,
            number=invoice.number,
            placed_at=to_microseconds(invoice.placed_at),
            sealed=invoice.sealed,
        )

    async def find_invoice(self, number: str) -> InvoiceRecord | None:
        """The invoice of the order or gift of this number, or None."""
        row = await self._session.fetch_one(FIND_INVOICE, number=number)
        return None if row is None else INVOICE.value(row)

    async def prune_invoices(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete up to ``limit`` invoices placed before ``before``; returns their ids."""
        rows = await self._session.fetch_all(
            LIST_OLD_INVOICES, before=to_microseconds(before), most=limit
        )
        ids = [id for (id,) in rows]
        await self._session.execute(DELETE_INVOICES, ids=ids)
        return tuple(ids)
