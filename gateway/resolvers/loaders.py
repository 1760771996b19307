"""Batching what many fields of one operation ask for one by one."""

from collections.abc import Sequence

from aiodataloader import DataLoader

from gateway.engine.catalogue import Variant
from gateway.services.parts import Parts


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
