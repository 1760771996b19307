"""Whose use of a code counts: a purchaser's, and anybody's who buys under the same e-mail."""

from collections.abc import Sequence

from gateway.engine.buying import Buyer, Draft
from gateway.services.identity.emails import mailbox, normalised
from gateway.services.identity.registering import by_email
from gateway.services.parts import Parts
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.vault import Cipher


async def used_before(
    codes: Sequence[str], buyer: Buyer, reading: Reading, cipher: Cipher
) -> frozenset[str]:
    """Those of ``codes`` that the buyer used, signed in or as a guest."""
    if not codes:
        return frozenset()
    names = [*_purchaser(buyer), *_blinds(buyer, cipher)]
    if buyer.purchaser_id is None and buyer.email:
        # Uses that were kept before e-mails counted stand under the purchaser alone.
        known = await by_email(buyer.email, reading=reading, cipher=cipher)
        names += [] if known is None else [known]
    return await reading.code_uses.of(names, codes) if names else frozenset()


async def use(draft: Draft, user_id: str, work: Work, parts: Parts) -> str | None:
    """Use the draft's codes; a code that counts once and was used by the same buyer, if any.

    Each use is a row in each of the buyer's names: of two purchases at once one is refused.
    """
    names, now = [*_purchaser(draft.buyer), *_blinds(draft.buyer, parts.cipher)[:1]], parts.clock
    # In one order, so that no two purchases wait for each other.
    for code in sorted(draft.codes):
        for name in sorted(names):
            first = await work.code_uses.record(code, name, user_id, now.now())
            if not first and code in draft.once:
                return code
    return None


def _purchaser(buyer: Buyer) -> tuple[str, ...]:
    return () if buyer.purchaser_id is None else (buyer.purchaser_id,)


def _blinds(buyer: Buyer, cipher: Cipher) -> tuple[str, ...]:
    """What stands for the buyer's e-mail, in the spelling that is one for all."""
    if not buyer.email:
        return ()
    email = normalised(buyer.email) or buyer.email
    return cipher.blind("user of a code", mailbox(email))
