"""Checkouts that come again or at once: what was agreed to, and codes that count once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.adapters.repositories.discount_codes import CodeUsesRepository, code_uses
from gateway.adapters.sql.statements import Statement
from gateway.engine.checkout.outcomes import (
    PRICE_CHANGED_ADVICE,
    DraftOrder,
    InvalidPurchase,
    OrderPlaced,
    PaymentActionRequired,
    PriceChanged,
    PurchaseOutcome,
)
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import ALREADY_USED_MESSAGE
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.checkout import drafts, payment_attempts
from gateway.services.checkout.cart_checkout import GuestBuyer
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.checkout.recovery import resume_attempt
from gateway.services.demo.purchasers import create_token
from gateway.services.dependencies import Dependencies
from gateway.services.identity import one_click_profiles as granting
from gateway.services.ports.payments import DeclineReason
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from tests.engine.purchases import usd
from tests.shelves import HOME, MUG, PRINT
from tests.store import Buyer, Store, require_order

CODE_USERS = Statement(select(code_uses.c.purchaser_id))
CODE_USES = Statement(select(code_uses.c.code, code_uses.c.order_id))
CODE_USED_ERROR = InvalidPurchase(
    (UserError(ErrorCode.INVALID_INPUT, ("input", "cartId"), ALREADY_USED_MESSAGE),)
)


pytestmark = pytest.mark.usefixtures("short_patience")


async def ids_of(buyer: Buyer, method: str = "sim_ok") -> dict[str, object]:
    """The ids of the buyer's address and of a method."""
    saved, paid = await buyer.save_address(), await buyer.save_payment_method(method)
    return {"address_id": saved.id, "payment_method_id": paid.id}


async def has_one_click(buyer: Buyer) -> bool:
    """Whether one click buys on the buyer's device."""
    async with buyer.store.database.read() as reading:
        cipher = buyer.dependencies.cipher
        setup = await granting.load_setup(caller=buyer.caller, reading=reading, cipher=cipher)
    return bool(setup and setup.profiles)


async def confirm(waiting: PurchaseOutcome, store: Store) -> None:
    """The payer confirms on the provider's page."""
    assert isinstance(waiting, PaymentActionRequired)
    assert waiting.redirect_url is not None
    token = waiting.redirect_url.rpartition("/")[2]
    charge = await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    await resume_attempt(charge.idempotency_key, store.dependencies)
    assert [status for _, status in await store.list_charges()] == ["HELD"]


# -- one-click, agreed to at a checkout


async def test_a_repeat_enables_nothing_again(store: Store) -> None:
    """R11, R22: a repeated request answers, and changes nothing."""
    buyer = await store.sign_in_buyer()
    cart, ids = await store.create_cart(), await ids_of(buyer)
    arguments = {**ids, "enable_one_click": True, "idempotency_key": "k"}
    first = require_order(await buyer.check_out(cart, **arguments))
    assert await has_one_click(buyer)
    await granting.disable_profiles(
        everywhere=False, caller=buyer.caller, dependencies=store.dependencies.identity
    )
    again = await asyncio.gather(*(buyer.check_out(cart, **arguments) for _ in range(3)))
    assert [require_order(each) for each in again] == [first] * 3
    assert not await has_one_click(buyer)


async def test_a_payment_that_is_confirmed_later_enables_then(store: Store) -> None:
    """R11: what was agreed to holds when the order is placed."""
    buyer = await store.sign_in_buyer()
    arguments = {**await ids_of(buyer, "sim_3ds"), "enable_one_click": True}
    waiting = await buyer.check_out(await store.create_cart(), **arguments)
    assert not await has_one_click(buyer)
    await confirm(waiting, store)
    assert await has_one_click(buyer)


async def test_somebody_else_on_the_device_meanwhile_keeps_it(store: Store) -> None:
    """R08: the late payment of whoever was there before maps nothing back."""
    buyer = await store.sign_in_buyer()
    arguments = {**await ids_of(buyer, "sim_3ds"), "enable_one_click": True}
    waiting = await buyer.check_out(await store.create_cart(), **arguments)
    store.clock.advance(timedelta(minutes=1))
    token = await create_token("grace@example.com", dependencies=store.dependencies.identity)
    grace = await store.authenticate(buyer.identifier, token)
    await confirm(waiting, store)
    assert (await buyer.on_device_alone()).caller.purchaser_id == grace.purchaser_id
    assert not await has_one_click(buyer)


# -- codes that count once


async def cart_with_code(store: Store) -> PricedCart:
    """A cart that is worth the code."""
    return await store.create_cart([(PRINT, 1)], codes=["ONCE"])


async def test_of_two_checkouts_at_once_one_uses_the_code(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are priced with the code before the first of them takes it."""
    buyer = await store.sign_in_buyer()
    ids, carts = await ids_of(buyer), [await cart_with_code(store) for _ in range(3)]
    begin, all_priced = payment_attempts._begin_attempt, asyncio.Barrier(len(carts))

    async def begin_together(
        key: IdempotencyKey, draft: DraftOrder, parts: Dependencies
    ) -> PurchaseAttempt:
        await all_priced.wait()
        return await begin(key, draft, parts)

    with monkeypatch.context() as patched:
        patched.setattr(payment_attempts, "_begin_attempt", begin_together)
        outcomes = await asyncio.gather(*(buyer.check_out(cart, **ids) for cart in carts))
    assert [outcome for outcome in outcomes if not isinstance(outcome, OrderPlaced)] == [
        CODE_USED_ERROR,
        CODE_USED_ERROR,
    ]
    assert await store.available_stock(PRINT) == 2
    assert [status for _, status in await store.list_charges()] == ["HELD"]
    # The carts are as they were, and can be bought without the code.
    [first, *_] = [
        cart
        for cart, outcome in zip(carts, outcomes, strict=True)
        if not isinstance(outcome, OrderPlaced)
    ]
    require_order(await buyer.check_out(first, **ids))


def guest(email: str, method: str = "sim_ok") -> GuestBuyer:
    """Somebody who buys under that e-mail without a sign-in."""
    return GuestBuyer(email, HOME, method)


ADA_SPELLINGS = ["ada@example.com", " ADA@example.com ", "Ada@EXAMPLE.com"]


@pytest.mark.parametrize("email", ADA_SPELLINGS)
async def test_a_guest_uses_a_code_once(store: Store, email: str) -> None:
    """R95: counted by e-mail, however it is written; the second is told why."""
    first, second = await cart_with_code(store), await cart_with_code(store)
    order = require_order(await store.check_out_as_guest(first, guest=guest(ADA_SPELLINGS[0])))
    assert order.discount_total == usd(-100)
    total = order.total.gross
    assert total is not None
    again = await store.check_out_as_guest(second, expected_total=total.amount, guest=guest(email))
    assert isinstance(again, PriceChanged)
    assert again.reason.endswith(
        f"instead of {total.amount}. ONCE: {ALREADY_USED_MESSAGE} {PRICE_CHANGED_ADVICE}"
    )
    # Once the order is undone, the code is free again; others have a use of their own.
    require_order(
        await store.check_out_as_guest(
            second, expected_total=total.amount, guest=guest("bob@example.com")
        )
    )
    assert (await store.cancel(order)).value is not None
    third = await cart_with_code(store)
    require_order(
        await store.check_out_as_guest(third, expected_total=total.amount, guest=guest(email))
    )


@pytest.mark.parametrize("email", ADA_SPELLINGS)
async def test_signed_in_or_not_it_is_the_same_buyer(store: Store, email: str) -> None:
    buyer = await store.sign_in_buyer(ADA_SPELLINGS[0])
    ids = await ids_of(buyer)
    require_order(await buyer.check_out(await cart_with_code(store), **ids))
    full = require_order(
        await store.check_out_as_guest(await cart_with_code(store), guest=guest(email))
    )
    assert full.discount_total == usd(0)


async def test_a_guest_who_signs_in_later(store: Store) -> None:
    require_order(
        await store.check_out_as_guest(await cart_with_code(store), guest=guest("Ada@example.com"))
    )
    buyer = await store.sign_in_buyer("ada@example.com")
    full = require_order(await buyer.check_out(await cart_with_code(store), **await ids_of(buyer)))
    assert full.discount_total == usd(0)


async def test_a_use_that_was_kept_before_e_mails_counted(store: Store) -> None:
    """It stands under the purchaser alone."""
    buyer = await store.sign_in_buyer(ADA_SPELLINGS[0])
    assert buyer.caller.purchaser_id is not None
    async with store.database.begin() as work:
        now = store.clock.now()
        await work.code_uses.record("ONCE", buyer.caller.purchaser_id, "ord_1", now)
    full = require_order(
        await store.check_out_as_guest(await cart_with_code(store), guest=guest(ADA_SPELLINGS[1]))
    )
    assert full.discount_total == usd(0)


async def test_a_guest_whose_payment_is_refused_keeps_the_use(store: Store) -> None:
    declined = await store.check_out_as_guest(
        await cart_with_code(store), guest=guest(ADA_SPELLINGS[0], "sim_declined")
    )
    assert declined == drafts.decline(DeclineReason.DECLINED)
    order = require_order(
        await store.check_out_as_guest(await cart_with_code(store), guest=guest(ADA_SPELLINGS[0]))
    )
    assert order.discount_total == usd(-100)


async def test_of_two_guests_at_once_one_uses_the_code(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest, the same otherwise written, and the same signed in: all priced with the code."""
    buyer = await store.sign_in_buyer(ADA_SPELLINGS[0])
    ids, carts = await ids_of(buyer), [await cart_with_code(store) for _ in range(3)]
    begin, all_priced = payment_attempts._begin_attempt, asyncio.Barrier(len(carts))

    async def begin_together(
        key: IdempotencyKey, draft: DraftOrder, parts: Dependencies
    ) -> PurchaseAttempt:
        await all_priced.wait()
        return await begin(key, draft, parts)

    with monkeypatch.context() as patched:
        patched.setattr(payment_attempts, "_begin_attempt", begin_together)
        outcomes = await asyncio.gather(
            store.check_out_as_guest(carts[0], guest=guest(ADA_SPELLINGS[1])),
            store.check_out_as_guest(carts[1], guest=guest(ADA_SPELLINGS[2])),
            buyer.check_out(carts[2], **ids),
        )
    assert [each for each in outcomes if not isinstance(each, OrderPlaced)] == [
        CODE_USED_ERROR,
        CODE_USED_ERROR,
    ]
    assert [status for _, status in await store.list_charges()] == ["HELD"]


async def test_who_used_a_code_is_kept_without_the_address(store: Store) -> None:
    require_order(
        await store.check_out_as_guest(await cart_with_code(store), guest=guest(ADA_SPELLINGS[0]))
    )
    async with store.database.read() as reading:
        rows = await reading.session.fetch_all(CODE_USERS)
    assert rows
    assert [name for (name,) in rows if "@" in name] == []


@pytest.mark.parametrize("method", ["sim_ok", "sim_3ds"])
async def test_the_reservation_alone_records_codes(
    store: Store, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Once in each of the buyer's names; the order takes the records over."""
    buyer = await store.sign_in_buyer()
    ids, cart = await ids_of(buyer, method), await cart_with_code(store)
    request = {**ids, "idempotency_key": "k"}
    users: list[str] = []
    record = CodeUsesRepository.record

    async def record_and_note(
        self: CodeUsesRepository, code: str, buyer_key: str, used_by_id: str, now: datetime
    ) -> bool:
        users.append(used_by_id)
        return await record(self, code, buyer_key, used_by_id, now)

    monkeypatch.setattr(CodeUsesRepository, "record", record_and_note)
    outcome = await buyer.check_out(cart, **request)
    if isinstance(outcome, PaymentActionRequired):
        await confirm(outcome, store)
        outcome = await buyer.check_out(cart, **request)
    order = require_order(outcome)
    async with store.database.read() as reading:
        uses = await reading.session.fetch_all(CODE_USES)
    assert [user.partition("_")[0] for user in users] == ["att", "att"]
    assert [tuple(use) for use in uses] == [("ONCE", order.id), ("ONCE", order.id)]


async def test_everybody_has_a_use_of_their_own(store: Store) -> None:
    buyers = [await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")]
    requests = [(buyer, await cart_with_code(store), await ids_of(buyer)) for buyer in buyers]
    outcomes = await asyncio.gather(
        *(buyer.check_out(cart, **ids) for buyer, cart, ids in requests)
    )
    assert len({require_order(outcome).id for outcome in outcomes}) == 2


async def test_a_use_that_comes_to_nothing_is_free_again(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    refused = await ids_of(buyer, "sim_declined")
    assert await buyer.check_out(await cart_with_code(store), **refused) == drafts.decline(
        DeclineReason.DECLINED
    )
    ids = {**refused, "payment_method_id": (await buyer.save_payment_method()).id}
    order = require_order(await buyer.check_out(await cart_with_code(store), **ids))
    assert (await store.cancel(order)).value is not None
    again = require_order(await buyer.check_out(await cart_with_code(store), **ids))
    assert again.total == order.total


async def test_other_codes_are_used_as_often_as_one_likes(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    ids = await ids_of(buyer)
    carts = [await store.create_cart([(MUG, 1)], codes=["SAVE10"]) for _ in range(3)]
    outcomes = await asyncio.gather(*(buyer.check_out(cart, **ids) for cart in carts))
    assert len({require_order(outcome).id for outcome in outcomes}) == 3
