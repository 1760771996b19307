"""Who is asking, signing in and out, and what is kept for a purchaser."""

from typing import Annotated

import strawberry

from gateway.engine.purchasers import PaymentMethod, Purchaser, SavedAddress
from gateway.resolvers.bounded import bounded, outcome
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.addresses import postal_address
from gateway.resolvers.inputs.identity import (
    AddressSaveInput,
    DeleteInput,
    PaymentMethodSaveInput,
    SignInInput,
    SignInRequestInput,
)
from gateway.services.identity import addresses, payment_methods, registering, signing_in
from gateway.services.identity.addresses import AddressDraft
from gateway.services.identity.callers import Caller, CallingClient
from gateway.services.identity.candidates import Candidate
from gateway.services.identity.candidates import candidates as found_candidates
from gateway.services.identity.signing_in import SignedIn
from gateway.services.outcomes import Outcome


def viewer(info: Info) -> Caller:
    """Whoever is asking."""
    return info.context.caller


async def purchaser(root: strawberry.Parent[Caller], info: Info) -> Purchaser | None:
    """The purchaser, where a valid bearer says so."""
    if root.authentication is None:
        return None
    return await _purchaser(root.authentication.purchaser_id, info)


async def candidates(root: strawberry.Parent[CallingClient], info: Info) -> tuple[Candidate, ...]:
    """Those who have bought on the client."""
    parts, caller = info.context.parts.identity, info.context.caller
    async with parts.database.read() as reading:
        return await found_candidates(
            root.id, caller.recognised, reading=reading, cipher=parts.cipher
        )


async def purchaser_addresses(
    root: strawberry.Parent[Purchaser], info: Info
) -> tuple[SavedAddress, ...]:
    """The purchaser's addresses."""
    parts = info.context.parts.identity
    async with parts.database.read() as reading:
        return await addresses.saved_addresses(root.id, reading=reading, cipher=parts.cipher)


async def purchaser_methods(
    root: strawberry.Parent[Purchaser], info: Info
) -> tuple[PaymentMethod, ...]:
    """The purchaser's payment methods."""
    parts = info.context.parts.identity
    async with parts.database.read() as reading:
        return await payment_methods.saved_methods(root.id, reading=reading, cipher=parts.cipher)


async def purchaser_node(id: str, info: Info) -> Purchaser | None:
    """The purchaser of that id, if they are asking."""
    own = _own_id(info)
    return await _purchaser(own, info) if own is not None and own == id else None


async def address_node(id: str, info: Info) -> SavedAddress | None:
    """The address of that id, if its purchaser is asking."""
    parts, own = info.context.parts.identity, _own_id(info)
    if own is None:
        return None
    async with parts.database.read() as reading:
        return await addresses.saved_address(id, own, reading=reading, cipher=parts.cipher)


async def payment_method_node(id: str, info: Info) -> PaymentMethod | None:
    """The payment method of that id, if its purchaser is asking."""
    parts, own = info.context.parts.identity, _own_id(info)
    if own is None:
        return None
    async with parts.database.read() as reading:
        return await payment_methods.saved_method(id, own, reading=reading, cipher=parts.cipher)


@bounded(outcome)
async def sign_in_request(
    info: Info,
    input: Annotated[SignInRequestInput, strawberry.argument(description="Where to send it.")],
) -> Outcome[None]:
    """A code on its way."""
    context = info.context
    return await signing_in.request_code(
        input.email, caller=context.caller, parts=context.parts.identity
    )


@bounded(outcome)
async def sign_in(
    info: Info,
    input: Annotated[SignInInput, strawberry.argument(description="The code.")],
) -> Outcome[SignedIn]:
    """The purchaser, who is asking from now on."""
    context = info.context
    outcome = await signing_in.sign_in(
        input.email, input.code, caller=context.caller, parts=context.parts.identity
    )
    if outcome.value is not None:
        context.become(outcome.value.caller)
    return outcome


async def sign_out(info: Info) -> Outcome[None]:
    """Nobody in particular is asking from now on."""
    context = info.context
    context.become(await signing_in.sign_out(caller=context.caller, parts=context.parts.identity))
    return Outcome()


def signed_in_purchaser(root: strawberry.Parent[Outcome[SignedIn]]) -> Purchaser | None:
    """Who has signed in."""
    return root.value.purchaser if root.value else None


def session_token(root: strawberry.Parent[Outcome[SignedIn]]) -> str | None:
    """What to send as the bearer from now on."""
    return root.value.token if root.value else None


def new_identifier(root: strawberry.Parent[Outcome[SignedIn]]) -> str | None:
    """What the client is known by from now on."""
    return root.value.caller.client.issued if root.value else None


@bounded(outcome)
async def address_save(
    info: Info,
    input: Annotated[AddressSaveInput, strawberry.argument(description="The address.")],
) -> Outcome[SavedAddress]:
    """The address as it is kept."""
    draft = AddressDraft(
        input.id,
        input.label,
        postal_address(input.address),
        use_for_gifts=input.use_for_gifts,
        confirm_warnings=input.confirm_warnings,
    )
    context = info.context
    return await addresses.save_address(draft, caller=context.caller, parts=context.parts.identity)


@bounded(outcome)
async def address_delete(
    info: Info,
    input: Annotated[DeleteInput, strawberry.argument(description="The address.")],
) -> Outcome[SavedAddress]:
    """The address that is gone."""
    context = info.context
    return await addresses.delete_address(
        input.id, caller=context.caller, parts=context.parts.identity
    )


@bounded(outcome)
async def payment_method_save(
    info: Info,
    input: Annotated[PaymentMethodSaveInput, strawberry.argument(description="The method.")],
) -> Outcome[PaymentMethod]:
    """The payment method as it is kept."""
    context = info.context
    return await payment_methods.save_method(
        input.provider_token,
        input.nickname,
        caller=context.caller,
        parts=context.parts.identity,
    )


@bounded(outcome)
async def payment_method_delete(
    info: Info,
    input: Annotated[DeleteInput, strawberry.argument(description="The method.")],
) -> Outcome[PaymentMethod]:
    """The payment method that is gone."""
    context = info.context
    return await payment_methods.delete_method(
        input.id, caller=context.caller, parts=context.parts.identity
    )


def _own_id(info: Info) -> str | None:
    authentication = info.context.caller.authentication
    return authentication.purchaser_id if authentication else None


async def _purchaser(id: str, info: Info) -> Purchaser | None:
    parts = info.context.parts.identity
    async with parts.database.read() as reading:
        return await registering.by_id(id, reading=reading, cipher=parts.cipher)
