"""Who the invoices of erased accounts were for, sealed as long as the law wants them kept."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.pricing.purchase_details import CONSUMER, TaxCustomer
from gateway.services import encryption
from gateway.services.ports.account_erasures import InvoiceRecord
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher


@dataclass(frozen=True, slots=True)
class InvoiceBuyer:
    """Who an invoice was for; ``address`` is None for a gift, which goes to somebody else.

    ``customer`` is as whom they were taxed, with the evidence of their tax id.
    """

    name: str = field(repr=False)
    email: str | None = field(repr=False)
    address: PostalAddress | None = field(default=None, repr=False)
    customer: TaxCustomer = CONSUMER


INVOICE_BUYER_ADAPTER = TypeAdapter(InvoiceBuyer)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An order or a gift that was paid, by its id, its number and the time it was placed."""

    id: str
    number: str
    placed_at: datetime


async def keep_invoice(
    invoice: Invoice, person: InvoiceBuyer, *, work: UnitOfWork, cipher: Cipher
) -> None:
    """Keep who ``invoice`` was for, under a key of its own."""
    sealed = await encryption.seal(
        INVOICE_BUYER_ADAPTER.dump_json(person),
        subject=_subject(invoice.id),
        context=_subject(invoice.id),
        work=work,
        cipher=cipher,
    )
    await work.account_erasures.keep_invoice(
        InvoiceRecord(invoice.id, invoice.number, invoice.placed_at, sealed)
    )


async def find_invoice_buyer(
    number: str, *, reading: ReadSession, cipher: Cipher
) -> InvoiceBuyer | None:
    """Who the invoice of the order or gift of this number was for; None if none is kept."""
    invoice = await reading.account_erasures.find_invoice(number)
    if invoice is None:
        return None
    plaintext = await encryption.unseal(
        invoice.sealed,
        subject=_subject(invoice.id),
        context=_subject(invoice.id),
        reading=reading,
        cipher=cipher,
    )
    return None if plaintext is None else INVOICE_BUYER_ADAPTER.validate_json(plaintext)


async def prune_invoices(before: datetime, limit: int, work: UnitOfWork) -> int:
    """Delete up to ``limit`` invoices placed before ``before`` with their keys; returns how many.

    Their number is below ``limit`` once none is left.
    """
    ids = await work.account_erasures.prune_invoices(before, limit)
    for id in ids:
        await encryption.delete_data_key(_subject(id), work=work)
    return len(ids)


def _subject(id: str) -> str:
    return f"invoice of {id}"
