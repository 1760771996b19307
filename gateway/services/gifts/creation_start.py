"""The start of gifts: holds, then reservations and gifts in one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.gift import Gift, GiftItem, GiftNote
from gateway.engine.gifts.transitions import start_gift
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.charges import Hold, authorize_hold
from gateway.services.gifts.contact_limits import lock_contacts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import GiftOrderGuard, extend_lease, withdraw_refused
from gateway.services.gifts.gift_store import announce_change, save_with_effects
from gateway.services.gifts.giver_limits import check_daily_recipients
from gateway.services.gifts.links import new_tracking_number
from gateway.services.gifts.mailboxes import save_allowed_contacts
from gateway.services.gifts.order_planning import PricedGiftRequest
from gateway.services.gifts.provider_waits import limit_wait
from gateway.services.gifts.recipient_checks import CheckedRecipient
from gateway.services.gifts.requests import GiftCaller
from gateway.services.outcomes import Outcome
from gateway.services.ports.catalogue import Shortage
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.gifts import GiftOrder

PAYMENT_DECLINED_ERROR = UserError(
    ErrorCode.PAYMENT_DECLINED, ("input", "paymentMethodId"), "The payment was refused."
)


ACCOUNT_ERASED_ERROR = UserError(
    ErrorCode.SIGN_IN_REQUIRED, None, "The account that pays was erased. Sign in anew."
)


class _GiftsRefused(Exception):
    """The gifts are refused, so nothing of them is stored."""

    def __init__(self, error: UserError) -> None:
        super().__init__(error.code)
        self.error = error


async def start_gifts(
    order: GiftOrder,
    priced_request: PricedGiftRequest,
    caller: GiftCaller,
    now: datetime,
    *,
    dependencies: GiftDependencies,
) -> Outcome[tuple[Gift, ...]]:
    """Start the gifts of ``order``, which is withdrawn if they are refused or anything fails.

    Raises:
        ChargeOutcomeUnknown: the provider does not tell the outcome of a hold.
        VersionConflict: another process has taken over or withdrawn the order.

    """
    pairs = zip(order.gift_ids, priced_request.checked_request.recipients, strict=True)
    gifts = [
        _build_gift(gift_id, order, checked_recipient, priced_request, caller, now)
        for gift_id, checked_recipient in pairs
    ]
    async with GiftOrderGuard(order, dependencies) as guard:
        try:
            if priced_request.hold is not None:
                gifts = await _authorize_all(
                    guard, gifts, priced_request, priced_request.hold, dependencies
                )
            return Outcome(await _save_all(guard.order, gifts, caller, now, dependencies))
        except _GiftsRefused as refusal:
            await withdraw_refused(guard.order, dependencies=dependencies)
            return Outcome(user_errors=(refusal.error,))


async def _authorize_all(
    guard: GiftOrderGuard,
    gifts: Sequence[Gift],
    priced_request: PricedGiftRequest,
    amount: Money,
    dependencies: GiftDependencies,
) -> list[Gift]:
    """The gifts with their holds; raises ``_GiftsRefused`` if a hold is refused."""
    gifts_with_holds: list[Gift] = []
    for gift in gifts:
        guard.order = await extend_lease(guard.order, dependencies=dependencies)
        async with limit_wait():
            outcome = await authorize_hold(
                gift, priced_request.method, amount, dependencies=dependencies
            )
        if not isinstance(outcome, Hold):
            raise _GiftsRefused(PAYMENT_DECLINED_ERROR)
        charges = replace(
            gift.charges,
            charge_id=outcome.charge_id,
            held=amount,
            held_until=outcome.held_until,
        )
        gifts_with_holds.append(replace(gift, charges=charges))
    return gifts_with_holds


def _build_gift(
    gift_id: str,
    order: GiftOrder,
    checked_recipient: CheckedRecipient,
    priced_request: PricedGiftRequest,
    caller: GiftCaller,
    now: datetime,
) -> Gift:
    checked_request, request = (
        priced_request.checked_request,
        priced_request.checked_request.request,
    )
    return Gift(
        id=gift_id,
        order_id=order.id,
        tracking_number=new_tracking_number(),
        giver_id=caller.purchaser_id,
        partner_id=caller.partner_id,
        item=GiftItem(
            request.variant_id,
            priced_request.estimate.title,
            request.quantity,
            checked_request.wrap,
        ),
        recipient=checked_recipient.recipient,
        charges=_initial_charges(priced_request),
        created_at=now,
        starts_at=checked_request.starts_at,
        deadline=checked_request.deadline,
        contact_recipient=request.contact_recipient,
        note=GiftNote(checked_request.message, priced_request.sender),
        channels=checked_recipient.channels,
        candidates=(checked_recipient.candidate,) if checked_recipient.candidate else (),
        reserved=priced_request.estimate.demand,
    )


def _initial_charges(priced_request: PricedGiftRequest) -> Charges:
    return Charges(
        low=priced_request.estimate.low,
        high=priced_request.estimate.high,
        cap=priced_request.cap,
        payment=GiftPaymentState.HELD if priced_request.hold else GiftPaymentState.MANDATE,
        payment_method_id=priced_request.method.id,
    )


async def _save_all(
    order: GiftOrder,
    gifts: Sequence[Gift],
    caller: GiftCaller,
    now: datetime,
    dependencies: GiftDependencies,
) -> tuple[Gift, ...]:
    """Reserve stock and save the gifts after their first screening.

    Raises:
        _GiftsRefused: stock is short, or the giver has reached the daily limit or was erased
            meanwhile.
        VersionConflict: another process has started them.

    """
    async with dependencies.database.begin() as work:
        # First, so that a second process does not see a shortage caused by the same gifts.
        await work.gift_orders.mark_done(order)
        # The lock makes concurrent requests of one purchaser count their gifts in turn.
        await work.purchasers.lock(caller.purchaser_id)
        if await dependencies.givers.find_giver(caller.purchaser_id, work) is None:
            raise _GiftsRefused(ACCOUNT_ERASED_ERROR)
        limit_error = await check_daily_recipients(
            caller, len(gifts), now, reading=work, dependencies=dependencies
        )
        if limit_error is not None:
            raise _GiftsRefused(limit_error)
        demand = _total_demand(gifts)
        shortages = await work.stock.reserve(demand)
        if shortages:
            raise _GiftsRefused(_shortage_error(shortages[0], demand))
        await lock_contacts(gifts, work=work, dependencies=dependencies)
        started_gifts = [await _save_new_gift(gift, work, dependencies) for gift in gifts]
    for gift in started_gifts:
        await announce_change(gift, dependencies=dependencies)
    return tuple(started_gifts)


def _shortage_error(shortage: Shortage, demand: Mapping[str, int]) -> UserError:
    """The error for gifts that need more of a variant than is available."""
    message = (
        f"The gifts need {demand[shortage.variant_id]} of this variant; available: "
        f"{shortage.available}. Reduce quantity or recipients."
    )
    return UserError(ErrorCode.OUT_OF_STOCK, ("input", "variantId"), message)


def _total_demand(gifts: Sequence[Gift]) -> dict[str, int]:
    """The quantities that the gifts of an order take from stock, by variant id."""
    demand: Counter[str] = Counter()
    for gift in gifts:
        demand.update(dict(gift.reserved))
    return dict(demand)


async def _save_new_gift(gift: Gift, work: UnitOfWork, dependencies: GiftDependencies) -> Gift:
    reachable_gift = await save_allowed_contacts(gift, work=work, cipher=dependencies.cipher)
    result = start_gift(reachable_gift, dependencies.rules)
    versioned_gift = await save_with_effects(
        result, None, gift.created_at, work=work, dependencies=dependencies
    )
    return versioned_gift.gift
