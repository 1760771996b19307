"""The carrier's page of a gift: for who said where it goes, and nobody else."""

from dataclasses import replace

import pytest

from gateway.engine.gifts.gift import ChannelKind, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import accept_gift, load_claim
from gateway.services.gifts.giver_actions import GiverInput, supply_gift_info
from gateway.services.gifts.recipient_actions import erase_link_holder
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.shipments import ShipmentStatus, record_bounce, update_shipment
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, GiftShop

PAGE = "https://carrier.example/to/mountain-view"
SENT, ARRIVED, BACK = ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED
ELSEWHERE = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))


async def claim_status(shop: GiftShop, token: str) -> tuple[GiftStatus, str | None]:
    claim = await load_claim(token, dependencies=shop.dependencies)
    assert claim is not None
    return claim.status, claim.tracking_url


async def test_who_gave_the_address_sees_the_page_while_the_parcel_goes_there(
    shop: GiftShop,
) -> None:
    gift = await shop.give()
    token = shop.latest_token()
    await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await claim_status(shop, token) == (GiftStatus.RESOLVED, None)
    await update_shipment(gift.id, SENT, PAGE, dependencies=shop.dependencies)
    assert await claim_status(shop, token) == (GiftStatus.DISPATCHED, PAGE)
    again = await update_shipment(
        gift.id, SENT, "https://other.example", dependencies=shop.dependencies
    )
    assert [each.code.value for each in again.user_errors] == ["NOT_MODIFIABLE"]
    await update_shipment(gift.id, BACK, dependencies=shop.dependencies)
    assert await claim_status(shop, token) == (GiftStatus.AWAITING_GIVER, None)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=ELSEWHERE))
    await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    await update_shipment(gift.id, SENT, PAGE, dependencies=shop.dependencies)
    assert await claim_status(shop, token) == (GiftStatus.DISPATCHED, None)


async def test_it_is_seen_until_the_recipient_is_forgotten(shop: GiftShop) -> None:
    gift = await shop.give()
    token = shop.latest_token()
    await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    for status in (SENT, ARRIVED):
        await update_shipment(gift.id, status, PAGE, dependencies=shop.dependencies)
    assert await claim_status(shop, token) == (GiftStatus.DELIVERED, PAGE)
    await erase_link_holder(token, dependencies=shop.dependencies)
    assert (await shop.load_gift(gift.id)).tracking_url is None


async def test_a_link_by_which_nobody_answered_does_not_show_it(shop: GiftShop) -> None:
    """The giver may have typed a contact of their own: a found address must not come to them."""
    shop.first.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", ("ada@example.com",), (), HOME, shop.clock.now(), 80
    )
    gift = await shop.give()
    token = shop.latest_token()
    await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await claim_status(shop, token) == (GiftStatus.RESOLVED, None)
    await update_shipment(gift.id, SENT, PAGE, dependencies=shop.dependencies)
    assert await claim_status(shop, token) == (GiftStatus.DISPATCHED, None)


@pytest.mark.parametrize("last", ["email", "phone"])
async def test_of_two_who_answered_only_the_last_sees_it(shop: GiftShop, last: str) -> None:
    """R99: whoever holds the link to another contact of the gift is not told the other's town."""
    gift = await shop.give(replace(BY_EMAIL, phone="+14155552671"))
    await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    links = {"email": shop.latest_token(), "phone": shop.latest_token("+14155552671")}
    for contact in sorted(links, key=lambda name: name == last):
        outcome = await accept_gift(
            links[contact], HOME, confirm_warnings=False, dependencies=shop.dependencies
        )
        assert outcome.user_errors == ()
    await shop.run_due_jobs()
    await update_shipment(gift.id, SENT, PAGE, dependencies=shop.dependencies)
    shown = {name: (await claim_status(shop, link))[1] for name, link in links.items()}
    assert shown == {"email": None, "phone": None, last: PAGE}


async def test_a_dispatch_that_cannot_be_paid_keeps_no_page(shop: GiftShop) -> None:
    shop.givers.token = "sim_hold_expires"
    gift = await shop.give(replace(BY_EMAIL, postal=ELSEWHERE, name="Ada Lovelace"))
    assert gift.status is GiftStatus.RESOLVED
    shop.givers.token = "sim_declined"
    outcome = await update_shipment(gift.id, SENT, PAGE, dependencies=shop.dependencies)
    assert [each.code.value for each in outcome.user_errors] == ["PAYMENT_DECLINED"]
    assert (await shop.load_gift(gift.id)).tracking_url is None
