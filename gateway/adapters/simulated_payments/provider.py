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
    SimulatedTransfer,
    SimulatedTransferKind,
)
from gateway.engine.money import Money
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payments import (
    AmountRefusal,
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
    ProviderDetails,
    RefundCompleted,
    RefundFailed,
    RefundPending,
    RefundResult,
)

MAX_CHARGES_LISTED = 1_000
"""Older charges are not listed."""

TOKEN_PREFIX = "sim_"  # noqa: S105
OK_TOKEN = "sim_ok"  # noqa: S105
DECLINED_TOKEN = "sim_declined"  # noqa: S105
INSUFFICIENT_FUNDS_TOKEN = "sim_insufficient"  # noqa: S105
ACTION_TOKEN = "sim_3ds"  # noqa: S105
TIMEOUT_TOKEN = "sim_timeout"  # noqa: S105
HOLD_EXPIRES_TOKEN = "sim_hold_expires"  # noqa: S105
RAISE_REFUSED_TOKEN = "sim_raise_refused"  # noqa: S105
REFUND_FAILS_TOKEN = "sim_refund_fails"  # noqa: S105

DECLINE_REASONS = {
    DECLINED_TOKEN: DeclineReason.DECLINED,
    INSUFFICIENT_FUNDS_TOKEN: DeclineReason.INSUFFICIENT_FUNDS,
}
HOLDING_TOKENS = {
    OK_TOKEN,
    TIMEOUT_TOKEN,
    HOLD_EXPIRES_TOKEN,
    RAISE_REFUSED_TOKEN,
    REFUND_FAILS_TOKEN,
}
REFUND_FAILURE_REASON = "DECLINED"
REFUND_FAILURE_DELAY = timedelta(seconds=2)
"""How long a refund of ``sim_refund_fails`` is pending."""


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

    async def capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        """Capture ``amount``; the first hold with ``sim_hold_expires`` counts as expired."""
        transfer = SimulatedTransfer(
            idempotency_key,
            charge_id,
            SimulatedTransferKind.CAPTURE,
            amount.minor,
            await self._database.now(),
        )
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            charge = await _require_charge(charges, charge_id)
            if await _find_first_transfer(transfer, charges) is not None:
                return CaptureCompleted()
            if not _holds_nothing_more(charge):
                _require_at_most(charge.amount_minor - charge.captured_minor, amount, charge)
            if charge.status is not SimulatedChargeStatus.HELD:
                return CaptureRefused()
            if charge.method == HOLD_EXPIRES_TOKEN and charge.renews is None:
                await charges.save(replace(charge, status=SimulatedChargeStatus.RELEASED))
                return CaptureRefused()
            await charges.add_transfer(transfer)
            await charges.save(_captured_charge(charge, amount.minor, final=final))
        return CaptureCompleted()

    async def release(self, charge_id: str) -> None:
        """Release what is held and not captured."""
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            charge = await _require_charge(charges, charge_id)
            if _holds_nothing_more(charge):
                return
            if charge.status not in {SimulatedChargeStatus.HELD, SimulatedChargeStatus.PENDING}:
                raise InvalidChargeState(f"is {charge.status}, cannot become RELEASED")
            await charges.save(replace(charge, status=_status_without_hold(charge)))

    async def find_captured_minor(self, charge_id: str) -> int:
        """What was taken of the charge until now, in minor units."""
        async with self._database.begin() as work:
            charge = await _require_charge(SimulatedChargesRepository(work.session), charge_id)
        return charge.captured_minor

    async def refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        """Refund ``amount``; a refund with ``sim_refund_fails`` is pending and then fails."""
        now = await self._database.now()
        transfer = SimulatedTransfer(
            idempotency_key, charge_id, SimulatedTransferKind.REFUND, amount.minor, now
        )
        async with self._database.begin() as work:
            charges = SimulatedChargesRepository(work.session)
            charge = await _require_charge(charges, charge_id)
            first_transfer = await _find_first_transfer(transfer, charges)
            if first_transfer is not None:
                return _refund_result(first_transfer, charge, now)
            refundable_minor = charge.captured_minor - charge.refunded_minor
            if charge.method == REFUND_FAILS_TOKEN:
                refundable_minor -= await charges.sum_refunds_since(
                    charge_id, now - REFUND_FAILURE_DELAY
                )
            _require_at_most(refundable_minor, amount, charge)
            await charges.add_transfer(transfer)
            if charge.method != REFUND_FAILS_TOKEN:
                await charges.save(_refunded_charge(charge, amount.minor))
        return _refund_result(transfer, charge, now)

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        """The present state of the refund with this key; None if there was none."""
        async with self._database.read() as reading:
            charges = SimulatedChargesRepository(reading.session)
            transfer = await charges.find_transfer(idempotency_key)
            if transfer is None or transfer.kind is not SimulatedTransferKind.REFUND:
                return None
            charge = await charges.find(transfer.charge_id)
        if charge is None:
            return None
        return _refund_result(transfer, charge, await self._database.now())

    @property
    def details(self) -> ProviderDetails:
        """A browser needs nothing: the tokens are given as they are."""
        return ProviderDetails("sim", token_prefix=TOKEN_PREFIX)

    @property
    def captures_once(self) -> bool:
        """False: a charge can be captured in parts."""
        return False

    @property
    def hold_lifetime(self) -> timedelta | None:
        """None: a hold ends only where the token asks for it."""
        return None

    def find_amount_refusal(self, amount: Money) -> AmountRefusal | None:  # noqa: ARG002 - any amount can be charged
        """None: any amount of any currency can be charged."""
        return None

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
        status, reason = _initial_status(request)
        needs_action = status is SimulatedChargeStatus.PENDING
        return SimulatedCharge(
            id=self._ids.new("simch"),
            idempotency_key=request.idempotency_key,
            amount_minor=request.amount.minor,
            captured_minor=0,
            refunded_minor=0,
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


def _initial_status(
    request: AuthorizationRequest,
) -> tuple[SimulatedChargeStatus, DeclineReason | None]:
    method = request.provider_token
    if method == RAISE_REFUSED_TOKEN and request.raised_charge_id is not None:
        return SimulatedChargeStatus.DECLINED, DeclineReason.DECLINED
    if method in HOLDING_TOKENS:
        return SimulatedChargeStatus.HELD, None
    if method == ACTION_TOKEN:
        return SimulatedChargeStatus.PENDING, None
    return SimulatedChargeStatus.DECLINED, DECLINE_REASONS.get(method, DeclineReason.UNKNOWN_METHOD)


def _holds_nothing_more(charge: SimulatedCharge) -> bool:
    """Whether what was not captured of ``charge`` was let go, or never held."""
    match charge.status:
        case SimulatedChargeStatus.RELEASED | SimulatedChargeStatus.DECLINED:
            return True
        case SimulatedChargeStatus.CAPTURED | SimulatedChargeStatus.REFUNDED:
            return charge.captured_minor < charge.amount_minor
    return False


def _captured_charge(charge: SimulatedCharge, minor: int, *, final: bool) -> SimulatedCharge:
    captured_charge = replace(charge, captured_minor=charge.captured_minor + minor)
    if final or captured_charge.captured_minor == charge.amount_minor:
        return replace(captured_charge, status=_status_without_hold(captured_charge))
    return captured_charge


def _refunded_charge(charge: SimulatedCharge, minor: int) -> SimulatedCharge:
    refunded_charge = replace(charge, refunded_minor=charge.refunded_minor + minor)
    if charge.status is SimulatedChargeStatus.CAPTURED:
        return replace(refunded_charge, status=_status_without_hold(refunded_charge))
    return refunded_charge


def _status_without_hold(charge: SimulatedCharge) -> SimulatedChargeStatus:
    """The status once nothing of ``charge`` is held any more."""
    if charge.captured_minor == 0:
        return SimulatedChargeStatus.RELEASED
    if charge.refunded_minor == charge.captured_minor:
        return SimulatedChargeStatus.REFUNDED
    return SimulatedChargeStatus.CAPTURED


def _refund_result(
    transfer: SimulatedTransfer, charge: SimulatedCharge, now: datetime
) -> RefundResult:
    if charge.method != REFUND_FAILS_TOKEN:
        return RefundCompleted()
    if now < transfer.requested_at + REFUND_FAILURE_DELAY:
        return RefundPending()
    return RefundFailed(REFUND_FAILURE_REASON)


async def _find_first_transfer(
    transfer: SimulatedTransfer, charges: SimulatedChargesRepository
) -> SimulatedTransfer | None:
    """The transfer that was made under the key of ``transfer``; None if there is none.

    Raises:
        IdempotencyKeyReused: it was another one.

    """
    first_transfer = await charges.find_transfer(transfer.idempotency_key)
    if (
        first_transfer is not None
        and replace(first_transfer, requested_at=transfer.requested_at) != transfer
    ):
        raise IdempotencyKeyReused(transfer.idempotency_key)
    return first_transfer


def _require_at_most(available_minor: int, amount: Money, charge: SimulatedCharge) -> None:
    if amount.currency.code != charge.currency or amount.minor > available_minor:
        raise InvalidChargeState(f"more than {available_minor}, or another currency")


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
