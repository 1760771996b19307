"""Buying by one click: one press, one order, whatever happens on the way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import (
    IdempotencyConflict,
    LimitExceeded,
    OrderPlaced,
    OutOfStock,
    PaymentDeclined,
    PriceChanged,
    SignInRequired,
)
from gateway.engine.orders.order import ActionChannel, OrderBucket, OrderStatus
from gateway.engine.user_errors import KEY_USED_MESSAGE, ErrorCode
from gateway.services.checkout import attempt_outcomes, drafts, idempotency
from gateway.services.checkout.drafts import METHOD_UNUSABLE_MESSAGE
from gateway.services.identity.addresses import delete_address
from gateway.services.identity.one_click_profiles import disable_profiles
from gateway.services.identity.payment_methods import delete_method
from gateway.services.orders import access
from gateway.services.ports.payments import DeclineReason
from tests.engine.purchases import net_tax_gross, usd
from tests.shelves import BUNDLE, DESK, EBOOK, HOME, MUG, OFFICE, PRINT
from tests.store import Buyer, Store, error_fields, require_order

WINDOW = timedelta(minutes=90)


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def check_nothing_happened(store: Store, *, charges: Sequence[tuple[int, str]] = ()) -> None:
    assert await store.order_statuses() == []
    assert await store.list_charges() == list(charges)
    assert await store.available_stock(PRINT) == 3
    assert await store.count_rows("outbox") == 0


async def ordered_variants(buyer: Buyer) -> frozenset[str]:
    """The variants whose button says ORDERED to the buyer."""
    async with buyer.store.database.read() as reading:
        return await access.list_undoable_variants(buyer.caller, reading, buyer.dependencies)


# -- R20, R24: an order


async def test_one_press_is_an_order(store: Store) -> None:
    """R20, R24: no cart is made; 10.00, 7.25 % of it, 5.00 of untaxed shipping."""
    buyer = await store.one_click_buyer()
    outcome = await buyer.purchase(expected="15.73")
    order = require_order(outcome)
    assert net_tax_gross(order.total) == (1500, 73, 1573)
    assert [(each.variant_id, each.quantity) for each in order.items] == [(MUG.id, 1)]
    assert (order.status, order.bucket) == (OrderStatus.OPEN, OrderBucket.SHORT_TERM)
    assert outcome == OrderPlaced(order, store.clock.now() + WINDOW, line_id=order.lines[0].id)
    assert await store.list_charges() == [(1573, "HELD")]
    assert await store.count_rows("carts") == 0
    assert await store.load_order(order.id) == order


async def test_it_goes_where_the_profile_says(store: Store) -> None:
    """R20: the latest profile, unless another is named."""
    buyer = await store.sign_in_buyer()
    method = await buyer.save_payment_method()
    await buyer.enable_one_click(await buyer.save_address(HOME), method)
    await buyer.enable_one_click(await buyer.save_address(OFFICE, "Office"), method)
    # New York taxes the shipping too, at 4 %.
    assert net_tax_gross(require_order(await buyer.purchase()).total) == (1500, 60, 1560)
    assert net_tax_gross(require_order(await buyer.purchase(profile="HOME ")).total) == (
        1500,
        73,
        1573,
    )
    wrong = await buyer.purchase(profile="nowhere")
    assert error_fields(wrong) == [(ErrorCode.FORBIDDEN, None)]


async def test_what_ships_late_is_for_the_long_term(store: Store) -> None:
    """R24, R29: the desk comes in 14 days."""
    order = require_order(await (await store.one_click_buyer()).purchase(DESK))
    assert order.bucket is OrderBucket.LONG_TERM
    assert await store.available_stock(DESK) == -1


async def test_what_is_digital_is_not_shipped(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase(EBOOK))
    assert net_tax_gross(order.shipping_total) == (0, 0, 0)
    assert net_tax_gross(order.total) == (999, 72, 1071)


async def test_a_bundle_takes_its_parts_from_stock(store: Store) -> None:
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(BUNDLE))
    assert net_tax_gross(order.items_total)[0] == 500 + 2 * 800 + 10_000
    assert await store.available_stock(PRINT) == 2
    short = await buyer.purchase(BUNDLE, 3)
    assert short == OutOfStock(BUNDLE.id, 2)


@pytest.mark.parametrize("channel", list(ActionChannel))
async def test_every_channel_gives_the_same_order(store: Store, channel: ActionChannel) -> None:
    """R26: and is recorded."""
    order = require_order(await (await store.one_click_buyer()).purchase(channel=channel))
    assert (order.channel, net_tax_gross(order.total)) == (channel, (1500, 73, 1573))


async def test_the_button_says_ordered_within_the_window(store: Store) -> None:
    """R24."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    assert await ordered_variants(buyer) == {MUG.id}
    store.clock.advance(WINDOW)
    assert await ordered_variants(buyer) == frozenset()
    assert order.closes_at == store.clock.now()


# -- R23: refusals, each its own


async def test_a_stranger_must_sign_in(store: Store) -> None:
    """R23."""
    stranger = Buyer(store, "", await store.authenticate())
    assert await stranger.purchase() == SignInRequired("Sign in to buy by one click.")
    await check_nothing_happened(store)


async def test_who_has_not_enabled_it_may_not(store: Store) -> None:
    """R07: nor on another device."""
    await store.one_click_buyer()
    other_device = await store.sign_in_buyer()
    assert error_fields(await other_device.purchase()) == [(ErrorCode.FORBIDDEN, None)]
    await check_nothing_happened(store)


async def test_who_has_disabled_it_may_not(store: Store) -> None:
    buyer = await store.one_click_buyer()
    await disable_profiles(
        everywhere=False, caller=buyer.caller, dependencies=store.dependencies.identity
    )
    assert error_fields(await buyer.purchase()) == [(ErrorCode.FORBIDDEN, None)]


async def test_a_deleted_address_or_method_is_told_apart(store: Store) -> None:
    """R23."""
    buyer = await store.sign_in_buyer()
    address, method = await buyer.save_address(), await buyer.save_payment_method()
    await buyer.enable_one_click(address, method)
    await delete_method(method.id, caller=buyer.caller, dependencies=store.dependencies.identity)
    declined = PaymentDeclined(METHOD_UNUSABLE_MESSAGE)
    assert await buyer.purchase() == declined
    await delete_address(address.id, caller=buyer.caller, dependencies=store.dependencies.identity)
    assert error_fields(await buyer.purchase()) == [(ErrorCode.ADDRESS_INSUFFICIENT, None)]
    await check_nothing_happened(store)


async def test_a_destination_nothing_is_shipped_to(store: Store) -> None:
    """R83, R23."""
    london = replace(HOME, country="GB", region=None, city="London", postal_code="SW1Y 4JH")
    buyer = await store.one_click_buyer(address=london)
    assert error_fields(await buyer.purchase()) == [(ErrorCode.ADDRESS_INSUFFICIENT, None)]
    await check_nothing_happened(store)


async def test_more_than_there_is(store: Store) -> None:
    """R23."""
    buyer = await store.one_click_buyer()
    assert await buyer.purchase(PRINT, 4) == OutOfStock(PRINT.id, 3)
    await check_nothing_happened(store)


async def test_a_price_above_the_expected_one_alone_is_told(store: Store) -> None:
    """R23, R92: a lower one is a pleasant surprise."""
    buyer = await store.one_click_buyer()
    assert await buyer.purchase(expected="15.72") == PriceChanged(usd(1572), usd(1573))
    await check_nothing_happened(store)
    assert net_tax_gross(require_order(await buyer.purchase(expected="99.00")).total)[2] == 1573


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("sim_declined", DeclineReason.DECLINED),
        ("sim_insufficient", DeclineReason.INSUFFICIENT_FUNDS),
    ],
)
async def test_a_refused_payment(store: Store, method: str, reason: DeclineReason) -> None:
    """R23: what was taken is given back."""
    buyer = await store.one_click_buyer(method)
    assert await buyer.purchase(PRINT) == drafts.decline(reason)
    await check_nothing_happened(store, charges=[(13370, "DECLINED")])


async def test_wrong_requests(store: Store) -> None:
    buyer = await store.one_click_buyer()
    invalid = ErrorCode.INVALID_INPUT
    assert error_fields(await buyer.purchase(quantity=0)) == [(invalid, ("input", "quantity"))]
    assert error_fields(await buyer.purchase(quantity=10**9)) == [(invalid, ("input", "quantity"))]
    for key in ("", "x" * 256, "a\nb"):
        assert error_fields(await buyer.purchase(key=key)) == [
            (invalid, ("input", "idempotencyKey"))
        ]
    assert error_fields(await buyer.purchase(expected="1.001")) == [
        (invalid, ("input", "expectedTotal"))
    ]
    unknown = await buyer.purchase(replace(MUG, id="var_none"))
    assert error_fields(unknown) == [(ErrorCode.NOT_FOUND, ("input", "variantId"))]
    await check_nothing_happened(store)


# -- R22: one key, one order


async def test_fifty_at_once_are_one_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """R22."""
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 60.0)
    buyer = await store.one_click_buyer()
    outcomes = await buyer.purchase_concurrently(50, "once", PRINT)
    first = require_order(outcomes[0])
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert await store.order_statuses() == ["OPEN"]
    assert await store.list_charges() == [(13370, "HELD")]
    assert await store.available_stock(PRINT) == 2
    assert require_order(await buyer.purchase(PRINT, key="once")) == first


async def test_the_same_key_for_something_else_is_a_conflict(store: Store) -> None:
    """R22."""
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(key="k", expected="15.8"))
    conflict = IdempotencyConflict(KEY_USED_MESSAGE)
    assert await buyer.purchase(key="k", quantity=2, expected="15.8") == conflict
    assert await buyer.purchase(key="k") == conflict
    assert await store.order_statuses() == ["OPEN"]
    # The same amount, written otherwise, is the same request.
    require_order(await buyer.purchase(key="k", expected="15.80"))


async def test_keys_are_each_purchasers_own(store: Store) -> None:
    """R22."""
    ada, grace = await store.one_click_buyer(), await store.sign_in_buyer("grace@example.com")
    await grace.enable_one_click(await grace.save_address(), await grace.save_payment_method())
    assert (
        require_order(await ada.purchase(key="k")).id
        != require_order(await grace.purchase(key="k")).id
    )


async def test_a_refusal_that_reached_nobody_runs_again(store: Store) -> None:
    """R22: out of stock now, not any more tomorrow."""
    buyer = await store.one_click_buyer()
    assert await buyer.purchase(PRINT, 4, key="k") == OutOfStock(PRINT.id, 3)
    async with store.database.begin() as work:
        await work.stock.release({PRINT.id: 1})
    refusal = await buyer.purchase(PRINT, 4, key="k")
    assert isinstance(refusal, LimitExceeded)  # 485.00 and tax, too much without a sign-in
    require_order(await (await buyer.sign_in_again()).purchase(PRINT, 4, key="k"))


async def test_a_declined_payment_is_kept_under_its_key(store: Store) -> None:
    """R22: it reached the provider."""
    buyer = await store.one_click_buyer("sim_declined")
    assert (
        await buyer.purchase(key="k")
        == await buyer.purchase(key="k")
        == drafts.decline(DeclineReason.DECLINED)
    )
    assert await store.list_charges() == [(1573, "DECLINED")]


async def test_an_order_is_found_by_its_key(store: Store) -> None:
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(key="k"))
    found_order = await idempotency.order_by_key(
        "k", caller=buyer.caller, dependencies=store.dependencies
    )
    assert found_order == order
    assert (
        await idempotency.order_by_key("none", caller=buyer.caller, dependencies=store.dependencies)
        is None
    )
    stranger = await store.authenticate()
    assert (
        await idempotency.order_by_key("k", caller=stranger, dependencies=store.dependencies)
        is None
    )


async def test_results_are_kept_for_more_than_three_days(store: Store) -> None:
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(key="k"))
    await store.run_due_jobs(timedelta(days=3, hours=1))
    assert require_order(await buyer.purchase(key="k")).id == order.id
