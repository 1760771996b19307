"""Customer groups: purchasers to whom the rules give prices and promotions of their own."""

from dataclasses import dataclass

from gateway.services.dependencies import Dependencies
from gateway.services.identity.registration import lock_purchaser


@dataclass(frozen=True, slots=True)
class CustomerGroupRefusal:
    """Why a purchaser's groups stay as they are, in one line."""

    message: str


async def join_group(
    email: str, name: str, dependencies: Dependencies
) -> CustomerGroupRefusal | None:
    """Put the purchaser with this verified e-mail into a group of today's rules."""
    async with dependencies.database.begin() as work:
        rule_set = await work.rule_sets.find_current(dependencies.clock.now().date())
        groups = frozenset[str]() if rule_set is None else rule_set.rulebook.customer_groups
        if name not in groups:
            names = ", ".join(sorted(groups)) or "none"
            return CustomerGroupRefusal(f"the rules have no group {name}; their groups: {names}")
        purchaser_id = await lock_purchaser(email, work=work, cipher=dependencies.cipher)
        if purchaser_id is None:
            return _unknown_purchaser(email)
        await work.customer_groups.add(purchaser_id, name)
    return None


async def leave_group(
    email: str, name: str, dependencies: Dependencies
) -> CustomerGroupRefusal | None:
    """Take the purchaser with this verified e-mail out of a group, whether the rules have it."""
    async with dependencies.database.begin() as work:
        purchaser_id = await lock_purchaser(email, work=work, cipher=dependencies.cipher)
        if purchaser_id is None:
            return _unknown_purchaser(email)
        await work.customer_groups.remove(purchaser_id, name)
    return None


def _unknown_purchaser(email: str) -> CustomerGroupRefusal:
    return CustomerGroupRefusal(f"no purchaser has the verified e-mail {email}")
