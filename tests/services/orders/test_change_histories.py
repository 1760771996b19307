"""R120: whatever is changed in whatever order, figures, stock and money agree."""

from random import Random

import pytest

from gateway.engine.orders.order import OrderStatus
from gateway.services.orders.order_edits import AddressEdit, CancelEdit, LineEdit, OrderEdit
from tests.services.orders.changing import (
    MUCH,
    assert_consistent,
    change,
    free_and_reserved,
    gross,
)
from tests.shelves import BUNDLE, CALIFORNIA, MUG, OFFICE, PRINT
from tests.store import Store, create_ids, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
STEPS = 12


@pytest.mark.parametrize("seed", range(3))
async def test_any_changes_keep_figures_and_stock(store: Store, seed: int) -> None:
    """Refused ones change nothing; what is held covers what is due; all goods are accounted for."""
    random = Random(seed)  # noqa: S311 - no secret
    buyer = await store.sign_in_buyer()
    ids, office = await create_ids(buyer), await buyer.save_address(OFFICE, "office")
    cart = await store.create_cart([(MUG, 2), (PRINT, 1), (BUNDLE, 1)], CALIFORNIA, ["STORED25"])
    order = require_order(await buyer.check_out(cart, **ids))
    for _ in range(STEPS):
        line = random.choice(order.lines)
        edits: list[OrderEdit] = [
            LineEdit(line.id, random.randrange(5)),
            LineEdit(line.id, random.randrange(1, 4)),
            AddressEdit(random.choice([office.id, str(ids["address_id"])])),
        ]
        edit = random.choice(edits)
        expected, dry_run = random.choice([None, MUCH]), random.random() < 0.2
        before = await store.load_order(order.id)
        outcome = await change(store, order, edit, buyer.caller, expected, dry_run=dry_run)
        order = await store.load_order(order.id)
        if outcome.user_errors or dry_run:
            assert order == before
        assert_consistent(order)
        assert await free_and_reserved(store, [order]) == 3
        await assert_paid(store, order.id)
        if order.status is OrderStatus.CANCELLED:
            break
    if order.status is OrderStatus.OPEN:
        await change(store, order, CancelEdit(), buyer.caller)
    assert await store.available_stock(PRINT) == 3
    assert await store.stored_value_balance("STORED25") == 2500
    assert {status for _, status in await store.list_charges()} <= {"RELEASED", "DECLINED"}
    assert await store.count_changes() == 0


async def assert_paid(store: Store, order_id: str) -> None:
    """What is held and what stored value pays cover the order; the code has the rest."""
    order = await store.load_order(order_id)
    if order.status is OrderStatus.CANCELLED:
        return
    assert order.terms is not None
    stored_minor = order.terms.stored_value
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) + stored_minor >= gross(order)
    assert await store.stored_value_balance("STORED25") == 2500 - stored_minor
