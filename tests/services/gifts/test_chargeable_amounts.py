"""Amounts that the payment provider does not charge: said at once, or once the total is known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.giver_actions import cancel_gift
from gateway.services.gifts.requests import GiftRequest
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.ports.payments import AmountRefusal
from tests.services.gifts.adjustable_provider import adjust_provider
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop, usd

DAY = timedelta(days=1)
HELD_DAYS, MANDATED_DAYS = 4, 14


async def refusals(
    shop: GiftShop, days: int, charge_cap: str | None = None
) -> list[tuple[str, tuple[str, ...] | None, str]]:
    request = GiftRequest(
        "var_tea",
        (BY_EMAIL,),
        f"{days} days {charge_cap}",
        expires_at=shop.clock.now() + days * DAY,
        charge_cap=Decimal(charge_cap) if charge_cap else None,
    )
    outcome = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    return [(each.code.value, each.field, each.message) for each in outcome.user_errors]


VARIANT, CAP = ("input", "variantId"), ("input", "chargeCap")


@pytest.mark.parametrize("days", [HELD_DAYS, MANDATED_DAYS])
@pytest.mark.parametrize(
    ("charge_cap", "amount", "path"), [(None, "15.00", VARIANT), ("12.00", "12.00", CAP)]
)
async def test_less_than_the_minimum_is_refused_with_the_figures(
    shop: GiftShop, days: int, charge_cap: str | None, amount: str, path: tuple[str, ...]
) -> None:  # R131
    provider = adjust_provider(shop, minimum_minor=2000, refusal=AmountRefusal(minimum=usd(2000)))
    [(code, field, message)] = await refusals(shop, days, charge_cap)
    assert (code, field) == ("INVALID_INPUT", path)
    assert f"{amount} USD" in message
    assert "20.00 USD" in message
    assert provider.keys == []


@pytest.mark.parametrize("days", [HELD_DAYS, MANDATED_DAYS])
async def test_a_currency_that_cannot_be_charged_is_refused(shop: GiftShop, days: int) -> None:
    adjust_provider(shop, minimum_minor=2000)
    [(code, field, message)] = await refusals(shop, days)
    assert (code, field) == ("INVALID_INPUT", VARIANT)
    assert "15.00 USD" in message


async def test_a_step_is_asked_of_what_is_held_and_of_what_is_certain(shop: GiftShop) -> None:
    """A total within a mandate may still be a multiple of it."""
    adjust_provider(shop, minimum_minor=2000, refusal=AmountRefusal(step_minor=70))
    [(code, _, message)] = await refusals(shop, HELD_DAYS)
    assert code == "INVALID_INPUT"
    assert "0.70 USD" in message
    assert await refusals(shop, MANDATED_DAYS) == []
    assert [code for code, _, _ in await refusals(shop, MANDATED_DAYS, "10.00")] == [
        "INVALID_INPUT"
    ]


@pytest.mark.parametrize(
    "refusal", [AmountRefusal(minimum=usd(1300)), AmountRefusal(step_minor=70), AmountRefusal()]
)
@pytest.mark.parametrize("days", [HELD_DAYS, MANDATED_DAYS])
async def test_a_final_total_that_cannot_be_charged_is_told_to_the_giver(
    shop: GiftShop, refusal: AmountRefusal, days: int
) -> None:  # R131
    provider = adjust_provider(shop, minimum_minor=1300, refusal=refusal)
    gift = await shop.give(
        replace(BY_EMAIL, postal=HOME_TYPED), expires_at=shop.clock.now() + days * DAY
    )
    assert (gift.status, gift.charges.needed) == (GiftStatus.AWAITING_GIVER, usd(1200))
    assert (await shop.list_event_types(gift.id))[-1] == "amount_refused"
    [mail] = shop.sent.mails_to("pur_1@givers.example.com")
    assert "cannot be charged" in mail.text
    assert "12.00" in mail.text
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert "HELD" not in {status for _, status in await shop.list_charges()}
    assert len(provider.keys) == (days == HELD_DAYS)


@pytest.mark.parametrize("days", [HELD_DAYS, MANDATED_DAYS])
async def test_a_gift_that_costs_nothing_asks_the_provider_nothing(
    shop: GiftShop, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    async def cost_nothing(*_: object, **__: object) -> object:
        return usd(0)

    monkeypatch.setattr(shop.prices, "final_total", cost_nothing)
    provider = adjust_provider(shop, minimum_minor=50, refusal=AmountRefusal(minimum=usd(50)))
    gift = await shop.give(
        replace(BY_EMAIL, postal=HOME_TYPED), expires_at=shop.clock.now() + days * DAY
    )
    assert gift.status is GiftStatus.RESOLVED
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    sent = await shop.load_gift(gift.id)
    assert sent.charges.payment is GiftPaymentState.CAPTURED
    assert await shop.list_charges() == ([(1500, "RELEASED")] if days == HELD_DAYS else [])
    assert len(provider.keys) == (days == HELD_DAYS)
    await update_shipment(gift.id, ShipmentStatus.RETURNED, dependencies=shop.dependencies)
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.REFUNDED
