"""A provider whose holds end, and orders that wait longer than these."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import Order, OrderChange, OrderEvent
from gateway.services.orders.hold_checks import list_ending_holds
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import AuthorizationRequest, AuthorizationResult
from tests.conftest import AnyDatabase
from tests.services.gifts.adjustable_provider import AdjustableProvider
from tests.services.orders.parcels import close_window, dispatch, list_parcels, place_order
from tests.services.orders.payments import list_payments
from tests.store import Buyer, Store

OFF_SESSION = timedelta(days=4, hours=18)


@dataclass
class EndingHolds(AdjustableProvider):
    """The simulated provider, whose holds end.

    ``token``: what is paid with in place of others. ``forgets_keys``: it knows of no request.
    """

    hold_lifetime: timedelta | None = OFF_SESSION
    token: str | None = None
    forgets_keys: bool = False

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        return await super().authorize(
            replace(request, provider_token=self.token or request.provider_token)
        )

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        return None if self.forgets_keys else await super().find_by_key(idempotency_key)


@dataclass
class WaitingShop:
    """A store at which goods wait for long."""

    store: Store
    provider: EndingHolds

    @classmethod
    async def open(cls, database: AnyDatabase, clock: ManualClock) -> "WaitingShop":
        store = await Store.open(database, clock)
        provider = EndingHolds(store.dependencies.payment_provider, clock)
        return cls(store.with_dependencies(payment_provider=provider), provider)

    async def place(self, email: str = "ada@example.com") -> tuple[Buyer, Order]:
        """An order of 165.88 with its parcel ready, and who placed it."""
        buyer = await self.store.sign_in_buyer(email)
        order = await place_order(buyer)
        await close_window(self.store)
        return buyer, order

    async def work(self, elapsed: timedelta = timedelta()) -> None:
        """Let time pass, and the worker do what is due."""
        self.store.clock.advance(elapsed)
        await self.store.work_until_idle()

    async def dispatch(self, order: Order) -> list[str]:
        """Let the order's parcel leave; returns the codes of what is against it."""
        [parcel] = await list_parcels(self.store, order)
        return [error.code.value for error in (await dispatch(self.store, parcel)).user_errors]

    async def find_payment(self, order: Order) -> OrderPayment:
        [payment] = await list_payments(self.store, order.id)
        return payment

    async def list_charges(self) -> list[tuple[int, str]]:
        """The provider's books: amounts in minor units, and what became of them."""
        charges = await self.provider.payments.list_charges()  # type: ignore[attr-defined]
        return sorted((charge.amount_minor, charge.status.value) for charge in charges)

    async def list_notices(self, order: Order) -> list[OrderEvent]:
        """What the order's log says of holds that were not renewed."""
        async with self.store.database.read() as reading:
            events = await reading.orders.list_events(order.id, 0, 100)
        return [event for event in events if event.type is OrderChange.HOLD_NOT_RENEWED]

    async def list_ending(self) -> list[tuple[str, str | None]]:
        """The orders whose holds are worth a look, and why these are not renewed."""
        holds = await list_ending_holds(self.store.clock.now(), self.store.database)
        return [(hold.order_id, hold.refusal) for hold in holds]

    async def count_renewals(self) -> int:
        """How many holds are still looked after."""
        far_future = self.store.clock.now() + timedelta(days=1000)
        async with self.store.database.begin() as work:
            renewals = await work.hold_renewals.claim(far_future, self.store.clock.now(), 100)
            for renewal in renewals:
                await work.hold_renewals.postpone(renewal, renewal.held_until)
        return len(renewals)
