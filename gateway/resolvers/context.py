"""The context that all resolvers of one operation share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeAlias

import strawberry

from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.engine.user_errors import UserError
from gateway.resolvers.argument_guards import OperationUsage
from gateway.resolvers.loaders import (
    DeliveryLoader,
    GiftLoader,
    GiftOrderLoader,
    OpenedOrderLoader,
    OrderEventsLoader,
    OrderLoader,
    OrderShipmentsLoader,
    ProductLoader,
    ProductVariantsLoader,
    ShipToLoader,
    StaffGiftLoader,
    TrackingPageLoader,
    VariantLoader,
)
from gateway.resolvers.offer_loaders import OneClickPriceLoader
from gateway.resolvers.one_click_context import OneClickContext
from gateway.resolvers.refund_loaders import BatchLoader
from gateway.services.account_erasure import AccountDependencies
from gateway.services.catalogue.collections import load_collection_ids, load_collections
from gateway.services.catalogue.product_pages import load_all_variants, load_tax_inclusion
from gateway.services.checkout.one_click_offers import (
    OneClickPricing,
    UndoableClick,
    find_undoable_clicks,
    load_one_click_pricing,
)
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.access import require_gift_caller
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.requests import GiftCaller
from gateway.services.identity.callers import Caller
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.operation_calculator import OperationCalculator
from gateway.services.orders import access, refund_reads
from gateway.services.orders.disputes import load_disputes
from gateway.services.parcels import ParcelDependencies
from gateway.services.ports.disputes import Dispute
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.refunds import OrderRefund, StoredReturn

CALLER_READS = (
    "one_click_context",
    "one_click_orders",
    "undoable_clicks",
    "one_click_pricing",
    "one_click_prices",
    "opened_orders",
)
"""The cached properties that depend on the caller."""
MAX_SEQUENCE_DIGITS = 18
YIELD_ROUNDS = 8
"""Turns of the event loop, enough to receive and answer a small request."""


async def let_others_run() -> None:
    """Let the other tasks of the loop run."""
    for _ in range(YIELD_ROUNDS):
        await asyncio.sleep(0)


class FairLock:
    """A lock that lets other tasks of the loop run before each further acquisition."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._was_acquired = False

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        if self._was_acquired:
            await let_others_run()
        self._was_acquired = True

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


@dataclass
class Context:
    """The context of one operation: the dependencies, the caller, and the loaders.

    ``reauthenticate`` authenticates the caller again; None if the caller cannot change.
    ``last_event_id`` is the last event of an interrupted stream that the caller continues.
    """

    dependencies: Dependencies
    caller: Caller
    gift_dependencies: GiftDependencies
    reauthenticate: Callable[[], Awaitable[Caller]] | None = None
    last_event_id: str | None = None
    usage: OperationUsage = field(default_factory=OperationUsage)
    """The weight of the operation's inputs, over all its root fields."""

    def __post_init__(self) -> None:
        """Let the operation ask the merchant's calculator of a purchase once, if there is one."""
        calculator = self.dependencies.calculator
        if calculator is not None:
            self.dependencies = replace(
                self.dependencies, calculator=OperationCalculator(calculator)
            )

    async def load_current_caller(self) -> Caller:
        """The present caller, because a session, key or mapping may have ended meanwhile."""
        return await self.reauthenticate() if self.reauthenticate else self.caller

    def last_sequence(self, after: int | None) -> int | None:
        """The sequence number after which to continue: of an interrupted stream, else ``after``."""
        event_id = self.last_event_id or ""
        is_sequence = (
            event_id.isascii() and event_id.isdigit() and len(event_id) <= MAX_SEQUENCE_DIGITS
        )
        return int(event_id) if is_sequence else after

    def set_caller(self, caller: Caller) -> None:
        """Change the caller, and discard everything that was loaded for the previous one."""
        self.caller = caller
        for name in CALLER_READS:
            self.__dict__.pop(name, None)

    @cached_property
    def purchase_lock(self) -> FairLock:
        """A lock under which purchases are loaded and answered one after the other."""
        return FairLock()

    @cached_property
    def variants(self) -> VariantLoader:
        """Variants by id."""
        return VariantLoader(self.dependencies)

    @cached_property
    def products(self) -> ProductLoader:
        """Products by id."""
        return ProductLoader(self.dependencies)

    @cached_property
    def product_variants(self) -> ProductVariantsLoader:
        """Variants by their product's id."""
        return ProductVariantsLoader(self.dependencies, self.variants)

    @cached_property
    def all_product_variants(self) -> BatchLoader[tuple[Variant, ...]]:
        """Variants by their product's id, those that are not listed, too."""
        return BatchLoader(self.dependencies.database, load_all_variants, ())

    @cached_property
    def collections(self) -> BatchLoader[Collection | None]:
        """Collections by id."""
        return BatchLoader(self.dependencies.database, load_collections, None)

    @cached_property
    def collection_ids(self) -> BatchLoader[tuple[str, ...]]:
        """The ids of collections by the id of a product in them."""
        return BatchLoader(self.dependencies.database, load_collection_ids, ())

    @cached_property
    def tax_inclusion(self) -> BatchLoader[bool]:
        """Whether prices include tax, by currency code."""
        read = partial(load_tax_inclusion, dependencies=self.dependencies)
        return BatchLoader(self.dependencies.database, read, missing=False)

    @cached_property
    def tracking_pages(self) -> TrackingPageLoader:
        """The carriers' tracking pages by order id."""
        return TrackingPageLoader(self.dependencies)

    @cached_property
    def deliveries(self) -> DeliveryLoader:
        """To whom and where orders go."""
        return DeliveryLoader(self.dependencies)

    @cached_property
    def opened_orders(self) -> OpenedOrderLoader:
        """Which guests' orders were opened to the calling client."""
        return OpenedOrderLoader(self.caller, self.dependencies)

    async def is_opened(self, order: Order) -> bool:
        """Whether ``order`` is a guest's that was opened to the calling client by its link."""
        return order.purchaser_id is None and await self.opened_orders.load(order.id)

    @cached_property
    def order_events(self) -> OrderEventsLoader:
        """Pages of what happened to orders."""
        return OrderEventsLoader(self.dependencies)

    @cached_property
    def orders(self) -> OrderLoader:
        """Orders by id."""
        return OrderLoader(self.dependencies)

    @cached_property
    def order_payments(self) -> BatchLoader[tuple[OrderPayment, ...]]:
        """The charges of orders."""
        return BatchLoader(self.dependencies.database, refund_reads.load_payments, ())

    @cached_property
    def order_refunds(self) -> BatchLoader[tuple[OrderRefund, ...]]:
        """The refunds of orders."""
        return BatchLoader(self.dependencies.database, refund_reads.load_refunds, ())

    @cached_property
    def order_returns(self) -> BatchLoader[tuple[StoredReturn, ...]]:
        """The returns of orders."""
        return BatchLoader(self.dependencies.database, refund_reads.load_returns, ())

    @cached_property
    def order_disputes(self) -> BatchLoader[tuple[Dispute, ...]]:
        """The disputes of orders."""
        return BatchLoader(self.dependencies.database, load_disputes, ())

    @cached_property
    def refunds(self) -> BatchLoader[OrderRefund | None]:
        """Refunds by id."""
        return BatchLoader(self.dependencies.database, refund_reads.find_refunds, None)

    @cached_property
    def return_reasons(self) -> BatchLoader[str | None]:
        """Why returns were requested."""
        read = partial(refund_reads.load_return_reasons, dependencies=self.dependencies)
        return BatchLoader(self.dependencies.database, read, None)

    @cached_property
    def order_shipments(self) -> OrderShipmentsLoader:
        """The parcels of orders."""
        return OrderShipmentsLoader(self.dependencies)

    @cached_property
    def ship_tos(self) -> ShipToLoader:
        """Where parcels go."""
        return ShipToLoader(self.dependencies)

    @property
    def parcel_dependencies(self) -> ParcelDependencies:
        """The dependencies of parcels, of orders and gifts alike."""
        return ParcelDependencies(self.dependencies, self.gift_dependencies)

    @property
    def account_dependencies(self) -> AccountDependencies:
        """The dependencies of erasing accounts."""
        return AccountDependencies(self.dependencies, self.gift_dependencies)

    @cached_property
    def staff_gifts(self) -> StaffGiftLoader:
        """Gifts as staff see them."""
        return StaffGiftLoader(self.gift_dependencies)

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
        """The context of all one-click offers of this operation, loaded once."""
        return asyncio.ensure_future(_load_one_click_context(self))

    def find_one_click_context(self) -> OneClickContext | None:
        """The same if it has been loaded, else None."""
        task = self.__dict__.get("one_click_context")
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        loaded: OneClickContext = task.result()
        return loaded

    @cached_property
    def one_click_orders(self) -> "asyncio.Task[tuple[Order, ...]]":
        """The open orders of the client's purchaser, loaded once."""
        return asyncio.ensure_future(_load_open_orders(self))

    @cached_property
    def undoable_clicks(self) -> "asyncio.Task[dict[str, UndoableClick]]":
        """The caller's clicks that can be undone, by variant id."""
        return asyncio.ensure_future(_find_undoable_clicks(self))

    @cached_property
    def one_click_pricing(self) -> "asyncio.Task[OneClickPricing | None]":
        """The pricing of all one-click offers of this operation, loaded once."""
        return asyncio.ensure_future(_load_one_click_pricing(self))

    @cached_property
    def one_click_prices(self) -> OneClickPriceLoader:
        """What clicks would cost, by variant and quantity."""
        return OneClickPriceLoader(lambda: asyncio.shield(self.one_click_pricing), self.variants)


async def _load_one_click_context(context: Context) -> OneClickContext:
    caller, dependencies = context.caller, context.dependencies
    today = dependencies.clock.now().date()
    async with dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=dependencies.cipher)
        if setup is None:
            return OneClickContext(None, frozenset(), today)
        undoable_variants = await access.list_undoable_variants(caller, reading, dependencies)
        return OneClickContext(setup, undoable_variants, today)


async def _load_open_orders(context: Context) -> tuple[Order, ...]:
    purchaser_id = context.caller.purchaser_id
    if purchaser_id is None:
        return ()
    async with context.dependencies.database.read() as reading:
        return await reading.orders.list_open_for(purchaser_id)


async def _find_undoable_clicks(context: Context) -> dict[str, UndoableClick]:
    open_orders = await asyncio.shield(context.one_click_orders)
    return find_undoable_clicks(open_orders, context.caller, context.dependencies)


async def _load_one_click_pricing(context: Context) -> OneClickPricing | None:
    setup = (await asyncio.shield(context.one_click_context)).setup
    if setup is None:
        return None
    open_orders = await asyncio.shield(context.one_click_orders)
    async with context.dependencies.database.read() as reading:
        return await load_one_click_pricing(
            setup,
            open_orders,
            caller=context.caller,
            reading=reading,
            dependencies=context.dependencies,
        )


Info: TypeAlias = strawberry.Info[Context, None]
