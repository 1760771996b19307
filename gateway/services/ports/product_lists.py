"""The port of lists of products: pages, counts and facets of a selection."""

from dataclasses import dataclass
from typing import Protocol

from gateway.engine.catalogue.product_orders import Position
from gateway.engine.catalogue.product_selections import Facet, ProductSelection

MAX_FACET_VALUES = 100
"""Values of one facet: those that most products have."""
MAX_OPTION_FACETS = 30
"""Facets of options, the first by their names."""


@dataclass(frozen=True, slots=True)
class ProductPosition:
    """A product, and its position in the order of a list."""

    product_id: str
    position: Position


@dataclass(frozen=True, slots=True)
class CatalogueRevision:
    """How often products, prices and collections have changed, and what can be bought now."""

    content: int
    availability: int


class ProductLists(Protocol):
    """Repository of lists of products; only listed products are in any."""

    async def load_revision(self) -> CatalogueRevision:
        """The present revision of the catalogue: while it stays, all lists do."""
        ...

    async def list_positions(
        self, selection: ProductSelection, after: Position | None, limit: int, size: int = 0
    ) -> tuple[ProductPosition, ...]:
        """At most ``limit`` products of a selection after a position, in the selection's order.

        ``size`` is how many it has, if known: databases go about large lists in another way.
        """
        ...

    async def count(self, selection: ProductSelection) -> int:
        """How many products a selection has."""
        ...

    async def list_facets(self, selection: ProductSelection, size: int = 0) -> tuple[Facet, ...]:
        """The facets of a selection but that of what can be bought.

        Vendor, type and tag come first, then options by name; the values that most products have
        first, then by name.
        """
        ...

    async def load_available_facet(self, selection: ProductSelection) -> Facet:
        """How many products a selection has that can be bought now, and how many that cannot."""
        ...
