"""One purchase from its key to its result: once, whatever repeats, crashes or times out.

First a transaction keeps the attempt and takes what the order needs; then the provider is asked,
with the attempt's id as key; then a second transaction keeps what came of it. Whoever finds the
attempt after a crash asks the provider by the same key and goes on from there.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from gateway.engine.buying import (
    AttemptState,
    Draft,
    IdempotencyConflict,
    OrderPlaced,
    PaymentActionRequired,
    PaymentDeclined,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.engine.orders import Order
from gateway.engine.problems import KEY_USED
from gateway.services import drafts, orders, taking
from gateway.services.parts import Parts
from gateway.services.ports.attempts import Attempt
from gateway.services.ports.database import Duplicate, Reading, Stale, Work
from gateway.services.ports.payments import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Declined,
    Unknown,
)
from gateway.services.stepping import DUE

# How long a charge may take before another process asks the provider what became of it.
CHARGE_LEASE = timedelta(seconds=30)
# How long a repeated request waits for the first one's result, seconds.
PATIENCE = 5.0
POLL_AFTER_MS = 1_000
# Seconds after which the rows are read without a wake-up, and between looks for a new one.
NET = 0.5
GLANCE = 0.01


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key, within the scope in which it is unique, for one request.

    Of the request's ``fingerprints`` the first is kept; the others are those of earlier secrets.
    """

    scope: str
    key: str
    fingerprints: tuple[str, ...]


def plain(amount: Decimal | None) -> str | None:
    """``amount`` in the one form in which equal amounts are equal texts."""
    return None if amount is None else f"{amount.normalize():f}"


# -- repeated requests


async def earlier(key: Key, parts: Parts) -> PurchaseOutcome | None:
    """What the same request came to before; waits a while for one under way; None if it is new."""
    async with parts.database.read() as reading:
        attempt = await reading.attempts.by_key(key.scope, key.key)
    if attempt is None:
        return None
    if attempt.fingerprint not in key.fingerprints:
        return IdempotencyConflict(KEY_USED)
    if attempt.state is AttemptState.AWAITING_ACTION:
        # The payer may have confirmed though nobody has told of it yet.
        answer = await asked(attempt.id, parts)
        if not isinstance(answer, ActionRequired):
            await settle(attempt.id, answer, parts)
    return await _result_of(attempt.id, parts)


async def _result_of(attempt_id: str, parts: Parts) -> PurchaseOutcome | None:
    """The attempt's result; None if it was dropped, so that the request may run again."""
    with parts.wakeups.subscribe(topic(attempt_id)) as waker:
        ends = asyncio.get_running_loop().time() + PATIENCE
        while True:
            async with parts.database.read() as reading:
                attempt = await reading.attempts.find(attempt_id)
                if attempt is None:
                    return None
                if attempt.result is not None:
                    return await _kept(attempt.result, reading)
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                return PurchaseInProgress(POLL_AFTER_MS)
            await waker.wait(min(left, NET))


def topic(attempt_id: str) -> str:
    """What is announced when the attempt has come to something."""
    return f"purchase.{attempt_id}"


async def _kept(result: str, reading: Reading) -> PurchaseOutcome:
    placed = drafts.kept_order(result)
    if placed is None:
        return drafts.kept_refusal(result)
    order = await reading.orders.find(placed[0])
    if order is None:
        raise LookupError(f"the order {placed[0]} of a kept result is gone")
    return OrderPlaced(order, placed[1])


# -- a new request


async def run(key: Key, draft: Draft, parts: Parts) -> PurchaseOutcome:
    """What becomes of ``draft``: an order, a payment to confirm, or a refusal."""
    try:
        attempt = await _begin(key, draft, parts)
    except taking.Refused as refused:
        return refused.refusal
    except Duplicate:
        return await _quicker(key, parts)
    if attempt.result is None:
        charged = await _charged(attempt, draft, parts)
        settled = await settle(attempt.id, charged, parts, draft)
        if settled is not None:
            return settled
    return await _result_of(attempt.id, parts) or PurchaseInProgress(POLL_AFTER_MS)


async def _quicker(key: Key, parts: Parts) -> PurchaseOutcome:
    """What the same request, quicker by a moment, comes to: its row may not be committed yet."""
    ends = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < ends:
        found = await earlier(key, parts)
        if found is not None:
            return found
        await asyncio.sleep(GLANCE)
    return PurchaseInProgress(POLL_AFTER_MS)


async def _begin(key: Key, draft: Draft, parts: Parts) -> Attempt:
    """The attempt, kept with all that the order takes; with its order where nothing is due."""
    now = parts.clock.now()
    new = parts.ids.new("att")
    async with parts.database.begin() as work:
        attempt = Attempt(
            id=new,
            scope=key.scope,
            key=key.key,
            fingerprint=key.fingerprints[0],
            state=AttemptState.CHARGING,
            subject=drafts.subject_of(draft, new),
            sealed=await drafts.sealed(draft, new, work, parts),
            created_at=now,
        )
        await work.attempts.add(attempt, now + CHARGE_LEASE)
        await taking.take(attempt, draft, work, parts)
        if draft.due.minor == 0:
            attempt, _ = await _place(attempt, draft, None, work, parts)
    return attempt


async def _charged(attempt: Attempt, draft: Draft, parts: Parts) -> Authorization | None:
    """What the provider says; None while it does not say."""
    customer = draft.buyer.purchaser_id or attempt.id
    request = AuthorizationRequest(draft.due, draft.method, attempt.id, customer)
    answer = await parts.payments.authorize(request)
    if isinstance(answer, Authorized | ActionRequired | Declined):
        return answer
    return await asked(attempt.id, parts)


async def asked(attempt_id: str, parts: Parts) -> Authorization | None:
    """What the provider says of a request that may or may not have reached it."""
    answer = await parts.payments.lookup(attempt_id)
    return answer if isinstance(answer, Authorized | ActionRequired | Declined) else None


# -- what came of it


async def settle(
    attempt_id: str, answer: Authorization | None, parts: Parts, draft: Draft | None = None
) -> PurchaseOutcome | None:
    """Keep what the provider said of an attempt; nothing if others were quicker.

    The result, if it came of this. ``draft`` spares opening the kept one.
    """
    if answer is None:
        return None
    try:
        async with parts.database.begin() as work:
            attempt = await work.attempts.find(attempt_id)
            outcome = await _first_answer(attempt, draft, answer, work, parts)
    except Stale:
        return None
    unwanted = outcome is None and not (attempt and _bought(attempt))
    if unwanted and isinstance(answer, Authorized | ActionRequired):
        # Given up as lost while this process was silent: the money must not stay held.
        await parts.payments.release(answer.charge_id)
    await parts.wakeups.announce(topic(attempt_id))
    # The confirmation waits in the outbox.
    await parts.wakeups.announce(DUE)
    return outcome


def _bought(attempt: Attempt) -> bool:
    """Whether an order came of it."""
    return attempt.result is not None and drafts.kept_order(attempt.result) is not None


async def _first_answer(
    attempt: Attempt | None,
    draft: Draft | None,
    answer: Authorization,
    work: Work,
    parts: Parts,
) -> PurchaseOutcome | None:
    """What comes of the attempt by ``answer``; None if it is given up or settled already."""
    if attempt is None or attempt.state is AttemptState.SETTLED:
        return None
    known = draft or await drafts.unsealed(attempt, work, parts)
    return await _keep(attempt, known, answer, work, parts)


async def _keep(
    attempt: Attempt, draft: Draft, answer: Authorization, work: Work, parts: Parts
) -> PurchaseOutcome | None:
    match answer:
        case Authorized(charge_id):
            _, order = await _place(attempt, draft, charge_id, work, parts)
            return OrderPlaced(order, order.undo_until)
        case ActionRequired():
            return await _await_action(attempt, answer, work)
        case Declined(reason):
            await taking.give_back(attempt, draft, work)
            declined = PaymentDeclined(reason.value)
            settled = _settled(attempt, drafts.declined_text(declined), attempt.charge_id)
            await work.attempts.save(settled, None)
            return declined
        case Unknown():
            return None


def _settled(attempt: Attempt, result: str, charge_id: str | None) -> Attempt:
    return replace(
        attempt,
        state=AttemptState.SETTLED,
        result=result,
        charge_id=charge_id,
        version=attempt.version + 1,
    )


async def _await_action(
    attempt: Attempt, answer: ActionRequired, work: Work
) -> PaymentActionRequired:
    """Wait until the payer confirms or the time for it is over."""
    action = PaymentActionRequired(answer.url, None, answer.expires_at)
    waiting = replace(
        attempt,
        state=AttemptState.AWAITING_ACTION,
        result=drafts.action_text(action),
        charge_id=answer.charge_id,
        version=attempt.version + 1,
    )
    await work.attempts.save(waiting, answer.expires_at)
    return action


async def _place(
    attempt: Attempt, draft: Draft, charge_id: str | None, work: Work, parts: Parts
) -> tuple[Attempt, Order]:
    """Keep the order, its charge and its confirmation; the settled attempt, and the order."""
    order = await orders.place(draft, charge_id, work, parts)
    await taking.hand_over(attempt, draft, order.id, work, parts)
    settled = _settled(attempt, drafts.placed_text(order.id, order.undo_until), charge_id)
    await work.attempts.save(settled, None)
    return settled, order
