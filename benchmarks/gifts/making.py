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
from gateway.engine.gifts.values import Gift, PartialAddress
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.identity.demo import ADA
from gateway.services.identity.registering import by_email
from gateway.services.outbox import SendMessages
from gateway.services.ports.outbox import MessageKind
from gateway.services.stepping import Step
from gateway.worker import turn

AT_ONCE = 100
"""Recipients of one request."""
SECRET = re.compile(r"/gift#([\w-]+)")
NO_QUESTIONS = "sim_ok"
KNOWN = PartialAddress(
    DESTINATION.country,
    DESTINATION.region,
    DESTINATION.city,
    DESTINATION.postal_code,
    ("1 Oak Street",),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A gift that awaits its recipient, and the secret of the link they were sent."""

    gift: str
    secret: str


@dataclass
class Letterbox:
    """A courier to a mailbox in memory: it leaves the files out, or the mail server."""

    links: list[Link] = field(default_factory=list)

    async def deliver(self, key: str, body: bytes) -> None:
        """Keep the link in the letter, if there is one."""
        found = SECRET.search(json.loads(body)["text"])
        if found:
            self.links.append(Link(key.partition(".")[0], found[1]))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Gateway]:
    """The gateway on the shop in ``folder``, in this process."""
    url = read_shop(folder).database_url
    async with bootstrap(settings(folder, url)) as gateway:
        yield gateway


async def begun(gateway: Gateway, count: int, postal: PartialAddress | None = None) -> list[Gift]:
    """So many new gifts, by e-mail or, where ``postal`` is whole, to that address."""
    parts = gateway.gifts
    giver, method = await _giver(parts)
    variant = read_shop(gateway.settings.data_dir).variants[0]
    made: list[Gift] = []
    for recipients in _recipients(count, postal):
        request = GiftRequest(
            variant,
            recipients,
            idempotency_key=str(uuid.uuid4()),
            message="For you.",
            payment_method_id=method,
        )
        outcome = await create_gifts(request, GiftCaller(giver), parts=parts)
        assert outcome.value is not None, outcome
        made += outcome.value
    return made


async def _giver(parts: GiftParts) -> tuple[str, str]:
    """The ids of who gives and of their payment method that the bank asks nothing about."""
    async with parts.database.read() as reading:
        giver = await by_email(ADA.email, reading=reading, cipher=parts.cipher)
        assert giver is not None
        for record in await reading.payment_methods.of(giver):
            method = await parts.givers.payment_method(giver, record.id, reading)
            if method is not None and method.provider_token == NO_QUESTIONS:
                return giver, method.id
    raise LookupError("the demonstration's purchaser cannot pay")


def _recipients(
    count: int, postal: PartialAddress | None
) -> Iterator[tuple[RecipientDetails, ...]]:
    for first in range(0, count, AT_ONCE):
        yield tuple(
            RecipientDetails(f"Grace Hopper {number}", None if postal else _mail(), postal=postal)
            for number in range(first, min(count, first + AT_ONCE))
        )


def _mail() -> str:
    return f"{uuid.uuid4().hex}@example.com"


async def awaited(gateway: Gateway, count: int) -> list[Link]:
    """So many gifts whose recipients were written to."""
    await begun(gateway, count)
    box, parts = Letterbox(), gateway.parts
    await exhausted(SendMessages(parts.database, parts.cipher, {MessageKind.MAIL: box}), gateway)
    assert len(box.links) == count
    return box.links


async def resolved(gateway: Gateway, count: int) -> list[str]:
    """The ids of so many gifts that can be dispatched."""
    made = await begun(gateway, count, KNOWN)
    await exhausted(ResolveGifts(gateway.gifts), gateway)
    return [each.id for each in made]


async def exhausted(step: Step[Any], gateway: Gateway) -> None:
    """Take what is due further until nothing is."""
    while await turn((step,), await gateway.database.now()):
        pass
