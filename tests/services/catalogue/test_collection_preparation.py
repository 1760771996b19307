"""R106: the products of collections are prepared in short transactions and shown in one."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories import (
    collection_memberships as collection_memberships_module,
)
from gateway.adapters.repositories import (
    collection_products as collection_products_module,
)
from gateway.adapters.repositories.collection_products import collection_products, memberships
from gateway.adapters.sql.statements import Statement
from gateway.engine.catalogue.collections import (
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.engine.catalogue.products import Product, Variant
from gateway.services.catalogue import collection_import as collection_import_module
from gateway.services.catalogue import collection_preparation
from gateway.services.catalogue.collection_import import CollectionEntry, CollectionsRefused
from gateway.services.catalogue.collection_preparation import (
    MembershipRequest,
    prepare_memberships,
)
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator
from gateway.services.retention import MAX_PREPARATION_AGE, RetentionCleanup
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.faults import FaultPlan, FaultyDatabase, ProcessKilled
from tests.services.catalogue.test_collection_import import import_entries, list_all

LIST_MEMBERS = Statement(select(collection_products.c.product_id))
LIST_MEMBERSHIPS = Statement(select(memberships.c.id))
MAX_WRITTEN = 4
MAX_MEMBERSHIPS = 3
"""Of one product, which is not torn apart."""
PRODUCTS = tuple(f"p{number}" for number in range(10))


def vendor_rule(*vendors: str) -> CollectionRule:
    conditions = (
        CollectionCondition(ConditionField.VENDOR, ConditionRelation.EQUALS, vendor)
        for vendor in vendors
    )
    return CollectionRule(ConditionMatch.ANY, tuple(conditions))


EVEN = CollectionEntry("even", "Even", rule=vendor_rule("even"))
ODD = CollectionEntry("odd", "Odd", rule=vendor_rule("odd"))
ALL = CollectionEntry("all", "All", rule=vendor_rule("even", "odd"))
PICKED = CollectionEntry("picked", "Picked", product_handles=PRODUCTS[::-1])
FILE = (EVEN, ODD, ALL, PICKED)
EVEN_PRODUCTS, ODD_PRODUCTS = list(PRODUCTS[::2]), list(PRODUCTS[1::2])
BEFORE = {"even": ODD_PRODUCTS, "picked": ["p3", "p4"]}
AFTER = {
    "even": EVEN_PRODUCTS,
    "picked": list(PRODUCTS[::-1]),
    "odd": ODD_PRODUCTS,
    "all": list(PRODUCTS),
}
ROWS = sum(map(len, AFTER.values()))


@pytest.fixture
async def shop(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AnyDatabase:
    """A database with ten products and two collections, where transactions write few rows."""
    monkeypatch.setattr(collection_preparation, "MAX_MEMBERS_WRITTEN", MAX_WRITTEN)
    monkeypatch.setattr(collection_preparation, "PRODUCTS_PER_PAGE", 3)
    monkeypatch.setattr(collection_preparation, "PAUSE_SECONDS", 0)
    for number, handle in enumerate(PRODUCTS):
        await save_product(databases, clock, handle, ("even", "odd")[number % 2])
    await import_entries(
        databases,
        replace(EVEN, rule=vendor_rule("odd")),
        replace(PICKED, product_handles=("p3", "p4")),
    )
    return databases


async def save_product(shop: AnyDatabase, clock: ManualClock, handle: str, vendor: str) -> None:
    product = Product(f"prd_{handle}", handle, handle, vendor)
    variant = Variant(f"var_{handle}", product.id, "", handle, {"USD": 100})
    async with shop.begin() as work:
        await work.catalogue.save({product: [variant]}, clock.now())


async def count_rows(shop: AnyDatabase) -> tuple[int, int]:
    """How many products are in collections or prepared for them, and how many lists of these."""
    async with shop.read() as reading:
        session = reading.collections._session
        members = await session.fetch_all(LIST_MEMBERS)
        return len(members), len(await session.fetch_all(LIST_MEMBERSHIPS))


@dataclass
class WatchedDatabase:
    """A database after each of whose commits ``look`` happens."""

    database: Any
    look: Callable[[], Awaitable[None]]
    commits: int = field(default=0, init=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self.database.begin() as work:
            yield work
        self.commits += 1
        await self.look()

    def __getattr__(self, name: str) -> object:
        return getattr(self.database, name)


async def test_each_transaction_writes_little_and_one_shows_all(shop: AnyDatabase) -> None:
    """R106: whoever waits to write waits for few rows; nobody sees a collection half made."""
    counts, states = [(await count_rows(shop))[0]], [await list_all(shop)]

    async def look() -> None:
        counts.append((await count_rows(shop))[0])
        states.append(await list_all(shop))

    await import_entries(WatchedDatabase(shop, look), *FILE)  # type: ignore[arg-type]
    steps = [abs(after - before) for before, after in itertools.pairwise(counts)]
    assert max(steps) <= MAX_WRITTEN + MAX_MEMBERSHIPS - 1
    assert len([step for step in steps if step]) >= ROWS // max(steps)
    shown_at = states.index(AFTER)
    assert states == [BEFORE] * shown_at + [AFTER] * (len(states) - shown_at)
    assert await count_rows(shop) == (ROWS, 0)


async def test_a_dry_run_writes_nothing(shop: AnyDatabase) -> None:
    async def look() -> None:
        pytest.fail("a transaction was committed")

    database: Any = WatchedDatabase(shop, look)
    changes = await import_entries(database, *FILE, complete=True, dry_run=True)
    assert not isinstance(changes, CollectionsRefused)
    assert [(each.handle, each.products_before, each.products_after) for each in changes] == [
        ("even", 5, 5),
        ("odd", 0, 5),
        ("all", 0, 10),
        ("picked", 2, 10),
    ]
    assert await list_all(shop) == BEFORE


async def count_commits(shop: AnyDatabase) -> int:
    async def look() -> None:
        pass

    database = WatchedDatabase(shop, look)
    assert not isinstance(
        await import_entries(database, *FILE),  # type: ignore[arg-type]
        CollectionsRefused,
    )
    return database.commits


async def test_who_is_killed_anywhere_leaves_all_or_nothing_and_is_gone_on_with(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    """R106: products that are saved between the kill and the next import are missed by neither."""
    back = (replace(EVEN, rule=vendor_rule("odd")), replace(PICKED, product_handles=("p3", "p4")))
    number_of_commits = await count_commits(shop)
    assert number_of_commits > 12
    left_to_do = []
    for call in range(1, 2 * number_of_commits + 1):
        await import_entries(shop, *back, complete=True)
        faults = FaultPlan(call, fault_type=ProcessKilled)
        with pytest.raises(ProcessKilled):
            await import_entries(FaultyDatabase(shop, faults), *FILE)  # type: ignore[arg-type]
        assert await list_all(shop) in (BEFORE, AFTER)
        await save_product(shop, clock, "p0", "odd")
        await save_product(shop, clock, "p1", "even")
        left_to_do.append(await count_commits(shop))
        moved = await list_all(shop)
        assert (moved["even"], moved["odd"]) == (
            ["p1", "p2", "p4", "p6", "p8"],
            ["p0", "p3", "p5", "p7", "p9"],
        )
        await save_product(shop, clock, "p0", "even")
        await save_product(shop, clock, "p1", "odd")
        assert await list_all(shop) == AFTER
        assert await count_rows(shop) == (ROWS, 0)
    # What was prepared is not prepared again.
    assert left_to_do[0] == number_of_commits
    assert left_to_do[number_of_commits] < number_of_commits * 3 // 4


async def test_what_is_saved_while_products_are_prepared_is_where_it_belongs(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    changes = iter([("p0", "odd"), ("p9", "even"), ("new", "even"), ("p1", "none")])

    async def look() -> None:
        for handle, vendor in changes:
            await save_product(shop, clock, handle, vendor)
            break

    await import_entries(WatchedDatabase(shop, look), *FILE)  # type: ignore[arg-type]
    assert next(changes, None) is None
    state = await list_all(shop)
    assert state["even"] == ["p2", "p4", "p6", "p8", "p9", "new"]
    assert state["odd"] == ["p0", "p3", "p5", "p7"]


async def test_imports_of_the_same_at_once_do_it_once(shop: AnyDatabase) -> None:
    outcomes = await asyncio.gather(*(import_entries(shop, *FILE) for _ in range(3)))
    assert not any(isinstance(outcome, CollectionsRefused) for outcome in outcomes)
    assert await list_all(shop) == AFTER
    assert await count_rows(shop) == (ROWS, 0)


async def test_what_was_prepared_for_nothing_is_deleted(
    shop: AnyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another import of the same is over before this one has begun to prepare."""

    async def prepare_after_another(
        requests: Iterable[MembershipRequest], *, database: Database, ids: IdGenerator
    ) -> None:
        monkeypatch.undo()
        assert not isinstance(await import_entries(shop, *FILE), CollectionsRefused)
        await prepare_memberships(requests, database=database, ids=ids)

    monkeypatch.setattr(collection_import_module, "prepare_memberships", prepare_after_another)
    assert not isinstance(await import_entries(shop, *FILE), CollectionsRefused)
    assert await list_all(shop) == AFTER
    assert await count_rows(shop) == (ROWS, 0)


async def test_of_different_imports_at_once_the_later_holds(shop: AnyDatabase) -> None:
    other = (replace(EVEN, rule=vendor_rule("even", "odd")), replace(ALL, rule=vendor_rule("odd")))
    await asyncio.gather(import_entries(shop, *FILE), import_entries(shop, *other))
    state = await list_all(shop)
    assert (state["even"], state["all"]) in (
        (EVEN_PRODUCTS, list(PRODUCTS)),
        (list(PRODUCTS), ODD_PRODUCTS),
    )
    assert (await count_rows(shop))[0] == sum(map(len, state.values()))


async def test_what_is_never_shown_is_deleted_after_a_day(
    shop: AnyDatabase, clock: ManualClock
) -> None:
    faults = FaultPlan(9, fault_type=ProcessKilled)
    with pytest.raises(ProcessKilled):
        await import_entries(FaultyDatabase(shop, faults), *FILE)  # type: ignore[arg-type]
    shown = sum(map(len, BEFORE.values()))
    rows, memberships = await count_rows(shop)
    assert (rows > shown, memberships) == (True, len(FILE))
    cleanup = RetentionCleanup(shop, timedelta(days=1))
    await run_due_jobs([cleanup], clock.now())
    assert await count_rows(shop) == (rows, memberships)
    clock.advance(MAX_PREPARATION_AGE + timedelta(seconds=1))
    await run_due_jobs([cleanup], clock.now())
    assert await count_rows(shop) == (shown, 0)
    assert await list_all(shop) == BEFORE


async def test_what_waits_longest_makes_room_for_other_rules(
    shop: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each product that is saved is looked at by all rules: there are only so many."""
    monkeypatch.setattr(collection_products_module, "MAX_PREPARED_RULES", 3)
    monkeypatch.setattr(collection_memberships_module, "MAX_PREPARED_RULES", 3)
    faults = FaultPlan(3, fault_type=ProcessKilled)
    with pytest.raises(ProcessKilled):
        await import_entries(FaultyDatabase(shop, faults), *FILE)  # type: ignore[arg-type]
    other = replace(ODD, handle="other")
    clock.advance(timedelta(seconds=1))
    await import_entries(shop, other)
    await import_entries(shop, *FILE)
    assert await list_all(shop) == BEFORE | {"other": ODD_PRODUCTS} | AFTER
    assert await count_rows(shop) == (ROWS + len(ODD_PRODUCTS), 0)
