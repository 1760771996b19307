"""A payment provider to try everything with: what happens is decided by the method's token.

It keeps its own table, written in transactions of its own: a gateway that crashes or rolls back
finds here what really happened, as it would at a real provider.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.adapters.databases import OpenDatabase
from gateway.adapters.repositories.simulated_charges import (
    Charge,
    ChargeStatus,
    SimulatedCharges,
)
from gateway.engine.money import Money
from gateway.services.ports.ids import Ids
from gateway.services.ports.payments import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Capture,
    Captured,
    CaptureRefused,
    Declined,
    DeclineReason,
    KeyReused,
    Unknown,
    WrongCharge,
)

MAX_CHARGES_LISTED = 1_000

OK = "sim_ok"
DECLINED = "sim_declined"
INSUFFICIENT = "sim_insufficient"
ACTION = "sim_3ds"
TIMEOUT = "sim_timeout"
HOLD_EXPIRES = "sim_hold_expires"

REFUSALS = {DECLINED: DeclineReason.DECLINED, INSUFFICIENT: DeclineReason.INSUFFICIENT_FUNDS}
HOLDS = {OK, TIMEOUT, HOLD_EXPIRES}


@dataclass(frozen=True, slots=True)
class Habits:
    """How long ``sim_timeout`` keeps silent, in seconds, and how long a confirmation is open."""

    silence: float = 7.0
    action_open: timedelta = timedelta(minutes=15)


class SimulatedPayments:
    """The provider, with its books in ``database`` and its page under ``public_url``."""

    def __init__(
        self, database: OpenDatabase, ids: Ids, public_url: str, habits: Habits | None = None
    ) -> None:
        self._database = database
        self._ids = ids
        self._public_url = public_url.rstrip("/")
        self._habits = habits or Habits()

    async def authorize(self, request: AuthorizationRequest) -> Authorization:
        """Hold the amount, or whatever the method's token stands for."""
        asked = self._asked(request, await self._database.now())
        async with self._database.begin() as work:
            books = SimulatedCharges(work.session)
            new = await books.add(asked)
            booked = await books.by_key(request.idempotency_key) or asked
        if _terms(booked) != _terms(asked):
            raise KeyReused(request.idempotency_key)
        if new and request.method == TIMEOUT:
            await asyncio.sleep(self._habits.silence)
            return Unknown()
        return self._outcome(booked, asked.created_at)

    async def lookup(self, idempotency_key: str) -> Authorization | None:
        """What became of the request with this key."""
        async with self._database.read() as reading:
            charge = await SimulatedCharges(reading.session).by_key(idempotency_key)
        return self._outcome(charge, await self._database.now()) if charge else None

    async def capture(self, charge_id: str, amount: Money) -> Capture:
        """Take ``amount``; the first hold on ``sim_hold_expires`` turns out to have expired."""
        async with self._database.begin() as work:
            books = SimulatedCharges(work.session)
            charge = await _known(books, charge_id)
            if charge.status is ChargeStatus.CAPTURED:
                return Captured()
            if charge.status is not ChargeStatus.HELD:
                return CaptureRefused()
            if amount.currency.code != charge.currency or amount.minor > charge.amount_minor:
                raise WrongCharge("more than is held, or another currency")
            if charge.method == HOLD_EXPIRES and charge.renews is None:
                await books.save(replace(charge, status=ChargeStatus.RELEASED))
                return CaptureRefused()
            taken = replace(charge, status=ChargeStatus.CAPTURED, captured_minor=amount.minor)
            await books.save(taken)
        return Captured()

    async def release(self, charge_id: str) -> None:
        """Let go of a hold."""
        open_ones = {ChargeStatus.HELD, ChargeStatus.PENDING}
        gone = {ChargeStatus.RELEASED, ChargeStatus.DECLINED}
        await self._close(charge_id, open_ones, gone, ChargeStatus.RELEASED)

    async def refund(self, charge_id: str) -> None:
        """Give back all that was taken."""
        await self._close(
            charge_id, {ChargeStatus.CAPTURED}, {ChargeStatus.REFUNDED}, ChargeStatus.REFUNDED
        )

    async def pending(self, token: str) -> Charge | None:
        """The charge that ``token`` confirms, while it can be, and after it was."""
        async with self._database.read() as reading:
            charge = await SimulatedCharges(reading.session).by_token(token)
        now = await self._database.now()
        return charge if charge and _confirmable(charge, now) else None

    async def confirm(self, token: str) -> Charge | None:
        """The charge the payer has confirmed; nothing for an unknown or expired token."""
        now = await self._database.now()
        async with self._database.begin() as work:
            books = SimulatedCharges(work.session)
            found = await books.by_token(token)
            charge = await books.locked(found.id) if found else None
            if charge is None or not _confirmable(charge, now):
                return None
            held = replace(charge, status=ChargeStatus.HELD)
            await books.save(held)
        return held

    async def charges(self) -> tuple[Charge, ...]:
        """What came to be of the last charges, refused ones too; not what waits for its payer."""
        async with self._database.read() as reading:
            booked = await SimulatedCharges(reading.session).latest(MAX_CHARGES_LISTED)
        return tuple(charge for charge in booked if charge.status is not ChargeStatus.PENDING)

    def _asked(self, request: AuthorizationRequest, now: datetime) -> Charge:
        status, reason = _decision(request.method)
        waits = status is ChargeStatus.PENDING
        return Charge(
            id=self._ids.new("simch"),
            idempotency_key=request.idempotency_key,
            amount_minor=request.amount.minor,
            captured_minor=None,
            currency=request.amount.currency.code,
            method=request.method,
            customer=request.customer,
            renews=request.renews,
            status=status,
            reason=reason,
            action_token=self._ids.new("3ds") if waits else None,
            action_expires_at=now + self._habits.action_open if waits else None,
            created_at=now,
        )

    def _outcome(self, charge: Charge, now: datetime) -> Authorization:
        match charge.status:
            case ChargeStatus.HELD | ChargeStatus.CAPTURED:
                return Authorized(charge.id)
            case ChargeStatus.PENDING if charge.action_expires_at and _confirmable(charge, now):
                url = f"{self._public_url}/sim/3ds/{charge.action_token}"
                return ActionRequired(charge.id, url, charge.action_expires_at)
            case ChargeStatus.PENDING:
                return Declined(DeclineReason.AUTHENTICATION_EXPIRED)
            case ChargeStatus.DECLINED if charge.reason:
                return Declined(charge.reason)
            case _:
                return Declined(DeclineReason.RELEASED)

    async def _close(
        self, charge_id: str, before: set[ChargeStatus], done: set[ChargeStatus], to: ChargeStatus
    ) -> None:
        async with self._database.begin() as work:
            books = SimulatedCharges(work.session)
            charge = await _known(books, charge_id)
            if charge.status in done:
                return
            if charge.status not in before:
                raise WrongCharge(f"is {charge.status}, cannot become {to}")
            await books.save(replace(charge, status=to))


def _decision(method: str) -> tuple[ChargeStatus, DeclineReason | None]:
    if method in HOLDS:
        return ChargeStatus.HELD, None
    if method == ACTION:
        return ChargeStatus.PENDING, None
    return ChargeStatus.DECLINED, REFUSALS.get(method, DeclineReason.UNKNOWN_METHOD)


def _terms(charge: Charge) -> tuple[int, str, str, str]:
    return charge.amount_minor, charge.currency, charge.method, charge.customer


def _confirmable(charge: Charge, now: datetime) -> bool:
    if charge.status is not ChargeStatus.PENDING:
        return charge.status is ChargeStatus.HELD
    return charge.action_expires_at is not None and now < charge.action_expires_at


async def _known(books: SimulatedCharges, charge_id: str) -> Charge:
    charge = await books.locked(charge_id)
    if charge is None:
        raise WrongCharge("unknown")
    return charge
