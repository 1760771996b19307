"""Batching what many fields of one operation ask for one by one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from aiodataloader import DataLoader

from gateway.engine.catalogue import Variant
from gateway.engine.problems import UserError
from gateway.services.deliveries import tracking_pages
from gateway.services.gifts.overview import gifts_among, orders_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftOrderView, GiftView
from gateway.services.parts import Parts

Key = TypeVar("Key")
Loaded = TypeVar("Loaded")

Whose: TypeAlias = Callable[[], GiftCaller | UserError]
"""Who is asking for gifts, asked anew each time: a sign-in may end during a subscription."""


class Loader(DataLoader[Key, Loaded]):
    """Loads by key; a field that is given up takes nothing from others that ask for the same."""

    def load(self, key: Key) -> "asyncio.Future[Loaded]":
        """The value of ``key``: a future of the caller's own, which may be cancelled."""
        return asyncio.shield(super().load(key))


class VariantLoader(Loader[str, Variant | None]):
    """Variants by id: one question to the database for all that an operation asks for at once."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Variant | None]:
        """The variants of ``keys``, in their order."""
        async with self._parts.database.read() as reading:
            found = await reading.catalogue.variants(list(keys))
        return [found.get(key) for key in keys]


class ProductVariantsLoader(Loader[str, tuple[Variant, ...]]):
    """The variants of products by the products' ids."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[tuple[Variant, ...]]:
        """The variants of each of ``keys``, in their order."""
        async with self._parts.database.read() as reading:
            found = await reading.catalogue.variants_of(list(keys))
        return [found.get(key, ()) for key in keys]


class TrackingPageLoader(Loader[str, str | None]):
    """The carriers' pages of orders by the orders' ids."""

    cache = False

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[str | None]:
        """The addresses of the pages of ``keys``, in their order."""
        async with self._parts.database.read() as reading:
            found = await tracking_pages(list(set(keys)), reading, self._parts)
        return [found.get(key) for key in keys]


class GiftOrderLoader(Loader[str, GiftOrderView | None]):
    """The caller's gift orders by id, as they stand: nothing is remembered from batch to batch."""

    cache = False

    def __init__(self, whose: Whose, parts: GiftParts) -> None:
        super().__init__()
        self._whose, self._parts = whose, parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[GiftOrderView | None]:
        """The gift orders of ``keys``, in their order; None for another's."""
        whose = self._whose()
        if isinstance(whose, UserError):
            return [None] * len(keys)
        found = await orders_of(list(set(keys)), whose, parts=self._parts)
        return [found.get(key) for key in keys]


class GiftLoader(Loader[str, GiftView | None]):
    """The caller's gifts by id, as they stand: nothing is remembered from batch to batch."""

    cache = False

    def __init__(self, whose: Whose, parts: GiftParts) -> None:
        super().__init__()
        self._whose, self._parts = whose, parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[GiftView | None]:
        """The gifts of ``keys``, in their order; None for another's."""
        whose = self._whose()
        if isinstance(whose, UserError):
            return [None] * len(keys)
        found = await gifts_among(list(set(keys)), whose, parts=self._parts)
        return [found.get(key) for key in keys]
