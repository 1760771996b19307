"""Batching what many fields of one operation ask for one by one."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from aiodataloader import DataLoader

from gateway.engine.catalogue import Variant
from gateway.engine.problems import UserError
from gateway.services.deliveries import tracking_pages
from gateway.services.gifts.overview import gifts_among, orders_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftOrderView, GiftView
from gateway.services.parts import Parts

Whose: TypeAlias = Callable[[], GiftCaller | UserError]
"""Who is asking for gifts, asked anew each time: a sign-in may end during a subscription."""


class VariantLoader(DataLoader[str, Variant | None]):
    """Variants by id: one question to the database for all that an operation asks for at once."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[Variant | None]:
        """The variants of ``keys``, in their order."""
        async with self._parts.database.read() as reading:
            found = await reading.catalogue.variants(list(keys))
        return [found.get(key) for key in keys]


class ProductVariantsLoader(DataLoader[str, tuple[Variant, ...]]):
    """The variants of products by the products' ids."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    async def batch_load_fn(self, keys: Sequence[str]) -> list[tuple[Variant, ...]]:
        """The variants of each of ``keys``, in their order."""
        async with self._parts.database.read() as reading:
            found = await reading.catalogue.variants_of(list(keys))
        return [found.get(key, ()) for key in keys]


class TrackingPageLoader(DataLoader[str, str | None]):
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


class GiftOrderLoader(DataLoader[str, GiftOrderView | None]):
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


class GiftLoader(DataLoader[str, GiftView | None]):
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
