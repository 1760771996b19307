"""Resolvers of the one-click offers of variants."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import OneClickOffer, OneClickState, build_offer
from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.pricing.totals import TaxedMoney
from gateway.resolvers.context import Info
from gateway.services.charge_amounts import describe_refusal
from gateway.services.checkout.one_click_offers import UndoableClick
from gateway.services.checkout.planned_purchases import OfferPrice
from gateway.services.orders.access import is_signed_in

PRICED_STATES = frozenset({OneClickState.READY, OneClickState.ORDERED})
Quantity = Annotated[
    int,
    strawberry.argument(description="How many would be bought."),
]


async def one_click(root: strawberry.Parent[Variant], info: Info) -> OneClickOffer:
    """The one-click offer of the variant for the caller."""
    # Other fields await it too, so a cancelled field must not cancel it.
    one_click_context = await asyncio.shield(info.context.one_click_context)
    offer = build_offer(
        one_click_context.setup,
        today=info.context.dependencies.clock.now().date(),
        available=root.can_sell(1),
        ordered=root.id in one_click_context.undoable_variants,
    )
    return replace(offer, variant_id=root.id)


async def total(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> TaxedMoney | None:
    """The total that the click would add, with tax and shipping; only gross without a sign-in."""
    price = await _load_price(root, info, quantity)
    if price is None or price.refusal is not None:
        return None
    if is_signed_in(info.context.caller, info.context.dependencies):
        return price.added
    return replace(price.added, net=None, tax=None)


async def due(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> Money | None:
    """The part of the total that would be charged."""
    price = await _load_price(root, info, quantity)
    return None if price is None or price.refusal is not None else price.due


async def reason(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> str | None:
    """Why a click would buy nothing although the button is there; None if it would buy."""
    price = await _load_price(root, info, quantity)
    if price is None or price.refusal is None:
        return None
    return describe_refusal(price.due, price.refusal)


async def _load_price(root: OneClickOffer, info: Info, quantity: int) -> OfferPrice | None:
    if root.state not in PRICED_STATES:
        return None
    return await info.context.one_click_prices.load((root.variant_id, quantity))


async def order(root: strawberry.Parent[OneClickOffer], info: Info) -> Order | None:
    """The order that the last click became, while it can be undone."""
    click = await _find_click(root, info)
    return None if click is None else click.order


async def line_id(root: strawberry.Parent[OneClickOffer], info: Info) -> str | None:
    """The line that the last click became, while it can be undone."""
    click = await _find_click(root, info)
    return None if click is None else click.line.id


async def undo_until(root: strawberry.Parent[OneClickOffer], info: Info) -> datetime | None:
    """The instant until which the last click can be undone."""
    click = await _find_click(root, info)
    return None if click is None else click.order.undo_until


async def _find_click(root: OneClickOffer, info: Info) -> UndoableClick | None:
    if root.state is not OneClickState.ORDERED:
        return None
    clicks = await asyncio.shield(info.context.undoable_clicks)
    return clicks.get(root.variant_id)
