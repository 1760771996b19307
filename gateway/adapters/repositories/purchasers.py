"""Purchasers, addresses and payment methods in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.instants import microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.identity import (
    AddressRow,
    PaymentMethodRow,
    ProviderAccountRow,
    PurchaserRow,
)
from gateway.services.ports.purchasers import AddressRecord, PaymentMethodRecord, PurchaserRecord

purchasers = table(PurchaserRow)
accounts = table(ProviderAccountRow)
addresses = table(AddressRow)
methods = table(PaymentMethodRow)

PURCHASER = select(purchasers.c.id, purchasers.c.email_index, purchasers.c.sealed)
FIND: Statement[tuple[str, str | None, bytes]] = Statement(
    PURCHASER.where(purchasers.c.id == bindparam("id"))
)
LOCK = Statement(
    select(purchasers.c.id).where(purchasers.c.id == bindparam("id")).with_for_update()
)
BY_EMAIL: Statement[tuple[str, str | None, bytes]] = Statement(
    PURCHASER.where(within(purchasers.c.email_index, "emails"))
)
ADD = Statement(insert(purchasers).on_conflict_do_nothing())
INDEX = Statement(
    update(purchasers)
    .where(purchasers.c.id == bindparam("of"))
    .values(email_index=bindparam("email"))
)
LINK = Statement(insert(accounts).on_conflict_do_nothing())
LINKED: Statement[tuple[str]] = Statement(
    select(accounts.c.purchaser_id).where(
        accounts.c.issuer == bindparam("issuer"), accounts.c.subject == bindparam("subject")
    )
)

ADDRESS = select(
    addresses.c.id,
    addresses.c.purchaser_id,
    addresses.c.label_index,
    addresses.c.sealed,
    addresses.c.use_for_gifts,
)
ADDRESSES: Statement[tuple[str, str, str, bytes, int]] = Statement(
    ADDRESS.where(addresses.c.purchaser_id == bindparam("purchaser")).order_by(
        addresses.c.created_at, addresses.c.id
    )
)
FIND_ADDRESS: Statement[tuple[str, str, str, bytes, int]] = Statement(
    ADDRESS.where(addresses.c.id == bindparam("id"))
)
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

METHOD = select(methods.c.id, methods.c.purchaser_id, methods.c.sealed)
METHODS: Statement[tuple[str, str, bytes]] = Statement(
    METHOD.where(methods.c.purchaser_id == bindparam("purchaser")).order_by(
        methods.c.created_at, methods.c.id
    )
)
FIND_METHOD: Statement[tuple[str, str, bytes]] = Statement(
    METHOD.where(methods.c.id == bindparam("id"))
)
ADD_METHOD = Statement(insert(methods))
DELETE_METHOD = Statement(
    delete(methods).where(
        methods.c.id == bindparam("id"), methods.c.purchaser_id == bindparam("purchaser")
    )
)


class PurchasersRepository:
    """Who buys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, id: str) -> PurchaserRecord | None:
        """The purchaser with this id."""
        row = await self._session.one(FIND, id=id)
        return PurchaserRecord(*row) if row else None

    async def lock(self, id: str) -> None:
        """Let other transactions that lock the same purchaser wait until this one has ended."""
        await self._session.all(LOCK, id=id)

    async def by_email(self, emails: Sequence[str]) -> PurchaserRecord | None:
        """The purchaser whose verified e-mail has one of these blind indexes."""
        row = await self._session.one(BY_EMAIL, emails=emails)
        return PurchaserRecord(*row) if row else None

    async def add(self, record: PurchaserRecord, now: datetime) -> str:
        """The id of who has the e-mail from now on."""
        added = await self._session.run(
            ADD,
            id=record.id,
            email_index=record.email,
            sealed=record.sealed,
            created_at=microseconds(now),
        )
        if added:
            return record.id
        before = await self.by_email([record.email or ""])
        return before.id if before else record.id

    async def index(self, id: str, email: str | None) -> None:
        """Find the purchaser by this blind index of their e-mail from now on, or by none."""
        await self._session.run(INDEX, of=id, email=email)

    async def link(self, issuer: str, subject: str, purchaser_id: str, now: datetime) -> str:
        """The purchaser of an identity provider's account: this one, or who it had already."""
        await self._session.run(
            LINK,
            issuer=issuer,
            subject=subject,
            purchaser_id=purchaser_id,
            created_at=microseconds(now),
        )
        row = await self._session.one(LINKED, issuer=issuer, subject=subject)
        return row[0] if row else purchaser_id


class AddressesRepository:
    """Saved addresses."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, purchaser_id: str) -> tuple[AddressRecord, ...]:
        """The purchaser's addresses."""
        rows = await self._session.all(ADDRESSES, purchaser=purchaser_id)
        return tuple(_address(*row) for row in rows)

    async def find(self, id: str) -> AddressRecord | None:
        """The address with this id."""
        row = await self._session.one(FIND_ADDRESS, id=id)
        return _address(*row) if row else None

    async def add(self, record: AddressRecord, now: datetime) -> None:
        """Keep a new address."""
        await self._session.run(
            ADD_ADDRESS,
            id=record.id,
            purchaser_id=record.purchaser_id,
            label_index=record.label,
            sealed=record.sealed,
            use_for_gifts=record.use_for_gifts,
            created_at=microseconds(now),
            changed_at=microseconds(now),
        )

    async def replace(self, record: AddressRecord, now: datetime) -> None:
        """Keep a changed address."""
        await self._session.run(
            REPLACE_ADDRESS,
            of=record.id,
            label=record.label,
            body=record.sealed,
            gifts=record.use_for_gifts,
            now=microseconds(now),
        )

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Whether the purchaser had the address."""
        return await self._session.run(DELETE_ADDRESS, id=id, purchaser=purchaser_id) == 1


class PaymentMethodsRepository:
    """Saved payment methods."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, purchaser_id: str) -> tuple[PaymentMethodRecord, ...]:
        """The purchaser's payment methods."""
        rows = await self._session.all(METHODS, purchaser=purchaser_id)
        return tuple(PaymentMethodRecord(*row) for row in rows)

    async def find(self, id: str) -> PaymentMethodRecord | None:
        """The payment method with this id."""
        row = await self._session.one(FIND_METHOD, id=id)
        return PaymentMethodRecord(*row) if row else None

    async def add(self, record: PaymentMethodRecord, now: datetime) -> None:
        """Keep a new payment method."""
        await self._session.run(
            ADD_METHOD,
            id=record.id,
            purchaser_id=record.purchaser_id,
            sealed=record.sealed,
            created_at=microseconds(now),
        )

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Whether the purchaser had the method."""
        return await self._session.run(DELETE_METHOD, id=id, purchaser=purchaser_id) == 1


def _address(
    id: str, purchaser_id: str, label: str, sealed: bytes, use_for_gifts: int
) -> AddressRecord:
    return AddressRecord(id, purchaser_id, label, sealed, bool(use_for_gifts))
