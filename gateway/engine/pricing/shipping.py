"""Shipping methods, and the rates of those that fit a parcel."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, match_area
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.engine.values import value_object


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """One price for all parcels, in minor units."""

    minor: int


@dataclass(frozen=True, slots=True)
class PriceByWeight:
    """Prices by weight: pairs of a maximum in grams and a price in minor units, in order.

    Heavier parcels are not shipped by this method.
    """

    brackets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PriceByArea:
    """Prices by area, in minor units: the first whose areas contain the destination applies.

    Other destinations are not served by this method.
    """

    prices: tuple[tuple[tuple[Area, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Pickup:
    """The buyer collects the goods from the merchant. It is free and needs no destination."""


ShippingPrice: TypeAlias = FlatPrice | PriceByWeight | PriceByArea | Pickup


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to ship. ``allowed`` of None means everywhere; ``excluded`` outranks ``allowed``.

    ``free_from`` is the worth, in minor units, from which it is free. ``stated_taxes`` are its
    taxes where the merchant's calculator computed them.
    """

    id: str
    name: str
    price: ShippingPrice
    includes_tax: bool = False
    allowed: tuple[Area, ...] | None = None
    excluded: tuple[Area, ...] = ()
    takes_oversize: bool = True
    free_from: int | None = None
    stated_taxes: tuple[StatedTax, ...] | None = None


class ShippingProblem(StrEnum):
    """The reason why a purchase cannot be shipped."""

    NO_METHOD_FITS = "no shipping method goes to this destination with these items"
    NEEDS_ADDRESS = "shipping depends on the destination"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The facts that shipping methods depend on: grams, worth (minor units), size, destination."""

    grams: int
    worth: int
    oversize: bool
    destination: Destination | None


@value_object
class ShippingRate:
    """A method that fits and its price in minor units, in the method's own tax basis."""

    method: ShippingMethod
    minor: int


def shipping_rates(methods: Iterable[ShippingMethod], parcel: Parcel) -> tuple[ShippingRate, ...]:
    """The rates of the methods that fit ``parcel``, cheapest first.

    Methods with equal prices keep their order.
    """
    rates = [
        ShippingRate(method, price)
        for method in methods
        if (price := _method_price(method, parcel)) is not None
    ]
    return tuple(sorted(rates, key=lambda choice: choice.minor))


def select_rate(rates: tuple[ShippingRate, ...], method_id: str | None) -> ShippingRate | None:
    """The rate of the method ``method_id``, else the cheapest; None if there are no rates."""
    for rate in rates:
        if rate.method.id == method_id:
            return rate
    return rates[0] if rates else None


def _method_price(method: ShippingMethod, parcel: Parcel) -> int | None:
    if parcel.oversize and not method.takes_oversize:
        return None
    if not isinstance(method.price, Pickup) and not _serves(method, parcel.destination):
        return None
    price = _listed_price(method.price, parcel)
    if price is None or method.free_from is None or parcel.worth < method.free_from:
        return price
    return 0


def _serves(method: ShippingMethod, destination: Destination | None) -> bool:
    """Whether the method certainly serves ``destination``. An uncertain method is not offered."""
    if destination is None:
        return method.allowed is None and not method.excluded
    if any(match_area(area, destination) is not AreaMatch.NO for area in method.excluded):
        return False
    return method.allowed is None or _any_area_contains(method.allowed, destination)


def _any_area_contains(areas: Iterable[Area], destination: Destination) -> bool:
    return any(match_area(area, destination) is AreaMatch.YES for area in areas)


def _listed_price(price: ShippingPrice, parcel: Parcel) -> int | None:
    match price:
        case FlatPrice(minor):
            return minor
        case Pickup():
            return 0
        case PriceByWeight(brackets):
            fitting_prices = (minor for max_grams, minor in brackets if parcel.grams <= max_grams)
        case PriceByArea(prices):
            destination = parcel.destination
            fitting_prices = (
                minor
                for areas, minor in prices
                if destination and _any_area_contains(areas, destination)
            )
    return next(fitting_prices, None)
