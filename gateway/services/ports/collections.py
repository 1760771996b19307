"""The port of collections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.engine.catalogue.collections import Collection
from gateway.services.ports.catalogue import ListedProduct


@dataclass(frozen=True, slots=True)
class ListedCollection:
    """A collection and its position in the list of collections, which is used in cursors."""

    collection: Collection
    position: int


class Collections(Protocol):
    """Repository of collections and of the products in them.

    Whoever saves a product also puts it into the collections whose rules it meets, and takes it
    out of the others, in the same transaction: the products of a collection are always exact.
    """

    async def load(self, ids: Sequence[str]) -> dict[str, Collection]:
        """The collections with these ids, by id; unknown ids are left out."""
        ...

    async def find_by_handle(self, handles: Sequence[str]) -> dict[str, ListedCollection]:
        """The collections with these handles, by handle."""
        ...

    async def find_by_title(self, titles: Sequence[str]) -> tuple[Collection, ...]:
        """The collections with these titles, without regard to case, in order."""
        ...

    async def list_collections(
        self, limit: int, after_position: int | None
    ) -> tuple[ListedCollection, ...]:
        """At most ``limit`` collections after a position, in order."""
        ...

    async def list_ids_of_products(self, product_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the collections that the products are in, in order, by product id."""
        ...

    async def list_products(
        self, collection_id: str, limit: int, after_position: int | None
    ) -> tuple[ListedProduct, ...]:
        """At most ``limit`` listed products of a collection, after a position in it, in order."""
        ...

    async def load_product_ids(self, collection_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The ids of all products of collections, listed or not, in order, by collection id."""
        ...

    async def count_products(self, collection_ids: Sequence[str]) -> dict[str, int]:
        """How many products collections have, listed or not, by collection id."""
        ...

    async def lock(self) -> None:
        """Let nobody else change collections or save products until the transaction ends."""
        ...

    async def next_position(self) -> int:
        """A position after all collections; nobody else adds one until the transaction ends."""
        ...

    async def list_with_rules(self) -> tuple[Collection, ...]:
        """The collections with a rule, in order, one more than there may be at most."""
        ...

    async def save(self, collections: Iterable[ListedCollection]) -> None:
        """Add or replace collections at their positions; their products stay as they are."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete collections, which their products then are no longer in.

        The rows of these are deleted later, some at a time.
        """
        ...

    async def show_memberships(self, membership_ids: Mapping[str, str]) -> None:
        """Let collections have the products that were prepared, by collection id, all at once.

        What they had before is deleted later, some at a time.
        """
        ...

    async def pick_products(self, product_ids: Mapping[str, Sequence[str]]) -> None:
        """Let collections have just these products, in this order, by collection id."""
        ...

    async def add_products(self, product_ids: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """Add products to the ends of collections, by collection id; those in them stay.

        Returns the numbers of products that were added; a collection that is gone gets none.
        """
        ...

    async def apply_rules(self, collections: Sequence[Collection]) -> None:
        """Let collections have just the products that meet their rules."""
        ...
