"""The repositories of purchasers, saved addresses and payment methods."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.identity import (
    AddressRow,
    PaymentMethodRow,
    ProviderAccountRow,
    PurchaserRow,
)
from gateway.services.ports.purchasers import AddressRecord, PaymentMethodRecord, PurchaserRecord

purchasers = table(PurchaserRow)
provider_accounts = table(ProviderAccountRow)
addresses = table(AddressRow)
payment_methods = table(PaymentMethodRow)

PURCHASER = RowMapper(
    PurchaserRecord,
    id=purchasers.c.id,
    email_index=purchasers.c.email_index,
    sealed=purchasers.c.sealed,
    details=purchasers.c.details,
    tax_exemption=purchasers.c.tax_exemption,
)
SELECT_PURCHASER = select(*PURCHASER.columns)
FIND = Statement(SELECT_PURCHASER.where(purchasers.c.id == bindparam("id")))
LOCK = Statement(
    select(purchasers.c.id).where(purchasers.c.id == bindparam("id")).with_for_update()
)
FIND_BY_EMAIL = Statement(SELECT_PURCHASER.where(in_list(purchasers.c.email_index, "emails")))
ADD = Statement(insert(purchasers).on_conflict_do_nothing())
SET_EMAIL = Statement(
    update(purchasers)
    .where(purchasers.c.id == bindparam("of"))
    .values(email_index=bindparam("email"))
)
SAVE_DETAILS = Statement(
    update(purchasers)
    .where(purchasers.c.id == bindparam("of"))
    .values(details=bindparam("new_details"))
)
SAVE_TAX_EXEMPTION = Statement(
    update(purchasers)
    .where(purchasers.c.id == bindparam("of"))
    .values(tax_exemption=bindparam("new_exemption"))
)
ADD_ACCOUNT = Statement(insert(provider_accounts).on_conflict_do_nothing())
FIND_PURCHASER_OF_ACCOUNT: Statement[tuple[str]] = Statement(
    select(provider_accounts.c.purchaser_id).where(
        provider_accounts.c.issuer == bindparam("issuer"),
        provider_accounts.c.subject == bindparam("subject"),
    )
)

ADDRESS = RowMapper(
    AddressRecord,
    id=addresses.c.id,
    purchaser_id=addresses.c.purchaser_id,
    label_index=addresses.c.label_index,
    sealed=addresses.c.sealed,
    use_for_gifts=From(bool, addresses.c.use_for_gifts),
)
SELECT_ADDRESS = select(*ADDRESS.columns)
LIST_ADDRESSES = Statement(
    SELECT_ADDRESS.where(addresses.c.purchaser_id == bindparam("purchaser")).order_by(
        addresses.c.created_at, addresses.c.id
    )
)
FIND_ADDRESS = Statement(SELECT_ADDRESS.where(addresses.c.id == bindparam("id")))
ADD_ADDRESS = Statement(insert(addresses))
REPLACE_ADDRESS = Statement(
    update(addresses)
    .where(addresses.c.id == bindparam("of"))
    .values(
        label_index=bindparam("label"),
        sealed=bindparam("body"),
        use_for_gifts=bindparam("gifts"),
        changed_at=bindparam("now"),
    )
)
DELETE_ADDRESS = Statement(
    delete(addresses).where(
        addresses.c.id == bindparam("id"), addresses.c.purchaser_id == bindparam("purchaser")
    )
)

PAYMENT_METHOD = RowMapper(
    PaymentMethodRecord,
    id=payment_methods.c.id,
    purchaser_id=payment_methods.c.purchaser_id,
    sealed=payment_methods.c.sealed,
)
SELECT_METHOD = select(*PAYMENT_METHOD.columns)
LIST_METHODS = Statement(
    SELECT_METHOD.where(payment_methods.c.purchaser_id == bindparam("purchaser")).order_by(
        payment_methods.c.created_at, payment_methods.c.id
    )
)
FIND_METHOD = Statement(SELECT_METHOD.where(payment_methods.c.id == bindparam("id")))
ADD_METHOD = Statement(insert(payment_methods))
SAVE_METHOD = Statement(
    update(payment_methods)
    .where(payment_methods.c.id == bindparam("method_id"))
    .values(sealed=bindparam("new_sealed"))
)
DELETE_METHOD = Statement(
    delete(payment_methods).where(
        payment_methods.c.id == bindparam("id"),
        payment_methods.c.purchaser_id == bindparam("purchaser"),
    )
)


class PurchasersRepository:
    """The purchasers and their accounts at identity providers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, id: str) -> PurchaserRecord | None:
        """The purchaser with this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        return PURCHASER.value(row) if row else None

    async def lock(self, id: str) -> bool:
        """Lock the purchaser until the transaction ends; returns whether there is one."""
        return bool(await self._session.fetch_all(LOCK, id=id))

    async def find_by_email(self, email_indexes: Sequence[str]) -> PurchaserRecord | None:
        """The purchaser whose verified e-mail has one of these blind indexes, or None."""
        row = await self._session.fetch_one(FIND_BY_EMAIL, emails=email_indexes)
        return PURCHASER.value(row) if row else None

    async def add(self, record: PurchaserRecord, now: datetime) -> str:
        """Add a purchaser unless another has the e-mail; returns the id of who has it now."""
        row_count = await self._session.execute(
            ADD,
            id=record.id,
            email_index=record.email_index,
            sealed=record.sealed,
            created_at=to_microseconds(now),
            details=record.details,
            tax_exemption=record.tax_exemption,
        )
        if row_count:
            return record.id
        earlier = await self.find_by_email([record.email_index or ""])
        return earlier.id if earlier else record.id

    async def set_email_index(self, id: str, email_index: str | None) -> None:
        """Set or (with None) remove the blind index by which the purchaser is found."""
        await self._session.execute(SET_EMAIL, of=id, email=email_index)

    async def save_details(self, id: str, details: bytes | None) -> None:
        """Replace the purchaser's sealed details; None deletes them."""
        await self._session.execute(SAVE_DETAILS, of=id, new_details=details)

    async def save_tax_exemption(self, id: str, exemption: bytes | None) -> None:
        """Replace the sealed reason why no tax is taken of the purchaser; None deletes it."""
        await self._session.execute(SAVE_TAX_EXEMPTION, of=id, new_exemption=exemption)

    async def link_account(
        self, issuer: str, subject: str, purchaser_id: str, now: datetime
    ) -> str:
        """Link a provider account unless it is linked; returns the id of its purchaser."""
        await self._session.execute(
            ADD_ACCOUNT,
            issuer=issuer,
            subject=subject,
            purchaser_id=purchaser_id,
            created_at=to_microseconds(now),
        )
        row = await self._session.fetch_one(
            FIND_PURCHASER_OF_ACCOUNT, issuer=issuer, subject=subject
        )
        return row[0] if row else purchaser_id


class AddressesRepository:
    """The saved addresses of purchasers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def list_for(self, purchaser_id: str) -> tuple[AddressRecord, ...]:
        """The purchaser's addresses, in the order they were added."""
        rows = await self._session.fetch_all(LIST_ADDRESSES, purchaser=purchaser_id)
        return tuple(map(ADDRESS.value, rows))

    async def find(self, id: str) -> AddressRecord | None:
        """The address with this id, of any purchaser, or None."""
        row = await self._session.fetch_one(FIND_ADDRESS, id=id)
        return ADDRESS.value(row) if row else None

    async def add(self, record: AddressRecord, now: datetime) -> None:
        """Add an address."""
        await self._session.execute(
            ADD_ADDRESS,
            id=record.id,
            purchaser_id=record.purchaser_id,
            label_index=record.label_index,
            sealed=record.sealed,
            use_for_gifts=record.use_for_gifts,
            created_at=to_microseconds(now),
            changed_at=to_microseconds(now),
        )

    async def replace(self, record: AddressRecord, now: datetime) -> None:
        """Save a changed address."""
        await self._session.execute(
            REPLACE_ADDRESS,
            of=record.id,
            label=record.label_index,
            body=record.sealed,
            gifts=record.use_for_gifts,
            now=to_microseconds(now),
        )

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Delete an address of the purchaser; returns whether they had it."""
        return await self._session.execute(DELETE_ADDRESS, id=id, purchaser=purchaser_id) == 1


class PaymentMethodsRepository:
    """The saved payment methods of purchasers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def list_for(self, purchaser_id: str) -> tuple[PaymentMethodRecord, ...]:
        """The purchaser's payment methods, in the order they were added."""
        rows = await self._session.fetch_all(LIST_METHODS, purchaser=purchaser_id)
        return tuple(map(PAYMENT_METHOD.value, rows))

    async def find(self, id: str) -> PaymentMethodRecord | None:
        """The payment method with this id, of any purchaser, or None."""
        row = await self._session.fetch_one(FIND_METHOD, id=id)
        return PAYMENT_METHOD.value(row) if row else None

    async def add(self, record: PaymentMethodRecord, now: datetime) -> None:
        """Add a payment method."""
        await self._session.execute(
            ADD_METHOD,
            id=record.id,
            purchaser_id=record.purchaser_id,
            sealed=record.sealed,
            created_at=to_microseconds(now),
        )

    async def save(self, record: PaymentMethodRecord) -> None:
        """Save a changed payment method; one that is gone stays so."""
        await self._session.execute(SAVE_METHOD, method_id=record.id, new_sealed=record.sealed)

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Delete a payment method of the purchaser; returns whether they had it."""
        return await self._session.execute(DELETE_METHOD, id=id, purchaser=purchaser_id) == 1
