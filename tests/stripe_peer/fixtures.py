"""The peer in tests: ``stripe_peer`` is the process, ``stripe_account`` one account at it."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stripe_peer.answers import JsonObject
from tests.stripe_peer.webhooks import event_body, signature_header

ROOT = Path(__file__).parent.parent.parent
SIMULATED_CARDS = {
    "sim_ok": "4242424242424242",
    "sim_declined": "4000000000000341",
    "sim_insufficient": "4000000000009995",
    "sim_3ds": "4000002760003184",
    "sim_timeout": "4900000000000005",
    "sim_hold_expires": "4900000000000006",
    "sim_raise_refused": "4900000000000007",
    "sim_refund_fails": "4000000000005126",
}


class StripePeer:
    """The process; ``open_account`` gives an account that no one else has."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stripe_peer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        port = int(self._process.stdout.readline())
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
        )

    def open_account(self) -> "StripeAccount":
        keys = self._client.post("/accounts").json()
        return StripeAccount(self._client, **keys)

    def close(self) -> None:
        self._client.close()
        self._process.communicate(timeout=60)


@dataclass(slots=True)
class StripeAccount:
    """One account: its keys, and what only tests can do with it. Lists are oldest first."""

    _client: httpx.Client
    id: str
    api_url: str
    secret_key: str
    publishable_key: str
    webhook_secret: str

    @property
    def access(self) -> tuple[str, str, str]:
        """The secret key, the publishable key, and the address of the interface."""
        return self.secret_key, self.publishable_key, self.api_url

    @property
    def settings(self) -> dict[str, str]:
        """What a gateway is started with that is paid here."""
        return {
            "GATEWAY_PAYMENTS": "stripe",
            "GATEWAY_STRIPE_SECRET_KEY": self.secret_key,
            "GATEWAY_STRIPE_PUBLISHABLE_KEY": self.publishable_key,
            "GATEWAY_STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "GATEWAY_STRIPE_API_URL": self.api_url,
        }

    def control(self, control: str, **told: object) -> Any:  # noqa: ANN401, JSON
        answer = self._client.post(f"/accounts/{self.id}/{control}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    # Cards and their holders

    def create_method(self, number: str) -> str:
        """A bare ``pm_…`` of a card, as Stripe.js makes it; also for a ``sim_…`` behaviour."""
        return str(self.control("create_method", number=SIMULATED_CARDS.get(number, number))["id"])

    def confirm_setup(self, setup_intent: str, number: str) -> JsonObject:
        """The SetupIntent (or its client secret) with this card, its holder agreeing."""
        id = setup_intent.partition("_secret_")[0]
        number = SIMULATED_CARDS.get(number, number)
        return dict(self.control("confirm_setup", setup_intent=id, number=number))

    def confirm_payment(
        self, intent_id: str, method: str | None = None, *, succeeds: bool = True
    ) -> JsonObject:
        """What a page does with a client secret: on session, the holder agreeing or not."""
        return dict(
            self.control("confirm_payment", intent=intent_id, method=method, succeeds=succeeds)
        )

    def authenticate(self, intent_id: str, *, succeeds: bool = True) -> JsonObject:
        """The holder's answer to a challenge that is waiting (``requires_action``)."""
        return dict(self.control("authenticate", intent=intent_id, succeeds=succeeds))

    # What there is

    def list_objects(self, kind: str) -> list[JsonObject]:
        return list(self.control("list_objects", kind=kind))

    def list_intents(self) -> list[JsonObject]:
        return self.list_objects("payment_intent")

    def list_setups(self) -> list[JsonObject]:
        return self.list_objects("setup_intent")

    def list_refunds(self) -> list[JsonObject]:
        return self.list_objects("refund")

    def list_customers(self) -> list[JsonObject]:
        return self.list_objects("customer")

    def list_methods(self) -> list[JsonObject]:
        return self.list_objects("payment_method")

    def list_charges(self) -> list[JsonObject]:
        return self.list_objects("charge")

    def events(self) -> list[JsonObject]:
        return self.list_objects("event")

    def requests(self, path: str = "", method: str = "") -> list[JsonObject]:
        """What was asked: each with method, path, form, headers."""
        return [
            request
            for request in self.control("requests")
            if path in request["path"] and method in {"", request["method"]}
        ]

    def count_holds(self) -> Counter[str]:
        """How many holds were granted for each of the gateway's keys."""
        intents = self._list_changed("payment_intent.amount_capturable_updated")
        return Counter(str(intent["metadata"]["gateway_key"]) for intent in intents)

    def count_captures(self) -> Counter[str]:
        """How many times money was taken from each PaymentIntent, by its id."""
        return Counter(
            str(intent["id"]) for intent in self._list_changed("payment_intent.succeeded")
        )

    def _list_changed(self, type: str) -> list[JsonObject]:
        return [event["data"]["object"] for event in self.events() if event["type"] == type]

    # What goes wrong

    def drop_answers(self, count: int = 1, path: str = "/v1/", method: str = "") -> None:
        """The work is done and the connection breaks."""
        self.control("add_fault", kind="drop_after", count=count, path=path, method=method)

    def drop_requests(self, count: int = 1, path: str = "/v1/", method: str = "") -> None:
        """The connection breaks before any work."""
        self.control("add_fault", kind="drop_before", count=count, path=path, method=method)

    def answer_with(
        self,
        status: int,
        count: int = 1,
        path: str = "/v1/",
        *,
        method: str = "",
        stored: bool = True,
        after_work: bool = False,
        retry_after: str | None = None,
        code: str | None = None,
    ) -> None:
        """Answer an error; ``stored``: by the key too; ``after_work``: the work was done."""
        self.control(
            "add_fault",
            kind="answer",
            count=count,
            path=path,
            method=method,
            status=status,
            is_stored=stored,
            is_after_work=after_work,
            retry_after=retry_after,
            code=code,
        )

    def delay(self, seconds: float, count: int = 1, path: str = "/v1/", method: str = "") -> None:
        """Begin to work so much later; the key is in use meanwhile."""
        self.control(
            "add_fault", kind="delay", count=count, path=path, method=method, seconds=seconds
        )

    def clear_faults(self) -> None:
        self.control("clear_faults")

    def go_away(self) -> None:
        """Connections are refused from now on."""
        self.control("go_away")

    def come_back(self) -> None:
        self.control("return")

    # What happens at Stripe

    def set_hold_lifetime(self, seconds: int | None) -> None:
        """How long holds last from now on; None: 4 d 18 h off session, 7 d on session."""
        self.control("configure", hold_seconds=seconds)

    def set_clock(self, offset_seconds: int) -> None:
        """Let Stripe's time be so much later than the machine's."""
        self.control("configure", clock_offset=offset_seconds)

    def now(self) -> int:
        """Stripe's time, in seconds since 1970."""
        return int(self.control("configure")["now"])

    def expire_hold(self, intent_id: str) -> JsonObject:
        return dict(self.control("expire_hold", intent=intent_id))

    def capture_by_hand(self, intent_id: str, amount: int | None = None) -> JsonObject:
        """Captured in the dashboard, whole or in part, which lets go of the rest."""
        return dict(self.control("capture", intent=intent_id, amount=amount))

    def exchange_card(self, method_id: str, number: str) -> None:
        """Let the bank answer for a saved method as it does for another card from now on."""
        number = SIMULATED_CARDS.get(number, number)
        self.control("exchange_card", method=method_id, number=number)

    def dispute(
        self, intent_id: str, *, amount: int | None = None, reason: str = "fraudulent"
    ) -> JsonObject:
        return dict(self.control("dispute", intent=intent_id, amount=amount, reason=reason))

    def close_dispute(self, dispute_id: str, status: str = "lost") -> JsonObject:
        return dict(self.control("close_dispute", dispute=dispute_id, status=status))

    def finish_refund(self, refund_id: str, status: str = "failed") -> JsonObject:
        """What the bank says later of a refund: "failed" or "succeeded"."""
        return dict(self.control("finish_refund", refund=refund_id, status=status))

    def update_card(self, method_id: str, **card: object) -> JsonObject:
        """The card was replaced by its bank: ``payment_method.automatically_updated``."""
        return dict(self.control("update_card", method=method_id, card=card))

    # Events

    def emit(self, type: str, object: JsonObject) -> JsonObject:
        """An event that nothing caused, for instance of what is not ours."""
        return dict(self.control("emit", type=type, object=object))

    def set_webhook(
        self,
        url: str | None,
        *,
        delay: float = 0.0,
        manner: str = "on_time",
        types: list[str] | None = None,
    ) -> None:
        """Send events there; ``manner``: "on_time", "twice", "reordered" or "never"."""
        self.control("set_webhook", url=url, delay=delay, manner=manner, types=types)

    def deliveries(self) -> list[JsonObject]:
        """What the webhook answered to what was sent: each with id, type, status (0: nothing)."""
        return list(self.control("deliveries"))

    def sign_event(
        self,
        event: JsonObject,
        *,
        at: int | None = None,
        signing_secrets: Sequence[str] | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery; several secrets: several ``v1``."""
        body = event_body(event)
        secrets = [self.webhook_secret] if signing_secrets is None else signing_secrets
        header = signature_header(body, self.now() if at is None else at, secrets)
        return body, {"content-type": "application/json", "stripe-signature": header}

    async def deliver(
        self,
        event: JsonObject,
        url: str,
        *,
        client: httpx.AsyncClient | None = None,
        times: int = 1,
        late_seconds: int = 0,
        is_signed: bool = True,
        signing_secrets: Sequence[str] | None = None,
    ) -> list[int]:
        """Send an event from the test's own process; the statuses of the answers."""
        body, headers = self.sign_event(
            event, at=self.now() - late_seconds, signing_secrets=signing_secrets
        )
        if not is_signed:
            del headers["stripe-signature"]
        sender = client or httpx.AsyncClient(trust_env=False)
        answers = [
            (await sender.post(url, content=body, headers=headers)).status_code
            for _ in range(times)
        ]
        if client is None:
            await sender.aclose()
        return answers


@pytest.fixture(scope="session")
def stripe_peer() -> Iterator[StripePeer]:
    """The peer's process, one for each test worker."""
    peer = StripePeer()
    yield peer
    peer.close()


@pytest.fixture
def stripe_account(stripe_peer: StripePeer) -> Iterator[StripeAccount]:
    """An account at the peer that no other test has."""
    account = stripe_peer.open_account()
    yield account
    account.control("close")
