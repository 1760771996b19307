"""Making gifts: once for each idempotency key, whatever repeats, crashes or times out."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import orjson

from gateway.engine.gifts.values import Gift
from gateway.engine.money import Money
from gateway.engine.problems import KEY_USED, ErrorCode
from gateway.services.buying import KEY, key_complaints
from gateway.services.gifts.beginning import begin
from gateway.services.gifts.charging import ChargeUnknown
from gateway.services.gifts.ordering import gone_on_with, holds_let_go, left_behind, overdue_at
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.planning import Priced, prepared
from gateway.services.gifts.records import kept_all
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Duplicate, Stale
from gateway.services.ports.gifts import GiftOrder

PATIENCE = timedelta(seconds=5)
PAUSE = 0.05


async def create_gifts(
    request: GiftRequest, caller: GiftCaller, *, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts that ``request`` asks for, one a recipient; the same key makes them once."""
    now = parts.clock.now()
    usable = not key_complaints(request.idempotency_key).found
    known = await _known(request, caller, parts) if usable else None
    if known is not None:
        return await _repeated(known, request, caller, parts)
    priced = await prepared(request, caller, now, parts=parts)
    if not isinstance(priced, Priced):
        return Outcome(user_errors=priced)
    return await _ordered(priced, caller, now, parts)


def _fingerprints(request: GiftRequest, parts: GiftParts) -> tuple[str, ...]:
    """What tells the body of ``request`` from another's, without holding it; the first is kept."""
    body = orjson.dumps(asdict(request), default=str).decode()
    return parts.cipher.blind("gift request", body)


async def _known(request: GiftRequest, caller: GiftCaller, parts: GiftParts) -> GiftOrder | None:
    async with parts.database.read() as reading:
        return await reading.gift_orders.find(caller.scope, request.idempotency_key)


async def _ordered(
    priced: Priced, caller: GiftCaller, now: datetime, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts of a new order."""
    request = priced.plan.request
    order = _order(priced, caller, now, parts)
    try:
        async with parts.database.begin() as work:
            await work.gift_orders.add(order)
    except Duplicate:
        # The first one's transaction may be about to be committed: let it.
        await asyncio.sleep(PAUSE)
        first = await _known(request, caller, parts)
        if first is None:
            return await create_gifts(request, caller, parts=parts)
        return await _repeated(first, request, caller, parts)
    return await _begun(order, priced, request, caller, parts)


def _order(priced: Priced, caller: GiftCaller, now: datetime, parts: GiftParts) -> GiftOrder:
    return GiftOrder(
        id=parts.ids.new("gor"),
        caller=caller.scope,
        key=priced.plan.request.idempotency_key,
        fingerprint=_fingerprints(priced.plan.request, parts)[0],
        gift_ids=tuple(parts.ids.new("gft") for _ in priced.plan.recipients),
        created_at=now,
        method_id=priced.method.id,
        hold=priced.hold.minor if priced.hold else None,
        due_at=overdue_at(now),
    )


async def _begun(
    order: GiftOrder, priced: Priced, request: GiftRequest, caller: GiftCaller, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """What comes of the order, here or where somebody else was quicker."""
    try:
        return await begin(order, priced, caller, parts.clock.now(), parts=parts)
    except ChargeUnknown:
        # Nothing is given up on silence: the same key asks the provider again.
        return _under_way()
    except Stale:
        present = await _known(request, caller, parts)
    if present is None or present.id != order.id:
        # Withdrawn as left behind while this process was silent: nothing must stay held for it.
        await holds_let_go(order, parts=parts)
    if present is None:
        return await create_gifts(request, caller, parts=parts)
    return await _repeated(present, request, caller, parts)


# -- repeated requests


async def _repeated(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """What the first request of this key came to."""
    if order.fingerprint not in _fingerprints(request, parts):
        return refused(ErrorCode.IDEMPOTENCY_CONFLICT, KEY, KEY_USED)
    found = await _waited_for(order, parts)
    if found is None:
        # Refusals are not kept: the request runs again.
        return await create_gifts(request, caller, parts=parts)
    if found.done:
        return Outcome(await _gifts(found.gift_ids, parts))
    if left_behind(found, parts.clock.now()):
        return await _taken_over(found, request, caller, parts)
    return _under_way()


def _under_way() -> Outcome[tuple[Gift, ...]]:
    message = "The first request with this key is still under way: ask again with the same key."
    return refused(ErrorCode.PURCHASE_IN_PROGRESS, KEY, message)


async def _taken_over(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts of an order left behind by a process that died, its holds not made twice.

    The request counts as of when it first came, and the provider is asked for the very same.
    """
    same = replace(request, payment_method_id=order.method_id)
    priced = await prepared(same, caller, order.created_at, parts=parts)
    if not isinstance(priced, Priced):
        return Outcome(user_errors=priced)
    hold = None if order.hold is None else Money(order.hold, priced.cap.currency)
    try:
        mine = await gone_on_with(order, parts=parts)
    except Stale:
        # Somebody else took it over a moment earlier.
        return await _repeated(order, request, caller, parts)
    return await _begun(mine, replace(priced, hold=hold), request, caller, parts)


async def _waited_for(order: GiftOrder, parts: GiftParts) -> GiftOrder | None:
    """The order once it is done, or as it is when patience ends; None where it was withdrawn."""
    for left in reversed(range(1 + int(PATIENCE.total_seconds() / PAUSE))):
        async with parts.database.read() as reading:
            found = await reading.gift_orders.find(order.caller, order.key)
        if not left or found is None or found.done or left_behind(found, parts.clock.now()):
            break
        await asyncio.sleep(PAUSE)
    return found


async def _gifts(ids: Sequence[str], parts: GiftParts) -> tuple[Gift, ...]:
    async with parts.database.read() as reading:
        records = {each.id: each for each in await reading.gifts.among(ids)}
        found = [records[each] for each in ids if each in records]
        held = await kept_all(found, reading=reading, cipher=parts.cipher)
    return tuple(each.gift for each in held)
