"""Checkouts that come again or at once: what was agreed to, and codes that count once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.adapters.repositories.codes import code_uses
from gateway.adapters.statements import Statement
from gateway.engine.buying import (
    Draft,
    InvalidPurchase,
    OrderPlaced,
    PaymentActionRequired,
    PaymentDeclined,
    PriceChanged,
    PurchaseOutcome,
)
from gateway.engine.carts import PricedCart
from gateway.engine.codes import USED_BEFORE
from gateway.engine.problems import ErrorCode, UserError
from gateway.services import orders, purchasing
from gateway.services.checkout import Guest
from gateway.services.identity import one_click as granting
from gateway.services.identity.demo import token_for
from gateway.services.orders import total_of
from gateway.services.parts import Parts
from gateway.services.ports.attempts import Attempt
from gateway.services.purchasing import Key
from gateway.services.repair import confirmed
from tests.engine.purchases import usd
from tests.shelves import HOME, MUG, PRINT
from tests.store import Buyer, Store, placed

NAMES = Statement(select(code_uses.c.purchaser_id))
USED = InvalidPurchase((UserError(ErrorCode.INVALID_INPUT, ("input", "cartId"), USED_BEFORE),))


pytestmark = pytest.mark.usefixtures("short_patience")


async def ids_of(buyer: Buyer, method: str = "sim_ok") -> dict[str, object]:
    """The ids of the buyer's address and of a method."""
    saved, paid = await buyer.address(), await buyer.method(method)
    return {"address_id": saved.id, "payment_method_id": paid.id}


async def enabled(buyer: Buyer) -> bool:
    """Whether one click buys on the buyer's device."""
    async with buyer.store.database.read() as reading:
        cipher = buyer.parts.cipher
        found = await granting.standing(caller=buyer.caller, reading=reading, cipher=cipher)
    return bool(found and found.profiles)


async def confirm(waiting: PurchaseOutcome, store: Store) -> None:
    """The payer confirms on the provider's page."""
    assert isinstance(waiting, PaymentActionRequired)
    assert waiting.redirect_url is not None
    token = waiting.redirect_url.rpartition("/")[2]
    charge = await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    await confirmed(charge.idempotency_key, store.parts)
    assert [status for _, status in await store.charges()] == ["HELD"]


# -- one-click, agreed to at a checkout


async def test_a_repeat_enables_nothing_again(store: Store) -> None:
    """R11, R22: a repeated request answers, and changes nothing."""
    buyer = await store.buyer()
    cart, ids = await store.cart(), await ids_of(buyer)
    asked = {**ids, "enable_one_click": True, "idempotency_key": "k"}
    first = placed(await buyer.check_out(cart, **asked))
    assert await enabled(buyer)
    await granting.disable(everywhere=False, caller=buyer.caller, parts=store.parts.identity)
    again = await asyncio.gather(*(buyer.check_out(cart, **asked) for _ in range(3)))
    assert [placed(each) for each in again] == [first] * 3
    assert not await enabled(buyer)


async def test_a_payment_that_is_confirmed_later_enables_then(store: Store) -> None:
    """R11: what was agreed to holds when the order is placed."""
    buyer = await store.buyer()
    asked = {**await ids_of(buyer, "sim_3ds"), "enable_one_click": True}
    waiting = await buyer.check_out(await store.cart(), **asked)
    assert not await enabled(buyer)
    await confirm(waiting, store)
    assert await enabled(buyer)


async def test_somebody_else_on_the_device_meanwhile_keeps_it(store: Store) -> None:
    """R08: the late payment of whoever was there before maps nothing back."""
    buyer = await store.buyer()
    asked = {**await ids_of(buyer, "sim_3ds"), "enable_one_click": True}
    waiting = await buyer.check_out(await store.cart(), **asked)
    store.clock.advance(timedelta(minutes=1))
    token = await token_for("grace@example.com", parts=store.parts.identity)
    grace = await store.recognise(buyer.identifier, token)
    await confirm(waiting, store)
    assert (await buyer.recognised()).caller.purchaser_id == grace.purchaser_id
    assert not await enabled(buyer)


# -- codes that count once


async def coded(store: Store) -> PricedCart:
    """A cart that is worth the code."""
    return await store.cart([(PRINT, 1)], codes=["ONCE"])


async def test_of_two_checkouts_at_once_one_uses_the_code(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are priced with the code before the first of them takes it."""
    buyer = await store.buyer()
    ids, asked = await ids_of(buyer), [await coded(store) for _ in range(3)]
    begin, priced = purchasing._begin, asyncio.Barrier(len(asked))

    async def begin_together(key: Key, draft: Draft, parts: Parts) -> Attempt:
        await priced.wait()
        return await begin(key, draft, parts)

    with monkeypatch.context() as patched:
        patched.setattr(purchasing, "_begin", begin_together)
        outcomes = await asyncio.gather(*(buyer.check_out(cart, **ids) for cart in asked))
    assert [each for each in outcomes if not isinstance(each, OrderPlaced)] == [USED, USED]
    assert await store.stock(PRINT) == 2
    assert [status for _, status in await store.charges()] == ["HELD"]
    # The carts are as they were, and can be bought without the code.
    [first, *_] = [
        cart
        for cart, each in zip(asked, outcomes, strict=True)
        if not isinstance(each, OrderPlaced)
    ]
    placed(await buyer.check_out(first, **ids))


def guest(email: str, method: str = "sim_ok") -> Guest:
    """Somebody who buys under that e-mail without a sign-in."""
    return Guest(email, HOME, method)


ADAS = ["ada@example.com", " ADA@example.com ", "Ada@EXAMPLE.com"]


@pytest.mark.parametrize("email", ADAS)
async def test_a_guest_uses_a_code_once(store: Store, email: str) -> None:
    """R95: counted by e-mail, however it is written; the second is told why."""
    first, second = await coded(store), await coded(store)
    order = placed(await store.guest(first, guest=guest(ADAS[0])))
    assert order.discount_total == usd(-100)
    total = total_of(order)
    again = await store.guest(second, expected_total=total.amount, guest=guest(email))
    assert isinstance(again, PriceChanged)
    assert again.reason.endswith(f"instead of {total.amount}. ONCE: {USED_BEFORE}")
    # Once the order is undone, the code is free again; others have a use of their own.
    placed(await store.guest(second, expected_total=total.amount, guest=guest("bob@example.com")))
    assert (await orders.cancel(replace(order, purchaser_id="x"), store.parts)).value is not None
    third = await coded(store)
    placed(await store.guest(third, expected_total=total.amount, guest=guest(email)))


@pytest.mark.parametrize("email", ADAS)
async def test_signed_in_or_not_it_is_the_same_buyer(store: Store, email: str) -> None:
    buyer = await store.buyer(ADAS[0])
    ids = await ids_of(buyer)
    placed(await buyer.check_out(await coded(store), **ids))
    full = placed(await store.guest(await coded(store), guest=guest(email)))
    assert full.discount_total == usd(0)


async def test_a_guest_who_signs_in_later(store: Store) -> None:
    placed(await store.guest(await coded(store), guest=guest("Ada@example.com")))
    buyer = await store.buyer("ada@example.com")
    full = placed(await buyer.check_out(await coded(store), **await ids_of(buyer)))
    assert full.discount_total == usd(0)


async def test_a_use_that_was_kept_before_e_mails_counted(store: Store) -> None:
    """It stands under the purchaser alone."""
    buyer = await store.buyer(ADAS[0])
    assert buyer.caller.purchaser_id is not None
    async with store.database.begin() as work:
        now = store.clock.now()
        await work.code_uses.record("ONCE", buyer.caller.purchaser_id, "ord_1", now)
    full = placed(await store.guest(await coded(store), guest=guest(ADAS[1])))
    assert full.discount_total == usd(0)


async def test_a_guest_whose_payment_is_refused_keeps_the_use(store: Store) -> None:
    declined = await store.guest(await coded(store), guest=guest(ADAS[0], "sim_declined"))
    assert declined == PaymentDeclined("DECLINED")
    order = placed(await store.guest(await coded(store), guest=guest(ADAS[0])))
    assert order.discount_total == usd(-100)


async def test_of_two_guests_at_once_one_uses_the_code(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest, the same otherwise written, and the same signed in: all priced with the code."""
    buyer = await store.buyer(ADAS[0])
    ids, asked = await ids_of(buyer), [await coded(store) for _ in range(3)]
    begin, priced = purchasing._begin, asyncio.Barrier(len(asked))

    async def begin_together(key: Key, draft: Draft, parts: Parts) -> Attempt:
        await priced.wait()
        return await begin(key, draft, parts)

    with monkeypatch.context() as patched:
        patched.setattr(purchasing, "_begin", begin_together)
        outcomes = await asyncio.gather(
            store.guest(asked[0], guest=guest(ADAS[1])),
            store.guest(asked[1], guest=guest(ADAS[2])),
            buyer.check_out(asked[2], **ids),
        )
    assert [each for each in outcomes if not isinstance(each, OrderPlaced)] == [USED, USED]
    assert [status for _, status in await store.charges()] == ["HELD"]


async def test_who_used_a_code_is_kept_without_the_address(store: Store) -> None:
    placed(await store.guest(await coded(store), guest=guest(ADAS[0])))
    async with store.database.read() as reading:
        rows = await reading.session.all(NAMES)
    assert rows
    assert [name for (name,) in rows if "@" in name] == []


async def test_everybody_has_a_use_of_their_own(store: Store) -> None:
    buyers = [await store.buyer(), await store.buyer("grace@example.com")]
    asked = [(each, await coded(store), await ids_of(each)) for each in buyers]
    outcomes = await asyncio.gather(*(each.check_out(cart, **ids) for each, cart, ids in asked))
    assert len({placed(outcome).id for outcome in outcomes}) == 2


async def test_a_use_that_comes_to_nothing_is_free_again(store: Store) -> None:
    buyer = await store.buyer()
    refused = await ids_of(buyer, "sim_declined")
    assert await buyer.check_out(await coded(store), **refused) == PaymentDeclined("DECLINED")
    ids = {**refused, "payment_method_id": (await buyer.method()).id}
    order = placed(await buyer.check_out(await coded(store), **ids))
    assert (await orders.cancel(order, store.parts)).value is not None
    again = placed(await buyer.check_out(await coded(store), **ids))
    assert again.total == order.total


async def test_other_codes_are_used_as_often_as_one_likes(store: Store) -> None:
    buyer = await store.buyer()
    ids = await ids_of(buyer)
    carts = [await store.cart([(MUG, 1)], codes=["SAVE10"]) for _ in range(3)]
    outcomes = await asyncio.gather(*(buyer.check_out(cart, **ids) for cart in carts))
    assert len({placed(outcome).id for outcome in outcomes}) == 3
