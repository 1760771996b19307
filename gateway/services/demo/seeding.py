"""The demonstration shop for an empty database."""

from gateway.services.demo.collections import add_demo_collections
from gateway.services.demo.products import DemoAssets, build_demo_catalogue
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.rule_sets import RuleSource


async def seed_demo_products(
    rules: RuleSource, assets: DemoAssets, *, database: Database, ids: IdGenerator, clock: Clock
) -> bool:
    """Add the demonstration products if there are no products; returns whether it did."""
    now = clock.now()
    async with database.begin() as work:
        if not await work.catalogue.is_empty():
            return False
        await work.catalogue.save(build_demo_catalogue(ids, assets), now)
        await add_demo_collections(assets, work=work, ids=ids)
        if await work.rule_sets.find_current(now.date()) is None:
            await work.rule_sets.add(ids.new("rul"), rules, rules.valid_from or now.date(), now)
        await work.stored_values.issue(rules.rulebook.stored_values, now)
    return True
