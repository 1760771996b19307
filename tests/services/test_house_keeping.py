"""Stock and prices as staff change them, on both databases, also several at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories.catalogue import CatalogueRepository
from gateway.engine.catalogue.price_changes import PriceChange
from gateway.engine.catalogue.products import Stock, Variant
from gateway.engine.user_errors import ErrorCode
from gateway.services.house_keeping import StockAdjustment, adjust_stock, update_prices
from gateway.services.identity.callers import Caller
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outcomes import Outcome
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.ports.staff_actions import StaffAction
from tests.conftest import AnyDatabase
from tests.engine.purchases import USD
from tests.services.catalogue.imports import import_text
from tests.shelves import BUNDLE, DESK, MUG, PRINT
from tests.store import Store

Refusal: TypeAlias = tuple[ErrorCode, str]
BY, VARIANT = "input.by", "input.variantId"


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


@pytest.fixture
async def desk(store: Store) -> Caller:
    key = ApiKey("key_1", "desk", ApiKeyRole.STAFF, None)
    return replace(await store.authenticate(), key=key)


async def adjust(
    store: Store, caller: Caller, variant: Variant, by: int, key: str = "k"
) -> Outcome[Variant]:
    adjustment = StockAdjustment(variant.id, by, "Counted.")
    return await adjust_stock(adjustment, key, caller=caller, dependencies=store.dependencies)


async def change_price(
    store: Store, caller: Caller, variant: Variant, change: PriceChange, key: str | None = None
) -> Outcome[Variant]:
    return await update_prices(
        variant.id, change, key, caller=caller, dependencies=store.dependencies
    )


def refusals(outcome: Outcome[Variant]) -> list[Refusal]:
    return [(error.code, ".".join(error.field or ())) for error in outcome.user_errors]


async def list_actions(store: Store) -> tuple[StaffAction, ...]:
    async with store.database.read() as reading:
        return await reading.staff_actions.list_page(50, None, None)


async def selection_is_due(store: Store) -> bool:
    async with store.database.read() as reading:
        return await reading.selection_requests.next_due(store.clock.now()) is not None


def details(actions: tuple[StaffAction, ...]) -> list[Mapping[str, str | int]]:
    return [action.detail for action in actions]


async def test_what_comes_in_is_recorded_and_starts_a_selection(store: Store, desk: Caller) -> None:
    with store.dependencies.wakeups.subscribe(DUE_TOPIC) as bell:
        outcome = await adjust(store, desk, PRINT, 4)
        assert await bell.wait(0)
    assert outcome == Outcome(replace(PRINT, stock=Stock(7)))
    [action] = await list_actions(store)
    assert action == StaffAction(
        action.id,
        "desk",
        "stockAdjust",
        PRINT.id,
        "Counted.",
        {"by": 4, "availableBefore": 3, "availableAfter": 7},
        store.clock.now(),
    )
    assert await selection_is_due(store)


async def test_what_goes_missing_starts_nothing(store: Store, desk: Caller) -> None:
    outcome = await adjust(store, desk, PRINT, -3)
    assert outcome == Outcome(replace(PRINT, stock=Stock(0)))
    assert not await selection_is_due(store)


async def test_what_orders_have_reserved_is_not_taken_away(store: Store, desk: Caller) -> None:
    async with store.database.begin() as work:
        assert await work.stock.reserve({PRINT.id: 1, DESK.id: 2}) == ()
    refused = await adjust(store, desk, PRINT, -3)
    assert refusals(refused) == [(ErrorCode.OUT_OF_STOCK, BY)]
    assert refused.user_errors[0].message == (
        "2 are available beside what orders have reserved: 3 cannot be taken away."
    )
    assert refused.value == replace(PRINT, stock=Stock(2))
    owed = await adjust(store, desk, DESK, -1)
    assert refusals(owed) == [(ErrorCode.OUT_OF_STOCK, BY)]
    assert owed.user_errors[0].message == ("2 are owed to orders already: none can be taken away.")
    assert await list_actions(store) == ()
    added = await adjust(store, desk, DESK, 1)
    assert added == Outcome(replace(DESK, stock=replace(DESK.stock, available=-1)))


async def test_what_is_not_counted_is_not_adjusted(store: Store, desk: Caller) -> None:
    outcome = await adjust(store, desk, MUG, 1)
    assert (refusals(outcome), outcome.value) == ([(ErrorCode.NOT_MODIFIABLE, VARIANT)], MUG)


@pytest.mark.parametrize("by", [0, 1_000_001, -1_000_001])
async def test_a_change_has_bounds(by: int, store: Store, desk: Caller) -> None:
    # R98
    outcome = await adjust(store, desk, PRINT, by)
    assert (refusals(outcome), outcome.value) == ([(ErrorCode.INVALID_INPUT, BY)], PRINT)


async def test_stock_stays_a_number_that_clients_can_read(store: Store, desk: Caller) -> None:
    # R98
    async with store.database.begin() as work:
        await work.stock.adjust(PRINT.id, 2**31 - 5)
    outcome = await adjust(store, desk, PRINT, 2)
    assert refusals(outcome) == [(ErrorCode.LIMIT_EXCEEDED, BY)]
    assert refusals(await adjust(store, desk, PRINT, 1)) == []


async def test_the_same_key_adjusts_once_also_at_once(store: Store, desk: Caller) -> None:
    # R22
    outcomes = await asyncio.gather(*(adjust(store, desk, PRINT, 4) for _ in range(5)))
    assert outcomes == [Outcome(replace(PRINT, stock=Stock(7)))] * 5
    assert len(await list_actions(store)) == 1
    other_body = await adjust(store, desk, PRINT, 5)
    assert refusals(other_body) == [(ErrorCode.IDEMPOTENCY_CONFLICT, "input.idempotencyKey")]
    assert await store.available_stock(PRINT) == 7


async def test_adjustments_at_once_all_count_and_take_no_more_than_there_is(
    store: Store, desk: Caller
) -> None:
    outcomes = await asyncio.gather(
        *(adjust(store, desk, PRINT, -1, f"take {number}") for number in range(5))
    )
    assert sorted(len(each.user_errors) for each in outcomes) == [0, 0, 0, 1, 1]
    await asyncio.gather(*(adjust(store, desk, PRINT, 2, f"add {number}") for number in range(5)))
    assert await store.available_stock(PRINT) == 10


async def test_a_refused_adjustment_runs_again(store: Store, desk: Caller) -> None:
    # R22
    assert refusals(await adjust(store, desk, PRINT, -4)) == [(ErrorCode.OUT_OF_STOCK, BY)]
    await adjust(store, desk, PRINT, 1, "more")
    assert await adjust(store, desk, PRINT, -4) == Outcome(replace(PRINT, stock=Stock(0)))


async def test_prices_change_by_what_is_given(store: Store, desk: Caller) -> None:
    change = PriceChange(USD, price=1100, compare_at_price=1500)
    outcome = await change_price(store, desk, MUG, change)
    dearer = replace(MUG, prices={"USD": 1100, "JPY": 1500}, compare_at_prices={"USD": 1500})
    assert outcome == Outcome(dearer)
    store.clock.advance(store.dependencies.policy.reauthenticate_after)
    cheaper = replace(dearer, prices={"USD": 900, "JPY": 1500})
    assert await change_price(store, desk, MUG, PriceChange(USD, 900)) == Outcome(cheaper)
    store.clock.advance(store.dependencies.policy.reauthenticate_after)
    bare = replace(cheaper, compare_at_prices=None)
    removal = PriceChange(USD, removes_compare_at=True)
    assert await change_price(store, desk, MUG, removal) == Outcome(bare)
    assert details(await list_actions(store)) == [
        {"currency": "USD", "compareAtPriceBefore": 1500},
        {"currency": "USD", "priceBefore": 1100, "priceAfter": 900},
        {
            "currency": "USD",
            "priceBefore": 1000,
            "priceAfter": 1100,
            "compareAtPriceAfter": 1500,
        },
    ]


async def test_a_bundles_own_price_leaves_its_parts_alone(store: Store, desk: Caller) -> None:
    outcome = await change_price(store, desk, BUNDLE, PriceChange(USD, 700, 13_000))
    assert outcome.value is not None
    assert outcome.user_errors == ()
    prices = (outcome.value.price("USD"), outcome.value.compare_at_price("USD"))
    assert prices == (700 + 2 * 800 + 10_000, 13_000)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (PriceChange(USD), "price", "Give `price`, `compareAtPrice` or both."),
        (
            PriceChange(USD, compare_at_price=1000),
            "compareAtPrice",
            "It must be above the price, which is 10.00 USD.",
        ),
        (
            PriceChange(USD, 2000, 1500),
            "compareAtPrice",
            "It must be above the price, which is 20.00 USD.",
        ),
        (PriceChange(USD, 10**12 + 1), "price", "A price is at most 10000000000.00 USD."),
    ],
)
async def test_prices_that_cannot_be_are_refused(
    change: PriceChange, field: str, message: str, store: Store, desk: Caller
) -> None:
    outcome = await change_price(store, desk, MUG, change)
    assert refusals(outcome) == [(ErrorCode.INVALID_INPUT, f"input.{field}")]
    assert (outcome.user_errors[0].message, outcome.value) == (message, MUG)
    assert await list_actions(store) == ()


async def test_changes_at_once_lose_none(store: Store, desk: Caller) -> None:
    await asyncio.gather(
        change_price(store, desk, MUG, PriceChange(USD, 1100)),
        change_price(store, desk, MUG, PriceChange(USD, compare_at_price=5000)),
    )
    async with store.database.read() as reading:
        variants = await reading.catalogue.load_variants([MUG.id])
    prices = {"USD": 1100, "JPY": 1500}
    assert variants[MUG.id] == replace(MUG, prices=prices, compare_at_prices={"USD": 5000})


async def test_the_same_key_changes_prices_once(store: Store, desk: Caller) -> None:
    # R22
    first = await change_price(store, desk, MUG, PriceChange(USD, 1100), "k")
    assert await change_price(store, desk, MUG, PriceChange(USD, 1100), "k") == first
    conflict = await change_price(store, desk, MUG, PriceChange(USD, 1200), "k")
    assert refusals(conflict) == [(ErrorCode.IDEMPOTENCY_CONFLICT, "input.idempotencyKey")]
    assert conflict.value == first.value
    assert len(await list_actions(store)) == 1


async def test_nobody_but_staff_keeps_house(store: Store, desk: Caller) -> None:
    # R97
    partner_key = ApiKey("key_2", "app", ApiKeyRole.PARTNER, "pur_1")
    for caller in (replace(desk, key=None), replace(desk, key=partner_key)):
        forbidden = [(ErrorCode.FORBIDDEN, "")]
        adjusted = await adjust(store, caller, PRINT, 1)
        changed = await change_price(store, caller, PRINT, PriceChange(USD, 1))
        assert [refusals(each) for each in (adjusted, changed)] == [forbidden, forbidden]
        assert (adjusted.value, changed.value) == (None, None)
    assert await store.available_stock(PRINT) == 3


@pytest.mark.parametrize(("sets_stock", "is_due"), [(True, True), (False, False)])
async def test_an_import_that_sets_stock_starts_a_selection(
    sets_stock: bool,  # noqa: FBT001
    is_due: bool,  # noqa: FBT001
    store: Store,
) -> None:
    head = "Handle,Title,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty\n"
    await import_text(
        store.database, store.clock, f"{head}things,Things,PRINT,shopify,9\n", sets_stock=sets_stock
    )
    assert await store.available_stock(PRINT) == (9 if sets_stock else 3)
    assert await selection_is_due(store) is is_due


async def test_an_import_leaves_prices_to_compare_with_alone(store: Store, desk: Caller) -> None:
    await change_price(store, desk, MUG, PriceChange(USD, compare_at_price=5000))
    text = "Handle,Title,Variant SKU,Variant Price\nthings,Things,MUG,11\n"
    await import_text(store.database, store.clock, text)
    async with store.database.read() as reading:
        variants = await reading.catalogue.load_variants([MUG.id])
    imported = variants[MUG.id]
    assert (imported.prices, imported.compare_at_prices) == (
        {"USD": 1100, "JPY": 1500},
        {"USD": 5000},
    )


async def test_a_price_that_is_changed_during_an_import_stays(
    store: Store, desk: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without prices keeps those that come between its reading and its writing."""
    changes: list[asyncio.Task[Outcome[Variant]]] = []
    list_all_variants = CatalogueRepository.list_all_variants

    async def list_and_let_others_change(
        catalogue: CatalogueRepository, product_ids: Sequence[str]
    ) -> dict[str, tuple[Variant, ...]]:
        variants = await list_all_variants(catalogue, product_ids)
        changes.append(asyncio.create_task(change_price(store, desk, MUG, PriceChange(USD, 1100))))
        await asyncio.wait(changes, timeout=0.2)
        return variants

    monkeypatch.setattr(CatalogueRepository, "list_all_variants", list_and_let_others_change)
    text = "Handle,Title,Variant SKU,Variant Grams\nthings,Things,MUG,301\n"
    await import_text(store.database, store.clock, text)
    [change] = changes
    assert (await change).user_errors == ()
    async with store.database.read() as reading:
        variants = await reading.catalogue.load_variants([MUG.id])
    assert (variants[MUG.id].prices["USD"], variants[MUG.id].grams) == (1100, 301)
