"""One purchase from its key to its result: once, whatever repeats, crashes or times out.

First a transaction keeps the attempt and takes what the order needs; then the provider is asked,
with the attempt's id as key; then a second transaction keeps what came of it. Whoever finds the
attempt after a crash asks the provider by the same key and goes on from there.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from gateway.engine.checkout.outcomes import (
    AttemptState,
    DraftOrder,
    IdempotencyConflict,
    OrderPlaced,
    PaymentActionRequired,
    PaymentDeclined,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.engine.orders import Order
from gateway.engine.user_errors import KEY_USED_MESSAGE
from gateway.services.checkout import drafts, reservations
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.ports.database import DuplicateKey, ReadSession, UnitOfWork, VersionConflict
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt

# How long a charge may take before another process asks the provider what became of it.
CHARGE_LEASE = timedelta(seconds=30)
# How long a repeated request waits for the first one's result, seconds.
RESULT_TIMEOUT_SECONDS = 5.0
POLL_AFTER_MS = 1_000
# Seconds after which the rows are read without a wake-up, and between looks for a new one.
POLL_SECONDS = 0.5
CONCURRENT_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An idempotency key, within the scope in which it is unique, for one request.

    Of the request's ``fingerprints`` the first is kept; the others are those of earlier secrets.
    """

    scope: str
    key: str
    fingerprints: tuple[str, ...]


def canonical_amount(amount: Decimal | None) -> str | None:
    """``amount`` in the one form in which equal amounts are equal texts."""
    return None if amount is None else f"{amount.normalize():f}"


# -- repeated requests


async def find_earlier_outcome(
    key: IdempotencyKey, dependencies: Dependencies
) -> PurchaseOutcome | None:
    """What the same request came to before; waits a while for one under way; None if it is new."""
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find_by_key(key.scope, key.key)
    if attempt is None:
        return None
    if attempt.fingerprint not in key.fingerprints:
        return IdempotencyConflict(KEY_USED_MESSAGE)
    if attempt.state is AttemptState.AWAITING_ACTION:
        # The payer may have confirmed though nobody has told of it yet.
        authorization = await look_up_authorization(attempt.id, dependencies)
        if not isinstance(authorization, AuthorizationActionRequired):
            await record_authorization(attempt.id, authorization, dependencies)
    return await _await_outcome(attempt.id, dependencies)


async def _await_outcome(attempt_id: str, dependencies: Dependencies) -> PurchaseOutcome | None:
    """The attempt's result; None if it was dropped, so that the request may run again."""
    with dependencies.wakeups.subscribe(attempt_topic(attempt_id)) as subscription:
        deadline = asyncio.get_running_loop().time() + RESULT_TIMEOUT_SECONDS
        while True:
            async with dependencies.database.read() as reading:
                attempt = await reading.purchase_attempts.find(attempt_id)
                if attempt is None:
                    return None
                if attempt.result is not None:
                    return await _load_outcome(attempt.result, reading)
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                return PurchaseInProgress(POLL_AFTER_MS)
            await subscription.wait(min(remaining, POLL_SECONDS))


def attempt_topic(attempt_id: str) -> str:
    """What is announced when the attempt has come to something."""
    return f"purchase.{attempt_id}"


async def _load_outcome(result: str, reading: ReadSession) -> PurchaseOutcome:
    order_result = drafts.decode_order_result(result)
    if order_result is None:
        return drafts.decode_refusal_result(result)
    order = await reading.orders.find(order_result[0])
    if order is None:
        raise LookupError(f"the order {order_result[0]} of a kept result is gone")
    return OrderPlaced(order, order_result[1])


# -- a new request


async def run_attempt(
    key: IdempotencyKey, draft: DraftOrder, dependencies: Dependencies
) -> PurchaseOutcome:
    """What becomes of ``draft``: an order, a payment to confirm, or a refusal."""
    try:
        attempt = await _begin_attempt(key, draft, dependencies)
    except reservations.ReservationRefused as error:
        return error.refusal
    except DuplicateKey:
        return await _await_concurrent(key, dependencies)
    if attempt.result is None:
        authorization = await _authorize(attempt, draft, dependencies)
        outcome = await record_authorization(attempt.id, authorization, dependencies, draft)
        if outcome is not None:
            return outcome
    return await _await_outcome(attempt.id, dependencies) or PurchaseInProgress(POLL_AFTER_MS)


async def _await_concurrent(key: IdempotencyKey, dependencies: Dependencies) -> PurchaseOutcome:
    """What the same request, quicker by a moment, comes to: its row may not be committed yet."""
    deadline = asyncio.get_running_loop().time() + RESULT_TIMEOUT_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        outcome = await find_earlier_outcome(key, dependencies)
        if outcome is not None:
            return outcome
        await asyncio.sleep(CONCURRENT_POLL_SECONDS)
    return PurchaseInProgress(POLL_AFTER_MS)


async def _begin_attempt(
    key: IdempotencyKey, draft: DraftOrder, dependencies: Dependencies
) -> PurchaseAttempt:
    """The attempt, kept with all that the order takes; with its order where nothing is due."""
    now = dependencies.clock.now()
    attempt_id = dependencies.ids.new("att")
    async with dependencies.database.begin() as work:
        attempt = PurchaseAttempt(
            id=attempt_id,
            scope=key.scope,
            key=key.key,
            fingerprint=key.fingerprints[0],
            state=AttemptState.CHARGING,
            subject=drafts.draft_subject(draft, attempt_id),
            sealed=await drafts.seal_draft(draft, attempt_id, work, dependencies),
            created_at=now,
        )
        await work.purchase_attempts.add(attempt, now + CHARGE_LEASE)
        await reservations.reserve(attempt, draft, work, dependencies)
        if draft.due.minor == 0:
            attempt, _ = await _place_order(attempt, draft, None, work, dependencies)
    return attempt


async def _authorize(
    attempt: PurchaseAttempt, draft: DraftOrder, dependencies: Dependencies
) -> AuthorizationResult | None:
    """What the provider says; None while it does not say."""
    customer_id = draft.buyer.purchaser_id or attempt.id
    request = AuthorizationRequest(draft.due, draft.method, attempt.id, customer_id)
    authorization = await dependencies.payment_provider.authorize(request)
    if isinstance(
        authorization, AuthorizationGranted | AuthorizationActionRequired | AuthorizationDeclined
    ):
        return authorization
    return await look_up_authorization(attempt.id, dependencies)


async def look_up_authorization(
    attempt_id: str, dependencies: Dependencies
) -> AuthorizationResult | None:
    """What the provider says of a request that may or may not have reached it."""
    authorization = await dependencies.payment_provider.find_by_key(attempt_id)
    return (
        authorization
        if isinstance(
            authorization,
            AuthorizationGranted | AuthorizationActionRequired | AuthorizationDeclined,
        )
        else None
    )


# -- what came of it


async def record_authorization(
    attempt_id: str,
    authorization: AuthorizationResult | None,
    dependencies: Dependencies,
    draft: DraftOrder | None = None,
) -> PurchaseOutcome | None:
    """Keep what the provider said of an attempt; nothing if others were quicker.

    The result, if it came of this. ``draft`` spares opening the kept one.
    """
    if authorization is None:
        return None
    try:
        async with dependencies.database.begin() as work:
            attempt = await work.purchase_attempts.find(attempt_id)
            outcome = await _apply_authorization(attempt, draft, authorization, work, dependencies)
    except VersionConflict:
        return None
    is_unwanted = outcome is None and not (attempt and _has_order(attempt))
    if is_unwanted and isinstance(
        authorization, AuthorizationGranted | AuthorizationActionRequired
    ):
        # Given up as lost while this process was silent: the money must not stay held.
        await dependencies.payment_provider.release(authorization.charge_id)
    await dependencies.wakeups.announce(attempt_topic(attempt_id))
    # The confirmation waits in the outbox.
    await dependencies.wakeups.announce(DUE_TOPIC)
    return outcome


def _has_order(attempt: PurchaseAttempt) -> bool:
    """Whether an order came of it."""
    return attempt.result is not None and drafts.decode_order_result(attempt.result) is not None


async def _apply_authorization(
    attempt: PurchaseAttempt | None,
    draft: DraftOrder | None,
    authorization: AuthorizationResult,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> PurchaseOutcome | None:
    """What comes of the attempt by ``authorization``; None if it is given up or settled already."""
    if attempt is None or attempt.state is AttemptState.SETTLED:
        return None
    draft_order = draft or await drafts.unseal_draft(attempt, work, dependencies)
    return await _save_outcome(attempt, draft_order, authorization, work, dependencies)


async def _save_outcome(
    attempt: PurchaseAttempt,
    draft: DraftOrder,
    authorization: AuthorizationResult,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> PurchaseOutcome | None:
    match authorization:
        case AuthorizationGranted(charge_id):
            _, order = await _place_order(attempt, draft, charge_id, work, dependencies)
            return OrderPlaced(order, order.undo_until)
        case AuthorizationActionRequired():
            return await _save_awaiting_action(attempt, authorization, work)
        case AuthorizationDeclined(reason):
            await reservations.release(attempt, draft, work)
            declined = PaymentDeclined(reason.value)
            settled_attempt = _settled_attempt(
                attempt, drafts.encode_decline_result(declined), attempt.charge_id
            )
            await work.purchase_attempts.save(settled_attempt, None)
            return declined
        case AuthorizationUnknown():
            return None


def _settled_attempt(
    attempt: PurchaseAttempt, result: str, charge_id: str | None
) -> PurchaseAttempt:
    return replace(
        attempt,
        state=AttemptState.SETTLED,
        result=result,
        charge_id=charge_id,
        version=attempt.version + 1,
    )


async def _save_awaiting_action(
    attempt: PurchaseAttempt, authorization: AuthorizationActionRequired, work: UnitOfWork
) -> PaymentActionRequired:
    """Wait until the payer confirms or the time for it is over."""
    action = PaymentActionRequired(authorization.url, None, authorization.expires_at)
    waiting_attempt = replace(
        attempt,
        state=AttemptState.AWAITING_ACTION,
        result=drafts.encode_action_result(action),
        charge_id=authorization.charge_id,
        version=attempt.version + 1,
    )
    await work.purchase_attempts.save(waiting_attempt, authorization.expires_at)
    return action


async def _place_order(
    attempt: PurchaseAttempt,
    draft: DraftOrder,
    charge_id: str | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> tuple[PurchaseAttempt, Order]:
    """Keep the order, its charge and its confirmation; the settled attempt, and the order."""
    order = await lifecycle.place_order(draft, charge_id, work, dependencies)
    await reservations.assign_to_order(attempt, draft, order.id, work, dependencies)
    settled_attempt = _settled_attempt(
        attempt, drafts.encode_order_result(order.id, order.undo_until), charge_id
    )
    await work.purchase_attempts.save(settled_attempt, None)
    return settled_attempt, order
