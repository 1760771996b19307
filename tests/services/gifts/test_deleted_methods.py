"""A payment method that its giver deletes while a gift still means to charge it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.services.gifts.claims import accept_gift
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.ports.database import ReadSession
from tests.services.gifts.adjustable_provider import adjust_provider
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, HOME_TYPED, FakeGivers, GiftShop

DAY = timedelta(days=1)
MANDATE = GiftPaymentState.MANDATE


class GiversWithOneMethodLeft(FakeGivers):
    """The method of the gift is deleted; another one, "pay_ok", is there."""

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        if id != "pay_ok":
            return None
        return await super().find_payment_method(purchaser_id, id, reading)


def delete_method(shop: GiftShop) -> None:
    shop.givers = GiversWithOneMethodLeft()
    shop.dependencies = replace(shop.dependencies, givers=shop.givers)


async def answer(shop: GiftShop, gift: Gift) -> Gift:
    """The gift after its recipient has said where it may go."""
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=True, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    return await shop.load_gift(gift.id)


async def dispatch(shop: GiftShop, gift: Gift) -> list[str]:
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    return [each.code.value for each in outcome.user_errors]


async def test_a_mandate_on_a_deleted_method_is_not_charged_but_asked_about(
    shop: GiftShop,
) -> None:  # R131
    """Who deletes a method takes its mandate back: the giver names another one, or cancels."""
    gift = await shop.give()
    assert gift.charges.payment is MANDATE
    delete_method(shop)
    asked = await answer(shop, gift)
    assert (asked.status, asked.charges.payment) == (GiftStatus.AWAITING_GIVER, MANDATE)
    assert (await shop.list_event_types(gift.id))[-1] == "charge_refused"
    assert await shop.list_charges() == []
    [mail] = shop.sent.mails_to("pur_1@givers.example.com")
    assert "choose another payment method" in " ".join(mail.text.split())
    other_method = GiverInput(payment_method_id="pay_ok")
    await supply_gift_info(gift.id, other_method, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED")]


@pytest.mark.parametrize("ends", ["cancelled", "given up"])
async def test_such_a_gift_ends_without_a_charge(shop: GiftShop, ends: str) -> None:
    gift = await shop.give()
    delete_method(shop)
    await answer(shop, gift)
    if ends == "cancelled":
        await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    else:
        await shop.advance_and_run(22 * DAY)
    ended = await shop.load_gift(gift.id)
    assert ended.settled
    assert ended.charges.payment is GiftPaymentState.RELEASED
    assert await shop.list_charges() == []


async def test_a_hold_on_a_deleted_method_is_taken_to_its_end(shop: GiftShop) -> None:  # R131
    """What is held was agreed to; it is not renewed, and then dispatch is refused."""
    provider = adjust_provider(shop, hold_lifetime=5 * DAY)
    gifts = [await shop.give(replace(BY_EMAIL, postal=HOME_TYPED)) for _ in range(2)]
    assert [each.status for each in gifts] == [GiftStatus.RESOLVED] * 2
    delete_method(shop)
    assert await dispatch(shop, gifts[0]) == []
    await shop.advance_and_run(5 * DAY)
    assert await dispatch(shop, gifts[1]) == ["PAYMENT_DECLINED"]
    left = await shop.load_gift(gifts[1].id)
    assert (left.status, left.charges.payment) == (GiftStatus.RESOLVED, MANDATE)
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1200, "RELEASED")]
    assert len(provider.keys) == 2
