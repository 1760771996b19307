"""The ports of purchasers, addresses and payment methods, whose personal data is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PurchaserRecord:
    """A purchaser; ``sealed`` is the e-mail, ``email_index`` its blind index once verified.

    ``details`` are the sealed name, phone and language; None if the purchaser gave none.
    ``tax_exemption`` is the sealed reason why the shop takes no tax of them; None: it does.
    """

    id: str
    email_index: str | None
    sealed: bytes
    details: bytes | None = None
    tax_exemption: bytes | None = None


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An address; ``label_index`` is the blind index of its label, ``sealed`` the rest."""

    id: str
    purchaser_id: str
    label_index: str
    sealed: bytes
    use_for_gifts: bool


@dataclass(frozen=True, slots=True)
class PaymentMethodRecord:
    """A payment method, sealed as a whole."""

    id: str
    purchaser_id: str
    sealed: bytes


class Purchasers(Protocol):
    """Repository of purchasers."""

    async def find(self, id: str) -> PurchaserRecord | None:
        """The purchaser with this id, or None."""
        ...

    async def lock(self, id: str) -> bool:
        """Lock the purchaser until the transaction ends; returns whether there is one."""
        ...

    async def find_by_email(self, email_indexes: Sequence[str]) -> PurchaserRecord | None:
        """The purchaser whose verified e-mail has one of these blind indexes, or None."""
        ...

    async def add(self, record: PurchaserRecord, now: datetime) -> str:
        """Add a purchaser unless another has the e-mail; returns the id of who has it now."""
        ...

    async def set_email_index(self, id: str, email_index: str | None) -> None:
        """Set or (with None) remove the blind index by which the purchaser is found."""
        ...

    async def save_details(self, id: str, details: bytes | None) -> None:
        """Replace the purchaser's sealed details; None deletes them."""
        ...

    async def save_tax_exemption(self, id: str, exemption: bytes | None) -> None:
        """Replace the sealed reason why no tax is taken of the purchaser; None deletes it."""
        ...

    async def link_account(
        self, issuer: str, subject: str, purchaser_id: str, now: datetime
    ) -> str:
        """Link a provider account unless it is linked; returns the id of its purchaser."""
        ...


class PurchaserAddresses(Protocol):
    """Repository of saved addresses."""

    async def list_for(self, purchaser_id: str) -> tuple[AddressRecord, ...]:
        """The purchaser's addresses, in the order they were added."""
        ...

    async def find(self, id: str) -> AddressRecord | None:
        """The address with this id, of any purchaser, or None."""
        ...

    async def add(self, record: AddressRecord, now: datetime) -> None:
        """Add an address; raises ``DuplicateKey`` if its label is taken."""
        ...

    async def replace(self, record: AddressRecord, now: datetime) -> None:
        """Replace an address; raises ``DuplicateKey`` if its label is taken."""
        ...

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Delete an address of the purchaser; returns whether they had it."""
        ...


class PaymentMethods(Protocol):
    """Repository of saved payment methods."""

    async def list_for(self, purchaser_id: str) -> tuple[PaymentMethodRecord, ...]:
        """The purchaser's payment methods, in the order they were added."""
        ...

    async def find(self, id: str) -> PaymentMethodRecord | None:
        """The payment method with this id, of any purchaser, or None."""
        ...

    async def add(self, record: PaymentMethodRecord, now: datetime) -> None:
        """Add a payment method."""
        ...

    async def save(self, record: PaymentMethodRecord) -> None:
        """Save a changed payment method; one that is gone stays so."""
        ...

    async def delete(self, id: str, purchaser_id: str) -> bool:
        """Delete a payment method of the purchaser; returns whether they had it."""
        ...
