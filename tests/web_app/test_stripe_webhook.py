"""Events of Stripe: kept if signed just now, once, and acknowledged before the work. R132."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.stripe_signatures import sign_event
from gateway.bootstrap import bootstrap
from gateway.services.jobs import DUE_TOPIC
from gateway.services.ports.provider_events import ProviderEvent, ProviderEventState
from gateway.settings import PaymentProviderName, Settings
from gateway.web_app import stripe_webhook
from gateway.web_app.app import application
from gateway.web_app.stripe_webhook import MAX_BODY_BYTES, PATH
from tests.conftest import AnyDatabase
from tests.store import Store

SECRET, OLD_SECRET = "whsec_a1b2c3d4", "whsec_e5f6g7h8"
SECOND = timedelta(seconds=1)


def stripe_settings(folder: Path) -> Settings:
    """Settings of a gateway whose Stripe does not answer."""
    return Settings(
        data_dir=folder,
        payments=PaymentProviderName.STRIPE,
        stripe_secret_key=SecretStr("sk_test_a1b2"),
        stripe_publishable_key="pk_test_a1b2",
        stripe_webhook_secret=SecretStr(f"{SECRET},{OLD_SECRET}"),
        stripe_api_url="http://127.0.0.1:9",
    )


@dataclass
class Sender:
    """Somebody who sends events to the gateway."""

    client: httpx.AsyncClient
    store: Store

    async def send(
        self,
        id: str = "evt_1",
        type: str = "payment_intent.succeeded",
        *,
        age: timedelta = timedelta(),
        secret: str = SECRET,
        object_id: str = "pi_1",
    ) -> int:
        """The status of the answer to an event."""
        body = json.dumps({"id": id, "type": type, "data": {"object": {"id": object_id}}}).encode()
        return await self.post(body, self.sign(body, age, secret))

    def sign(self, body: bytes, age: timedelta = timedelta(), secret: str = SECRET) -> str:
        timestamp = str(int((self.store.clock.now() - age).timestamp()))
        return f"t={timestamp},v1={sign_event(secret, timestamp, body)}"

    async def post(self, body: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {"Stripe-Signature": signature}
        response = await self.client.post(PATH, content=body, headers=headers)
        assert SECRET not in response.text
        return response.status_code

    async def list_events(self) -> list[tuple[str, str, str]]:
        """The events that are kept: ids, types and what they are about."""
        now = self.store.clock.now()
        async with self.store.database.begin() as work:
            events = await work.provider_events.claim(now, now, 99)
        return sorted((event.id, event.type, event.object_id) for event in events)


@pytest.fixture
async def sender(
    databases: AnyDatabase, clock: ManualClock, data_folder: Path
) -> AsyncIterator[Sender]:
    """A sender to a gateway over each of the databases."""
    store = await Store.open(databases, clock)
    settings = stripe_settings(data_folder)
    async with bootstrap(settings) as gateway:
        provider = gateway.dependencies.payment_provider
        on_store = replace(
            gateway, dependencies=replace(store.dependencies, payment_provider=provider)
        )
        async with application(on_store) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                yield Sender(client, store)


async def test_a_signed_event_is_kept_and_wakes_the_worker(sender: Sender) -> None:
    with sender.store.dependencies.wakeups.subscribe(DUE_TOPIC) as subscription:
        assert await sender.send(secret=OLD_SECRET) == 204
        async with asyncio.timeout(30):
            await subscription.wait(60)
    assert await sender.list_events() == [("evt_1", "payment_intent.succeeded", "pi_1")]


async def test_an_event_is_kept_once(sender: Sender) -> None:
    statuses = await asyncio.gather(*(sender.send() for _ in range(9)))
    assert statuses == [204] * 9
    # Whatever a repetition says: its id is known.
    assert await sender.send(object_id="pi_2", age=200 * SECOND) == 204
    assert await sender.list_events() == [("evt_1", "payment_intent.succeeded", "pi_1")]


async def test_what_is_unsigned_forged_old_or_changed_does_nothing(sender: Sender) -> None:
    body = b'{"id": "evt_1", "type": "refund.failed", "data": {"object": {"id": "re_1"}}}'
    assert await sender.post(body, None) == 400
    assert await sender.post(body, "") == 400
    assert await sender.send(secret="whsec_i9j0k1l2") == 400
    assert await sender.send(age=301 * SECOND) == 400
    assert await sender.send(age=-301 * SECOND) == 400
    assert await sender.post(body + b"\n", sender.sign(body)) == 400
    assert await sender.list_events() == []
    assert await sender.post(body, sender.sign(body)) == 204


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": 1}', b"\xff"])
async def test_what_is_signed_and_no_event_is_refused(sender: Sender, body: bytes) -> None:
    assert await sender.post(body, sender.sign(body)) == 400
    assert await sender.list_events() == []


async def test_unknown_types_are_acknowledged_and_not_kept(sender: Sender) -> None:
    assert await sender.send(type="invoice.paid", object_id="in_1") == 204
    assert await sender.send(type="payment_intent.succeeded", object_id="a/b") == 204
    assert await sender.list_events() == []


async def test_large_and_slow_bodies_end(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    padding = b" " * (MAX_BODY_BYTES - 60)
    body = b'{"id": "evt_1", "type": "refund.failed"' + padding + b"}"
    assert len(body) < MAX_BODY_BYTES
    assert await sender.post(body, sender.sign(body)) == 204
    large_body = body + b" " * 61
    assert await sender.post(large_body, sender.sign(large_body)) == 413
    monkeypatch.setattr(stripe_webhook, "BODY_TIMEOUT_SECONDS", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    response = await sender.client.post(PATH, content=drip())
    assert response.status_code == 408
    assert await sender.list_events() == []


async def test_nothing_of_the_simulation_is_beside_stripe(sender: Sender) -> None:
    for path in ("/sim/charges", "/sim/3ds/abc"):
        assert (await sender.client.get(path)).status_code == 404
    assert (await sender.client.post("/sim/3ds/abc")).status_code == 404
    assert (await sender.client.get(PATH)).status_code == 404


async def test_dead_letters_are_shown_and_tried_again(sender: Sender) -> None:
    now = sender.store.clock.now()
    event = ProviderEvent("evt_1", "refund.failed", "re_1", now)
    async with sender.store.database.begin() as work:
        assert await work.provider_events.add(event)
        await work.provider_events.finish(event, ProviderEventState.FAILED, "ValueError")
        (failed_event,) = await work.provider_events.list_failed(9)
    assert (failed_event.failure, failed_event.state) == ("ValueError", ProviderEventState.FAILED)
    assert await sender.send(type="refund.failed", object_id="re_1") == 204
    assert await sender.list_events() == []
    async with sender.store.database.begin() as work:
        assert await work.provider_events.retry(failed_event, now)
        assert not await work.provider_events.retry(failed_event, now)
    assert await sender.list_events() == [("evt_1", "refund.failed", "re_1")]
