"""Purchasers: made at their first sign-in, found by e-mail or by an identity provider's account."""

from gateway.engine.purchasers import Purchaser
from gateway.services.identity.emails import mailbox, normalised
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.personal import drawer, own_drawer
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.identity_providers import ProviderAccount
from gateway.services.ports.purchasers import PurchaserRecord
from gateway.services.ports.vault import Cipher


def email_indexes(email: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds ``email`` without holding it, in whatever spelling it was typed."""
    return cipher.blind("purchaser e-mail", mailbox(email))


async def by_id(id: str, *, reading: Reading, cipher: Cipher) -> Purchaser | None:
    """The purchaser with this id."""
    record = await reading.purchasers.find(id)
    opener = await drawer(id, reading, cipher)
    return opener.purchaser(record) if record and opener else None


async def by_email(email: str, *, reading: Reading, cipher: Cipher) -> str | None:
    """The id of the purchaser with this verified e-mail."""
    # Of most addresses the two are the same.
    for indexes in dict.fromkeys((email_indexes(email, cipher), _earlier_indexes(email, cipher))):
        record = await reading.purchasers.by_email(indexes)
        if record is not None and await _is_of(email, record, reading, cipher):
            return record.id
    return None


def _earlier_indexes(email: str, cipher: Cipher) -> tuple[str, ...]:
    """What found ``email`` while letters were compared that mail servers keep apart."""
    return cipher.blind("purchaser e-mail", email.casefold())


async def _is_of(email: str, record: PurchaserRecord, reading: Reading, cipher: Cipher) -> bool:
    """Whether the mailbox is the purchaser's: an index of earlier days may be another's too."""
    opener = await drawer(record.id, reading, cipher)
    return opener is not None and mailbox(opener.purchaser(record).email) == mailbox(email)


async def registered(email: str, *, work: Work, parts: IdentityParts) -> str:
    """The id of the purchaser with this verified e-mail, who is made if there is none."""
    known = await by_email(email, reading=work, cipher=parts.cipher)
    if known is not None:
        return known
    await _make_room(email, work=work, parts=parts)
    return await _added(email, email_indexes(email, parts.cipher)[0], work=work, parts=parts)


async def _make_room(email: str, *, work: Work, parts: IdentityParts) -> None:
    """Let who stands under the index of ``email``, though it is not theirs, have their own."""
    holder = await work.purchasers.by_email(email_indexes(email, parts.cipher))
    if holder is None:
        return
    opener = await drawer(holder.id, work, parts.cipher)
    own = email_indexes(opener.purchaser(holder).email, parts.cipher) if opener else ()
    free = bool(own) and await work.purchasers.by_email(own) is None
    await work.purchasers.index(holder.id, own[0] if free else None)


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
