"""What banks and the provider's staff do with the charges of orders, at each provider."""

from typing import Any, Protocol

from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureResult,
    CaptureUnknown,
    DeclineReason,
    ProviderUnavailable,
    RefundResult,
)
from tests.services.orders.conftest import StripeStore
from tests.services.orders.payments import with_payments
from tests.store import Store


class Bank(Protocol):
    """A provider where a charge can be captured once, and the banks behind it."""

    @property
    def store(self) -> Store:
        """The store that is paid there."""
        ...

    def refuse_holds(self) -> None:
        """Refuse each new hold from now on."""
        ...

    def grant_holds(self) -> None:
        """Hold again."""
        ...

    async def expire_holds(self) -> None:
        """Let all holds end."""
        ...

    async def capture_by_hand(self, minor: int) -> None:
        """Take so much of the only hold; the rest is let go."""
        ...

    def go_away(self) -> None:
        """Answer nothing more."""
        ...

    def come_back(self) -> None:
        """Answer again."""
        ...

    async def sum_money(self) -> tuple[int, int, int]:
        """What is held, was captured and was given back there, in minor units."""
        ...


class SimulatedBank:
    """The simulation, with each charge captured once."""

    def __init__(self, store: Store) -> None:
        self._provider: Any = store.dependencies.payment_provider
        self._is_refusing = self._is_away = False
        self.store = with_payments(
            store,
            captures_once=True,
            authorize=self._authorize,
            find_by_key=self._find_by_key,
            capture=self._capture,
            release=self._release,
            refund=self._refund,
        )

    async def _authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        earlier = await self._find_by_key(request.idempotency_key)
        if earlier is not None:
            return earlier
        if self._is_refusing:
            return AuthorizationDeclined(DeclineReason.INSUFFICIENT_FUNDS)
        result: AuthorizationResult = await self._provider.authorize(request)
        return result

    async def _find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        if self._is_away:
            return AuthorizationUnknown()
        result: AuthorizationResult | None = await self._provider.find_by_key(idempotency_key)
        return result

    async def _capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        if self._is_away:
            return CaptureUnknown()
        result: CaptureResult = await self._provider.capture(
            charge_id, amount, idempotency_key, final=final
        )
        return result

    async def _release(self, charge_id: str) -> None:
        if self._is_away:
            raise ProviderUnavailable
        await self._provider.release(charge_id)

    async def _refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        if self._is_away:
            raise ProviderUnavailable
        result: RefundResult = await self._provider.refund(charge_id, amount, idempotency_key)
        return result

    def refuse_holds(self) -> None:
        self._is_refusing = True

    def grant_holds(self) -> None:
        self._is_refusing = False

    async def expire_holds(self) -> None:
        for charge in await self._provider.list_charges():
            await self._provider.release(charge.id)

    async def capture_by_hand(self, minor: int) -> None:
        [charge] = await self._provider.list_charges()
        amount = Money(minor, Currency(charge.currency, 2))
        await self._provider.capture(charge.id, amount, "by hand", final=True)

    def go_away(self) -> None:
        self._is_away = True

    def come_back(self) -> None:
        self._is_away = False

    async def sum_money(self) -> tuple[int, int, int]:
        charges = await self._provider.list_charges()
        return (
            sum(
                charge.amount_minor - charge.captured_minor
                for charge in charges
                if charge.status.value == "HELD"
            ),
            sum(charge.captured_minor for charge in charges),
            sum(charge.refunded_minor for charge in charges),
        )


class StripeBank:
    """Stripe, and the banks of all its cards."""

    def __init__(self, stripe_store: StripeStore) -> None:
        self.store, self._account = stripe_store.store, stripe_store.account

    def refuse_holds(self) -> None:
        self._exchange_cards("sim_insufficient")

    def grant_holds(self) -> None:
        self._exchange_cards("sim_ok")

    def _exchange_cards(self, card: str) -> None:
        for method in self._account.list_methods():
            self._account.exchange_card(method["id"], card)

    async def expire_holds(self) -> None:
        for intent in self._account.list_intents():
            if intent["status"] == "requires_capture":
                self._account.expire_hold(intent["id"])

    async def capture_by_hand(self, minor: int) -> None:
        [intent] = self._account.list_intents()
        self._account.capture_by_hand(intent["id"], minor)

    def go_away(self) -> None:
        self._account.go_away()

    def come_back(self) -> None:
        self._account.come_back()

    async def sum_money(self) -> tuple[int, int, int]:
        intents = self._account.list_intents()
        return (
            sum(intent["amount_capturable"] for intent in intents),
            sum(intent["amount_received"] for intent in intents),
            sum(
                refund["amount"]
                for refund in self._account.list_refunds()
                if refund["status"] == "succeeded"
            ),
        )
