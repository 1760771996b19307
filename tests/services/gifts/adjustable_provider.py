"""The simulated provider with what it lacks: holds that end, silence, and amounts it refuses."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.adapters.clocks import ManualClock
from gateway.engine.money import Money
from gateway.services.ports.payments import (
    AmountRefusal,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureRefused,
    CaptureResult,
    CaptureUnknown,
    PaymentProvider,
    ProviderDetails,
    ProviderUnavailable,
    RefundResult,
)
from tests.services.gifts.shop import GiftShop


@dataclass
class AdjustableProvider:
    """Holds last ``hold_lifetime``; while it ``is_away`` nothing is answered.

    ``loses_answers``: what is asked is done, and nobody hears of it. ``is_stuck``: it never answers
    and never hangs up. ``refusal`` is its answer to amounts below ``minimum_minor``.
    """

    payments: PaymentProvider
    clock: ManualClock
    hold_lifetime: timedelta | None = None
    is_away: bool = False
    loses_answers: bool = False
    is_stuck: bool = False
    minimum_minor: int = 0
    refusal: AmountRefusal = field(default_factory=AmountRefusal)
    ends: dict[str, datetime] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    @property
    def details(self) -> ProviderDetails:
        return self.payments.details

    @property
    def captures_once(self) -> bool:
        return self.payments.captures_once

    def find_amount_refusal(self, amount: Money) -> AmountRefusal | None:
        return self.refusal if amount.minor < self.minimum_minor else None

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        self.keys.append(request.idempotency_key)
        if not await self._is_reached():
            return AuthorizationUnknown()
        result = await self.payments.authorize(request)
        return AuthorizationUnknown() if self.loses_answers else self._with_end(result)

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        if not await self._is_reached() or self.loses_answers:
            return AuthorizationUnknown()
        result = await self.payments.find_by_key(idempotency_key)
        return None if result is None else self._with_end(result)

    async def capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        if not await self._is_reached():
            return CaptureUnknown()
        if charge_id in self.ends and self.clock.now() >= self.ends[charge_id]:
            await self.payments.release(charge_id)
            return CaptureRefused()
        result = await self.payments.capture(charge_id, amount, idempotency_key, final=final)
        return CaptureUnknown() if self.loses_answers else result

    async def release(self, charge_id: str) -> None:
        reached = await self._is_reached()
        if reached:
            await self.payments.release(charge_id)
        if self.loses_answers or not reached:
            raise ProviderUnavailable(charge_id)

    async def find_captured_minor(self, charge_id: str) -> int:
        if not await self._is_reached():
            raise ProviderUnavailable(charge_id)
        return await self.payments.find_captured_minor(charge_id)

    async def refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        if not await self._is_reached():
            raise ProviderUnavailable(charge_id)
        result = await self.payments.refund(charge_id, amount, idempotency_key)
        if self.loses_answers:
            raise ProviderUnavailable(charge_id)
        return result

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        if not await self._is_reached():
            raise ProviderUnavailable(idempotency_key)
        return await self.payments.find_refund(idempotency_key)

    async def _is_reached(self) -> bool:
        if self.is_stuck:
            await asyncio.Event().wait()
        return not self.is_away

    def _with_end(self, result: AuthorizationResult) -> AuthorizationResult:
        """``result`` with the end of its hold, which does not change once it is told."""
        if self.hold_lifetime is None or not isinstance(result, AuthorizationGranted):
            return result
        end = self.ends.setdefault(result.charge_id, self.clock.now() + self.hold_lifetime)
        return replace(result, held_until=end)


def adjust_provider(shop: GiftShop, **settings: object) -> AdjustableProvider:
    """The provider of ``shop`` from now on."""
    provider = AdjustableProvider(shop.side.provider, shop.clock, **settings)  # type: ignore[arg-type]
    shop.dependencies = replace(shop.dependencies, payments=provider)
    return provider
