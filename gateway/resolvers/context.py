"""What every resolver of one operation shares."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import strawberry

from gateway.engine.offers import Standing
from gateway.engine.problems import UserError
from gateway.resolvers.bounded import Weighed
from gateway.resolvers.loaders import (
    GiftLoader,
    GiftOrderLoader,
    ProductVariantsLoader,
    TrackingPageLoader,
    VariantLoader,
)
from gateway.services import order_access
from gateway.services.gifts.access import gift_caller
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller
from gateway.services.identity.callers import Caller
from gateway.services.identity.one_click import standing
from gateway.services.parts import Parts

MAX_SEQUENCE_DIGITS = 18

BREATHS = 8
"""Rounds of the loop: enough for a small request to come, be answered and go."""


class Turn:
    """Lets one in at a time, and everybody else on the loop do something in between."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._taken = False

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        if self._taken:
            for _ in range(BREATHS):
                await asyncio.sleep(0)
        self._taken = True

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


@dataclass
class Context:
    """One operation's surroundings: the gateway's parts, who is asking, and what was loaded.

    ``anew`` recognises whoever is asking once more; None where they cannot change.
    ``last_event_id`` is the last event of a stream that broke off, where the caller goes on.
    """

    parts: Parts
    caller: Caller
    gifts: GiftParts
    anew: Callable[[], Awaitable[Caller]] | None = None
    last_event_id: str | None = None
    inputs: Weighed = field(default_factory=Weighed)
    """What the inputs of the operation weigh, over all its root fields."""

    async def caller_now(self) -> Caller:
        """Who is asking by now: a sign-in, a key, a device's purchaser may have ended meanwhile."""
        return await self.anew() if self.anew else self.caller

    def last_sequence(self, after: int | None) -> int | None:
        """The sequence number to go on after: of a stream that broke off, else ``after``."""
        told = self.last_event_id or ""
        known = told.isascii() and told.isdigit() and len(told) <= MAX_SEQUENCE_DIGITS
        return int(told) if known else after

    def become(self, caller: Caller) -> None:
        """Let ``caller`` be who is asking: what was read for the one before counts no more."""
        self.caller = caller
        self.__dict__.pop("offering", None)

    @cached_property
    def turn(self) -> Turn:
        """Taken while a purchase is found, which is then answered: one after the other."""
        return Turn()

    @cached_property
    def variants(self) -> VariantLoader:
        """Variants by id."""
        return VariantLoader(self.parts)

    @cached_property
    def product_variants(self) -> ProductVariantsLoader:
        """Variants by their product's id."""
        return ProductVariantsLoader(self.parts)

    @cached_property
    def tracking_pages(self) -> TrackingPageLoader:
        """The carriers' pages of orders."""
        return TrackingPageLoader(self.parts)

    @cached_property
    def gift_orders(self) -> GiftOrderLoader:
        """The caller's gift orders by id."""
        return GiftOrderLoader(self._whose, self.gifts)

    @cached_property
    def own_gifts(self) -> GiftLoader:
        """The caller's gifts by id."""
        return GiftLoader(self._whose, self.gifts)

    def _whose(self) -> GiftCaller | UserError:
        return gift_caller(self.caller, parts=self.gifts)

    @cached_property
    def offering(self) -> "asyncio.Task[Offering]":
        """What all one-click buttons of this operation are made of, read once."""
        return asyncio.ensure_future(_offering(self))


@dataclass(frozen=True, slots=True)
class Offering:
    """What the caller keeps and has enabled here, and what they have just clicked."""

    standing: Standing | None
    clicked: frozenset[str]


async def _offering(context: Context) -> Offering:
    caller, parts = context.caller, context.parts
    async with parts.database.read() as reading:
        found = await standing(caller=caller, reading=reading, cipher=parts.cipher)
        if found is None:
            return Offering(None, frozenset())
        return Offering(found, await order_access.clicked(caller, reading, parts))


Info: TypeAlias = strawberry.Info[Context, None]
