"""The products and the facets of a selection: from the index, or else from the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from gateway.engine.catalogue.product_choices import ProductChooser
from gateway.engine.catalogue.product_orders import SEARCH_PHASES, Phase, list_phases
from gateway.engine.catalogue.product_selections import Facet, ProductSelection, ProductSort
from gateway.services.ports.database import Database
from gateway.services.ports.product_lists import CatalogueRevision, ProductLists
from gateway.services.product_index_cache import ProductIndexCache
from gateway.services.product_list_cache import ProductListCache

BYTES_PER_WEIGHT = 400
"""Bytes of a set of products that weigh as much in the cache as one product of a page."""


class ProductListDependencies(Protocol):
    """The dependencies of lists of products."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def product_list_cache(self) -> ProductListCache:
        """What is known of lists until the catalogue changes."""
        ...

    @property
    def product_index_cache(self) -> ProductIndexCache:
        """The index of the catalogue."""
        ...


@dataclass(frozen=True, slots=True)
class ChosenProducts:
    """The products of a selection at a revision of the catalogue, whatever their order."""

    selection: ProductSelection
    revision: CatalogueRevision
    lists: ProductLists
    dependencies: ProductListDependencies

    @property
    def key(self) -> tuple[object, ...]:
        """The key of what is known of them, with the numbers that they depend on."""
        unsorted = replace(self.selection, sort=ProductSort.RELEVANCE)
        return (unsorted, *revision_key(self.selection, self.revision))

    async def count(self) -> int:
        """How many they are."""
        bits = await self._load_bits()
        if bits is not None:
            return bits.bit_count()
        return await self.dependencies.product_list_cache.load(
            ("count", *self.key), lambda: self.lists.count(self.selection), lambda _: 1
        )

    async def load_places(self) -> Mapping[Phase, int] | None:
        """The bits of their places in each part of the list; None where there is no index."""
        bits = await self._load_bits()
        if bits is None:
            return None
        phases, words = list_phases(self.selection), self.selection.words
        if phases != SEARCH_PHASES or words is None:
            return dict.fromkeys(phases, bits)
        with_title = await self._find_with_words(words, in_title=True)
        if with_title is None:
            return None
        return {Phase.IN_TITLE: bits & with_title, Phase.ELSEWHERE: bits & ~with_title}

    async def list_facets(self) -> tuple[Facet, ...]:
        """Their facets: what can be bought, vendor, type, tag, then options by name."""
        return await self.dependencies.product_list_cache.load(
            ("facets", *self.key, self.revision.availability), self._load_facets, _weigh_facets
        )

    async def _load_bits(self) -> int | None:
        return await self.dependencies.product_list_cache.load(
            ("chosen", *self.key), self._choose, _weigh_bits
        )

    async def _choose(self) -> int | None:
        chooser = await self._load_chooser()
        if chooser is None:
            return None
        choice = await asyncio.to_thread(chooser.choose, self.selection.filter)
        return choice.products.bits

    async def _load_facets(self) -> tuple[Facet, ...]:
        chooser = await self._load_chooser()
        if chooser is not None:
            return await asyncio.to_thread(chooser.list_facets, self.selection.filter)
        available = await self.lists.load_available_facet(self.selection)
        size = await self.count()
        # Purchases change these only where a condition depends on what can be bought.
        others = await self.dependencies.product_list_cache.load(
            ("other facets", *self.key),
            lambda: self.lists.list_facets(self.selection, size),
            _weigh_facets,
        )
        return (available, *others) if available.values else others

    async def _load_chooser(self) -> ProductChooser | None:
        """What chooses among the products with the selection's words and in its collection.

        None where there is no index, or something was saved meanwhile.
        """
        lists, words, collection = self.lists, self.selection.words, self.selection.collection_id
        index = await self.dependencies.product_index_cache.load(self.revision, lists)
        within = None if index is None else index.listed
        if words is not None and within is not None:
            with_words = await self._find_with_words(words)
            within = None if with_words is None else within & with_words
        if collection is not None and within is not None:
            members = await self._look_up(
                ("collection", collection), lambda: lists.find_in_collection(collection)
            )
            within = None if members is None else within & members
        return None if index is None or within is None else ProductChooser(index, within)

    async def _find_with_words(
        self, words: tuple[str, ...], *, in_title: bool = False
    ) -> int | None:
        """The bits of products that have all words; None if something was saved meanwhile.

        By each word alone: those that many products have come again in many searches.
        """
        bits: int | None = None
        for word in words:
            with_word = await self._look_up(
                ("title word" if in_title else "word", word),
                partial(self.lists.find_with_word, word, in_title=in_title),
            )
            if not with_word:
                return with_word
            bits = with_word if bits is None else bits & with_word
        return bits

    async def _look_up(
        self, key: tuple[object, ...], find: Callable[[], Awaitable[int]]
    ) -> int | None:
        """The bits of products as ``find`` finds them; None if something was saved meanwhile."""

        async def load() -> int | None:
            bits = await find()
            present = await self.lists.load_revision()
            return bits if present.content == self.revision.content else None

        return await self.dependencies.product_list_cache.load(
            (*key, self.revision.content), load, _weigh_bits
        )


def revision_key(
    selection: ProductSelection, revision: CatalogueRevision
) -> tuple[int] | tuple[int, int]:
    """The numbers of the revision that the products of a selection depend on."""
    if selection.filter.available is None:
        return (revision.content,)
    return revision.content, revision.availability


def _weigh_facets(facets: Sequence[Facet]) -> int:
    return 1 + sum(len(facet.values) for facet in facets)


def _weigh_bits(bits: int | None) -> int:
    return 1 + (bits or 0).bit_length() // (8 * BYTES_PER_WEIGHT)
