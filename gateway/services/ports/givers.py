"""The port of purchasers as givers and recipients of gifts."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.services.ports.database import ReadSession


@dataclass(frozen=True, slots=True)
class Giver:
    """A giver's name and the e-mail address for notices."""

    id: str
    email: str = field(repr=False)
    name: str = field(repr=False)


class Givers(Protocol):
    """The data of purchasers that gifts need."""

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        """The giver with this purchaser id; None if they were erased."""
        ...

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        """The purchaser's method of this id, or their default one if ``id`` is None.

        A method found by id may have expired.
        """
        ...

    async def list_gift_addresses(
        self, email: str, reading: ReadSession
    ) -> tuple[PostalAddress, ...]:
        """The addresses that the purchaser with this verified e-mail has allowed gifts to use."""
        ...
