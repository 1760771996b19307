"""Buying by one click: one press, one order, whatever happens on the way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    AddressInsufficient,
    IdempotencyConflict,
    InvalidPurchase,
    LimitExceeded,
    OrderPlaced,
    OutOfStock,
    PaymentDeclined,
    PriceChanged,
    PurchaseOutcome,
    SignInRequired,
)
from gateway.engine.orders import ActionChannel, OrderBucket, OrderStatus
from gateway.engine.problems import ErrorCode
from gateway.services import order_access, purchasing
from gateway.services.identity.addresses import delete_address
from gateway.services.identity.one_click import disable
from gateway.services.identity.payment_methods import delete_method
from tests.engine.purchases import sides, usd
from tests.shelves import DESK, EBOOK, HOME, MUG, OFFICE, PRINT, SET
from tests.store import Buyer, Store, placed

WINDOW = timedelta(minutes=90)


@pytest.fixture
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


def refused(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, tuple[str, ...] | None]]:
    assert isinstance(outcome, InvalidPurchase | AddressInsufficient), outcome
    return [(error.code, error.field) for error in outcome.user_errors]


async def nothing_happened(store: Store, *, charges: Sequence[tuple[int, str]] = ()) -> None:
    assert await store.orders() == []
    assert await store.charges() == list(charges)
    assert await store.stock(PRINT) == 3
    assert await store.count("outbox") == 0


async def clicked(buyer: Buyer) -> frozenset[str]:
    """The variants whose button says ORDERED to the buyer."""
    async with buyer.store.database.read() as reading:
        return await order_access.clicked(buyer.caller, reading, buyer.parts)


# -- R20, R24: an order


async def test_one_press_is_an_order(store: Store) -> None:
    """R20, R24: no cart is made; 10.00, 7.25 % of it, 5.00 of untaxed shipping."""
    buyer = await store.ready()
    outcome = await buyer.click(expected="15.73")
    order = placed(outcome)
    assert sides(order.total) == (1500, 73, 1573)
    assert [(each.variant_id, each.quantity) for each in order.items] == [(MUG.id, 1)]
    assert (order.status, order.bucket) == (OrderStatus.OPEN, OrderBucket.SHORT_TERM)
    assert outcome == OrderPlaced(order, store.clock.now() + WINDOW, None)
    assert await store.charges() == [(1573, "HELD")]
    assert await store.count("carts") == 0
    assert await store.order(order.id) == order


async def test_it_goes_where_the_profile_says(store: Store) -> None:
    """R20: the latest profile, unless another is named."""
    buyer = await store.buyer()
    method = await buyer.method()
    await buyer.enable(await buyer.address(HOME), method)
    await buyer.enable(await buyer.address(OFFICE, "Office"), method)
    # New York taxes the shipping too, at 4 %.
    assert sides(placed(await buyer.click()).total) == (1500, 60, 1560)
    assert sides(placed(await buyer.click(profile="HOME ")).total) == (1500, 73, 1573)
    wrong = await buyer.click(profile="nowhere")
    assert refused(wrong) == [(ErrorCode.FORBIDDEN, None)]


async def test_what_ships_late_is_for_the_long_term(store: Store) -> None:
    """R24, R29: the desk comes in 14 days."""
    order = placed(await (await store.ready()).click(DESK))
    assert order.bucket is OrderBucket.LONG_TERM
    assert await store.stock(DESK) == -1


async def test_what_is_digital_is_not_shipped(store: Store) -> None:
    order = placed(await (await store.ready()).click(EBOOK))
    assert sides(order.shipping_total) == (0, 0, 0)
    assert sides(order.total) == (999, 72, 1071)


async def test_a_bundle_takes_its_parts_from_stock(store: Store) -> None:
    buyer = await store.ready()
    order = placed(await buyer.click(SET))
    assert sides(order.items_total)[0] == 500 + 2 * 800 + 10_000
    assert await store.stock(PRINT) == 2
    short = await buyer.click(SET, 3)
    assert short == OutOfStock(SET.id, 2)


@pytest.mark.parametrize("channel", list(ActionChannel))
async def test_every_channel_gives_the_same_order(store: Store, channel: ActionChannel) -> None:
    """R26: and is recorded."""
    order = placed(await (await store.ready()).click(channel=channel))
    assert (order.channel, sides(order.total)) == (channel, (1500, 73, 1573))


async def test_the_button_says_ordered_within_the_window(store: Store) -> None:
    """R24."""
    buyer = await store.ready()
    order = placed(await buyer.click())
    assert await clicked(buyer) == {MUG.id}
    store.clock.advance(WINDOW)
    assert await clicked(buyer) == frozenset()
    assert order.closes_at == store.clock.now()


# -- R23: refusals, each its own


async def test_a_stranger_must_sign_in(store: Store) -> None:
    """R23."""
    stranger = Buyer(store, "", await store.recognise())
    assert await stranger.click() == SignInRequired("Sign in to buy by one click.")
    await nothing_happened(store)


async def test_who_has_not_enabled_it_may_not(store: Store) -> None:
    """R07: nor on another device."""
    await store.ready()
    other = await store.buyer()
    assert refused(await other.click()) == [(ErrorCode.FORBIDDEN, None)]
    await nothing_happened(store)


async def test_who_has_disabled_it_may_not(store: Store) -> None:
    buyer = await store.ready()
    await disable(everywhere=False, caller=buyer.caller, parts=store.parts.identity)
    assert refused(await buyer.click()) == [(ErrorCode.FORBIDDEN, None)]


async def test_a_deleted_address_or_method_is_told_apart(store: Store) -> None:
    """R23."""
    buyer = await store.buyer()
    address, method = await buyer.address(), await buyer.method()
    await buyer.enable(address, method)
    await delete_method(method.id, caller=buyer.caller, parts=store.parts.identity)
    declined = PaymentDeclined("The payment method was deleted or has expired.")
    assert await buyer.click() == declined
    await delete_address(address.id, caller=buyer.caller, parts=store.parts.identity)
    assert refused(await buyer.click()) == [(ErrorCode.ADDRESS_INSUFFICIENT, None)]
    await nothing_happened(store)


async def test_a_destination_nothing_is_shipped_to(store: Store) -> None:
    """R83, R23."""
    london = replace(HOME, country="GB", region=None, city="London", postal_code="SW1Y 4JH")
    buyer = await store.ready(address=london)
    assert refused(await buyer.click()) == [(ErrorCode.ADDRESS_INSUFFICIENT, None)]
    await nothing_happened(store)


async def test_more_than_there_is(store: Store) -> None:
    """R23."""
    buyer = await store.ready()
    assert await buyer.click(PRINT, 4) == OutOfStock(PRINT.id, 3)
    await nothing_happened(store)


async def test_a_price_above_the_expected_one_alone_is_told(store: Store) -> None:
    """R23, R92: a lower one is a pleasant surprise."""
    buyer = await store.ready()
    assert await buyer.click(expected="15.72") == PriceChanged(usd(1572), usd(1573))
    await nothing_happened(store)
    assert sides(placed(await buyer.click(expected="99.00")).total)[2] == 1573


@pytest.mark.parametrize(
    ("method", "reason"),
    [("sim_declined", "DECLINED"), ("sim_insufficient", "INSUFFICIENT_FUNDS")],
)
async def test_a_refused_payment(store: Store, method: str, reason: str) -> None:
    """R23: what was taken is given back."""
    buyer = await store.ready(method)
    assert await buyer.click(PRINT) == PaymentDeclined(reason)
    await nothing_happened(store, charges=[(13370, "DECLINED")])


async def test_wrong_requests(store: Store) -> None:
    buyer = await store.ready()
    invalid = ErrorCode.INVALID_INPUT
    assert refused(await buyer.click(quantity=0)) == [(invalid, ("input", "quantity"))]
    assert refused(await buyer.click(quantity=10**9)) == [(invalid, ("input", "quantity"))]
    for key in ("", "x" * 256, "a\nb"):
        assert refused(await buyer.click(key=key)) == [(invalid, ("input", "idempotencyKey"))]
    assert refused(await buyer.click(expected="1.001")) == [(invalid, ("input", "expectedTotal"))]
    unknown = await buyer.click(replace(MUG, id="var_none"))
    assert refused(unknown) == [(ErrorCode.NOT_FOUND, ("input", "variantId"))]
    await nothing_happened(store)


# -- R22: one key, one order


async def test_fifty_at_once_are_one_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """R22."""
    monkeypatch.setattr(purchasing, "PATIENCE", 60.0)
    buyer = await store.ready()
    outcomes = await buyer.clicks(50, "once", PRINT)
    first = placed(outcomes[0])
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert await store.orders() == ["OPEN"]
    assert await store.charges() == [(13370, "HELD")]
    assert await store.stock(PRINT) == 2
    assert placed(await buyer.click(PRINT, key="once")) == first


async def test_the_same_key_for_something_else_is_a_conflict(store: Store) -> None:
    """R22."""
    buyer = await store.ready()
    placed(await buyer.click(key="k", expected="15.8"))
    conflict = IdempotencyConflict("This idempotency key was used for another request.")
    assert await buyer.click(key="k", quantity=2, expected="15.8") == conflict
    assert await buyer.click(key="k") == conflict
    assert await store.orders() == ["OPEN"]
    # The same amount, written otherwise, is the same request.
    placed(await buyer.click(key="k", expected="15.80"))


async def test_keys_are_each_purchasers_own(store: Store) -> None:
    """R22."""
    ada, other = await store.ready(), await store.buyer("grace@example.com")
    await other.enable(await other.address(), await other.method())
    assert placed(await ada.click(key="k")).id != placed(await other.click(key="k")).id


async def test_a_refusal_that_reached_nobody_runs_again(store: Store) -> None:
    """R22: out of stock now, not any more tomorrow."""
    buyer = await store.ready()
    assert await buyer.click(PRINT, 4, key="k") == OutOfStock(PRINT.id, 3)
    async with store.database.begin() as work:
        await work.stock.release({PRINT.id: 1})
    refused = await buyer.click(PRINT, 4, key="k")
    assert isinstance(refused, LimitExceeded)  # 485.00 and tax, too much without a sign-in
    placed(await (await buyer.signed_in()).click(PRINT, 4, key="k"))


async def test_a_declined_payment_is_kept_under_its_key(store: Store) -> None:
    """R22: it reached the provider."""
    buyer = await store.ready("sim_declined")
    assert await buyer.click(key="k") == await buyer.click(key="k") == PaymentDeclined("DECLINED")
    assert await store.charges() == [(1573, "DECLINED")]


async def test_an_order_is_found_by_its_key(store: Store) -> None:
    buyer = await store.ready()
    order = placed(await buyer.click(key="k"))
    found = await order_access.by_key("k", caller=buyer.caller, parts=store.parts)
    assert found == order
    assert await order_access.by_key("none", caller=buyer.caller, parts=store.parts) is None
    stranger = await store.recognise()
    assert await order_access.by_key("k", caller=stranger, parts=store.parts) is None


async def test_results_are_kept_for_more_than_three_days(store: Store) -> None:
    buyer = await store.ready()
    order = placed(await buyer.click(key="k"))
    await store.work(timedelta(days=3, hours=1))
    assert placed(await buyer.click(key="k")).id == order.id
