"""What a gift costs: the same engine as every purchase (R93)."""

import pytest

from gateway.adapters.calendars import ZoneCalendars
from gateway.adapters.clocks import StandingClock
from gateway.adapters.ids import RandomIds
from gateway.adapters.rule_files import demo_rules, from_yaml
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.places import PostalAddress
from gateway.services.gift_pricing import EnginePricing
from gateway.services.ports.gift_pricing import GiftEstimate, NotGivable, Undeliverable
from gateway.services.seeding import seed
from gateway.settings import Settings

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
async def pricing(database: SqliteDatabase, clock: StandingClock) -> EnginePricing:
    """Gifts of the demonstration shop."""
    await seed(demo_rules(), database=database, ids=RandomIds(), clock=clock)
    return EnginePricing(database, Settings().policy, clock, ZoneCalendars())


async def variant_id(pricing: EnginePricing, sku: str) -> str:
    async with pricing.database.read() as reading:
        return (await reading.catalogue.known_by_sku([sku]))[sku].variant_id


async def test_the_final_cost_lies_within_the_estimate(pricing: EnginePricing) -> None:  # R66, R93
    mug = await variant_id(pricing, "MUG-WHITE")
    estimate = await pricing.estimate(mug, 1, wrap=False)
    assert isinstance(estimate, GiftEstimate)
    assert estimate.title == "Stoneware mug, white"
    for address in (MOUNTAIN_VIEW, NEW_YORK):
        final = await pricing.final(mug, 1, wrap=False, address=address)
        assert estimate.low.minor <= final.minor <= estimate.high.minor


async def test_what_there_is_not_cannot_be_given(pricing: EnginePricing) -> None:
    assert isinstance(await pricing.estimate("var_none", 1, wrap=False), NotGivable)
    print_id = await variant_id(pricing, "PRINT")
    assert isinstance(await pricing.estimate(print_id, 1_000, wrap=False), NotGivable)


async def test_where_nothing_is_shipped_nothing_is_charged(
    database: SqliteDatabase, clock: StandingClock
) -> None:
    await seed(from_yaml(ONLY_CALIFORNIA), database=database, ids=RandomIds(), clock=clock)
    pricing = EnginePricing(database, Settings().policy, clock, ZoneCalendars())
    mug = await variant_id(pricing, "MUG-WHITE")
    assert (await pricing.final(mug, 1, wrap=False, address=MOUNTAIN_VIEW)).minor == 1900
    with pytest.raises(Undeliverable):
        await pricing.final(mug, 1, wrap=False, address=NEW_YORK)


async def test_a_recipient_may_take_what_costs_no_more(pricing: EnginePricing) -> None:
    white = await variant_id(pricing, "MUG-WHITE")
    assert [each.title for each in await pricing.exchanges(white, 1)] == ["Stoneware mug, blue"]
