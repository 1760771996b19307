"""What is sold, and how much of it is there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from gateway.engine.catalogue.products import Product, Stock, Variant


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product and its place in the listing, by which pages go on."""

    product: Product
    position: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A variant of which less is there than was wanted."""

    variant_id: str
    available: int


@dataclass(frozen=True, slots=True)
class StockUpdate:
    """What becomes of a variant's stock.

    ``available`` replaces what is there if ``replaces_available``.
    """

    backorder: bool
    replaces_available: bool = False
    available: int | None = None


@dataclass(frozen=True, slots=True)
class VariantReference:
    """Whose a SKU is."""

    variant_id: str
    product_id: str


class Catalogue(Protocol):
    """Products and variants; each call asks the database a fixed number of questions."""

    async def load_variants(self, ids: Sequence[str]) -> dict[str, Variant]:
        """The variants with these ids, whole; unknown ids are left out."""
        ...

    async def list_listed_variants(
        self, product_ids: Sequence[str]
    ) -> dict[str, tuple[Variant, ...]]:
        """The listed variants of these products, in their order; those without are left out."""
        ...

    async def list_all_variants(self, product_ids: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
        """All variants of these products, listed or not, in their order."""
        ...

    async def load_products(self, ids: Sequence[str]) -> dict[str, Product]:
        """The products with these ids; unknown ids are left out."""
        ...

    async def list_products(
        self, limit: int, after_position: int | None, words: str
    ) -> tuple[ListedProduct, ...]:
        """At most ``limit`` listed products after a place, in their order.

        With ``words``: those whose title, vendor, or a variant's title or SKU holds them.
        """
        ...

    async def is_empty(self) -> bool:
        """Whether there is no product at all."""
        ...

    async def find_ids_by_handle(self, handles: Sequence[str]) -> dict[str, str]:
        """The ids of the products with these handles."""
        ...

    async def find_by_sku(self, skus: Sequence[str]) -> dict[str, VariantReference]:
        """Whose these SKUs are; of one that several variants have, one of them."""
        ...

    async def find_product_ids_by_sku(self, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the products of the variants that have these SKUs, once for each variant."""
        ...

    async def save(
        self,
        variants_by_product: Mapping[Product, Sequence[Variant]],
        now: datetime,
        stocked_variant_ids: Collection[str] | None = None,
    ) -> None:
        """Add or replace products with all their variants, stock included.

        New products are listed last. Variants that a product no longer has are no longer listed.
        ``stocked_variant_ids``: the ids whose stock is written; that of all others stays as it is.
        """
        ...

    async def lock_variants(self, product_ids: Sequence[str]) -> None:
        """Let nobody else change the variants of these products until the transaction ends."""
        ...

    async def save_prices(self, variant: Variant) -> None:
        """Keep the prices of a variant that is there, and nothing else of it."""
        ...

    async def update_stock(self, updates: Mapping[str, StockUpdate]) -> None:
        """Change the stock of variants by their ids; how much there is only where it is counted."""
        ...


NO_QUANTITIES: Mapping[str, int] = MappingProxyType({})


class StockLevels(Protocol):
    """How many of each variant are there; what is without limit is never written."""

    async def reserve(
        self, quantities: Mapping[str, int], returned: Mapping[str, int] = NO_QUANTITIES
    ) -> tuple[Shortage, ...]:
        """Take so many of each variant id, or nothing at all: then what is short.

        ``returned``: put back in the same go, of which some may be wanted again.
        """
        ...

    async def find_available(self, variant_ids: Sequence[str]) -> dict[str, int]:
        """How many of these are not reserved, below zero where they were sold to order.

        Those without limit are left out.
        """
        ...

    async def release(self, returned: Mapping[str, int]) -> None:
        """Put so many of each variant id back."""
        ...

    async def lock(self, variant_id: str) -> Stock | None:
        """The stock of a variant, which nobody else changes until the transaction ends."""
        ...

    async def adjust(self, variant_id: str, by: int) -> None:
        """Change how many of a variant are there, up or down."""
        ...
