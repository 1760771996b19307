"""What every payment provider does alike with the methods of its customers."""

from gateway.services.ports.payment_method_vault import (
    AdoptedMethod,
    MethodRefusal,
    PaymentMethodVault,
)
from gateway.services.ports.payments import AuthorizationGranted
from tests.adapters.providers_under_test import ProviderUnderTest


async def adopt(vault: PaymentMethodVault, token: str, customer_id: str = "pur_1") -> AdoptedMethod:
    adopted = await vault.adopt(token, customer_id)
    assert isinstance(adopted, AdoptedMethod)
    return adopted


async def test_a_method_is_adopted_however_often_and_shows_four_digits_at_most(
    payments: ProviderUnderTest,
) -> None:  # R142
    vault, token = payments.vault, payments.tokens["ok"]
    first, second = await adopt(vault, token), await adopt(vault, token)
    assert first == second
    assert len(first.details.last_four or "") <= 4
    assert await vault.find_details(first.provider_token, "pur_1") == first.details
    assert first.provider_token not in repr(first)
    assert isinstance(await payments.authorize(), AuthorizationGranted)


async def test_an_unknown_method_is_refused(payments: ProviderUnderTest) -> None:  # R142
    vault, token = payments.vault, payments.tokens["unknown"]
    assert await vault.adopt(token, "pur_1") is MethodRefusal.UNKNOWN
    assert await vault.find_details(token, "pur_1") is None
    await vault.detach(token)


async def test_a_method_of_one_customer_is_no_other_s(payments: ProviderUnderTest) -> None:  # R142
    """Unless its token names a behaviour and not one method."""
    adopted = await adopt(payments.vault, payments.tokens["ok"])
    if adopted.stands_alone:
        token = adopted.provider_token
        assert await payments.vault.adopt(token, "pur_2") is MethodRefusal.UNKNOWN
        assert await payments.vault.find_details(token, "pur_2") is None


async def test_a_detached_method_is_nobody_s_for_good(payments: ProviderUnderTest) -> None:
    vault = payments.vault
    adopted = await adopt(vault, payments.tokens["ok"])
    for _ in range(2):
        await vault.detach(adopted.provider_token)
    if adopted.stands_alone:
        assert await vault.find_details(adopted.provider_token, "pur_1") is None
        for customer_id in ("pur_1", "pur_2"):
            refusal = await vault.adopt(adopted.provider_token, customer_id)
            assert refusal is MethodRefusal.UNKNOWN


async def test_a_forgotten_customer_has_no_methods_and_can_come_again(
    payments: ProviderUnderTest,
) -> None:  # R117
    vault = payments.vault
    adopted = await adopt(vault, payments.tokens["ok"])
    for customer_id in ("pur_1", "pur_1", "pur_of_nobody"):
        await vault.forget_customer(customer_id)
    if adopted.stands_alone:
        assert await vault.find_details(adopted.provider_token, "pur_1") is None
    await adopt(vault, payments.tokens["another" if "another" in payments.tokens else "ok"])


async def test_one_setup_is_open_until_a_method_was_entered_in_it(
    payments: ProviderUnderTest,
) -> None:
    """Where the provider needs none it has none, and says so."""
    vault = payments.vault
    first, second = await vault.start_setup("pur_1"), await vault.start_setup("pur_1")
    assert first == second
    assert (first is None) == (payments.complete is None)
    if first is None or payments.complete is None:
        return
    assert first.client_secret not in repr(first)
    other = await vault.start_setup("pur_2")
    assert other is not None
    assert other.client_secret != first.client_secret
    token = payments.complete(first)
    assert await vault.adopt(token, "pur_2") is MethodRefusal.UNKNOWN
    await adopt(vault, token)
    assert await vault.start_setup("pur_1") not in {first, None}
