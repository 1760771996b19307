"""Uses of promotions that have limits, counted in all, by purchaser and by e-mail address."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.engine.carts import PricingContext
from gateway.engine.checkout.outcomes import Buyer, DraftOrder
from gateway.engine.pricing.discount_codes import select_promotions
from gateway.engine.pricing.promotions import PromotionUse
from gateway.services import promotions
from gateway.services.dependencies import Dependencies
from gateway.services.identity.registration import find_purchaser
from gateway.services.orders.code_uses import buyer_identities, find_buyer_identities
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher


async def load_buyer_terms(
    context: PricingContext,
    codes: Iterable[str],
    buyer: Buyer,
    reading: ReadSession,
    cipher: Cipher,
) -> PricingContext:
    """``context``, which is anybody's, with the buyer's groups and what is used up for them."""
    groups: frozenset[str] = frozenset()
    if context.market.asks_for_groups and buyer.purchaser_id is not None:
        groups = await reading.customer_groups.list_for(buyer.purchaser_id)
    tried = select_promotions(context.market.promotions, codes)
    identities: Sequence[Sequence[str]] = ()
    if any(promotion.limit_per_buyer is not None for promotion in tried):
        identities = await find_buyer_identities(
            await _with_email(buyer, reading, cipher), reading, cipher
        )
    used_up = await promotions.find_used_up(tried, identities, reading)
    return replace(context, customer_groups=groups, used_up_promotions=used_up)


async def _with_email(buyer: Buyer, reading: ReadSession, cipher: Cipher) -> Buyer:
    """``buyer`` with the e-mail address, under which they may have bought as a guest."""
    if buyer.purchaser_id is None or buyer.email:
        return buyer
    purchaser = await find_purchaser(buyer.purchaser_id, reading=reading, cipher=cipher)
    return buyer if purchaser is None else replace(buyer, email=purchaser.email or None)


async def record_uses(
    draft: DraftOrder, used_by_id: str, work: UnitOfWork, dependencies: Dependencies
) -> PromotionUse | None:
    """Record that ``used_by_id`` uses the draft's promotions.

    Returns one that was used up meanwhile, else None: of purchases at once, only as many get it as
    its limits let.
    """
    now = dependencies.clock.now()
    # Always in the same order, so that no two purchases wait for each other.
    for use in sorted(draft.promotions, key=lambda each: each.name):
        if use.limit is not None and not await work.promotion_uses.count_use(
            use.name, use.limit, used_by_id, now
        ):
            return use
        if use.limit_per_buyer is not None and not await _record_by_buyer(
            use.name, use.limit_per_buyer, draft.buyer, used_by_id, work, dependencies
        ):
            return use
    return None


async def _record_by_buyer(
    name: str,
    limit: int,
    buyer: Buyer,
    used_by_id: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> bool:
    identities = buyer_identities(buyer, dependencies.cipher)
    for key, *earlier_keys in sorted(identities):
        # Uses under keys of an earlier secret stay, and none are added.
        earlier = await work.promotion_uses.count_by_buyer(earlier_keys, [name])
        if not await work.promotion_uses.record_use(
            name, key, limit - sum(earlier.values()), used_by_id, dependencies.clock.now()
        ):
            return False
    return True
