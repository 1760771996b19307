"""R127. What a merchant's calculator is told of orders: commits and reversals, in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.purchase_details import Calculator
from gateway.services.encryption import GATEWAY_SUBJECT
from gateway.services.orders.provider_notices import note_refund
from gateway.services.outbox import MAX_OPERATOR_ATTEMPTS
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.payments import RefundCompleted, RefundFailed
from gateway.services.ports.provider_events import RefundNotice
from gateway.services.ports.refunds import RefundStatus
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.endpoints import SignedEndpoint, answer_text, open_endpoint
from tests.faults import Fault, FaultPlan, FaultyDatabase
from tests.services.orders.calculator_ears import hear, sender, short_form, with_calculator_calls
from tests.services.orders.changing import cancel, move, order_after, set_quantity
from tests.services.orders.parcels import (
    close_window,
    deliver,
    dispatch,
    list_parcels,
    place_order,
    refund,
    refusals,
)
from tests.services.orders.payments import list_payments
from tests.shelves import MUG, OFFICE, PRINT
from tests.store import Store, require_order

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=31)
NOTHING = {"net": "0.00", "tax": "0.00"}


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """A store of a merchant who has a calculator."""
    return with_calculator_calls(await Store.open(databases, clock))


def told_of(order: Order, sequence: int, **data: object) -> dict[str, Any]:
    return {
        "orderNumber": order.number,
        "sequence": sequence,
        "currency": "USD",
        "calculatedBy": "TABLE",
        "reference": None,
        "refund": None,
    } | data


# -- commits


async def test_a_placed_order_is_committed_without_personal_data(store: Store) -> None:
    """R85, R127."""
    endpoint = SignedEndpoint()
    order = await place_order(await store.sign_in_buyer())
    placed_at = order.placed_at
    mugs, prints = (line.id for line in order.lines)
    assert await hear(store, endpoint) == [
        {
            "type": "commit",
            "timestamp": placed_at.isoformat(),
            "data": told_of(
                order,
                1,
                destination={"country": "US", "region": "CA", "postalCode": "94043"},
                customer={"kind": "CONSUMER"},
                lines=[
                    {"id": mugs, "sku": "MUG", "quantity": 3, "net": "30.00", "tax": "2.18"},
                    {"id": prints, "sku": "PRINT", "quantity": 1, "net": "120.00", "tax": "8.70"},
                ],
                shipping={"net": "5.00", "tax": "0.00"},
                total={"amount": "165.88", "tax": "10.88"},
                refunds=[],
            ),
        }
    ]
    sent = "".join(body for _, body in endpoint.calls)
    private = ("Ada", "ada@", "Castro", "Mountain", "prs_", "crt_", "ord_", "sim_")
    assert [word for word in private if word in sent] == []


async def test_joining_and_changes_are_committed_as_the_whole_order(store: Store) -> None:
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    order = require_order(await buyer.purchase(PRINT))
    buyer = await buyer.sign_in_again()
    order = order_after(await set_quantity(buyer, order, 3))
    office = await buyer.save_address(OFFICE, "office")
    order = order_after(await move(buyer, order, office.id))
    documents = await hear(store)
    # 10.00, then 130.00, then 150.00, with 5.00 for shipping and 7.25 % or 4 % on them.
    assert short_form(documents) == [
        ("commit", 1, "15.73", None),
        ("commit", 2, "144.43", None),
        ("commit", 3, "165.88", None),
        ("commit", 4, "161.20", None),
    ]
    assert documents[3]["data"]["lines"] == [
        {"id": order.lines[0].id, "sku": "MUG", "quantity": 3, "net": "30.00", "tax": "1.20"},
        {"id": order.lines[1].id, "sku": "PRINT", "quantity": 1, "net": "120.00", "tax": "4.80"},
    ]
    assert [document["data"]["destination"]["postalCode"] for document in documents] == [
        "94043", "94043", "94043", "10001",
    ]  # fmt: skip
    # New York taxes shipping.
    assert documents[3]["data"]["shipping"] == {"net": "5.00", "tax": "0.20"}


async def test_what_changes_no_figure_is_not_told(store: Store) -> None:
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    assert short_form(await hear(store)) == [("commit", 1, "165.88", None)]


async def test_who_computed_an_order_is_told_with_the_calculators_own_word(store: Store) -> None:
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    order = await store.load_order(order.id)
    figures = replace(
        order.figures, calculated_by=Calculator.MERCHANT, calculation_reference="taxcalc_1"
    )
    async with store.database.begin() as work:
        await work.orders.save(replace(order, figures=figures, version=order.version + 1), None)
    assert refusals(await refund(store, order, amount=Decimal(1))) == []
    *_, reversal = await hear(store)
    assert (reversal["data"]["calculatedBy"], reversal["data"]["reference"]) == (
        "MERCHANT",
        "taxcalc_1",
    )


# -- reversals


async def test_a_cancelled_order_is_taken_back_as_a_whole(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    order_after(await cancel(buyer, order))
    commit, reversal = await hear(store)
    assert reversal["type"] == "reverse"
    assert reversal["data"] == told_of(
        order,
        2,
        lines=commit["data"]["lines"],
        shipping=commit["data"]["shipping"],
        total=commit["data"]["total"],
    )


async def test_each_refund_is_taken_back_once_the_money_is(store: Store) -> None:
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    mugs = order.lines[0].id
    one = await refund(store, order, lines=(LineQuantity(mugs, 1),))
    shipping = await refund(store, order, lines=(), shipping=True)
    amount = await refund(store, order, amount=Decimal("10.00"))
    assert one.value is not None
    assert shipping.value is not None
    assert amount.value is not None
    _, *reversals = await hear(store)
    assert [document["type"] for document in reversals] == ["reverse"] * 3
    assert [document["data"] for document in reversals] == [
        told_of(
            order,
            2,
            lines=[{"id": mugs, "sku": "MUG", "quantity": 1, "net": "10.00", "tax": "0.72"}],
            shipping=NOTHING,
            total={"amount": "10.72", "tax": "0.72"},
            refund={"id": one.value.id, "amount": "10.72", "tax": "0.72"},
        ),
        told_of(
            order,
            3,
            lines=[],
            shipping={"net": "5.00", "tax": "0.00"},
            total={"amount": "5.00", "tax": "0.00"},
            refund={"id": shipping.value.id, "amount": "5.00", "tax": "0.00"},
        ),
        told_of(
            order,
            4,
            lines=[],
            shipping=NOTHING,
            total={"amount": "10.00", "tax": "0.67"},
            refund={"id": amount.value.id, "amount": "10.00", "tax": "0.67"},
        ),
    ]


async def test_a_commit_after_refunds_says_all_that_stands(store: Store) -> None:
    """Whoever replaces what was told before by a commit needs nothing else."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    mugs = order.lines[0].id
    assert (await dispatch(store, parcel, (LineQuantity(mugs, 3),))).value is not None
    given_back = await refund(store, order, lines=(LineQuantity(mugs, 1),))
    assert given_back.value is not None
    [payment] = await list_payments(store, order.id)
    notice = await failing_notice(store, order)
    assert await note_refund(notice, store.dependencies)
    foreign = RefundNotice("re_1", payment.charge_id, 500, "USD", RefundCompleted(), is_ours=False)
    assert await note_refund(foreign, store.dependencies)
    second = await refund(store, order, lines=(LineQuantity(mugs, 2),))
    assert second.value is not None
    failed = replace(foreign, key="re_2", result=RefundFailed("lost"))
    assert await note_refund(failed, store.dependencies)
    documents = await hear(store)
    assert short_form(documents) == [
        ("commit", 1, "165.88", None),
        ("reverse", 2, "10.72", "10.72"),
        ("commit", 3, "165.88", None),
        ("reverse", 4, "5.00", "5.00"),
        ("reverse", 5, "21.45", "21.45"),
    ]
    assert documents[2]["data"]["refunds"] == []
    assert await note_refund(replace(foreign, result=RefundFailed("lost")), store.dependencies)
    [commit] = await hear(store)
    assert short_form([commit]) == [("commit", 6, "165.88", None)]
    assert commit["data"]["lines"] == documents[0]["data"]["lines"]
    assert commit["data"]["refunds"] == [
        {
            "id": second.value.id,
            "amount": "21.45",
            "tax": "1.45",
            "lines": [{"id": mugs, "sku": "MUG", "quantity": 2, "net": "20.00", "tax": "1.45"}],
            "shipping": NOTHING,
        }
    ]


async def failing_notice(store: Store, order: Order) -> RefundNotice:
    """That the last refund of ``order``, which was done, has failed after all."""
    async with store.database.read() as reading:
        operations = await reading.payment_operations.list_for(order.id)
    [payment] = await list_payments(store, order.id)
    operation = operations[-1]
    result = RefundFailed("LOST_OR_STOLEN_CARD")
    return RefundNotice(
        operation.id, payment.charge_id, operation.amount.minor, "USD", result, is_ours=True
    )


async def test_a_refund_that_never_came_about_is_never_told(store: Store) -> None:
    order = await place_order(await store.sign_in_buyer(), method="sim_refund_fails")
    await deliver(store, order)
    outcome = await refund(store, order)
    assert outcome.value is not None
    assert outcome.value.status is RefundStatus.PENDING
    for _ in range(5):
        await store.run_due_jobs(LEASE)
    async with store.database.read() as reading:
        [ended] = await reading.refunds.list_for_orders([order.id])
    assert ended.status is RefundStatus.FAILED
    assert short_form(await hear(store)) == [("commit", 1, "165.88", None)]


async def test_nothing_more_is_taken_back_of_a_cancelled_order(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    [payment] = await list_payments(store, order.id)
    order_after(await cancel(buyer, order))
    notice = RefundNotice("re_1", payment.charge_id, 500, "USD", RefundCompleted(), is_ours=False)
    assert await note_refund(notice, store.dependencies)
    assert [document["type"] for document in await hear(store)] == ["commit", "reverse"]


# -- in order, once, and with the order


async def test_a_later_message_waits_for_an_earlier_one_of_its_own_order(store: Store) -> None:
    endpoint = SignedEndpoint(answers=[answer_text("500 Oops")])
    buyer = await store.sign_in_buyer()
    first, second = (
        await place_order(buyer),
        await place_order(await store.sign_in_buyer("b@x.org")),
    )
    order_after(await cancel(buyer, first))
    documents = await hear(store, endpoint)
    numbers = [
        (document["data"]["orderNumber"], document["data"]["sequence"]) for document in documents
    ]
    tries = [number for number in numbers if number[0] == first.number]
    others = [number for number in numbers if number[0] == second.number]
    assert sorted(tries) == tries
    assert len(set(endpoint.ids)) == 3
    assert (len(tries) - 2) + (len(others) - 1) == 1


async def test_what_is_not_accepted_is_repeated_for_three_days(store: Store) -> None:
    endpoint = SignedEndpoint(answers=[answer_text("500 Oops")] * MAX_OPERATOR_ATTEMPTS)
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    order_after(await cancel(buyer, order))
    started_at = store.clock.now()
    documents = await hear(store, endpoint)
    assert [document["type"] for document in documents] == ["commit"] * 90 + ["reverse"]
    assert len(set(endpoint.ids)) == 2
    assert timedelta(days=3) < store.clock.now() - started_at < timedelta(days=4)


async def test_refunds_that_come_about_at_once_are_all_told(store: Store) -> None:
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    order = require_order(await buyer.purchase(PRINT))
    await deliver(store, order)
    outcomes = await asyncio.gather(
        *(refund(store, order, amount=Decimal(amount)) for amount in ("10", "11", "12"))
    )
    assert [refusals(outcome) for outcome in outcomes] == [[], [], []]
    documents = await hear(store)
    assert [document["data"]["sequence"] for document in documents] == [1, 2, 3, 4, 5]
    given_back = [document["data"]["refund"]["amount"] for document in documents[2:]]
    assert sorted(given_back) == ["10.00", "11.00", "12.00"]


@pytest.mark.parametrize("call", range(1, 5))
async def test_a_cut_leaves_no_order_untold_and_tells_of_none_that_is_not(
    store: Store, call: int
) -> None:
    faults = FaultPlan(call)
    database = FaultyDatabase(store.database, faults)
    cut_store = store.with_dependencies(database=database)
    buyer = await store.one_click_buyer()
    cut_buyer = replace(buyer, store=cut_store)
    try:
        await cut_buyer.purchase(MUG, key="k")
    except Fault:
        await store.run_due_jobs(LEASE)
    assert len(faults.calls) >= call
    order = require_order(await buyer.purchase(MUG, key="k"))
    [document] = await hear(store)
    assert (document["type"], document["data"]["orderNumber"]) == ("commit", order.number)


async def test_a_commit_is_sealed_for_the_gateway_itself(store: Store) -> None:
    order = await place_order(await store.sign_in_buyer())
    now = store.clock.now()
    async with store.database.begin() as work:
        [message] = await work.outbox.claim(now, now + HOUR, 9, MessageKind.CALCULATION)
    assert message.subject == GATEWAY_SUBJECT
    assert order.number.encode() not in message.sealed


async def test_nothing_is_kept_where_the_merchant_has_no_calculator(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    store = await Store.open(databases, clock)
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    assert refusals(await refund(store, order)) == []
    now = clock.now()
    async with store.database.begin() as work:
        assert await work.outbox.claim(now, now + HOUR, 9, MessageKind.CALCULATION) == ()


async def test_a_message_whose_sender_died_is_sent_again_with_its_id(store: Store) -> None:
    endpoint = SignedEndpoint()
    await place_order(await store.sign_in_buyer())
    now = store.clock.now()
    async with open_endpoint(endpoint, store.clock) as calculator:
        async with store.database.begin() as work:
            [lease] = await work.outbox.claim(now, now + HOUR, 9, MessageKind.CALCULATION)
        assert lease.attempts == 1
        await run_due_jobs([sender(store, calculator)], now)
        assert endpoint.ids == []
        store.clock.advance(HOUR)
        await run_due_jobs([sender(store, calculator)], store.clock.now())
    assert len(endpoint.ids) == 1
