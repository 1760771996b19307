"""A purchaser's payment methods, of which the gateway stores only the provider's tokens, sealed."""

from gateway.engine.identity.assurance import Assurance
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.user_errors import ErrorCode, ErrorCollector
from gateway.services.identity.callers import Caller, require_purchaser
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.sealed_records import (
    PersonalCipher,
    create_personal_cipher,
    find_personal_cipher,
)
from gateway.services.identity.text_input import MAX_LABEL_LENGTH, check_text, check_token
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.payment_method_vault import (
    MethodRefusal,
    PaymentSetup,
    TooManySetups,
)
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.ports.provider_clearances import ClearanceState

MAX_METHODS = 50
MAX_TOKEN_LENGTH = 255
TOKEN_PATH = ("input", "providerToken")
REFUSAL_MESSAGES = {
    MethodRefusal.UNKNOWN: "The payment provider does not know this token as yours. Enter the "
    "card again.",
    MethodRefusal.NOT_CONFIRMED: "The card was not confirmed yet. Finish entering it, or enter it "
    "again.",
    MethodRefusal.DECLINED: "The bank refuses to let this card be saved. Use another, or ask your "
    "bank.",
}
PROVIDER_AWAY_MESSAGE = (
    "The payment provider does not answer, so nothing was saved. Try again in a minute."
)
NO_SETUP_MESSAGE = (
    "This payment provider needs no setup: save the method by its token (`paymentMethodSave`)."
)


async def list_methods(
    purchaser_id: str, *, reading: ReadSession, cipher: Cipher
) -> tuple[PaymentMethod, ...]:
    """The purchaser's payment methods, in the order they were added."""
    personal_cipher = await find_personal_cipher(purchaser_id, reading, cipher)
    if personal_cipher is None:
        return ()
    return tuple(
        map(personal_cipher.payment_method, await reading.payment_methods.list_for(purchaser_id))
    )


async def find_method(
    id: str, purchaser_id: str, *, reading: ReadSession, cipher: Cipher
) -> PaymentMethod | None:
    """The purchaser's method with this id; None if there is none or it is another's."""
    record = await reading.payment_methods.find(id)
    personal_cipher = await find_personal_cipher(purchaser_id, reading, cipher)
    if record is None or personal_cipher is None or record.purchaser_id != purchaser_id:
        return None
    return personal_cipher.payment_method(record)


async def save_method(
    provider_token: str, nickname: str | None, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[PaymentMethod]:
    """Save the method of a provider's token; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    collector = ErrorCollector()
    token = check_token(provider_token, TOKEN_PATH, collector, max_length=MAX_TOKEN_LENGTH)
    path = ("input", "nickname")
    checked_nickname = (
        check_text(nickname or "", path, collector, max_length=MAX_LABEL_LENGTH) or None
    )
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    try:
        adopted = await dependencies.payment_method_vault.adopt(token, owner.value)
    except ProviderUnavailable:
        return error_outcome(ErrorCode.INVALID_INPUT, TOKEN_PATH, PROVIDER_AWAY_MESSAGE)
    if isinstance(adopted, MethodRefusal):
        return error_outcome(ErrorCode.INVALID_INPUT, TOKEN_PATH, REFUSAL_MESSAGES[adopted])
    method = PaymentMethod(
        dependencies.ids.new("pay"),
        owner.value,
        adopted.provider_token,
        checked_nickname,
        adopted.details.last_four,
        adopted.details.expires_on,
        adopted.details.brand,
    )
    async with dependencies.database.begin() as work:
        return await _add_method(
            method, is_saved_once=adopted.stands_alone, work=work, dependencies=dependencies
        )


async def start_setup(
    *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[PaymentSetup]:
    """What a browser needs to enter a method at the provider; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    try:
        setup = await dependencies.payment_method_vault.start_setup(owner.value)
    except ProviderUnavailable:
        return error_outcome(ErrorCode.INVALID_INPUT, None, PROVIDER_AWAY_MESSAGE)
    except TooManySetups as error:
        message = f"You can enter at most {error.maximum} cards a day. Try again tomorrow."
        return error_outcome(ErrorCode.LIMIT_EXCEEDED, None, message)
    if setup is None:
        return error_outcome(ErrorCode.INVALID_INPUT, None, NO_SETUP_MESSAGE)
    return Outcome(setup)


async def delete_method(
    id: str, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[PaymentMethod]:
    """Delete a method and return it; requires a recent sign-in."""
    owner = require_purchaser(Assurance.RECENT, caller=caller, dependencies=dependencies)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    async with dependencies.database.begin() as work:
        method = await find_method(id, owner.value, reading=work, cipher=dependencies.cipher)
        if method is None or not await work.payment_methods.delete(id, owner.value):
            message = "You have no such payment method."
            return error_outcome(ErrorCode.NOT_FOUND, ("input", "id"), message)
        personal_cipher = await create_personal_cipher(owner.value, work, dependencies.cipher)
        now = dependencies.clock.now()
        await work.provider_clearances.add(personal_cipher.clearance(method, now), now)
    # The provider forgets it as soon as nothing open needs it.
    await dependencies.wakeups.announce(DUE_TOPIC)
    return Outcome(method)


async def _add_method(
    method: PaymentMethod,
    *,
    is_saved_once: bool,
    work: UnitOfWork,
    dependencies: IdentityDependencies,
) -> Outcome[PaymentMethod]:
    # Of two requests at once with the same token the second one sees the first.
    await work.purchasers.lock(method.purchaser_id)
    saved_methods = await list_methods(
        method.purchaser_id, reading=work, cipher=dependencies.cipher
    )
    for saved_method in saved_methods if is_saved_once else ():
        if saved_method.provider_token == method.provider_token:
            return Outcome(saved_method)
    if len(saved_methods) >= MAX_METHODS:
        message = f"You can save at most {MAX_METHODS} payment methods. Delete one first."
        return error_outcome(ErrorCode.LIMIT_EXCEEDED, ("input",), message)
    personal_cipher = await create_personal_cipher(method.purchaser_id, work, dependencies.cipher)
    if not await _withdraw_clearance(method, personal_cipher, work) and is_saved_once:
        message = REFUSAL_MESSAGES[MethodRefusal.UNKNOWN]
        return error_outcome(ErrorCode.INVALID_INPUT, TOKEN_PATH, message)
    await work.payment_methods.add(
        personal_cipher.payment_method_record(method), dependencies.clock.now()
    )
    return Outcome(method)


async def _withdraw_clearance(
    method: PaymentMethod, personal_cipher: PersonalCipher, work: UnitOfWork
) -> bool:
    """Let ``method`` stay at the provider, if it waits to go; whether it is not too late."""
    clearances = [
        clearance
        for clearance in await work.provider_clearances.list_for(method.purchaser_id)
        if personal_cipher.cleared_token(clearance) == method.provider_token
    ]
    for clearance in clearances:
        if clearance.state is ClearanceState.WAITING:
            await work.provider_clearances.delete(clearance)
    return all(clearance.state is ClearanceState.WAITING for clearance in clearances)
