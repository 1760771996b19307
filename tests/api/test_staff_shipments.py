"""Parcels of orders through the API: who sees what of them, and what staff say of them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from tests.api.conftest import Ask
from tests.services.orders.parcels import LINES, close_window, place_order
from tests.shelves import MUG
from tests.store import CLOCK_TICK, Buyer, Store, require_order

Json: TypeAlias = dict[str, Any]

LISTED = """query ($first: Int, $after: String, $status: ShipmentState) { staff {
  shipments(first: $first, after: $after, status: $status) {
    nodes { id status } pageInfo { hasNextPage endCursor }
  }
} }"""
SHIPMENT_FIELDS = """id status lines { sku title quantity lineId order { id } }
  shipTo { name lines city postalCode } shippingMethod carrier trackingNumber trackingUrl
  dueAt dispatchedAt deliveredAt gift { id }"""
OF_ORDER = f"query ($id: ID!) {{ order(id: $id) {{ shipments {{ {SHIPMENT_FIELDS} }} }} }}"
NODE = "query ($id: ID!) { node(id: $id) { id ... on Shipment { status } } }"
OF_ORDERS = """{ staff { orders(first: 50) { nodes {
  id shipments { id shipTo { lines } carrier lines { quantity order { id } } gift { id } }
} } } }"""
ORDER = """query ($id: ID!) { order(id: $id) {
  status events { nodes { type } } shipments { id status }
} }"""
DISPATCH = """mutation ($input: ShipmentDispatchInput!) { shipmentDispatch(input: $input) {
  shipment { id status carrier trackingNumber trackingUrl lines { lineId quantity } }
  userErrors { code field message }
} }"""
UPDATE = """mutation ($input: ShipmentUpdateInput!) { shipmentUpdate(input: $input) {
  userErrors { code field message }
} }"""
AUDIT = "query ($subject: ID) { staff { auditLog(subject: $subject) { nodes { by action } } } }"
TOTAL, MUGS, PRINTED = 16588, 3218, 12870
"""Three mugs, a print and 5.00 of shipping, minor units with 7.25 % of tax on the goods."""


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


@pytest.fixture
def parts(store: Store) -> Dependencies:
    return store.dependencies


@pytest.fixture
def desk(stranger: Caller) -> Caller:
    """Whoever comes with a staff key."""
    return replace(stranger, key=ApiKey("key_1", "desk", ApiKeyRole.STAFF, None))


@pytest.fixture
async def ada(store: Store) -> Buyer:
    return await store.sign_in_buyer()


async def place_scheduled(ada: Buyer, lines: tuple[tuple[Variant, int], ...] = LINES) -> Order:
    """An order of three mugs and a print, or of ``lines``, in one parcel that is ready."""
    ada.store.clock.advance(CLOCK_TICK)
    buyer = await ada.sign_in_again()
    addresses, methods = await buyer.saved_details()
    if addresses:
        choice = {"address_id": addresses[0].id, "payment_method_id": methods[0].id}
        cart = await ada.store.create_cart(lines)
        order = require_order(await buyer.check_out(cart, **choice))
    else:
        order = await place_order(buyer, lines)
    await close_window(ada.store)
    return order


async def read_order(ask: Ask, desk: Caller, order: Order) -> tuple[str, list[str], list[str]]:
    """The order's status, the types of its events, and the states of its parcels."""
    answer = (await ask(ORDER, desk, id=order.id))["order"]
    types = [event["type"] for event in answer["events"]["nodes"]]
    return answer["status"], types, [parcel["status"] for parcel in answer["shipments"]]


async def find_parcels(ask: Ask, desk: Caller, order: Order) -> list[Json]:
    answer = await ask(OF_ORDER, desk, id=order.id)
    parcels = answer["order"]["shipments"]
    assert isinstance(parcels, list)
    return parcels


async def dispatch(ask: Ask, desk: Caller, parcel: Json, **fields: object) -> Json:
    payload = await ask(DISPATCH, desk, input={"shipmentId": parcel["id"], **fields})
    return dict(payload["shipmentDispatch"])


async def update(ask: Ask, desk: Caller, id: str, status: str, **fields: object) -> list[Json]:
    payload = await ask(UPDATE, desk, input={"id": id, "status": status, **fields})
    return list(payload["shipmentUpdate"]["userErrors"])


async def captured_amounts(store: Store) -> list[int]:
    """What the provider's books say was captured of each charge, minor units."""
    provider = store.dependencies.payment_provider
    assert isinstance(provider, SimulatedPaymentProvider)
    return [charge.captured_minor for charge in await provider.list_charges()]


# -- reading


async def test_staff_list_parcels_by_their_state(
    ask: Ask, ada: Buyer, desk: Caller
) -> None:  # R122
    parcels = [
        (await find_parcels(ask, desk, await place_scheduled(ada)))[0]["id"] for _ in range(3)
    ]
    await dispatch(ask, desk, {"id": parcels[1]})
    listed: dict[str | None, list[str]] = {}
    for status in (None, "READY", "DISPATCHED", "DELIVERED", "RETURNED", "CANCELLED"):
        answer = (await ask(LISTED, desk, status=status))["staff"]["shipments"]
        listed[status] = [node["id"] for node in answer["nodes"]]
    assert listed == {
        None: parcels[::-1],
        "READY": [parcels[2], parcels[0]],
        "DISPATCHED": [parcels[1]],
        "DELIVERED": [],
        "RETURNED": [],
        "CANCELLED": [],
    }
    first = (await ask(LISTED, desk, first=2))["staff"]["shipments"]
    assert [node["id"] for node in first["nodes"]] == parcels[:0:-1]
    second_page = await ask(LISTED, desk, after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in second_page["staff"]["shipments"]["nodes"]] == parcels[:1]


async def test_who_sees_where_a_parcel_goes(
    ask: Ask, store: Store, ada: Buyer, desk: Caller, stranger: Caller
) -> None:  # R122
    order = await place_scheduled(ada)
    signed_in = await ada.sign_in_again()
    device = await ada.on_device_alone()
    app = replace(stranger, key=ApiKey("key_2", "app", ApiKeyRole.PARTNER, ada.caller.purchaser_id))
    grace = await store.sign_in_buyer("grace@example.com")
    [parcel] = await find_parcels(ask, desk, order)
    assert parcel["shipTo"] == {
        "name": "Ada Lovelace",
        "lines": ["100 Castro Street"],
        "city": "Mountain View",
        "postalCode": "94043",
    }
    assert [(line["title"], line["quantity"]) for line in parcel["lines"]] == [
        ("Mug", 3),
        ("Print", 1),
    ]
    assert {line["order"]["id"] for line in parcel["lines"]} == {order.id}
    assert await find_parcels(ask, signed_in.caller, order) == [parcel]
    hidden = {"shipTo": None, "shippingMethod": None}
    assert await find_parcels(ask, device.caller, order) == [{**parcel, **hidden}]
    for caller in (grace.caller, app, stranger):
        assert await ask(OF_ORDER, caller, id=order.id) == {"order": None}
        assert await ask(LISTED, caller) == {"staff": None}
    for caller, is_visible in (
        (desk, True),
        (signed_in.caller, True),
        (device.caller, False),
        (grace.caller, False),
        (app, False),
        (stranger, False),
    ):
        node = (await ask(NODE, caller, id=parcel["id"]))["node"]
        assert node == ({"id": parcel["id"], "status": "READY"} if is_visible else None)


async def test_twenty_orders_with_parcels_take_as_many_statements_as_one(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122
    counts = []
    for order_count in (1, 20):
        while await store.count_rows("shipments") < order_count:
            await place_scheduled(ada, ((MUG, 1),))
        statements: list[str] = []
        assert isinstance(store.database, SqliteDatabase)
        store.database._reader.set_trace_callback(statements.append)
        nodes = (await ask(OF_ORDERS, desk))["staff"]["orders"]["nodes"]
        store.database._reader.set_trace_callback(None)
        assert len(nodes) == order_count
        assert all(node["shipments"][0]["shipTo"]["lines"] for node in nodes)
        counts.append(len(statements))
    assert counts[0] == counts[1]


# -- dispatching


async def test_a_whole_parcel_leaves_and_is_paid(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122, R123
    order = await place_scheduled(ada)
    [parcel] = await find_parcels(ask, desk, order)
    page = "https://carrier.example/1"
    payload = await dispatch(
        ask, desk, parcel, carrier="Post", trackingNumber="123", trackingUrl=page
    )
    assert payload == {
        "shipment": {
            "id": parcel["id"],
            "status": "DISPATCHED",
            "carrier": "Post",
            "trackingNumber": "123",
            "trackingUrl": page,
            "lines": [
                {"lineId": line["lineId"], "quantity": line["quantity"]} for line in parcel["lines"]
            ],
        },
        "userErrors": [],
    }
    assert await captured_amounts(store) == [TOTAL]
    assert await read_order(ask, desk, order) == (
        "SHIPPED",
        ["placed", "scheduled", "shipped"],
        ["DISPATCHED"],
    )
    assert await ask(AUDIT, desk, subject=parcel["id"]) == {
        "staff": {"auditLog": {"nodes": [{"by": "desk", "action": "shipmentDispatch"}]}}
    }
    again = await dispatch(ask, desk, parcel)
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [
        ("NOT_MODIFIABLE", ["input", "shipmentId"])
    ]
    assert await captured_amounts(store) == [TOTAL]


async def test_a_part_leaves_and_the_rest_is_a_parcel_of_its_own(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122, R123
    order = await place_scheduled(ada)
    [parcel] = await find_parcels(ask, desk, order)
    mug_line, print_line = (line["lineId"] for line in parcel["lines"])
    part = {"lines": [{"lineId": print_line, "quantity": 1}], "idempotencyKey": "one"}
    store.clock.advance(CLOCK_TICK)
    payload = await dispatch(ask, desk, parcel, **part)
    assert payload["shipment"]["lines"] == [{"lineId": print_line, "quantity": 1}]
    assert await captured_amounts(store) == [PRINTED + 500]
    sent, remaining_parcel = await find_parcels(ask, desk, order)
    assert (sent["status"], remaining_parcel["status"]) == ("DISPATCHED", "READY")
    assert [(line["lineId"], line["quantity"]) for line in remaining_parcel["lines"]] == [
        (mug_line, 3)
    ]
    assert remaining_parcel["shipTo"] == sent["shipTo"]
    assert await dispatch(ask, desk, parcel, **part) == payload
    other = await dispatch(ask, desk, remaining_parcel, idempotencyKey="one")
    assert [(error["code"], error["field"]) for error in other["userErrors"]] == [
        ("IDEMPOTENCY_CONFLICT", ["input", "idempotencyKey"])
    ]
    assert (await read_order(ask, desk, order))[0] == "SCHEDULED"
    one_mug = [{"lineId": mug_line, "quantity": 1}]
    store.clock.advance(CLOCK_TICK)
    await dispatch(ask, desk, remaining_parcel, lines=one_mug)
    assert sum(await captured_amounts(store)) == PRINTED + 500 + MUGS // 3
    last = (await find_parcels(ask, desk, order))[-1]
    assert [line["quantity"] for line in last["lines"]] == [2]
    await dispatch(ask, desk, last)
    assert await captured_amounts(store) == [TOTAL]
    status, types, states = await read_order(ask, desk, order)
    assert (status, states) == ("SHIPPED", ["DISPATCHED"] * 3)
    assert types == ["placed", "scheduled", "shipped", "shipped", "shipped"]


@pytest.mark.parametrize("key", ["one", None])
async def test_a_double_click_sends_and_captures_once(
    ask: Ask, store: Store, ada: Buyer, desk: Caller, key: str | None
) -> None:  # R123
    order = await place_scheduled(ada)
    [parcel] = await find_parcels(ask, desk, order)
    fields = {} if key is None else {"idempotencyKey": key}
    answers = await asyncio.gather(*(dispatch(ask, desk, parcel, **fields) for _ in range(2)))
    refused = [answer for answer in answers if answer["userErrors"]]
    assert len(refused) == (0 if key else 1)
    assert await captured_amounts(store) == [TOTAL]
    status, types, states = await read_order(ask, desk, order)
    assert (status, states) == ("SHIPPED", ["DISPATCHED"])
    assert types == ["placed", "scheduled", "shipped"]


async def test_a_dispatch_that_cannot_be_changes_nothing(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122
    order = await place_scheduled(ada)
    other = await place_scheduled(ada)
    [parcel] = await find_parcels(ask, desk, order)
    [other_parcel] = await find_parcels(ask, desk, other)
    own_line, foreign_line = (each["lines"][0]["lineId"] for each in (parcel, other_parcel))

    async def refusal(**fields: object) -> tuple[str, list[str]]:
        [error] = (await dispatch(ask, desk, parcel, **fields))["userErrors"]
        return error["code"], error["field"]

    def of_line(line_id: str, quantity: int) -> Json:
        return {"lineId": line_id, "quantity": quantity}

    lines = ["input", "lines"]
    assert await refusal(lines=[]) == ("INVALID_INPUT", lines)
    assert await refusal(lines=[of_line(foreign_line, 1)]) == (
        "NOT_FOUND",
        [*lines, "0", "lineId"],
    )
    for over in (
        [of_line(own_line, 4)],
        [of_line(own_line, 2), of_line(own_line, 2)],
        [of_line(own_line, 0)],
    ):
        place = str(len(over) - 1)
        assert await refusal(lines=over) == ("INVALID_INPUT", [*lines, place, "quantity"])
    unknown = await dispatch(ask, desk, {"id": "shm_none"})
    assert [(error["code"], error["field"]) for error in unknown["userErrors"]] == [
        ("NOT_FOUND", ["input", "shipmentId"])
    ]
    assert await captured_amounts(store) == [0, 0]
    assert (await read_order(ask, desk, order))[2] == ["READY"]


# -- the carrier's word


async def test_the_word_that_an_open_order_left_schedules_it_first(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122, R123
    order = await place_order(ada)
    assert await update(ask, desk, order.id, "DELIVERED") != []
    assert await read_order(ask, desk, order) == ("OPEN", ["placed"], [])
    assert await update(ask, desk, order.id, "DISPATCHED") == []
    assert await captured_amounts(store) == [TOTAL]
    types = ["placed", "scheduled", "shipped"]
    assert await read_order(ask, desk, order) == ("SHIPPED", types, ["DISPATCHED"])
    store.clock.advance(timedelta(days=1))
    assert await update(ask, desk, order.id, "DELIVERED") == []
    assert await read_order(ask, desk, order) == ("DELIVERED", [*types, "delivered"], ["DELIVERED"])
    [error] = await update(ask, desk, order.id, "RETURNED")
    assert (error["code"], error["field"]) == ("NOT_MODIFIABLE", ["input", "id"])


async def test_a_parcel_that_came_back_waits_and_is_sent_again(
    ask: Ask, store: Store, ada: Buyer, desk: Caller
) -> None:  # R122, R123
    order = await place_scheduled(ada)
    [parcel] = await find_parcels(ask, desk, order)
    await dispatch(ask, desk, parcel)
    assert await update(ask, desk, parcel["id"], "RETURNED", onReturn="WAIT") == []
    types = ["placed", "scheduled", "shipped", "returned"]
    assert await read_order(ask, desk, order) == ("SCHEDULED", types, ["RETURNED"])
    store.clock.advance(timedelta(hours=1))
    assert await update(ask, desk, parcel["id"], "RETURNED", onReturn="RESEND") == []
    status, _, states = await read_order(ask, desk, order)
    assert (status, states) == ("SCHEDULED", ["RETURNED", "READY"])
    returned, again = await find_parcels(ask, desk, order)
    assert (again["lines"], again["shipTo"]) == (returned["lines"], returned["shipTo"])
    [error] = await update(ask, desk, parcel["id"], "RETURNED", onReturn="RESEND")
    assert error["code"] == "NOT_MODIFIABLE"
    assert await update(ask, desk, again["id"], "DISPATCHED") == []
    assert await update(ask, desk, again["id"], "DELIVERED") == []
    assert await captured_amounts(store) == [TOTAL]
    assert (await read_order(ask, desk, order))[::2] == ("DELIVERED", ["RETURNED", "DELIVERED"])
