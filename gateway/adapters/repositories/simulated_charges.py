"""The repository of the simulated payment provider's charges."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.simulated_charges import SimulatedChargeRow, SimulatedTransferRow
from gateway.services.ports.payments import DeclineReason


class SimulatedChargeStatus(StrEnum):
    """The status of a charge. PENDING waits for the payer and holds no money yet."""

    PENDING = "PENDING"
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class SimulatedCharge:
    """One authorization request and the state of its charge. Amounts are in minor units."""

    id: str
    idempotency_key: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    currency: str
    method: str
    customer: str
    renews: str | None
    status: SimulatedChargeStatus
    reason: DeclineReason | None
    action_token: str | None
    action_expires_at: datetime | None
    created_at: datetime


class SimulatedTransferKind(StrEnum):
    """Which way the money went: CAPTURE takes it, REFUND gives it back."""

    CAPTURE = "CAPTURE"
    REFUND = "REFUND"


@dataclass(frozen=True, slots=True)
class SimulatedTransfer:
    """One capture or refund of a charge."""

    idempotency_key: str
    charge_id: str
    kind: SimulatedTransferKind
    amount_minor: int
    requested_at: datetime


charges = table(SimulatedChargeRow)
transfers = table(SimulatedTransferRow)


def _captured_minor(captured_minor: int | None) -> int:
    return captured_minor or 0


def _refunded_minor(refunded_minor: int, captured_minor: int | None, status: str) -> int:
    # Versions before revision 0016 refund the whole and write the status alone.
    is_refunded = status == SimulatedChargeStatus.REFUNDED
    return _captured_minor(captured_minor) if is_refunded else refunded_minor


def _reason_or_none(reason: str | None) -> DeclineReason | None:
    return DeclineReason(reason) if reason else None


CHARGE = RowMapper(
    SimulatedCharge,
    id=charges.c.id,
    idempotency_key=charges.c.idempotency_key,
    amount_minor=charges.c.amount_minor,
    captured_minor=From(_captured_minor, charges.c.captured_minor),
    refunded_minor=From(
        _refunded_minor, charges.c.refunded_minor, charges.c.captured_minor, charges.c.status
    ),
    currency=charges.c.currency,
    method=charges.c.method,
    customer=charges.c.customer,
    renews=charges.c.renews,
    status=From(SimulatedChargeStatus, charges.c.status),
    reason=From(_reason_or_none, charges.c.reason),
    action_token=charges.c.action_token,
    action_expires_at=From(from_microseconds_or_none, charges.c.action_expires_at),
    created_at=From(from_microseconds, charges.c.created_at),
)
ADD = Statement(insert(charges).on_conflict_do_nothing())
FIND_BY_KEY = Statement(
    select(*CHARGE.columns).where(charges.c.idempotency_key == bindparam("idempotency_key"))
)
FIND = Statement(select(*CHARGE.columns).where(charges.c.id == bindparam("id")))
FIND_FOR_UPDATE = Statement(
    select(*CHARGE.columns).where(charges.c.id == bindparam("id")).with_for_update()
)
FIND_BY_TOKEN = Statement(
    select(*CHARGE.columns).where(charges.c.action_token == bindparam("token"))
)
LIST_LATEST = Statement(
    select(*CHARGE.columns)
    .order_by(charges.c.created_at.desc(), charges.c.id.desc())
    .limit(bindparam("most"))
)
SAVE = Statement(
    update(charges)
    .where(charges.c.id == bindparam("of"))
    .values(
        status=bindparam("status"),
        captured_minor=bindparam("captured_minor"),
        refunded_minor=bindparam("refunded_minor"),
    )
)
TRANSFER = RowMapper(
    SimulatedTransfer,
    idempotency_key=transfers.c.idempotency_key,
    charge_id=transfers.c.charge_id,
    kind=From(SimulatedTransferKind, transfers.c.kind),
    amount_minor=transfers.c.amount_minor,
    requested_at=From(from_microseconds, transfers.c.requested_at),
)
ADD_TRANSFER = Statement(insert(transfers))
FIND_TRANSFER = Statement(
    select(*TRANSFER.columns).where(transfers.c.idempotency_key == bindparam("idempotency_key"))
)
SUM_REFUNDS_SINCE: Statement[tuple[int]] = Statement(
    select(func.coalesce(func.sum(transfers.c.amount_minor), 0)).where(
        transfers.c.charge_id == bindparam("charge_id"),
        transfers.c.kind == bindparam("kind"),
        transfers.c.requested_at > bindparam("since"),
    )
)


class SimulatedChargesRepository:
    """The charges of the simulated provider, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, charge: SimulatedCharge) -> bool:
        """Add ``charge`` unless its idempotency key exists; returns whether it was added."""
        row_count = await self._session.execute(
            ADD,
            id=charge.id,
            idempotency_key=charge.idempotency_key,
            amount_minor=charge.amount_minor,
            captured_minor=charge.captured_minor,
            refunded_minor=charge.refunded_minor,
            currency=charge.currency,
            method=charge.method,
            customer=charge.customer,
            renews=charge.renews,
            status=charge.status,
            reason=charge.reason,
            action_token=charge.action_token,
            action_expires_at=to_microseconds_or_none(charge.action_expires_at),
            created_at=to_microseconds(charge.created_at),
        )
        return row_count == 1

    async def find_by_key(self, idempotency_key: str) -> SimulatedCharge | None:
        """The charge requested with this idempotency key, or None."""
        return await self._find_one(FIND_BY_KEY, idempotency_key=idempotency_key)

    async def find(self, id: str) -> SimulatedCharge | None:
        """The charge with this id."""
        return await self._find_one(FIND, id=id)

    async def find_for_update(self, id: str) -> SimulatedCharge | None:
        """The charge with this id, locked until the transaction ends, or None."""
        return await self._find_one(FIND_FOR_UPDATE, id=id)

    async def find_by_token(self, token: str) -> SimulatedCharge | None:
        """The charge that its payer can confirm with this token, or None."""
        return await self._find_one(FIND_BY_TOKEN, token=token)

    async def list_latest(self, limit: int) -> tuple[SimulatedCharge, ...]:
        """The latest ``limit`` charges, in the order of their requests."""
        rows = await self._session.fetch_all(LIST_LATEST, most=limit)
        return tuple(map(CHARGE.value, reversed(rows)))

    async def save(self, charge: SimulatedCharge) -> None:
        """Keep the status of a locked charge, and what was taken and given back."""
        await self._session.execute(
            SAVE,
            of=charge.id,
            status=charge.status,
            captured_minor=charge.captured_minor,
            refunded_minor=charge.refunded_minor,
        )

    async def add_transfer(self, transfer: SimulatedTransfer) -> None:
        """Book a capture or refund of a locked charge."""
        await self._session.execute(
            ADD_TRANSFER,
            idempotency_key=transfer.idempotency_key,
            charge_id=transfer.charge_id,
            kind=transfer.kind,
            amount_minor=transfer.amount_minor,
            requested_at=to_microseconds(transfer.requested_at),
        )

    async def find_transfer(self, idempotency_key: str) -> SimulatedTransfer | None:
        """The capture or refund with this key."""
        row = await self._session.fetch_one(FIND_TRANSFER, idempotency_key=idempotency_key)
        return TRANSFER.value(row) if row else None

    async def sum_refunds_since(self, charge_id: str, since: datetime) -> int:
        """What was asked back of a charge after ``since``, minor units."""
        row = await self._session.fetch_one(
            SUM_REFUNDS_SINCE,
            charge_id=charge_id,
            kind=SimulatedTransferKind.REFUND,
            since=to_microseconds(since),
        )
        return int(row[0]) if row else 0

    async def _find_one(self, statement: Statement, **values: str) -> SimulatedCharge | None:
        row = await self._session.fetch_one(statement, **values)
        return CHARGE.value(row) if row else None
