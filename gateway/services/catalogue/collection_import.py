"""The import of collections: a whole file, or nothing of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from gateway.engine.catalogue.collections import (
    MAX_RULE_COLLECTIONS,
    Collection,
    CollectionRule,
)
from gateway.engine.catalogue.products import Image
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.ids import IdGenerator

COLLECTIONS_PER_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class CollectionEntry:
    """A collection as a file describes it, with a rule or with products picked by hand.

    With neither it is picked by hand, and the products in it stay.
    """

    handle: str
    title: str
    description: str = ""
    image: Image | None = None
    rule: CollectionRule | None = None
    product_handles: tuple[str, ...] | None = None


class CollectionChangeKind(StrEnum):
    """What an import does with a collection."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class CollectionChange:
    """What an import did with a collection, with the numbers of its products before and after."""

    handle: str
    kind: CollectionChangeKind
    products_before: int
    products_after: int


@dataclass(frozen=True, slots=True)
class CollectionsImported:
    """What an import did, or would do, in the order of the file."""

    changes: tuple[CollectionChange, ...]


@dataclass(frozen=True, slots=True)
class CollectionsRefused:
    """Why nothing of a file was imported; each error has the path of its entry."""

    errors: tuple[str, ...]


class DryRunEnded(Exception):
    """An import that was only tried, and is rolled back; ``outcome`` is what it would do."""

    def __init__(self, outcome: CollectionsImported | CollectionsRefused) -> None:
        super().__init__("only tried")
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class StoredCollection:
    """A collection before the import, with the products in it."""

    listed: ListedCollection
    product_ids: tuple[str, ...]


async def import_collections(
    entries: Sequence[CollectionEntry],
    *,
    database: Database,
    ids: IdGenerator,
    complete: bool = False,
    dry_run: bool = False,
) -> CollectionsImported | CollectionsRefused:
    """Add or replace the collections of ``entries``, which are found again by their handles.

    Their order is that of the file. With ``complete`` collections that the file does not name are
    removed. With ``dry_run`` the outcome is what would be done, and nothing is.
    """
    try:
        async with database.begin() as work:
            outcome = await _import_entries(entries, work, ids, complete=complete)
            if dry_run:
                _withdraw(outcome)
    except DryRunEnded as ended:
        return ended.outcome
    return outcome


def _withdraw(outcome: CollectionsImported | CollectionsRefused) -> NoReturn:
    """Let the transaction roll back."""
    raise DryRunEnded(outcome)


async def _import_entries(
    entries: Sequence[CollectionEntry], work: UnitOfWork, ids: IdGenerator, *, complete: bool
) -> CollectionsImported | CollectionsRefused:
    await work.collections.lock()
    product_ids = await work.catalogue.find_ids_by_handle(
        list({handle for entry in entries for handle in entry.product_handles or ()})
    )
    removed = await _list_others(entries, work) if complete else ()
    errors = (
        *_unknown_products(entries, product_ids),
        *await _too_many_rules(entries, removed, work),
    )
    if errors:
        return CollectionsRefused(errors)
    stored = await _load_stored(entries, work)
    changes = await _save_entries(entries, stored, product_ids, work, ids)
    removed_ids = [collection.id for collection in removed]
    removed_products = await work.collections.load_product_ids(removed_ids)
    await work.collections.delete(removed_ids)
    removals = [
        CollectionChange(
            collection.handle, CollectionChangeKind.REMOVED, len(removed_products[collection.id]), 0
        )
        for collection in removed
    ]
    return CollectionsImported((*changes, *removals))


def _unknown_products(
    entries: Sequence[CollectionEntry], product_ids: Mapping[str, str]
) -> Iterator[str]:
    for number, entry in enumerate(entries, 1):
        for index, handle in enumerate(entry.product_handles or (), 1):
            if handle not in product_ids:
                yield f"collections[{number}].products[{index}]: no product has the handle {handle}"


async def _too_many_rules(
    entries: Sequence[CollectionEntry], removed: Sequence[Collection], work: UnitOfWork
) -> tuple[str, ...]:
    replaced = {entry.handle for entry in entries} | {each.handle for each in removed}
    others = [
        collection
        for collection in await work.collections.list_with_rules()
        if collection.handle not in replaced
    ]
    count = len(others) + sum(entry.rule is not None for entry in entries)
    if count <= MAX_RULE_COLLECTIONS:
        return ()
    message = (
        f"collections: at most {MAX_RULE_COLLECTIONS:,} collections have a rule; these are"
        f" {count:,} with those that are there"
    )
    return (message,)


async def _list_others(
    entries: Sequence[CollectionEntry], work: UnitOfWork
) -> tuple[Collection, ...]:
    """The collections that the file does not name."""
    handles = {entry.handle for entry in entries}
    others: list[Collection] = []
    after: int | None = None
    while page := await work.collections.list_collections(COLLECTIONS_PER_PAGE, after):
        others += [each.collection for each in page if each.collection.handle not in handles]
        after = page[-1].position
    return tuple(others)


async def _load_stored(
    entries: Sequence[CollectionEntry], work: UnitOfWork
) -> dict[str, StoredCollection]:
    """The collections that are there, by handle."""
    listed = await work.collections.find_by_handle([entry.handle for entry in entries])
    product_ids = await work.collections.load_product_ids(
        collection.collection.id for collection in listed.values()
    )
    return {
        handle: StoredCollection(collection, product_ids[collection.collection.id])
        for handle, collection in listed.items()
    }


async def _save_entries(
    entries: Sequence[CollectionEntry],
    stored: Mapping[str, StoredCollection],
    product_ids: Mapping[str, str],
    work: UnitOfWork,
    ids: IdGenerator,
) -> list[CollectionChange]:
    listed = _place_entries(entries, stored, await work.collections.next_position(), ids)
    await work.collections.save(listed)
    await work.collections.pick_products(_picked_products(entries, listed, stored, product_ids))
    # Unchanged rules, too: an earlier version may have saved products without looking at them.
    await work.collections.apply_rules([each.collection for each in listed if each.collection.rule])
    products_after = await work.collections.load_product_ids(each.collection.id for each in listed)
    return [
        _describe_change(
            each, stored.get(each.collection.handle), products_after[each.collection.id]
        )
        for each in listed
    ]


def _picked_products(
    entries: Sequence[CollectionEntry],
    listed: Sequence[ListedCollection],
    stored: Mapping[str, StoredCollection],
    product_ids: Mapping[str, str],
) -> dict[str, list[str]]:
    """What is picked by hand anew, by collection id: what the file names, or nothing."""
    picked_products: dict[str, list[str]] = {}
    for entry, saved in zip(entries, listed, strict=True):
        before = stored.get(entry.handle)
        had_rule = before is not None and before.listed.collection.rule is not None
        if entry.product_handles is not None:
            picked_ids = [product_ids[handle] for handle in entry.product_handles]
            picked_products[saved.collection.id] = picked_ids
        elif had_rule != (entry.rule is not None):
            # The order of what is picked by hand is not that of what a rule takes.
            picked_products[saved.collection.id] = []
    return picked_products


def _place_entries(
    entries: Sequence[CollectionEntry],
    stored: Mapping[str, StoredCollection],
    next_position: int,
    ids: IdGenerator,
) -> list[ListedCollection]:
    """The collections in the order of the file, at the positions they have among them, or last."""
    positions = sorted(each.listed.position for each in stored.values())
    new_count = len(entries) - len(positions)
    positions += range(next_position, next_position + new_count)
    return [
        ListedCollection(
            Collection(
                stored[entry.handle].listed.collection.id
                if entry.handle in stored
                else ids.new("col"),
                entry.handle,
                entry.title,
                entry.description,
                entry.image,
                entry.rule,
            ),
            position,
        )
        for entry, position in zip(entries, positions, strict=True)
    ]


def _describe_change(
    listed: ListedCollection, before: StoredCollection | None, product_ids: tuple[str, ...]
) -> CollectionChange:
    if before is None:
        kind = CollectionChangeKind.ADDED
    elif (before.listed, before.product_ids) == (listed, product_ids):
        kind = CollectionChangeKind.UNCHANGED
    else:
        kind = CollectionChangeKind.CHANGED
    return CollectionChange(
        listed.collection.handle, kind, len(before.product_ids) if before else 0, len(product_ids)
    )
