"""Resolvers of the viewer, sign-in, sign-out, and the data of purchasers."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.engine.identity.purchasers import (
    PaymentMethod,
    ProfileDetails,
    Purchaser,
    SavedAddress,
)
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.addresses import postal_address
from gateway.resolvers.inputs.identity import (
    AddressSaveInput,
    DeleteInput,
    PaymentMethodSaveInput,
    PurchaserUpdateInput,
    SignInInput,
    SignInRequestInput,
)
from gateway.services.account_erasure import erase_account
from gateway.services.identity import addresses, payment_methods, purchaser_details, registration
from gateway.services.identity import sign_in as sign_in_service
from gateway.services.identity.addresses import AddressDraft
from gateway.services.identity.callers import Caller, CallingClient
from gateway.services.identity.candidates import PurchaserCandidate
from gateway.services.identity.candidates import list_candidates as found_candidates
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.identity.purchaser_details import PurchaserField
from gateway.services.identity.sign_in import SignInResult
from gateway.services.outcomes import Outcome
from gateway.services.ports.payment_method_vault import PaymentSetup


def viewer(info: Info) -> Caller:
    """The caller."""
    return info.context.caller


async def purchaser(root: strawberry.Parent[Caller], info: Info) -> Purchaser | None:
    """The authenticated purchaser, or None."""
    if root.authentication is None:
        return None
    return await _load_purchaser(root.authentication.purchaser_id, info)


async def candidates(
    root: strawberry.Parent[CallingClient], info: Info
) -> tuple[PurchaserCandidate, ...]:
    """The purchasers the client was mapped to."""
    dependencies, caller = info.context.dependencies.identity, info.context.caller
    async with dependencies.database.read() as reading:
        return await found_candidates(
            root.id, caller.recognised, reading=reading, cipher=dependencies.cipher
        )


async def purchaser_addresses(
    root: strawberry.Parent[Purchaser], info: Info
) -> tuple[SavedAddress, ...]:
    """The purchaser's addresses."""
    dependencies = info.context.dependencies.identity
    async with dependencies.database.read() as reading:
        return await addresses.list_addresses(root.id, reading=reading, cipher=dependencies.cipher)


async def purchaser_payment_methods(
    root: strawberry.Parent[Purchaser], info: Info
) -> tuple[PaymentMethod, ...]:
    """The purchaser's payment methods."""
    dependencies = info.context.dependencies.identity
    async with dependencies.database.read() as reading:
        return await payment_methods.list_methods(
            root.id, reading=reading, cipher=dependencies.cipher
        )


async def purchaser_profiles(
    root: strawberry.Parent[Purchaser], info: Info
) -> tuple[ProfileDetails, ...]:
    """The purchaser's profiles on the calling client, without those that are of no use."""
    dependencies, caller = info.context.dependencies.identity, info.context.caller
    if caller.purchaser_id != root.id:
        return ()
    async with dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=dependencies.cipher)
    return setup.usable_profiles(dependencies.clock.now().date()) if setup else ()


async def purchaser_node(purchaser_id: str, info: Info) -> Purchaser | None:
    """The purchaser of this id; None if they are not the caller."""
    own_id = _own_purchaser_id(info)
    return (
        await _load_purchaser(own_id, info)
        if own_id is not None and own_id == purchaser_id
        else None
    )


async def address_node(address_id: str, info: Info) -> SavedAddress | None:
    """The address of this id; None if it is not the caller's."""
    dependencies, own_id = info.context.dependencies.identity, _own_purchaser_id(info)
    if own_id is None:
        return None
    async with dependencies.database.read() as reading:
        return await addresses.find_address(
            address_id, own_id, reading=reading, cipher=dependencies.cipher
        )


async def payment_method_node(payment_method_id: str, info: Info) -> PaymentMethod | None:
    """The payment method of this id; None if it is not the caller's."""
    dependencies, own_id = info.context.dependencies.identity, _own_purchaser_id(info)
    if own_id is None:
        return None
    async with dependencies.database.read() as reading:
        return await payment_methods.find_method(
            payment_method_id, own_id, reading=reading, cipher=dependencies.cipher
        )


async def address_nodes(ids: Sequence[str], info: Info) -> dict[str, SavedAddress]:
    """The caller's addresses among these, by id."""
    dependencies, own_id = info.context.dependencies.identity, _own_purchaser_id(info)
    if own_id is None:
        return {}
    async with dependencies.database.read() as reading:
        own_addresses = await addresses.list_addresses(
            own_id, reading=reading, cipher=dependencies.cipher
        )
    return {address.id: address for address in own_addresses if address.id in ids}


async def payment_method_nodes(ids: Sequence[str], info: Info) -> dict[str, PaymentMethod]:
    """The caller's payment methods among these, by id."""
    dependencies, own_id = info.context.dependencies.identity, _own_purchaser_id(info)
    if own_id is None:
        return {}
    async with dependencies.database.read() as reading:
        own_methods = await payment_methods.list_methods(
            own_id, reading=reading, cipher=dependencies.cipher
        )
    return {method.id: method for method in own_methods if method.id in ids}


@check_bounds(outcome_with_errors)
async def sign_in_request(
    info: Info,
    input: Annotated[SignInRequestInput, strawberry.argument(description="Where to send it.")],
) -> Outcome[None]:
    """Send a sign-in code."""
    context = info.context
    return await sign_in_service.request_code(
        input.email, caller=context.caller, dependencies=context.dependencies.identity
    )


@check_bounds(outcome_with_errors)
async def sign_in(
    info: Info,
    input: Annotated[SignInInput, strawberry.argument(description="The code.")],
) -> Outcome[SignInResult]:
    """Sign in; the purchaser is the caller from now on."""
    context = info.context
    outcome = await sign_in_service.sign_in(
        input.email, input.code, caller=context.caller, dependencies=context.dependencies.identity
    )
    if outcome.value is not None:
        context.set_caller(outcome.value.caller)
    return outcome


async def sign_out(info: Info) -> Outcome[None]:
    """Sign out; the caller is anonymous from now on."""
    context = info.context
    context.set_caller(
        await sign_in_service.sign_out(
            caller=context.caller, dependencies=context.dependencies.identity
        )
    )
    return Outcome()


def signed_in_purchaser(root: strawberry.Parent[Outcome[SignInResult]]) -> Purchaser | None:
    """The purchaser who has signed in."""
    return root.value.purchaser if root.value else None


def session_token(root: strawberry.Parent[Outcome[SignInResult]]) -> str | None:
    """The token to send as the bearer from now on."""
    return root.value.token if root.value else None


def client_identifier(root: strawberry.Parent[Outcome[SignInResult]]) -> str | None:
    """The client's new identifier."""
    return root.value.caller.client.new_identifier if root.value else None


@check_bounds(outcome_with_errors)
async def address_save(
    info: Info,
    input: Annotated[AddressSaveInput, strawberry.argument(description="The address.")],
) -> Outcome[SavedAddress]:
    """The saved address."""
    draft = AddressDraft(
        input.id,
        input.label,
        postal_address(input.address),
        use_for_gifts=input.use_for_gifts,
        confirm_warnings=input.confirm_warnings,
    )
    context = info.context
    return await addresses.save_address(
        draft, caller=context.caller, dependencies=context.dependencies.identity
    )


@check_bounds(outcome_with_errors)
async def address_delete(
    info: Info,
    input: Annotated[DeleteInput, strawberry.argument(description="The address.")],
) -> Outcome[SavedAddress]:
    """The deleted address."""
    context = info.context
    return await addresses.delete_address(
        input.id, caller=context.caller, dependencies=context.dependencies.identity
    )


@check_bounds(outcome_with_errors)
async def payment_method_save(
    info: Info,
    input: Annotated[PaymentMethodSaveInput, strawberry.argument(description="The method.")],
) -> Outcome[PaymentMethod]:
    """The saved payment method."""
    context = info.context
    return await payment_methods.save_method(
        input.provider_token,
        input.nickname,
        caller=context.caller,
        dependencies=context.dependencies.identity,
    )


async def payment_setup(info: Info) -> Outcome[PaymentSetup]:
    """What a browser needs to enter a payment method."""
    context = info.context
    return await payment_methods.start_setup(
        caller=context.caller, dependencies=context.dependencies.identity
    )


def setup_secret(root: strawberry.Parent[Outcome[PaymentSetup]]) -> str | None:
    """The secret that the provider's script enters a method with."""
    return root.value.client_secret if root.value else None


def setup_key(root: strawberry.Parent[Outcome[PaymentSetup]]) -> str | None:
    """The provider's key that is no secret."""
    return root.value.publishable_key if root.value else None


@check_bounds(outcome_with_errors)
async def payment_method_delete(
    info: Info,
    input: Annotated[DeleteInput, strawberry.argument(description="The method.")],
) -> Outcome[PaymentMethod]:
    """The deleted payment method."""
    context = info.context
    return await payment_methods.delete_method(
        input.id, caller=context.caller, dependencies=context.dependencies.identity
    )


@check_bounds(outcome_with_errors)
async def purchaser_update(
    info: Info,
    input: Annotated[PurchaserUpdateInput, strawberry.argument(description="What changes.")],
) -> Outcome[Purchaser]:
    """The purchaser after the change."""
    context = info.context
    values = {
        field: value
        for field in PurchaserField
        if (value := getattr(input, field.value)) is not strawberry.UNSET
    }
    return await purchaser_details.update_purchaser(
        values, caller=context.caller, dependencies=context.dependencies.identity
    )


async def purchaser_erase(info: Info) -> Outcome[Purchaser]:
    """Erase the caller's account; the caller is anonymous from now on."""
    context = info.context
    outcome, new_caller = await erase_account(
        caller=context.caller, dependencies=context.account_dependencies
    )
    context.set_caller(new_caller)
    return outcome


def _own_purchaser_id(info: Info) -> str | None:
    authentication = info.context.caller.authentication
    return authentication.purchaser_id if authentication else None


async def _load_purchaser(purchaser_id: str, info: Info) -> Purchaser | None:
    dependencies = info.context.dependencies.identity
    async with dependencies.database.read() as reading:
        return await registration.find_purchaser(
            purchaser_id, reading=reading, cipher=dependencies.cipher
        )
