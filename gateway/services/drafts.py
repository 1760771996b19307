"""Drafts and results of purchases as they are kept: drafts sealed, results in plain text."""

import json
from datetime import datetime

from pydantic import TypeAdapter

from gateway.engine.buying import Draft, PaymentActionRequired, PaymentDeclined
from gateway.services import vault
from gateway.services.parts import Parts
from gateway.services.ports.attempts import Attempt
from gateway.services.ports.database import Reading, Work

DRAFTS = TypeAdapter(Draft)


class Forgotten(Exception):
    """A draft whose person was forgotten meanwhile."""


def subject_of(draft: Draft, attempt_id: str) -> str:
    """Whose key the draft is sealed under: the purchaser's, or a guest's made for this purchase."""
    return draft.buyer.purchaser_id or attempt_id


def place_of(attempt_id: str) -> str:
    """Where a draft is kept."""
    return f"purchase_attempts.sealed:{attempt_id}"


async def sealed(draft: Draft, attempt_id: str, work: Work, parts: Parts) -> bytes:
    """``draft`` as it is kept."""
    return await vault.seal(
        DRAFTS.dump_json(draft),
        subject=subject_of(draft, attempt_id),
        place=place_of(attempt_id),
        work=work,
        cipher=parts.cipher,
    )


async def unsealed(attempt: Attempt, reading: Reading, parts: Parts) -> Draft:
    """The draft of ``attempt``.

    Raises:
        Forgotten: its key is gone.

    """
    plain = await vault.unseal(
        attempt.sealed,
        subject=attempt.subject,
        place=place_of(attempt.id),
        reading=reading,
        cipher=parts.cipher,
    )
    if plain is None:
        raise Forgotten(attempt.id)
    return DRAFTS.validate_json(plain)


def placed_text(order_id: str, undo_until: datetime) -> str:
    """The kept result of a purchase that became an order."""
    return json.dumps({"order": order_id, "until": undo_until.isoformat()})


def action_text(action: PaymentActionRequired) -> str:
    """The kept result of a purchase that waits for its payer."""
    return json.dumps({"action": action.redirect_url, "until": action.expires_at.isoformat()})


def declined_text(declined: PaymentDeclined) -> str:
    """The kept result of a purchase whose payment was refused."""
    return json.dumps({"declined": declined.reason})


def kept_order(result: str) -> tuple[str, datetime] | None:
    """The order's id and until when it can be undone; None where there is no order."""
    found = json.loads(result)
    if "order" not in found:
        return None
    return found["order"], datetime.fromisoformat(found["until"])


def kept_refusal(result: str) -> PaymentActionRequired | PaymentDeclined:
    """What a purchase without an order came to."""
    found = json.loads(result)
    if "declined" in found:
        return PaymentDeclined(found["declined"])
    return PaymentActionRequired(found["action"], None, datetime.fromisoformat(found["until"]))
