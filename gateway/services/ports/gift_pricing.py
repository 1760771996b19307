"""The port of gift prices, before and after the destination is known."""

from dataclasses import dataclass
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode
from gateway.services.ports.database import ReadSession


@dataclass(frozen=True, slots=True)
class GiftEstimate:
    """The lowest and highest total of a gift over all destinations, shipping and tax included.

    ``demand`` is the quantities that one such gift takes from stock, by variant id.
    """

    title: str
    low: Money
    high: Money
    demand: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GiftUnavailable:
    """The reason why a variant cannot be given: NOT_FOUND or OUT_OF_STOCK."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class ExchangeOption:
    """A variant for which a recipient may exchange the gift, at no extra cost to the giver.

    ``demand`` is the quantities that it takes from stock, by variant id.
    """

    variant_id: str
    title: str
    demand: tuple[tuple[str, int], ...] = ()


class NoShippingMethod(Exception):
    """No shipping method ships to the recipient's address."""


class GiftPricing(Protocol):
    """The prices of gifts."""

    async def estimate(
        self, variant_id: str, quantity: int, *, wrap: bool
    ) -> GiftEstimate | GiftUnavailable:
        """The estimate over all destinations of the rulebook, or the reason why there is none."""
        ...

    async def final_total(
        self, variant_id: str, quantity: int, *, wrap: bool, address: PostalAddress
    ) -> Money:
        """The total for ``address``: goods, wrap, shipping and tax.

        Raises:
            NoShippingMethod: no shipping method ships there.

        """
        ...

    async def find_shipping_method(
        self, variant_id: str, quantity: int, *, address: PostalAddress, reading: ReadSession
    ) -> str | None:
        """The name of the method that ships it to ``address``; None if none does any more."""
        ...

    async def list_exchange_options(
        self, variant_id: str, quantity: int
    ) -> tuple[ExchangeOption, ...]:
        """The variants for which a gift of this variant and quantity may be exchanged."""
        ...
