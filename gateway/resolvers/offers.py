"""The one-click button of a variant."""

import asyncio

import strawberry

from gateway.engine.catalogue import Variant
from gateway.engine.offers import Offer, offer
from gateway.resolvers.context import Info


async def one_click(root: strawberry.Parent[Variant], info: Info) -> Offer:
    """What pressing the variant's button would do for the caller."""
    # Other fields await it too: one that is given up must not take it from them.
    found = await asyncio.shield(info.context.offering)
    return offer(
        found.standing,
        today=info.context.parts.clock.now().date(),
        available=root.sells(1),
        ordered=root.id in found.clicked,
    )
