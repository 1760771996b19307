"""Purchasers, their addresses and payment methods; personal data goes in and out sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PurchaserRecord:
    """A purchaser: ``sealed`` holds the e-mail, ``email_index`` its blind index once verified."""

    id: str
    email_index: str | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An address; ``label_index`` is the blind index of its label, ``sealed`` holds the rest."""

    id: str
    purchaser_id: str
    label_index: str
    sealed: bytes
    use_for_gifts: bool


@dataclass(frozen=True, slots=True)
class PaymentMethodRecord:
    """A payment method, all of it sealed."""

    id: str
    purchaser_id: str
    sealed: bytes


class Purchasers(Protocol):
    """Who buys."""

    async def find(self, id: str) -> PurchaserRecord | None:
        """The purchaser with this id."""
        ...

    async def lock(self, id: str) -> None:
        """Let other transactions that lock the same purchaser wait until this one has ended."""
        ...

    async def find_by_email(self, email_indexes: Sequence[str]) -> PurchaserRecord | None:
        """The purchaser whose verified e-mail has one of these blind indexes."""
        ...

    async def add(self, record: PurchaserRecord, now: datetime) -> str:
        """The id of who has the e-mail from now on: the new purchaser, or who had it already."""
        ...

    async def set_email_index(self, id: str, email_index: str | None) -> None:
        """Find the purchaser by this blind index of their e-mail from now on, or by none."""
        ...

    async def link_account(
        self, issuer: str, subject: str, purchaser_id: str, now: datetime
    ) -> str:
        """The purchaser of an identity provider's account: this one, or who it had already."""
        ...


class PurchaserAddresses(Protocol):
    """Saved addresses, in the order they were added."""

    async def list_for(self, purchaser_id: str) -> tuple[AddressRecord, ...]:
        """The purchaser's addresses."""
        ...

    async def find(self, id: str) -> AddressRecord | None:
        """The address with this id, whoever's it is."""
        ...

    async def add(self, record: AddressRecord, now: datetime) -> None:
        """Keep a new address; raises ``DuplicateKey`` if its label is taken."""
        ...

    async def replace(self, record: AddressRecord, now: datetime) -> None:
        """Keep a changed address; raises ``DuplicateKey`` if its label is taken."""
        ...

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Whether the purchaser had the address, which is gone now."""
        ...


class PaymentMethods(Protocol):
    """Saved payment methods, in the order they were added."""

    async def list_for(self, purchaser_id: str) -> tuple[PaymentMethodRecord, ...]:
        """The purchaser's payment methods."""
        ...

    async def find(self, id: str) -> PaymentMethodRecord | None:
        """The payment method with this id, whoever's it is."""
        ...

    async def add(self, record: PaymentMethodRecord, now: datetime) -> None:
        """Keep a new payment method."""
        ...

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Whether the purchaser had the method, which is gone now."""
        ...
