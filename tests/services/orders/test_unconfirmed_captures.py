"""R123, R126: a parcel stays until the provider has confirmed what is captured for it."""

from typing import Any

import pytest

from gateway.engine.money import Money
from gateway.engine.orders.shipments import ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.ports.payments import CaptureResult, CaptureUnknown
from tests.services.orders.histories import find_violations
from tests.services.orders.test_scheduling import close_windows, list_shipments
from tests.store import Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")


class UnansweredCaptures:
    """A provider that does not say what became of a capture."""

    def __init__(self, payments: Any) -> None:  # noqa: ANN401 - any provider
        self._payments = payments
        self.is_silent = True

    async def capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        if self.is_silent:
            return CaptureUnknown()
        result: CaptureResult = await self._payments.capture(
            charge_id, amount, idempotency_key, final=final
        )
        return result

    def __getattr__(self, name: str) -> object:
        return getattr(self._payments, name)


async def test_a_second_try_does_not_pass_over_what_the_first_left_pending(store: Store) -> None:
    """R123, R126."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    await close_windows(store)
    (parcel,) = await list_shipments(store)
    payments = UnansweredCaptures(store.dependencies.payment_provider)
    silent_store = store.with_dependencies(payment_provider=payments)
    dispatch = Dispatch(parcel.id, "staff:packer")
    for _ in range(3):
        outcome = await dispatch_shipment(dispatch, silent_store.dependencies)
        assert [error.code for error in outcome.user_errors] == [ErrorCode.PURCHASE_IN_PROGRESS]
        assert await list_shipments(store) == (parcel,)
        assert await find_violations(store) == []
    payments.is_silent = False
    outcome = await dispatch_shipment(dispatch, silent_store.dependencies)
    assert outcome.value is not None
    assert outcome.value.state is ShipmentState.DISPATCHED
    assert order.due is not None
    assert await store.list_charges() == [(order.due.minor, "CAPTURED")]
    assert await find_violations(store) == []
