"""What a merchant's calculator is told of an order after its buyer's account was erased."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import LineQuantity
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.provider_notices import note_refund
from gateway.services.ports.payments import RefundCompleted, RefundFailed
from gateway.services.ports.provider_events import RefundNotice
from tests.conftest import AnyDatabase
from tests.endpoints import SignedEndpoint
from tests.services.orders.calculator_ears import hear, short_form, with_calculator_calls
from tests.services.orders.changing import cancel, order_after
from tests.services.orders.parcels import deliver, place_order, refund, refusals
from tests.services.orders.payments import list_payments
from tests.services.test_account_erasure import erase
from tests.store import Buyer, Store

PRIVATE = ("Ada", "ada@", "Castro", "Mountain", "prs_", "crt_", "ord_", "sim_", "94043", '"CA"')
"""What of a buyer nobody is told any more; the place is gone with the rest."""


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """A store of a merchant who has a calculator."""
    return with_calculator_calls(await Store.open(databases, clock))


async def erase_buyer(buyer: Buyer, order: Order) -> None:
    again = await buyer.sign_in_again()
    assert await erase(buyer.store, again.caller) == []
    async with buyer.store.database.read() as reading:
        assert await load_delivery(order.id, reading, buyer.dependencies) is None


def private_words(endpoint: SignedEndpoint) -> list[str]:
    sent = "".join(body for _, body in endpoint.calls)
    return [word for word in PRIVATE if word in sent]


async def test_what_happens_to_the_money_is_told_without_a_place(store: Store) -> None:
    """R85, R117, R127: refunds of ours and of others, and what stands where both fail."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await deliver(store, order)
    [placed] = await hear(store)
    [payment] = await list_payments(store, order.id)
    await erase_buyer(buyer, order)
    endpoint, mugs = SignedEndpoint(), order.lines[0].id
    given_back = await refund(store, order, lines=(LineQuantity(mugs, 1),))
    assert refusals(given_back) == []
    by_hand = RefundNotice("re_1", payment.charge_id, 500, "USD", RefundCompleted(), is_ours=False)
    assert await note_refund(by_hand, store.dependencies)
    lost = RefundFailed("LOST_OR_STOLEN_CARD")
    async with store.database.read() as reading:
        ours = next(
            operation
            for operation in await reading.payment_operations.list_for(order.id)
            if given_back.value is not None and operation.subject_id == given_back.value.id
        )
    failed = replace(by_hand, key=ours.id, amount_minor=1072, result=lost, is_ours=True)
    assert await note_refund(failed, store.dependencies)
    assert await note_refund(replace(by_hand, result=lost), store.dependencies)
    documents = await hear(store, endpoint)
    assert short_form(documents) == [
        ("reverse", 2, "10.72", "10.72"),
        ("reverse", 3, "5.00", "5.00"),
        ("commit", 4, "165.88", None),
        ("commit", 5, "165.88", None),
    ]
    commits: list[dict[str, Any]] = [document["data"] for document in documents[2:]]
    by_others = {
        "id": "re_1",
        "amount": "5.00",
        "tax": "0.32",
        "lines": [],
        "shipping": {"net": "0.00", "tax": "0.00"},
    }
    assert [commit["refunds"] for commit in commits] == [[by_others], []]
    unchanged = {"sequence", "destination", "refunds"}
    for commit in commits:
        assert (commit["destination"], commit["customer"]) == (None, {"kind": "CONSUMER"})
        assert {name: value for name, value in commit.items() if name not in unchanged} == {
            name: value for name, value in placed["data"].items() if name not in unchanged
        }
    assert private_words(endpoint) == []


async def test_what_still_waits_to_be_told_is_sent_as_it_was_sealed(store: Store) -> None:
    """R85, R117, R127: the sale has to be booked; it never had more than a postal code."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await deliver(store, order)
    await erase_buyer(buyer, order)
    endpoint = SignedEndpoint()
    [commit] = await hear(store, endpoint)
    assert short_form([commit]) == [("commit", 1, "165.88", None)]
    place = {"country": "US", "region": "CA", "postalCode": "94043"}
    assert commit["data"]["destination"] == place
    assert private_words(endpoint) == ["94043", '"CA"']


async def test_of_a_cancelled_order_nothing_more_is_told(store: Store) -> None:
    """R117, R127."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    [payment] = await list_payments(store, order.id)
    order_after(await cancel(buyer, order))
    assert [document["type"] for document in await hear(store)] == ["commit", "reverse"]
    await store.work_until_idle()
    await erase_buyer(buyer, order)
    by_hand = RefundNotice("re_1", payment.charge_id, 500, "USD", RefundCompleted(), is_ours=False)
    assert await note_refund(by_hand, store.dependencies)
    assert await hear(store) == []
