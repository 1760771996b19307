"""Partners' webhooks: endpoints with a secret each, and calling them as Standard Webhooks say."""

import asyncio
import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from gateway.engine.problems import ErrorCode
from gateway.services import vault
from gateway.services.gifts.parts import GiftParts
from gateway.services.keys import counts
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.messages import Unsendable
from gateway.services.ports.vault import Cipher
from gateway.services.ports.webhooks import Calls, Webhook

SECRET_BYTES = 32
MOST_WEBHOOKS = 10
ANSWERED = range(200, 300)
GONE = 410
"""Standard Webhooks: the endpoint is to be called no more."""
MAX_CALLS_AT_ONCE_OF_PARTNER = 4
MAX_FAILURES = 3
"""Calls in a row without an answer; then the endpoint is left alone for ``REST``."""
REST = timedelta(minutes=1)


class Signer(Protocol):
    """Who signs."""

    def __call__(self, secret: str, id: str, at: datetime, body: str) -> str:
        """The signature of ``body``."""
        ...


class NotAnswered(Exception):
    """An endpoint that did not take a call: it is called again later."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A new endpoint and its secret, which is shown this once."""

    id: str
    url: str
    secret: str


async def add_webhook(url: str, partner_id: str, *, parts: GiftParts) -> Outcome[NewWebhook]:
    """The endpoint at ``url``, to be called with every event of the partner's gifts."""
    if not await parts.calls.acceptable(url):
        message = "Not an https URL at a public address: name one that anybody can reach."
        return refused(ErrorCode.INVALID_INPUT, ("input", "url"), message)
    new = NewWebhook(parts.ids.new("whk"), url, _new_secret())
    async with parts.database.begin() as work:
        if len(await work.webhooks.of_partner(partner_id)) >= MOST_WEBHOOKS:
            message = f"At most {MOST_WEBHOOKS} webhooks, disabled ones included: delete one first."
            return refused(ErrorCode.LIMIT_EXCEEDED, None, message)
        sealed = await vault.seal(
            new.secret.encode(), subject=new.id, place=new.id, work=work, cipher=parts.cipher
        )
        await work.webhooks.add(Webhook(new.id, partner_id, url, sealed), parts.clock.now())
    return Outcome(new)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def webhooks_of(partner_id: str, *, parts: GiftParts) -> tuple[Webhook, ...]:
    """A partner's endpoints, in the order of their ids."""
    async with parts.database.read() as reading:
        return await reading.webhooks.of_partner(partner_id)


async def delete_webhook(id: str, partner_id: str, *, parts: GiftParts) -> Outcome[str]:
    """The endpoint's id, which is called no more."""
    async with parts.database.begin() as work:
        if not await work.webhooks.delete(partner_id, id):
            return refused(ErrorCode.NOT_FOUND, ("input", "id"), "You have no such webhook.")
        await vault.forget(id, work=work)
    return Outcome(id)


@dataclass(slots=True)
class Failures:
    """Calls of one endpoint without an answer, in a row, and until when it is left alone."""

    count: int = 0
    rests_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookCourier:
    """Calls endpoints: few at once for one partner, and none that has just failed repeatedly."""

    database: Database
    cipher: Cipher
    clock: Clock
    calls: Calls
    signer: Signer
    _turns: dict[str, asyncio.Semaphore] = field(default_factory=dict, repr=False)
    _failures: dict[str, Failures] = field(default_factory=dict, repr=False)

    async def deliver(self, key: str, body: bytes) -> None:  # noqa: ARG002 - the event's id is the key
        """Call an endpoint with an event; raises ``NotAnswered`` for another try."""
        document = orjson.loads(body)
        webhook, _ = await self._endpoint(document["webhook"])
        many = asyncio.Semaphore(MAX_CALLS_AT_ONCE_OF_PARTNER)
        async with self._turns.setdefault(webhook.partner_id, many):
            # Read anew: it may have been deleted or disabled while others were called.
            webhook, secret = await self._endpoint(webhook.id)
            status = await self._answer(webhook, secret, document["event"], document["body"])
        if status == GONE:
            async with self.database.begin() as work:
                await work.webhooks.disable(webhook.id, self.clock.now())
            raise Unsendable("the endpoint wants no more calls")
        if status not in ANSWERED:
            raise NotAnswered(f"status {status}")

    async def _answer(self, webhook: Webhook, secret: str, event: str, body: str) -> int:
        """The status of the endpoint's answer; ``NotAnswered`` while it is left alone."""
        failures = self._failures.get(webhook.id, Failures())
        if failures.rests_until is not None and self.clock.now() < failures.rests_until:
            raise NotAnswered("it has not answered repeatedly")
        try:
            status = await self._called(webhook, secret, event, body)
        except OSError:
            failures = self._failures.setdefault(webhook.id, failures)
            failures.count += 1
            if failures.count >= MAX_FAILURES:
                failures.rests_until = self.clock.now() + REST
            raise
        self._failures.pop(webhook.id, None)
        return status

    async def _endpoint(self, id: str) -> tuple[Webhook, str]:
        async with self.database.read() as reading:
            webhook = await reading.webhooks.find(id)
            if webhook is None:
                raise Unsendable("the endpoint was deleted")
            if not await counts(webhook.partner_id, reading=reading, now=self.clock.now()):
                raise Unsendable("the partner's key was revoked or has expired")
            if webhook.disabled_at is not None:
                raise Unsendable("the endpoint is disabled")
            secret = await vault.unseal(
                webhook.sealed, subject=id, place=id, reading=reading, cipher=self.cipher
            )
        if secret is None:
            raise Unsendable("the endpoint was deleted")
        return webhook, secret.decode()

    async def _called(self, webhook: Webhook, secret: str, event: str, body: str) -> int:
        now = self.clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.signer(secret, event, now, body),
        }
        return await self.calls.post(webhook.url, body.encode(), headers)
