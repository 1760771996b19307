"""Loaders, which batch the loads of many fields of one operation."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

from aiodataloader import DataLoader

from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.orders.order import Order, OrderEvent
from gateway.engine.orders.shipments import Shipment
from gateway.engine.user_errors import UserError
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_order_views import load_gift_orders, load_gifts
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftOrderView, GiftView, staff_view
from gateway.services.identity.callers import Caller
from gateway.services.orders.delivery_details import (
    Delivery,
    load_deliveries,
    load_tracking_pages,
)
from gateway.services.orders.event_pages import EventPage, load_event_pages
from gateway.services.orders.shipment_addresses import ShipTo, load_ship_to
from gateway.services.pagination import Page

Key = TypeVar("Key")
LoadedValue = TypeVar("LoadedValue")

GetGiftCaller: TypeAlias = Callable[[], GiftCaller | UserError]
"""Returns the present gift caller, because a session may end during a subscription."""


class Loader(DataLoader[Key, LoadedValue]):
    """Loads values by key; a cancelled field does not cancel others with the same key."""

    def __init__(self) -> None:
        super().__init__()
        # Without a future for each: a page of products has hundreds.
        self._known_values: dict[Key, LoadedValue] = {}

    def add(self, values: Iterable[tuple[Key, LoadedValue]]) -> None:
        """Remember ``values`` that were loaded elsewhere, by their keys."""
        self._known_values.update(values)

    def load(self, key: Key) -> "asyncio.Future[LoadedValue]":
        """The value of ``key``: a future of the caller's own, which may be cancelled."""
        if key in self._known_values:
            future: asyncio.Future[LoadedValue] = asyncio.get_running_loop().create_future()
            future.set_result(self._known_values[key])
            return future
        return asyncio.shield(super().load(key))

    def find_loaded(self, key: Key) -> LoadedValue | None:
        """The value of ``key`` if it has been loaded and is remembered, else None."""
        value = self._known_values.get(key)
        if value is not None:
            return value
        future = self._cache.get(key)
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    async def load_all(self, keys: Sequence[Key]) -> list[LoadedValue]:
        """The values of ``keys``, in their order, without a future for what is there already."""
        find_value = self._known_values.get
        loaded = [value for key in keys if (value := find_value(key)) is not None]
        return loaded if len(loaded) == len(keys) else list(await self.load_many(keys))

    async def preload(self, keys: Sequence[Key]) -> None:
        """Remember the values of ``keys`` that are not loaded yet, errors among them."""
        missing = [
            key
            for key in dict.fromkeys(keys)
            if key not in self._known_values and key not in self._cache
        ]
        if not missing:
            return
        for key, value in zip(missing, await self.batch_load_fn(missing), strict=True):
            if isinstance(value, Exception):
                self.prime(key, value)
                # It is told who asks; that nobody does is no error.
                self._cache[key].exception()
            else:
                self._known_values[key] = value


class VariantLoader(Loader[str, Variant | None]):
    """Loads variants by id, those of an operation together."""

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Variant | None]:
        """The variants of ``keys``, in their order; None for an unknown one."""
        async with self._dependencies.database.read() as reading:
            variants_by_id = await reading.catalogue.load_variants(list(keys))
        return [variants_by_id.get(key) for key in keys]


class ProductLoader(Loader[str, Product | None]):
    """Loads products by id, listed or not."""

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Product | None]:
        """The products of ``keys``, in their order; None for an unknown one."""
        async with self._dependencies.database.read() as reading:
            products_by_id = await reading.catalogue.load_products(list(keys))
        return [products_by_id.get(key) for key in keys]


class ProductVariantsLoader(Loader[str, tuple[Variant, ...]]):
    """Loads the variants of products by product id; ``variants`` then need not load them again."""

    def __init__(self, dependencies: Dependencies, variants: VariantLoader) -> None:
        super().__init__()
        self._dependencies, self._variants = dependencies, variants

    async def batch_load_fn(self, keys: Sequence[str]) -> list[tuple[Variant, ...]]:
        """The variants of each of ``keys``, in their order."""
        async with self._dependencies.database.read() as reading:
            variants_by_product = await reading.catalogue.list_listed_variants(list(keys))
        for product_variants in variants_by_product.values():
            self._variants.add([(variant.id, variant) for variant in product_variants])
        return [variants_by_product.get(key, ()) for key in keys]


class TrackingPageLoader(Loader[str, str | None]):
    """Loads the carriers' tracking pages by order id."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[str | None]:
        """The URLs of the pages of ``keys``, in their order; None without a page."""
        async with self._dependencies.database.read() as reading:
            pages_by_order = await load_tracking_pages(list(set(keys)), reading, self._dependencies)
        return [pages_by_order.get(key) for key in keys]


class DeliveryLoader(Loader[str, Delivery | None]):
    """To whom and where orders go, by their ids: for whoever may see that, which others decide."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Delivery | None]:
        """The deliveries of ``keys``, in their order; None where the buyer's data was erased."""
        async with self._dependencies.database.read() as reading:
            deliveries_by_order = await load_deliveries(
                list(set(keys)), reading, self._dependencies
            )
        return [deliveries_by_order.get(key) for key in keys]


class OpenedOrderLoader(Loader[str, bool]):
    """Whether guests' orders, by their ids, were opened to a caller's client by their links."""

    cache = False

    def __init__(self, caller: Caller, dependencies: Dependencies) -> None:
        super().__init__()
        self._caller, self._dependencies = caller, dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[bool]:
        """Whether each of ``keys`` is open, in their order."""
        async with self._dependencies.database.read() as reading:
            opened_ids = await reading.order_links.list_opened(
                sorted(set(keys)), self._caller.client.id, self._dependencies.clock.now()
            )
        return [key in opened_ids for key in keys]


class OrderLoader(Loader[str, Order | None]):
    """Orders by id, whoever asks: what may be seen of them others decide."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Order | None]:
        """The orders of ``keys``, in their order."""
        async with self._dependencies.database.read() as reading:
            orders = await reading.orders.find_many(list(set(keys)))
        orders_by_id = {order.id: order for order in orders}
        return [orders_by_id.get(key) for key in keys]


class OrderShipmentsLoader(Loader[str, tuple[Shipment, ...]]):
    """The parcels of orders by the orders' ids, the earliest first."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[tuple[Shipment, ...]]:
        """The parcels of the orders ``keys``, in their order."""
        async with self._dependencies.database.read() as reading:
            shipments = await reading.shipments.list_for_orders(list(set(keys)))
        return [
            tuple(shipment for shipment in shipments if key in shipment.order_ids) for key in keys
        ]


class ShipToLoader(Loader[str, ShipTo | None]):
    """Where parcels go, by their ids: for whoever may see that, which others decide."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[ShipTo | None]:
        """The addresses of ``keys``, in their order; None where the data was erased."""
        async with self._dependencies.database.read() as reading:
            ship_tos = await load_ship_to(list(set(keys)), reading, self._dependencies)
        return [ship_tos.get(key) for key in keys]


class StaffGiftLoader(Loader[str, GiftView | None]):
    """Gifts by id as staff see them: for whoever is staff, which others decide."""

    cache = False

    def __init__(self, dependencies: GiftDependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[GiftView | None]:
        """The views of ``keys``, in their order."""
        async with self._dependencies.database.read() as reading:
            records = await reading.gifts.find_many(list(set(keys)))
        views = {record.id: staff_view(record) for record in records}
        return [views.get(key) for key in keys]


class OrderEventsLoader(Loader[EventPage, Page[OrderEvent]]):
    """Pages of what happened to orders."""

    cache = False

    def __init__(self, dependencies: Dependencies) -> None:
        super().__init__()
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[EventPage]) -> list[Page[OrderEvent]]:
        """The events of the pages ``keys``, in their order."""
        async with self._dependencies.database.read() as reading:
            return await load_event_pages(keys, reading)


class GiftOrderLoader(Loader[str, GiftOrderView | None]):
    """Loads the caller's gift orders by id, without a cache, so that they are up to date."""

    cache = False

    def __init__(self, gift_caller: GetGiftCaller, dependencies: GiftDependencies) -> None:
        super().__init__()
        self._gift_caller, self._dependencies = gift_caller, dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[GiftOrderView | None]:
        """The gift orders of ``keys``, in their order; None for another's."""
        gift_caller = self._gift_caller()
        if isinstance(gift_caller, UserError):
            return [None] * len(keys)
        orders_by_id = await load_gift_orders(
            list(set(keys)), gift_caller, dependencies=self._dependencies
        )
        return [orders_by_id.get(key) for key in keys]


class GiftLoader(Loader[str, GiftView | None]):
    """Loads the caller's gifts by id, without a cache, so that they are up to date."""

    cache = False

    def __init__(self, gift_caller: GetGiftCaller, dependencies: GiftDependencies) -> None:
        super().__init__()
        self._gift_caller, self._dependencies = gift_caller, dependencies

    async def batch_load_fn(self, keys: Sequence[str]) -> list[GiftView | None]:
        """The gifts of ``keys``, in their order; None for another's."""
        gift_caller = self._gift_caller()
        if isinstance(gift_caller, UserError):
            return [None] * len(keys)
        gifts_by_id = await load_gifts(
            list(set(keys)), gift_caller, dependencies=self._dependencies
        )
        return [gifts_by_id.get(key) for key in keys]
