"""Orders are changed until they are scheduled: lines, the address, and what is open cancelled."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.engine.orders.order import Order, OrderChange, OrderEvent, OrderStatus
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.order_edits import AddressEdit, CancelEdit, LineEdit
from gateway.services.orders.scheduling import schedule_due_order
from tests.kills import ProcessCrash
from tests.services.orders.changing import (
    assert_consistent,
    cancel,
    change,
    error_rows,
    free_and_reserved,
    gross,
    move,
    order_after,
    set_quantity,
)
from tests.services.orders.test_scheduling import add_stock, close_windows, contents
from tests.shelves import CALIFORNIA, DESK, HOME, MUG, OFFICE, PRINT
from tests.store import CLOCK_TICK, STAFF, Buyer, Store, create_ids, require_order

pytestmark = pytest.mark.usefixtures("short_patience")


async def list_events(store: Store, order: Order) -> Sequence[OrderEvent]:
    async with store.database.read() as reading:
        return await reading.orders.list_events(order.id, 0, 100)


async def event_rows(store: Store, order: Order) -> list[tuple[OrderChange, str | None]]:
    return [(event.type, event.actor) for event in await list_events(store, order)]


async def split_order(store: Store) -> tuple[Buyer, Order]:
    """An order for two desks of which one is in a parcel, past its window."""
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await store.create_cart([(DESK, 2)]), **ids))
    late = require_order(await buyer.check_out(await store.create_cart([(DESK, 3)]), **ids))
    await close_windows(store)
    await add_stock(store, DESK.id, 1)
    orders = [await store.load_order(each.id) for each in (order, late)]
    [split] = [each for each in orders if any(line.scheduled for line in each.lines)]
    return buyer, split


# -- lines


async def test_a_higher_quantity_is_charged_the_difference(store: Store) -> None:
    """R120."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 1))
    raised = order_after(await set_quantity(buyer, order, 3, "37.18"))
    assert [(line.quantity, line.item.unit_price) for line in raised.lines] == [(3, 1000)]
    assert (gross(raised), raised.status) == (3718, OrderStatus.OPEN)
    assert await store.list_charges() == [(1573, "HELD"), (3718 - 1573, "HELD")]
    assert await store.load_order(order.id) == raised
    assert_consistent(raised)
    assert await event_rows(store, order) == [
        (OrderChange.PLACED, "buyer"), (OrderChange.LINE_CHANGED, "buyer"),
    ]  # fmt: skip
    assert (await list_events(store, order))[-1].detail == "Mug: 1 -> 3"
    assert await store.count_changes() == 0


async def test_a_lower_quantity_asks_the_provider_nothing(store: Store) -> None:
    """R120: what is held too much is captured less; a later raise counts it."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 3))
    assert gross(order_after(await set_quantity(buyer, order, 1, None))) == 1573
    assert await store.list_charges() == [(3718, "HELD")]
    assert gross(order_after(await set_quantity(buyer, order, 3))) == 3718
    assert await store.list_charges() == [(3718, "HELD")]


async def test_the_last_line_cancels_the_order(store: Store) -> None:
    """R25, R120: each line can be removed, and stock goes back."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    order = require_order(await buyer.purchase(MUG, 1))
    less = order_after(await set_quantity(buyer, order, 0, None))
    assert [line.variant_id for line in less.lines] == [MUG.id]
    assert (gross(less), await store.available_stock(PRINT)) == (1573, 3)
    gone = order_after(await set_quantity(buyer, less, 0, None))
    assert gone.status is OrderStatus.CANCELLED
    assert {status for _, status in await store.list_charges()} == {"RELEASED"}
    assert (await event_rows(store, order))[-1] == (OrderChange.CANCELLED, "buyer")


async def test_a_dearer_outcome_needs_a_guard(store: Store) -> None:
    """R120: nothing changes where it would cost more than expected, or than now."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 1))
    above = await set_quantity(buyer, order, 2, "26.44")
    assert error_rows(above) == [
        (
            ErrorCode.PRICE_CHANGED,
            "input.expectedTotal",
            "The order would cost 26.45 USD, more than 26.44 USD expected.",
        )
    ]
    unguarded = await set_quantity(buyer, order, 2, None)
    assert error_rows(unguarded) == [
        (
            ErrorCode.PRICE_CHANGED,
            "input.expectedTotal",
            (
                "The order would cost 26.45 USD, more than 15.73 USD now; give "
                "`expectedTotal` to allow it."
            ),
        )
    ]
    assert above.value == unguarded.value == await store.load_order(order.id) == order
    assert await store.list_charges() == [(1573, "HELD")]


async def test_a_dry_run_tells_and_changes_nothing(store: Store) -> None:
    """R120: dearer too, without a guard."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    edit = LineEdit(order.lines[0].id, 3)
    preview = order_after(
        await change(store, order, edit, buyer.caller, dry_run=True, key="rehearsed")
    )
    assert [line.quantity for line in preview.lines] == [3]
    assert await store.load_order(order.id) == order
    assert (await store.available_stock(PRINT), len(await store.list_charges())) == (2, 1)
    assert await event_rows(store, order) == [(OrderChange.PLACED, "buyer")]
    # The key is still free.
    other = LineEdit(order.lines[0].id, 2)
    signed_in = await buyer.sign_in_again()
    assert gross(
        order_after(await change(store, order, other, signed_in.caller, "9999", key="rehearsed"))
    )
    scarce = await change(
        store, order, LineEdit(order.lines[0].id, 5), signed_in.caller, dry_run=True
    )
    assert [(code, path) for code, path, _ in error_rows(scarce)] == [
        (ErrorCode.OUT_OF_STOCK, "input.quantity")
    ]


@pytest.mark.parametrize(
    ("line_id", "quantity", "code", "path"),
    [
        ("orl_of_another", 1, ErrorCode.NOT_FOUND, "input.lineId"),
        (None, 4, ErrorCode.OUT_OF_STOCK, "input.quantity"),
        (None, -1, ErrorCode.INVALID_INPUT, "input.quantity"),
        (None, 1_000_001, ErrorCode.INVALID_INPUT, "input.quantity"),
    ],
)
async def test_what_cannot_be(
    store: Store, line_id: str | None, quantity: int, code: ErrorCode, path: str
) -> None:
    """R120: whole or not at all."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(PRINT, 1)])
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    edit = LineEdit(line_id or order.lines[0].id, quantity)
    outcome = await change(store, order, edit, buyer.caller, "9999")
    assert [(row[0], row[1]) for row in error_rows(outcome)] == [(code, path)]
    assert outcome.value == await store.load_order(order.id) == order
    assert await store.available_stock(PRINT) == 2


async def test_anothers_order_is_not_found(store: Store) -> None:
    """R120: nor the same person's from another device without a sign-in."""
    ada = await store.one_click_buyer()
    order = require_order(await ada.purchase(MUG))
    grace = await store.sign_in_buyer("grace@example.com")
    elsewhere = await (await store.sign_in_buyer()).on_device_alone()
    for buyer in (grace, elsewhere, Buyer(store, "", await store.authenticate())):
        for outcome in (await set_quantity(buyer, order, 0), await cancel(buyer, order)):
            assert outcome.value is None
            assert error_rows(outcome) == [
                (ErrorCode.NOT_FOUND, "input.orderId", "There is no such order.")
            ]
    assert await store.load_order(order.id) == order


async def test_without_a_sign_in_the_caps_hold(store: Store) -> None:
    """R120: a raised quantity is spent like a purchase."""
    capped_store = store.with_caps(5000, 4000)
    buyer = await capped_store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 1))
    assert [row[:2] for row in error_rows(await set_quantity(buyer, order, 4))] == [
        (ErrorCode.LIMIT_EXCEEDED, "input.quantity")
    ]
    raised = order_after(await set_quantity(buyer, order, 3))
    assert raised.unsigned_minor == 3718
    freed = order_after(await set_quantity(await buyer.sign_in_again(), order, 9))
    assert freed.unsigned_minor == 3718


# -- money


@pytest.mark.parametrize("method", ["sim_raise_refused", "sim_3ds"])
async def test_a_refused_raise_changes_nothing(store: Store, method: str) -> None:
    """R120."""
    buyer = await store.one_click_buyer(method)
    outcome = await buyer.purchase(PRINT, 1)
    if method == "sim_3ds":
        from tests.services.checkout.test_interrupted_purchases import confirm

        await confirm(store, outcome)
        purchaser_id = buyer.caller.purchaser_id or ""
        async with store.database.read() as reading:
            [order] = await reading.orders.list_open_for(purchaser_id)
    else:
        order = require_order(outcome)
    charges_before = await store.list_charges()
    # Dearer by more than what is held: at Stripe the bank refuses that alone.
    refusal = await set_quantity(buyer, order, 3)
    assert [(row[0], row[1]) for row in error_rows(refusal)] == [
        (ErrorCode.PAYMENT_DECLINED, "input.orderId")
    ]
    assert error_rows(refusal)[0][2].endswith(": nothing was changed.")
    assert refusal.value == await store.load_order(order.id) == order
    assert [row for row in await store.list_charges() if row[1] == "HELD"] == charges_before
    assert (await store.available_stock(PRINT), await store.count_changes()) == (2, 0)


async def test_stored_value_that_is_too_much_goes_back_to_its_code(store: Store) -> None:
    """R120."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA, ["STORED25"])
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    assert await store.list_charges() == [(145, "HELD")]
    less = order_after(await set_quantity(buyer, order, 1, None))
    assert less.terms is not None
    assert (less.terms.stored_value, await store.stored_value_balance("STORED25")) == (1573, 927)
    async with store.database.read() as reading:
        delivery = await load_delivery(order.id, reading, store.dependencies)
    assert delivery is not None
    assert [(each.code, each.minor) for each in delivery.stored] == [("STORED25", 1573)]
    more = order_after(await set_quantity(buyer, order, 2))
    assert more.due is not None
    assert more.due.minor == 2645 - 1573
    assert sorted(await store.list_charges()) == [(145, "HELD"), (2645 - 1573 - 145, "HELD")]
    order_after(await cancel(buyer, order))
    assert await store.stored_value_balance("STORED25") == 2500


# -- the address


async def test_another_address_moves_the_whole_order(store: Store) -> None:
    """R120: its taxes, its destination and where it is sent."""
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await store.create_cart([(MUG, 2)]), **ids))
    _, [method] = await buyer.saved_details()
    office = await buyer.save_address(OFFICE, "office")
    moved = order_after(await move(buyer, order, office.id, None))
    # New York's 4 % on goods and shipping.
    assert (gross(order), gross(moved)) == (2645, 2600)
    assert moved.destination_key not in (None, order.destination_key)
    async with store.database.read() as reading:
        delivery = await load_delivery(order.id, reading, store.dependencies)
    assert delivery is not None
    assert (delivery.address, delivery.method) == (OFFICE, method.provider_token)
    assert (await event_rows(store, order))[-1] == (OrderChange.ADDRESS_CHANGED, "buyer")
    home_again = await move(buyer, moved, str(ids["address_id"]), None)
    assert [row[0] for row in error_rows(home_again)] == [ErrorCode.PRICE_CHANGED]
    assert gross(order_after(await move(buyer, moved, str(ids["address_id"])))) == 2645
    assert await store.list_charges() == [(2645, "HELD")]


async def test_an_address_takes_a_recent_sign_in(store: Store) -> None:
    """R120."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    signed_in = await buyer.sign_in_again()
    office = await signed_in.save_address(OFFICE, "office")
    store.clock.advance(timedelta(minutes=16))
    for caller in (buyer.caller, signed_in.caller):
        outcome = await change(store, order, AddressEdit(office.id), caller)
        assert [row[0] for row in error_rows(outcome)] == [ErrorCode.REAUTHENTICATION_REQUIRED]
        assert outcome.value == order


async def test_which_addresses_an_order_can_go_to(store: Store) -> None:
    """R120: one of the purchaser's own, and one at a time."""
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await store.create_cart([(MUG, 1)]), **ids))
    grace = await store.sign_in_buyer("grace@example.com")
    hers = (await grace.save_address()).id
    refusals = [
        await change(store, order, edit, buyer.caller)
        for edit in (
            AddressEdit(hers),
            AddressEdit(),
            AddressEdit(hers, HOME),
            AddressEdit(None, HOME),
        )
    ]
    assert [[row[:2] for row in error_rows(outcome)] for outcome in refusals] == [
        [(ErrorCode.NOT_FOUND, "input.addressId")],
        [(ErrorCode.INVALID_INPUT, "input.addressId")],
        [(ErrorCode.INVALID_INPUT, "input.addressId")],
        [(ErrorCode.INVALID_INPUT, "input.address")],
    ]


# -- past the window


async def test_what_is_in_parcels_stays(store: Store) -> None:
    """R120: what is open can be changed past the window, and no less than is in parcels."""
    buyer, order = await split_order(store)
    scheduled = order.lines[0].scheduled
    assert (order.is_modifiable, order.is_undoable(store.clock.now())) == (True, False)
    below = await set_quantity(buyer, order, scheduled - 1)
    assert [row[:2] for row in error_rows(below)] == [(ErrorCode.NOT_MODIFIABLE, "input.quantity")]
    buyer = await buyer.sign_in_again()
    office = await buyer.save_address(OFFICE, "office")
    away = await move(buyer, order, office.id)
    assert [row[:2] for row in error_rows(away)] == [(ErrorCode.NOT_MODIFIABLE, "input.orderId")]
    left = order_after(await cancel(buyer, order))
    assert [(line.quantity, line.open_quantity) for line in left.lines] == [(scheduled, 0)]
    assert (left.status, left.is_modifiable) == (OrderStatus.SCHEDULED, False)
    assert_consistent(left)
    too_late = await cancel(buyer, order)
    assert error_rows(too_late) == [
        (ErrorCode.NOT_MODIFIABLE, "input.orderId", "All of the order is in parcels.")
    ]
    assert too_late.value == left


async def test_stock_that_comes_free_goes_to_who_waits(store: Store) -> None:
    """R120: a cancelled order's goods start a run."""
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    waiting = require_order(await buyer.check_out(await store.create_cart([(DESK, 1)]), **ids))
    await close_windows(store)
    later = require_order(await buyer.check_out(await store.create_cart([(DESK, 2)]), **ids))
    await add_stock(store, DESK.id, 0)
    async with store.database.begin() as work:
        await work.stock.release({DESK.id: 1})
    await cancel(buyer, later)
    await store.work_until_idle()
    assert await contents(store) == [[("DESK", 1)]]
    assert (await store.load_order(waiting.id)).status is OrderStatus.SCHEDULED


# -- races and crashes


async def test_the_same_key_changes_once(store: Store) -> None:
    """R120: also at once; another body is a conflict."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 1))
    edit = LineEdit(order.lines[0].id, 2)
    outcomes = await asyncio.gather(
        *(change(store, order, edit, buyer.caller, "99", key="raise") for _ in range(3))
    )
    assert [gross(order_after(outcome)) for outcome in outcomes] == [2645] * 3
    assert await store.list_charges() == [(2645 - 1573, "HELD"), (1573, "HELD")]
    other = await change(store, order, CancelEdit(), buyer.caller, key="raise")
    assert [row[:2] for row in error_rows(other)] == [
        (ErrorCode.IDEMPOTENCY_CONFLICT, "input.idempotencyKey")
    ]
    assert len(await list_events(store, order)) == 2


async def test_one_wins_against_scheduling(store: Store) -> None:
    """R120: what was in a parcel first is not changed, and what was changed first is sent so."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    store.clock.advance(timedelta(minutes=90))
    outcome, _ = await asyncio.gather(
        set_quantity(buyer, order, 2), schedule_due_order(order.id, store.dependencies)
    )
    await store.work_until_idle()
    scheduled = await store.load_order(order.id)
    quantity = 1 if outcome.user_errors else 2
    assert [row[0] for row in error_rows(outcome)] in ([], [ErrorCode.NOT_MODIFIABLE])
    assert (scheduled.status, await contents(store)) == (
        OrderStatus.SCHEDULED,
        [[("PRINT", quantity)]],
    )
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) == gross(scheduled)
    assert await free_and_reserved(store, [order]) == 3


async def test_joining_and_a_change_both_count(store: Store) -> None:
    """R120: the second of them looks again."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 1))
    outcome, joined = await asyncio.gather(set_quantity(buyer, order, 2), buyer.purchase(PRINT, 1))
    order_after(outcome)
    require_order(joined)
    after = await store.load_order(order.id)
    assert [(line.variant_id, line.quantity) for line in after.lines] == [
        (MUG.id, 2), (PRINT.id, 1),
    ]  # fmt: skip
    assert_consistent(after)
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) == gross(after)
    assert await store.count_changes() == 0


async def test_changes_at_once_do_not_mix(store: Store) -> None:
    """R120: the last one counts, and what is held pays it."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    for outcome in await asyncio.gather(*(set_quantity(buyer, order, count) for count in (2, 3))):
        order_after(outcome)
    after = await store.load_order(order.id)
    assert_consistent(after)
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) >= gross(after)
    assert await free_and_reserved(store, [order]) == 3


async def test_a_crash_after_the_charge_is_rolled_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R120: nothing is held and nothing reserved; the change can be made again."""

    async def dying(*_: object) -> None:
        raise ProcessCrash

    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    before = await store.list_charges()
    with monkeypatch.context() as patched:
        patched.setattr("gateway.services.orders.changes._store_charged", dying)
        with pytest.raises(ProcessCrash):
            await set_quantity(buyer, order, 2)
    assert await store.available_stock(PRINT) == 1
    await store.run_due_jobs(timedelta(seconds=31))
    assert await store.available_stock(PRINT) == 2
    assert [row for row in await store.list_charges() if row[1] == "HELD"] == before
    assert await store.load_order(order.id) == order
    order_after(await set_quantity(buyer, order, 2))


async def test_a_change_that_the_worker_gave_up_holds_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R120: whoever is slower than its lease finds the change gone, and makes it anew."""
    from gateway.services.orders import changes

    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(PRINT, 1))
    store_charged, calls = changes._store_charged, list[int]()

    async def slow(*arguments: object) -> object:
        if not calls:
            calls.append(1)
            await store.run_due_jobs(timedelta(seconds=31))
        return await store_charged(*arguments)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(changes, "_store_charged", slow)
    raised = order_after(await set_quantity(buyer, order, 2))
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) == gross(raised)
    assert await store.available_stock(PRINT) == 1


# -- staff


async def test_staff_change_any_order_and_are_named(store: Store) -> None:
    """R120."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, 2))
    signed_in = await buyer.sign_in_again()
    office = await signed_in.save_address(OFFICE, "office")
    order_after(await change(store, order, LineEdit(order.lines[0].id, 1), STAFF))
    store.clock.advance(CLOCK_TICK)
    order_after(await change(store, order, AddressEdit(office.id), STAFF, "99"))
    store.clock.advance(CLOCK_TICK)
    order_after(await store.cancel(order))
    assert await event_rows(store, order) == [
        (OrderChange.PLACED, "buyer"),
        (OrderChange.LINE_CHANGED, "staff:desk"),
        (OrderChange.ADDRESS_CHANGED, "staff:desk"),
        (OrderChange.CANCELLED, "staff:desk"),
    ]
    async with store.database.read() as reading:
        actions = await reading.staff_actions.list_page(9, None, order.id)
    assert [(action.action, dict(action.detail)) for action in reversed(actions)] == [
        (
            "orderLineUpdate",
            {"change": "Mug: 2 -> 1", "totalBefore": 2645, "totalAfter": 1573},
        ),
        (
            "orderAddressSet",
            {"change": "another address", "totalBefore": 1573, "totalAfter": 1560},
        ),
        ("orderCancel", {"change": "cancelled", "totalBefore": 1560, "totalAfter": 0}),
    ]
