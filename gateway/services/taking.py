"""What an order takes before it is paid: stock, stored value, codes, its cart, the day's money."""

from datetime import timedelta

from gateway.engine.buying import (
    Draft,
    InvalidPurchase,
    LimitExceeded,
    OutOfStock,
    PriceChanged,
    PriceGuard,
    Refusal,
)
from gateway.engine.codes import USED_BEFORE, Draw
from gateway.engine.money import Money
from gateway.engine.problems import ErrorCode, UserError
from gateway.services import code_uses, drafts
from gateway.services.identity import one_click
from gateway.services.parts import Parts
from gateway.services.ports.attempts import Attempt
from gateway.services.ports.database import Work

DAY = timedelta(hours=24)
CART = ("input", "cartId")
VERSION = ("input", "expectedVersion")


class Refused(Exception):
    """The transaction must not go on; nothing is kept of it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


async def take(attempt: Attempt, draft: Draft, work: Work, parts: Parts) -> None:
    """Reserve the stock, the stored value, the codes, the cart and the day's allowance."""
    await _check_day(attempt, draft, work, parts)
    for short in await work.stock.reserve(dict(draft.demand)):
        raise Refused(OutOfStock(short.variant_id, short.available))
    for draw in draft.stored:
        if not await work.stored_values.debit(draw.code, draw.minor):
            raise Refused(await _spent(draw, draft, work))
    await _use_codes(attempt, draft, work, parts)
    cart = draft.cart
    if cart is not None and not await work.carts.hold(cart.id, cart.version, attempt.id):
        conflict = UserError(ErrorCode.VERSION_CONFLICT, VERSION, "The cart was changed meanwhile.")
        raise Refused(InvalidPurchase((conflict,)))
    if draft.consent is not None:
        await one_click.agree(draft.buyer, draft.consent, work=work, parts=parts.identity)


async def _spent(draw: Draw, draft: Draft, work: Work) -> PriceChanged:
    """What is to pay now that another purchase took of the stored value first."""
    left = sum(each.balance for each in await work.stored_values.find([draw.code]))
    short = Money(draw.minor - min(draw.minor, left), draft.due.currency)
    cause = f"{draw.code}: the stored value was used meanwhile."
    return PriceChanged(draft.due, draft.due + short, PriceGuard.DUE, (cause,))


async def hand_over(
    attempt: Attempt, draft: Draft, order_id: str, work: Work, parts: Parts
) -> None:
    """Leave what was taken to the order, and turn on what the buyer agreed to."""
    if draft.cart is not None:
        await work.carts.bought(draft.cart.id, attempt.id, order_id)
    if draft.codes:
        await work.code_uses.hand_over(attempt.id, order_id)
    if draft.consent is not None:
        await one_click.fulfil(draft.buyer, draft.consent, work=work, parts=parts.identity)


async def _use_codes(attempt: Attempt, draft: Draft, work: Work, parts: Parts) -> None:
    if await code_uses.use(draft, attempt.id, work, parts) is not None:
        used = UserError(ErrorCode.INVALID_INPUT, CART, USED_BEFORE)
        raise Refused(InvalidPurchase((used,)))


async def _check_day(attempt: Attempt, draft: Draft, work: Work, parts: Parts) -> None:
    purchaser_id, cap = draft.buyer.purchaser_id, parts.policy.day_cap
    if purchaser_id is None or not _capped(draft):
        return
    currency = draft.due.currency.code
    await work.purchasers.lock(purchaser_id)
    spent = await work.orders.spent(purchaser_id, parts.clock.now() - DAY, currency)
    for other in await work.attempts.open_of(purchaser_id):
        under_way = draft if other.id == attempt.id else await drafts.unsealed(other, work, parts)
        if _capped(under_way) and under_way.due.currency.code == currency:
            spent += _worth(under_way)
    if spent > cap.minor:
        raise Refused(LimitExceeded("That is more than a day's orders without a sign-in."))


def _capped(draft: Draft) -> bool:
    """Whether it counts for the day: bought by one click, by an identifier alone."""
    return not draft.buyer.signed_in and draft.cart is None


def _worth(draft: Draft) -> int:
    gross = draft.figures.total.gross
    return 0 if gross is None else gross.minor


async def give_back(attempt: Attempt, draft: Draft, work: Work) -> None:
    """Undo what was taken for an order that will not be."""
    await work.stock.release(dict(draft.demand))
    for draw in draft.stored:
        await work.stored_values.credit(draw.code, draw.minor)
    if draft.codes:
        await work.code_uses.forget(attempt.id)
    if draft.cart is not None:
        await work.carts.let_go(draft.cart.id, attempt.id)
