"""What follows from events of the payment provider, in any order, any number of times. R132."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.webhook_calls import PublicWebhookCalls
from gateway.bootstrap import build_gift_dependencies
from gateway.engine.checkout.outcomes import PaymentActionRequired
from gateway.engine.money import Currency, Money
from gateway.engine.orders.order import Order
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.services.order_checks import OrderCheck
from gateway.services.orders.disputes import list_all_disputes
from gateway.services.ports.disputes import Dispute, DisputeStatus
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import PaymentOperationState
from gateway.services.ports.payments import (
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundPending,
)
from gateway.services.ports.provider_events import (
    DisputeNotice,
    HoldNotice,
    HoldState,
    ProviderEvent,
    ProviderEventState,
    ProviderNotice,
    RefundNotice,
)
from gateway.services.ports.refunds import RefundStatus
from gateway.services.provider_events import (
    MAX_EVENT_ATTEMPTS,
    ProviderEventJob,
    record_event,
    retry_failed_events,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT
from gateway.services.retention import MAX_EVENT_AGE, RetentionCleanup
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.services.orders.parcels import (
    deliver,
    list_event_types,
    list_refunds,
    refund,
)
from tests.services.orders.parcels import place_order as buy
from tests.services.orders.payments import list_amounts, list_payments, place_order
from tests.store import Store

USD = Currency("USD", 2)
HOUR = timedelta(hours=1)
HELD, CAPTURED = OrderPaymentState.HELD, OrderPaymentState.CAPTURED
LAPSED, REFUNDED = OrderPaymentState.LAPSED, OrderPaymentState.REFUNDED


@dataclass
class Notices:
    """A provider that says what a test lets it say, or fails."""

    answers: Sequence[ProviderNotice] = ()
    error: Exception | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)

    async def fetch(self, event_type: str, object_id: str) -> tuple[ProviderNotice, ...]:
        self.requests.append((event_type, object_id))
        if self.error is not None:
            raise self.error
        return tuple(self.answers)


@dataclass
class Teller:
    """The provider, which tells a store's worker of events."""

    store: Store
    notices: Notices
    job: ProviderEventJob

    async def tell(self, *answers: ProviderNotice, id: str = "evt_1", times: int = 2) -> None:
        """Tell what ``answers`` say as often, by events of other ids."""
        self.notices.answers = answers
        for number in range(times):
            await self.record(f"{id}.{number}")
            await self.work()

    async def record(self, id: str = "evt_1") -> bool:
        event = ProviderEvent(id, "payment_intent.canceled", "pi_1", self.store.clock.now())
        return await record_event(event, dependencies=self.store.dependencies)

    async def work(self) -> int:
        return await run_due_jobs((self.job,), self.store.clock.now())

    async def load(self, id: str = "evt_1") -> ProviderEvent | None:
        async with self.store.database.read() as reading:
            return await reading.provider_events.find(id)


@pytest.fixture
async def teller(databases: AnyDatabase, clock: ManualClock) -> Teller:
    store = await Store.open(databases, clock)
    http = httpx.AsyncClient()
    gift_dependencies = build_gift_dependencies(
        store.dependencies, http, None, PublicWebhookCalls(http)
    )
    notices = Notices()
    return Teller(store, notices, ProviderEventJob(notices, store.dependencies, gift_dependencies))


async def list_violations(store: Store) -> list[str]:
    check = OrderCheck(store.database, store.clock.now(), None, lambda _: None)
    return [violation.sentence async for violation in check.find_violations()]


async def read_orders(store: Store) -> Sequence[Order]:
    async with store.database.read() as reading:
        return await reading.orders.list_all_open(0, 99)


def hold(payment: OrderPayment, state: HoldState, **changes: object) -> HoldNotice:
    return replace(HoldNotice("att_1", payment.charge_id, state), **changes)  # type: ignore[arg-type]


# -- events


async def test_an_event_is_acted_on_once(teller: Teller) -> None:
    assert await teller.record()
    assert not await teller.record()
    assert [await teller.work(), await teller.work()] == [1, 0]
    assert teller.notices.requests == [("payment_intent.canceled", "pi_1")]
    event = await teller.load()
    assert event is not None
    assert event.state is ProviderEventState.DONE
    assert not await teller.record()
    assert await teller.work() == 0


async def test_while_the_provider_is_away_events_wait_and_none_is_given_up(teller: Teller) -> None:
    teller.notices.error = ProviderUnavailable("no answer")
    await teller.record()
    for _ in range(2 * MAX_EVENT_ATTEMPTS):
        assert [await teller.work(), await teller.work()] == [1, 0]
        teller.store.clock.advance(MAX_RETRY_WAIT)
    # What it could not be asked does not count: the first failure after that is a first failure.
    teller.notices.error = ValueError("what we cannot read")
    assert await teller.work() == 1
    event = await teller.load()
    assert event is not None
    assert (event.state, event.attempts) == (ProviderEventState.WAITING, 1)
    teller.notices.error = None
    teller.store.clock.advance(HOUR)
    assert await teller.work() == 1
    event = await teller.load()
    assert event is not None
    assert event.state is ProviderEventState.DONE


async def test_what_fails_again_and_again_is_a_dead_letter(teller: Teller) -> None:
    teller.notices.error = ValueError("what we cannot read")
    await teller.record()
    for _ in range(MAX_EVENT_ATTEMPTS):
        assert await teller.work() == 1
        teller.store.clock.advance(HOUR)
    assert await teller.work() == 0
    event = await teller.load()
    assert event is not None
    assert (event.state, event.failure) == (ProviderEventState.FAILED, "ValueError")
    teller.notices.error = None
    dependencies = teller.store.dependencies
    assert await retry_failed_events(dependencies=dependencies) == 1
    assert await retry_failed_events(dependencies=dependencies) == 0
    assert await teller.work() == 1
    event = await teller.load()
    assert event is not None
    assert event.state is ProviderEventState.DONE


async def test_old_events_are_forgotten(teller: Teller) -> None:
    await teller.record()
    await teller.work()
    cleanup = RetentionCleanup(teller.store.database, timedelta(days=3653))
    await run_due_jobs((cleanup,), teller.store.clock.now() + MAX_EVENT_AGE)
    assert await teller.load() is not None
    later = teller.store.clock.now() + MAX_EVENT_AGE + HOUR
    await run_due_jobs((cleanup,), later)
    assert await teller.load() is None


# -- holds


async def test_a_confirmed_payment_becomes_one_order_by_its_event(teller: Teller) -> None:
    # R128, R130
    store = teller.store
    outcome = await store.check_out_as_guest(await store.create_cart(), "sim_3ds")
    assert isinstance(outcome, PaymentActionRequired)
    provider = store.dependencies.payment_provider
    async with store.database.begin() as work:
        far_future = store.clock.now() + timedelta(days=1)
        (attempt,) = await work.purchase_attempts.claim(far_future, far_future, 9)
    undecided = HoldNotice(attempt.id, "pi_1", HoldState.UNDECIDED)
    await teller.tell(undecided, id="early")
    assert len(await read_orders(store)) == 0
    token = (outcome.redirect_url or "").rpartition("/")[2]
    await provider.confirm(token)  # type: ignore[attr-defined]
    await teller.tell(replace(undecided, state=HoldState.HELD), id="late", times=3)
    assert len(await read_orders(store)) == 1


async def test_of_a_key_that_is_not_known_nothing_follows(teller: Teller) -> None:
    notice = HoldNotice("att_none", "pi_none", HoldState.HELD)
    await teller.tell(
        notice,
        RefundNotice("ref_none", "pi_none", 100, "USD", RefundCompleted(), is_ours=True),
        id="none",
    )
    event = await teller.load("none.1")
    assert event is not None
    assert event.state is ProviderEventState.DONE


async def test_a_hold_that_the_provider_ended_is_noted(teller: Teller) -> None:  # R128
    payment = await place_order(teller.store)
    await teller.tell(hold(payment, HoldState.HELD), id="held")
    assert await list_amounts(teller.store, payment.order_id) == [(HELD, 0, 0)]
    await teller.tell(hold(payment, HoldState.RELEASED))
    assert await list_amounts(teller.store, payment.order_id) == [(LAPSED, 0, 0)]
    assert await list_violations(teller.store) == []


async def test_what_we_let_go_of_ourselves_is_no_news(teller: Teller) -> None:
    payment = await place_order(teller.store)
    order = await teller.store.load_order(payment.order_id)
    await teller.store.cancel(order)
    await teller.store.work_until_idle()
    amounts = await list_amounts(teller.store, payment.order_id)
    assert amounts == [(OrderPaymentState.RELEASED, 0, 0)]
    await teller.tell(hold(payment, HoldState.RELEASED))
    assert await list_amounts(teller.store, payment.order_id) == amounts


async def test_a_capture_in_the_providers_dashboard_is_noted_once(teller: Teller) -> None:  # R128
    payment = await place_order(teller.store)
    notice = hold(payment, HoldState.CAPTURED, captured_minor=1000)
    await teller.tell(replace(notice, is_capture_ours=True), id="ours")
    assert await list_amounts(teller.store, payment.order_id) == [(HELD, 0, 0)]
    await teller.tell(notice, id="theirs", times=3)
    [(_, captured_minor, _)] = await list_amounts(teller.store, payment.order_id)
    assert captured_minor == 1000


# -- refunds


async def test_a_refund_in_the_providers_dashboard_is_noted_once(teller: Teller) -> None:  # R128
    store = teller.store
    order = await buy(await store.sign_in_buyer())
    await deliver(store, order)
    [payment] = await list_payments(store, order.id)
    notice = RefundNotice("re_1", payment.charge_id, 500, "USD", RefundPending(), is_ours=False)
    await teller.tell(notice, id="pending")
    await teller.tell(replace(notice, currency="EUR", result=RefundCompleted()), id="euro")
    await teller.tell(replace(notice, is_ours=True, result=RefundCompleted()), id="ours")
    assert [amounts[2] for amounts in await list_amounts(store, order.id)] == [0]
    await teller.tell(replace(notice, result=RefundCompleted()), id="done", times=3)
    assert [amounts[2] for amounts in await list_amounts(store, order.id)] == [500]
    assert (await list_event_types(store, order))[-1] == "refunded"
    assert await list_violations(store) == []


async def test_a_refund_that_fails_later_moves_the_money_back(teller: Teller) -> None:  # R128
    store = teller.store
    order = await buy(await store.sign_in_buyer())
    await deliver(store, order)
    await refund(store, order)
    [payment] = await list_payments(store, order.id)
    assert payment.state is REFUNDED
    async with store.database.read() as reading:
        operations = await reading.payment_operations.list_for(order.id)
    operation = operations[-1]
    failed = RefundFailed("LOST_OR_STOLEN_CARD")
    notice = RefundNotice(
        operation.id,
        payment.charge_id,
        operation.amount.minor,
        "USD",
        RefundCompleted(),
        is_ours=True,
    )
    await teller.tell(notice, id="done")
    assert await list_amounts(store, order.id) == [
        (REFUNDED, payment.captured_minor, payment.captured_minor)
    ]
    await teller.tell(replace(notice, result=failed), id="failed", times=3)
    await teller.tell(notice, id="late")
    assert await list_amounts(store, order.id) == [(CAPTURED, payment.captured_minor, 0)]
    assert [status for _, _, status in await list_refunds(store, order)] == [RefundStatus.FAILED]
    async with store.database.read() as reading:
        stored_operation = await reading.payment_operations.find(operation.id)
    assert stored_operation is not None
    assert (stored_operation.state, stored_operation.reason) == (
        PaymentOperationState.FAILED,
        "LOST_OR_STOLEN_CARD",
    )
    assert (await list_event_types(store, order)).count("refund_failed") == 1
    assert await list_violations(store) == []


# -- disputes


async def test_a_dispute_is_noted_on_its_order_and_listed(teller: Teller) -> None:  # R128
    store = teller.store
    payment = await place_order(store)
    order = await store.load_order(payment.order_id)
    dispute = Dispute(
        "dp_1",
        payment.charge_id,
        Money(1573, USD),
        "fraudulent",
        DisputeStatus.NEEDS_RESPONSE,
        store.clock.now(),
        store.clock.now() + 7 * 24 * HOUR,
    )
    await teller.tell(DisputeNotice(dispute, "att_1"), id="created", times=3)
    lost = replace(dispute, status=DisputeStatus.LOST, respond_by=None)
    await teller.tell(DisputeNotice(lost, "att_1"), id="closed")
    assert (await list_event_types(store, order)).count("disputed") == 2
    page = await list_all_disputes(10, None, dependencies=store.dependencies)
    assert [edge.node for edge in page.edges] == [replace(lost, order_id=order.id)]
    async with store.database.read() as reading:
        assert await reading.disputes.list_for_orders([order.id]) == (
            replace(lost, order_id=order.id),
        )
    assert await list_violations(store) == []
