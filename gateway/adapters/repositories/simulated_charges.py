"""The repository of the simulated payment provider's charges."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.simulated_charges import SimulatedChargeRow
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
    captured_minor: int | None
    currency: str
    method: str
    customer: str
    renews: str | None
    status: SimulatedChargeStatus
    reason: DeclineReason | None
    action_token: str | None
    action_expires_at: datetime | None
    created_at: datetime


charges = table(SimulatedChargeRow)


def _reason_or_none(reason: str | None) -> DeclineReason | None:
    return DeclineReason(reason) if reason else None


CHARGE = RowMapper(
    SimulatedCharge,
    id=charges.c.id,
    idempotency_key=charges.c.idempotency_key,
    amount_minor=charges.c.amount_minor,
    captured_minor=charges.c.captured_minor,
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
    .values(status=bindparam("status"), captured_minor=bindparam("captured_minor"))
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
        """Save the status and the captured amount of a locked charge."""
        await self._session.execute(
            SAVE, of=charge.id, status=charge.status, captured_minor=charge.captured_minor
        )

    async def _find_one(self, statement: Statement, **values: str) -> SimulatedCharge | None:
        row = await self._session.fetch_one(statement, **values)
        return CHARGE.value(row) if row else None
