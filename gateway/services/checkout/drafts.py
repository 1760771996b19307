"""How draft orders and results of purchase attempts are stored: sealed, and as JSON text."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.checkout.outcomes import (
    DraftOrder,
    InvalidPurchase,
    PaymentActionRequired,
    PaymentDeclined,
)
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services import encryption
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.payments import DeclineReason
from gateway.services.ports.purchase_attempts import PurchaseAttempt

DRAFT_ADAPTER = TypeAdapter(DraftOrder)

DECLINE_MESSAGES = {
    DeclineReason.DECLINED: "The payment was declined; nothing was bought. Use another payment "
    "method, or ask your bank.",
    DeclineReason.INSUFFICIENT_FUNDS: "There is not enough money for this payment; nothing was "
    "bought. Use another payment method.",
    DeclineReason.UNKNOWN_METHOD: "The payment provider does not know this payment method; nothing "
    "was bought. Save it again, or use another.",
    DeclineReason.AUTHENTICATION_EXPIRED: "The payment was not confirmed in time; nothing was "
    "bought. Buy again, and confirm the payment when your bank asks.",
    DeclineReason.RELEASED: "The money is no longer held for this payment; nothing was bought. "
    "Buy again.",
    DeclineReason.AMOUNT_REFUSED: "The payment provider does not charge this amount; nothing was "
    "bought. Change the purchase, or pay in another currency.",
}
"""What the buyer is told of a payment that was declined."""
METHOD_UNUSABLE_MESSAGE = (
    "The payment method was deleted or has expired; nothing was bought. Use another, or save it "
    "again."
)


class DraftErased(Exception):
    """The draft cannot be unsealed: the buyer's personal data was erased."""


def draft_subject(draft: DraftOrder, attempt_id: str) -> str:
    """The subject whose data key seals the draft: the purchaser, or for a guest the attempt."""
    return draft.buyer.purchaser_id or attempt_id


def draft_context(attempt_id: str) -> str:
    """The sealing context of an attempt's draft."""
    return f"purchase_attempts.sealed:{attempt_id}"


async def seal_draft(
    draft: DraftOrder, attempt_id: str, work: UnitOfWork, dependencies: Dependencies
) -> bytes:
    """``draft`` as sealed JSON. Creates the subject's data key if there is none."""
    return await encryption.seal(
        DRAFT_ADAPTER.dump_json(draft),
        subject=draft_subject(draft, attempt_id),
        context=draft_context(attempt_id),
        work=work,
        cipher=dependencies.cipher,
    )


async def unseal_draft(
    attempt: PurchaseAttempt, reading: ReadSession, dependencies: Dependencies
) -> DraftOrder:
    """The draft of ``attempt``.

    Raises:
        DraftErased: the data key was deleted.

    """
    plaintext = await encryption.unseal(
        attempt.sealed,
        subject=attempt.subject,
        context=draft_context(attempt.id),
        reading=reading,
        cipher=dependencies.cipher,
    )
    if plaintext is None:
        raise DraftErased(attempt.id)
    return DRAFT_ADAPTER.validate_json(plaintext)


@dataclass(frozen=True, slots=True)
class OrderResult:
    """The stored result of a purchase that became an order, or part of one: ``joined``."""

    order_id: str
    undo_until: datetime
    joined: bool = False


def encode_order_result(result: OrderResult) -> str:
    """``result`` as it is stored."""
    fields = {"order": result.order_id, "until": result.undo_until.isoformat()}
    return json.dumps({**fields, "joined": True} if result.joined else fields)


def encode_action_result(action: PaymentActionRequired) -> str:
    """The stored result of a purchase that waits for the payer's confirmation.

    Without the client secret, which is asked for anew whenever it is answered.
    """
    return json.dumps({"action": action.redirect_url, "until": action.expires_at.isoformat()})


def encode_decline_result(reason: DeclineReason, outcome: PaymentDeclined | InvalidPurchase) -> str:
    """The stored result of a purchase whose payment was declined with ``outcome``."""
    fields: dict[str, object] = {"declined": reason}
    if isinstance(outcome, InvalidPurchase):
        [error] = outcome.user_errors
        fields |= {"field": error.field, "message": error.message}
    return json.dumps(fields)


def decline(reason: DeclineReason) -> PaymentDeclined:
    """The outcome of a purchase whose payment the provider declined."""
    return PaymentDeclined(DECLINE_MESSAGES[reason])


def decode_order_result(result: str) -> OrderResult | None:
    """The stored result; None if the purchase became no order."""
    fields = json.loads(result)
    if "order" not in fields:
        return None
    undo_until = datetime.fromisoformat(fields["until"])
    return OrderResult(fields["order"], undo_until, fields.get("joined", False))


def decode_refusal_result(
    result: str,
) -> PaymentActionRequired | PaymentDeclined | InvalidPurchase:
    """The outcome of a purchase that did not become an order."""
    fields = json.loads(result)
    if "field" in fields:
        path = tuple(fields["field"])
        error = UserError(ErrorCode.INVALID_INPUT, path, fields["message"])
        return InvalidPurchase((error,))
    if "declined" in fields:
        return decline(DeclineReason(fields["declined"]))
    return PaymentActionRequired(fields["action"], None, datetime.fromisoformat(fields["until"]))
