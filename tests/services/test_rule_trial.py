"""Rules on trial: what they change in the carts of these days, and nothing else (R136)."""

from datetime import date, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.rules.files import from_yaml
from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency, Money
from gateway.engine.tax.line_tax import TaxState
from gateway.services import cart_claims
from gateway.services.cart_edits import CartReference
from gateway.services.rule_trial import CartFigures, CartTrial, list_changes, try_rules
from tests.conftest import AnyDatabase
from tests.shelves import CALIFORNIA, MUG, NEW_YORK, RULES
from tests.store import Store

USD = Currency("USD", 2)
TRIED = RULES.replace("7.25", "8.25").replace("Slow, flat: {USD: 5.00}", "Slow, flat: {USD: 4}")


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def try_text(store: Store, text: str, limit: int = 10) -> tuple[CartTrial, ...]:
    return await try_rules(from_yaml(text), limit, dependencies=store.dependencies)


def figures(total: int, tax: int, shipping: str | None = "Slow") -> CartFigures:
    """In cents."""
    return CartFigures(shipping, Money(tax, USD), Money(total, USD), TaxState.FINAL)


async def test_carts_are_priced_by_both_rules_the_latest_first(
    store: Store, clock: ManualClock
) -> None:
    await store.create_cart([(MUG, 2)], CALIFORNIA)
    clock.advance(timedelta(minutes=1))
    await store.create_cart([(MUG, 1)], NEW_YORK, ["SAVE10"])
    # 20.00 at 7.25 and 8.25 %; 9.00 and shipping at 4 %.
    new_york = CartTrial("US-NY", 1, figures(1456, 56), figures(1352, 52))
    california = CartTrial("US-CA", 1, figures(2645, 145), figures(2565, 165))
    assert await try_text(store, TRIED) == (new_york, california)
    assert await try_text(store, TRIED, 1) == (new_york,)
    assert list(list_changes((california,))) == [
        (
            "US-CA, lines: 1: 26.45 USD (tax 1.45 USD, FINAL; Slow) -> "
            "25.65 USD (tax 1.65 USD, FINAL; Slow)"
        )
    ]


async def test_the_same_rules_change_nothing(store: Store) -> None:
    await store.create_cart([(MUG, 2)], CALIFORNIA)
    (trial,) = await try_text(store, RULES)
    assert (trial.is_changed, list(list_changes((trial,)))) == (False, [])


async def test_rules_that_begin_later_are_tried_as_of_their_first_day(store: Store) -> None:
    later = RULES.replace("valid_from: 2020-01-01", "valid_from: 2027-01-01").replace(
        "percent: 7.25", "percent: 8.25, valid_from: 2027-01-01"
    )
    await store.create_cart([(MUG, 2)], CALIFORNIA)
    (trial,) = await try_text(store, later)
    assert trial.after == figures(2665, 165)


async def test_carts_of_devices_count_and_those_of_purchasers_do_not(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    stranger = await store.authenticate()
    device = await store.authenticate(stranger.client.new_identifier)
    for count, caller in ((3, buyer.caller), (2, device), (1, None)):
        # The newest come first.
        store.clock.advance(timedelta(seconds=1))
        cart = await store.create_cart([(MUG, 1)] * count, CALIFORNIA)
        if caller is not None:
            claim = await cart_claims.claim_cart(
                CartReference(cart.id, None), caller=caller, dependencies=store.dependencies
            )
            assert claim.user_errors == ()
    trials = await try_text(store, TRIED)
    totals = [trial.before.total.minor for trial in trials if trial.before and trial.before.total]
    assert totals == [1573, 2645]


async def test_what_cannot_be_known_is_said(store: Store) -> None:
    await store.create_cart([(MUG, 1)])
    await store.create_cart([], CALIFORNIA)
    # The newest come first.
    store.clock.advance(timedelta(seconds=1))
    await store.create_cart([(MUG, 1)], Destination("DE"))
    trials = await try_text(store, "tax: {default: {rules: [{areas: [DE], percent: 19}]}}")
    assert [trial.place for trial in trials] == ["DE", None]
    german, placeless = trials
    assert german.before == figures(1000, 0, None)
    assert german.after == figures(1190, 190, None)
    assert placeless.before == CartFigures(None, None, None, TaxState.NEEDS_ADDRESS)
    assert list(list_changes(trials)) == [
        (
            "DE, lines: 1: 10.00 USD (tax 0.00 USD, FINAL; no shipping) -> "
            "11.90 USD (tax 1.90 USD, FINAL; no shipping)"
        )
    ]


async def test_nothing_is_kept(store: Store) -> None:
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    await try_text(store, TRIED)
    async with store.database.read() as reading:
        rule_set = await reading.rule_sets.find_current(date(2026, 11, 28))
        assert rule_set is not None
        assert rule_set.version == 1
        assert await reading.carts.find(cart.id) == cart.cart
