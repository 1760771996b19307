"""The one-click button of a variant."""

import asyncio

import strawberry

from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import OneClickOffer, build_offer
from gateway.resolvers.context import Info


async def one_click(root: strawberry.Parent[Variant], info: Info) -> OneClickOffer:
    """What pressing the variant's button would do for the caller."""
    # Other fields await it too: one that is given up must not take it from them.
    one_click_context = await asyncio.shield(info.context.one_click_context)
    return build_offer(
        one_click_context.setup,
        today=info.context.dependencies.clock.now().date(),
        available=root.can_sell(1),
        ordered=root.id in one_click_context.undoable_variants,
    )
