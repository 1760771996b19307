"""Making gifts: bad input, caps, holds, and one result for one key."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.encryption import EnvelopeCipher
from gateway.engine.gifts.gift import Gift, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.outcomes import Outcome
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop, usd

DAY = timedelta(days=1)
CARD = "4111 1111 1111 1111"
TOWN = PartialAddress(city="Mountain View")


async def create(shop: GiftShop, request: GiftRequest) -> Outcome[tuple[Gift, ...]]:
    return await create_gifts(request, GIVER, dependencies=shop.dependencies)


def build_request(*recipients: RecipientDetails, **changes: object) -> GiftRequest:
    default_request = GiftRequest("var_tea", recipients or (BY_EMAIL,), "key")
    return replace(default_request, **changes)  # type: ignore[arg-type]


def errors(outcome: Outcome[tuple[Gift, ...]]) -> list[tuple[str, str]]:
    user_errors = outcome.user_errors
    return [(each.code.value, ".".join(each.field or ())) for each in user_errors]


@pytest.mark.parametrize(
    ("recipient", "status"),
    [
        (RecipientDetails(email="ada@example.com"), "AWAITING_RECIPIENT"),
        (RecipientDetails(phone="+14155552671"), "AWAITING_RECIPIENT"),
        (RecipientDetails(name="Ada", postal=TOWN), "SEARCHING"),
        (RecipientDetails(name="Ada", postal=HOME_TYPED), "VERIFYING"),
        (RecipientDetails(postal=HOME_TYPED), "VERIFYING"),
    ],
)
async def test_little_is_enough(
    shop: GiftShop, recipient: RecipientDetails, status: str
) -> None:  # R42
    outcome = await create(shop, build_request(recipient))
    assert outcome.value is not None
    assert [each.status.value for each in outcome.value] == [status]


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        (RecipientDetails(), [("NO_CONTACT", "input.recipients.0")]),
        (RecipientDetails(name="Ada"), [("NO_CONTACT", "input.recipients.0")]),
        (RecipientDetails(hints="tall", postal=TOWN), [("NO_CONTACT", "input.recipients.0")]),
        (
            RecipientDetails(name="Ada", postal=PartialAddress(country="US")),
            [("NO_CONTACT", "input.recipients.0")],
        ),
        (RecipientDetails(email="no"), [("INVALID_INPUT", "input.recipients.0.email")]),
        (
            RecipientDetails(email="a@example.com\nBcc: b@example.com"),
            [("INVALID_INPUT", "input.recipients.0.email")],
        ),
        (RecipientDetails(phone="12"), [("INVALID_INPUT", "input.recipients.0.phone")]),
        (replace(BY_EMAIL, name=CARD), [("INVALID_INPUT", "input.recipients.0.name")]),
        (replace(BY_EMAIL, hints="x" * 2001), [("INVALID_INPUT", "input.recipients.0.hints")]),
    ],
)
async def test_unusable_recipients(
    shop: GiftShop, recipient: RecipientDetails, expected: list[tuple[str, str]]
) -> None:  # R42
    assert errors(await create(shop, build_request(recipient))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"recipients": ()}, ("INVALID_INPUT", "input.recipients")),
        ({"quantity": 0}, ("INVALID_INPUT", "input.quantity")),
        ({"idempotency_key": " "}, ("INVALID_INPUT", "input.idempotencyKey")),
        ({"idempotency_key": "k" * 256}, ("INVALID_INPUT", "input.idempotencyKey")),
        ({"message": "x" * 2001}, ("INVALID_INPUT", "input.message")),
        ({"message": CARD}, ("INVALID_INPUT", "input.message")),
        ({"wrap": "x" * 201}, ("INVALID_INPUT", "input.wrap")),
        ({"variant_id": "var_none"}, ("NOT_FOUND", "input.variantId")),
        ({"payment_method_id": "pay_none"}, ("NOT_FOUND", "input.paymentMethodId")),
        ({"charge_cap": Decimal("9.99")}, ("INVALID_INPUT", "input.chargeCap")),
        ({"charge_cap": Decimal("10.001")}, ("INVALID_INPUT", "input.chargeCap")),
    ],
)
async def test_bad_input(
    shop: GiftShop, changes: Mapping[str, object], expected: tuple[str, str]
) -> None:
    assert errors(await create(shop, build_request(**changes))) == [expected]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (timedelta(seconds=-1), None, [("INVALID_INPUT", "input.scheduledFor")]),
        (None, 2 * DAY, [("INVALID_INPUT", "input.expiresAt")]),
        (None, 3 * DAY, []),
        (None, 60 * DAY, []),
        (None, 61 * DAY, [("INVALID_INPUT", "input.expiresAt")]),
        (5 * DAY, 6 * DAY, [("INVALID_INPUT", "input.expiresAt")]),
        (5 * DAY, 8 * DAY, []),
    ],
)
async def test_times(
    shop: GiftShop,
    start: timedelta | None,
    end: timedelta | None,
    expected: list[tuple[str, str]],
) -> None:
    now = shop.clock.now()
    gift_request = build_request(
        scheduled_for=now + start if start else None, expires_at=now + end if end else None
    )
    assert errors(await create(shop, gift_request)) == expected


async def test_the_same_recipient_twice(shop: GiftShop) -> None:  # R48
    twice = build_request(BY_EMAIL, RecipientDetails(name="A. L.", email="ADA@example.com"))
    assert errors(await create(shop, twice)) == [("DUPLICATE_RECIPIENT", "input.recipients.1")]


async def test_recipients_are_independent(shop: GiftShop) -> None:  # R45, R47
    others = (RecipientDetails(email="bob@example.com"), RecipientDetails(phone="+14155552671"))
    outcome = await create(shop, build_request(BY_EMAIL, *others))
    assert outcome.value is not None
    assert len({each.tracking_number for each in outcome.value}) == 3
    await shop.run_due_jobs()
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]
    assert {each.to for each in shop.sent.mails} == {"ada@example.com", "bob@example.com"}


async def test_a_short_life_is_held_and_a_long_one_mandated(shop: GiftShop) -> None:  # R62
    outcome = await create(shop, build_request(expires_at=shop.clock.now() + 6 * DAY))
    assert outcome.value is not None
    assert outcome.value[0].charges.held == usd(1500)
    assert await shop.list_charges() == [(1500, "HELD")]
    await create(shop, build_request(idempotency_key="another"))
    assert await shop.list_charges() == [(1500, "HELD")]


@pytest.mark.parametrize("token", ["sim_declined", "sim_insufficient", "sim_3ds"])
async def test_a_refused_hold_makes_no_gift(shop: GiftShop, token: str) -> None:
    shop.givers.token = token
    gift_request = build_request(expires_at=shop.clock.now() + 4 * DAY)
    assert errors(await create(shop, gift_request)) == [
        ("PAYMENT_DECLINED", "input.paymentMethodId")
    ]
    shop.givers.token = "sim_ok"
    assert errors(await create(shop, replace(gift_request, payment_method_id="pay_ok"))) == []


async def test_one_key_makes_gifts_once(shop: GiftShop) -> None:
    gift_request = build_request(expires_at=shop.clock.now() + 4 * DAY)
    outcomes = await asyncio.gather(*(create(shop, gift_request) for _ in range(10)))
    gift_ids = {each.value[0].id for each in outcomes if each.value}
    assert len(gift_ids) == 1
    assert [errors(each) for each in outcomes] == [[]] * 10
    assert await shop.list_charges() == [(1500, "HELD")]
    conflict = await create(shop, replace(gift_request, quantity=2))
    assert errors(conflict) == [("IDEMPOTENCY_CONFLICT", "input.idempotencyKey")]
    elsewhere = await create_gifts(
        gift_request, GiftCaller("pur_2"), dependencies=shop.dependencies
    )
    assert elsewhere.user_errors == ()


async def test_a_key_answers_the_same_after_the_secret_was_changed(shop: GiftShop) -> None:
    """R22: fingerprints are by the secret; those of the earlier one still tell."""
    gift_request = build_request(expires_at=shop.clock.now() + 4 * DAY)
    (first,) = (await create(shop, gift_request)).value or ()
    parts = replace(shop.dependencies, cipher=EnvelopeCipher("another secret", ["a secret"]))
    again = await create_gifts(gift_request, GIVER, dependencies=parts)
    assert again.value is not None
    assert [each.id for each in again.value] == [first.id]
    conflict = await create_gifts(replace(gift_request, quantity=2), GIVER, dependencies=parts)
    assert errors(conflict) == [("IDEMPOTENCY_CONFLICT", "input.idempotencyKey")]


async def test_an_unwanted_giver_reaches_nobody(shop: GiftShop) -> None:
    from gateway.services.gifts.recipient_actions import report_gift

    gift = await shop.give()
    outcome = await report_gift(
        shop.latest_token(), "I do not know him", dependencies=shop.dependencies
    )
    assert outcome.value is not None
    assert outcome.value.status is GiftStatus.DECLINED
    sent = len(shop.sent.mails_to("ada@example.com"))
    again = await shop.give()
    assert again.status is GiftStatus.AWAITING_GIVER
    assert len(shop.sent.mails_to("ada@example.com")) == sent
    assert gift.id != again.id


EARLIER_BODY = (
    '{"variant_id":"var_tea","recipients":[{"name":"Ada Lovelace","email":"ada@example.com",'
    '"phone":null,"postal":null,"hints":null}],"idempotency_key":"key","quantity":1,'
    '"message":null,"wrap":null,"anonymous":false,"scheduled_for":null,"expires_at":null,'
    '"contact_recipient":true,"charge_cap":null,"payment_method_id":null}'
)


async def test_a_request_of_an_earlier_version_is_known_again(shop: GiftShop) -> None:  # R42
    """Before gifts had a name of their own to be given under, fingerprints had no such field."""
    assert (await create(shop, build_request())).user_errors == ()
    async with shop.database.read() as reading:
        order = await reading.gift_orders.find(GIVER.scope, "key")
    assert order is not None
    cipher = shop.dependencies.cipher
    assert order.fingerprint == cipher.blind_indexes("gift request", EARLIER_BODY)[0]
    conflict = await create(shop, build_request(sender="Somebody"))
    assert errors(conflict) == [("IDEMPOTENCY_CONFLICT", "input.idempotencyKey")]
