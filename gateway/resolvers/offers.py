"""Resolvers of the one-click offers of variants."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import OneClickOffer, OneClickState
from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.pricing.totals import TaxedMoney
from gateway.plans import of_context, of_value, returns_lasting
from gateway.resolvers.context import Info
from gateway.services.charge_amounts import describe_refusal
from gateway.services.checkout.one_click_offers import UndoableClick
from gateway.services.offer_prices import OfferPrice

PRICED_STATES = (OneClickState.READY, OneClickState.ORDERED)
T = TypeVar("T")
Quantity = Annotated[
    int,
    strawberry.argument(description="How many would be bought."),
]


@of_context
def one_click(
    root: strawberry.Parent[Variant], info: Info
) -> OneClickOffer | Awaitable[OneClickOffer]:
    """The one-click offer of the variant for the caller."""
    loaded = info.context.find_one_click_context()
    return _load_offer(root, info) if loaded is None else loaded.offer(root)


async def _load_offer(variant: Variant, info: Info) -> OneClickOffer:
    # Other fields await it too, so a cancelled field must not cancel it.
    loaded = await asyncio.shield(info.context.one_click_context)
    return loaded.offer(variant)


@of_context
@returns_lasting(TaxedMoney)
def total(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> TaxedMoney | Awaitable[TaxedMoney | None] | None:
    """The total that the click would add, with tax and shipping; only gross without a sign-in."""
    return _show_price(root, info, quantity, _total)


def _total(price: OfferPrice, info: Info) -> TaxedMoney | None:
    if price.refusal is not None:
        return None
    if info.context.caller.is_signed_in:
        return price.added
    return replace(price.added, net=None, tax=None)


@of_context
@returns_lasting(Money)
def due(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> Money | Awaitable[Money | None] | None:
    """The part of the total that would be charged."""
    return _show_price(root, info, quantity, _due)


def _due(price: OfferPrice, _: Info) -> Money | None:
    return None if price.refusal is not None else price.due


@of_context
def reason(
    root: strawberry.Parent[OneClickOffer], info: Info, quantity: Quantity = 1
) -> str | Awaitable[str | None] | None:
    """Why a click would buy nothing although the button is there; None if it would buy."""
    return _show_price(root, info, quantity, _reason)


def _reason(price: OfferPrice, _: Info) -> str | None:
    return None if price.refusal is None else describe_refusal(price.due, price.refusal)


def _show_price(
    offer: OneClickOffer, info: Info, quantity: int, show: Callable[[OfferPrice, Info], T | None]
) -> T | Awaitable[T | None] | None:
    """What ``show`` makes of the offer's price, at once where that is loaded; None without one."""
    if offer.state not in PRICED_STATES:
        return None
    price = info.context.one_click_prices.find_loaded((offer.variant_id, quantity))
    return _load_price(offer, info, quantity, show) if price is None else show(price, info)


async def _load_price(
    offer: OneClickOffer, info: Info, quantity: int, show: Callable[[OfferPrice, Info], T | None]
) -> T | None:
    price = await info.context.one_click_prices.load((offer.variant_id, quantity))
    return None if price is None else show(price, info)


@of_value
@of_context
def order(root: strawberry.Parent[OneClickOffer], info: Info) -> Awaitable[Order | None] | None:
    """The order that the last click became, while it can be undone."""
    return _show_click(root, info, lambda click: click.order)


@of_value
@of_context
def line_id(root: strawberry.Parent[OneClickOffer], info: Info) -> Awaitable[str | None] | None:
    """The line that the last click became, while it can be undone."""
    return _show_click(root, info, lambda click: click.line.id)


@of_value
@of_context
def undo_until(
    root: strawberry.Parent[OneClickOffer], info: Info
) -> Awaitable[datetime | None] | None:
    """The instant until which the last click can be undone."""
    return _show_click(root, info, lambda click: click.order.undo_until)


def _show_click(
    offer: OneClickOffer, info: Info, show: Callable[[UndoableClick], T | None]
) -> Awaitable[T | None] | None:
    """What ``show`` makes of the last click on the variant; None where none can be undone."""
    if offer.state is not OneClickState.ORDERED:
        return None
    return _load_click(offer, info, show)


async def _load_click(
    offer: OneClickOffer, info: Info, show: Callable[[UndoableClick], T | None]
) -> T | None:
    clicks = await asyncio.shield(info.context.undoable_clicks)
    click = clicks.get(offer.variant_id)
    return None if click is None else show(click)
