"""Reports of the fulfilment house: believed if signed just now, and taken once."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.webhook_calls import SIGNATURE_TOLERANCE, sign_webhook
from gateway.bootstrap import bootstrap
from gateway.engine.orders.order import OrderStatus
from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services import fulfilment_reports
from gateway.services.fulfilment_reports import RETRIED_CODES
from gateway.services.orders.shipment_addresses import load_ship_to
from gateway.services.outcomes import Outcome, error_outcome
from gateway.settings import Settings
from gateway.web_app.app import application
from gateway.web_app.fulfilment_webhook import MAX_BODY_BYTES, PATH
from tests.conftest import AnyDatabase
from tests.endpoints import SECRET
from tests.shelves import MUG
from tests.store import Store

OTHER_SECRET = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
URL = "https://post.example/1Z"
SECOND = timedelta(seconds=1)


@dataclass
class FulfilmentHouse:
    """The fulfilment house, which reports to the gateway."""

    client: httpx.AsyncClient
    store: Store

    async def report(self, id: str, data: object, type: str = "shipment.updated") -> int:
        """The status of the answer to a report."""
        now = self.store.clock.now()
        body = json.dumps({"type": type, "timestamp": now.isoformat(), "data": data})
        return await self.post(id, body, now)

    async def post(
        self, id: str, body: str, sent_at: datetime, secret: str = SECRET, **headers: str
    ) -> int:
        signed_headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": sign_webhook(secret, id, sent_at, body),
        }
        response = await self.client.post(PATH, content=body, headers={**signed_headers, **headers})
        return response.status_code

    async def load_shipment(self, id: str) -> Shipment:
        async with self.store.database.read() as reading:
            shipment = await reading.shipments.find(id)
        assert shipment is not None
        return shipment

    async def list_events(self, shipment: Shipment) -> list[tuple[str, str | None]]:
        """The events of the parcel's order from its scheduling on, and who caused them."""
        async with self.store.database.read() as reading:
            events = await reading.orders.list_events(shipment.order_ids[0], 2, 99)
        return [(event.type, event.actor) for event in events]


@pytest.fixture
async def house(
    databases: AnyDatabase, clock: ManualClock, data_folder: Path
) -> AsyncIterator[FulfilmentHouse]:
    """A fulfilment house that a gateway knows, over each of the databases."""
    store = await Store.open(databases, clock)
    settings = Settings(
        data_dir=data_folder,
        fulfilment_url="http://127.0.0.1:9/",
        fulfilment_secret=SecretStr(SECRET),
    )
    async with bootstrap(settings) as gateway:
        on_store = replace(
            gateway,
            dependencies=store.dependencies,
            gift_dependencies=replace(gateway.gift_dependencies, database=databases, clock=clock),
        )
        async with application(on_store) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                yield FulfilmentHouse(client, store)


@pytest.fixture
async def parcel(house: FulfilmentHouse) -> Shipment:
    """A parcel that is ready."""
    store = house.store
    await (await store.one_click_buyer()).purchase(MUG)
    store.clock.advance(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    async with store.database.read() as reading:
        (shipment,) = await reading.shipments.list_page(None, 9, None)
    return shipment


def left(parcel: Shipment) -> Mapping[str, object]:
    return {
        "id": parcel.id,
        "status": "DISPATCHED",
        "carrier": "Post",
        "trackingNumber": "1Z",
        "trackingUrl": URL,
    }


async def test_reports_move_a_parcel_on_and_take_the_money(
    house: FulfilmentHouse, parcel: Shipment
) -> None:
    """R127."""
    assert await house.report("msg_1", left(parcel)) == 204
    shipment = await house.load_shipment(parcel.id)
    async with house.store.database.read() as reading:
        ship_to = await load_ship_to([parcel.id], reading, house.store.dependencies)
    assert (shipment.state, shipment.carrier, shipment.tracking_number) == (
        ShipmentState.DISPATCHED,
        "Post",
        "1Z",
    )
    assert ship_to[parcel.id].tracking_url == URL
    assert [state for _, state in await house.store.list_charges()] == ["CAPTURED"]
    assert await house.report("msg_2", {"id": parcel.id, "status": "DELIVERED"}) == 204
    order = await house.store.load_order(parcel.order_ids[0])
    assert order.status is OrderStatus.DELIVERED
    assert await house.list_events(parcel) == [("shipped", "carrier"), ("delivered", "carrier")]


async def test_a_replay_and_a_word_out_of_order_change_nothing(
    house: FulfilmentHouse, parcel: Shipment
) -> None:
    """R127: both are acknowledged, so that they do not come again."""
    delivered = {"id": parcel.id, "status": "DELIVERED"}
    assert await house.report("msg_0", delivered) == 204
    assert (await house.load_shipment(parcel.id)) == parcel
    await house.report("msg_1", left(parcel))
    shipment = await house.load_shipment(parcel.id)
    for id, data in (("msg_1", left(parcel)), ("msg_1", delivered), ("msg_2", left(parcel))):
        assert await house.report(id, data) == 204
        assert await house.load_shipment(parcel.id) == shipment
    assert await house.list_events(parcel) == [("shipped", "carrier")]


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("shipment.updated", {"id": "shm_unknown", "status": "DISPATCHED"}),
        ("shipment.updated", {"id": "shm_\0", "status": "DISPATCHED"}),
        ("shipment.updated", {"id": 7, "status": "DISPATCHED"}),
        ("shipment.updated", {"status": "LOST"}),
        ("shipment.updated", {}),
        ("shipment.updated", []),
        ("shipment.weighed", {"grams": 300}),
    ],
)
async def test_what_is_unknown_is_acknowledged(
    house: FulfilmentHouse, type: str, data: object
) -> None:
    """R127."""
    assert await house.report("msg_1", data, type) == 204


async def test_a_forged_a_stale_and_an_altered_report_are_refused(
    house: FulfilmentHouse, parcel: Shipment
) -> None:
    """R127."""
    now, text = house.store.clock.now(), json.dumps({"type": "shipment.updated"})
    body = json.dumps({"type": "shipment.updated", "data": left(parcel)})
    for sent_at in (now - SIGNATURE_TOLERANCE - SECOND, now + SIGNATURE_TOLERANCE + SECOND):
        assert await house.post("msg_1", body, sent_at) == 401
    assert await house.post("msg_1", body, now, OTHER_SECRET) == 401
    signature = sign_webhook(SECRET, "msg_1", now, text)
    for headers in (
        {"webhook-signature": signature},
        {"webhook-signature": ""},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": ""},
    ):
        assert await house.post("msg_1", body, now, **headers) == 401
    assert (await house.client.post(PATH, content=body)).status_code == 401
    assert await house.load_shipment(parcel.id) == parcel
    several = f"{sign_webhook(OTHER_SECRET, 'msg_1', now, body)} "
    several += sign_webhook(SECRET, "msg_1", now, body)
    edge = now - SIGNATURE_TOLERANCE + SECOND
    assert await house.post("msg_0", body, edge) == 204
    assert await house.post("msg_1", body, now, **{"webhook-signature": several}) == 204


async def test_a_body_has_a_limit_and_is_a_json_object(house: FulfilmentHouse) -> None:
    now = house.store.clock.now()
    assert await house.post("msg_1", "x" * (MAX_BODY_BYTES + 1), now) == 413
    for body in ("[]", "{", "\0"):
        assert await house.post("msg_1", body, now) == 400
    assert (await house.client.get(PATH)).status_code == 405


@pytest.mark.parametrize("code", sorted(RETRIED_CODES))
async def test_a_report_that_is_not_possible_now_is_asked_for_again(
    house: FulfilmentHouse, parcel: Shipment, monkeypatch: pytest.MonkeyPatch, code: ErrorCode
) -> None:
    """The same report is taken once it is possible."""

    async def refuse(*_: object) -> Outcome[Shipment]:
        return error_outcome(code, None, "Not now.")

    with monkeypatch.context() as patches:
        patches.setattr(fulfilment_reports, "update_parcel", refuse)
        assert await house.report("msg_1", left(parcel)) == 503
    assert await house.report("msg_1", left(parcel)) == 204
    assert (await house.load_shipment(parcel.id)).state is ShipmentState.DISPATCHED


async def test_without_a_fulfilment_house_there_is_no_such_route(data_folder: Path) -> None:
    settings = Settings(data_dir=data_folder)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert (await client.post(PATH, content="{}")).status_code == 404
