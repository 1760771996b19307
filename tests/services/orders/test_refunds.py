"""Refunds of orders by staff, on both databases, also several at once."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import OrderStatus
from gateway.engine.orders.payments import PaymentStage
from gateway.engine.orders.shipments import LineQuantity, ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services import encryption
from gateway.services.orders.refunds import RefundDraft, refund_order
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.refunds import RefundStatus
from tests.conftest import AnyDatabase
from tests.faults import FaultPlan, FaultyPayments, ProcessKilled
from tests.services.orders.parcels import (
    close_window,
    deliver,
    dispatch,
    list_event_types,
    list_parcels,
    list_refunds,
    load_money,
    place_order,
    refund,
    refusals,
    staff_caller,
)
from tests.shelves import PRINT
from tests.store import Store

LEASE = timedelta(seconds=31)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def test_lines_shipping_and_the_rest_are_given_back(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    mugs = order.lines[0].id
    first = await refund(store, order, lines=(LineQuantity(mugs, 1),), reason="Chipped.")
    assert first.value is not None
    assert (first.value.status, first.value.by) == (RefundStatus.COMPLETED, "staff:desk")
    shipping = await refund(store, order, lines=(), shipping=True)
    amount = await refund(store, order, amount=Decimal("10.00"))
    remainder = await refund(store, order)
    assert not any(map(refusals, (shipping, amount, remainder)))
    refunds = await list_refunds(store, order)
    assert refunds[:3] == [
        (1072, 72, "COMPLETED"),
        (500, 0, "COMPLETED"),
        (1000, 67, "COMPLETED"),
    ]
    assert sum(gross for gross, _, _ in refunds) == 16_588
    assert sum(tax for _, tax, _ in refunds) == 1088
    money = await load_money(store, order)
    assert (money.captured, money.refunded, money.stage) == (16_588, 16_588, PaymentStage.REFUNDED)
    assert (await store.load_order(order.id)).status is OrderStatus.DELIVERED
    assert (await list_event_types(store, order))[-5:] == ["delivered", *["refunded"] * 4]
    nothing = await refund(store, order)
    assert refusals(nothing) == [
        (
            ErrorCode.NOT_MODIFIABLE,
            "orderId",
            "Nothing is left to refund: 165.88 USD was captured.",
        )
    ]


async def test_what_is_not_captured_is_never_given_back(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    refused = [
        (ErrorCode.NOT_MODIFIABLE, "orderId", "Nothing is left to refund: 0.00 USD was captured.")
    ]
    assert refusals(await refund(store, order)) == refused
    await close_window(store)
    assert refusals(await refund(store, order, amount=Decimal(1))) == refused
    (parcel,) = await list_parcels(store, order)
    mugs = LineQuantity(order.lines[0].id, 1)
    assert (await dispatch(store, parcel, (mugs,))).value is not None
    # One mug and the shipping.
    assert refusals(await refund(store, order, amount=Decimal("15.73"))) == [
        (ErrorCode.INVALID_INPUT, "amount", "15.73 USD is more than the 15.72 USD left to refund.")
    ]
    assert refusals(await refund(store, order, amount=Decimal("15.72"))) == []
    money = await load_money(store, order)
    assert (money.captured, money.refunded, money.outstanding) == (1572, 1572, 0)


async def test_quantities_lines_and_amounts_are_checked(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    mugs = order.lines[0].id
    none = await refund(store, order, lines=(LineQuantity(mugs, 4), LineQuantity("orl_none", 1)))
    assert refusals(none) == [
        (ErrorCode.INVALID_INPUT, "lines.0.quantity", "4 are more than the 3 left to refund."),
        (ErrorCode.NOT_FOUND, "lines.1.lineId", "There is no line orl_none."),
    ]
    for amount, message in (
        ("165.89", "165.89 USD is more than the 165.88 USD left to refund."),
        ("0", "The amount must be positive, not 0.00 USD."),
        ("1.005", "Not an amount: USD has 2 decimal places, and 1.005 has more."),
    ):
        outcome = await refund(store, order, amount=Decimal(amount))
        assert [(code, path) for code, path, _ in refusals(outcome)] == [
            (ErrorCode.INVALID_INPUT, "amount")
        ], message
    card = await refund(store, order, reason="4111 1111 1111 1111")
    assert [(code, path) for code, path, _ in refusals(card)] == [
        (ErrorCode.INVALID_INPUT, "reason")
    ]
    assert await list_refunds(store, order) == []


async def test_goods_go_back_into_stock_once(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    mugs, prints = (line.id for line in order.lines)
    await dispatch(store, parcel, (LineQuantity(mugs, 3),))
    assert await store.available_stock(PRINT) == 2
    one_print = (LineQuantity(prints, 1),)
    early = await refund(store, order, lines=(LineQuantity(prints, 1),), restock=True)
    assert [path for _, path, _ in refusals(early)] == ["lines"]
    cheap = await refund(store, order, lines=(LineQuantity(mugs, 1), LineQuantity(prints, 1)))
    assert [path for _, path, _ in refusals(cheap)] == ["lines"]
    amount = await refund(store, order, amount=Decimal(1), restock=True)
    assert refusals(amount) == [
        (
            ErrorCode.INVALID_INPUT,
            "restock",
            "Only lines can be put back into stock, and this refund is of no line.",
        )
    ]
    for ready_parcel in await list_parcels(store, order):
        if ready_parcel.state is ShipmentState.READY:
            await dispatch(store, ready_parcel)
    assert refusals(await refund(store, order, lines=one_print, restock=True)) == []
    assert await store.available_stock(PRINT) == 3
    assert refusals(await refund(store, order, restock=True)) == []
    assert await store.available_stock(PRINT) == 3


async def test_what_has_not_left_is_not_refunded_by_its_line(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    mugs, prints = (line.id for line in order.lines)
    await dispatch(store, parcel, (LineQuantity(mugs, 1), LineQuantity(prints, 1)))
    early = await refund(store, order, lines=(LineQuantity(mugs, 2),))
    assert refusals(early) == [
        (
            ErrorCode.INVALID_INPUT,
            "lines.0.quantity",
            "2 are more than the 1 left to refund of what has left.",
        )
    ]
    assert refusals(await refund(store, order, lines=(LineQuantity(mugs, 1),))) == []
    assert await list_refunds(store, order) == [(1072, 72, "COMPLETED")]


async def test_one_key_is_one_refund_however_often_it_is_sent(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    lines = (LineQuantity(order.lines[0].id, 1),)
    outcomes = await asyncio.gather(
        *(refund(store, order, "k", lines=lines, restock=True) for _ in range(4))
    )
    assert len({outcome.value.id for outcome in outcomes if outcome.value}) == 1
    assert await list_refunds(store, order) == [(1072, 72, "COMPLETED")]
    other = await refund(store, order, "k", lines=lines)
    assert [(code, path) for code, path, _ in refusals(other)] == [
        (ErrorCode.IDEMPOTENCY_CONFLICT, "idempotencyKey")
    ]


async def test_two_members_of_staff_do_not_give_back_the_same(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    lines = (LineQuantity(order.lines[1].id, 1),)
    outcomes = await asyncio.gather(*(refund(store, order, lines=lines) for _ in range(3)))
    assert sorted(len(outcome.user_errors) for outcome in outcomes) == [0, 1, 1]
    assert await list_refunds(store, order) == [(12_870, 870, "COMPLETED")]
    assert (await load_money(store, order)).refunded == 12_870


async def test_a_refund_and_a_dispatch_at_once(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    await dispatch(store, parcel, (LineQuantity(order.lines[0].id, 2),))
    (remaining_parcel,) = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    refunded, dispatched = await asyncio.gather(
        refund(store, order), dispatch(store, remaining_parcel)
    )
    assert (refusals(refunded), refusals(dispatched)) == ([], [])
    money = await load_money(store, order)
    assert money.captured == 16_588
    assert money.refunded in {2645, 16_588}


async def test_a_refund_that_fails_later_shows_so_and_counts_no_more(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer(), method="sim_refund_fails")
    await deliver(store, order)
    outcome = await refund(store, order)
    assert outcome.value is not None
    assert outcome.value.status is RefundStatus.PENDING
    # What is on its way cannot be given back once more.
    assert [code for code, _, _ in refusals(await refund(store, order))] == [
        ErrorCode.NOT_MODIFIABLE
    ]
    for _ in range(5):
        await store.run_due_jobs(LEASE)
    assert [status for _, _, status in await list_refunds(store, order)] == ["FAILED"]
    assert (await load_money(store, order)).refunded == 0
    assert (await refund(store, order, amount=Decimal(1))).value is not None


@pytest.mark.parametrize("call", [1, 2])
async def test_the_worker_finishes_what_a_killed_process_began(
    store: Store, call: int
) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    faults = FaultPlan(call, fault_type=ProcessKilled)
    killed = store.with_dependencies(
        payment_provider=FaultyPayments(store.dependencies.payment_provider, faults)
    )
    with pytest.raises(ProcessKilled):
        await refund(killed, order, "k", amount=Decimal(5))
    assert [status for _, _, status in await list_refunds(store, order)] == ["PENDING"]
    for _ in range(3):
        await store.run_due_jobs(LEASE)
    assert [(gross, status) for gross, _, status in await list_refunds(store, order)] == [
        (500, "COMPLETED")
    ]
    outcome = await refund(store, order, "k", amount=Decimal(5))
    assert outcome.value is not None
    assert (await load_money(store, order)).refunded == 500


async def test_stored_value_goes_back_to_its_code_last(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer(), codes=("STORED25",))
    assert await store.stored_value_balance("STORED25") == 0
    await deliver(store, order)
    money = await load_money(store, order)
    assert (money.due, money.captured) == (14_088, 14_088)
    assert refusals(await refund(store, order, amount=Decimal("140.00"))) == []
    assert await store.stored_value_balance("STORED25") == 0
    assert refusals(await refund(store, order, amount=Decimal("10.88"))) == []
    assert await store.stored_value_balance("STORED25") == 1000
    assert refusals(await refund(store, order)) == []
    assert await store.stored_value_balance("STORED25") == 2500
    assert [code for code, _, _ in refusals(await refund(store, order))] == [
        ErrorCode.NOT_MODIFIABLE
    ]


async def test_the_buyer_is_told_once_the_money_is_back(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer())
    await deliver(store, order)
    await read_mails(store)
    await refund(store, order, lines=(LineQuantity(order.lines[0].id, 1),), shipping=True)
    (mail,) = await read_mails(store)
    assert mail["subject"] == f"Your order {order.number} was refunded"
    assert mail["text"].splitlines() == [
        f"We have given back 15.72 USD of your order {order.number}:",
        "",
        "1 x Mug: 10.72 USD",
        "Shipping: 5.00 USD",
        "",
        "It can take some days until your bank shows it.",
    ]


async def test_the_buyer_is_told_what_comes_to_no_bank(store: Store) -> None:  # R124
    """Of 165.88, stored value paid 25.00: 10.00 of the second refund, all of the last."""
    order = await place_order(await store.sign_in_buyer(), codes=("STORED25",))
    await deliver(store, order)
    await read_mails(store)
    for amount in ("140.00", "10.88", "15.00"):
        assert refusals(await refund(store, order, amount=Decimal(amount))) == []
    assert [mail["text"].splitlines() for mail in await read_mails(store)] == [
        [
            f"We have given back 140.00 USD of your order {order.number}.",
            "",
            "It can take some days until your bank shows it.",
        ],
        [
            f"We have given back 10.88 USD of your order {order.number}.",
            "",
            "10.00 USD of it is stored value again, on the code that paid it.",
            "It can take some days until your bank shows the rest.",
        ],
        [
            f"We have given back 15.00 USD of your order {order.number}.",
            "",
            "15.00 USD of it is stored value again, on the code that paid it.",
        ],
    ]


async def read_mails(store: Store) -> list[dict[str, str]]:
    """The mails that wait to be sent, which then are nobody else's."""
    now, cipher = store.clock.now(), store.dependencies.cipher
    async with store.database.begin() as work:
        messages = await work.outbox.claim(now, now + timedelta(days=9), 100, MessageKind.MAIL)
        bodies = [
            await encryption.unseal(
                message.sealed,
                subject=message.subject,
                context=f"outbox.payload of {message.id}",
                reading=work,
                cipher=cipher,
            )
            for message in messages
        ]
    return [json.loads(body or b"") for body in bodies]


async def test_nobody_but_staff_gives_money_back(store: Store) -> None:  # R124
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await deliver(store, order)
    refused = await refund_order(
        RefundDraft(order.id), "k", caller=buyer.caller, dependencies=store.dependencies
    )
    assert [code for code, _, _ in refusals(refused)] == [ErrorCode.FORBIDDEN]
    unknown = await refund_order(
        RefundDraft("ord_none"),
        "k",
        caller=await staff_caller(store),
        dependencies=store.dependencies,
    )
    assert refusals(unknown) == [(ErrorCode.NOT_FOUND, "orderId", "There is no such order.")]
