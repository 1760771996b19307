"""Purchasers: made at their first sign-in, found by e-mail or by an identity provider's account."""

from gateway.engine.purchasers import Purchaser
from gateway.services.identity.emails import normalised
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.personal import drawer, own_drawer
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.identity_providers import ProviderAccount
from gateway.services.ports.vault import Cipher


def email_indexes(email: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds ``email`` without holding it, in whatever case it was typed."""
    return cipher.blind("purchaser e-mail", email.casefold())


async def by_id(id: str, *, reading: Reading, cipher: Cipher) -> Purchaser | None:
    """The purchaser with this id."""
    record = await reading.purchasers.find(id)
    opener = await drawer(id, reading, cipher)
    return opener.purchaser(record) if record and opener else None


async def by_email(email: str, *, reading: Reading, cipher: Cipher) -> str | None:
    """The id of the purchaser with this verified e-mail."""
    record = await reading.purchasers.by_email(email_indexes(email, cipher))
    return record.id if record else None


async def registered(email: str, *, work: Work, parts: IdentityParts) -> str:
    """The id of the purchaser with this verified e-mail, who is made if there is none."""
    known = await by_email(email, reading=work, cipher=parts.cipher)
    if known is not None:
        return known
    return await _added(email, email_indexes(email, parts.cipher)[0], work=work, parts=parts)


async def linked(account: ProviderAccount, *, work: Work, parts: IdentityParts) -> str:
    """The id of the purchaser an identity provider's account is, who is made if there is none."""
    email = normalised(account.email or "")
    if email and account.verified:
        purchaser_id = await registered(email, work=work, parts=parts)
    else:
        purchaser_id = await _added(email or "", None, work=work, parts=parts)
    now = parts.clock.now()
    return await work.purchasers.link(account.issuer, account.subject, purchaser_id, now)


async def _added(email: str, index: str | None, *, work: Work, parts: IdentityParts) -> str:
    purchaser = Purchaser(parts.ids.new("pur"), email)
    opener = await own_drawer(purchaser.id, work, parts.cipher)
    record = opener.purchaser_record(purchaser, index)
    return await work.purchasers.add(record, parts.clock.now())
