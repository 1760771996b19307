"""What every resolver of one operation shares."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import strawberry

from gateway.engine.identity.one_click_offers import OneClickSetup
from gateway.engine.user_errors import UserError
from gateway.resolvers.argument_guards import OperationUsage
from gateway.resolvers.loaders import (
    GiftLoader,
    GiftOrderLoader,
    ProductVariantsLoader,
    TrackingPageLoader,
    VariantLoader,
)
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.access import require_gift_caller
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.requests import GiftCaller
from gateway.services.identity.callers import Caller
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.orders import access

MAX_SEQUENCE_DIGITS = 18

YIELD_ROUNDS = 8
"""Rounds of the loop: enough for a small request to come, be answered and go."""


class FairLock:
    """Lets one in at a time, and everybody else on the loop do something in between."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._was_acquired = False

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        if self._was_acquired:
            for _ in range(YIELD_ROUNDS):
                await asyncio.sleep(0)
        self._was_acquired = True

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


@dataclass
class Context:
    """One operation's surroundings: the gateway's parts, who is asking, and what was loaded.

    ``reauthenticate`` recognises whoever is asking once more; None where they cannot change.
    ``last_event_id`` is the last event of a stream that broke off, where the caller goes on.
    """

    dependencies: Dependencies
    caller: Caller
    gift_dependencies: GiftDependencies
    reauthenticate: Callable[[], Awaitable[Caller]] | None = None
    last_event_id: str | None = None
    usage: OperationUsage = field(default_factory=OperationUsage)
    """What the inputs of the operation weigh, over all its root fields."""

    async def load_current_caller(self) -> Caller:
        """Who is asking by now: a sign-in, a key, a device's purchaser may have ended meanwhile."""
        return await self.reauthenticate() if self.reauthenticate else self.caller

    def last_sequence(self, after: int | None) -> int | None:
        """The sequence number to go on after: of a stream that broke off, else ``after``."""
        event_id = self.last_event_id or ""
        is_sequence = (
            event_id.isascii() and event_id.isdigit() and len(event_id) <= MAX_SEQUENCE_DIGITS
        )
        return int(event_id) if is_sequence else after

    def set_caller(self, caller: Caller) -> None:
        """Let ``caller`` be who is asking: what was read for the one before counts no more."""
        self.caller = caller
        self.__dict__.pop("one_click_context", None)

    @cached_property
    def purchase_lock(self) -> FairLock:
        """Taken while a purchase is found, which is then answered: one after the other."""
        return FairLock()

    @cached_property
    def variants(self) -> VariantLoader:
        """Variants by id."""
        return VariantLoader(self.dependencies)

    @cached_property
    def product_variants(self) -> ProductVariantsLoader:
        """Variants by their product's id."""
        return ProductVariantsLoader(self.dependencies)

    @cached_property
    def tracking_pages(self) -> TrackingPageLoader:
        """The carriers' pages of orders."""
        return TrackingPageLoader(self.dependencies)

    @cached_property
    def gift_orders(self) -> GiftOrderLoader:
        """The caller's gift orders by id."""
        return GiftOrderLoader(self._gift_caller, self.gift_dependencies)

    @cached_property
    def own_gifts(self) -> GiftLoader:
        """The caller's gifts by id."""
        return GiftLoader(self._gift_caller, self.gift_dependencies)

    def _gift_caller(self) -> GiftCaller | UserError:
        return require_gift_caller(self.caller, dependencies=self.gift_dependencies)

    @cached_property
    def one_click_context(self) -> "asyncio.Task[OneClickContext]":
        """What all one-click buttons of this operation are made of, read once."""
        return asyncio.ensure_future(_load_one_click_context(self))


@dataclass(frozen=True, slots=True)
class OneClickContext:
    """What the caller keeps and has enabled here, and what they have just clicked."""

    setup: OneClickSetup | None
    undoable_variants: frozenset[str]


async def _load_one_click_context(context: Context) -> OneClickContext:
    caller, dependencies = context.caller, context.dependencies
    async with dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=dependencies.cipher)
        if setup is None:
            return OneClickContext(None, frozenset())
        return OneClickContext(
            setup, await access.list_undoable_variants(caller, reading, dependencies)
        )


Info: TypeAlias = strawberry.Info[Context, None]
