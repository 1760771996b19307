"""The index of the catalogue that a process keeps, brought up to date from what has changed."""

import asyncio
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
        self._kept: _IndexedRevision | None = None
        self._too_large_until = -1
        self._loads = SharedLoads()

    async def load(self, revision: CatalogueRevision, lists: ProductLists) -> ProductIndex | None:
        """The index at a revision or a later one.

        None if the catalogue is too large for one, or changes too fast.
        """
        indexed = self._kept
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
        indexed = self._kept
        changes = None if indexed is None else await lists.load_changes(indexed.number)
        number = (await lists.load_revision()).number if changes is None else changes.number
        places = None if changes is None else changes.places
        if indexed is not None and places is not None and not places:
            index = indexed.index
        else:
            rows = await lists.load_rows(places)
            if rows is None:
                self._kept, self._too_large_until = None, number + REVISIONS_TOO_LARGE
                return None
            before = EMPTY_INDEX if indexed is None or places is None else indexed.index
            index = await asyncio.to_thread(before.replace_products, places or (), rows)
        refreshed = _IndexedRevision(number, index)
        self._kept = refreshed
        return refreshed
