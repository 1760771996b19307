"""Actions of a giver on a gift in progress: cancel it, or add what is missing."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from gateway.engine.gifts.events import GiftDomainEvent, GiverAnswered, PlainEvent
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import TransitionRefused
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.gifts.charge_caps import parse_charge_cap
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import (
    announce_change,
    load_gift,
    not_modifiable_outcome,
    save_event,
)
from gateway.services.gifts.guesses import allow_place_guess
from gateway.services.gifts.mailboxes import save_allowed_contacts
from gateway.services.gifts.order_planning import payment_method_error
from gateway.services.gifts.recipient_checks import CheckedRecipient, check_recipient
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.settlement import settle_ended_gift
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork

GIFT_PATH = ("input", "giftId")
POSTAL_PATH = ("input", "recipient", "postal")


@dataclass(frozen=True, slots=True)
class GiverInput:
    """The giver's answer to a request for more information."""

    recipient: RecipientDetails | None = field(default=None, repr=False)
    charge_cap: Decimal | None = None
    payment_method_id: str | None = None


async def find_own_gift(
    gift_id: str, caller: GiftCaller, *, reading: ReadSession, dependencies: GiftDependencies
) -> VersionedGift | None:
    """The caller's gift of this id; None if there is none or it is another's."""
    versioned_gift = await load_gift(gift_id, reading=reading, dependencies=dependencies)
    if versioned_gift is None or not caller.owns(
        versioned_gift.gift.giver_id, versioned_gift.gift.partner_id
    ):
        return None
    return versioned_gift


def gift_not_found() -> Outcome[Gift]:
    """The outcome for a gift that does not exist or is not the caller's."""
    return error_outcome(ErrorCode.NOT_FOUND, GIFT_PATH, "You have no such gift.")


async def cancel_gift(
    gift_id: str, caller: GiftCaller, *, dependencies: GiftDependencies
) -> Outcome[Gift]:
    """Cancel a gift, which is possible until its dispatch."""
    result: VersionedGift | Outcome[Gift] = await retry_on_conflict(
        lambda: _try_cancel(gift_id, caller, dependencies), changing_outcome("gift", GIFT_PATH)
    )
    if isinstance(result, Outcome):
        return result
    # The cancelled gift is the answer, even if the worker has to continue from here.
    return Outcome(await settle_ended_gift(result, dependencies=dependencies))


async def _try_cancel(
    gift_id: str, caller: GiftCaller, dependencies: GiftDependencies
) -> VersionedGift | Outcome[Gift]:
    async with dependencies.database.begin() as work:
        versioned_gift = await find_own_gift(
            gift_id, caller, reading=work, dependencies=dependencies
        )
        if versioned_gift is None:
            return gift_not_found()
        event = PlainEvent(EventType.CANCELLED, dependencies.clock.now())
        result = await save_event(versioned_gift, event, work=work, dependencies=dependencies)
        if isinstance(result, TransitionRefused):
            return not_modifiable_outcome(versioned_gift.gift, GIFT_PATH)
    await announce_change(result.gift, dependencies=dependencies)
    return result


async def supply_gift_info(
    gift_id: str, giver_input: GiverInput, caller: GiftCaller, *, dependencies: GiftDependencies
) -> Outcome[Gift]:
    """Add ``giver_input`` to a gift."""
    checked_recipient = _check_giver_input(giver_input, dependencies)
    if isinstance(checked_recipient, tuple):
        return Outcome(user_errors=checked_recipient)
    return await retry_on_conflict(
        lambda: _try_supply(gift_id, giver_input, checked_recipient, caller, dependencies),
        changing_outcome("gift", GIFT_PATH),
    )


def _check_giver_input(
    giver_input: GiverInput, dependencies: GiftDependencies
) -> CheckedRecipient | tuple[UserError, ...] | None:
    if giver_input == GiverInput():
        message = "Give at least one of recipient, chargeCap and paymentMethodId."
        return (UserError(ErrorCode.INVALID_INPUT, ("input",), message),)
    if giver_input.recipient is None:
        return None
    return check_recipient(giver_input.recipient, ("input", "recipient"), dependencies)


async def _try_supply(
    gift_id: str,
    giver_input: GiverInput,
    checked_recipient: CheckedRecipient | None,
    caller: GiftCaller,
    dependencies: GiftDependencies,
) -> Outcome[Gift]:
    async with dependencies.database.begin() as work:
        versioned_gift = await find_own_gift(
            gift_id, caller, reading=work, dependencies=dependencies
        )
        if versioned_gift is None:
            return gift_not_found()
        error = await _find_input_error(
            versioned_gift.gift, giver_input, checked_recipient, work, dependencies
        )
        if error is not None:
            return Outcome(user_errors=(error,))
        event = await _build_giver_answer(
            versioned_gift.gift, giver_input, checked_recipient, work, dependencies
        )
        result = await save_event(versioned_gift, event, work=work, dependencies=dependencies)
        if isinstance(result, TransitionRefused):
            return not_modifiable_outcome(versioned_gift.gift, GIFT_PATH)
    await announce_change(result.gift, dependencies=dependencies)
    return Outcome(result.gift)


async def _find_input_error(
    gift: Gift,
    giver_input: GiverInput,
    checked_recipient: CheckedRecipient | None,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> UserError | None:
    rules = dependencies.rules
    if gift.status is not GiftStatus.AWAITING_GIVER:
        return not_modifiable_outcome(gift, GIFT_PATH).user_errors[0]
    if gift.giver_rounds > rules.max_rounds:
        message = f"At most {rules.max_rounds} times is a giver asked about one gift."
        return UserError(ErrorCode.LIMIT_EXCEEDED, GIFT_PATH, message)
    if (
        checked_recipient
        and _confirming_place(checked_recipient)
        and gift.confirmations >= rules.max_confirmations
    ):
        # Each answer tells whether the recipient lives there, so a giver gets only three guesses.
        message = f"At most {rules.max_confirmations} places are tried for a gift: give the whole"
        return UserError(ErrorCode.LIMIT_EXCEEDED, POSTAL_PATH, f"{message} address, or cancel it.")
    cap = _parse_charge_cap(gift, giver_input)
    if isinstance(cap, UserError):
        return cap
    method_id = giver_input.payment_method_id
    if method_id is None:
        return None
    method = await dependencies.givers.find_payment_method(gift.giver_id, method_id, work)
    return payment_method_error(method, method_id, dependencies.clock.now())


def _parse_charge_cap(gift: Gift, giver_input: GiverInput) -> Money | UserError | None:
    if giver_input.charge_cap is None:
        return None
    return parse_charge_cap(giver_input.charge_cap, gift.charges.low)


def _confirming_place(checked_recipient: CheckedRecipient) -> str | None:
    """The city or region that confirms an address, if the giver gives no full address."""
    postal = checked_recipient.recipient.postal
    if postal is None or postal.lines:
        return None
    return postal.city or postal.region


async def _build_giver_answer(
    gift: Gift,
    giver_input: GiverInput,
    checked_recipient: CheckedRecipient | None,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> GiftDomainEvent:
    now = dependencies.clock.now()
    cap = _parse_charge_cap(gift, giver_input)
    consented_cap = cap if isinstance(cap, Money) else None
    if checked_recipient is None:
        return GiverAnswered(
            now, cap=consented_cap, payment_method_id=giver_input.payment_method_id
        )
    city_or_region = _confirming_place(checked_recipient)
    if city_or_region and not await allow_place_guess(
        gift, checked_recipient.recipient, work=work, dependencies=dependencies
    ):
        city_or_region = ""
    checked_recipient = await _save_allowed_additions(gift, checked_recipient, work, dependencies)
    return GiverAnswered(
        now,
        recipient=checked_recipient.recipient,
        channels=checked_recipient.channels,
        candidate=checked_recipient.candidate,
        city_or_region=city_or_region,
        cap=consented_cap,
        payment_method_id=giver_input.payment_method_id,
    )


async def _save_allowed_additions(
    gift: Gift,
    checked_recipient: CheckedRecipient,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> CheckedRecipient:
    """Save the added contacts; returns the additions without blocked contacts."""
    candidate = checked_recipient.candidate
    additions = await save_allowed_contacts(
        replace(
            gift,
            recipient=checked_recipient.recipient,
            channels=checked_recipient.channels,
            candidates=(candidate,) if candidate else (),
        ),
        work=work,
        cipher=dependencies.cipher,
    )
    return CheckedRecipient(additions.recipient, additions.channels, *additions.candidates)
