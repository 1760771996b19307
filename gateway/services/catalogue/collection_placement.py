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
    new_collections: list[ListedCollection] = []
    if missing:
        # Nobody else adds a collection from here on; one may have just done so.
        position = await work.collections.next_position()
        by_name = await find_collections(list(product_ids), work)
        titles: dict[str, str] = {}
        for title in missing:
            if condition_key(title) not in by_name:
                titles.setdefault(condition_key(title), title)
        handles = await _new_handles(tuple(titles.values()), work)
        new_collections = [
            ListedCollection(Collection(ids.new("col"), handle, title), position + index)
            for index, (title, handle) in enumerate(handles.items())
        ]
        await work.collections.save(new_collections)
        by_name |= {
            condition_key(listed.collection.title): listed.collection for listed in new_collections
        }
    new_titles = tuple(listed.collection.title for listed in new_collections)
    return await _add_products(product_ids, by_name, new_titles, work)


async def find_collections(names: Sequence[str], work: ReadSession) -> dict[str, Collection]:
    """The collections by the keys of their titles, and of handles that are no titles."""
    by_handle = await work.collections.find_by_handle(
        list(dict.fromkeys((*names, *map(condition_key, names))))
    )
    by_name = {condition_key(handle): listed.collection for handle, listed in by_handle.items()}
    for collection in reversed(await work.collections.find_by_title(names)):
        by_name[condition_key(collection.title)] = collection
    return by_name


async def _new_handles(titles: Sequence[str], work: UnitOfWork) -> dict[str, str]:
    """Handles made of ``titles`` that no collection has, by title.

    All are looked up at once; those that are taken once more, with the next number.
    """
    numbers, handles = dict.fromkeys(titles, 1), dict[str, str]()
    while titles_without := [title for title in titles if title not in handles]:
        candidates = {
            title: _number(handle_from_title(title), numbers[title]) for title in titles_without
        }
        used_handles = {
            *handles.values(),
            *await work.collections.find_by_handle(list(candidates.values())),
        }
        for title, candidate in candidates.items():
            if candidate in used_handles:
                numbers[title] += 1
            else:
                handles[title] = candidate
                used_handles.add(candidate)
    return {title: handles[title] for title in titles}


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
