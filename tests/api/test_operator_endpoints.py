"""R127. A gateway that is set so calls the operator's own endpoints, which are on this machine."""

import json
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from gateway.bootstrap import Gateway, bootstrap
from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.services.fulfilment_reports import FulfilmentReport, take_report
from gateway.settings import Settings
from gateway.worker import run_due_jobs
from tests.cli.test_order_export import buy
from tests.endpoints import SECRET, SignedEndpoint, answer_text, serve_endpoint
from tests.merchant_server import serve_merchant

ANSWER = answer_text("200 OK", json.dumps({"carrier": "Post", "trackingNumber": "1Z"}))


async def run_worker(gateway: Gateway) -> None:
    """Everything that is due within the next seconds, done."""
    later = timedelta(seconds=3)
    for _ in range(9):
        await run_due_jobs(gateway.jobs, await gateway.database.now() + later)


async def list_shipments(gateway: Gateway) -> tuple[Shipment, ...]:
    async with gateway.database.read() as reading:
        return await reading.shipments.list_page(None, 9, None)


async def test_an_order_goes_to_the_fulfilment_house_and_its_events_to_the_shop(
    demo_folder: Path,
) -> None:
    house, shop = SignedEndpoint(answers=[ANSWER]), SignedEndpoint()
    async with serve_endpoint(house) as house_url, serve_endpoint(shop) as shop_url:
        settings = Settings(
            data_dir=demo_folder,
            one_click_window=timedelta(milliseconds=1),
            fulfilment_url=house_url,
            fulfilment_secret=SecretStr(SECRET),
            shop_webhook_url=shop_url,
            shop_webhook_secret=SecretStr(SECRET),
        )
        async with bootstrap(settings) as gateway:
            number = await buy(gateway)
            await run_worker(gateway)
            (shipment,) = await list_shipments(gateway)
            report = {"id": shipment.id, "status": "DISPATCHED"}
            body = {"type": "shipment.updated", "data": report}
            assert await take_report(
                FulfilmentReport("msg_1", json.dumps(body), body),
                gateway.dependencies,
                gateway.gift_dependencies,
            )
            await run_worker(gateway)
            (dispatched_shipment,) = await list_shipments(gateway)
    (call,) = house.documents
    assert (call["type"], house.ids) == ("shipment.ready", [shipment.id])
    assert (dispatched_shipment.carrier, dispatched_shipment.tracking_number) == ("Post", "1Z")
    assert dispatched_shipment.state is ShipmentState.DISPATCHED
    assert [document["type"] for document in shop.documents] == [
        "order.placed",
        "order.scheduled",
        "order.shipped",
    ]
    numbers = [json.loads(body)["data"]["number"] for _, body in shop.calls]
    assert numbers == [number] * 3


async def test_a_calculator_is_told_of_the_order_that_it_computed(demo_folder: Path) -> None:
    with serve_merchant() as merchant:
        settings = Settings(
            data_dir=demo_folder, merchant_url=merchant.url, merchant_secret=SecretStr(SECRET)
        )
        async with bootstrap(settings) as gateway:
            number = await buy(gateway)
            await run_worker(gateway)
    *questions, commit = merchant.documents
    assert {question["type"] for question in questions} == {"calculate"}
    assert commit["type"] == "commit"
    data = commit["data"]
    assert (data["orderNumber"], data["sequence"]) == (number, 1)
    assert (data["calculatedBy"], data["reference"]) == ("MERCHANT", "calc_of_the_merchant")
