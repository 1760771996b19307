"""Gifts to measure with, made and taken further by the use cases themselves, in this process."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.shop import DESTINATION, read_shop, settings
from gateway.bootstrap import Gateway, bootstrap
from gateway.engine.gifts.gift import Gift, PartialAddress
from gateway.services.demo.purchasers import ADA
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.jobs import Job
from gateway.services.outbox import OutboxSender
from gateway.services.ports.outbox import MessageKind
from gateway.worker import run_due_jobs

RECIPIENTS_PER_REQUEST = 100
"""Recipients of one request."""
LINK_SECRET = re.compile(r"/gift#([\w-]+)")
UNCHALLENGED_METHOD = "sim_ok"
KNOWN_ADDRESS = PartialAddress(
    DESTINATION.country,
    DESTINATION.region,
    DESTINATION.city,
    DESTINATION.postal_code,
    ("1 Oak Street",),
)


@dataclass(frozen=True, slots=True)
class GiftLink:
    """A gift that awaits its recipient, and the secret of the link they were sent."""

    gift: str
    secret: str


@dataclass
class LinkCollector:
    """A courier to a mailbox in memory: it leaves the files out, or the mail server."""

    links: list[GiftLink] = field(default_factory=list)

    async def deliver(self, key: str, body: bytes) -> None:
        """Keep the link in the letter, if there is one."""
        match = LINK_SECRET.search(json.loads(body)["text"])
        if match:
            self.links.append(GiftLink(key.partition(".")[0], match[1]))


@asynccontextmanager
async def open_gateway(folder: Path) -> AsyncIterator[Gateway]:
    """The gateway on the shop in ``folder``, in this process."""
    url = read_shop(folder).database_url
    async with bootstrap(settings(folder, url)) as gateway:
        yield gateway


async def add_gifts(
    gateway: Gateway, count: int, postal: PartialAddress | None = None
) -> list[Gift]:
    """So many new gifts, by e-mail or, where ``postal`` is whole, to that address."""
    dependencies = gateway.gift_dependencies
    giver, method = await _find_giver(dependencies)
    variant = read_shop(gateway.settings.data_dir).variants[0]
    gifts: list[Gift] = []
    for recipients in _recipients(count, postal):
        request = GiftRequest(
            variant,
            recipients,
            idempotency_key=str(uuid.uuid4()),
            message="For you.",
            payment_method_id=method,
        )
        outcome = await create_gifts(request, GiftCaller(giver), dependencies=dependencies)
        assert outcome.value is not None, outcome
        gifts += outcome.value
    return gifts


async def _find_giver(dependencies: GiftDependencies) -> tuple[str, str]:
    """The ids of who gives and of their payment method that the bank asks nothing about."""
    async with dependencies.database.read() as reading:
        giver = await find_purchaser_id(ADA.email, reading=reading, cipher=dependencies.cipher)
        assert giver is not None
        for record in await reading.payment_methods.list_for(giver):
            method = await dependencies.givers.find_payment_method(giver, record.id, reading)
            if method is not None and method.provider_token == UNCHALLENGED_METHOD:
                return giver, method.id
    raise LookupError("the demonstration's purchaser cannot pay")


def _recipients(
    count: int, postal: PartialAddress | None
) -> Iterator[tuple[RecipientDetails, ...]]:
    for first in range(0, count, RECIPIENTS_PER_REQUEST):
        yield tuple(
            RecipientDetails(
                f"Grace Hopper {number}", None if postal else _random_email(), postal=postal
            )
            for number in range(first, min(count, first + RECIPIENTS_PER_REQUEST))
        )


def _random_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


async def create_links(gateway: Gateway, count: int) -> list[GiftLink]:
    """So many gifts whose recipients were written to."""
    await add_gifts(gateway, count)
    collector, dependencies = LinkCollector(), gateway.dependencies
    await run_until_idle(
        OutboxSender(dependencies.database, dependencies.cipher, {MessageKind.MAIL: collector}),
        gateway,
    )
    assert len(collector.links) == count
    return collector.links


async def create_resolved_gifts(gateway: Gateway, count: int) -> list[str]:
    """The ids of so many gifts that can be dispatched."""
    gifts = await add_gifts(gateway, count, KNOWN_ADDRESS)
    await run_until_idle(GiftResolver(gateway.gift_dependencies), gateway)
    return [gift.id for gift in gifts]


async def run_until_idle(job: Job[Any], gateway: Gateway) -> None:
    """Take what is due further until nothing is."""
    while await run_due_jobs((job,), await gateway.database.now()):
        pass
