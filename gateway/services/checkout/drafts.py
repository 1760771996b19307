"""Drafts and results of purchases as they are kept: drafts sealed, results in plain text."""

import json
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.checkout.outcomes import DraftOrder, PaymentActionRequired, PaymentDeclined
from gateway.services import encryption
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.purchase_attempts import PurchaseAttempt

DRAFT_ADAPTER = TypeAdapter(DraftOrder)


class DraftErased(Exception):
    """A draft whose person was forgotten meanwhile."""


def draft_subject(draft: DraftOrder, attempt_id: str) -> str:
    """Whose key the draft is sealed under: the purchaser's, or a guest's made for this purchase."""
    return draft.buyer.purchaser_id or attempt_id


def draft_context(attempt_id: str) -> str:
    """Where a draft is kept."""
    return f"purchase_attempts.sealed:{attempt_id}"


async def seal_draft(
    draft: DraftOrder, attempt_id: str, work: UnitOfWork, dependencies: Dependencies
) -> bytes:
    """``draft`` as it is kept."""
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
        DraftErased: its key is gone.

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


def encode_order_result(order_id: str, undo_until: datetime) -> str:
    """The kept result of a purchase that became an order."""
    return json.dumps({"order": order_id, "until": undo_until.isoformat()})


def encode_action_result(action: PaymentActionRequired) -> str:
    """The kept result of a purchase that waits for its payer."""
    return json.dumps({"action": action.redirect_url, "until": action.expires_at.isoformat()})


def encode_decline_result(declined: PaymentDeclined) -> str:
    """The kept result of a purchase whose payment was refused."""
    return json.dumps({"declined": declined.reason})


def decode_order_result(result: str) -> tuple[str, datetime] | None:
    """The order's id and until when it can be undone; None where there is no order."""
    fields = json.loads(result)
    if "order" not in fields:
        return None
    return fields["order"], datetime.fromisoformat(fields["until"])


def decode_refusal_result(result: str) -> PaymentActionRequired | PaymentDeclined:
    """What a purchase without an order came to."""
    fields = json.loads(result)
    if "declined" in fields:
        return PaymentDeclined(fields["declined"])
    return PaymentActionRequired(fields["action"], None, datetime.fromisoformat(fields["until"]))
