"""A partner's endpoint on a real port: signed calls, tried again, never sent elsewhere."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.adapters.webhook_calls import sign_webhook
from gateway.bootstrap import Gateway, bootstrap
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.webhooks import (
    MAX_CONCURRENT_CALLS_PER_PARTNER,
    MAX_FAILURES,
    WebhookDelivery,
    WebhookNotAccepted,
    add_webhook,
    list_webhooks,
)
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.ports.api_keys import ApiKey, ApiKeyRecord, ApiKeyRole
from gateway.settings import Settings
from gateway.worker import run_due_jobs

PARTNER = "key_partner"
ROBIN = RecipientDetails(
    name="Robin Doe", email="robin@example.com", phone="+14155552671", hints="the red door"
)
EVENTS = {"type", "timestamp", "data"}
DATA = {"id", "giftId", "sequence", "type", "status", "occurredAt"}


@dataclass
class Endpoint:
    """Answers as it is told to, else with 204; keeps what it was sent."""

    answers: list[str]
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        named = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in named}
        body = await reader.readexactly(int(headers["content-length"]))
        self.calls.append((first, headers, body))
        status = self.answers.pop(0) if self.answers else "204 No Content"
        end = "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        writer.write(f"HTTP/1.1 {status}{end}".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serve_endpoint(endpoint: Endpoint) -> AsyncIterator[str]:
    server = await asyncio.start_server(endpoint.answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


@pytest.fixture
async def gateway(demo_folder: Path) -> AsyncIterator[Gateway]:
    settings = Settings(data_dir=demo_folder, webhooks_private=True)
    async with bootstrap(settings) as started_gateway:
        await register_partner_key(started_gateway, PARTNER)
        yield started_gateway


async def register_partner_key(gateway: Gateway, id: str) -> None:
    """Register a partner's key."""
    key = ApiKeyRecord(ApiKey(id, id, ApiKeyRole.PARTNER, None), gateway.dependencies.clock.now())
    async with gateway.database.begin() as work:
        await work.api_keys.add(key, f"digest of {id}")


async def give_gift(gateway: Gateway, key: str = "a gift") -> str:
    """A gift of the partner's."""
    parts = gateway.gift_dependencies
    async with parts.database.read() as reading:
        giver = await find_purchaser_id("grace@example.com", reading=reading, cipher=parts.cipher)
        [id] = (await reading.catalogue.find_product_ids_by_sku(["MUG-WHITE"]))["MUG-WHITE"]
        variants = (await reading.catalogue.list_listed_variants([id]))[id]
    assert giver is not None
    request = GiftRequest(variants[0].id, (ROBIN,), key)
    outcome = await create_gifts(request, GiftCaller(giver, PARTNER), dependencies=parts)
    assert outcome.value is not None, outcome.user_errors
    return outcome.value[0].id


async def run_worker(gateway: Gateway, later: timedelta = timedelta()) -> None:
    while await run_due_jobs(gateway.jobs, await gateway.database.now() + later):
        later = timedelta()


async def test_an_endpoint_is_called_until_it_takes_each_event(gateway: Gateway) -> None:  # R127
    elsewhere = Endpoint([])
    async with serve_endpoint(elsewhere) as trap:
        moved = f"302 Found\r\nlocation: {trap}"
        endpoint = Endpoint(["500 Oops", moved, moved])
        async with serve_endpoint(endpoint) as url:
            outcome = await add_webhook(url, PARTNER, dependencies=gateway.gift_dependencies)
            assert outcome.value is not None
            gift = await give_gift(gateway)
            for tried in range(4):
                await run_worker(gateway, timedelta(minutes=5 * tried))
    assert elsewhere.calls == []
    signed = Webhook(outcome.value.secret)
    events = [signed.verify(body, headers) for _, headers, body in endpoint.calls]
    assert len(events) == 5
    delivered_by_id = {
        headers["webhook-id"]: event
        for (_, headers, _), event in zip(endpoint.calls, events, strict=True)
    }
    assert len(delivered_by_id) == 2
    assert sorted(
        (event["data"]["sequence"], event["type"]) for event in delivered_by_id.values()
    ) == [
        (1, "gift.created"),
        (2, "gift.contactable"),
    ]
    for id, event in delivered_by_id.items():
        assert (set(event), set(event["data"])) == (EVENTS, DATA)
        assert (event["data"]["id"], event["data"]["giftId"]) == (id, gift)
    first, headers, body = endpoint.calls[0]
    assert (first, headers["content-type"]) == ("POST /hook HTTP/1.1", "application/json")
    sent = b"".join(body for _, _, body in endpoint.calls).decode()
    assert [each for each in ("Robin", "robin@", "415555", "red door") if each in sent] == []
    with pytest.raises(WebhookVerificationError):
        signed.verify(body + b" ", headers)


async def test_an_endpoint_that_is_gone_is_called_no_more(gateway: Gateway) -> None:  # R127
    """Standard Webhooks: 410 disables an endpoint; its other endpoint is called as before."""
    gone, well = Endpoint(["410 Gone"] * 9), Endpoint([])
    async with serve_endpoint(gone) as url, serve_endpoint(well) as well_url:
        await add_webhook(url, PARTNER, dependencies=gateway.gift_dependencies)
        await add_webhook(well_url, PARTNER, dependencies=gateway.gift_dependencies)
        await give_gift(gateway)
        await run_worker(gateway)
        called = len(gone.calls)
        assert called in (1, 2)
        for tried in range(3):
            await give_gift(gateway, f"gift {tried}")
            await run_worker(gateway, timedelta(hours=tried))
    assert len(gone.calls) == called
    assert len(well.calls) == 8
    webhooks = await list_webhooks(PARTNER, dependencies=gateway.gift_dependencies)
    assert {each.url: each.disabled_at is None for each in webhooks} == {url: False, well_url: True}


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
async def test_an_endpoint_of_a_key_that_counts_no_more_is_not_called(
    gateway: Gateway, demo_folder: Path, end: str
) -> None:
    # R97, R103
    endpoint = Endpoint([])
    async with serve_endpoint(endpoint) as url:
        outcome = await add_webhook(url, PARTNER, dependencies=gateway.gift_dependencies)
        assert outcome.value is not None
        await give_gift(gateway)
        connection = sqlite3.connect(demo_folder / "gateway.db")
        connection.execute(f"UPDATE api_keys SET {end} = 1")  # noqa: S608 - one of two names
        connection.commit()
        connection.close()
        for tried in range(3):
            await run_worker(gateway, timedelta(hours=tried))
    assert endpoint.calls == []


async def test_an_endpoint_that_does_not_answer_is_left_alone(gateway: Gateway) -> None:  # R127
    """A hundred events for it do not take a hundred time-outs, nor hold up another partner's."""
    body = orjson.dumps({"type": "gift.created"}).decode()
    tried: list[str] = []

    class Silent:
        async def is_allowed(self, _: str) -> bool:
            return True

        async def post(self, url: str, _body: bytes, _headers: dict[str, str]) -> int:
            tried.append(url)
            await asyncio.sleep(0)
            if url.endswith("silent"):
                raise TimeoutError
            return 204

    parts = gateway.gift_dependencies
    for name in ("silent", "other"):
        await register_partner_key(gateway, f"key_{name}")
    added = [
        await add_webhook(f"http://127.0.0.1/{name}", f"key_{name}", dependencies=parts)
        for name in ("silent", "other")
    ]
    silent, other_webhook = (each.value.id for each in added if each.value is not None)
    courier = WebhookDelivery(gateway.database, parts.cipher, parts.clock, Silent(), sign_webhook)
    message = {"webhook": silent, "event": "evt", "body": body}
    failures = await asyncio.gather(
        *(courier.deliver(f"k{each}", orjson.dumps(message)) for each in range(100)),
        return_exceptions=True,
    )
    assert {type(each) for each in failures} == {TimeoutError, WebhookNotAccepted}
    assert len(tried) <= MAX_FAILURES + MAX_CONCURRENT_CALLS_PER_PARTNER
    await courier.deliver("k", orjson.dumps(message | {"webhook": other_webhook}))
    assert tried[-1].endswith("other")
