"""Parcels that are ready are posted to the fulfilment house once; it may name the carrier."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.cart_lines import LineRequest
from gateway.engine.orders.shipments import LineQuantity, ReturnedParcel, Shipment, ShipmentState
from gateway.engine.pricing.purchase_details import Attribute
from gateway.services import encryption
from gateway.services.cart_lines import create_cart
from gateway.services.orders.carrier_updates import CarrierWord, update_parcel
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.orders.fulfilment import FulfilmentDelivery, add_shipment
from gateway.services.orders.shipment_addresses import ShipTo, seal_ship_to
from gateway.services.outbox import MAX_OPERATOR_ATTEMPTS, OutboxSender
from gateway.services.ports.operator_endpoints import EndpointAnswer, OperatorEndpoint
from gateway.services.ports.outbox import MessageKind
from gateway.worker import LEASE_DURATION, run_due_jobs
from tests.endpoints import SignedEndpoint, answer_text, open_endpoint
from tests.shelves import HOME, MUG, PRINT
from tests.store import Buyer, Store, create_ids, require_order

POST = ("Post", "1Z 999")
KIM = Attribute("Engraving", "Kim")
SHIP_TO = {
    "name": "Ada Lovelace",
    "lines": ["100 Castro Street"],
    "city": "Mountain View",
    "region": "CA",
    "postalCode": "94043",
    "country": "US",
    "phone": None,
}


@pytest.fixture
def store(store: Store) -> Store:
    """A store whose parcels a fulfilment house sends."""
    policy = replace(store.dependencies.policy, calls_fulfilment=True)
    return store.with_dependencies(policy=policy)


def sender(store: Store, endpoint: OperatorEndpoint) -> OutboxSender:
    return OutboxSender(
        store.database,
        store.dependencies.cipher,
        {MessageKind.FULFILMENT: FulfilmentDelivery(store.database, endpoint)},
        max_attempts=MAX_OPERATOR_ATTEMPTS,
    )


async def send(store: Store, endpoint: SignedEndpoint) -> None:
    """What is due to be posted, posted."""
    async with open_endpoint(endpoint, store.clock) as house:
        await run_due_jobs([sender(store, house)], store.clock.now())


async def order_parcel(store: Store, buyer: Buyer | None = None) -> Shipment:
    """A parcel of two mugs and a print, ready."""
    buyer = buyer or await store.one_click_buyer()
    await buyer.purchase(MUG, 2)
    await buyer.purchase(PRINT, 1)
    store.clock.advance(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    return (await list_shipments(store))[0]


async def list_shipments(store: Store) -> Sequence[Shipment]:
    """All parcels, the latest first."""
    async with store.database.read() as reading:
        return await reading.shipments.list_page(None, 100, None)


async def load_shipment(store: Store, shipment: Shipment) -> Shipment:
    async with store.database.read() as reading:
        stored_shipment = await reading.shipments.find(shipment.id)
    assert stored_shipment is not None
    return stored_shipment


async def test_a_ready_parcel_is_posted_once(store: Store) -> None:  # R127
    shipment, endpoint = await order_parcel(store), SignedEndpoint()
    await send(store, endpoint)
    store.clock.advance(timedelta(days=1))
    await send(store, endpoint)
    order = await store.load_order(shipment.order_ids[0])
    assert endpoint.ids == [shipment.id]
    assert endpoint.documents == [
        {
            "type": "shipment.ready",
            "timestamp": shipment.created_at.isoformat(),
            "data": {
                "id": shipment.id,
                "lines": [
                    {
                        "sku": "MUG", "title": "Mug", "quantity": 2, "orderNumber": order.number,
                        "attributes": [],
                    },
                    {
                        "sku": "PRINT", "title": "Print", "quantity": 1,
                        "orderNumber": order.number, "attributes": [],
                    },
                ],
                "shipTo": SHIP_TO,
                "shippingMethod": "Slow",
                "dueAt": shipment.due_at.isoformat(),
                "gift": False,
                "message": None,
            },
        }
    ]  # fmt: skip
    assert await load_shipment(store, shipment) == shipment


async def test_a_parcel_says_what_is_written_on_its_goods(store: Store) -> None:
    """R112, R127: also one of goods that another parcel left behind."""
    ada = await store.sign_in_buyer()
    ids = await create_ids(ada)
    creation = await create_cart(
        None, [LineRequest(MUG.id, 2, (KIM,)), LineRequest(PRINT.id, 1)], store.dependencies
    )
    assert creation.value is not None
    order = require_order(await ada.check_out(creation.value, **ids))
    store.clock.advance(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    [parcel] = await list_shipments(store)
    one_mug = (LineQuantity(order.lines[0].id, 1),)
    await dispatch_shipment(Dispatch(parcel.id, "staff:anna", one_mug), store.dependencies)
    endpoint = SignedEndpoint()
    await send(store, endpoint)
    [(_, body)] = endpoint.calls
    assert [(line["sku"], line["attributes"]) for line in json.loads(body)["data"]["lines"]] == [
        ("MUG", [{"key": "Engraving", "value": "Kim"}]),
        ("PRINT", []),
    ]


async def test_a_gifts_parcel_says_so_with_the_givers_message(store: Store) -> None:
    shipment = await order_parcel(store)
    (line, *_), ship_to = shipment.lines, ShipTo(HOME, message="Many happy returns")
    gift_line = replace(line, order_id=None, line_id=None)
    gift_parcel = replace(
        shipment, id="shm_gift", gift_id="gft_1", purchaser_id=None, lines=(gift_line,)
    )
    async with store.database.begin() as work:
        sealed = await seal_ship_to("shm_gift", ship_to, "gft_1", work, store.dependencies)
        await add_shipment(gift_parcel, ship_to, sealed, work, store.dependencies)
    endpoint = SignedEndpoint()
    await send(store, endpoint)
    data = json.loads(dict(endpoint.calls)["shm_gift"])["data"]
    assert (data["gift"], data["message"], data["shipTo"]) == (True, "Many happy returns", SHIP_TO)
    assert [each["orderNumber"] for each in data["lines"]] == [None]


@pytest.mark.parametrize(
    ("content", "details"),
    [
        (json.dumps({"carrier": "Post", "trackingNumber": "1Z 999"}), POST),
        (json.dumps({"carrier": " Post ", "trackingNumber": 7}), ("Post", None)),
        (json.dumps({"carrier": "x" * 201, "trackingNumber": "1\n2"}), (None, None)),
        (json.dumps(["Post"]), (None, None)),
        ("taken, thank you", (None, None)),
        (json.dumps({"carrier": "Post", "notes": "x" * 5000}), (None, None)),
    ],
)
async def test_the_answer_may_name_the_carrier(
    store: Store, content: str, details: tuple[str | None, str | None]
) -> None:
    shipment = await order_parcel(store)
    await send(store, SignedEndpoint(answers=[answer_text("200 OK", content)]))
    stored = await load_shipment(store, shipment)
    assert (stored.carrier, stored.tracking_number) == details
    assert stored.state is ShipmentState.READY


async def test_a_house_that_is_away_is_called_again_later_each_time(store: Store) -> None:
    shipment = await order_parcel(store)
    endpoint = SignedEndpoint(answers=[answer_text("503 Away"), answer_text("302 Found")])
    waits = []
    async with open_endpoint(endpoint, store.clock) as house:
        job = sender(store, house)
        while await run_due_jobs([job], store.clock.now()):
            due = await job.next_due(store.clock.now())
            waits.append(due and (due - store.clock.now()).total_seconds())
            store.clock.advance(timedelta(seconds=waits[-1] or 0))
    assert (endpoint.ids, waits) == ([shipment.id] * 3, [5.0, 10.0, None])


class DyingHouse:
    """Takes a parcel, and the gateway dies before it knows."""

    async def call(self, id: str, body: str) -> EndpointAnswer:
        raise SystemExit


async def test_a_parcel_whose_sender_died_is_posted_again_under_its_id(store: Store) -> None:
    """R127."""
    shipment = await order_parcel(store)
    now = store.clock.now()
    async with store.database.begin() as work:
        (lease,) = await work.outbox.claim(now, now + LEASE_DURATION, 9, MessageKind.FULFILMENT)
    with pytest.raises(SystemExit):
        await sender(store, DyingHouse()).run(lease, now)
    endpoint = SignedEndpoint(answers=[answer_text("200 OK", json.dumps({"carrier": "Post"}))])
    await send(store, endpoint)
    assert endpoint.ids == []
    store.clock.advance(LEASE_DURATION)
    await send(store, endpoint)
    assert endpoint.ids == [shipment.id]
    assert (await load_shipment(store, shipment)).carrier == "Post"


async def test_the_rest_of_a_parcel_and_one_sent_again_are_posted_too(store: Store) -> None:
    shipment, endpoint = await order_parcel(store), SignedEndpoint()
    first_line_id = shipment.lines[0].line_id
    assert first_line_id is not None
    await send(store, endpoint)
    dispatch = Dispatch(shipment.id, "staff:anna", (LineQuantity(first_line_id, 1),))
    outcome = await dispatch_shipment(dispatch, store.dependencies)
    assert outcome.value is not None, outcome
    await send(store, endpoint)
    word = CarrierWord(ShipmentState.RETURNED, "carrier", on_return=ReturnedParcel.RESEND)
    await update_parcel(shipment.id, word, store.dependencies)
    await send(store, endpoint)
    assert [
        [(line["sku"], line["quantity"]) for line in json.loads(body)["data"]["lines"]]
        for _, body in endpoint.calls
    ] == [[("MUG", 2), ("PRINT", 1)], [("MUG", 1), ("PRINT", 1)], [("MUG", 1)]]
    assert len(set(endpoint.ids)) == 3


async def test_a_parcel_that_has_left_is_not_posted_any_more(store: Store) -> None:
    shipment, endpoint = await order_parcel(store), SignedEndpoint()
    await dispatch_shipment(Dispatch(shipment.id, "staff:anna"), store.dependencies)
    await send(store, endpoint)
    assert endpoint.calls == []


async def test_what_is_known_of_the_carrier_is_kept(store: Store) -> None:
    """The parcel leaves with another carrier while the house answers."""
    shipment = await order_parcel(store)

    class SlowHouse:
        async def call(self, id: str, body: str) -> EndpointAnswer:
            dispatch = Dispatch(id, "staff:anna", carrier="Rail", tracking_number="R1")
            await dispatch_shipment(dispatch, store.dependencies)
            return EndpointAnswer(200, json.dumps({"carrier": "Post"}).encode())

    await run_due_jobs([sender(store, SlowHouse())], store.clock.now())
    stored = await load_shipment(store, shipment)
    assert (stored.state, stored.carrier) == (ShipmentState.DISPATCHED, "Rail")


async def test_the_address_of_who_was_forgotten_does_not_go_out(store: Store) -> None:
    buyer, endpoint = await store.one_click_buyer(), SignedEndpoint()
    shipment = await order_parcel(store, buyer)
    assert shipment.purchaser_id is not None
    async with store.database.begin() as work:
        await encryption.delete_data_key(shipment.purchaser_id, work=work)
    await send(store, endpoint)
    assert endpoint.calls == []


async def test_nothing_is_posted_without_a_fulfilment_house(store: Store) -> None:
    policy = replace(store.dependencies.policy, calls_fulfilment=False)
    await order_parcel(store.with_dependencies(policy=policy))
    async with store.database.begin() as work:
        now = store.clock.now()
        assert await work.outbox.claim(now, now, 9, MessageKind.FULFILMENT) == ()
