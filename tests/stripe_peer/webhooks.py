"""Events on their way to a webhook: signed, late, twice, in another order, or never."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence

from tests.stripe_peer.account import Account
from tests.stripe_peer.answers import JsonObject

_TASKS: set[asyncio.Task[None]] = set()


def event_body(event: JsonObject) -> bytes:
    return json.dumps(event, indent=2).encode()


def signature_header(body: bytes, at: int, signing_secrets: Sequence[str]) -> str:
    """``Stripe-Signature``: one ``v1`` for each secret."""
    signatures = [
        hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in signing_secrets
    ]
    return ",".join([f"t={at}", *(f"v1={signature}" for signature in signatures)])


def send_events(account: Account) -> None:
    """Start sending what happened since, as the account's webhook was told to."""
    events, account.unsent_events = account.unsent_events, []
    webhook = account.webhook
    if webhook is None or webhook.manner == "never":
        return
    if webhook.manner == "reordered":
        events.reverse()
    if webhook.manner == "twice":
        events = [event for event in events for _ in range(2)]
    if events:
        task = asyncio.create_task(_send(account, webhook.url, webhook.delay, events))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)


async def _send(account: Account, url: str, delay: float, events: list[JsonObject]) -> None:
    import httpx

    await asyncio.sleep(delay)
    async with httpx.AsyncClient(timeout=60) as client:
        for event in events:
            body = event_body(event)
            header = signature_header(body, account.now(), [account.webhook_secret])
            try:
                answer = await client.post(
                    url,
                    content=body,
                    headers={"stripe-signature": header, "content-type": "application/json"},
                )
                status = answer.status_code
            except httpx.HTTPError:
                status = 0
            account.deliveries.append({"id": event["id"], "type": event["type"], "status": status})
