"""Turning one-click on and off, and what the button says then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.offers import Offer, OfferState, offer
from gateway.engine.problems import ErrorCode
from gateway.services.identity.addresses import delete_address
from gateway.services.identity.callers import Caller
from gateway.services.identity.candidates import Candidate, candidates
from gateway.services.identity.one_click import Choice, Enabling, disable, enable, standing
from gateway.services.identity.payment_methods import delete_method
from gateway.services.identity.signing_in import sign_out
from gateway.services.outcomes import Outcome
from tests.services.identity.conftest import HOME, Device, Shop

ON = Outcome(Enabling(enabled=True))
OFF = Outcome(Enabling(enabled=False))


@pytest.fixture
async def ada(shop: Shop) -> Device:
    return await shop.signed_in("ada@example.com")


async def offered(shop: Shop, caller: Caller) -> Offer:
    async with shop.parts.database.read() as reading:
        found = await standing(caller=caller, reading=reading, cipher=shop.parts.cipher)
    return offer(found, today=shop.clock.now().date())


async def state(device: Device) -> OfferState:
    """What the button says on the device without a token."""
    return (await offered(device.shop, await device.recognised())).state


async def enabled(device: Device, label: str | None = None) -> Choice:
    """One-click turned on with a new address and method."""
    home = replace(HOME, label=f"home {label}") if label else HOME
    choice = Choice(await device.address(home), await device.method(), label)
    assert await enable(choice, caller=device.caller, parts=device.shop.parts) == ON
    return choice


async def test_a_fresh_client_is_asked_to_sign_in(shop: Shop) -> None:  # R05
    assert await offered(shop, await shop.recognise()) == Offer(OfferState.NEEDS_SIGN_IN)


async def test_from_sign_in_to_ready_and_back(ada: Device) -> None:  # R05, R06
    assert await state(ada) is OfferState.NEEDS_INFO
    choice = Choice(await ada.address(), await ada.method())
    assert await state(ada) is OfferState.ENABLEABLE
    assert await enable(choice, caller=ada.caller, parts=ada.shop.parts) == ON
    assert await state(ada) is OfferState.READY
    recognised = await ada.recognised()
    assert await disable(everywhere=False, caller=recognised, parts=ada.shop.parts) == OFF
    assert await state(ada) is OfferState.ENABLEABLE


async def test_hints_are_all_that_a_recognised_client_sees(ada: Device) -> None:  # R13, R14, R15
    await enabled(ada)
    ready = await offered(ada.shop, await ada.recognised())
    assert (ready.purchaser_hint, ready.shipping_hint, ready.payment_hint) == (
        "Ada",
        "home",
        "0001",
    )


async def test_enabling_is_for_one_device(ada: Device) -> None:  # R07
    await enabled(ada)
    second = await ada.shop.signed_in("ada@example.com")
    assert await state(second) is OfferState.ENABLEABLE
    assert await state(ada) is OfferState.READY


async def test_the_grant_follows_the_client_through_a_sign_in(ada: Device) -> None:
    await enabled(ada)
    again = await ada.shop.signed_in("ada@example.com", ada.caller)
    assert again.identifier != ada.identifier
    assert await state(again) is OfferState.READY
    assert await state(ada) is OfferState.NEEDS_SIGN_IN


async def test_no_grant_carries_over_to_another_purchaser(ada: Device) -> None:  # R08
    await enabled(ada)
    bob = await ada.shop.signed_in("bob@example.com", ada.caller)
    await bob.address()
    await bob.method()
    assert await state(bob) is OfferState.ENABLEABLE
    back = await ada.shop.signed_in("ada@example.com", bob.caller)
    assert await state(back) is OfferState.READY


async def test_what_is_deleted_or_anothers_is_missing_and_nothing_is_enabled(
    ada: Device,
) -> None:  # R09
    bob = await ada.shop.signed_in("bob@example.com")
    theirs = Choice(await bob.address(), await bob.method())
    own = Choice(await ada.address(), await ada.method())
    for choice, missing in (
        (theirs, ("address", "paymentMethod")),
        (replace(own, address_id="adr_gone"), ("address",)),
        (replace(own, payment_method_id="pay_gone"), ("paymentMethod",)),
    ):
        outcome = await enable(choice, caller=ada.caller, parts=ada.shop.parts)
        assert outcome == Outcome(Enabling(enabled=False, missing=missing))
    assert await state(ada) is OfferState.ENABLEABLE


async def test_an_expired_method_is_missing(ada: Device) -> None:  # R09
    choice = Choice(await ada.address(), await ada.method("expiring"))
    ada.shop.clock.advance(timedelta(days=29))
    later = await ada.shop.signed_in("ada@example.com", ada.caller)
    assert await enable(choice, caller=later.caller, parts=ada.shop.parts) == Outcome(
        Enabling(enabled=False, missing=("paymentMethod",))
    )


async def test_deleting_what_is_enabled_makes_it_missing(ada: Device) -> None:  # R09
    choice = await enabled(ada)
    parts = ada.shop.parts
    await delete_address(choice.address_id, caller=ada.caller, parts=parts)
    await delete_method(choice.payment_method_id, caller=ada.caller, parts=parts)
    assert await offered(ada.shop, await ada.recognised()) == Offer(
        OfferState.NEEDS_INFO, ("address", "paymentMethod")
    )


async def test_enabling_demands_a_recent_sign_in(ada: Device) -> None:  # R10
    choice = Choice(await ada.address(), await ada.method())
    stranger, recognised = await ada.shop.recognise(), await ada.recognised()
    for caller, code in (
        (stranger, ErrorCode.SIGN_IN_REQUIRED),
        (recognised, ErrorCode.REAUTHENTICATION_REQUIRED),
    ):
        outcome = await enable(choice, caller=caller, parts=ada.shop.parts)
        assert outcome.value == Enabling(enabled=False)
        assert [each.code for each in outcome.user_errors] == [code]
    refused = await disable(everywhere=False, caller=stranger, parts=ada.shop.parts)
    assert [each.code for each in refused.user_errors] == [ErrorCode.SIGN_IN_REQUIRED]


async def test_one_click_is_turned_off_everywhere(ada: Device) -> None:  # R06
    await enabled(ada)
    second = await ada.shop.signed_in("ada@example.com")
    await enabled(second, "office")
    assert await disable(everywhere=False, caller=second.caller, parts=ada.shop.parts) == OFF
    assert [await state(ada), await state(second)] == [OfferState.READY, OfferState.ENABLEABLE]
    assert await disable(everywhere=True, caller=second.caller, parts=ada.shop.parts) == OFF
    assert await state(ada) is OfferState.ENABLEABLE


async def test_profiles_have_labels_and_the_last_enabled_is_the_default(ada: Device) -> None:
    await enabled(ada)
    ada.shop.clock.advance(timedelta(minutes=1))
    await enabled(ada, "office")
    async with ada.shop.parts.database.read() as reading:
        found = await standing(
            caller=await ada.recognised(), reading=reading, cipher=ada.shop.parts.cipher
        )
    assert found is not None
    assert [each.label for each in found.profiles] == ["home", "office"]
    assert (await offered(ada.shop, await ada.recognised())).shipping_hint == "home office"


@pytest.mark.parametrize("label", ["x" * 61, "4242 4242 4242 4242"])
async def test_a_label_that_must_not_be_kept_is_refused(ada: Device, label: str) -> None:
    choice = Choice(await ada.address(), await ada.method(), label)
    outcome = await enable(choice, caller=ada.caller, parts=ada.shop.parts)
    assert outcome.value == Enabling(enabled=False)
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "label"))
    ]


async def candidates_on(device: Device) -> tuple[Candidate, ...]:
    caller = await device.recognised()
    async with device.shop.parts.database.read() as reading:
        return await candidates(
            caller.client.id,
            caller.recognised,
            reading=reading,
            cipher=device.shop.parts.cipher,
        )


async def test_candidates_are_hints_and_leave_with_their_sign_out(ada: Device) -> None:  # R12
    await ada.address()
    ada.shop.clock.advance(timedelta(minutes=1))
    bob = await ada.shop.signed_in("bob@example.com", ada.caller)
    assert await candidates_on(bob) == (
        Candidate("b…", current=True),
        Candidate("Ada", current=False),
    )
    await sign_out(caller=bob.caller, parts=ada.shop.parts)
    assert await candidates_on(bob) == (Candidate("Ada", current=False),)
