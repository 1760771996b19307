"""The port of what an erased account leaves: orders without a person, and sealed invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

ERASED_PURCHASER_ID = "pur_erased"
"""The purchaser of ended tokens of identity providers whose own purchaser was erased."""


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """Who an invoice was for, sealed; ``id`` and ``number`` are the order's or the gift's."""

    id: str
    number: str
    placed_at: datetime
    sealed: bytes


class AccountErasures(Protocol):
    """Repository of what goes, and what stays, when an account is erased."""

    async def detach_orders(self, purchaser_id: str) -> None:
        """Leave the purchaser's orders, parcels and returns without a person."""
        ...

    async def delete_account(self, purchaser_id: str, now: datetime) -> None:
        """Delete the purchaser with all that is kept for them; revokes API keys that they pay."""
        ...

    async def delete_codes(self, email_indexes: Sequence[str]) -> tuple[str, ...]:
        """Delete the sign-in codes of an e-mail address; returns their ids."""
        ...

    async def keep_invoice(self, invoice: InvoiceRecord) -> None:
        """Keep an invoice, unless it is kept already."""
        ...

    async def find_invoice(self, number: str) -> InvoiceRecord | None:
        """The invoice of the order or gift of this number, or None."""
        ...

    async def prune_invoices(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete up to ``limit`` invoices placed before ``before``; returns their ids."""
        ...
