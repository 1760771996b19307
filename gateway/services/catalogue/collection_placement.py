"""Products put into collections that they name, as a product file does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.collections import Collection, condition_key, handle_from_title
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.ids import IdGenerator


@dataclass(frozen=True, slots=True)
class CollectionPlacement:
    """What came of putting products into collections.

    ``new_titles`` are the collections that were made, ``added`` the numbers of products that were
    added by collection title, ``titles_with_rules`` the collections that take no product by hand.
    """

    new_titles: tuple[str, ...] = ()
    added: Mapping[str, int] | None = None
    titles_with_rules: tuple[str, ...] = ()


async def put_into_collections(
    product_ids: Mapping[str, Sequence[str]], *, work: UnitOfWork, ids: IdGenerator
) -> CollectionPlacement:
    """Add products to the ends of the hand-picked collections with these titles or handles.

    A title that no collection has becomes one. Products that are in a collection already stay
    where they are. Collections with a rule take none. Call it once, at the end of a transaction
    that saved the products: two transactions then cannot wait for each other.
    """
    by_name = await find_collections(list(product_ids), work)
    missing = [title for title in product_ids if condition_key(title) not in by_name]
    new_titles: list[str] = []
    if missing:
        # Nobody else adds a collection from here on; one may have just done so.
        position = await work.collections.next_position()
        by_name = await find_collections(list(product_ids), work)
        for title in missing:
            if condition_key(title) not in by_name:
                collection = Collection(ids.new("col"), await _new_handle(title, work), title)
                listed = ListedCollection(collection, position + len(new_titles))
                await work.collections.save([listed])
                by_name[condition_key(title)] = collection
                new_titles.append(title)
    return await _add_products(product_ids, by_name, tuple(new_titles), work)


async def find_collections(names: Sequence[str], work: ReadSession) -> dict[str, Collection]:
    """The collections by the keys of their titles, and of handles that are no titles."""
    by_handle = await work.collections.find_by_handle(
        list(dict.fromkeys((*names, *map(condition_key, names))))
    )
    by_name = {condition_key(handle): listed.collection for handle, listed in by_handle.items()}
    for collection in reversed(await work.collections.find_by_title(names)):
        by_name[condition_key(collection.title)] = collection
    return by_name


async def _new_handle(title: str, work: UnitOfWork) -> str:
    """A handle made of ``title`` that no collection has."""
    handle = handle_from_title(title)
    number = 1
    while await work.collections.find_by_handle([candidate := _number(handle, number)]):
        number += 1
    return candidate


def _number(handle: str, number: int) -> str:
    return handle if number == 1 else f"{handle}-{number}"


async def _add_products(
    product_ids: Mapping[str, Sequence[str]],
    by_name: Mapping[str, Collection],
    new_titles: tuple[str, ...],
    work: UnitOfWork,
) -> CollectionPlacement:
    additions: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    with_rules = []
    for name, ids_to_add in product_ids.items():
        collection = by_name[condition_key(name)]
        if collection.rule is not None:
            with_rules.append(collection.title)
        else:
            additions.setdefault(collection.id, []).extend(ids_to_add)
            titles[collection.id] = collection.title
    counts = await work.collections.add_products(additions)
    added = {titles[id]: count for id, count in counts.items() if count}
    return CollectionPlacement(new_titles, added, tuple(dict.fromkeys(with_rules)))
