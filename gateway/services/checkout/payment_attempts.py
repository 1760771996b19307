"""Payment attempts: each idempotency key leads to one outcome, despite repeats and crashes.

An attempt has three steps. A transaction stores the attempt and reserves what the order needs. Then
the provider is asked to authorize the charge, with the attempt's id as its idempotency key. Then a
second transaction stores the outcome. After a crash, recovery looks the charge up by the same key
and takes the third step.
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
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.engine.user_errors import KEY_USED_MESSAGE
from gateway.services.checkout import attempt_outcomes, drafts, reservations
from gateway.services.checkout.attempt_outcomes import (
    POLL_AFTER_MS,
    answer_deadline,
    ask_until,
    attempt_topic,
    await_outcome,
    placed_outcome,
)
from gateway.services.checkout.guest_customers import clear_guest_later
from gateway.services.checkout.payment_refusals import decline_purchase
from gateway.services.conflicts import retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.orders.joining import join_open_order
from gateway.services.ports.database import DuplicateKey, UnitOfWork
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt

CHARGE_LEASE = timedelta(seconds=15)
"""An attempt without an outcome after this time is finished by the worker."""
CONCURRENT_POLL_SECONDS = 0.01
"""Interval at which an attempt that another request has just begun is looked for."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's idempotency key, its scope, and the fingerprints of the request.

    A key is unique within its scope. The first fingerprint is stored; the others are of earlier
    secret keys, for comparison with attempts that were stored under them. ``client_id`` is the
    client that asks, unless a sign-in tells who it is: what only the payer may have, another client
    does not get.
    """

    scope: str
    key: str
    fingerprints: tuple[str, ...]
    client_id: str | None = None


def canonical_amount(amount: Decimal | None) -> str | None:
    """``amount`` as text, the same for equal amounts: ``1.50`` and ``1.5`` are both ``1.5``."""
    return None if amount is None else f"{amount.normalize():f}"


# -- repeated requests


async def find_earlier_outcome(
    key: IdempotencyKey, dependencies: Dependencies
) -> PurchaseOutcome | None:
    """The outcome of an earlier request with ``key``, or a conflict if that was another request.

    Waits up to ``RESULT_TIMEOUT_SECONDS`` for one in progress. None if the key is new.
    """
    deadline = answer_deadline()
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find_by_key(key.scope, key.key)
    if attempt is None:
        return None
    if attempt.fingerprint not in key.fingerprints:
        return IdempotencyConflict(KEY_USED_MESSAGE)
    if attempt.state is AttemptState.SETTLED or _is_under_way(attempt, dependencies):
        outcome = await await_outcome(attempt.id, dependencies, deadline)
        if not isinstance(outcome, PaymentActionRequired):
            return outcome
    # The payer may have confirmed, or an answer may have been lost, and no notice have arrived. And
    # what the payer confirms with is not stored.
    authorization = await ask_until(deadline, look_up_authorization(attempt.id, dependencies))
    outcome = await record_authorization(attempt.id, authorization, dependencies)
    if isinstance(outcome, PaymentActionRequired):
        return await _hide_client_secret(outcome, attempt, key, dependencies)
    return outcome or await await_outcome(attempt.id, dependencies, deadline)


async def prefer_earlier_outcome(
    outcome: PurchaseOutcome, key: IdempotencyKey, dependencies: Dependencies
) -> PurchaseOutcome:
    """``outcome``, unless the same request sent a moment earlier is why it was refused.

    That one may have reserved the cart or the last piece since it was looked for.
    """
    if isinstance(outcome, OrderPlaced | PaymentActionRequired | PurchaseInProgress):
        return outcome
    return await find_earlier_outcome(key, dependencies) or outcome


def _is_under_way(attempt: PurchaseAttempt, dependencies: Dependencies) -> bool:
    """Whether the first request may still be asking the provider."""
    patience = timedelta(seconds=attempt_outcomes.ANSWER_TIMEOUT_SECONDS)
    return (
        attempt.state is AttemptState.CHARGING
        and dependencies.clock.now() < attempt.created_at + patience
    )


async def _hide_client_secret(
    action: PaymentActionRequired,
    attempt: PurchaseAttempt,
    key: IdempotencyKey,
    dependencies: Dependencies,
) -> PaymentActionRequired:
    """``action`` for who asks with ``key``: the secret is for the payer's own client alone."""
    if action.client_secret is None or key.client_id is None:
        return action
    async with dependencies.database.read() as reading:
        draft = await drafts.unseal_draft(attempt, reading, dependencies)
    return action if draft.buyer.client_id == key.client_id else replace(action, client_secret=None)


# -- a new request


async def run_attempt(
    key: IdempotencyKey, draft: DraftOrder, dependencies: Dependencies
) -> PurchaseOutcome:
    """Try to turn ``draft`` into an order: an order, a payment to confirm, or a refusal."""
    deadline = answer_deadline()
    try:
        attempt = await _begin_attempt(key, draft, dependencies)
    except reservations.ReservationRefused as error:
        return error.refusal
    except DuplicateKey:
        return await _await_concurrent(key, dependencies)
    if attempt.result is None:
        authorization = await ask_until(deadline, _authorize(attempt, draft, dependencies))
        outcome = await record_authorization(attempt.id, authorization, dependencies, draft)
        if outcome is not None:
            return outcome
    outcome = await await_outcome(attempt.id, dependencies, deadline)
    return outcome or PurchaseInProgress(POLL_AFTER_MS)


async def _await_concurrent(key: IdempotencyKey, dependencies: Dependencies) -> PurchaseOutcome:
    """The outcome of the same request sent a moment earlier; its row may not be committed yet."""
    deadline = asyncio.get_running_loop().time() + attempt_outcomes.RESULT_TIMEOUT_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        outcome = await find_earlier_outcome(key, dependencies)
        if outcome is not None:
            return outcome
        await asyncio.sleep(CONCURRENT_POLL_SECONDS)
    return PurchaseInProgress(POLL_AFTER_MS)


async def _begin_attempt(
    key: IdempotencyKey, draft: DraftOrder, dependencies: Dependencies
) -> PurchaseAttempt:
    """Store the attempt and reserve what the order needs; place the order if nothing is due.

    Raises:
        ReservationRefused: something cannot be reserved; nothing is stored.
        DuplicateKey: another attempt has the same key.

    """
    now = dependencies.clock.now()
    attempt_id = dependencies.ids.new("att")
    async with dependencies.database.begin() as work:
        await reservations.lock_purchaser(draft, work)
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
    """The provider's answer to the request to hold the money; None if it is unknown."""
    customer_id = draft.buyer.purchaser_id or attempt.id
    request = AuthorizationRequest(
        draft.due,
        draft.method,
        attempt.id,
        customer_id,
        is_payer_present=draft.is_payer_present,
    )
    authorization = await dependencies.payment_provider.authorize(request)
    if isinstance(
        authorization, AuthorizationGranted | AuthorizationActionRequired | AuthorizationDeclined
    ):
        return authorization
    return await look_up_authorization(attempt.id, dependencies)


async def look_up_authorization(
    attempt_id: str, dependencies: Dependencies
) -> AuthorizationResult | None:
    """The provider's answer by the attempt's id; None if it is unknown or never got the request."""
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
    """Store what follows from ``authorization`` and return the outcome.

    None if ``authorization`` is None, or if the attempt was already settled or deleted: then money
    that is held for no order is released. ``draft`` saves unsealing the stored one.
    """
    if authorization is None:
        return None
    attempt, outcome = await _settle_with_retries(attempt_id, draft, authorization, dependencies)
    is_over = attempt is None or attempt.state is AttemptState.SETTLED
    is_unwanted = outcome is None and is_over and not (attempt and _has_order(attempt))
    if is_unwanted and isinstance(
        authorization, AuthorizationGranted | AuthorizationActionRequired
    ):
        # The attempt was given up while this process was slow: the money must not stay held.
        await dependencies.payment_provider.release(authorization.charge_id)
    await dependencies.wakeups.announce(attempt_topic(attempt_id))
    # Placing an order has put its confirmation into the outbox.
    await dependencies.wakeups.announce(DUE_TOPIC)
    return outcome


async def _settle_with_retries(
    attempt_id: str,
    draft: DraftOrder | None,
    authorization: AuthorizationResult,
    dependencies: Dependencies,
) -> tuple[PurchaseAttempt | None, PurchaseOutcome | None]:
    """The attempt as it was, and the outcome.

    No outcome if the attempt is gone or settled already. The order that the purchase joins may be
    changed at the same moment: then both are looked at again, and at last the worker finishes it.
    """
    attempt: PurchaseAttempt | None = None

    async def settle() -> PurchaseOutcome | None:
        nonlocal attempt
        async with dependencies.database.begin() as work:
            attempt = await work.purchase_attempts.find(attempt_id)
            return await _apply_authorization(attempt, draft, authorization, work, dependencies)

    outcome = await retry_on_conflict(settle, None)
    return attempt, outcome


def _has_order(attempt: PurchaseAttempt) -> bool:
    """Whether the attempt became an order."""
    return attempt.result is not None and drafts.decode_order_result(attempt.result) is not None


async def _apply_authorization(
    attempt: PurchaseAttempt | None,
    draft: DraftOrder | None,
    authorization: AuthorizationResult,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> PurchaseOutcome | None:
    """Apply ``authorization`` and return the outcome; None if the attempt is gone or settled."""
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
        case AuthorizationGranted():
            _, placed = await _place_order(attempt, draft, authorization, work, dependencies)
            await clear_guest_later(attempt, draft, placed.order.id, work, dependencies)
            return placed
        case AuthorizationActionRequired():
            return await _save_awaiting_action(attempt, authorization, work)
        case AuthorizationDeclined(reason):
            await reservations.release(attempt, draft, work)
            outcome = decline_purchase(reason, draft)
            settled_attempt = _settled_attempt(
                attempt, drafts.encode_decline_result(reason, outcome), attempt.charge_id
            )
            await work.purchase_attempts.save(settled_attempt, None)
            await clear_guest_later(attempt, draft, None, work, dependencies)
            return outcome
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
    """Store that the attempt waits for the payer, due again when the time to confirm ends."""
    action = PaymentActionRequired(
        authorization.url, authorization.client_secret, authorization.expires_at
    )
    if attempt.state is AttemptState.AWAITING_ACTION:
        return action
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
    authorization: AuthorizationGranted | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> tuple[PurchaseAttempt, OrderPlaced]:
    """Join an open order or place a new one, and settle the attempt; returns both outcomes."""
    joined_order = await join_open_order(draft, attempt.id, authorization, work, dependencies)
    order = joined_order or await lifecycle.place_order(
        draft, attempt.id, authorization, work, dependencies
    )
    await reservations.assign_to_order(attempt, draft, order.id, work, dependencies)
    result = drafts.OrderResult(order.id, order.undo_until, joined=joined_order is not None)
    charge_id = None if authorization is None else authorization.charge_id
    settled_attempt = _settled_attempt(attempt, drafts.encode_order_result(result), charge_id)
    await work.purchase_attempts.save(settled_attempt, None)
    return settled_attempt, placed_outcome(order, attempt.id, result)
