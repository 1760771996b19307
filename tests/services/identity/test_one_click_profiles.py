"""Turning one-click on and off, and what the button says then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.identity.one_click_offers import OneClickButton, OneClickState, build_button
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.addresses import delete_address
from gateway.services.identity.callers import Caller
from gateway.services.identity.candidates import PurchaserCandidate, list_candidates
from gateway.services.identity.one_click_profiles import (
    OneClickStatus,
    ProfileChoice,
    disable_profiles,
    enable_profile,
    load_setup,
)
from gateway.services.identity.payment_methods import delete_method
from gateway.services.identity.sign_in import sign_out
from gateway.services.outcomes import Outcome
from tests.services.identity.conftest import HOME, Device, IdentityShop

ON = Outcome(OneClickStatus(enabled=True))
OFF = Outcome(OneClickStatus(enabled=False))


@pytest.fixture
async def ada(shop: IdentityShop) -> Device:
    return await shop.sign_in_device("ada@example.com")


async def load_offer(shop: IdentityShop, caller: Caller) -> OneClickButton:
    async with shop.dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=shop.dependencies.cipher)
    return build_button(setup, today=shop.clock.now().date())


async def offer_state(device: Device) -> OneClickState:
    """What the button says on the device without a token."""
    return (await load_offer(device.shop, await device.recognise_without_token())).state


async def enable_new_profile(device: Device, label: str | None = None) -> ProfileChoice:
    """One-click turned on with a new address and method."""
    home = replace(HOME, label=f"home {label}") if label else HOME
    choice = ProfileChoice(await device.add_address(home), await device.add_method(), label)
    assert (
        await enable_profile(choice, caller=device.caller, dependencies=device.shop.dependencies)
        == ON
    )
    return choice


async def test_a_fresh_client_is_asked_to_sign_in(shop: IdentityShop) -> None:  # R05
    assert await load_offer(shop, await shop.authenticate()) == OneClickButton(
        OneClickState.NEEDS_SIGN_IN
    )


async def test_from_sign_in_to_ready_and_back(ada: Device) -> None:  # R05, R06
    assert await offer_state(ada) is OneClickState.NEEDS_INFO
    choice = ProfileChoice(await ada.add_address(), await ada.add_method())
    assert await offer_state(ada) is OneClickState.ENABLEABLE
    assert await enable_profile(choice, caller=ada.caller, dependencies=ada.shop.dependencies) == ON
    assert await offer_state(ada) is OneClickState.READY
    recognised = await ada.recognise_without_token()
    assert (
        await disable_profiles(
            everywhere=False, caller=recognised, dependencies=ada.shop.dependencies
        )
        == OFF
    )
    assert await offer_state(ada) is OneClickState.ENABLEABLE


async def test_hints_are_all_that_a_recognised_client_sees(ada: Device) -> None:  # R13, R14, R15
    await enable_new_profile(ada)
    ready = await load_offer(ada.shop, await ada.recognise_without_token())
    assert (ready.hints.purchaser, ready.hints.shipping, ready.hints.payment) == (
        "Ada",
        "home",
        "0001",
    )


async def test_enabling_is_for_one_device(ada: Device) -> None:  # R07
    await enable_new_profile(ada)
    second = await ada.shop.sign_in_device("ada@example.com")
    assert await offer_state(second) is OneClickState.ENABLEABLE
    assert await offer_state(ada) is OneClickState.READY


async def test_the_grant_follows_the_client_through_a_sign_in(ada: Device) -> None:
    await enable_new_profile(ada)
    again = await ada.shop.sign_in_device("ada@example.com", ada.caller)
    assert again.identifier != ada.identifier
    assert await offer_state(again) is OneClickState.READY
    assert await offer_state(ada) is OneClickState.NEEDS_SIGN_IN


async def test_no_grant_carries_over_to_another_purchaser(ada: Device) -> None:  # R08
    await enable_new_profile(ada)
    bob = await ada.shop.sign_in_device("bob@example.com", ada.caller)
    await bob.add_address()
    await bob.add_method()
    assert await offer_state(bob) is OneClickState.ENABLEABLE
    back = await ada.shop.sign_in_device("ada@example.com", bob.caller)
    assert await offer_state(back) is OneClickState.READY


async def test_what_is_deleted_or_anothers_is_missing_and_nothing_is_enabled(
    ada: Device,
) -> None:  # R09
    bob = await ada.shop.sign_in_device("bob@example.com")
    theirs = ProfileChoice(await bob.add_address(), await bob.add_method())
    own = ProfileChoice(await ada.add_address(), await ada.add_method())
    for choice, missing in (
        (theirs, ("address", "paymentMethod")),
        (replace(own, address_id="adr_gone"), ("address",)),
        (replace(own, payment_method_id="pay_gone"), ("paymentMethod",)),
    ):
        outcome = await enable_profile(
            choice, caller=ada.caller, dependencies=ada.shop.dependencies
        )
        assert outcome == Outcome(OneClickStatus(enabled=False, missing=missing))
    assert await offer_state(ada) is OneClickState.ENABLEABLE


async def test_an_expired_method_is_missing(ada: Device) -> None:  # R09
    choice = ProfileChoice(await ada.add_address(), await ada.add_method("expiring"))
    ada.shop.clock.advance(timedelta(days=29))
    later = await ada.shop.sign_in_device("ada@example.com", ada.caller)
    assert await enable_profile(
        choice, caller=later.caller, dependencies=ada.shop.dependencies
    ) == Outcome(OneClickStatus(enabled=False, missing=("paymentMethod",)))


async def test_deleting_what_is_enabled_makes_it_missing(ada: Device) -> None:  # R09
    choice = await enable_new_profile(ada)
    parts = ada.shop.dependencies
    await delete_address(choice.address_id, caller=ada.caller, dependencies=parts)
    await delete_method(choice.payment_method_id, caller=ada.caller, dependencies=parts)
    assert await load_offer(ada.shop, await ada.recognise_without_token()) == OneClickButton(
        OneClickState.NEEDS_INFO, ("address", "paymentMethod")
    )


async def test_enabling_demands_a_recent_sign_in(ada: Device) -> None:  # R10
    choice = ProfileChoice(await ada.add_address(), await ada.add_method())
    stranger, recognised = await ada.shop.authenticate(), await ada.recognise_without_token()
    for caller, code in (
        (stranger, ErrorCode.SIGN_IN_REQUIRED),
        (recognised, ErrorCode.REAUTHENTICATION_REQUIRED),
    ):
        outcome = await enable_profile(choice, caller=caller, dependencies=ada.shop.dependencies)
        assert outcome.value == OneClickStatus(enabled=False)
        assert [each.code for each in outcome.user_errors] == [code]
    refused = await disable_profiles(
        everywhere=False, caller=stranger, dependencies=ada.shop.dependencies
    )
    assert [each.code for each in refused.user_errors] == [ErrorCode.SIGN_IN_REQUIRED]


async def test_one_click_is_turned_off_everywhere(ada: Device) -> None:  # R06
    await enable_new_profile(ada)
    second = await ada.shop.sign_in_device("ada@example.com")
    await enable_new_profile(second, "office")
    assert (
        await disable_profiles(
            everywhere=False, caller=second.caller, dependencies=ada.shop.dependencies
        )
        == OFF
    )
    assert [await offer_state(ada), await offer_state(second)] == [
        OneClickState.READY,
        OneClickState.ENABLEABLE,
    ]
    assert (
        await disable_profiles(
            everywhere=True, caller=second.caller, dependencies=ada.shop.dependencies
        )
        == OFF
    )
    assert await offer_state(ada) is OneClickState.ENABLEABLE


async def test_profiles_have_labels_and_the_last_enabled_is_the_default(ada: Device) -> None:
    await enable_new_profile(ada)
    ada.shop.clock.advance(timedelta(minutes=1))
    await enable_new_profile(ada, "office")
    async with ada.shop.dependencies.database.read() as reading:
        setup = await load_setup(
            caller=await ada.recognise_without_token(),
            reading=reading,
            cipher=ada.shop.dependencies.cipher,
        )
    assert setup is not None
    assert [each.label for each in setup.profiles] == ["home", "office"]
    assert (
        await load_offer(ada.shop, await ada.recognise_without_token())
    ).hints.shipping == "home office"


@pytest.mark.parametrize("label", ["x" * 61, "4242 4242 4242 4242"])
async def test_a_label_that_must_not_be_kept_is_refused(ada: Device, label: str) -> None:
    choice = ProfileChoice(await ada.add_address(), await ada.add_method(), label)
    outcome = await enable_profile(choice, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert outcome.value == OneClickStatus(enabled=False)
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "label"))
    ]


async def candidates_for_device(device: Device) -> tuple[PurchaserCandidate, ...]:
    caller = await device.recognise_without_token()
    async with device.shop.dependencies.database.read() as reading:
        return await list_candidates(
            caller.client.id,
            caller.recognised,
            reading=reading,
            cipher=device.shop.dependencies.cipher,
        )


async def test_candidates_are_hints_and_leave_with_their_sign_out(ada: Device) -> None:  # R12
    await ada.add_address()
    ada.shop.clock.advance(timedelta(minutes=1))
    bob = await ada.shop.sign_in_device("bob@example.com", ada.caller)
    assert await candidates_for_device(bob) == (
        PurchaserCandidate("b…", current=True),
        PurchaserCandidate("Ada", current=False),
    )
    await sign_out(caller=bob.caller, dependencies=ada.shop.dependencies)
    assert await candidates_for_device(bob) == (PurchaserCandidate("Ada", current=False),)
