"""R99: a device alone shows no trace of where its orders go, in whatever field one looks."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.orders.order import Order
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from tests.api.conftest import Ask, offline_gift_dependencies
from tests.gifts.whole_selections import full_selection
from tests.shelves import HOME, MUG, build_dependencies
from tests.store import Buyer, Store, require_order

ORDER = full_selection(schema._schema, "Order")
ADDRESS_TRACES = (
    "Sales tax",
    "US-CA",
    "7.25",
    "Slow",
    HOME.city or "",
    HOME.postal_code or "",
    HOME.lines[0],
)
"""The tax's name, its place and its rate, the way it is shipped, and parts of the address."""

BY_ID = f"query ($id: ID!) {{ order(id: $id) {ORDER} }}"
AS_NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Order {ORDER} }} }}"
OPEN = f"{{ viewer {{ openOrders {ORDER} }} }}"
BY_KEY = f'{{ orderByIdempotencyKey(key: "the key") {ORDER} }}'
CANCEL = f"""mutation ($id: ID!) {{
  orderCancel(input: {{orderId: $id}}) {{ order {ORDER} userErrors {{ code }} }}
}}"""
CLICK = f"""mutation ($variant: ID!) {{
  oneClickPurchase(input: {{variantId: $variant, idempotencyKey: "another"}}) {{
    ... on OrderPlaced {{ order {ORDER} mergedInto {ORDER} }}
  }}
}}"""
ORDER_DOCUMENTS = {
    "order": BY_ID,
    "node": AS_NODE,
    "openOrders": OPEN,
    "orderByIdempotencyKey": BY_KEY,
    "oneClickPurchase": CLICK,
    "orderCancel": CANCEL,
}


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


async def buy_by_one_click(store: Store) -> tuple[Buyer, Order]:
    buyer = await store.one_click_buyer()
    return buyer, require_order(await buyer.purchase(MUG, key="the key"))


async def ask_for_order(ask: Ask, way: str, caller: Caller, order: Order) -> Any:  # noqa: ANN401 - an answer
    variables = {"id": order.id} if "$id" in ORDER_DOCUMENTS[way] else {}
    variables |= {"variant": MUG.id} if "$variant" in ORDER_DOCUMENTS[way] else {}
    return await ask(ORDER_DOCUMENTS[way], caller, **variables)


@pytest.mark.parametrize("way", ORDER_DOCUMENTS)
async def test_a_device_alone_shows_no_trace(ask: Ask, store: Store, way: str) -> None:
    buyer, order = await buy_by_one_click(store)
    answer_text = json.dumps(await ask_for_order(ask, way, buyer.caller, order))
    assert order.currency.code in answer_text
    assert [trace for trace in ADDRESS_TRACES if trace in answer_text] == []


@pytest.mark.parametrize("way", ORDER_DOCUMENTS)
async def test_who_has_signed_in_sees_it_all(ask: Ask, store: Store, way: str) -> None:
    buyer, order = await buy_by_one_click(store)
    signed_in = await buyer.sign_in_again()
    answer_text = json.dumps(await ask_for_order(ask, way, signed_in.caller, order))
    assert [trace for trace in ADDRESS_TRACES[:4] if trace not in answer_text] == []


async def test_what_it_costs_stays_and_adds_up(ask: Ask, store: Store) -> None:
    buyer, order = await buy_by_one_click(store)
    document = """query ($id: ID!) { order(id: $id) {
      total { net { minorUnits } tax { minorUnits } gross { minorUnits } } taxSummary { name }
      explanations { text } items { name taxLines { name } total { tax { minorUnits } } }
      display(locale: "en-US") { totals { key label text } shipping { key label text } }
    } }"""
    assert await ask(document, buyer.caller, id=order.id) == {
        "order": {
            "total": {
                "net": {"minorUnits": 1500},
                "tax": {"minorUnits": 73},
                "gross": {"minorUnits": 1573},
            },
            "taxSummary": None,
            "explanations": None,
            "items": [{"name": "Mug", "taxLines": None, "total": {"tax": {"minorUnits": 73}}}],
            "display": {
                "totals": [
                    {"key": "subtotal", "label": "Subtotal", "text": "$10.00"},
                    {"key": "shipping", "label": "Shipping", "text": "$5.00"},
                    {"key": "tax", "label": "Tax", "text": "$0.73"},
                    {"key": "total", "label": "Total", "text": "$15.73"},
                ],
                "shipping": [{"key": "shipping", "label": "Shipping", "text": "$5.00"}],
            },
        }
    }


async def test_a_follower_by_the_device_alone_sees_no_trace(
    store: Store, parts: Dependencies
) -> None:
    buyer, order = await buy_by_one_click(store)
    document = (
        f"""subscription ($id: ID!) {{ orderUpdates(orderId: $id) {{ type order {ORDER} }} }}"""
    )
    event_texts = []
    for caller in (buyer.caller, (await buyer.sign_in_again()).caller):
        context = Context(parts, caller, offline_gift_dependencies(parts))
        events = await schema.subscribe(document, {"id": order.id}, context_value=context)
        assert isinstance(events, AsyncGenerator)
        first = await anext(events)
        await events.aclose()
        assert first.errors is None
        event_texts.append(json.dumps(first.data))
    by_device, signed_in = event_texts
    assert [trace for trace in ADDRESS_TRACES if trace in by_device] == []
    assert [trace for trace in ADDRESS_TRACES[:4] if trace not in signed_in] == []
