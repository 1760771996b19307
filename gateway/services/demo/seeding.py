"""Filling an empty database with the demonstration shop."""

from gateway.services.demo.products import build_demo_catalogue
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.rule_sets import RuleSource


async def seed_demo_products(
    rules: RuleSource, *, database: Database, ids: IdGenerator, clock: Clock
) -> bool:
    """Whether the demonstration was put in: only where there is no product yet."""
    now = clock.now()
    async with database.begin() as work:
        if not await work.catalogue.is_empty():
            return False
        await work.catalogue.save(build_demo_catalogue(ids), now)
        if await work.rule_sets.find_current(now.date()) is None:
            await work.rule_sets.add(ids.new("rul"), rules, rules.valid_from or now.date(), now)
        await work.stored_values.issue(rules.rulebook.stored_values, now)
    return True
