"""What a gift costs: the same engine as every purchase (R93)."""

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.demo.assets import demo_assets
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.calendars import ZoneCalendars
from gateway.adapters.rules.files import demo_rules, from_yaml
from gateway.engine.addresses.address import PostalAddress
from gateway.services.demo.seeding import seed_demo_products
from gateway.services.gifts.pricing import EngineGiftPricing
from gateway.services.ports.gift_pricing import GiftEstimate, GiftUnavailable, NoShippingMethod
from tests.shelves import DEFAULT_POLICY, find_variant_id

MOUNTAIN_VIEW = PostalAddress(
    "Ann Example", "US", "CA", "Mountain View", "94043", ("1600 Amphitheatre Parkway",)
)
NEW_YORK = PostalAddress("Ann Example", "US", "NY", "New York", "10001", ("350 5th Avenue",))

ONLY_CALIFORNIA = """
title: One state
shipping:
  - {id: van, name: Our van, flat: {USD: 5.00}, allowed: [US-CA]}
"""


@pytest.fixture
async def pricing(database: SqliteDatabase, clock: ManualClock) -> EngineGiftPricing:
    """Gifts of the demonstration shop."""
    await seed_demo_products(
        demo_rules(), demo_assets(), database=database, ids=RandomIds(), clock=clock
    )
    return EngineGiftPricing(database, DEFAULT_POLICY, clock, ZoneCalendars())


async def variant_id(pricing: EngineGiftPricing, sku: str) -> str:
    async with pricing.database.read() as reading:
        return await find_variant_id(sku, reading)


async def test_the_final_cost_lies_within_the_estimate(
    pricing: EngineGiftPricing,
) -> None:  # R66, R93
    mug = await variant_id(pricing, "MUG-WHITE")
    estimate = await pricing.estimate(mug, 1, wrap=False)
    assert isinstance(estimate, GiftEstimate)
    assert estimate.title == "Stoneware mug, white"
    for address in (MOUNTAIN_VIEW, NEW_YORK):
        final = await pricing.final_total(mug, 1, wrap=False, address=address)
        assert estimate.low.minor <= final.minor <= estimate.high.minor


async def test_what_there_is_not_cannot_be_given(pricing: EngineGiftPricing) -> None:
    assert isinstance(await pricing.estimate("var_none", 1, wrap=False), GiftUnavailable)
    print_id = await variant_id(pricing, "PRINT")
    assert isinstance(await pricing.estimate(print_id, 1_000, wrap=False), GiftUnavailable)


async def test_where_nothing_is_shipped_nothing_is_charged(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    await seed_demo_products(
        from_yaml(ONLY_CALIFORNIA), demo_assets(), database=database, ids=RandomIds(), clock=clock
    )
    pricing = EngineGiftPricing(database, DEFAULT_POLICY, clock, ZoneCalendars())
    mug = await variant_id(pricing, "MUG-WHITE")
    assert (await pricing.final_total(mug, 1, wrap=False, address=MOUNTAIN_VIEW)).minor == 1900
    with pytest.raises(NoShippingMethod):
        await pricing.final_total(mug, 1, wrap=False, address=NEW_YORK)


async def test_a_recipient_may_take_what_costs_no_more(pricing: EngineGiftPricing) -> None:
    white = await variant_id(pricing, "MUG-WHITE")
    assert [each.title for each in await pricing.list_exchange_options(white, 1)] == [
        "Stoneware mug, blue"
    ]
