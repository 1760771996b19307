"""The port of lists of products: pages, counts and facets of a selection."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.engine.catalogue.product_index import CatalogueRows
from gateway.engine.catalogue.product_orders import Phase, Position
from gateway.engine.catalogue.product_selections import Facet, ProductSelection


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

    @property
    def number(self) -> int:
        """A number that is higher after each change."""
        return self.content + self.availability


@dataclass(frozen=True, slots=True)
class CatalogueChanges:
    """The places of the products that have changed up to the revision ``number``."""

    number: int
    places: frozenset[int]


class ProductLists(Protocol):
    """Repository of lists of products; only listed products are in any."""

    async def load_revision(self) -> CatalogueRevision:
        """The present revision of the catalogue: while it stays, all lists do."""
        ...

    async def list_positions(
        self,
        selection: ProductSelection,
        after: Position | None,
        limit: int,
        size: int = 0,
        places: Mapping[Phase, int] | None = None,
    ) -> tuple[ProductPosition, ...]:
        """At most ``limit`` products of a selection after a position, in the selection's order.

        ``size`` is how many it has, if known: databases go about large lists in another way.
        ``places`` are the bits of those of all its products, by phase, if they are known.
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

    async def load_changes(self, number: int) -> CatalogueChanges | None:
        """Which products have changed since the revision ``number``; None if nobody knows."""
        ...

    async def load_rows(self, places: Collection[int] | None) -> CatalogueRows | None:
        """What an index is made of, of the products at ``places`` or of all.

        None if it is too much.
        """
        ...

    async def find_with_word(self, word: str, *, in_title: bool = False) -> int:
        """The bits of the places of products with a word that begins so, anywhere or in titles."""
        ...

    async def find_in_collection(self, collection_id: str) -> int:
        """The bits of the places of products in a collection, listed or not."""
        ...
