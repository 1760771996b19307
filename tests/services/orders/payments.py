"""Orders with a charge, and what became of it here and at the provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.services.ports.orders import OrderPayment
from tests.store import Store, require_order


@dataclass
class ChangedPayments:
    """The provider, with what a test puts in its place."""

    payments: Any
    changes: Mapping[str, object]

    def __getattr__(self, name: str) -> object:
        return self.changes[name] if name in self.changes else getattr(self.payments, name)


def with_payments(store: Store, **changes: object) -> Store:
    provider = ChangedPayments(store.dependencies.payment_provider, changes)
    return store.with_dependencies(payment_provider=provider)


async def place_order(store: Store, method: str = "sim_ok") -> OrderPayment:
    """The charge of an order of 15.73."""
    cart = await store.create_cart()
    order = require_order(await store.check_out_as_guest(cart, method))
    [payment] = await list_payments(store, order.id)
    return payment


async def list_payments(store: Store, order_id: str) -> tuple[OrderPayment, ...]:
    async with store.database.read() as reading:
        return await reading.order_payments.list_for(order_id)


async def list_amounts(store: Store, order_id: str) -> list[tuple[OrderPaymentState, int, int]]:
    """State, captured and refunded of each charge of the order."""
    return [
        (payment.state, payment.captured_minor, payment.refunded_minor)
        for payment in await list_payments(store, order_id)
    ]


async def list_at_provider(store: Store) -> list[tuple[str, int, int]]:
    provider: Any = store.dependencies.payment_provider
    return sorted(
        (charge.status.value, charge.captured_minor, charge.refunded_minor)
        for charge in await provider.list_charges()
    )
