"""Parcels of gifts: one for each that is to go out, which follows it and is staff's alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.gifts.gift import Gift, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.shipments import Shipment, ShipmentLine, ShipmentState
from gateway.services.gifts.claims import accept_gift, decline_gift
from gateway.services.gifts.erasure import erase_contact
from gateway.services.gifts.gift_records import VersionedGift, recipient_subject
from gateway.services.gifts.gift_store import load_gift, save_gift
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.recipient_actions import erase_link_holder
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.gifts.shipments import ParcelReport, ShipmentStatus, update_shipment
from gateway.services.orders.carrier_details import CarrierDetails
from gateway.services.orders.shipment_addresses import ShipTo, load_ship_to
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, HOME_TYPED, GiftShop

TYPED = replace(BY_EMAIL, postal=HOME_TYPED)
PAGE = "https://carrier.example/1"
ELSEWHERE = PostalAddress("Ada Lovelace", "US", "NY", "New York", "10001", ("2 Elm Avenue",))
ELSEWHERE_TYPED = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    """On both databases."""
    return GiftShop(databases, clock)


async def list_parcels(shop: GiftShop, gift_id: str) -> tuple[Shipment, ...]:
    async with shop.database.read() as reading:
        return await reading.shipments.find_by_gift(gift_id)


async def list_states(shop: GiftShop, gift_id: str) -> list[ShipmentState]:
    return [parcel.state for parcel in await list_parcels(shop, gift_id)]


async def load_address(shop: GiftShop, parcel: Shipment) -> ShipTo | None:
    async with shop.database.read() as reading:
        return (await load_ship_to([parcel.id], reading, shop.dependencies)).get(parcel.id)


async def report(
    shop: GiftShop, gift_id: str, *statuses: ShipmentStatus, page: str | None = None
) -> None:
    for status in statuses:
        outcome = await update_shipment(gift_id, status, page, dependencies=shop.dependencies)
        assert outcome.user_errors == ()


async def test_a_gift_that_is_resolved_has_a_parcel(shop: GiftShop) -> None:  # R122
    await shop.set_stock(5)
    gift = await shop.give(TYPED, quantity=2, message="Happy birthday")
    [parcel] = await list_parcels(shop, gift.id)
    now = shop.clock.now()
    assert parcel == Shipment(
        id=gift.parcel_id or "",
        state=ShipmentState.READY,
        created_at=now,
        due_at=now,
        lines=(ShipmentLine("var_tea", "var_tea", "Tea", 2),),
        gift_id=gift.id,
        shipping_method="By post",
    )
    assert await load_address(shop, parcel) == ShipTo(HOME, message="Happy birthday")
    async with shop.database.read() as reading:
        [sealed] = (await reading.shipments.find_ship_to([parcel.id])).values()
    assert sealed.subject == recipient_subject(gift.id)


async def test_a_scheduled_gift_has_a_parcel_when_its_time_has_come(shop: GiftShop) -> None:  # R122
    scheduled_for = shop.clock.now() + timedelta(days=2)
    gift = await shop.give(TYPED, scheduled_for=scheduled_for, contact_recipient=False)
    assert gift.status is GiftStatus.RESOLVED
    assert await list_parcels(shop, gift.id) == ()
    await shop.advance_and_run(timedelta(days=2))
    [parcel] = await list_parcels(shop, gift.id)
    assert (parcel.state, parcel.due_at) == (ShipmentState.READY, scheduled_for)


async def test_the_parcel_follows_its_gift(shop: GiftShop) -> None:  # R122
    gift = await shop.give(TYPED)
    [ready] = await list_parcels(shop, gift.id)
    details = ParcelReport(ready.id, CarrierDetails("Post", "123"))
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, PAGE, details, dependencies=shop.dependencies
    )
    assert outcome.value is not None
    sent_at = shop.clock.now()
    [sent] = await list_parcels(shop, gift.id)
    assert sent == replace(
        ready,
        state=ShipmentState.DISPATCHED,
        carrier="Post",
        tracking_number="123",
        dispatched_at=sent_at,
        version=sent.version,
    )
    assert await load_address(shop, sent) == ShipTo(HOME, tracking_url=PAGE)
    await shop.advance_and_run(timedelta(days=1))
    await report(shop, gift.id, ShipmentStatus.DELIVERED)
    [arrived] = await list_parcels(shop, gift.id)
    assert arrived == replace(
        sent,
        state=ShipmentState.DELIVERED,
        delivered_at=shop.clock.now(),
        version=arrived.version,
    )


async def test_a_gift_that_came_back_goes_out_in_another_parcel(shop: GiftShop) -> None:  # R122
    gift = await shop.give(TYPED)
    [first] = await list_parcels(shop, gift.id)
    await report(shop, gift.id, ShipmentStatus.DISPATCHED, ShipmentStatus.RETURNED, page=PAGE)
    assert await list_states(shop, gift.id) == [ShipmentState.RETURNED]
    await shop.advance_and_run(timedelta(hours=1))
    details = GiverInput(RecipientDetails(name="Ada Lovelace", postal=ELSEWHERE_TYPED))
    await supply_gift_info(gift.id, details, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    returned, again = await list_parcels(shop, gift.id)
    assert (returned.id, returned.state) == (first.id, ShipmentState.RETURNED)
    assert (again.state, again.resent_id) == (ShipmentState.READY, first.id)
    assert await load_address(shop, again) == ShipTo(ELSEWHERE)
    late = await update_shipment(
        gift.id,
        ShipmentStatus.DISPATCHED,
        report=ParcelReport(first.id),
        dependencies=shop.dependencies,
    )
    assert [error.code.value for error in late.user_errors] == ["NOT_MODIFIABLE"]
    await report(shop, gift.id, ShipmentStatus.DISPATCHED)
    late = await update_shipment(
        gift.id,
        ShipmentStatus.DELIVERED,
        report=ParcelReport(first.id),
        dependencies=shop.dependencies,
    )
    assert [error.code.value for error in late.user_errors] == ["NOT_MODIFIABLE"]
    assert await list_states(shop, gift.id) == [ShipmentState.RETURNED, ShipmentState.DISPATCHED]


async def test_a_gift_that_ends_leaves_no_parcel_to_send(shop: GiftShop) -> None:  # R122
    cancelled = await shop.give(TYPED)
    await cancel_gift(cancelled.id, GIVER, dependencies=shop.dependencies)
    assert await list_states(shop, cancelled.id) == [ShipmentState.CANCELLED]
    declined = await shop.give()
    token = shop.latest_token()
    await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await list_states(shop, declined.id) == [ShipmentState.READY]
    await decline_gift(token, None, dependencies=shop.dependencies)
    assert await list_states(shop, declined.id) == [ShipmentState.CANCELLED]
    await shop.advance_and_run(timedelta(days=60))
    assert await list_states(shop, declined.id) == [ShipmentState.CANCELLED]


async def test_an_unpaid_dispatch_leaves_the_parcel_here(shop: GiftShop) -> None:  # R122
    gift = await shop.give(TYPED)
    [charge] = await shop.payments.list_charges()
    await shop.payments.release(charge.id)
    shop.givers.token = "sim_declined"
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, PAGE, dependencies=shop.dependencies
    )
    assert [error.code.value for error in outcome.user_errors] == ["PAYMENT_DECLINED"]
    [parcel] = await list_parcels(shop, gift.id)
    assert (parcel.state, parcel.dispatched_at) == (ShipmentState.READY, None)
    assert await load_address(shop, parcel) == ShipTo(HOME)


async def test_nobody_reads_where_the_parcel_of_a_forgotten_person_went(shop: GiftShop) -> None:
    """R102: neither of a gift that arrived, nor of one that has ended by that."""
    arrived = await shop.give(TYPED)
    details = ParcelReport(carrier=CarrierDetails("Post", "123"))
    await update_shipment(
        arrived.id, ShipmentStatus.DISPATCHED, PAGE, details, dependencies=shop.dependencies
    )
    await report(shop, arrived.id, ShipmentStatus.DELIVERED)
    accepted = await shop.give()
    token = shop.latest_token()
    await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await list_states(shop, accepted.id) == [ShipmentState.READY]
    await erase_link_holder(token, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    for gift_id, state in (
        (arrived.id, ShipmentState.DELIVERED),
        (accepted.id, ShipmentState.CANCELLED),
    ):
        [parcel] = await list_parcels(shop, gift_id)
        assert (parcel.state, parcel.carrier, parcel.tracking_number) == (state, None, None)
        assert await load_address(shop, parcel) is None


async def test_a_parcel_on_its_way_keeps_its_address_until_it_ends(shop: GiftShop) -> None:  # R102
    gift = await shop.give(TYPED)
    await report(shop, gift.id, ShipmentStatus.DISPATCHED)
    await erase_contact("ada@example.com", dependencies=shop.dependencies)
    await shop.run_due_jobs()
    [parcel] = await list_parcels(shop, gift.id)
    assert await load_address(shop, parcel) == ShipTo(HOME)
    await report(shop, gift.id, ShipmentStatus.DELIVERED)
    await shop.run_due_jobs()
    [parcel] = await list_parcels(shop, gift.id)
    assert await load_address(shop, parcel) is None


async def test_a_gift_that_goes_on_without_a_contact_gets_another_parcel(
    shop: GiftShop,
) -> None:  # R102, R122
    gift = await shop.give(replace(TYPED, phone="+14155552671"))
    [first] = await list_parcels(shop, gift.id)
    await shop.advance_and_run(timedelta(hours=1))
    await erase_contact("ada@example.com", dependencies=shop.dependencies)
    await shop.run_due_jobs()
    cancelled, again = await list_parcels(shop, gift.id)
    assert (cancelled.id, cancelled.state) == (first.id, ShipmentState.CANCELLED)
    assert await load_address(shop, cancelled) is None
    assert (again.state, again.resent_id) == (ShipmentState.READY, None)
    address = await load_address(shop, again)
    assert address is not None
    assert address.address.lines == HOME.lines


async def test_a_gift_resolved_by_an_earlier_version_gets_its_parcel(shop: GiftShop) -> None:
    """R122: from the worker, once and not again when it is saved without the parcel's id."""
    scheduled_for = shop.clock.now() + timedelta(days=2)
    gift = await shop.give(TYPED, scheduled_for=scheduled_for, contact_recipient=False)
    shop.clock.advance(timedelta(days=3))
    resolver = GiftResolver(shop.dependencies)
    assert await resolver.next_due(shop.clock.now()) == scheduled_for
    await shop.run_due_jobs()
    [parcel] = await list_parcels(shop, gift.id)
    async with shop.database.begin() as work:
        versioned_gift = await load_gift(gift.id, reading=work, dependencies=shop.dependencies)
        assert versioned_gift is not None
        await save_gift(
            without_parcel_id(versioned_gift),
            versioned_gift.version,
            shop.clock.now(),
            work=work,
            dependencies=shop.dependencies,
        )
    assert (await shop.load_gift(gift.id)).parcel_id == parcel.id
    assert await list_parcels(shop, gift.id) == (parcel,)


def without_parcel_id(versioned_gift: VersionedGift) -> Gift:
    return replace(versioned_gift.gift, parcel_id=None)
