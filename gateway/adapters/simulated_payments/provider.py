"""A simulated payment provider, whose results depend on the token of the payment method.

It writes its own table in separate transactions. So charges remain if the gateway crashes or
rolls back, as at a real provider.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.simulated_charges import (
    SimulatedCharge,
    SimulatedChargesRepository,
    SimulatedChargeStatus,
)
from gateway.engine.money import Money
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureRefused,
    CaptureResult,
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
)

MAX_CHARGES_LISTED = 1_000
"""Older charges are not listed."""

OK_TOKEN = "sim_ok"  # noqa: S105
DECLINED_TOKEN = "sim_declined"  # noqa: S105
INSUFFICIENT_FUNDS_TOKEN = "sim_insufficient"  # noqa: S105
ACTION_TOKEN = "sim_3ds"  # noqa: S105
TIMEOUT_TOKEN = "sim_timeout"  # noqa: S105
HOLD_EXPIRES_TOKEN = "sim_hold_expires"  # noqa: S105

DECLINE_REASONS = {
    DECLINED_TOKEN: DeclineReason.DECLINED,
    INSUFFICIENT_FUNDS_TOKEN: DeclineReason.INSUFFICIENT_FUNDS,
}
HOLDING_TOKENS = {OK_TOKEN, TIMEOUT_TOKEN, HOLD_EXPIRES_TOKEN}


@dataclass(frozen=True, slots=True)
class SimulationTiming:
    """The delay of ``sim_timeout``, in seconds, and the time in which a payer can confirm."""

    silence_seconds: float = 7.0
    action_lifetime: timedelta = timedelta(minutes=15)


class SimulatedPaymentProvider:
    """The provider, with its charges in ``database`` and its pages under ``public_url``."""

    def __init__(
        self,
        database: OpenDatabase,
        ids: IdGenerator,
        public_url: str,
        timing: SimulationTiming | None = None,
    ) -> None:
        self._database = database
        self._ids = ids
        self._public_url = public_url.rstrip("/")
        self._timing = timing or SimulationTiming()

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        """Hold the amount, unless the token of the payment method selects another result."""
        requested_charge = self._build_charge(request, await self._database.now())
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            is_new = await charges.add(requested_charge)
            stored_charge = await charges.find_by_key(request.idempotency_key) or requested_charge
        if _request_terms(stored_charge) != _request_terms(requested_charge):
            raise IdempotencyKeyReused(request.idempotency_key)
        if is_new and request.provider_token == TIMEOUT_TOKEN:
            await asyncio.sleep(self._timing.silence_seconds)
            return AuthorizationUnknown()
        return self._to_authorization(stored_charge, requested_charge.created_at)

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        """The result of the request with this key; None if there was none."""
        async with self._database.read() as reading:
            charge = await SimulatedChargesRepository(reading.session).find_by_key(idempotency_key)
        return self._to_authorization(charge, await self._database.now()) if charge else None

    async def capture(self, charge_id: str, amount: Money) -> CaptureResult:
        """Capture ``amount``; the first hold with ``sim_hold_expires`` counts as expired."""
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            charge = await _require_charge(charges, charge_id)
            if charge.status is SimulatedChargeStatus.CAPTURED:
                return CaptureCompleted()
            if charge.status is not SimulatedChargeStatus.HELD:
                return CaptureRefused()
            if amount.currency.code != charge.currency or amount.minor > charge.amount_minor:
                raise InvalidChargeState("more than is held, or another currency")
            if charge.method == HOLD_EXPIRES_TOKEN and charge.renews is None:
                await charges.save(replace(charge, status=SimulatedChargeStatus.RELEASED))
                return CaptureRefused()
            captured_charge = replace(
                charge, status=SimulatedChargeStatus.CAPTURED, captured_minor=amount.minor
            )
            await charges.save(captured_charge)
        return CaptureCompleted()

    async def release(self, charge_id: str) -> None:
        """Release a hold."""
        open_statuses = {SimulatedChargeStatus.HELD, SimulatedChargeStatus.PENDING}
        ended_statuses = {SimulatedChargeStatus.RELEASED, SimulatedChargeStatus.DECLINED}
        await self._end_charge(
            charge_id, open_statuses, ended_statuses, SimulatedChargeStatus.RELEASED
        )

    async def refund(self, charge_id: str) -> None:
        """Refund the whole captured amount."""
        await self._end_charge(
            charge_id,
            {SimulatedChargeStatus.CAPTURED},
            {SimulatedChargeStatus.REFUNDED},
            SimulatedChargeStatus.REFUNDED,
        )

    async def find_confirmable(self, token: str) -> SimulatedCharge | None:
        """The charge of ``token`` if it can be confirmed or has been; otherwise None."""
        async with self._database.read() as reading:
            charge = await SimulatedChargesRepository(reading.session).find_by_token(token)
        now = await self._database.now()
        return charge if charge and _is_confirmable(charge, now) else None

    async def confirm(self, token: str) -> SimulatedCharge | None:
        """Confirm the charge of ``token`` and return it; None for an unknown or expired token."""
        now = await self._database.now()
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            unlocked_charge = await charges.find_by_token(token)
            charge = await charges.find_for_update(unlocked_charge.id) if unlocked_charge else None
            if charge is None or not _is_confirmable(charge, now):
                return None
            held_charge = replace(charge, status=SimulatedChargeStatus.HELD)
            await charges.save(held_charge)
        return held_charge

    async def list_charges(self) -> tuple[SimulatedCharge, ...]:
        """The latest charges, also refused ones, but not those that still wait for their payer."""
        async with self._database.read() as reading:
            latest_charges = await SimulatedChargesRepository(reading.session).list_latest(
                MAX_CHARGES_LISTED
            )
        return tuple(
            charge
            for charge in latest_charges
            if charge.status is not SimulatedChargeStatus.PENDING
        )

    def _build_charge(self, request: AuthorizationRequest, now: datetime) -> SimulatedCharge:
        status, reason = _initial_status(request.provider_token)
        needs_action = status is SimulatedChargeStatus.PENDING
        return SimulatedCharge(
            id=self._ids.new("simch"),
            idempotency_key=request.idempotency_key,
            amount_minor=request.amount.minor,
            captured_minor=None,
            currency=request.amount.currency.code,
            method=request.provider_token,
            customer=request.customer_id,
            renews=request.renewed_charge_id,
            status=status,
            reason=reason,
            action_token=self._ids.new("3ds") if needs_action else None,
            action_expires_at=now + self._timing.action_lifetime if needs_action else None,
            created_at=now,
        )

    def _to_authorization(self, charge: SimulatedCharge, now: datetime) -> AuthorizationResult:
        match charge.status:
            case SimulatedChargeStatus.HELD | SimulatedChargeStatus.CAPTURED:
                return AuthorizationGranted(charge.id)
            case SimulatedChargeStatus.PENDING if charge.action_expires_at and _is_confirmable(
                charge, now
            ):
                url = f"{self._public_url}/sim/3ds/{charge.action_token}"
                return AuthorizationActionRequired(charge.id, url, charge.action_expires_at)
            case SimulatedChargeStatus.PENDING:
                return AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
            case SimulatedChargeStatus.DECLINED if charge.reason:
                return AuthorizationDeclined(charge.reason)
            case _:
                return AuthorizationDeclined(DeclineReason.RELEASED)

    async def _end_charge(
        self,
        charge_id: str,
        allowed_statuses: set[SimulatedChargeStatus],
        ended_statuses: set[SimulatedChargeStatus],
        target_status: SimulatedChargeStatus,
    ) -> None:
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            charge = await _require_charge(charges, charge_id)
            if charge.status in ended_statuses:
                return
            if charge.status not in allowed_statuses:
                raise InvalidChargeState(f"is {charge.status}, cannot become {target_status}")
            await charges.save(replace(charge, status=target_status))


def _initial_status(method: str) -> tuple[SimulatedChargeStatus, DeclineReason | None]:
    if method in HOLDING_TOKENS:
        return SimulatedChargeStatus.HELD, None
    if method == ACTION_TOKEN:
        return SimulatedChargeStatus.PENDING, None
    return SimulatedChargeStatus.DECLINED, DECLINE_REASONS.get(method, DeclineReason.UNKNOWN_METHOD)


def _request_terms(charge: SimulatedCharge) -> tuple[int, str, str, str]:
    return charge.amount_minor, charge.currency, charge.method, charge.customer


def _is_confirmable(charge: SimulatedCharge, now: datetime) -> bool:
    if charge.status is not SimulatedChargeStatus.PENDING:
        return charge.status is SimulatedChargeStatus.HELD
    return charge.action_expires_at is not None and now < charge.action_expires_at


async def _require_charge(charges: SimulatedChargesRepository, charge_id: str) -> SimulatedCharge:
    charge = await charges.find_for_update(charge_id)
    if charge is None:
        raise InvalidChargeState("unknown")
    return charge
