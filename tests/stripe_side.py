"""Stripe as the provider of a shop in tests: the adapter over the tests' own peer."""

import re
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming
from gateway.adapters.stripe_payments.building import StripePayments, build_stripe_payments
from gateway.services.ports.payments import AuthorizationActionRequired
from tests.conftest import AnyDatabase
from tests.payment_sides import ChargeList
from tests.stripe_peer.answers import JsonObject
from tests.stripe_peer.fixtures import StripeAccount

PATIENT = StripeTiming(
    call_seconds=40.0, look_up_seconds=40.0, try_seconds=20.0, pause_seconds=0.001
)
"""Times that no busy machine uses up, with short pauses; broken connections are known at once."""


def build_payments(
    secret_key: str,
    publishable_key: str,
    api_url: str,
    http: httpx.AsyncClient,
    database: AnyDatabase,
    clock: ManualClock,
    timing: StripeTiming = PATIENT,
) -> StripePayments:
    """The adapter of an account at the peer, whose clock is left alone."""
    return build_stripe_payments(
        StripeAccess(SecretStr(secret_key), publishable_key, api_url),
        http,
        database,
        RandomIds(),
        clock,
        "https://shop.example",
        timing=timing,
    )


class StripeSide:
    """An account at the peer, whose time is that of the test when this is made."""

    def __init__(
        self,
        account: StripeAccount,
        http: httpx.AsyncClient,
        database: AnyDatabase,
        clock: ManualClock,
        timing: StripeTiming = PATIENT,
    ) -> None:
        self.account, self._clock = account, clock
        self._set_clock()
        self._payments = build_payments(*account.access, http, database, clock, timing)
        self.provider = self._payments.provider
        self.vault = self._payments.methods
        self.notices = self._payments.notices
        self._methods: dict[tuple[str, str], str] = {}

    async def follow_clock(self) -> None:
        self._set_clock()

    def _set_clock(self) -> None:
        self.account.set_clock(int((self._clock.now() - datetime.now(UTC)).total_seconds()))

    def create_token(self, name: str) -> str:
        # Its holds end when a test says so, not at once.
        return self.account.create_method("sim_ok" if name == "sim_hold_expires" else name)

    async def find_token(self, name: str, purchaser_id: str) -> str:
        key = name, purchaser_id
        if key not in self._methods:
            method = self.create_token(name)
            customer = await self._payments.customers.ensure(purchaser_id)
            await self._payments.client.v1.payment_methods.attach_async(
                method, {"customer": customer}
            )
            self._methods[key] = method
        return self._methods[key]

    async def list_charges(self) -> ChargeList:
        refunds = self.account.list_refunds()
        refunded_ids = {refund["payment_intent"] for refund in refunds}
        return sorted(
            (intent["amount"], _status(intent, refunded_ids))
            for intent in self.account.list_intents()
            if intent["status"] != "requires_action" and not _waits_for_payer(intent)
        )

    async def expire_holds(self) -> None:
        for intent in self.account.list_intents():
            if intent["status"] == "requires_capture":
                self.account.expire_hold(intent["id"])

    async def confirm(self, url: str) -> str | None:
        """What the page at ``url`` does once its payer has agreed with the bank."""
        [page_token] = re.findall(r"/pay#(\S+)", url)
        confirmation = await self._payments.confirmations.find(page_token)
        assert confirmation is not None
        if not isinstance(confirmation.result, AuthorizationActionRequired):
            return None
        self.account.confirm_payment(confirmation.result.charge_id, confirmation.payment_method)
        return confirmation.idempotency_key


def _status(intent: JsonObject, refunded_ids: set[str]) -> str:
    """The state that the simulation gives to a charge that is as ``intent`` is."""
    match intent["status"]:
        case "requires_capture":
            return "HELD"
        case "succeeded":
            return "REFUNDED" if intent["id"] in refunded_ids else "CAPTURED"
    code = _error_code(intent)
    return "RELEASED" if code in {"", "authentication_required"} else "DECLINED"


def _waits_for_payer(intent: JsonObject) -> bool:
    is_open = intent["status"] == "requires_payment_method"
    return is_open and _error_code(intent) == "authentication_required"


def _error_code(intent: JsonObject) -> str:
    return str((intent["last_payment_error"] or {}).get("code") or "")
