"""R127. Events for the shop's own systems: signed, repeated, in the order of each log."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.services.encryption import GATEWAY_SUBJECT
from gateway.services.outbox import MAX_OPERATOR_ATTEMPTS, OutboxSender
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind
from gateway.services.shop_events import ShopEvent, post_shop_event, shop_event_delivery
from gateway.worker import LEASE_DURATION, run_due_jobs
from tests.conftest import AnyDatabase
from tests.endpoints import SignedEndpoint, answer_text, open_endpoint
from tests.services.gifts.shop import GiftShop
from tests.store import Store, require_order

HOUR = timedelta(hours=1)
OOPS = answer_text("500 Oops")


@pytest.fixture
def store(store: Store) -> Store:
    """A store whose own systems want to know what happens."""
    return with_shop_calls(store)


def with_shop_calls(store: Store) -> Store:
    return store.with_dependencies(policy=replace(store.dependencies.policy, calls_shop=True))


def sender(store: Store, endpoint: OperatorEndpoint) -> OutboxSender:
    delivery = shop_event_delivery(store.database, store.clock, endpoint)
    return OutboxSender(
        store.database,
        store.dependencies.cipher,
        {MessageKind.SHOP_EVENT: delivery},
        max_attempts=MAX_OPERATOR_ATTEMPTS,
    )


async def send_all(store: Store, endpoint: OperatorEndpoint) -> None:
    """Let time pass until nothing waits to be sent."""
    job = sender(store, endpoint)
    while due := await job.next_due(store.clock.now()):
        store.clock.advance(max(due - store.clock.now(), timedelta()))
        await run_due_jobs([job], store.clock.now())


async def post_log(store: Store, log_id: str, sequences: Iterable[int]) -> None:
    async with store.database.begin() as work:
        for sequence in sequences:
            event = ShopEvent(
                f"oev_{log_id}_{sequence}",
                "order.joined",
                log_id,
                sequence,
                store.clock.now(),
                {"orderId": log_id, "sequence": sequence},
            )
            await post_shop_event(event, work=work, dependencies=store.dependencies)


async def test_every_event_of_an_order_is_posted_without_personal_data(store: Store) -> None:
    endpoint = SignedEndpoint()
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    placed_at = store.clock.now()
    store.clock.advance(timedelta(minutes=1))
    assert require_order(await buyer.purchase()).id == order.id
    joined_at = store.clock.now()
    store.clock.advance(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    async with store.database.read() as reading:
        events = await reading.orders.list_events(order.id, 0, 10)
    async with open_endpoint(endpoint, store.clock) as shop:
        await send_all(store, shop)
    data = {"orderId": order.id, "number": order.number}
    assert endpoint.documents[:2] == [
        {
            "type": "order.placed",
            "timestamp": placed_at.isoformat(),
            "data": {**data, "sequence": 1, "status": "OPEN"},
        },
        {
            "type": "order.joined",
            "timestamp": joined_at.isoformat(),
            "data": {**data, "sequence": 2, "status": "OPEN"},
        },
    ]
    assert [document["type"] for document in endpoint.documents[2:]] == ["order.scheduled"]
    assert endpoint.ids == [event.id for event in events]
    sent = "".join(body for _, body in endpoint.calls)
    assert [each for each in ("Ada", "ada@", "Castro", "Mug", "sim_") if each in sent] == []


async def test_every_event_of_a_gift_is_posted_without_personal_data(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    endpoint, shop = SignedEndpoint(), GiftShop(databases, clock)
    policy = replace(shop.dependencies.policy, calls_shop=True)
    shop.dependencies = replace(shop.dependencies, policy=policy)
    gift = await shop.give()
    async with open_endpoint(endpoint, clock) as own_system:
        delivery = shop_event_delivery(databases, clock, own_system)
        job = OutboxSender(databases, shop.dependencies.cipher, {MessageKind.SHOP_EVENT: delivery})
        for _ in range(9):
            await run_due_jobs([job], clock.now())
            clock.advance(timedelta(seconds=1))
    types = await shop.list_event_types(gift.id)
    async with databases.read() as reading:
        events = await reading.gift_events.list_after(gift.id, 0, 100)
    assert len(types) > 1
    assert endpoint.ids == [event.id for event in events]
    assert endpoint.documents == [
        {
            "type": f"gift.{event.type}",
            "timestamp": event.occurred_at.isoformat(),
            "data": {"giftId": gift.id, "sequence": event.sequence, "status": event.status},
        }
        for event in events
    ]


async def test_a_later_event_waits_for_an_earlier_one_of_its_own_log(store: Store) -> None:
    endpoint = SignedEndpoint(answers=[OOPS])
    await post_log(store, "ord_a", [1, 2, 3])
    async with open_endpoint(endpoint, store.clock) as shop:
        assert await run_due_jobs([sender(store, shop)], store.clock.now()) == 3
        assert endpoint.ids == ["oev_ord_a_1"]
        await post_log(store, "ord_b", [1])
        await run_due_jobs([sender(store, shop)], store.clock.now())
        assert endpoint.ids == ["oev_ord_a_1", "oev_ord_b_1"]
        await send_all(store, shop)
    assert endpoint.ids == [
        "oev_ord_a_1",
        "oev_ord_b_1",
        "oev_ord_a_1",
        "oev_ord_a_2",
        "oev_ord_a_3",
    ]


async def test_an_event_that_only_waits_is_not_given_up_with_the_one_before_it(
    store: Store,
) -> None:
    """The endpoint is away until the first event is given up; the next ones still arrive."""
    endpoint = SignedEndpoint(answers=[OOPS] * MAX_OPERATOR_ATTEMPTS)
    await post_log(store, "ord_a", [1, 2])
    started_at = store.clock.now()
    async with open_endpoint(endpoint, store.clock) as shop:
        await send_all(store, shop)
    assert endpoint.ids == ["oev_ord_a_1"] * MAX_OPERATOR_ATTEMPTS + ["oev_ord_a_2"]
    assert timedelta(days=3) < store.clock.now() - started_at < timedelta(days=4)


@dataclass
class DyingEndpoint:
    """Passes its calls on and then never answers, as if the process had died in the middle."""

    endpoint: OperatorEndpoint

    async def call(self, id: str, body: str) -> None:
        await self.endpoint.call(id, body)
        raise SystemExit


async def test_an_event_whose_sender_died_is_posted_again_before_later_ones(store: Store) -> None:
    endpoint = SignedEndpoint()
    await post_log(store, "ord_a", [1, 2])
    async with open_endpoint(endpoint, store.clock) as shop:
        now = store.clock.now()
        async with store.database.begin() as work:
            leases = await work.outbox.claim(now, now + LEASE_DURATION, 9, MessageKind.SHOP_EVENT)
        first, _ = sorted(leases, key=lambda lease: lease.dedupe_key)
        dying = sender(store, DyingEndpoint(shop))  # type: ignore[arg-type]
        with pytest.raises(SystemExit):
            await dying.run(first, now)
        await run_due_jobs([sender(store, shop)], now)
        assert endpoint.ids == ["oev_ord_a_1"]
        store.clock.advance(LEASE_DURATION)
        await send_all(store, shop)
    assert endpoint.ids == ["oev_ord_a_1", "oev_ord_a_1", "oev_ord_a_2"]


async def test_a_body_is_sealed_for_the_gateway_itself(store: Store) -> None:
    await post_log(store, "ord_a", [1])
    async with store.database.begin() as work:
        now = store.clock.now()
        (message,) = await work.outbox.claim(now, now + HOUR, 9, MessageKind.SHOP_EVENT)
    assert (message.subject, b"ord_a" in message.sealed) == (GATEWAY_SUBJECT, False)


async def test_nothing_is_kept_where_the_shop_has_no_endpoint(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    store = await Store.open(databases, clock)
    await (await store.one_click_buyer()).purchase()
    async with store.database.begin() as work:
        now = clock.now()
        assert await work.outbox.claim(now, now + HOUR, 9, MessageKind.SHOP_EVENT) == ()
