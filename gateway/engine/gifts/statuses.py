"""The statuses and events of a gift, and the table of transitions."""

from collections.abc import Mapping
from enum import StrEnum


class GiftStatus(StrEnum):
    """The status of a gift."""

    SCREENING = "SCREENING"
    AWAITING_RECIPIENT = "AWAITING_RECIPIENT"
    SEARCHING = "SEARCHING"
    VERIFYING = "VERIFYING"
    AWAITING_GIVER = "AWAITING_GIVER"
    RESOLVED = "RESOLVED"
    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    UNDELIVERABLE = "UNDELIVERABLE"


class EventType(StrEnum):
    """The kind of an event of a gift."""

    CREATED = "created"
    SUFFICIENT = "sufficient"
    CONTACTABLE = "contactable"
    SEARCHABLE = "searchable"
    EXHAUSTED = "exhausted"
    REPLY = "reply"
    LATE_REPLY = "late_reply"
    TIMEOUT = "timeout"
    BOUNCE = "bounce"
    DECLINED = "declined"
    NEW_FACTS = "new_facts"
    NOTHING_FOUND = "nothing_found"
    VALID = "valid"
    REJECTED = "rejected"
    OVER_CAP = "over_cap"
    CHARGE_REFUSED = "charge_refused"
    AMOUNT_REFUSED = "amount_refused"
    GIVER_INPUT = "giver_input"
    GIVER_DEADLINE = "giver_deadline"
    GIFT_DEADLINE = "gift_deadline"
    DISPATCH = "dispatch"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


TERMINAL_STATUSES = frozenset(
    {
        GiftStatus.DELIVERED,
        GiftStatus.DECLINED,
        GiftStatus.CANCELLED,
        GiftStatus.UNDELIVERABLE,
    }
)

TRANSITIONS: Mapping[tuple[GiftStatus, EventType], GiftStatus] = {
    (GiftStatus.SCREENING, EventType.SUFFICIENT): GiftStatus.VERIFYING,
    (GiftStatus.SCREENING, EventType.CONTACTABLE): GiftStatus.AWAITING_RECIPIENT,
    (GiftStatus.SCREENING, EventType.SEARCHABLE): GiftStatus.SEARCHING,
    (GiftStatus.SCREENING, EventType.EXHAUSTED): GiftStatus.AWAITING_GIVER,
    (GiftStatus.SCREENING, EventType.GIFT_DEADLINE): GiftStatus.UNDELIVERABLE,
    (GiftStatus.SCREENING, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.AWAITING_RECIPIENT, EventType.REPLY): GiftStatus.SCREENING,
    (GiftStatus.AWAITING_RECIPIENT, EventType.TIMEOUT): GiftStatus.AWAITING_RECIPIENT,
    (GiftStatus.AWAITING_RECIPIENT, EventType.BOUNCE): GiftStatus.AWAITING_RECIPIENT,
    (GiftStatus.AWAITING_RECIPIENT, EventType.DECLINED): GiftStatus.DECLINED,
    (GiftStatus.AWAITING_RECIPIENT, EventType.GIFT_DEADLINE): GiftStatus.UNDELIVERABLE,
    (GiftStatus.AWAITING_RECIPIENT, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.SEARCHING, EventType.NEW_FACTS): GiftStatus.SCREENING,
    (GiftStatus.SEARCHING, EventType.NOTHING_FOUND): GiftStatus.AWAITING_GIVER,
    (GiftStatus.SEARCHING, EventType.LATE_REPLY): GiftStatus.SCREENING,
    (GiftStatus.SEARCHING, EventType.DECLINED): GiftStatus.DECLINED,
    (GiftStatus.SEARCHING, EventType.GIFT_DEADLINE): GiftStatus.UNDELIVERABLE,
    (GiftStatus.SEARCHING, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.VERIFYING, EventType.VALID): GiftStatus.RESOLVED,
    (GiftStatus.VERIFYING, EventType.REJECTED): GiftStatus.SCREENING,
    (GiftStatus.VERIFYING, EventType.LATE_REPLY): GiftStatus.SCREENING,
    (GiftStatus.VERIFYING, EventType.DECLINED): GiftStatus.DECLINED,
    (GiftStatus.VERIFYING, EventType.OVER_CAP): GiftStatus.AWAITING_GIVER,
    (GiftStatus.VERIFYING, EventType.CHARGE_REFUSED): GiftStatus.AWAITING_GIVER,
    (GiftStatus.VERIFYING, EventType.AMOUNT_REFUSED): GiftStatus.AWAITING_GIVER,
    (GiftStatus.VERIFYING, EventType.GIFT_DEADLINE): GiftStatus.UNDELIVERABLE,
    (GiftStatus.VERIFYING, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.AWAITING_GIVER, EventType.GIVER_INPUT): GiftStatus.SCREENING,
    (GiftStatus.AWAITING_GIVER, EventType.LATE_REPLY): GiftStatus.SCREENING,
    (GiftStatus.AWAITING_GIVER, EventType.NEW_FACTS): GiftStatus.SCREENING,
    (GiftStatus.AWAITING_GIVER, EventType.GIVER_DEADLINE): GiftStatus.UNDELIVERABLE,
    (GiftStatus.AWAITING_GIVER, EventType.DECLINED): GiftStatus.DECLINED,
    (GiftStatus.AWAITING_GIVER, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.RESOLVED, EventType.DISPATCH): GiftStatus.DISPATCHED,
    (GiftStatus.RESOLVED, EventType.DECLINED): GiftStatus.DECLINED,
    (GiftStatus.RESOLVED, EventType.CANCELLED): GiftStatus.CANCELLED,
    (GiftStatus.DISPATCHED, EventType.DELIVERED): GiftStatus.DELIVERED,
    (GiftStatus.DISPATCHED, EventType.RETURNED): GiftStatus.AWAITING_GIVER,
}
"""The status after each allowed pair of status and event. All other pairs are refused."""

TRANSITIONS_WITHOUT_CHANNEL: Mapping[tuple[GiftStatus, EventType], GiftStatus] = {
    (GiftStatus.AWAITING_RECIPIENT, EventType.TIMEOUT): GiftStatus.SEARCHING,
    (GiftStatus.AWAITING_RECIPIENT, EventType.BOUNCE): GiftStatus.SEARCHING,
}
"""The status after these pairs if the recipient has no untried channel left."""
