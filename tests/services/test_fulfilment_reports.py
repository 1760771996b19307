"""R127. What the fulfilment house reports of gifts' parcels."""

import json
from dataclasses import replace

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.shipments import ShipmentState
from gateway.services.fulfilment_reports import FulfilmentReport, take_report
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, HOME_TYPED, GiftShop
from tests.shelves import build_dependencies


async def test_reports_move_a_gift_on(databases: AnyDatabase, clock: ManualClock) -> None:
    shop, dependencies = GiftShop(databases, clock), build_dependencies(databases, clock)
    await shop.set_stock(5)
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))

    async def report(id: str, status: str, **details: str) -> None:
        data = {"id": gift.parcel_id, "status": status, **details}
        document = {"type": "shipment.updated", "data": data}
        accepted = await take_report(
            FulfilmentReport(id, json.dumps(document), document), dependencies, shop.dependencies
        )
        assert accepted

    await report("msg_0", "DELIVERED")
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    await report("msg_1", "DISPATCHED", carrier="Post", trackingNumber="1Z")
    await report("msg_1", "DISPATCHED", carrier="Rail")
    assert (await shop.load_gift(gift.id)).status is GiftStatus.DISPATCHED
    await report("msg_2", "DELIVERED")
    assert (await shop.load_gift(gift.id)).status is GiftStatus.DELIVERED
    async with databases.read() as reading:
        (parcel,) = await reading.shipments.find_by_gift(gift.id)
    assert (parcel.state, parcel.carrier, parcel.tracking_number) == (
        ShipmentState.DELIVERED,
        "Post",
        "1Z",
    )
