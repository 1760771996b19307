"""The carrier's page of a gift: for who said where it goes, and nobody else."""

from dataclasses import replace

import pytest

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import ChannelKind, PartialAddress
from gateway.services.gifts.claims import accept, read_claim
from gateway.services.gifts.giving import GiverInput, supply
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.shipping import ShipmentStatus, contact_failed, update_shipment
from gateway.services.gifts.wishes import forget
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, Shop

PAGE = "https://carrier.example/to/mountain-view"
SENT, ARRIVED, BACK = ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED
ELSEWHERE = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))


async def seen(shop: Shop, token: str) -> tuple[GiftStatus, str | None]:
    claim = await read_claim(token, parts=shop.parts)
    assert claim is not None
    return claim.status, claim.tracking_url


async def test_who_gave_the_address_sees_the_page_while_the_parcel_goes_there(shop: Shop) -> None:
    gift = await shop.give()
    token = shop.token()
    await accept(token, HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    assert await seen(shop, token) == (GiftStatus.RESOLVED, None)
    await update_shipment(gift.id, SENT, PAGE, parts=shop.parts)
    assert await seen(shop, token) == (GiftStatus.DISPATCHED, PAGE)
    again = await update_shipment(gift.id, SENT, "https://other.example", parts=shop.parts)
    assert [each.code.value for each in again.user_errors] == ["NOT_MODIFIABLE"]
    await update_shipment(gift.id, BACK, parts=shop.parts)
    assert await seen(shop, token) == (GiftStatus.AWAITING_GIVER, None)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=ELSEWHERE))
    await supply(gift.id, more, GIVER, parts=shop.parts)
    await shop.turn()
    await update_shipment(gift.id, SENT, PAGE, parts=shop.parts)
    assert await seen(shop, token) == (GiftStatus.DISPATCHED, None)


async def test_it_is_seen_until_the_recipient_is_forgotten(shop: Shop) -> None:
    gift = await shop.give()
    token = shop.token()
    await accept(token, HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    for status in (SENT, ARRIVED):
        await update_shipment(gift.id, status, PAGE, parts=shop.parts)
    assert await seen(shop, token) == (GiftStatus.DELIVERED, PAGE)
    await forget(token, parts=shop.parts)
    assert (await shop.gift(gift.id)).tracking_url is None


async def test_a_link_by_which_nobody_answered_does_not_show_it(shop: Shop) -> None:
    """The giver may have typed a contact of their own: a found address must not come to them."""
    shop.first.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", ("ada@example.com",), (), HOME, shop.clock.now(), 80
    )
    gift = await shop.give()
    token = shop.token()
    await contact_failed(gift.id, ChannelKind.EMAIL, parts=shop.parts)
    await shop.turn()
    assert await seen(shop, token) == (GiftStatus.RESOLVED, None)
    await update_shipment(gift.id, SENT, PAGE, parts=shop.parts)
    assert await seen(shop, token) == (GiftStatus.DISPATCHED, None)


@pytest.mark.parametrize("last", ["email", "phone"])
async def test_of_two_who_answered_only_the_last_sees_it(shop: Shop, last: str) -> None:
    """R99: whoever holds the link to another contact of the gift is not told the other's town."""
    gift = await shop.give(replace(BY_EMAIL, phone="+14155552671"))
    await contact_failed(gift.id, ChannelKind.EMAIL, parts=shop.parts)
    await shop.turn()
    links = {"email": shop.token(), "phone": shop.token("+14155552671")}
    for each in sorted(links, key=lambda name: name == last):
        outcome = await accept(links[each], HOME, confirm_warnings=False, parts=shop.parts)
        assert outcome.user_errors == ()
    await shop.turn()
    await update_shipment(gift.id, SENT, PAGE, parts=shop.parts)
    shown = {name: (await seen(shop, link))[1] for name, link in links.items()}
    assert shown == {"email": None, "phone": None, last: PAGE}


async def test_a_dispatch_that_cannot_be_paid_keeps_no_page(shop: Shop) -> None:
    shop.givers.token = "sim_hold_expires"
    gift = await shop.give(replace(BY_EMAIL, postal=ELSEWHERE, name="Ada Lovelace"))
    assert gift.status is GiftStatus.RESOLVED
    shop.givers.token = "sim_declined"
    outcome = await update_shipment(gift.id, SENT, PAGE, parts=shop.parts)
    assert [each.code.value for each in outcome.user_errors] == ["PAYMENT_DECLINED"]
    assert (await shop.gift(gift.id)).tracking_url is None
