"""The ports of the catalogue and of stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from gateway.engine.catalogue.products import Product, Stock, Variant


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product and its position in the list of products, which is used in cursors."""

    product: Product
    position: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A variant of which less is available than was requested."""

    variant_id: str
    available: int


@dataclass(frozen=True, slots=True)
class StockUpdate:
    """A change of a variant's stock; ``available`` is set only if ``replaces_available``.

    The days are the times until goods in stock and goods on back-order are shipped.
    """

    backorder: bool
    ships_in_days: int
    backorder_days: int
    replaces_available: bool = False
    available: int | None = None


class Catalogue(Protocol):
    """Repository of products and variants; each method runs a fixed number of statements."""

    async def load_variants(self, ids: Sequence[str]) -> dict[str, Variant]:
        """The variants with these ids, by id; unknown ids are left out."""
        ...

    async def list_listed_variants(
        self, product_ids: Sequence[str]
    ) -> dict[str, tuple[Variant, ...]]:
        """The listed variants by product id, in order; products without any are left out."""
        ...

    async def list_all_variants(self, product_ids: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """All variants by product id, listed or not, in order."""
        ...

    async def load_products(self, ids: Sequence[str]) -> dict[str, Product]:
        """The products with these ids, by id; unknown ids are left out."""
        ...

    async def list_products(
        self, limit: int, after_position: int | None
    ) -> tuple[ListedProduct, ...]:
        """At most ``limit`` listed products after a position, in order."""
        ...

    async def is_empty(self) -> bool:
        """Whether there are no products."""
        ...

    async def find_ids_by_handle(self, handles: Sequence[str]) -> dict[str, str]:
        """The ids of the products with these handles, by handle."""
        ...

    async def find_product_ids_by_sku(self, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the products by SKU, once for each variant with the SKU."""
        ...

    async def find_variants_by_sku(self, skus: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """The variants by SKU, with their components; unknown SKUs are left out."""
        ...

    async def save(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        now: datetime,
        stocked_variant_ids: Collection[str] | None = None,
    ) -> None:
        """Add or replace products with all their variants, including stock.

        New products are listed last. Variants that are removed from a product are no longer listed.
        If ``stocked_variant_ids`` is given, only the stock of these variants is changed.
        """
        ...

    async def lock_variants(self, product_ids: Sequence[str]) -> None:
        """Let nobody else change the variants of these products until the transaction ends."""
        ...

    async def save_prices(self, variant: Variant) -> None:
        """Keep the prices of a variant that is there, and nothing else of it."""
        ...

    async def update_stock(self, updates: Mapping[str, StockUpdate]) -> None:
        """Change the stock of variants by id; the available number only if stock is tracked."""
        ...


NO_QUANTITIES: Mapping[str, int] = MappingProxyType({})


class StockLevels(Protocol):
    """Repository of the available numbers of variants; those without a limit are never changed."""

    async def reserve(
        self, quantities: Mapping[str, int], returned: Mapping[str, int] = NO_QUANTITIES
    ) -> tuple[Shortage, ...]:
        """Reserve these quantities by variant id, or none; returns the shortages.

        ``returned`` are quantities to release before, for example of the same variants.
        """
        ...

    async def find_available(self, variant_ids: Sequence[str]) -> dict[str, int]:
        """The available numbers by variant id, negative if more were sold than are in stock.

        Variants without a limit are left out.
        """
        ...

    async def release(self, returned: Mapping[str, int]) -> None:
        """Release these quantities by variant id."""
        ...

    async def lock(self, variant_id: str) -> Stock | None:
        """Lock the stock of a variant until the transaction ends; returns the stock."""
        ...

    async def adjust(self, variant_id: str, by: int) -> None:
        """Add ``by``, which may be negative, to the stock of a variant."""
        ...
