"""What a gift costs, before and after its destination is known, as use cases see it."""

from dataclasses import dataclass
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode


@dataclass(frozen=True, slots=True)
class GiftEstimate:
    """What giving something may cost wherever it may go, all included.

    ``demand`` is what one such gift takes from stock, by variant id.
    """

    title: str
    low: Money
    high: Money
    demand: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GiftUnavailable:
    """Why something cannot be given: NOT_FOUND or OUT_OF_STOCK."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class ExchangeOption:
    """What a recipient may take instead: it costs the giver no more.

    ``demand`` is what it takes from stock, by variant id.
    """

    variant_id: str
    title: str
    demand: tuple[tuple[str, int], ...] = ()


class NoShippingMethod(Exception):
    """No way of shipping goes to the recipient's address."""


class GiftPricing(Protocol):
    """The pricing engine as gifts need it."""

    async def estimate(
        self, variant_id: str, quantity: int, *, wrap: bool
    ) -> GiftEstimate | GiftUnavailable:
        """The least and the most it costs over all destinations of the rulebook."""
        ...

    async def final_total(
        self, variant_id: str, quantity: int, *, wrap: bool, address: PostalAddress
    ) -> Money:
        """What it costs there: goods, wrap, shipping and tax.

        Raises:
            NoShippingMethod: nothing is shipped there.

        """
        ...

    async def list_exchange_options(
        self, variant_id: str, quantity: int
    ) -> tuple[ExchangeOption, ...]:
        """What so many of it may be exchanged for."""
        ...
