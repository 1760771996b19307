"""How many statements imports of collections need: as many for forty as for two."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.databases.postgres import PostgresSession
from gateway.adapters.databases.sqlite import SqliteSession
from gateway.adapters.sql.statements import Statement
from gateway.services.catalogue.collection_import import CollectionEntry
from tests.adapters.costs.statements import every_statement
from tests.conftest import AnyDatabase
from tests.services.catalogue.test_collection_import import (
    KITCHEN,
    POTTERY,
    import_entries,
    place,
    shop,
)

__all__ = ("shop",)
FEW, MANY = 2, 40
NAMES = {id(statement): name for name, statement in every_statement().items()}
METHODS = ("fetch_all", "fetch_one", "execute", "execute_many")


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """The statements that are run within the block, with how often each is."""
    counts: Counter[str] = Counter()

    def count(run: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def run_and_count(
            session: object,
            statement: Statement,
            *arguments: Any,  # noqa: ANN401 - rows
            **values: Any,  # noqa: ANN401
        ) -> object:
            counts[NAMES.get(id(statement)) or statement.sqlite.sql] += 1
            return await run(session, statement, *arguments, **values)

        return run_and_count

    with pytest.MonkeyPatch.context() as patch:
        for kind in (SqliteSession, PostgresSession):
            for name in METHODS:
                patch.setattr(kind, name, count(getattr(kind, name)))
        yield counts


def copy_entries(entry: CollectionEntry, count: int) -> list[CollectionEntry]:
    return [replace(entry, handle=f"{entry.handle}-{number}") for number in range(count)]


async def count_file(shop: AnyDatabase, count: int) -> list[Counter[str]]:
    """The statements of a file: when it is new, comes again, changes its kinds, and goes."""
    by_hand, by_rule = copy_entries(KITCHEN, count), copy_entries(POTTERY, count)
    without_products = [replace(entry, product_handles=None) for entry in by_hand]
    swapped = [replace(entry, rule=POTTERY.rule) for entry in without_products]
    counts = []
    for entries in ([*by_hand, *by_rule], [*by_hand, *by_rule], [*swapped, *by_rule], []):
        with counted_statements() as statements:
            await import_entries(shop, *entries, complete=True)
        counts.append(statements)
    return counts


async def test_a_file_of_forty_collections_needs_as_many_as_one_of_two(shop: AnyDatabase) -> None:
    few = await count_file(shop, FEW)
    assert await count_file(shop, MANY) == few


async def test_products_put_into_forty_collections_need_as_many_as_into_two(
    shop: AnyDatabase,
) -> None:
    """R109: in new ones, whose handles are taken in part, and in those that are there."""
    counts: list[list[Counter[str]]] = []
    for number, count in enumerate((FEW, MANY)):
        by_title = {f"Shelf_{number}_{index}": ["mug"] for index in range(count)}
        by_taken_title = {f"Shelf!_{number}!_{index}": ["mug"] for index in range(count)}
        of_count = []
        for product_handles in (by_title, by_taken_title, by_title | by_taken_title):
            with counted_statements() as statements:
                await place(shop, **product_handles)
            of_count.append(statements)
        counts.append(of_count)
    assert counts[0] == counts[1]
