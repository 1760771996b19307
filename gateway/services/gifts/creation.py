"""The creation of gifts, once for each idempotency key, even after crashes and timeouts."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import orjson

from gateway.engine.gifts.gift import Gift
from gateway.engine.money import Money
from gateway.engine.user_errors import KEY_USED_MESSAGE, ErrorCode
from gateway.services.gifts.charges import ChargeOutcomeUnknown
from gateway.services.gifts.creation_start import start_gifts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import (
    is_abandoned,
    release_holds,
    take_over,
    withdrawal_due_at,
)
from gateway.services.gifts.gift_records import load_from_records
from gateway.services.gifts.order_planning import PricedGiftRequest, price_request
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.idempotency import KEY_PATH, check_idempotency_key
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import DuplicateKey, VersionConflict
from gateway.services.ports.gifts import GiftOrder

RESULT_TIMEOUT = timedelta(seconds=5)
POLL_SECONDS = 0.05


async def create_gifts(
    request: GiftRequest, caller: GiftCaller, *, dependencies: GiftDependencies
) -> Outcome[tuple[Gift, ...]]:
    """Create the gifts of ``request``, one for each recipient; the same key creates them once."""
    now = dependencies.clock.now()
    is_key_valid = not check_idempotency_key(request.idempotency_key).errors
    earlier_order = await _find_order(request, caller, dependencies) if is_key_valid else None
    if earlier_order is not None:
        return await _answer_repeat(earlier_order, request, caller, dependencies)
    priced_request = await price_request(request, caller, now, dependencies=dependencies)
    if not isinstance(priced_request, PricedGiftRequest):
        return Outcome(user_errors=priced_request)
    return await _place_order(priced_request, caller, now, dependencies)


def _fingerprints(request: GiftRequest, dependencies: GiftDependencies) -> tuple[str, ...]:
    """The fingerprints of the body of ``request``; the first is stored."""
    fields = asdict(request)
    if request.sender is None:
        # Requests that were made before there was this field keep their fingerprint.
        del fields["sender"]
    body = orjson.dumps(fields, default=str).decode()
    return dependencies.cipher.blind_indexes("gift request", body)


async def _find_order(
    request: GiftRequest, caller: GiftCaller, dependencies: GiftDependencies
) -> GiftOrder | None:
    async with dependencies.database.read() as reading:
        return await reading.gift_orders.find(caller.scope, request.idempotency_key)


async def _place_order(
    priced_request: PricedGiftRequest,
    caller: GiftCaller,
    now: datetime,
    dependencies: GiftDependencies,
) -> Outcome[tuple[Gift, ...]]:
    """Add a gift order and start its gifts."""
    request = priced_request.checked_request.request
    order = _build_order(priced_request, caller, now, dependencies)
    try:
        async with dependencies.database.begin() as work:
            await work.gift_orders.add(order)
    except DuplicateKey:
        # The transaction of the first request may be about to commit.
        await asyncio.sleep(POLL_SECONDS)
        earlier_order = await _find_order(request, caller, dependencies)
        if earlier_order is None:
            return await create_gifts(request, caller, dependencies=dependencies)
        return await _answer_repeat(earlier_order, request, caller, dependencies)
    return await _start_order(order, priced_request, request, caller, dependencies)


def _build_order(
    priced_request: PricedGiftRequest,
    caller: GiftCaller,
    now: datetime,
    dependencies: GiftDependencies,
) -> GiftOrder:
    return GiftOrder(
        id=dependencies.ids.new("gor"),
        caller=caller.scope,
        key=priced_request.checked_request.request.idempotency_key,
        fingerprint=_fingerprints(priced_request.checked_request.request, dependencies)[0],
        gift_ids=tuple(
            dependencies.ids.new("gft") for _ in priced_request.checked_request.recipients
        ),
        created_at=now,
        method_id=priced_request.method.id,
        hold_minor=priced_request.hold.minor if priced_request.hold else None,
        due_at=withdrawal_due_at(now),
    )


async def _start_order(
    order: GiftOrder,
    priced_request: PricedGiftRequest,
    request: GiftRequest,
    caller: GiftCaller,
    dependencies: GiftDependencies,
) -> Outcome[tuple[Gift, ...]]:
    """Start the gifts of the order, or return the outcome of a concurrent request."""
    try:
        return await start_gifts(
            order, priced_request, caller, dependencies.clock.now(), dependencies=dependencies
        )
    except ChargeOutcomeUnknown:
        # The order is kept, because a request with the same key asks the provider again.
        return _in_progress_outcome()
    except VersionConflict:
        current_order = await _find_order(request, caller, dependencies)
    if current_order is None or current_order.id != order.id:
        # The order was withdrawn as abandoned while this process was slow: release its holds.
        await release_holds(order, dependencies=dependencies)
    if current_order is None:
        return await create_gifts(request, caller, dependencies=dependencies)
    return await _answer_repeat(current_order, request, caller, dependencies)


# -- repeated requests


async def _answer_repeat(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, dependencies: GiftDependencies
) -> Outcome[tuple[Gift, ...]]:
    """The outcome of the first request with this key."""
    if order.fingerprint not in _fingerprints(request, dependencies):
        return error_outcome(ErrorCode.IDEMPOTENCY_CONFLICT, KEY_PATH, KEY_USED_MESSAGE)
    current_order = await _await_completion(order, dependencies)
    if current_order is None:
        # Refusals are not stored, so the request runs again.
        return await create_gifts(request, caller, dependencies=dependencies)
    if current_order.done:
        return Outcome(await _load_gifts(current_order.gift_ids, dependencies))
    if is_abandoned(current_order, dependencies.clock.now()):
        return await _resume_abandoned(current_order, request, caller, dependencies)
    return _in_progress_outcome()


def _in_progress_outcome() -> Outcome[tuple[Gift, ...]]:
    message = "The first request with this key is still under way: ask again with the same key."
    return error_outcome(ErrorCode.PURCHASE_IN_PROGRESS, KEY_PATH, message)


async def _resume_abandoned(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, dependencies: GiftDependencies
) -> Outcome[tuple[Gift, ...]]:
    """Resume an order whose process has died, without authorizing its holds twice.

    The request is checked as of its first arrival, so that the provider gets the same requests.
    """
    original_request = replace(request, payment_method_id=order.method_id)
    priced_request = await price_request(
        original_request, caller, order.created_at, dependencies=dependencies
    )
    if not isinstance(priced_request, PricedGiftRequest):
        return Outcome(user_errors=priced_request)
    hold = (
        None if order.hold_minor is None else Money(order.hold_minor, priced_request.cap.currency)
    )
    try:
        leased_order = await take_over(order, dependencies=dependencies)
    except VersionConflict:
        # Another process took it over a moment ago.
        return await _answer_repeat(order, request, caller, dependencies)
    return await _start_order(
        leased_order, replace(priced_request, hold=hold), request, caller, dependencies
    )


async def _await_completion(order: GiftOrder, dependencies: GiftDependencies) -> GiftOrder | None:
    """The order once it is done, or as it is after a timeout; None if it was withdrawn."""
    for remaining_polls in reversed(range(1 + int(RESULT_TIMEOUT.total_seconds() / POLL_SECONDS))):
        async with dependencies.database.read() as reading:
            current_order = await reading.gift_orders.find(order.caller, order.key)
        if (
            not remaining_polls
            or current_order is None
            or current_order.done
            or is_abandoned(current_order, dependencies.clock.now())
        ):
            break
        await asyncio.sleep(POLL_SECONDS)
    return current_order


async def _load_gifts(ids: Sequence[str], dependencies: GiftDependencies) -> tuple[Gift, ...]:
    async with dependencies.database.read() as reading:
        records = {each.id: each for each in await reading.gifts.find_many(ids)}
        ordered_records = [records[each] for each in ids if each in records]
        versioned_gifts = await load_from_records(
            ordered_records, reading=reading, cipher=dependencies.cipher
        )
    return tuple(each.gift for each in versioned_gifts)
