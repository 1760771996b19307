"""R95: nobody is charged more than they were shown: in total, and of what is to pay."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.carts import Cart, CartLine, PricingContext, build_purchase
from gateway.engine.checkout.checks import (
    DisplayedDue,
    PurchaseTerms,
    find_price_change,
    gross_total,
)
from gateway.engine.checkout.outcomes import (
    PRICE_CHANGED_ADVICE,
    Buyer,
    DraftOrder,
    OrderPlaced,
    PriceChanged,
    PriceGuard,
    PurchaseOutcome,
)
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.services import carts
from gateway.services.checkout import drafts, payment_attempts
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.dependencies import Dependencies
from gateway.services.ports.payments import DeclineReason
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from tests.engine.purchases import USD, usd
from tests.shelves import CALIFORNIA, EBOOK, HOME, MUG, PRODUCT
from tests.store import STAFF, Store, require_order

TODAY = date(2026, 11, 2)
TOTAL = Decimal("15.73")
SPENT_WARNINGS = ("STORED25: Nothing is left on this code.",)


pytestmark = pytest.mark.usefixtures("short_patience")


async def covered_cart(store: Store) -> PricedCart:
    """A cart of 15.73, of which stored value leaves nothing to pay."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA, ["STORED25"])
    assert cart.due == usd(0)
    return cart


async def buy(store: Store, cart: PricedCart, total: str | None, due: str | None) -> object:
    guards: dict[str, object] = {"expected_total": None if total is None else Decimal(total)}
    if due is not None:
        guards["expected_due"] = Decimal(due)
    return await store.check_out_as_guest(cart, "sim_ok", **guards)


# -- stored value that somebody else spent


@pytest.mark.parametrize("total", ["15.73", "20", "1000", None])
async def test_stored_value_spent_elsewhere_is_nobodys_charge(
    store: Store, total: str | None
) -> None:
    """Two carts shown with nothing to pay: the second is charged nothing, however much is said."""
    first, second = await covered_cart(store), await covered_cart(store)
    require_order(await store.check_out_as_guest(first, expected_total=TOTAL))
    # 25.00 - 15.73 are left.
    changed = await buy(store, second, total, None)
    assert changed == PriceChanged(usd(0), usd(646), PriceGuard.DUE)
    assert changed.reason == (
        "What is to pay is now 6.46 USD instead of 0.00. "
        "Nothing was bought; buy again if you agree."
    )
    assert (await store.list_charges(), await store.stored_value_balance("STORED25")) == ([], 927)
    # The cart is as it was; with consent it is bought.
    require_order(
        await store.check_out_as_guest(second, expected_total=TOTAL, expected_due=Decimal("6.46"))
    )
    assert (await store.list_charges(), await store.stored_value_balance("STORED25")) == (
        [(646, "HELD")],
        0,
    )


async def test_who_has_seen_it_again_is_charged_what_they_saw(store: Store) -> None:
    first, second = await covered_cart(store), await covered_cart(store)
    require_order(await store.check_out_as_guest(first, expected_total=TOTAL))
    seen = await carts.load_cart(second.id, caller=STAFF, dependencies=store.dependencies)
    assert seen is not None
    assert isinstance(await store.check_out_as_guest(second, expected_total=TOTAL), PriceChanged)
    await carts.save_displayed_due(seen, store.dependencies)
    assert seen.due == usd(646)
    order = require_order(await store.check_out_as_guest(second, expected_total=TOTAL))
    assert order.due == usd(646)


async def test_a_repeat_under_the_same_key_is_no_consent(store: Store) -> None:
    first, second = await covered_cart(store), await covered_cart(store)
    require_order(await store.check_out_as_guest(first, expected_total=TOTAL))
    for _ in range(3):
        outcome = await store.check_out_as_guest(second, expected_total=TOTAL, idempotency_key="k")
        assert isinstance(outcome, PriceChanged)
    assert await store.list_charges() == []


async def test_all_of_the_stored_value_gone(store: Store) -> None:
    """A code with nothing left is one that does not apply: what it paid is guarded all the same."""
    cart = await covered_cart(store)
    async with store.database.begin() as work:
        assert await work.stored_values.debit("STORED25", 2500)
    changed = await store.check_out_as_guest(cart, expected_total=TOTAL)
    assert changed == PriceChanged(usd(0), usd(1573), PriceGuard.DUE, SPENT_WARNINGS)
    assert changed.reason.endswith(f"{SPENT_WARNINGS[0]} {PRICE_CHANGED_ADVICE}")


async def test_a_cart_whose_tax_was_not_known_yet(store: Store) -> None:
    """What the stored value could have paid counts as promised."""
    cart = await store.create_cart([(MUG, 1)], None, ["STORED25"])
    assert cart.due is None
    async with store.database.begin() as work:
        assert await work.stored_values.debit("STORED25", 2000)
    changed = await store.check_out_as_guest(cart, expected_total=TOTAL)
    assert changed == PriceChanged(usd(0), usd(1073), PriceGuard.DUE)


@pytest.mark.parametrize(("due", "bought"), [("6.45", False), ("6.46", True), ("99", True)])
async def test_what_is_to_pay_may_be_said(store: Store, due: str, bought: bool) -> None:  # noqa: FBT001
    first, second = await covered_cart(store), await covered_cart(store)
    require_order(await store.check_out_as_guest(first, expected_total=TOTAL))
    outcome = await buy(store, second, "15.73", due)
    assert isinstance(outcome, OrderPlaced) is bought
    assert await store.list_charges() == ([(646, "HELD")] if bought else [])


async def test_too_many_decimals(store: Store) -> None:
    outcome = await buy(store, await covered_cart(store), "15.73", "0.001")
    assert [each.field for each in outcome.user_errors] == [("input", "expectedDue")]  # type: ignore[attr-defined]


async def _check_out_concurrently(
    store: Store, monkeypatch: pytest.MonkeyPatch, carts: list[PricedCart], **given: object
) -> list[PurchaseOutcome]:
    """The checkouts of ``carts``, all priced before the first of them takes the stored value."""
    begin, all_priced = payment_attempts._begin_attempt, asyncio.Barrier(len(carts))
    waited = 0

    async def begin_together(
        key: IdempotencyKey, draft: DraftOrder, parts: Dependencies
    ) -> PurchaseAttempt:
        nonlocal waited
        waited += 1
        if waited <= len(carts):
            await all_priced.wait()
        return await begin(key, draft, parts)

    with monkeypatch.context() as patched:
        patched.setattr(payment_attempts, "_begin_attempt", begin_together)
        return await asyncio.gather(
            *(store.check_out_as_guest(cart, "sim_ok", **given) for cart in carts)
        )


async def test_carts_that_race_for_stored_value(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures of who comes too late are those of the moment; they are charged nothing."""
    made = [await covered_cart(store) for _ in range(3)]
    outcomes = await _check_out_concurrently(store, monkeypatch, made, expected_total=TOTAL)
    late = [each for each in outcomes if not isinstance(each, OrderPlaced)]
    assert late == [PriceChanged(usd(0), usd(646), PriceGuard.DUE)] * 2
    assert (await store.list_charges(), await store.stored_value_balance("STORED25")) == ([], 927)


async def test_who_races_and_may_be_charged_buys(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await covered_cart(store) for _ in range(2)]
    guards = {"expected_total": TOTAL, "expected_due": Decimal("6.46")}
    outcomes = await _check_out_concurrently(store, monkeypatch, made, **guards)
    assert sorted(require_order(each).due.minor for each in outcomes) == [0, 646]  # type: ignore[union-attr]
    assert (await store.list_charges(), await store.stored_value_balance("STORED25")) == (
        [(646, "HELD")],
        0,
    )


async def test_two_codes_entered_the_other_way_round(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither waits for the other for ever, and each code is spent once."""
    made = [
        await store.create_cart([(MUG, 60)], CALIFORNIA, codes)
        for codes in (["STORED25", "RICH"], ["RICH", "STORED25"])
    ]
    outcomes = await _check_out_concurrently(store, monkeypatch, made)
    assert sorted(type(each).__name__ for each in outcomes) == ["OrderPlaced", "PriceChanged"]
    assert [await store.stored_value_balance(each) for each in ("STORED25", "RICH")] == [0, 0]


async def test_a_refused_card_spends_nothing(store: Store) -> None:
    cart = await store.create_cart([(MUG, 3)], CALIFORNIA, ["STORED25"])
    declined = await store.check_out_as_guest(cart, "sim_declined", expected_total=Decimal("37.18"))
    assert declined == drafts.decline(DeclineReason.DECLINED)
    require_order(await store.check_out_as_guest(cart, expected_total=Decimal("37.18")))


# -- prices that move


@pytest.mark.parametrize("dearer_by", [1, 1000])
async def test_a_price_that_rises_between_the_offer_and_the_click(
    store: Store, dearer_by: int
) -> None:
    """R114: by either guard, and by both."""
    buyer = await store.one_click_buyer()
    dearer = replace(MUG, prices={"USD": 1000 + dearer_by})
    async with store.database.begin() as work:
        await work.catalogue.save({PRODUCT: [dearer, EBOOK]}, store.clock.now())
    tax = (1000 + dearer_by) * 725 // 10_000 + (1 if dearer_by == 1 else 0)
    actual = usd(1500 + dearer_by + tax)
    by_total = PriceChanged(usd(1573), actual)
    by_due = PriceChanged(usd(1573), actual, PriceGuard.DUE)
    assert await buyer.purchase(expected="15.73") == by_total
    assert await buyer.purchase(due="15.73") == by_due
    assert await buyer.purchase(expected="15.73", due="15.73") == by_total
    assert await buyer.purchase(expected="99", due="15.73") == by_due
    assert await store.list_charges() == []
    require_order(await buyer.purchase(expected=str(actual.amount), due=str(actual.amount)))


async def test_another_due_is_another_request(store: Store) -> None:
    """R22: a key stands for the guards, too."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(key="k", due="20"))
    assert require_order(await buyer.purchase(key="k", due="20.00")) == order
    assert type(await buyer.purchase(key="k", due="21")).__name__ == "IdempotencyConflict"
    assert type(await buyer.purchase(key="k")).__name__ == "IdempotencyConflict"


# -- the rule


def price_with_balance(price: int, balance: int) -> tuple[PricedCart, PricingContext]:
    book = replace(EBOOK, prices={"USD": price})
    cart = Cart("crt_1", 1, USD, (CartLine(book.id, 1),), CALIFORNIA, ("S",))
    market = NO_RULES.for_market("USD", TODAY)
    stored = (StoredValue("S", "USD", balance),)
    setting = PricingContext({book.id: book}, market, stored, TODAY)
    return PricedCart(cart, build_purchase(cart, setting)), setting


AMOUNTS = st.integers(0, 5000)


@given(price=AMOUNTS, balance=AMOUNTS, now=AMOUNTS, left=AMOUNTS)
def test_nobody_pays_more_than_was_left_to_pay(
    price: int, balance: int, now: int, left: int
) -> None:
    """Shown at one price and balance, bought at others with the total that was shown."""
    shown_cart, _ = price_with_balance(price, balance)
    assert shown_cart.due is not None
    cart, _ = price_with_balance(now, left)
    assert cart.due is not None
    shown = DisplayedDue(min(price, balance), shown_cart.due.minor)
    terms = PurchaseTerms(Buyer(None, None), HOME, "sim_ok", usd(price), displayed_due=shown)
    refusal = find_price_change(gross_total(cart), cart.due, cart, terms)
    dearer = now > price or cart.due.minor > shown_cart.due.minor
    assert isinstance(refusal, PriceChanged) is dearer
