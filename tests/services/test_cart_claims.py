"""Carts that somebody has claimed: whose they are, what merges, and what nobody else can do."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.cart_lines import LineRequest
from gateway.engine.carts import CartOwner
from gateway.engine.checkout.outcomes import OrderPlaced
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.user_errors import ErrorCode
from gateway.services import cart_claims, cart_edits, cart_lines, carts
from gateway.services.account_erasure import AccountDependencies, erase_account
from gateway.services.cart_edits import CartReference, DetailsRequest
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.shelves import CALIFORNIA, EBOOK, MUG, PRINT
from tests.store import Store, create_ids, error_rows, require_order

ANNA = Attribute("Engraving", "Anna")


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def claim(
    store: Store, cart: PricedCart, caller: Caller, version: int | None = None
) -> Outcome[PricedCart]:
    return await cart_claims.claim_cart(
        CartReference(cart.id, version), caller=caller, dependencies=store.dependencies
    )


async def claim_for(store: Store, cart: PricedCart, caller: Caller) -> PricedCart:
    outcome = await claim(store, cart, caller)
    assert outcome.user_errors == ()
    assert outcome.value is not None
    return outcome.value


async def own_cart(store: Store, caller: Caller) -> str | None:
    cart = await carts.load_own_cart(caller=caller, dependencies=store.dependencies)
    return None if cart is None else cart.id


async def is_visible(store: Store, cart: PricedCart, caller: Caller) -> bool:
    dependencies = store.dependencies
    return await carts.load_cart(cart.id, caller=caller, dependencies=dependencies) is not None


def codes_of(outcome: Outcome[PricedCart]) -> list[ErrorCode]:
    return [error.code for error in outcome.user_errors]


def quantities(cart: PricedCart) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in cart.cart.lines:
        counts[line.variant_id] += line.quantity
    return counts


# -- whose it is


async def test_a_claimed_cart_is_its_purchasers_on_every_device(store: Store) -> None:
    """R113: and of nobody else, the device it was made on included."""
    ada = await store.sign_in_buyer()
    adas_phone = await store.sign_in_buyer()
    grace = await store.sign_in_buyer("grace@example.com")
    cart = await store.create_cart()
    assert await is_visible(store, cart, grace.caller)
    answer = await claim_for(store, cart, ada.caller)
    assert (answer.id, answer.version) == (cart.id, 2)
    for caller in (ada.caller, adas_phone.caller):
        assert await own_cart(store, caller) == cart.id
        assert await is_visible(store, cart, caller)
    on_device_alone = (await ada.on_device_alone()).caller
    for caller in (grace.caller, on_device_alone, await store.authenticate()):
        assert await own_cart(store, caller) is None
        assert not await is_visible(store, cart, caller)


async def test_a_device_without_a_sign_in_has_a_cart_of_its_own(store: Store) -> None:
    """R113: whoever signs in there finds it by its id, and can claim it."""
    ada = await store.sign_in_buyer()
    device = (await ada.on_device_alone()).caller
    cart = await store.create_cart()
    await claim_for(store, cart, device)
    assert await own_cart(store, device) == cart.id
    assert not await is_visible(store, cart, await store.authenticate())
    assert await own_cart(store, ada.caller) is None
    assert await is_visible(store, cart, ada.caller)
    await claim_for(store, cart, ada.caller)
    assert await own_cart(store, ada.caller) == cart.id
    assert await own_cart(store, device) is None
    assert not await is_visible(store, cart, device)


async def test_a_claim_that_comes_again_changes_nothing(store: Store) -> None:
    # R113
    ada = await store.sign_in_buyer()
    cart = await claim_for(store, await store.create_cart([(MUG, 2)]), ada.caller)
    again = await claim_for(store, cart, ada.caller)
    assert (again.version, quantities(again)) == (2, {MUG.id: 2})


async def test_a_claim_of_another_version_changes_nothing(store: Store) -> None:
    # R113
    ada = await store.sign_in_buyer()
    cart = await store.create_cart()
    assert codes_of(await claim(store, cart, ada.caller, version=2)) == [ErrorCode.VERSION_CONFLICT]
    assert await own_cart(store, ada.caller) is None


async def test_nothing_can_be_done_to_the_cart_of_somebody_else(store: Store) -> None:
    """R113: it is as if it were not there."""
    ada, grace = await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")
    cart = await claim_for(store, await store.create_cart([(MUG, 1)]), ada.caller)
    reference, dependencies = CartReference(cart.id), store.dependencies
    option = "shp_" + cart.id.removeprefix("crt_") + "_slow"
    for caller in (grace.caller, (await ada.on_device_alone()).caller, await store.authenticate()):
        outcomes = [
            await claim(store, cart, caller),
            await cart_lines.add_lines(
                reference, [LineRequest(MUG.id, 1)], caller=caller, dependencies=dependencies
            ),
            await cart_lines.update_lines(
                reference, [LineRequest(MUG.id, 0)], caller=caller, dependencies=dependencies
            ),
            await cart_edits.set_destination(
                reference, CALIFORNIA, caller=caller, dependencies=dependencies
            ),
            await cart_edits.set_details(
                reference, DetailsRequest("mine"), caller=caller, dependencies=dependencies
            ),
            await cart_edits.set_codes(
                reference, ["SAVE10"], caller=caller, dependencies=dependencies
            ),
            await cart_edits.select_shipping(
                reference, option, caller=caller, dependencies=dependencies
            ),
        ]
        assert [codes_of(outcome) for outcome in outcomes] == [[ErrorCode.NOT_FOUND]] * 7
        bought = await store.check_out_as_guest(cart, caller=caller)
        assert error_rows(bought) == [(ErrorCode.NOT_FOUND, "cartId")]
    stolen = await grace.check_out(cart, **await create_ids(grace))
    assert error_rows(stolen) == [(ErrorCode.NOT_FOUND, "cartId")]
    untouched = await carts.load_cart(cart.id, caller=ada.caller, dependencies=dependencies)
    assert untouched is not None
    assert untouched.cart == cart.cart
    require_order(await ada.check_out(cart, **await create_ids(ada)))
    assert await own_cart(store, ada.caller) is None


# -- merging


async def test_the_earlier_carts_lines_move_into_the_claimed_one(store: Store) -> None:
    """R113: the id that is claimed survives, the earlier cart is gone."""
    ada = await store.sign_in_buyer()
    earlier = await store.create_cart([(MUG, 1), (PRINT, 2)], CALIFORNIA, ["SAVE10", "ONCE"])
    await cart_edits.set_details(
        CartReference(earlier.id),
        DetailsRequest("Ring twice", attributes=(ANNA,)),
        caller=ada.caller,
        dependencies=store.dependencies,
    )
    await claim_for(store, earlier, ada.caller)
    cart = await claim_for(store, await store.create_cart([(EBOOK, 1), (MUG, 4)]), ada.caller)
    assert [(line.variant_id, line.quantity) for line in cart.cart.lines] == [
        (EBOOK.id, 1),
        (MUG.id, 5),
        (PRINT.id, 2),
    ]
    assert (cart.note, cart.attributes, cart.destination) == ("Ring twice", (ANNA,), CALIFORNIA)
    assert cart.cart.codes == ("SAVE10", "ONCE")
    assert await own_cart(store, ada.caller) == cart.id
    assert not await is_visible(store, earlier, ada.caller)


async def test_codes_that_do_not_apply_any_more_do_not_come_along(store: Store) -> None:
    """R113: each that stays behind is told."""
    ada = await store.sign_in_buyer()
    earlier = await store.create_cart([(MUG, 1)], codes=["ONCE", "SAVE10", "STORED25"])
    await claim_for(store, earlier, ada.caller)
    outcome = await claim(store, await store.create_cart(codes=["OLD"]), ada.caller)
    assert outcome.value is not None
    assert outcome.value.cart.codes == ("OLD", "SAVE10", "STORED25")
    assert [warning.target for warning in outcome.warnings] == ["ONCE"]


async def test_carts_of_other_currencies_stay_two(store: Store) -> None:
    """R113: all or nothing."""
    ada = await store.sign_in_buyer()
    earlier = await claim_for(store, await store.create_cart([(MUG, 2)]), ada.caller)
    creation = await cart_lines.create_cart("JPY", [LineRequest(MUG.id, 1)], store.dependencies)
    assert creation.value is not None
    refusal = await claim(store, creation.value, ada.caller)
    [error] = refusal.user_errors
    assert (error.code, error.field) == (ErrorCode.INVALID_INPUT, ("input", "cartId"))
    assert error.message == (
        "This cart is in JPY; the lines of your earlier cart (1) are in USD. Empty one of them "
        "first."
    )
    assert await own_cart(store, ada.caller) == earlier.id
    assert await is_visible(store, creation.value, await store.authenticate())


# -- bought, or being bought


async def test_what_is_bought_cannot_be_claimed(store: Store) -> None:
    # R113
    ada = await store.sign_in_buyer()
    cart = await store.create_cart()
    require_order(await store.check_out_as_guest(cart))
    assert codes_of(await claim(store, cart, ada.caller)) == [ErrorCode.NOT_MODIFIABLE]


async def test_what_is_being_bought_cannot_be_claimed_nor_merged(store: Store) -> None:
    """R113: its payment waits for the payer's confirmation."""
    ada = await store.sign_in_buyer()
    ids = await create_ids(ada, "sim_3ds")
    paying = await claim_for(store, await store.create_cart([(MUG, 1)]), ada.caller)
    await ada.check_out(paying, **ids)
    assert codes_of(await claim(store, paying, ada.caller)) == [ErrorCode.NOT_MODIFIABLE]
    other = await store.create_cart([(MUG, 3)])
    [error] = (await claim(store, other, ada.caller)).user_errors
    assert (error.code, error.message) == (
        ErrorCode.NOT_MODIFIABLE,
        "Your earlier cart is being bought. Claim this one when that is finished.",
    )
    assert await own_cart(store, ada.caller) == paying.id
    assert await is_visible(store, other, await store.authenticate())


async def test_after_a_purchase_there_is_a_new_cart(store: Store) -> None:
    """R113: what was bought stays the purchaser's, and merges with nothing."""
    ada = await store.sign_in_buyer()
    bought = await claim_for(store, await store.create_cart([(MUG, 1)]), ada.caller)
    assert isinstance(await ada.check_out(bought, **await create_ids(ada)), OrderPlaced)
    cart = await claim_for(store, await store.create_cart([(PRINT, 1)]), ada.caller)
    assert quantities(cart) == {PRINT.id: 1}
    assert await is_visible(store, bought, ada.caller)
    assert not await is_visible(store, bought, await store.authenticate())


# -- at the same time


async def test_of_two_who_claim_at_once_one_wins(store: Store) -> None:
    # R113
    ada, grace = await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")
    cart = await store.create_cart([(MUG, 7)])
    outcomes = await asyncio.gather(
        *(claim(store, cart, buyer.caller) for buyer in (ada, grace) for _ in range(3))
    )
    winners = [await own_cart(store, buyer.caller) for buyer in (ada, grace)]
    assert sorted(winners, key=str) == [None, cart.id]
    assert Counter(tuple(codes_of(outcome)) for outcome in outcomes) == {
        (): 3,
        (ErrorCode.NOT_FOUND,): 3,
    }


@pytest.mark.parametrize("signed_in", [True, False])
async def test_carts_that_one_buyer_claims_at_once_become_one(
    store: Store,
    signed_in: bool,  # noqa: FBT001 - a case
) -> None:
    """R113: no line is lost, and only one cart remains."""
    ada = await store.sign_in_buyer()
    caller = ada.caller if signed_in else (await ada.on_device_alone()).caller
    variants = (MUG, PRINT, EBOOK, MUG)
    several = [await store.create_cart([(variant, 1)]) for variant in variants]
    outcomes = await asyncio.gather(*(claim(store, cart, caller) for cart in several))
    assert [codes_of(outcome) for outcome in outcomes] == [[]] * 4
    cart = await carts.load_own_cart(caller=caller, dependencies=store.dependencies)
    assert cart is not None
    assert quantities(cart) == {MUG.id: 2, PRINT.id: 1, EBOOK.id: 1}
    assert [await is_visible(store, each, caller) for each in several].count(True) == 1


async def test_changes_without_a_version_wait_for_each_other(store: Store) -> None:
    """R112: none is lost, and none is refused."""
    caller = await store.authenticate()
    cart = await store.create_cart([(MUG, 1)])
    outcomes = await asyncio.gather(
        *(
            cart_lines.add_lines(
                CartReference(cart.id),
                [LineRequest(MUG.id, 1)],
                caller=caller,
                dependencies=store.dependencies,
            )
            for _ in range(20)
        )
    )
    assert [codes_of(outcome) for outcome in outcomes] == [[]] * 20
    last = await carts.load_cart(cart.id, caller=caller, dependencies=store.dependencies)
    assert last is not None
    assert (last.version, quantities(last)) == (21, {MUG.id: 21})


# -- how long they live


async def test_the_carts_of_a_purchaser_can_be_deleted(store: Store) -> None:
    """R113: those that they claimed, and those that they bought without claiming."""
    ada, grace = await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")
    bought = await store.create_cart()
    require_order(await ada.check_out(bought, **await create_ids(ada)))
    present = await claim_for(store, await store.create_cart(), ada.caller)
    hers = await claim_for(store, await store.create_cart(), grace.caller)
    nobodys = await store.create_cart()
    async with store.database.begin() as work:
        await work.carts.delete_of_purchaser(ada.caller.purchaser_id or "")
    async with store.database.read() as reading:
        remaining = [
            await reading.carts.find(cart.id) is not None
            for cart in (bought, present, hers, nobodys)
        ]
    assert remaining == [False, False, True, True]


async def test_erasing_an_account_deletes_its_carts(store: Store) -> None:
    """R113: what was bought goes with its words, too."""
    ada = await store.sign_in_buyer()
    bought = await store.create_cart()
    order = require_order(await ada.check_out(bought, **await create_ids(ada)))
    await store.cancel(order)
    await store.work_until_idle()
    present = await claim_for(store, await store.create_cart(), ada.caller)
    gifts = offline_gift_dependencies(store.dependencies)
    outcome, _ = await erase_account(
        caller=ada.caller, dependencies=AccountDependencies(store.dependencies, gifts)
    )
    assert outcome.user_errors == ()
    async with store.database.read() as reading:
        assert await reading.carts.find(bought.id) is None
        assert await reading.carts.find(present.id) is None


async def test_an_erased_account_claims_nothing(store: Store) -> None:
    """R113: a request that had begun before would leave a cart that nobody can reach."""
    ada = await store.sign_in_buyer()
    assert ada.caller.authentication is not None
    erased = replace(ada.caller.authentication, purchaser_id="pur_erased")
    cart = await store.create_cart()
    outcome = await claim(store, cart, replace(ada.caller, authentication=erased))
    assert codes_of(outcome) == [ErrorCode.SIGN_IN_REQUIRED]
    assert await is_visible(store, cart, await store.authenticate())


async def test_who_has_no_cart_has_none(store: Store) -> None:
    async with store.database.begin() as work:
        assert await work.carts.find_of(CartOwner(client_id="cli_none")) is None
        assert await work.carts.find_of_for_update(CartOwner(purchaser_id="pur_none")) is None
        assert await work.carts.find_for_update("crt_none") is None
