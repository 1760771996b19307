"""What one account at the peer holds, and what it was told to do wrong."""

import copy
import secrets
import time
from dataclasses import dataclass, field

from tests.stripe_peer.answers import JsonObject, Refused, missing_object
from tests.stripe_peer.cards import CARDS, NAMED_METHODS, Card

API_VERSION = "2026-10-28.endive"
KEY_SECONDS = 24 * 60 * 60
OFF_SESSION_HOLD_SECONDS = 4 * 86_400 + 18 * 3_600
ON_SESSION_HOLD_SECONDS = 7 * 86_400
KINDS = {
    "cus": "customer", "pm": "payment_method", "seti": "setup_intent", "pi": "payment_intent",
    "ch": "charge", "re": "refund", "dp": "dispute", "evt": "event",
}  # fmt: skip


@dataclass(slots=True)
class StoredAnswer:
    """What an idempotency key stands for; ``status`` None: the work is going on."""

    request: tuple[str, str, str]
    kept_at: int
    status: int | None = None
    body: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``count`` requests whose method and path fit."""

    kind: str  # "drop_before", "drop_after", "delay", "answer"
    count: int = 1
    path: str = "/v1/"
    method: str = ""
    seconds: float = 0.0
    status: int = 500
    is_stored: bool = False
    is_after_work: bool = False
    retry_after: str | None = None
    code: str | None = None


@dataclass(slots=True)
class MethodState:
    """What Stripe knows of a method and does not tell."""

    number: str
    is_set_up: bool = False
    # Paid with or detached while it belonged to no customer: it may not be used again.
    is_used_up: bool = False

    @property
    def card(self) -> Card:
        return CARDS[self.number]


@dataclass(slots=True)
class Webhook:
    """Where events go, and how: "on_time", "twice", "reordered" or "never"."""

    url: str
    delay: float = 0.0
    manner: str = "on_time"
    types: list[str] | None = None


class Account:
    """One account: its keys, objects, answers by key, events and faults."""

    def __init__(self) -> None:
        self.id = f"acct_{secrets.token_hex(8)}"
        self.secret_key = f"sk_test_{secrets.token_hex(16)}"
        self.publishable_key = f"pk_test_{secrets.token_hex(16)}"
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self.api_url = ""
        self.objects: dict[str, JsonObject] = {}
        self.methods: dict[str, MethodState] = {}
        self.answers: dict[str, StoredAnswer] = {}
        self.requests: list[JsonObject] = []
        self.faults: list[Fault] = []
        self.webhook: Webhook | None = None
        self.unsent_events: list[JsonObject] = []
        self.deliveries: list[JsonObject] = []
        self.hold_seconds: int | None = None
        self.clock_offset = 0
        self.loses_next_answer = False
        # Where the holder is led after a challenge, by intent.
        self.return_urls: dict[str, str] = {}

    def now(self) -> int:
        return int(time.time()) + self.clock_offset

    def make(self, prefix: str, **fields: object) -> JsonObject:
        """A new object, kept."""
        made: JsonObject = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": KINDS[prefix],
            "created": self.now(),
            "livemode": False,
            **fields,
        }
        self.objects[made["id"]] = made
        return made

    def find(self, kind: str, id: object, param: str | None = None) -> JsonObject:
        """The object, or Refused: 404 where the address names it, 400 where a parameter does."""
        stored = self.objects.get(str(id))
        if stored is None or stored["object"] != kind:
            raise missing_object(kind, str(id), param or "id", 400 if param else 404)
        return stored

    def all_of(self, kind: str) -> list[JsonObject]:
        """The objects of a kind, the newest first."""
        return [held for held in reversed(self.objects.values()) if held["object"] == kind]

    def make_method(self, number: str) -> JsonObject:
        """A bare PaymentMethod of a card."""
        card = CARDS.get(number)
        if card is None:
            raise Refused(
                "Your card number is incorrect.",
                status=402, type="card_error", code="incorrect_number", param="number",
            )  # fmt: skip
        method = self.make(
            "pm",
            type="card",
            customer=None,
            allow_redisplay="unspecified",
            billing_details={"address": None, "email": None, "name": None, "phone": None},
            metadata={},
            card={
                "brand": card.brand, "last4": number[-4:], "exp_month": 12, "exp_year": 2034,
                "funding": "credit", "country": "US", "fingerprint": f"fp{number[-6:]}",
                "three_d_secure_usage": {"supported": True}, "wallet": None,
            },
        )  # fmt: skip
        self.methods[method["id"]] = MethodState(number)
        return method

    def find_method(self, id: object) -> JsonObject:
        if str(id) in NAMED_METHODS:
            return self.make_method(NAMED_METHODS[str(id)])
        return self.find("payment_method", id, "payment_method")

    def emit(self, type: str, told: JsonObject, previous: JsonObject | None = None) -> JsonObject:
        """An event with the object as it is now."""
        data: JsonObject = {"object": copy.deepcopy(told)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.make(
            "evt",
            api_version=API_VERSION,
            type=type,
            data=data,
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        if self.webhook and (self.webhook.types is None or type in self.webhook.types):
            self.unsent_events.append(event)
        return event

    def hold_lifetime(self, card: Card, *, is_off_session: bool) -> int:
        if card.hold_seconds is not None:
            return card.hold_seconds
        if self.hold_seconds is not None:
            return self.hold_seconds
        return OFF_SESSION_HOLD_SECONDS if is_off_session else ON_SESSION_HOLD_SECONDS

    def take_fault(self, kind: str, method: str, path: str) -> Fault | None:
        """The fault that this request meets; it is used up by that."""
        for fault in self.faults:
            fits = fault.path in path and fault.method in {"", method}
            if fault.kind == kind and fits and fault.count > 0:
                fault.count -= 1
                return fault
        return None

    def find_answer(self, key: str) -> StoredAnswer | None:
        """What the key stands for; after 24 hours nothing."""
        stored = self.answers.get(key)
        if stored and stored.status is not None and self.now() - stored.kept_at >= KEY_SECONDS:
            del self.answers[key]
            return None
        return stored
