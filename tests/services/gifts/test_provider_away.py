"""A payment provider that does not answer: gifts say so in time, and are finished later."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts import provider_waits
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.gift_orders import CREATION_LEASE, TAKEOVER_WINDOW
from gateway.services.gifts.gift_store import DISPATCH_LEASE
from gateway.services.gifts.giver_actions import cancel_gift
from gateway.services.gifts.requests import GiftRequest
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.provider_waits import MAX_RETRY_WAIT
from tests.services.gifts.adjustable_provider import AdjustableProvider, adjust_provider
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop

DAY = timedelta(days=1)
AFTER_RETURN = timedelta(seconds=90)
"""When what was taken is finished at the latest, once the provider answers again."""
OUTAGES = [{"is_away": True}, {"loses_answers": True}]
WITH_EACH_OUTAGE = pytest.mark.parametrize("outage", OUTAGES, ids=lambda each: next(iter(each)))


@pytest.fixture
def provider(shop: GiftShop) -> AdjustableProvider:
    return adjust_provider(shop)


def begin(provider: AdjustableProvider, outage: dict[str, bool]) -> None:
    for name, value in outage.items():
        setattr(provider, name, value)


def end_outage(provider: AdjustableProvider) -> None:
    provider.is_away = provider.loses_answers = provider.is_stuck = False


async def held_gift(shop: GiftShop) -> Gift:
    gift = await shop.give(
        replace(BY_EMAIL, postal=HOME_TYPED), expires_at=shop.clock.now() + 4 * DAY
    )
    assert gift.status is GiftStatus.RESOLVED
    return gift


async def dispatch(shop: GiftShop, gift: Gift) -> list[tuple[str, tuple[str, ...] | None]]:
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    return [(each.code.value, each.field) for each in outcome.user_errors]


IN_PROGRESS = [("PURCHASE_IN_PROGRESS", ("input", "id"))]


def gift_request(shop: GiftShop) -> GiftRequest:
    return GiftRequest("var_tea", (BY_EMAIL,), "key", expires_at=shop.clock.now() + 4 * DAY)


async def create(shop: GiftShop, request: GiftRequest) -> list[tuple[str, tuple[str, ...] | None]]:
    outcome = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    return [(each.code.value, each.field) for each in outcome.user_errors]


CREATION_IN_PROGRESS = [("PURCHASE_IN_PROGRESS", ("input", "idempotencyKey"))]


@WITH_EACH_OUTAGE
async def test_a_gift_asked_for_again_after_the_outage_is_held_once(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:  # R129
    request = gift_request(shop)
    begin(provider, outage)
    assert await create(shop, request) == CREATION_IN_PROGRESS
    end_outage(provider)
    shop.clock.advance(CREATION_LEASE + timedelta(seconds=1))
    assert await create(shop, request) == []
    await shop.advance_and_run(AFTER_RETURN)
    assert await shop.list_charges() == [(1500, "HELD")]
    assert len(set(provider.keys)) == 1


@WITH_EACH_OUTAGE
async def test_a_gift_that_nobody_asks_for_again_holds_nothing(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:
    begin(provider, outage)
    assert await create(shop, gift_request(shop)) == CREATION_IN_PROGRESS
    await outlast(shop, CREATION_LEASE + TAKEOVER_WINDOW, 12)
    end_outage(provider)
    await shop.advance_and_run(AFTER_RETURN)
    assert "HELD" not in {status for _, status in await shop.list_charges()}
    assert await create(shop, gift_request(shop)) == []


async def outlast(shop: GiftShop, lease: timedelta, attempts: int) -> None:
    """Let the worker ask in vain, until a wait that grew each time would be hours long."""
    await shop.advance_and_run(lease)
    for _ in range(attempts):
        await shop.advance_and_run(MAX_RETRY_WAIT)


@WITH_EACH_OUTAGE
async def test_a_cancelled_gift_is_cancelled_and_its_money_released_later(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:  # R62
    gift = await held_gift(shop)
    begin(provider, outage)
    outcome = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    assert outcome.value is not None
    assert outcome.value.status is GiftStatus.CANCELLED
    assert outcome.value.charges.payment is GiftPaymentState.HELD
    await outlast(shop, timedelta(), 12)
    end_outage(provider)
    await shop.advance_and_run(AFTER_RETURN)
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.RELEASED
    assert await shop.list_charges() == [(1500, "RELEASED")]


@WITH_EACH_OUTAGE
async def test_a_gift_that_came_back_is_refunded_once(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:  # R62
    gift = await held_gift(shop)
    assert await dispatch(shop, gift) == []
    await update_shipment(gift.id, ShipmentStatus.RETURNED, dependencies=shop.dependencies)
    begin(provider, outage)
    outcome = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert outcome.value is not None
    assert outcome.value.charges.payment is GiftPaymentState.CAPTURED
    await outlast(shop, timedelta(), 12)
    end_outage(provider)
    await shop.advance_and_run(AFTER_RETURN)
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.REFUNDED
    assert await shop.list_charges() == [(1500, "REFUNDED")]


@WITH_EACH_OUTAGE
@pytest.mark.parametrize("is_asked_again", [True, False])
async def test_a_dispatch_is_finished_when_the_provider_is_back(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool], *, is_asked_again: bool
) -> None:  # R131
    gift = await held_gift(shop)
    begin(provider, outage)
    assert await dispatch(shop, gift) == IN_PROGRESS
    assert await dispatch(shop, gift) == IN_PROGRESS
    refused = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert [each.code.value for each in refused.user_errors] == ["NOT_MODIFIABLE"]
    await outlast(shop, DISPATCH_LEASE, 12)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    end_outage(provider)
    if is_asked_again:
        assert await dispatch(shop, gift) == []
    else:
        await shop.advance_and_run(AFTER_RETURN)
    sent = await shop.load_gift(gift.id)
    assert (sent.status, sent.charges.payment) == (
        GiftStatus.DISPATCHED,
        GiftPaymentState.CAPTURED,
    )
    assert await shop.list_charges() == [(1500, "CAPTURED")]
    assert len(provider.keys) == 1


@WITH_EACH_OUTAGE
async def test_an_expired_hold_is_held_anew_once_over_an_outage(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:  # R131
    shop.givers.token = "sim_hold_expires"
    gift = await held_gift(shop)
    # Its expiry is seen at the first answer; the hold that takes its place goes unanswered.
    capture = provider.capture

    async def capture_then_leave(*arguments: Any, **terms: Any) -> object:  # noqa: ANN401
        result = await capture(*arguments, **terms)
        begin(provider, outage)
        return result

    provider.capture = capture_then_leave  # type: ignore[method-assign, assignment]
    assert await dispatch(shop, gift) == IN_PROGRESS
    provider.capture = capture  # type: ignore[method-assign]
    await outlast(shop, DISPATCH_LEASE, 3)
    end_outage(provider)
    await shop.advance_and_run(AFTER_RETURN)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.DISPATCHED
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1500, "RELEASED")]
    assert len(set(provider.keys)) == 2


@WITH_EACH_OUTAGE
async def test_a_total_is_held_once_over_an_outage(
    shop: GiftShop, provider: AdjustableProvider, outage: dict[str, bool]
) -> None:  # R129
    begin(provider, outage)
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    await outlast(shop, timedelta(), 6)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.VERIFYING
    end_outage(provider)
    await shop.advance_and_run(AFTER_RETURN)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert await shop.list_charges() == [(1200, "HELD")]
    assert len(set(provider.keys)) == 1


async def test_a_wait_for_the_provider_does_not_grow(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R131
    gift = await held_gift(shop)
    provider.is_away = True
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    resolver, waits = GiftResolver(shop.dependencies), []
    for _ in range(8):
        await shop.run_due_jobs()
        due_at = await resolver.next_due(shop.clock.now())
        assert due_at is not None
        waits.append((due_at - shop.clock.now()).total_seconds())
        shop.clock.advance(due_at - shop.clock.now())
    assert waits == [5, 10, 20, 30, 30, 30, 30, 30]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_waits, "MAX_ANSWER_WAIT", timedelta(milliseconds=50))


@pytest.mark.usefixtures("_impatient")
async def test_a_provider_that_hangs_is_not_waited_for(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R129
    gift, cancelled = await held_gift(shop), await held_gift(shop)
    provider.is_stuck = True
    assert await create(shop, gift_request(shop)) == CREATION_IN_PROGRESS
    assert await dispatch(shop, gift) == IN_PROGRESS
    outcome = await cancel_gift(cancelled.id, GIVER, dependencies=shop.dependencies)
    assert outcome.value is not None
    assert outcome.value.status is GiftStatus.CANCELLED
    end_outage(provider)
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW)
    assert sorted(await shop.list_charges()) == [(1500, "CAPTURED"), (1500, "RELEASED")]
