"""Shipping methods, and which of them fit a purchase at which price."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.areas import Area, Match, holds
from gateway.engine.places import Destination
from gateway.engine.values import value


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """One price for all, minor units."""

    minor: int


@dataclass(frozen=True, slots=True)
class PriceByWeight:
    """Brackets in order: up to so many grams costs so many minor units; heavier: not offered."""

    brackets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PriceByArea:
    """The first price whose areas hold the destination, minor units; elsewhere: not offered."""

    prices: tuple[tuple[tuple[Area, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Pickup:
    """Fetched by the buyer at a place of the merchant's: free, and no destination is needed."""


ShippingPrice: TypeAlias = FlatPrice | PriceByWeight | PriceByArea | Pickup


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to ship. ``allowed`` of None is everywhere; ``excluded`` outranks ``allowed``."""

    id: str
    name: str
    price: ShippingPrice
    includes_tax: bool = False
    allowed: tuple[Area, ...] | None = None
    excluded: tuple[Area, ...] = ()
    takes_oversize: bool = True
    free_from: int | None = None


class Unshippable(StrEnum):
    """Why a purchase cannot be shipped."""

    NO_METHOD_FITS = "no shipping method goes to this destination with these items"
    NEEDS_ADDRESS = "shipping depends on the destination"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What shipping methods look at: weight in grams, worth in minor units, size, destination."""

    grams: int
    worth: int
    oversize: bool
    destination: Destination | None


@value
class ShippingChoice:
    """A method that fits and its price in minor units, in the method's own tax basis."""

    method: ShippingMethod
    minor: int


def choices(methods: Iterable[ShippingMethod], parcel: Parcel) -> tuple[ShippingChoice, ...]:
    """The methods that fit ``parcel`` with their prices, cheapest first, ties in given order."""
    found = [
        ShippingChoice(method, price)
        for method in methods
        if (price := _price(method, parcel)) is not None
    ]
    return tuple(sorted(found, key=lambda choice: choice.minor))


def chosen(offered: tuple[ShippingChoice, ...], wanted: str | None) -> ShippingChoice | None:
    """The choice of the method ``wanted``, else the cheapest; None where there is none."""
    for choice in offered:
        if choice.method.id == wanted:
            return choice
    return offered[0] if offered else None


def _price(method: ShippingMethod, parcel: Parcel) -> int | None:
    if parcel.oversize and not method.takes_oversize:
        return None
    if not isinstance(method.price, Pickup) and not _goes_to(method, parcel.destination):
        return None
    price = _listed_price(method.price, parcel)
    if price is None or method.free_from is None or parcel.worth < method.free_from:
        return price
    return 0


def _goes_to(method: ShippingMethod, to: Destination | None) -> bool:
    """Whether the method surely serves ``to``; where that is not known it is not offered."""
    if to is None:
        return method.allowed is None and not method.excluded
    if any(holds(area, to) is not Match.NO for area in method.excluded):
        return False
    return method.allowed is None or _any_holds(method.allowed, to)


def _any_holds(areas: Iterable[Area], to: Destination) -> bool:
    return any(holds(area, to) is Match.YES for area in areas)


def _listed_price(price: ShippingPrice, parcel: Parcel) -> int | None:
    match price:
        case FlatPrice(minor):
            return minor
        case Pickup():
            return 0
        case PriceByWeight(brackets):
            fitting = (minor for most, minor in brackets if parcel.grams <= most)
        case PriceByArea(prices):
            to = parcel.destination
            fitting = (minor for areas, minor in prices if to and _any_holds(areas, to))
    return next(fitting, None)
