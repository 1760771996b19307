"""Filling an empty database with the demonstration shop."""

from gateway.services.demo_shop import demo_shop
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import Ids
from gateway.services.ports.rules import RuleSource


async def seed(rules: RuleSource, *, database: Database, ids: Ids, clock: Clock) -> bool:
    """Whether the demonstration was put in: only where there is no product yet."""
    now = clock.now()
    async with database.begin() as work:
        if not await work.catalogue.empty():
            return False
        await work.catalogue.save(demo_shop(ids), now)
        if await work.rule_sets.in_force(now.date()) is None:
            await work.rule_sets.add(ids.new("rul"), rules, rules.valid_from or now.date(), now)
        await work.stored_values.issue(rules.rulebook.stored, now)
    return True
