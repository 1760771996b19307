"""Purchasers whom the shop exempts from tax, and why."""

from gateway.services.identity.sealed_records import find_personal_cipher
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

MAX_REASON_LENGTH = 500
"""A longer reason, in characters, is refused."""


async def find_tax_exemption(
    purchaser_id: str | None, *, reading: ReadSession, cipher: Cipher
) -> str | None:
    """Why the shop takes no tax of the purchaser; None where it does, and once they are erased.

    It takes tax of everybody who is no purchaser (None).
    """
    if purchaser_id is None:
        return None
    record = await reading.purchasers.find(purchaser_id)
    personal_cipher = await find_personal_cipher(purchaser_id, reading, cipher)
    if record is None or record.tax_exemption is None or personal_cipher is None:
        return None
    return personal_cipher.unseal_text(record.tax_exemption, _exemption_context(purchaser_id))


async def set_tax_exemption(
    purchaser_id: str, reason: str | None, *, work: UnitOfWork, cipher: Cipher
) -> bool:
    """Exempt the purchaser, who is locked, from tax for ``reason``, or (with None) no more.

    Returns whether there is such a purchaser.
    """
    personal_cipher = await find_personal_cipher(purchaser_id, work, cipher)
    if personal_cipher is None:
        return False
    sealed = (
        None
        if reason is None
        else personal_cipher.seal_text(reason, _exemption_context(purchaser_id))
    )
    await work.purchasers.save_tax_exemption(purchaser_id, sealed)
    return True


def _exemption_context(purchaser_id: str) -> str:
    return f"purchasers.tax_exemption of {purchaser_id}"
