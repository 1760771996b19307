"""Partners' webhooks: endpoints and their secrets, and calls by Standard Webhooks."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from gateway.engine.user_errors import ErrorCode
from gateway.services import encryption
from gateway.services.api_keys import is_key_active
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.messages import UndeliverableMessage
from gateway.services.ports.webhooks import Webhook, WebhookCalls
from gateway.services.webhook_secrets import new_webhook_secret

MAX_WEBHOOKS = 10
ACCEPTED_STATUSES = range(200, 300)
GONE_STATUS = 410
"""The HTTP status of an endpoint that must not be called any more (Standard Webhooks)."""
MAX_CONCURRENT_CALLS_PER_PARTNER = 4
MAX_FAILURES = 3
"""Failed calls in a row, after which an endpoint is not called for ``RETRY_DELAY``."""
RETRY_DELAY = timedelta(minutes=1)


class WebhookSigner(Protocol):
    """Signs the body of a webhook call."""

    def __call__(self, secret: str, id: str, sent_at: datetime, body: str) -> str:
        """The signature of ``body``."""
        ...


class WebhookNotAccepted(Exception):
    """An endpoint did not accept a call, which is repeated later."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A new endpoint and its secret, which is shown only once."""

    id: str
    url: str
    secret: str


async def add_webhook(
    url: str, partner_id: str, *, dependencies: GiftDependencies
) -> Outcome[NewWebhook]:
    """Add an endpoint at ``url`` for all events of the partner's gifts."""
    if not await dependencies.webhook_calls.is_allowed(url):
        message = "Not an https URL at a public address: name one that anybody can reach."
        return error_outcome(ErrorCode.INVALID_INPUT, ("input", "url"), message)
    new_webhook = NewWebhook(dependencies.ids.new("whk"), url, new_webhook_secret())
    async with dependencies.database.begin() as work:
        if len(await work.webhooks.list_by_partner(partner_id)) >= MAX_WEBHOOKS:
            message = f"At most {MAX_WEBHOOKS} webhooks, disabled ones included: delete one first."
            return error_outcome(ErrorCode.LIMIT_EXCEEDED, None, message)
        sealed = await encryption.seal(
            new_webhook.secret.encode(),
            subject=new_webhook.id,
            context=new_webhook.id,
            work=work,
            cipher=dependencies.cipher,
        )
        await work.webhooks.add(
            Webhook(new_webhook.id, partner_id, url, sealed), dependencies.clock.now()
        )
    return Outcome(new_webhook)


async def list_webhooks(partner_id: str, *, dependencies: GiftDependencies) -> tuple[Webhook, ...]:
    """A partner's endpoints, in the order of their ids."""
    async with dependencies.database.read() as reading:
        return await reading.webhooks.list_by_partner(partner_id)


async def delete_webhook(
    id: str, partner_id: str, *, dependencies: GiftDependencies
) -> Outcome[str]:
    """Delete an endpoint; returns its id."""
    async with dependencies.database.begin() as work:
        if not await work.webhooks.delete(partner_id, id):
            return error_outcome(ErrorCode.NOT_FOUND, ("input", "id"), "You have no such webhook.")
        await encryption.delete_data_key(id, work=work)
    return Outcome(id)


@dataclass(slots=True)
class EndpointFailures:
    """The failed calls of one endpoint in a row, and the end of its pause."""

    count: int = 0
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Calls endpoints: few at once for one partner, and none that is paused after failures."""

    database: Database
    cipher: Cipher
    clock: Clock
    calls: WebhookCalls
    signer: WebhookSigner
    _partner_limits: dict[str, asyncio.Semaphore] = field(default_factory=dict, repr=False)
    _failures: dict[str, EndpointFailures] = field(default_factory=dict, repr=False)

    async def deliver(self, key: str, body: bytes) -> None:  # noqa: ARG002 - the event's id is the key
        """Call an endpoint with an event; raises ``WebhookNotAccepted`` if it must be repeated."""
        document = orjson.loads(body)
        webhook, _ = await self._load_endpoint(document["webhook"])
        new_limit = asyncio.Semaphore(MAX_CONCURRENT_CALLS_PER_PARTNER)
        async with self._partner_limits.setdefault(webhook.partner_id, new_limit):
            # Read again, because it may have been deleted or disabled during other calls.
            webhook, secret = await self._load_endpoint(webhook.id)
            status = await self._call_unless_paused(
                webhook, secret, document["event"], document["body"]
            )
        if status == GONE_STATUS:
            async with self.database.begin() as work:
                await work.webhooks.disable(webhook.id, self.clock.now())
            raise UndeliverableMessage("the endpoint wants no more calls")
        if status not in ACCEPTED_STATUSES:
            raise WebhookNotAccepted(f"status {status}")

    async def _call_unless_paused(
        self, webhook: Webhook, secret: str, event: str, body: str
    ) -> int:
        """The HTTP status of the answer; raises ``WebhookNotAccepted`` during a pause."""
        failures = self._failures.get(webhook.id, EndpointFailures())
        if failures.paused_until is not None and self.clock.now() < failures.paused_until:
            raise WebhookNotAccepted("it has not answered repeatedly")
        try:
            status = await self._post_event(webhook, secret, event, body)
        except OSError:
            failures = self._failures.setdefault(webhook.id, failures)
            failures.count += 1
            if failures.count >= MAX_FAILURES:
                failures.paused_until = self.clock.now() + RETRY_DELAY
            raise
        self._failures.pop(webhook.id, None)
        return status

    async def _load_endpoint(self, id: str) -> tuple[Webhook, str]:
        async with self.database.read() as reading:
            webhook = await reading.webhooks.find(id)
            if webhook is None:
                raise UndeliverableMessage("the endpoint was deleted")
            if not await is_key_active(webhook.partner_id, reading=reading, now=self.clock.now()):
                raise UndeliverableMessage("the partner's key was revoked or has expired")
            if webhook.disabled_at is not None:
                raise UndeliverableMessage("the endpoint is disabled")
            secret = await encryption.unseal(
                webhook.sealed, subject=id, context=id, reading=reading, cipher=self.cipher
            )
        if secret is None:
            raise UndeliverableMessage("the endpoint was deleted")
        return webhook, secret.decode()

    async def _post_event(self, webhook: Webhook, secret: str, event: str, body: str) -> int:
        now = self.clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.signer(secret, event, now, body),
        }
        return await self.calls.post(webhook.url, body.encode(), headers)
