"""The index of the catalogue that a process keeps, brought up to date from what has changed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from gateway.engine.catalogue.product_index import EMPTY_INDEX, ProductIndex
from gateway.services.ports.product_lists import CatalogueRevision, ProductLists
from gateway.services.shared_loads import SharedLoads

MAX_ROUNDS = 4
"""Rounds after which a catalogue that changes all the while is not waited for any longer."""
REVISIONS_TOO_LARGE = 1_000
"""Revisions for which a catalogue that was too large is taken to be so."""


@dataclass(frozen=True, slots=True)
class _IndexedRevision:
    """An index, and the number of the revision whose changes are in it."""

    number: int
    index: ProductIndex


class ProductIndexCache:
    """The index of the catalogue, which is brought up to date when it is asked for.

    Others may save products while changes are read. An index is handed out only if nothing was
    saved meanwhile; what was is noted under a later number, and is then read again.
    """

    def __init__(self) -> None:
        self._indexed: _IndexedRevision | None = None
        self._too_large_until = -1
        self._loads = SharedLoads()

    async def load(self, revision: CatalogueRevision, lists: ProductLists) -> ProductIndex | None:
        """The index at a revision or a later one.

        None if the catalogue is too large for one, or changes too fast.
        """
        indexed = self._indexed
        if indexed is not None and indexed.number == revision.number:
            return indexed.index
        if revision.number < self._too_large_until:
            return None
        for _ in range(MAX_ROUNDS):
            indexed = await self._loads.share("index", lambda: self._refresh(lists))
            if indexed is None:
                return None
            present = await lists.load_revision()
            if present.number == indexed.number:
                return indexed.index
        return None

    async def _refresh(self, lists: ProductLists) -> _IndexedRevision | None:
        """Read what has changed, or everything where that is not known."""
        indexed = self._indexed
        changes = None if indexed is None else await lists.load_changes(indexed.number)
        places: Collection[int] | None
        if indexed is None or changes is None:
            # The number comes before the rows: what is saved in between is read once more.
            number, places, index = (await lists.load_revision()).number, None, EMPTY_INDEX
        else:
            number, places, index = changes.number, changes.places, indexed.index
        if places is None or places:
            rows = await lists.load_rows(places)
            if rows is None:
                self._indexed, self._too_large_until = None, number + REVISIONS_TOO_LARGE
                return None
            index = await asyncio.to_thread(index.replace_products, places or (), rows)
        self._indexed = _IndexedRevision(number, index)
        return self._indexed
