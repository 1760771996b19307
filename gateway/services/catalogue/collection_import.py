"""The import of collections: a whole file, or nothing of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.catalogue.collections import (
    MAX_RULE_COLLECTIONS,
    Collection,
    CollectionRule,
)
from gateway.engine.catalogue.products import Image
from gateway.services.catalogue.collection_preparation import (
    MembershipRequest,
    count_products,
    delete_dropped_memberships,
    prepare_memberships,
)
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.database import Database, ReadSession, UnitOfWork
from gateway.services.ports.ids import IdGenerator

COLLECTIONS_PER_PAGE = 1_000
MAX_PLANS = 5
"""How often an import begins again because others have changed collections meanwhile."""


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


@dataclass(frozen=True, slots=True)
class _StoredCollections:
    """The collections before an import: those that its file names, by handle, and the others.

    The others are of interest only where the import removes them.
    """

    by_handle: Mapping[str, ListedCollection]
    others: tuple[Collection, ...]

    def rule_of(self, handle: str) -> CollectionRule | None:
        """The rule that the collection has now."""
        listed = self.by_handle.get(handle)
        return None if listed is None else listed.collection.rule


@dataclass(frozen=True, slots=True)
class _PlannedImport:
    """What is to be done: ``requests`` are the products to prepare, by collection handle."""

    stored: _StoredCollections
    requests: Mapping[str, MembershipRequest]
    counts: Mapping[str, int]

    def count_before(self, handle: str) -> int:
        """How many products the collection had."""
        listed = self.stored.by_handle.get(handle)
        return 0 if listed is None else self.counts[listed.collection.id]


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
    removed. With ``dry_run`` the outcome is what would be done, and nothing is. Products are
    prepared in short transactions, and shown by all collections in one.
    """
    prepared_keys: set[str] = set()
    for _ in range(MAX_PLANS):
        async with database.read() as reading:
            plan = await _plan_import(entries, reading, complete=complete)
        if isinstance(plan, CollectionsRefused):
            return plan
        if dry_run:
            return await _rehearse(entries, plan, database, ids)
        await prepare_memberships(plan.requests.values(), database=database, ids=ids)
        prepared_keys |= {request.key for request in plan.requests.values()}
        async with database.begin() as work:
            outcome = await _show(entries, plan, work, ids, complete=complete)
            if isinstance(outcome, _ShownCollections):
                # What an earlier plan prepared for nothing: others had shown the same meanwhile.
                await work.collection_memberships.drop(sorted(prepared_keys))
        if isinstance(outcome, CollectionsRefused):
            return outcome
        if outcome is not None:
            await delete_dropped_memberships(database)
            return await _describe(outcome, plan, database)
    return CollectionsRefused(("collections: they are being changed by others; import them again",))


# -- what is to be done


async def _plan_import(
    entries: Sequence[CollectionEntry], reading: ReadSession, *, complete: bool
) -> _PlannedImport | CollectionsRefused:
    product_ids = await reading.catalogue.find_ids_by_handle(
        list({handle for entry in entries for handle in entry.product_handles or ()})
    )
    stored = await _load_stored(entries, reading, complete=complete)
    errors = (
        *_unknown_products(entries, product_ids),
        *await _too_many_rules(entries, stored.others, reading),
    )
    if errors:
        return CollectionsRefused(errors)
    by_hand = {
        entry.handle: stored.by_handle[entry.handle].collection.id
        for entry in entries
        if entry.product_handles is not None and entry.handle in stored.by_handle
    }
    picked_before = await reading.collections.load_product_ids(by_hand.values())
    requests = {
        entry.handle: request
        for entry in entries
        if (
            request := _request_products(
                entry, stored, product_ids, picked_before.get(by_hand.get(entry.handle, ""))
            )
        )
    }
    stored_ids = [listed.collection.id for listed in stored.by_handle.values()]
    stored_ids += [collection.id for collection in stored.others]
    return _PlannedImport(stored, requests, await reading.collections.count_products(stored_ids))


async def _load_stored(
    entries: Sequence[CollectionEntry], reading: ReadSession, *, complete: bool
) -> _StoredCollections:
    by_handle = await reading.collections.find_by_handle([entry.handle for entry in entries])
    others = await _list_others(entries, reading) if complete else ()
    return _StoredCollections(by_handle, others)


def _request_products(
    entry: CollectionEntry,
    stored: _StoredCollections,
    product_ids: Mapping[str, str],
    picked_before: tuple[str, ...] | None,
) -> MembershipRequest | None:
    """The other products that the collection is to have; None where its products stay."""
    rule_before = stored.rule_of(entry.handle)
    if entry.product_handles is not None:
        picked_ids = tuple(product_ids[handle] for handle in entry.product_handles)
        is_same = rule_before is None and picked_ids == picked_before
        return None if is_same else MembershipRequest(entry.handle, None, picked_ids)
    # The order of what was picked by hand is not that of what a rule takes, nor the other way.
    return None if entry.rule == rule_before else MembershipRequest(entry.handle, entry.rule)


def _unknown_products(
    entries: Sequence[CollectionEntry], product_ids: Mapping[str, str]
) -> Iterator[str]:
    for number, entry in enumerate(entries, 1):
        for index, handle in enumerate(entry.product_handles or (), 1):
            if handle not in product_ids:
                yield f"collections[{number}].products[{index}]: no product has the handle {handle}"


async def _too_many_rules(
    entries: Sequence[CollectionEntry], removed: Sequence[Collection], reading: ReadSession
) -> tuple[str, ...]:
    replaced = {entry.handle for entry in entries} | {each.handle for each in removed}
    others = [
        collection
        for collection in await reading.collections.list_with_rules()
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
    entries: Sequence[CollectionEntry], reading: ReadSession
) -> tuple[Collection, ...]:
    """The collections that the file does not name."""
    handles = {entry.handle for entry in entries}
    others: list[Collection] = []
    after: int | None = None
    while page := await reading.collections.list_collections(COLLECTIONS_PER_PAGE, after):
        others += [each.collection for each in page if each.collection.handle not in handles]
        after = page[-1].position
    return tuple(others)


# -- and is done at once


@dataclass(frozen=True, slots=True)
class _ShownCollections:
    """The collections as they were saved, in the order of the file."""

    listed: tuple[ListedCollection, ...]


async def _show(
    entries: Sequence[CollectionEntry],
    plan: _PlannedImport,
    work: UnitOfWork,
    ids: IdGenerator,
    *,
    complete: bool,
) -> _ShownCollections | CollectionsRefused | None:
    """Save the collections, and let them have what was prepared; None where all has changed."""
    await work.collections.lock()
    if await _load_stored(entries, work, complete=complete) != plan.stored:
        return None
    errors = await _too_many_rules(entries, plan.stored.others, work)
    if errors:
        return CollectionsRefused(errors)
    prepared = await work.collection_memberships.find(
        [request.key for request in plan.requests.values()]
    )
    membership_ids = {
        handle: prepared[request.key].id
        for handle, request in plan.requests.items()
        if request.key in prepared and prepared[request.key].is_complete
    }
    if membership_ids.keys() != plan.requests.keys():
        return None
    next_position = await work.collections.next_position()
    listed = _place_entries(entries, plan.stored.by_handle, next_position, ids)
    await work.collections.save(listed)
    await work.collections.show_memberships(
        {
            each.collection.id: membership_ids[each.collection.handle]
            for each in listed
            if each.collection.handle in membership_ids
        }
    )
    await work.collections.delete([collection.id for collection in plan.stored.others])
    return _ShownCollections(tuple(listed))


def _place_entries(
    entries: Sequence[CollectionEntry],
    stored: Mapping[str, ListedCollection],
    next_position: int,
    ids: IdGenerator,
) -> list[ListedCollection]:
    """The collections in the order of the file, at the positions they have among them, or last."""
    positions = sorted(each.position for each in stored.values())
    new_count = len(entries) - len(positions)
    positions += range(next_position, next_position + new_count)
    return [
        ListedCollection(
            Collection(
                stored[entry.handle].collection.id if entry.handle in stored else ids.new("col"),
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


# -- what was done


async def _describe(
    shown: _ShownCollections, plan: _PlannedImport, database: Database
) -> CollectionsImported:
    async with database.read() as reading:
        counts = await reading.collections.count_products(
            [listed.collection.id for listed in shown.listed]
        )
    # One that somebody has removed since has no products.
    counts_after = {
        listed.collection.handle: counts.get(listed.collection.id, 0) for listed in shown.listed
    }
    return CollectionsImported(_list_changes(shown.listed, plan, counts_after))


async def _rehearse(
    entries: Sequence[CollectionEntry],
    plan: _PlannedImport,
    database: Database,
    ids: IdGenerator,
) -> CollectionsImported:
    """What the import would do; nothing is written."""
    next_position = 1 + max(
        (listed.position for listed in plan.stored.by_handle.values()), default=0
    )
    listed = _place_entries(entries, plan.stored.by_handle, next_position, ids)
    counts = {entry.handle: plan.count_before(entry.handle) for entry in entries}
    counts |= await count_products(plan.requests, database)
    return CollectionsImported(_list_changes(listed, plan, counts))


def _list_changes(
    listed: Iterable[ListedCollection], plan: _PlannedImport, counts_after: Mapping[str, int]
) -> tuple[CollectionChange, ...]:
    changes = [
        CollectionChange(
            each.collection.handle,
            _kind_of_change(each, plan),
            plan.count_before(each.collection.handle),
            counts_after[each.collection.handle],
        )
        for each in listed
    ]
    removals = [
        CollectionChange(
            collection.handle, CollectionChangeKind.REMOVED, plan.counts[collection.id], 0
        )
        for collection in plan.stored.others
    ]
    return (*changes, *removals)


def _kind_of_change(listed: ListedCollection, plan: _PlannedImport) -> CollectionChangeKind:
    handle = listed.collection.handle
    before = plan.stored.by_handle.get(handle)
    if before is None:
        return CollectionChangeKind.ADDED
    is_same = before == listed and handle not in plan.requests
    return CollectionChangeKind.UNCHANGED if is_same else CollectionChangeKind.CHANGED
