"""What gifts need to know of purchasers, who give and may be given to."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.services.ports.database import ReadSession


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives: where they are told, and what they are called."""

    id: str
    email: str = field(repr=False)
    name: str = field(repr=False)


class Givers(Protocol):
    """Purchasers as gifts see them."""

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        """Who the purchaser is; nothing once they are forgotten."""
        ...

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        """The purchaser's own method of this id, or (None) the one to be used unasked.

        The one that is named may have expired.
        """
        ...

    async def list_gift_addresses(
        self, email: str, reading: ReadSession
    ) -> tuple[PostalAddress, ...]:
        """Addresses that the purchaser with this verified e-mail lets gifts use unasked."""
        ...
