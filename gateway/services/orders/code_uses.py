"""Uses of discount codes, counted by purchaser and by e-mail address."""

from collections.abc import Sequence

from gateway.engine.checkout.outcomes import Buyer, DraftOrder
from gateway.services.dependencies import Dependencies
from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher


async def find_used_codes(
    codes: Sequence[str], buyer: Buyer, reading: ReadSession, cipher: Cipher
) -> frozenset[str]:
    """Those of ``codes`` that the buyer has used before, signed in or as a guest."""
    if not codes:
        return frozenset()
    identities = await find_buyer_identities(buyer, reading, cipher)
    buyer_keys = [key for identity in identities for key in identity]
    return await reading.code_uses.find_used(buyer_keys, codes) if buyer_keys else frozenset()


def buyer_identities(buyer: Buyer, cipher: Cipher) -> tuple[tuple[str, ...], ...]:
    """What uses by ``buyer`` are recorded under: the purchaser, and the e-mail address.

    Each has the key for what is recorded now, then those of earlier secrets.
    """
    return tuple(filter(None, (_purchaser_keys(buyer), _email_keys(buyer, cipher))))


async def find_buyer_identities(
    buyer: Buyer, reading: ReadSession, cipher: Cipher
) -> tuple[tuple[str, ...], ...]:
    """What uses by ``buyer`` may be recorded under, also those by a guest's account."""
    identities = buyer_identities(buyer, cipher)
    if buyer.purchaser_id is None and buyer.email:
        # Older uses are stored under the purchaser alone, not under the e-mail address.
        purchaser_id = await find_purchaser_id(buyer.email, reading=reading, cipher=cipher)
        identities += () if purchaser_id is None else ((purchaser_id,),)
    return identities


async def record_uses(
    draft: DraftOrder, used_by_id: str, work: UnitOfWork, dependencies: Dependencies
) -> str | None:
    """Record that ``used_by_id`` uses the draft's codes, once for each key of the buyer.

    Returns a single-use code that the buyer has used before, else None: of two purchases at once
    one is refused.
    """
    buyer_keys, clock = (
        [*_purchaser_keys(draft.buyer), *_email_keys(draft.buyer, dependencies.cipher)[:1]],
        dependencies.clock,
    )
    # Always in the same order, so that no two purchases wait for each other.
    for code in sorted(draft.codes):
        for buyer_key in sorted(buyer_keys):
            is_first = await work.code_uses.record(code, buyer_key, used_by_id, clock.now())
            if not is_first and code in draft.once:
                return code
    return None


def _purchaser_keys(buyer: Buyer) -> tuple[str, ...]:
    return () if buyer.purchaser_id is None else (buyer.purchaser_id,)


def _email_keys(buyer: Buyer, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of the buyer's e-mail address, equal for all spellings of a mailbox."""
    if not buyer.email:
        return ()
    email = normalize_email(buyer.email) or buyer.email
    return cipher.blind_indexes("user of a code", mailbox_key(email))
