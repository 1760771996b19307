"""R127: books that are kept by what a calculator is told agree with the orders."""

import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from gateway.engine.orders.order import Order, OrderStatus
from gateway.services.orders.order_money import amounts_of
from gateway.services.ports.refunds import OrderRefund, RefundStatus
from tests.services.merchant_calculators import SimpleCalculator, with_calculator
from tests.services.orders.calculator_ears import hear, with_calculator_calls
from tests.services.orders.test_histories import live_through
from tests.services.orders.test_refund_histories import run_steps
from tests.store import Store

pytestmark = pytest.mark.usefixtures("short_patience")
Books = dict[str, tuple[Decimal, Decimal]]
MANY_REFUNDS: list[tuple[Any, ...]] = [
    ("dispatch", 0, 3),
    ("dispatch", 1, 2),
    ("deliver",),
    ("refund_line", 0, 1, False, False),
    ("refund_amount", 12_34),
    ("refund_line", 1, 1, True, False),
    ("ask", 0, 2),
    ("receive", 1, True, False),
    ("receive", None, True, True),
    ("refund_amount", 1),
]
"""Steps of histories of one order, after which something of it still stands."""


def keep_books(documents: Iterable[dict[str, Any]]) -> Books:
    """Amount and tax by the order's number, kept as docs/calculator-commits.md says."""
    books: Books = {}
    for document in documents:
        data = document["data"]
        number, total = data["orderNumber"], data["total"]
        if document["type"] == "commit":
            books[number] = Decimal(total["amount"]), Decimal(total["tax"])
            for refund in data["refunds"]:
                take_back(books, number, refund)
        elif data["refund"] is None:
            books[number] = Decimal(0), Decimal(0)
        else:
            take_back(books, number, data["refund"])
    return books


def take_back(books: Books, number: str, refund: dict[str, str]) -> None:
    amount, tax = books[number]
    books[number] = amount - Decimal(refund["amount"]), tax - Decimal(refund["tax"])


async def standing(store: Store, order: Order) -> tuple[Decimal, Decimal]:
    """What stands of ``order`` with its tax, by what is kept of it."""
    if order.status is OrderStatus.CANCELLED:
        return Decimal(0), Decimal(0)
    total = amounts_of(order).total
    async with store.database.read() as reading:
        refunds = await reading.refunds.list_for_orders([order.id])
    for refund in refunds:
        if refund.status is RefundStatus.COMPLETED:
            total = total.less(refund.shares.total)
    return Decimal(total.gross).scaleb(-2), Decimal(total.tax).scaleb(-2)


async def check_books(store: Store) -> None:
    documents = await hear(store)
    books = keep_books(documents)
    async with store.database.read() as reading:
        orders = await reading.order_search.list_orders(None, None, 100)
    assert orders
    assert books == {order.number: await standing(store, order) for order in orders}
    numbers: dict[str, list[int]] = {}
    for document in documents:
        data = document["data"]
        numbers.setdefault(data["orderNumber"], []).append(data["sequence"])
    for sequences in numbers.values():
        assert sequences == list(range(1, len(sequences) + 1))


@pytest.mark.parametrize("seed", [8, 13, 15])
async def test_books_agree_after_random_histories(store: Store, seed: int) -> None:
    store = with_calculator_calls(store)
    await live_through(store, random.Random(seed))  # noqa: S311 - nothing secret
    await check_books(store)


@pytest.mark.parametrize("codes", [(), ("SAVE10", "STORED25")])
@pytest.mark.parametrize("ends_whole", [False, True])
async def test_books_agree_after_many_refunds(
    store: Store, codes: tuple[str, ...], *, ends_whole: bool
) -> None:
    store = with_calculator_calls(store)
    last_step = [("refund_rest", False)] if ends_whole else []
    await run_steps(store, "sim_ok", codes, [*MANY_REFUNDS, *last_step])
    await check_books(store)
    assert len(await load_refunds(store)) == 6 + ends_whole


async def load_refunds(store: Store) -> tuple[OrderRefund, ...]:
    async with store.database.read() as reading:
        orders = await reading.order_search.list_orders(None, None, 100)
        return await reading.refunds.list_for_orders([order.id for order in orders])


async def test_books_agree_whatever_the_calculator_says(store: Store) -> None:
    calculator = SimpleCalculator()
    store = with_calculator(with_calculator_calls(store), calculator)
    await live_through(store, random.Random(7), calculator)  # noqa: S311 - nothing secret
    await check_books(store)
