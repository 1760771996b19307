"""Purchasers, who are added at the first sign-in and found by e-mail or by provider account."""

from gateway.engine.identity.purchasers import Purchaser
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.identity.sealed_records import create_personal_cipher, find_personal_cipher
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.identity_providers import ProviderAccount
from gateway.services.ports.purchasers import PurchaserRecord


def email_indexes(email: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of ``email``, the same for each spelling of one mailbox."""
    return cipher.blind_indexes("purchaser e-mail", mailbox_key(email))


async def find_purchaser(id: str, *, reading: ReadSession, cipher: Cipher) -> Purchaser | None:
    """The purchaser with this id; None if there is none or they are erased."""
    record = await reading.purchasers.find(id)
    personal_cipher = await find_personal_cipher(id, reading, cipher)
    return personal_cipher.purchaser(record) if record and personal_cipher else None


async def find_purchaser_id(email: str, *, reading: ReadSession, cipher: Cipher) -> str | None:
    """The id of the purchaser with this verified e-mail, or None."""
    # For most addresses these are the same indexes.
    for indexes in dict.fromkeys((email_indexes(email, cipher), _legacy_indexes(email, cipher))):
        record = await reading.purchasers.find_by_email(indexes)
        if record is not None and await _has_mailbox(email, record, reading, cipher):
            return record.id
    return None


async def lock_purchaser(email: str, *, work: UnitOfWork, cipher: Cipher) -> str | None:
    """The id of the purchaser with this verified e-mail, as typed; None if there is none.

    They are not erased before the transaction ends.
    """
    address = normalize_email(email)
    if address is None:
        return None
    purchaser_id = await find_purchaser_id(address, reading=work, cipher=cipher)
    is_locked = purchaser_id is not None and await work.purchasers.lock(purchaser_id)
    return purchaser_id if is_locked else None


def _legacy_indexes(email: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of earlier versions, which folded letters that mail servers distinguish."""
    return cipher.blind_indexes("purchaser e-mail", email.casefold())


async def _has_mailbox(
    email: str, record: PurchaserRecord, reading: ReadSession, cipher: Cipher
) -> bool:
    """Whether the mailbox is the purchaser's; an index of earlier versions may match others too."""
    personal_cipher = await find_personal_cipher(record.id, reading, cipher)
    return personal_cipher is not None and mailbox_key(
        personal_cipher.purchaser(record).email
    ) == mailbox_key(email)


async def find_or_add_purchaser(
    email: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> str:
    """The id of the purchaser with this verified e-mail, who is added if there is none."""
    existing_id = await find_purchaser_id(email, reading=work, cipher=dependencies.cipher)
    if existing_id is not None:
        return existing_id
    await _free_email_index(email, work=work, dependencies=dependencies)
    return await _add_purchaser(
        email, email_indexes(email, dependencies.cipher)[0], work=work, dependencies=dependencies
    )


async def _free_email_index(
    email: str, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> None:
    """Give a purchaser whose legacy index is the index of ``email`` the index of their own."""
    holder = await work.purchasers.find_by_email(email_indexes(email, dependencies.cipher))
    if holder is None:
        return
    personal_cipher = await find_personal_cipher(holder.id, work, dependencies.cipher)
    own_indexes = (
        email_indexes(personal_cipher.purchaser(holder).email, dependencies.cipher)
        if personal_cipher
        else ()
    )
    is_free = bool(own_indexes) and await work.purchasers.find_by_email(own_indexes) is None
    await work.purchasers.set_email_index(holder.id, own_indexes[0] if is_free else None)


async def link_account(
    account: ProviderAccount, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> str:
    """The id of the purchaser with this provider account, who is added if there is none."""
    email = normalize_email(account.email or "")
    if email and account.email_verified:
        purchaser_id = await find_or_add_purchaser(email, work=work, dependencies=dependencies)
    else:
        purchaser_id = await _add_purchaser(email or "", None, work=work, dependencies=dependencies)
    now = dependencies.clock.now()
    return await work.purchasers.link_account(account.issuer, account.subject, purchaser_id, now)


async def _add_purchaser(
    email: str, email_index: str | None, *, work: UnitOfWork, dependencies: IdentityDependencies
) -> str:
    purchaser = Purchaser(dependencies.ids.new("pur"), email)
    personal_cipher = await create_personal_cipher(purchaser.id, work, dependencies.cipher)
    record = personal_cipher.purchaser_record(purchaser, email_index)
    return await work.purchasers.add(record, dependencies.clock.now())
